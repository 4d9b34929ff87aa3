/* The gradient of modulate: with v = dy f', dadd = v, dx = v (1 + scale), and
 * of scale and shift v x and v, summed over a picture's pixels if flat. */

/* dg is g's gradient, or if flat its sums over blocks, [b][blocks][2][c]. dx
 * or dadd may be dy. */
__kernel void apply(BUF(dx), BUF(dg), BUF(dadd), IN(dy), uint pitch, IN(y),
	IN(x), IN(g), int flat, real slope, CUT, __local float2 *room)
{
	struct place p = CUT_PLACE;
	ulong at = p.pixel * c + p.channel;
	ulong at_y = p.pixel * pitch + p.channel;
	__global const real *of_dy = AT(dy) + at_y, *of_y = AT(y) + at_y;
	__global const real *from = AT(x) + at;
	__global const real *k = AT(g) + (flat ? p.picture : p.pixel) * 2 * c +
		p.channel;
	__global real *to = AT(dx) + at, *to_add = AT(dadd) + at;
	__global real *to_g = AT(dg) + (flat ? p.unit : p.pixel) * 2 * c +
		p.channel;
	size_t step = (size_t)lanes * c, step_y = (size_t)lanes * pitch;
	size_t step_k = flat ? 0 : 2 * step;
	real product = 0, sum = 0;

	for (uint r = 0; r < p.rows; r++) {
		real v = *of_y > 0 ? *of_dy : slope * *of_dy, t = v * *from;

		if (dadd_all)
			*to_add = v;
		*to = v * (1 + *k);
		if (flat) {
			product += t;
			sum += v;
		} else {
			to_g[0] = t;
			to_g[c] = v;
		}
		of_dy += step_y;
		of_y += step_y;
		from += step;
		k += step_k;
		to += step;
		to_add += step;
		to_g += step_k;
	}
	if (!flat)
		return;
	product = sum_lanes(room, p.lane, lanes, width, product);
	sum = sum_lanes(room, p.lane, lanes, width, sum);
	if (!p.first)
		return;
	to_g[0] = product;
	to_g[c] = sum;
}

/* dg [b][2][c], parts [b][blocks][2][c] whose cut this is */
__kernel void settle(BUF(dg), IN(parts), CUT, __local float2 *room)
{
	struct place p = CUT_PLACE;
	__global real *to = AT(dg) + (ulong)p.picture * 2 * c + p.channel;
	real product, sum;

	sum_parts(AT(parts), p, c, width, lanes, room, &product, &sum);
	if (!p.first)
		return;
	to[0] = product;
	to[c] = sum;
}
