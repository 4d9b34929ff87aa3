/* y = f(x (1 + scale) + shift + add); g [pixels][2][c], or if flat [b][2][c].
 * y may be x or add. */
__kernel void modulate(BUF(y), uint pitch, IN(x), IN(g), IN(add), int flat,
	real slope, CUT)
{
	struct place p = CUT_PLACE;
	ulong at = p.pixel * c + p.channel;
	__global const real *from = AT(x) + at, *more = AT(add) + at;
	__global const real *k = AT(g) + (flat ? p.picture : p.pixel) * 2 * c +
		p.channel;
	__global real *to = AT(y) + p.pixel * pitch + p.channel;
	size_t step = (size_t)lanes * c, step_to = (size_t)lanes * pitch;
	size_t step_k = flat ? 0 : 2 * step;

	for (uint r = 0; r < p.rows; r++) {
		real v = *from * (1 + k[0]) + k[c];

		if (add_all)
			v += *more;
		*to = v > 0 ? v : slope * v;
		from += step;
		more += step;
		k += step_k;
		to += step_to;
	}
}
