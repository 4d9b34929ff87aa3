/*
 * Detector pixels' amplitudes at all scan points. Of the scan's grid [sx][sy]
 * only the uy columns that hold waves are transformed along x, to z [rows][sx]
 * [uy], and then all rows along y.
 */
#define NONE 0xffffffffu

/* cells: the waves list[start[i]] .. of each x and used column, i = x uy + u;
 * where several are, they add up in order. */
__kernel void along_x(ROOM_ARG, BUF(z), IN(s), IN(coef), IN(cells), FFT(x),
	uint columns, uint uy, uint rows, uint lines)
{
	struct fft f = THE_FFT(x);
	struct lines p = columns_of(lines);
	__global const uint *start = (__global const uint *)AT(cells);
	__global const uint *list = start + f.n * uy + 1;
	uint across = (uy + lines - 1) / lines, size = lines * f.n;
	float share = 1.0f / (float)lines;

	for (TILES(g, across * rows)) {
		uint u = g % across * lines, row = g / across;
		struct room r = ROOM_OF(size);
		__global const float2 *from = IN_PAIRS(s) +
			(ulong)row * columns;
		__global float2 *to = PAIRS(z) + (ulong)row * f.n * uy;

		for (SHARE(i, size)) {
			uint x = over(i, lines, share), l = u + i - x * lines;
			uint e = l < uy ? start[x * uy + l] : 0;
			uint end = l < uy ? start[x * uy + l + 1] : 0;
			float2 v = 0.0f;

			for (; e < end; e++)
				v += times(IN_PAIRS(coef)[list[e]],
					from[list[e]]);
			r.at[i] = v;
		}
		SYNC;
		fft(&r, &f, &p);
		for (SHARE(i, size)) {
			uint x = over(i, lines, share), l = u + i - x * lines;

			if (l < uy)
				to[x * uy + l] = r.at[i];
		}
		SYNC;
	}
}

/* Lines of z, of used[y] in the grid, along y: the squares of what comes. */
__kernel void along_y(ROOM_ARG, BUF(squares), IN(z), IN(used), FFT(y), uint uy,
	uint rows, uint lines)
{
	struct fft f = THE_FFT(y);
	struct lines p = rows_of(f.n, lines);
	__global const uint *column = (__global const uint *)AT(used);
	float share = 1.0f / (float)f.n;

	for (TILES(g, (rows + lines - 1) / lines)) {
		uint size = lines * p.pitch, first = g * lines;
		uint width = min(lines, rows - first);
		struct room r = ROOM_OF(size);
		__global const float2 *from = IN_PAIRS(z) + (ulong)first * uy;
		__global real *to = AT(squares) + (ulong)first * f.n;

		for (SHARE(i, width * f.n)) {
			uint l = over(i, f.n, share), y = i - l * f.n;
			uint u = column[y];

			r.at[l * p.pitch + y] = u == NONE ? 0.0f :
				from[l * uy + u];
		}
		SYNC;
		fft(&r, &f, &p);
		for (SHARE(i, width * f.n)) {
			uint l = over(i, f.n, share);
			float2 v = r.at[l * p.pitch + i - l * f.n];

			to[i] = v.x * v.x + v.y * v.y;
		}
		SYNC;
	}
}

/*
 * sums [strands][channels][points]: strand k adds those squares of a batch of
 * rows, from 'row' on, that are of its part of them, 'part' + k of all.
 */
__kernel void weigh(BUF(sums), IN(squares), ENTRIES(e), uint channels,
	uint points, uint strands, uint part, uint row, int first)
{
	uint i = get_global_id(0), point = i % points;
	struct entries s = THE_ENTRIES(e);
	__global float2 *sum = (__global float2 *)AT(sums);

	if (i >= strands * channels * points)
		return;
	uint key = part * channels + i / points;
	float2 v = first ? 0.0f : sum[i];
	uint end = key < e_keys ? s.start[key + 1] : 0;

	for (uint k = key < e_keys ? s.start[key] : 0; k < end; k++)
		v = add(v, s.weight[k] * AT(squares)[(ulong)(s.of[k] - row) *
			points + point]);
	sum[i] = v;
}

__kernel void finish(BUF(out), IN(sums), uint n, uint strands)
{
	uint i = get_global_id(0);
	float2 v = 0.0f;

	if (i >= n)
		return;
	for (uint k = 0; k < strands; k++)
		v = add_both(v, ((__global const float2 *)AT(sums))[k * n + i]);
	AT(out)[i] = total(v);
}
