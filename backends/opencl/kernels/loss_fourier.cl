/*
 * The loss of Fourier transforms' moduli, of units (a picture's channel each):
 * z [units][2][h][kept], first of p, then of t.
 */
#define SHIFT 1e-8f

/* Where row y of unit u begins in a map. */
ulong row_at(uint u, uint y, uint h, uint w, uint c)
{
	return ((ulong)(u / c) * h + y) * w * c + u % c;
}

/* Forward along rows. 'rows' of both of all units, the first of which is
 * unit 'first'. */
__kernel void rows(ROOM_ARG, BUF(z), IN(p), IN(t), ANY(x), uint h, uint c,
	uint first, uint rows, uint lines)
{
	struct any f = THE_ANY(x);
	struct lines s = rows_of(f.f.n, lines);
	uint kept = f.n / 2 + 1, size = lines * s.pitch;

	for (TILES(g, (rows + lines - 1) / lines)) {
		uint width = min(lines, rows - g * lines);
		struct room r = ROOM_OF(size);
		__global float2 *to = PAIRS(z) + (ulong)g * lines * kept;

		for (SHARE(i, width * f.n)) {
			uint l = i / f.n, x = i - l * f.n, row = g * lines + l;
			uint both = row / h;
			ulong at = row_at(first + both / 2, row % h, h, f.n,
				c) + (ulong)x * c;

			r.at[l * s.pitch + x] = (float2)((both % 2 ?
				AT(t)[at] : AT(p)[at]) + SHIFT, 0.0f);
		}
		SYNC;
		transform(&r, &f, &s);
		for (SHARE(i, width * kept)) {
			uint l = i / kept;

			to[i] = r.at[l * s.pitch + i - l * kept];
		}
		SYNC;
	}
}

/* p <- scale sign(|p| - |t|) p / |p|; gives ||p| - |t||, by a difference of
 * squares that is more exact. */
float compare(float2 *p, float2 t, float scale)
{
	float size = hypot(p->x, p->y), sum = size + hypot(t.x, t.y), d;
	float2 plus = *p + t, minus = *p - t;

	if (sum == 0)
		d = 0;
	else
		d = minus.x * (plus.x / sum) + minus.y * (plus.y / sum);
	if (size == 0 || d == 0)
		scale = 0;
	else
		scale = (d < 0 ? -scale : scale);
	*p = size == 0 ? 0.0f : scale * (*p / size);
	return fabs(d);
}

/* Columns: forward, of p and of t; the difference; back, in place of p. */
__kernel void columns(ROOM_ARG, BUF(z), BUF(parts), ANY(y), uint kept, uint units,
	uint lines, real scale, __local float2 *sums)
{
	struct any f = THE_ANY(y);
	struct lines both = columns_of(2 * lines), one = both;
	uint across = (kept + lines - 1) / lines, size = 2 * lines * f.f.n;

	one.count = one.split = lines;
	for (TILES(g, across * units)) {
		uint k = g % across * lines, width = min(lines, kept - k);
		struct room r = ROOM_OF(size);
		__global float2 *own = PAIRS(z) + (ulong)(g / across) * 2 *
			f.n * kept + k;
		float2 sum = 0.0f;

		for (SHARE(i, 2 * lines * f.n)) {
			uint y = i / (2 * lines), l = i % (2 * lines);
			uint t = l >= lines;

			l -= t * lines;
			r.at[i] = l < width ? own[(t * f.n + y) * kept + l] :
				0.0f;
		}
		SYNC;
		transform(&r, &f, &both);
		for (SHARE(i, lines * f.n)) {
			uint y = i / lines, l = i % lines;
			uint at = y * both.step + l;
			float2 v = r.at[at];

			if (l < width)
				sum = add(sum, compare(&v, r.at[at + lines],
					scale));
			r.at[at] = v.yx;
		}
		SYNC;
		transform(&r, &f, &one);
		for (SHARE(i, lines * f.n)) {
			uint y = i / lines, l = i % lines;

			if (l < width)
				own[y * kept + l] = r.at[y * both.step + l].yx;
		}
		sum = over_group(sums, sum);
		if (get_local_id(0) == 0)
			PAIRS(parts)[g] = sum;
		SYNC;
	}
}

/* Back along rows: the real part is added to dp. */
__kernel void back(ROOM_ARG, BUF(dp), IN(z), ANY(x), uint h, uint c,
	uint first, uint rows, uint lines)
{
	struct any f = THE_ANY(x);
	struct lines s = rows_of(f.f.n, lines);
	uint kept = f.n / 2 + 1, size = lines * s.pitch;

	for (TILES(g, (rows + lines - 1) / lines)) {
		uint width = min(lines, rows - g * lines);
		struct room r = ROOM_OF(size);

		for (SHARE(i, width * f.n)) {
			uint l = i / f.n, x = i - l * f.n, row = g * lines + l;
			__global const float2 *from = IN_PAIRS(z) +
				((ulong)(row / h) * 2 * h + row % h) * kept;

			r.at[l * s.pitch + x] = x < kept ? from[x].yx : 0.0f;
		}
		SYNC;
		transform(&r, &f, &s);
		for (SHARE(i, width * f.n)) {
			uint l = i / f.n, x = i - l * f.n, row = g * lines + l;

			AT(dp)[row_at(first + row / h, row % h, h, f.n, c) +
				(ulong)x * c] += r.at[l * s.pitch + x].y;
		}
		SYNC;
	}
}

/* One group: the sum of n parts, times share. */
__kernel void finish(BUF(part), IN(parts), uint n, real share,
	__local float2 *sums)
{
	float2 sum = 0.0f;

	for (SHARE(i, n))
		sum = add_both(sum, IN_PAIRS(parts)[i]);
	sum = over_group(sums, sum);
	if (get_local_id(0) == 0)
		AT(part)[0] = share * total(sum);
}
