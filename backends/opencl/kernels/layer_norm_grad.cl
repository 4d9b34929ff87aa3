/*
 * The gradient of layer_norm. With d = x - mean and h = dy gamma it is
 *
 *	dx = scale (h - mean(h)) - scale^3 mean(h d) d,
 *
 * the means over the channels of a pixel; gamma's is the sum of dy d scale
 * over the pixels, beta's that of dy. Where there is one channel, h is its own
 * mean: both have to be rounded the same.
 */
#pragma OPENCL FP_CONTRACT OFF

/* What is known of a pixel: its mean in two numbers, and dx = scale h -
 * constant - linear d. */
enum { MEAN, REST, SCALE, CONSTANT, LINEAR, COEFS };

/* coef [pixels][COEFS], by 'lanes' items side by side a pixel */
__kernel void measure(BUF(coef), IN(dy), uint pitch, IN(x), IN(gamma),
	uint pixels, uint c, uint lanes, real eps, __local float2 *room)
{
	uint lane = get_local_id(0) % lanes, i;
	uint pixel = get_global_id(0) / lanes, n = pixel < pixels ? c : 0;
	__global const real *from = AT(x) + (ulong)pixel * c;
	__global const real *of_dy = AT(dy) + (ulong)pixel * pitch;
	__global real *to = AT(coef) + (ulong)pixel * COEFS;
	real sum = 0, squares = 0, of_h = 0, product = 0, mean, rest, scale;

	for (i = lane; i < n; i += lanes)
		sum += from[i];
	mean = sum_lanes(room, lane, lanes, 1, sum) / (real)c;
	for (sum = 0, i = lane; i < n; i += lanes) {
		real d = from[i] - mean, h = of_dy[i];

		if (gamma_all)
			h *= AT(gamma)[i];
		sum += d;
		squares += d * d;
		of_h += h;
		product += h * d;
	}
	rest = sum_lanes(room, lane, lanes, 1, sum) / (real)c;
	squares = sum_lanes(room, lane, lanes, 1, squares);
	of_h = sum_lanes(room, lane, lanes, 1, of_h);
	product = sum_lanes(room, lane, lanes, 1, product);
	if (lane || n == 0)
		return;
	scale = 1 / sqrt(max(squares / (real)c - rest * rest, (real)0) + eps);
	to[MEAN] = mean;
	to[REST] = rest;
	to[SCALE] = scale;
	to[CONSTANT] = scale * (of_h / (real)c);
	to[LINEAR] = scale * scale * scale *
		((product - rest * of_h) / (real)c);
}

/* parts, which may be NULL, [blocks][2][c]: gamma's and beta's. dx may be dy
 * if 'add' is 0. */
__kernel void apply(BUF(dx), BUF(parts), IN(dy), uint pitch, IN(x), IN(gamma),
	IN(coef), int add, CUT, __local float2 *room)
{
	struct place p = CUT_PLACE;
	ulong at = p.pixel * c + p.channel;
	__global const real *from = AT(x) + at, *k = AT(coef) + p.pixel * COEFS;
	__global const real *of_dy = AT(dy) + p.pixel * pitch + p.channel;
	__global real *to = AT(dx) + at;
	size_t step = (size_t)lanes * c, step_dy = (size_t)lanes * pitch;
	real of_gamma = 0, of_beta = 0, each;

	each = gamma_all && p.rows ? AT(gamma)[p.channel] : 1;
	for (uint r = 0; r < p.rows; r++) {
		real d = *from - k[MEAN] - k[REST], h = *of_dy;
		real v = h * each * k[SCALE] - k[CONSTANT] - k[LINEAR] * d;

		of_gamma += h * (d * k[SCALE]);
		of_beta += h;
		*to = add ? *to + v : v;
		from += step;
		of_dy += step_dy;
		to += step;
		k += lanes * COEFS;
	}
	if (!parts_all)
		return;
	of_gamma = sum_lanes(room, p.lane, lanes, width, of_gamma);
	of_beta = sum_lanes(room, p.lane, lanes, width, of_beta);
	if (!p.first)
		return;
	to = AT(parts) + (ulong)p.unit * 2 * c + p.channel;
	to[0] = of_gamma;
	to[c] = of_beta;
}

/* The cut is that of parts. */
__kernel void settle(BUF(dgamma), BUF(dbeta), IN(parts), CUT,
	__local float2 *room)
{
	struct place p = CUT_PLACE;
	real of_gamma, of_beta;

	sum_parts(AT(parts), p, c, width, lanes, room, &of_gamma, &of_beta);
	if (!p.first)
		return;
	AT(dgamma)[p.channel] += of_gamma;
	AT(dbeta)[p.channel] += of_beta;
}
