/* Tiles of T x T numbers: read pixel by pixel of a wave, written wave by wave
 * of a pixel. */
__kernel void gather(BUF(s), IN(waves), IN(pixels), uint rows, uint n,
	uint size, uint columns, __local float2 *tile)
{
	uint t = get_local_size(0), i = get_local_id(0), k = get_local_id(1);
	uint row = get_group_id(0) * t, wave = get_group_id(1) * t;
	__global const uint *pixel = (__global const uint *)AT(pixels);
	__global const float2 *from = (__global const float2 *)AT(waves);
	__global float2 *to = (__global float2 *)AT(s);

	if (row + i < rows && wave + k < n)
		tile[k * (t + 1) + i] = from[(ulong)(wave + k) * size +
			pixel[row + i]];
	barrier(CLK_LOCAL_MEM_FENCE);
	if (row + k < rows && wave + i < n)
		to[(ulong)(row + k) * columns + wave + i] =
			tile[i * (t + 1) + k];
}
