/*
 * The gradient of instance_norm. What f was applied to is v = y for y > 0,
 * else y / slope, and xhat = v - add the normalised x. With g = dy f'(v),
 *
 *	dadd = g, dx = scale (g - mean(g) - xhat mean(g xhat)),
 *
 * the means over the pixels of a picture's channel.
 */

/* parts [b][blocks][2][c]: sums of g and g xhat */
__kernel void measure(BUF(parts), IN(dy), uint pitch, IN(y), IN(add),
	real slope, real inverse, CUT, __local float2 *room)
{
	struct place p = CUT_PLACE;
	ulong at = p.pixel * pitch + p.channel;
	__global const real *of_dy = AT(dy) + at, *of_y = AT(y) + at;
	__global const real *more = AT(add) + p.pixel * c + p.channel;
	__global real *to = AT(parts) + (ulong)p.unit * 2 * c + p.channel;
	size_t step = (size_t)lanes * c, step_y = (size_t)lanes * pitch;
	real sum = 0, product = 0;

	for (uint r = 0; r < p.rows; r++) {
		int above = *of_y > 0;
		real g = above ? *of_dy : slope * *of_dy;
		real v = above ? *of_y : inverse * *of_y;

		if (add_all)
			v -= *more;
		sum += g;
		product += g * v;
		of_dy += step_y;
		of_y += step_y;
		more += step;
	}
	sum = sum_lanes(room, p.lane, lanes, width, sum);
	product = sum_lanes(room, p.lane, lanes, width, product);
	if (!p.first)
		return;
	to[0] = sum;
	to[c] = product;
}

/* coef [b][3][c]: dx = [0] g - [1] - [2] xhat; the cut is that of parts. */
__kernel void settle(BUF(coef), IN(stats), IN(parts), uint whole, CUT,
	__local float2 *room)
{
	struct place p = CUT_PLACE;
	real sum, product, scale;

	sum_parts(AT(parts), p, c, width, lanes, room, &sum, &product);
	if (!p.first)
		return;
	scale = AT(stats)[((ulong)p.picture * c + p.channel) * 2 + 1];
	coef_all += coef_at + (ulong)p.picture * 3 * c + p.channel;
	coef_all[0] = scale;
	coef_all[c] = scale * (sum / (real)whole);
	coef_all[2 * c] = scale * (product / (real)whole);
}

/* dx or dadd may be dy. */
__kernel void apply(BUF(dx), BUF(dadd), IN(dy), uint pitch, IN(y), IN(add),
	IN(coef), real slope, real inverse, CUT)
{
	struct place p = CUT_PLACE;
	ulong at = p.pixel * c + p.channel;
	ulong at_y = p.pixel * pitch + p.channel;
	__global const real *of_dy = AT(dy) + at_y, *of_y = AT(y) + at_y;
	__global const real *more = AT(add) + at;
	__global const real *k = AT(coef) + (ulong)p.picture * 3 * c +
		p.channel;
	__global real *to = AT(dx) + at, *to_add = AT(dadd) + at;
	size_t step = (size_t)lanes * c, step_y = (size_t)lanes * pitch;
	real scale, offset, linear;

	if (p.rows == 0)
		return;
	scale = k[0];
	offset = k[c];
	linear = k[2 * c];
	for (uint r = 0; r < p.rows; r++) {
		int above = *of_y > 0;
		real g = above ? *of_dy : slope * *of_dy;
		real v = above ? *of_y : inverse * *of_y;

		if (add_all)
			v -= *more;
		if (dadd_all)
			*to_add = g;
		*to = scale * g - offset - linear * v;
		of_dy += step_y;
		of_y += step_y;
		more += step;
		to += step;
		to_add += step;
	}
}
