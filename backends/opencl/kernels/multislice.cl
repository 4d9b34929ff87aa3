/* Waves in band layout, in place, through slices: in two passes a slice, or
 * all at once where a wave fits local memory. */

/* A propagator's number for kx of index row and frequency ky, or nothing. */
float2 factor(__global const float2 *prop, uint row, uint ky, uint hy, uint ny,
	float scale)
{
	uint j = index_of(ky, hy, ny);

	return j == NONE ? 0.0f : scale * prop[row * (2 * hy + 1) + j];
}

/* Band layout, back along y, is z [waves][2 hx + 1][ny]. */
__kernel void enter(ROOM_ARG, BUF(z), IN(psi), FFT(y), uint hy, uint rows,
	uint lines)
{
	struct fft f = THE_FFT(y);
	struct lines s = rows_of(f.n, lines);
	float share = 1.0f / (float)f.n;

	for (TILES(g, (rows + lines - 1) / lines)) {
		uint size = lines * s.pitch, first = g * lines;
		uint by = 2 * hy + 1, width = min(lines, rows - first);
		struct room r = ROOM_OF(size);
		__global const float2 *from = IN_PAIRS(psi) +
			(ulong)first * by;

		for (SHARE(i, width * f.n)) {
			uint l = over(i, f.n, share), k = i - l * f.n;
			uint j = index_of(k, hy, f.n);

			r.at[l * s.pitch + k] = j == NONE ? 0.0f :
				from[l * by + j].yx;
		}
		SYNC;
		fft(&r, &f, &s);
		rows_out(&r, &s, width, f.n, PAIRS(z) + (ulong)first * f.n);
	}
}

/* Columns of z along x: back, times t [nx][ny], forward. */
__kernel void through(ROOM_ARG, BUF(z), IN(t), FFT(x), uint ny, uint hx,
	uint waves, uint lines)
{
	struct fft f = THE_FFT(x);
	struct strip p = { f.n, ny, hx, 0, columns_of(lines) };
	uint across = (ny + lines - 1) / lines;
	float share = 1.0f / (float)lines;

	for (TILES(g, across * waves)) {
		uint y = g % across * lines, size = lines * f.n;
		struct room r = ROOM_OF(size);
		__global float2 *own = PAIRS(z) + (ulong)(g / across) *
			(2 * hx + 1) * ny + y;
		__global const float2 *slice = IN_PAIRS(t) + y;

		p.width = min(lines, ny - y);
		strip_in(&r, &p, own);
		fft(&r, &f, &p.s);
		for (SHARE(i, size)) {
			uint x = over(i, lines, share), l = i - x * lines;

			if (l < p.width)
				r.at[i] = times(r.at[i].yx, slice[x * ny + l]);
		}
		SYNC;
		fft(&r, &f, &p.s);
		strip_out(&r, &p, own);
	}
}

/*
 * Rows of z, along y: forward, times the propagator, of each wave its own or
 * of all, and back to z; or, the last time, into band layout.
 */
__kernel void between(ROOM_ARG, BUF(z), IN(prop), BUF(psi), FFT(y), uint bx,
	uint hy, uint rows, uint lines, int own, int last, real scale)
{
	struct fft f = THE_FFT(y);
	struct lines s = rows_of(f.n, lines);
	float share = 1.0f / (float)f.n;

	for (TILES(g, (rows + lines - 1) / lines)) {
		uint size = lines * s.pitch, first = g * lines;
		uint by = 2 * hy + 1, width = min(lines, rows - first);
		struct room r = ROOM_OF(size);
		__global float2 *line = PAIRS(z) + (ulong)first * f.n;
		__global float2 *to = PAIRS(psi) + (ulong)first * by;

		rows_in(&r, &s, width, f.n, line);
		fft(&r, &f, &s);
		for (SHARE(i, width * f.n)) {
			uint l = over(i, f.n, share), k = i - l * f.n;
			uint at = l * s.pitch + k, row = first + l;
			uint j = index_of(k, hy, f.n);
			float2 v = times(r.at[at], factor(IN_PAIRS(prop), own ?
				row : row % bx, k, hy, f.n, scale));

			if (!last)
				r.at[at] = v.yx;
			else if (j != NONE)
				to[l * by + j] = v;
		}
		SYNC;
		if (!last) {
			fft(&r, &f, &s);
			rows_out(&r, &s, width, f.n, line);
		}
	}
}

#ifndef FAR
/* A wave a group, [nx][ny | 1] in local memory, through 'count' slices. */
struct wave {
	struct fft x, y;
	struct lines columns, rows;
	uint hx, hy, pitch;
};

/* Rows 'split' .. 'split' + 'skip', those outside the band, are nothing. */
void clear_rows(struct room *r, const struct wave *w)
{
	for (SHARE(i, w->rows.skip))
		r->at[w->rows.split * w->pitch + i] = 0.0f;
	SYNC;
}

/* r in Fourier space, real and imaginary parts exchanged, through t. */
void one_slice(struct room *r, const struct wave *w, __global const float2 *t)
{
	float share = 1.0f / (float)w->y.n;

	fft(r, &w->y, &w->rows);
	clear_rows(r, w);
	fft(r, &w->x, &w->columns);
	for (SHARE(i, w->x.n * w->y.n)) {
		uint x = over(i, w->y.n, share), y = i - x * w->y.n;
		uint at = x * w->pitch + y;

		r->at[at] = times(r->at[at].yx, t[i]);
	}
	SYNC;
	fft(r, &w->x, &w->columns);
	fft(r, &w->y, &w->rows);
}

/* The band's numbers times the propagator, exchanged; all else is nothing. */
void propagate(struct room *r, const struct wave *w,
	__global const float2 *prop, float scale)
{
	float share = 1.0f / (float)w->y.n;

	for (SHARE(i, w->rows.count * w->y.n)) {
		uint row = over(i, w->y.n, share), k = i - row * w->y.n;
		uint at = place_of(row, w->hx, w->x.n) * w->pitch + k;

		r->at[at] = times(r->at[at], factor(prop, row, k, w->hy,
			w->y.n, scale)).yx;
	}
	SYNC;
}

__kernel void whole(__local float2 *room, BUF(psi), IN(t), IN(prop), FFT(x),
	FFT(y), uint hx, uint hy, uint count, int own, real scale)
{
	struct wave w = { THE_FFT(x), THE_FFT(y), { 0 }, { 0 }, hx, hy,
		y_n | 1 };
	uint size = x_n * w.pitch, bx = 2 * hx + 1, by = 2 * hy + 1;
	struct room r = { room, room + size };
	__global float2 *to = PAIRS(psi) + (ulong)get_group_id(0) * bx * by;
	__global const float2 *p = IN_PAIRS(prop) +
		(own ? (ulong)get_group_id(0) * bx * by : 0);
	float share = 1.0f / (float)by;

	w.columns = (struct lines){ y_n, w.pitch, 1, y_n, 0 };
	w.rows = (struct lines){ bx, 1, w.pitch, hx + 1, (x_n - bx) * w.pitch };
	for (SHARE(i, size))
		r.at[i] = 0.0f;
	SYNC;
	for (SHARE(i, bx * by)) {
		uint row = over(i, by, share), j = i - row * by;

		r.at[place_of(row, hx, x_n) * w.pitch + place_of(j, hy, y_n)] =
			to[i].yx;
	}
	SYNC;
	for (uint k = 0; k < count; k++) {
		one_slice(&r, &w, IN_PAIRS(t) + (ulong)k * x_n * y_n);
		propagate(&r, &w, p, scale);
	}
	for (SHARE(i, bx * by)) {
		uint row = over(i, by, share), j = i - row * by;

		to[i] = r.at[place_of(row, hx, x_n) * w.pitch +
			place_of(j, hy, y_n)].yx;
	}
}
#endif
