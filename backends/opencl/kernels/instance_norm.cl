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
__kernel void measure(BUF(parts), IN(x), CUT, __local real *room)
{
	struct place p = PLACE;
	__global const real *from = AT(x) + p.pixel * c + p.channel;
	__global const real *top = from - (ulong)p.lane * c;
	__global real *to = AT(parts) + (ulong)p.unit * 3 * c + p.channel;
	size_t step = (size_t)lanes * c;
	struct sum s = { 0, 0 };
	real near = p.rows ? top[0] : 0, some = 0, squares = 0, part = 0;
	uint r;

	for (r = 0; r < min(p.rows, (uint)SAMPLE); r++)
		part += from[r * step] - near;
	s.high = part;
	s = over_lanes(room, p.lane, lanes, width, s);
	some = (real)min(p.count, SAMPLE * lanes);
	near += total(s) / some;
	for (part = 0, r = 0; r < p.rows; r++, from += step) {
		real d = *from - near;

		part += d;
		squares += d * d;
	}
	s.high = part;
	s.low = 0;
	s = over_lanes(room, p.lane, lanes, width, s);
	part = total(s);
	s.high = squares;
	s.low = 0;
	s = over_lanes(room, p.lane, lanes, width, s);
	if (!p.first)
		return;
	to[0] = near;
	to[c] = part / (real)p.count;
	to[2 * c] = total(s) - part * (part / (real)p.count);
}

/* Pixels of block i, of blocks of 'rows' but for the last. */
static real rows_of(uint i, uint rows, uint whole)
{
	return (real)min(rows, whole - i * rows);
}

/*
 * coef [b][3][c]: y = (x - [0]) [1] + [2]. The cut is that of parts, whose
 * blocks are 'rows' pixels of 'whole'.
 */
__kernel void settle(BUF(coef), BUF(stats), IN(parts), uint rows, uint whole,
	real eps, CUT, __local real *room)
{
	struct place p = PLACE;
	__global const real *first = AT(parts) + (ulong)p.picture * pixels *
		3 * c + p.channel;
	size_t step = 3 * (size_t)c;
	struct sum s = { 0, 0 };
	real near = p.rows ? first[0] : 0, mean, high, scale, m;
	uint r, i;

	for (r = 0, i = p.lane; r < p.rows; r++, i += lanes) {
		m = first[i * step] - near + first[i * step + c];
		s = plus(s, rows_of(i, rows, whole) * m);
	}
	s = over_lanes(room, p.lane, lanes, width, s);
	mean = total(s) / (real)whole;
	s.high = s.low = 0;
	for (r = 0, i = p.lane; r < p.rows; r++, i += lanes) {
		m = first[i * step] - near + first[i * step + c] - mean;
		s = plus(s, first[i * step + 2 * c] +
			rows_of(i, rows, whole) * m * m);
	}
	s = over_lanes(room, p.lane, lanes, width, s);
	if (!p.first)
		return;
	scale = 1 / sqrt(total(s) / (real)whole + eps);
	s.high = near;
	s.low = 0;
	s = plus(s, mean);
	high = total(s);
	m = s.high - high + s.low;	/* what high is short of the mean */
	coef_all += coef_at + (ulong)p.picture * 3 * c + p.channel;
	coef_all[0] = high;
	coef_all[c] = scale;
	coef_all[2 * c] = -m * scale;
	stats_all += stats_at + ((ulong)p.picture * c + p.channel) * 2;
	stats_all[0] = high;
	stats_all[1] = scale;
}

/* y may be x or add. */
__kernel void apply(BUF(y), uint pitch, IN(x), IN(add), IN(coef), real slope,
	CUT)
{
	struct place p = PLACE;
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
