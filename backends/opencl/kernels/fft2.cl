/* Lines of whole arrays [batch][nx][ny], each where it was. Back is forward
 * with real and imaginary parts exchanged before and after. */
__kernel void rows(ROOM_ARG, BUF(x), FFT(y), uint rows, uint lines, int back)
{
	struct fft f = THE_FFT(y);
	struct lines s = rows_of(f.n, lines);

	for (TILES(g, (rows + lines - 1) / lines)) {
		uint size = lines * s.pitch, width = min(lines, rows - g * lines);
		struct room r = ROOM_OF(size);
		__global float2 *line = PAIRS(x) + (ulong)g * lines * f.n;

		for (SHARE(i, width * f.n)) {
			float2 v = line[i];

			r.at[i / f.n * s.pitch + i % f.n] = back ? v.yx : v;
		}
		SYNC;
		fft(&r, &f, &s);
		for (SHARE(i, width * f.n)) {
			float2 v = r.at[i / f.n * s.pitch + i % f.n];

			line[i] = back ? v.yx : v;
		}
		SYNC;
	}
}

__kernel void columns(ROOM_ARG, BUF(x), FFT(x), uint ny, uint batch,
	uint lines, int back)
{
	struct fft f = THE_FFT(x);
	struct lines s = columns_of(lines);
	uint across = (ny + lines - 1) / lines;

	for (TILES(g, across * batch)) {
		uint size = lines * f.n, y = g % across * lines;
		uint width = min(lines, ny - y);
		struct room r = ROOM_OF(size);
		__global float2 *at = PAIRS(x) + (ulong)(g / across) * f.n *
			ny + y;

		for (SHARE(i, size)) {
			uint l = i % lines;
			float2 v = l < width ? at[(ulong)(i / lines) * ny + l] :
				0.0f;

			r.at[i] = back ? v.yx : v;
		}
		SYNC;
		fft(&r, &f, &s);
		for (SHARE(i, size)) {
			uint l = i % lines;
			float2 v = r.at[i];

			if (l < width)
				at[(ulong)(i / lines) * ny + l] =
					back ? v.yx : v;
		}
		SYNC;
	}
}
