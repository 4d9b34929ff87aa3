/*
 * c [m][n] = a b, and what is done to it before it is written. a is made of a
 * map's pixels, each with TAPS vectors of channels: 1, its own; 9, those of the
 * pixels around it, zeros outside the picture; 4, those of its 2 x 2 block in a
 * map of twice as many rows and columns. A row of a is a pixel, or, if TURNED,
 * the channel of a tap, and the sum is over pixels then.
 *
 * A work group of GM GN items makes a tile of TM x TN numbers, each item RM RN
 * of them, from KT columns of a and rows of b at a time in local memory, while
 * the next are on their way into registers. Every number is the sum over the
 * depth in its order, one fma after another, whatever the tiles are: so it
 * depends neither on these nor on how many pictures there are.
 */
#pragma OPENCL FP_CONTRACT OFF

#define ITEMS (GM * GN)
#define TM (RM * GM)
#define TN (RN * GN)
/* of a and of b an item brings */
#define NA (TM * KT / ITEMS)
#define NB (TN * KT / ITEMS)
#if TM * KT % ITEMS || TN * KT % ITEMS
#error "items of a group bring equally many numbers"
#endif
/* fours of numbers of a line of local memory, one more for its banks */
#define LA (TM / 4 + 1)
#define LB (TN / 4 + 1)

/* ---- reading ---- */

/* Pixels that there are; a picture's; channels of a tap; where a doubled map
 * has them. */
struct shape {
	uint pixels, h, w, channels, pitch, first;
};

/* What an item has on its way, and the pixels that it is from. */
struct next {
	real a[NA], b[NB];
	uint y[NA], x[NA];
};

/* Number i that an item brings: its line (k) and place in local memory. DEEP:
 * neighbours bring it for neighbouring k, for that is how memory has them. */
#define LINE(i, tile, deep) ((deep) ? ((i) * ITEMS + t) % KT : \
	((i) * ITEMS + t) / (tile))
#define PLACE(i, tile, deep) ((deep) ? ((i) * ITEMS + t) / KT : \
	((i) * ITEMS + t) % (tile))

/* Channel r, of all taps', of pixel p, which is (y, x) of its picture. */
real map_at(__global const real *a, const struct shape *s, uint p, uint y,
	uint x, uint r)
{
	uint tap, c, dy, dx;

	if (p >= s->pixels || r >= TAPS * s->channels)
		return 0;
	if (TAPS == 1)
		return a[p * s->channels + r];
	tap = r / s->channels;
	c = r - tap * s->channels;
	if (TAPS == 4)
		return a[(4 * p - 2 * x + tap / 2 * 2 * s->w + tap % 2) *
			s->pitch + s->first + c];
	dy = tap / 3 - 1;	/* modulo 2^32 */
	dx = tap % 3 - 1;
	if (y + dy >= s->h || x + dx >= s->w)
		return 0;
	return a[(p + dy * s->w + dx) * s->channels + c];
}

void first_pixels(struct next *v, const struct shape *s, uint t, uint from)
{
	if (TAPS == 1)
		return;
	for (uint i = 0; i < NA; i++) {
		uint p = from + (TURNED ? LINE(i, TM, 0) : PLACE(i, TM, 1));

		v->x[i] = p % s->w;
		v->y[i] = p / s->w % s->h;
	}
}

void fetch_a(struct next *v, __global const real *a,
	__global const real *slope, const struct shape *s, uint t, uint m0,
	uint k0)
{
	for (uint i = 0; i < NA; i++) {
		uint k = k0 + LINE(i, TM, !TURNED);
		uint row = m0 + PLACE(i, TM, !TURNED);
		uint p = TURNED ? k : row, r = TURNED ? row : k;

		v->a[i] = map_at(a, s, p, v->y[i], v->x[i], r);
		if (SLOPE)
			v->a[i] *= gelu_slope(map_at(slope, s, p, 0, 0, r));
	}
}

/* The pixels that are next in a sum over them. */
void next_pixels(struct next *v, const struct shape *s)
{
	if (TAPS == 1)
		return;
	for (uint i = 0; i < NA; i++)
		for (v->x[i] += KT; v->x[i] >= s->w; v->x[i] -= s->w)
			v->y[i] = v->y[i] + 1 == s->h ? 0 : v->y[i] + 1;
}

/* COLUMNS: b is [n][depth], its taps in reverse; else [depth][n]. */
void fetch_b(struct next *v, __global const real *b, uint t, uint k0, uint n0,
	uint depth, uint n, uint channels)
{
	for (uint i = 0; i < NB; i++) {
		uint k = k0 + LINE(i, TN, COLUMNS);
		uint column = n0 + PLACE(i, TN, COLUMNS);
		uint tap = TAPS > 1 ? k / channels : 0;

		v->b[i] = 0;
		if (k >= depth || column >= n)
			continue;
		if (COLUMNS)
			v->b[i] = b[((TAPS - 1 - tap) * n + column) * channels +
				k - tap * channels];
		else
			v->b[i] = b[k * n + column];
	}
}

void keep(__local real *as, __local real *bs, const struct next *v, uint t)
{
	for (uint i = 0; i < NA; i++)
		as[LINE(i, TM, !TURNED) * 4 * LA + PLACE(i, TM, !TURNED)] =
			v->a[i];
	for (uint i = 0; i < NB; i++)
		bs[LINE(i, TN, COLUMNS) * 4 * LB + PLACE(i, TN, COLUMNS)] =
			v->b[i];
}

/* ---- multiplying ---- */

/* An item's rows and columns are in fours, GM and GN of them apart. */
void multiply(float4 sum[RM][RN / 4], __local const float4 *as,
	__local const float4 *bs, uint ty, uint tx)
{
	for (uint k = 0; k < KT; k++) {
		float4 b[RN / 4];

		for (uint j = 0; j < RN / 4; j++)
			b[j] = bs[k * LB + j * GN + tx];
		for (uint i = 0; i < RM; i += 4) {
			float4 a = as[k * LA + i / 4 * GM + ty];

			for (uint j = 0; j < RN / 4; j++) {
				sum[i][j] = fma(a.xxxx, b[j], sum[i][j]);
				sum[i + 1][j] = fma(a.yyyy, b[j],
					sum[i + 1][j]);
				sum[i + 2][j] = fma(a.zzzz, b[j],
					sum[i + 2][j]);
				sum[i + 3][j] = fma(a.wwww, b[j],
					sum[i + 3][j]);
			}
		}
	}
}

/* ---- writing ---- */

/* Four numbers beside each other, of which only 'left' may be there. */
float4 get4(__global const real *p, uint left, int whole)
{
	if (whole)
		return *(__global const float4 *)p;
	return (float4)(p[0], left > 1 ? p[1] : 0, left > 2 ? p[2] : 0,
		left > 3 ? p[3] : 0);
}

void put4(__global real *p, float4 v, uint left, int whole)
{
	if (whole) {
		*(__global float4 *)p = v;
		return;
	}
	p[0] = v.x;
	if (left > 1)
		p[1] = v.y;
	if (left > 2)
		p[2] = v.z;
	if (left > 3)
		p[3] = v.w;
}

/* Columns j and three behind it of row p, where c is a doubled map. */
void put_doubled(__global real *c, float4 v, const struct shape *s, uint p,
	uint j, uint n, int whole)
{
	uint o = n / 4, x = p % s->w;
	real one[4] = { v.x, v.y, v.z, v.w };

	for (uint i = 0; i < 4 && j + i < n; i++) {
		uint place = (j + i) / o;
		uint at = (4 * p - 2 * x + place / 2 * 2 * s->w + place % 2) *
			s->pitch + s->first + j + i - place * o;

		if (whole) {
			put4(c + at, v, 4, whole);
			return;
		}
		c[at] = one[i];
	}
}

/* ---- all of it ---- */

/*
 * Group 2 counts parts of the depth, 'part' each, which go to c one behind the
 * other. whole: fours of columns are there and 16-byte aligned.
 */
__kernel __attribute__((reqd_work_group_size(ITEMS, 1, 1)))
void gemm(BUF(c), BUF(pre), IN(a), IN(slope), IN(b), IN(bias), IN(add),
	uint m, uint n, uint depth, uint part, uint h, uint w, uint channels,
	uint pitch, uint first, int curved, int doubled, int whole)
{
	__local float4 as[KT * LA], bs[KT * LB];
	uint t = get_local_id(0), tx = t % GN, ty = t / GN;
	uint tiles = (n + TN - 1) / TN, z = get_group_id(2);
	uint m0 = get_group_id(0) / tiles * TM;
	uint n0 = get_group_id(0) % tiles * TN;
	uint k = z * part, end = min(k + part, depth);
	struct shape s = { TURNED ? end : m, h, w, channels, pitch, first };
	struct next v;
	float4 sum[RM][RN / 4];

	for (uint i = 0; i < RM; i++)
		for (uint j = 0; j < RN / 4; j++)
			sum[i][j] = 0;
	first_pixels(&v, &s, t, TURNED ? k : m0);
	fetch_a(&v, AT(a), AT(slope), &s, t, m0, k);
	fetch_b(&v, AT(b), t, k, n0, end, n, channels);
	while (k < end) {
		barrier(CLK_LOCAL_MEM_FENCE);
		keep((__local real *)as, (__local real *)bs, &v, t);
		barrier(CLK_LOCAL_MEM_FENCE);
		k += KT;
		if (k < end) {
			if (TURNED)
				next_pixels(&v, &s);
			fetch_a(&v, AT(a), AT(slope), &s, t, m0, k);
			fetch_b(&v, AT(b), t, k, n0, end, n, channels);
		}
		multiply(sum, as, bs, ty, tx);
	}
	for (uint i = 0; i < RM; i++)
		for (uint j = 0; j < RN / 4; j++) {
			uint row = m0 + (i / 4 * GM + ty) * 4 + i % 4;
			uint column = n0 + (j * GN + tx) * 4;
			ulong at = ((ulong)z * m + row) * n + column;
			float4 y = sum[i][j];

			if (row >= m || column >= n)
				continue;
			if (bias_all)
				y += get4(AT(bias) + column, n - column, whole);
			if (pre_all)
				put4(AT(pre) + at, y, n - column, whole);
			if (curved)
				y = (float4)(gelu(y.x), gelu(y.y), gelu(y.z),
					gelu(y.w));
			if (add_all)
				y += get4(AT(add) + at, n - column, whole);
			if (doubled)
				put_doubled(AT(c), y, &s, row, column, n,
					whole);
			else
				put4(AT(c) + at, y, n - column, whole);
		}
}
