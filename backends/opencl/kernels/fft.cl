/*
 * Transforms of lines of complex numbers in a work group's own room: local
 * memory or, for lines that are too long for it (FAR), global.
 *
 * Stockham's, decimation in time: pass by pass between the two halves of the
 * room. Before a pass of radix R, 'done' points are transformed side by side,
 * n / done times; after it R done are.
 */
#ifdef FAR
#define ROOM __global
#define ROOM_ARG BUF(room)
#define ROOM_HERE(size) ((__global float2 *)AT(room) + \
	(ulong)get_group_id(0) * 2 * (size))
#define SYNC barrier(CLK_GLOBAL_MEM_FENCE)
#else
#define ROOM __local
#define ROOM_ARG __local float2 *room
#define ROOM_HERE(size) room
#define SYNC barrier(CLK_LOCAL_MEM_FENCE)
#endif
#define PAIRS(x) ((__global float2 *)AT(x))
#define IN_PAIRS(x) ((__global const float2 *)AT(x))

/* i of 0 .. n, by all items of the group together. */
#define SHARE(i, n) uint i = get_local_id(0); i < (n); i += get_local_size(0)

/* n points, their radices, the first lowest, less 1 in 3 bits each, and
 * exp(-2 pi i k / n). */
struct fft {
	uint n, radices;
	__global const float2 *table;
};
#define FFT(f) IN(f##_table), uint f##_n, uint f##_radices
#define THE_FFT(f) { f##_n, f##_radices, IN_PAIRS(f##_table) }

/* What is transformed lies in 'at', and then in what was 'other'. */
struct room { ROOM float2 *at, *other; };
#define ROOM_OF(size) { ROOM_HERE(size), ROOM_HERE(size) + (size) }

/* g of n tiles, those of this group. */
#define TILES(g, n) uint g = get_group_id(0); g < (n); g += get_num_groups(0)

/*
 * count lines, the points of each 'step' apart: line l begins at l * pitch,
 * those from 'split' on 'skip' further.
 */
struct lines { uint count, step, pitch, split, skip; };

/* Lines one behind the other, of an odd pitch for the sake of the banks; and
 * lines side by side. */
struct lines rows_of(uint n, uint count)
{
	struct lines s = { count, 1, n | 1, count, 0 };

	return s;
}

struct lines columns_of(uint count)
{
	struct lines s = { count, count, 1, count, 0 };

	return s;
}

/* a / b, share = 1 / b; exact for a < 2^19, and in FAR rooms for all. */
uint over(uint a, uint b, float share)
{
#ifdef FAR
	return a / b;
#else
	return (uint)(((float)a + 0.5f) * share);
#endif
}

float2 times(float2 a, float2 b)
{
	return (float2)(a.x * b.x - a.y * b.y, a.x * b.y + a.y * b.x);
}

float2 minus_i(float2 a)
{
	return (float2)(a.y, -a.x);
}

void dft2(float2 *v)
{
	float2 a = v[0];

	v[0] = a + v[1];
	v[1] = a - v[1];
}

void dft3(float2 *v)
{
	float2 t = v[1] + v[2], m = v[0] - 0.5f * t;
	float2 d = minus_i(0.86602540378443864676f * (v[1] - v[2]));

	v[0] += t;
	v[1] = m + d;
	v[2] = m - d;
}

void dft4(float2 *v)
{
	float2 s = v[0] + v[2], u = v[0] - v[2];
	float2 t = v[1] + v[3], d = minus_i(v[1] - v[3]);

	v[0] = s + t;
	v[1] = u + d;
	v[2] = s - t;
	v[3] = u - d;
}

void dft5(float2 *v)
{
	float2 p1 = v[1] + v[4], m1 = v[1] - v[4];
	float2 p2 = v[2] + v[3], m2 = v[2] - v[3];
	float2 p = p1 + p2, w = 0.55901699437494742410f * (p1 - p2);
	float2 m = v[0] - 0.25f * p;
	float2 f = minus_i(0.95105651629515357212f * m1 +
		0.58778525229247312917f * m2);
	float2 g = minus_i(0.58778525229247312917f * m1 -
		0.95105651629515357212f * m2);

	v[0] += p;
	v[1] = m + w + f;
	v[2] = m - w + g;
	v[3] = m - w - g;
	v[4] = m + w - f;
}

/* Frequencies k and 7 - k from sums p and differences d, c and s the cosines
 * and sines of k, 2 k and 3 k sevenths. */
void dft7_pair(float2 *v, int k, const float2 *p, const float2 *d, float3 c,
	float3 s)
{
	float2 a = p[0] + c.x * p[1] + c.y * p[2] + c.z * p[3];
	float2 b = minus_i(s.x * d[0] + s.y * d[1] + s.z * d[2]);

	v[k] = a + b;
	v[7 - k] = a - b;
}

void dft7(float2 *v)
{
	const float c1 = 0.62348980185873353053f, s1 = 0.78183148246802980871f;
	const float c2 = -0.22252093395631440429f, s2 = 0.97492791218182360702f;
	const float c3 = -0.90096886790241912624f, s3 = 0.43388373911755812048f;
	float2 p[4] = { v[0], v[1] + v[6], v[2] + v[5], v[3] + v[4] };
	float2 d[3] = { v[1] - v[6], v[2] - v[5], v[3] - v[4] };

	v[0] += p[1] + p[2] + p[3];
	dft7_pair(v, 1, p, d, (float3)(c1, c2, c3), (float3)(s1, s2, s3));
	dft7_pair(v, 2, p, d, (float3)(c2, c3, c1), (float3)(s2, -s3, -s1));
	dft7_pair(v, 3, p, d, (float3)(c3, c1, c2), (float3)(s3, -s1, s2));
}

void dft8(float2 *v)
{
	const float h = 0.70710678118654752440f;
	float2 a[4] = { v[0], v[2], v[4], v[6] };
	float2 b[4] = { v[1], v[3], v[5], v[7] };

	dft4(a);
	dft4(b);
	b[1] = h * (b[1] + minus_i(b[1]));
	b[2] = minus_i(b[2]);
	b[3] = h * (minus_i(b[3]) - b[3]);
	for (int k = 0; k < 4; k++) {
		v[k] = a[k] + b[k];
		v[k + 4] = a[k] - b[k];
	}
}

#define PASS(R) \
void pass##R(const struct room *r, const struct fft *f, \
	const struct lines *s, uint done) \
{ \
	uint m = f->n / R, turn = m / done; \
	float share = 1.0f / (float)s->count, done_share = 1.0f / (float)done; \
	for (SHARE(i, m * s->count)) { \
		uint j = over(i, s->count, share), l = i - j * s->count; \
		uint q = over(j, done, done_share), k = j - q * done; \
		uint at = l * s->pitch + (l < s->split ? 0 : s->skip); \
		float2 v[R]; \
		for (uint p = 0; p < R; p++) \
			v[p] = r->at[at + (j + p * m) * s->step]; \
		if (done > 1) \
			for (uint p = 1; p < R; p++) \
				v[p] = times(v[p], f->table[p * k * turn]); \
		dft##R(v); \
		for (uint p = 0; p < R; p++) \
			r->other[at + (q * done * R + k + p * done) * \
				s->step] = v[p]; \
	} \
}
PASS(2)
PASS(3)
PASS(4)
PASS(5)
PASS(7)
PASS(8)

/* Forward. What was written to 'at' is there for all (SYNC), and so is what
 * comes out. */
void fft(struct room *r, const struct fft *f, const struct lines *s)
{
	uint done = 1;

	for (uint left = f->radices; left; left >>= 3) {
		ROOM float2 *from = r->at;

		switch (left & 7) {
		case 1: pass2(r, f, s, done); break;
		case 2: pass3(r, f, s, done); break;
		case 3: pass4(r, f, s, done); break;
		case 4: pass5(r, f, s, done); break;
		case 6: pass7(r, f, s, done); break;
		default: pass8(r, f, s, done); break;
		}
		SYNC;
		done *= (left & 7) + 1;
		r->at = r->other;
		r->other = from;
	}
}
