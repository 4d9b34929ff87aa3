/*
 * exp(i v / volts) along x: its band goes to z [n][2 hx + 1][ny]. turns and
 * rest are the number of whole turns a volt, which is more exact than one
 * float: so is their product with v, less all that is whole.
 */
__kernel void phases(ROOM_ARG, BUF(z), IN(v), FFT(x), uint ny, uint hx,
	uint n, uint lines, real turns, real rest)
{
	struct fft f = THE_FFT(x);
	struct strip t = { f.n, ny, hx, 0, columns_of(lines) };
	uint across = (ny + lines - 1) / lines;
	float share = 1.0f / (float)lines;

	for (TILES(g, across * n)) {
		uint y = g % across * lines, size = lines * f.n;
		ulong slice = g / across;
		struct room r = ROOM_OF(size);
		__global const real *from = AT(v) + slice * f.n * ny + y;

		t.width = min(lines, ny - y);
		for (SHARE(i, size)) {
			uint x = over(i, lines, share), l = i - x * lines;
			float volts = l < t.width ? from[x * ny + l] : 0.0f;
			float whole = volts * turns;
			float part = fma(volts, turns, -whole) + volts * rest;
			float turn = 2.0f * ((whole - rint(whole)) + part);

			r.at[i] = (float2)(cospi(turn), sinpi(turn));
		}
		SYNC;
		fft(&r, &f, &t.s);
		strip_out(&r, &t, PAIRS(z) + slice * (2 * hx + 1) * ny + y);
	}
}

/* Rows of z, along y: forward, times the aperture, and back. */
__kernel void limit(ROOM_ARG, BUF(z), IN(aperture), FFT(y), uint bx, uint hy,
	uint rows, uint lines, real scale)
{
	struct fft f = THE_FFT(y);
	struct lines s = rows_of(f.n, lines);
	float share = 1.0f / (float)f.n;

	for (TILES(g, (rows + lines - 1) / lines)) {
		uint size = lines * s.pitch, first = g * lines;
		uint width = min(lines, rows - first);
		struct room r = ROOM_OF(size);
		__global float2 *line = PAIRS(z) + (ulong)first * f.n;

		rows_in(&r, &s, width, f.n, line);
		fft(&r, &f, &s);
		for (SHARE(i, width * f.n)) {
			uint l = over(i, f.n, share), k = i - l * f.n;
			uint at = l * s.pitch + k, j = index_of(k, hy, f.n);
			float a = j == NONE ? 0.0f : scale * AT(aperture)[
				(first + l) % bx * (2 * hy + 1) + j];

			r.at[at] = a * r.at[at].yx;
		}
		SYNC;
		fft(&r, &f, &s);
		rows_out(&r, &s, width, f.n, line);
	}
}

/* Columns of z, back along x, are t. */
__kernel void grid(ROOM_ARG, BUF(t), IN(z), FFT(x), uint ny, uint hx, uint n,
	uint lines)
{
	struct fft f = THE_FFT(x);
	struct strip p = { f.n, ny, hx, 0, columns_of(lines) };
	uint across = (ny + lines - 1) / lines;
	float share = 1.0f / (float)lines;

	for (TILES(g, across * n)) {
		uint y = g % across * lines, size = lines * f.n;
		ulong slice = g / across;
		struct room r = ROOM_OF(size);
		__global float2 *to = PAIRS(t) + slice * f.n * ny + y;

		p.width = min(lines, ny - y);
		strip_in(&r, &p, IN_PAIRS(z) + slice * (2 * hx + 1) * ny + y);
		fft(&r, &f, &p.s);
		for (SHARE(i, size)) {
			uint x = over(i, lines, share), l = i - x * lines;

			if (l < p.width)
				to[x * ny + l] = r.at[i].yx;
		}
		SYNC;
	}
}
