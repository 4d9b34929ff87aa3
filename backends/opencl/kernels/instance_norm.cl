/*
 * Means and variances of blocks, these together (T. F. Chan, G. H. Golub and
 * R. J. LeVeque, Am. Stat. 37, 242, 1983), and what they are for. All that is
 * squared is near a mean; this is kept in two numbers, so that one far from
 * zero costs no digit.
 */

/* Pixels of an item whose mean is near enough to that of the block. */
#define SAMPLE 16

/*
 * parts [b][blocks][3][c]: a number near the mean, what is missing to that,
 * squares about the mean. As the sample is a part of the block, its mean is no
 * further from the block's than makes the block's variance large, too.
 */
__kernel void measure(BUF(parts), IN(x), CUT, __local float2 *room)
{
	struct place p = CUT_PLACE;
	__global const real *from = AT(x) + p.pixel * c + p.channel;
	__global const real *top = from - (ulong)p.lane * c;
	__global real *to = AT(parts) + (ulong)p.unit * 3 * c + p.channel;
	size_t step = (size_t)lanes * c;
	real near = p.rows ? top[0] : 0, some = 0, squares = 0, part = 0;
	uint r;

	for (r = 0; r < min(p.rows, (uint)SAMPLE); r++)
		part += from[r * step] - near;
	part = sum_lanes(room, p.lane, lanes, width, part);
	some = (real)min(p.count, SAMPLE * lanes);
	near += part / some;
	for (part = 0, r = 0; r < p.rows; r++, from += step) {
		real d = *from - near;

		part += d;
		squares += d * d;
	}
	part = sum_lanes(room, p.lane, lanes, width, part);
	squares = sum_lanes(room, p.lane, lanes, width, squares);
	if (!p.first)
		return;
	to[0] = near;
	to[c] = part / (real)p.count;
	to[2 * c] = squares - part * (part / (real)p.count);
}

/*
 * Over all blocks of parts, of 'rows' of 'whole' pixels: the means of what is
 * missing to 'near', and, unless NULL, of the squares about it.
 */
static real missing(__global const real *parts, struct place p, uint rows,
	uint whole, uint c, uint width, uint lanes, real near, real *squares,
	__local float2 *room)
{
	float2 s = 0, q = 0;
	size_t step = 3 * (size_t)c;

	for (uint r = 0, i = p.lane; r < p.rows; r++, i += lanes) {
		__global const real *of = parts + i * step;
		real n = (real)min(rows, whole - i * rows);
		real d = of[0] - near + of[c];

		s = add(s, n * d);
		q = add(q, of[2 * c] + n * d * d);
	}
	s = over_lanes(room, p.lane, lanes, width, s);
	if (squares)
		*squares = total(over_lanes(room, p.lane, lanes, width, q)) /
			(real)whole;
	return total(s) / (real)whole;
}

/*
 * coef [b][3][c]: y = (x - [0]) [1] + [2]. The cut is that of parts. What is
 * near to the mean of the first block need not be near to that of all.
 */
__kernel void settle(BUF(coef), BUF(stats), IN(parts), uint rows, uint whole,
	real eps, CUT, __local float2 *room)
{
	struct place p = CUT_PLACE;
	__global const real *from = AT(parts) + (ulong)p.picture * pixels *
		3 * c + p.channel;
	real near = p.rows ? from[0] : 0, rest, squares, high, scale;

	near += missing(from, p, rows, whole, c, width, lanes, near, 0, room);
	rest = missing(from, p, rows, whole, c, width, lanes, near, &squares,
		room);
	if (!p.first)
		return;
	scale = 1 / sqrt(max(squares - rest * rest, (real)0) + eps);
	high = near + rest;
	rest -= high - near;	/* what high is short of the mean */
	coef_all += coef_at + (ulong)p.picture * 3 * c + p.channel;
	coef_all[0] = high;
	coef_all[c] = scale;
	coef_all[2 * c] = -rest * scale;
	stats_all += stats_at + ((ulong)p.picture * c + p.channel) * 2;
	stats_all[0] = high;
	stats_all[1] = scale;
}

/* y may be x or add. */
__kernel void apply(BUF(y), uint pitch, IN(x), IN(add), IN(coef), real slope,
	CUT)
{
	struct place p = CUT_PLACE;
	ulong at = p.pixel * c + p.channel;
	__global const real *from = AT(x) + at, *more = AT(add) + at;
	__global const real *k = AT(coef) + (ulong)p.picture * 3 * c +
		p.channel;
	__global real *to = AT(y) + p.pixel * pitch + p.channel;
	size_t step = (size_t)lanes * c, step_to = (size_t)lanes * pitch;
	real mean, scale, shift;

	if (p.rows == 0)
		return;
	mean = k[0];
	scale = k[c];
	shift = k[2 * c];
	for (uint r = 0; r < p.rows; r++) {
		real v = (*from - mean) * scale + shift;

		if (add_all)
			v += *more;
		*to = v > 0 ? v : slope * v;
		from += step;
		more += step;
		to += step_to;
	}
}
