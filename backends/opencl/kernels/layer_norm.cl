/*
 * Normalisation of each pixel over its channels, by 'lanes' items side by
 * side. A mean of rounded sums is off by some 'rest', which is found with the
 * squares; y may be x.
 */
__kernel void layer_norm(BUF(y), uint pitch, IN(x), IN(gamma), IN(beta),
	uint pixels, uint c, uint lanes, real eps, __local float2 *room)
{
	uint lane = get_local_id(0) % lanes, i;
	uint pixel = get_global_id(0) / lanes, n = pixel < pixels ? c : 0;
	__global const real *from = AT(x) + (ulong)pixel * c;
	__global real *to = AT(y) + (ulong)pixel * pitch;
	real sum = 0, squares = 0, mean, rest, scale, d;

	for (i = lane; i < n; i += lanes)
		sum += from[i];
	mean = sum_lanes(room, lane, lanes, 1, sum) / (real)c;
	for (sum = 0, i = lane; i < n; i += lanes) {
		d = from[i] - mean;
		sum += d;
		squares += d * d;
	}
	rest = sum_lanes(room, lane, lanes, 1, sum) / (real)c;
	squares = sum_lanes(room, lane, lanes, 1, squares);
	scale = 1 / sqrt(max(squares / (real)c - rest * rest, (real)0) + eps);
	for (i = lane; i < n; i += lanes) {
		d = (from[i] - mean - rest) * scale;
		to[i] = gamma_all ? d * AT(gamma)[i] + AT(beta)[i] : d;
	}
}
