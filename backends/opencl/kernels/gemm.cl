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

/* Loops over what an item holds are unrolled: that is in registers only if all
 * its indices are numbers. */

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
static real map_at(__global const real *a, const struct shape *s, uint p,
	uint y, uint x, uint r)
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

static void first_pixels(struct next *v, const struct shape *s, uint t,
	uint from)
{
	if (TAPS == 1)
		return;
#pragma unroll
	for (uint i = 0; i < NA; i++) {
		uint p = from + (TURNED ? LINE(i, TM, 0) : PLACE(i, TM, 1));

		v->x[i] = p % s->w;
		v->y[i] = p / s->w % s->h;
	}
}

/* Those of the next lines, if these are pixels. */
static void next_pixels(struct next *v, const struct shape *s)
{
	uint down = KT / s->w % s->h, right = KT % s->w;

	if (!TURNED)
		return;
#pragma unroll
	for (uint i = 0; i < NA; i++) {
		uint x = v->x[i] + right, over = x >= s->w;
		uint y = v->y[i] + down + over;

		v->x[i] = over ? x - s->w : x;
		v->y[i] = y >= s->h ? y - s->h : y;
	}
}

static void fetch_a(struct next *v, __global const real *a,
	__global const real *slope, const struct shape *s, uint t, uint m0,
	uint k0)
{
#pragma unroll
	for (uint i = 0; i < NA; i++) {
		uint k = k0 + LINE(i, TM, !TURNED);
		uint row = m0 + PLACE(i, TM, !TURNED);
		uint p = TURNED ? k : row, r = TURNED ? row : k;

		v->a[i] = map_at(a, s, p, v->y[i], v->x[i], r);
		if (SLOPE)
			v->a[i] *= gelu_slope(map_at(slope, s, p, 0, 0, r));
	}
	next_pixels(v, s);
}

/* COLUMNS: b is [n][depth], its taps in reverse; else [depth][n]. */
static void fetch_b(struct next *v, __global const real *b, uint t, uint k0,
	uint n0, uint depth, uint n, uint channels)
{
#pragma unroll
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

static void keep(__local real *as, __local real *bs, const struct next *v,
	uint t)
{
#pragma unroll
	for (uint i = 0; i < NA; i++)
		as[LINE(i, TM, !TURNED) * 4 * LA + PLACE(i, TM, !TURNED)] =
			v->a[i];
#pragma unroll
	for (uint i = 0; i < NB; i++)
		bs[LINE(i, TN, COLUMNS) * 4 * LB + PLACE(i, TN, COLUMNS)] =
			v->b[i];
}

/* ---- multiplying ---- */

/* An item's rows and columns are in fours, GM and GN of them apart. */
static void multiply(float4 sum[RM][RN / 4], __local const float4 *as,
	__local const float4 *bs, uint ty, uint tx)
{
	for (uint k = 0; k < KT; k++) {
		float4 b[RN / 4];

#pragma unroll
		for (uint j = 0; j < RN / 4; j++)
			b[j] = bs[k * LB + j * GN + tx];
#pragma unroll
		for (uint i = 0; i < RM; i += 4) {
			float4 a = as[k * LA + i / 4 * GM + ty];

#pragma unroll
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
static float4 get4(__global const real *p, uint left, int whole)
{
	if (whole)
		return *(__global const float4 *)p;
	return (float4)(p[0], left > 1 ? p[1] : 0, left > 2 ? p[2] : 0,
		left > 3 ? p[3] : 0);
}

static void put4(__global real *p, float4 v, uint left, int whole)
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

/* Where column j of row p is, if c is a doubled map. */
static uint doubled_at(const struct shape *s, uint p, uint j, uint n)
{
	uint place = j / (n / 4);

	return (4 * p - 2 * (p % s->w) + place / 2 * 2 * s->w + place % 2) *
		s->pitch + s->first + j - place * (n / 4);
}

static void put_doubled(__global real *c, float4 v, const struct shape *s,
	uint p, uint j, uint n, int whole)
{
	if (whole) {
		put4(c + doubled_at(s, p, j, n), v, 4, 1);
		return;
	}
	c[doubled_at(s, p, j, n)] = v.x;
	if (j + 1 < n)
		c[doubled_at(s, p, j + 1, n)] = v.y;
	if (j + 2 < n)
		c[doubled_at(s, p, j + 2, n)] = v.z;
	if (j + 3 < n)
		c[doubled_at(s, p, j + 3, n)] = v.w;
}

/* Where a tile goes, and what is done before; see struct ip_cl_gemm. whole:
 * fours of columns are there and 16-byte aligned. */
struct target {
	__global real *c, *pre;
	__global const real *bias, *add;
	uint m, n;
	int curved, doubled, whole;
};

static void finish(const struct target *to, float4 y, const struct shape *s,
	uint row, uint column)
{
	uint left = to->n - column;
	ulong at = (ulong)row * to->n + column;

	if (row >= to->m || column >= to->n)
		return;
	if (to->bias)
		y += get4(to->bias + column, left, to->whole);
	if (to->pre)
		put4(to->pre + at, y, left, to->whole);
	if (to->curved)
		y = (float4)(gelu(y.x), gelu(y.y), gelu(y.z), gelu(y.w));
	if (to->add)
		y += get4(to->add + at, left, to->whole);
	if (to->doubled)
		put_doubled(to->c, y, s, row, column, to->n, to->whole);
	else
		put4(to->c + at, y, left, to->whole);
}

/* The next row becomes the first, which is the one that is written, by code
 * that would be long if there were one for each. */
static void advance(float4 sum[RM][RN / 4])
{
#pragma unroll
	for (uint i = 0; i + 1 < RM; i++)
#pragma unroll
		for (uint j = 0; j < RN / 4; j++)
			sum[i][j] = sum[i + 1][j];
}

/* ---- all of it ---- */

/* Group 2 counts parts of the depth, 'part' each, which go to c one behind the
 * other. */
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
	uint begin = z * part, end = min(begin + part, depth), k = begin;
	struct shape s = { TURNED ? end : m, h, w, channels, pitch, first };
	struct target to = { AT(c) + (ulong)z * m * n, AT(pre), AT(bias),
		AT(add), m, n, curved, doubled, whole };
	struct next v;
	float4 sum[RM][RN / 4];

#pragma unroll
	for (uint i = 0; i < RM; i++)
#pragma unroll
		for (uint j = 0; j < RN / 4; j++)
			sum[i][j] = 0;
	first_pixels(&v, &s, t, TURNED ? k : m0);
	for (;; k += KT) {
		if (k < end) {
			fetch_a(&v, AT(a), AT(slope), &s, t, m0, k);
			fetch_b(&v, AT(b), t, k, n0, end, n, channels);
		}
		if (k > begin)
			multiply(sum, as, bs, ty, tx);
		if (k >= end)
			break;
		barrier(CLK_LOCAL_MEM_FENCE);
		keep((__local real *)as, (__local real *)bs, &v, t);
		barrier(CLK_LOCAL_MEM_FENCE);
	}
	for (uint i = 0; i < RM; i++) {
#pragma unroll
		for (uint j = 0; j < RN / 4; j++)
			finish(&to, sum[0][j], &s, m0 + (i / 4 * GM + ty) * 4 +
				i % 4, n0 + (j * GN + tx) * 4);
		advance(sum);
	}
}
