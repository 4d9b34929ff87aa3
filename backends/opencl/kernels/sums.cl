/* Sums over rows of numbers, in parts whose number the shape decides, which
 * are added up in their order, with what rounding leaves out of each step. */
#pragma OPENCL FP_CONTRACT OFF

/* y [n] += the sum of parts [count][n] */
__kernel void add_parts(BUF(y), IN(parts), uint n, uint count)
{
	uint i = get_global_id(0);
	float2 sum = 0;

	if (i >= n)
		return;
	for (uint k = 0; k < count; k++)
		sum = add(sum, AT(parts)[(ulong)k * n + i]);
	AT(y)[i] += total(sum);
}

/*
 * parts [groups][n] <- for each group's 'part' of rows of x [rows][n] the sum,
 * of x times GELU's slope of pre, if that is there. A group of LANES x 16
 * items takes 16 columns.
 */
__kernel __attribute__((reqd_work_group_size(16 * LANES, 1, 1)))
void sum_columns(BUF(parts), IN(x), IN(pre), uint rows, uint n, uint part)
{
	__local real sums[LANES][16];
	uint lane = get_local_id(0) / 16, at = get_local_id(0) % 16;
	uint column = get_group_id(0) * 16 + at, group = get_group_id(1);
	uint end = min((group + 1) * part, rows);
	float2 sum = 0;

	for (uint r = group * part + lane; r < end && column < n; r += LANES) {
		real v = AT(x)[r * n + column];

		if (pre_all)
			v *= gelu_slope(AT(pre)[r * n + column]);
		sum = add(sum, v);
	}
	sums[lane][at] = total(sum);
	for (uint k = LANES / 2; k > 0; k /= 2) {
		barrier(CLK_LOCAL_MEM_FENCE);
		if (lane < k)
			sums[lane][at] += sums[lane + k][at];
	}
	if (lane == 0 && column < n)
		AT(parts)[group * n + column] = sums[0][at];
}
