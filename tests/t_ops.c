/*
 * Every op of the scattering against plain double loops, on sizes with each
 * prime factor, the widest band and a narrow one, any instruction set, and
 * any number of threads. tests/double runs the same in double precision.
 */
#include <math.h>
#include <float.h>
#include "ref/ref.h"
#include "support/op.h"

/*
 * float32 sums of n terms err by a few units of rounding; transforms of the
 * sizes below by log2 of that. 4e-6 is 32 units; in double 1e-13 is 450.
 */
static const double tolerance = sizeof(ip_real) == 4 ? 4e-6 : 1e-13;

struct shape { struct ip_band band; size_t waves, slices; };
static const struct shape shapes[] = {
	{ { 1, 1, 0, 0 }, 1, 1 }, { { 8, 6, 2, 1 }, 3, 2 },
	{ { 9, 7, 4, 3 }, 2, 3 }, { { 20, 15, 6, 5 }, 5, 2 },
	{ { 14, 27, 6, 13 }, 1, 1 }, { { 32, 24, 10, 8 }, 4, 3 },
	/* more waves than a vector has lanes, and not a multiple */
	{ { 16, 21, 5, 7 }, 19, 2 }, { { 12, 10, 5, 4 }, 35, 3 },
};
/* More than a GPU's local memory holds, at once and in one line. */
static const struct shape large[] = {
	{ { 60, 64, 20, 21 }, 3, 2 }, { { 63, 50, 31, 24 }, 2, 1 },
	{ { 3136, 2, 1000, 0 }, 2, 2 }, { { 3, 3125, 1, 1100 }, 2, 1 },
};
#define SHAPES (sizeof(shapes) / sizeof(shapes[0]))
#define SENTINEL 12345.0

struct room { struct ip_buf buf; double *host; size_t n; };

/* n reals in device memory, random in [-1, 1), a sentinel behind. */
static struct room make(size_t n, uint64_t seed)
{
	struct room r = { { NULL, 0, 0 }, NULL, n };
	const struct ip_backend *b = ip_dev_backend(dev);
	ip_real *x = malloc((n + 1) * sizeof(*x));
	size_t i;

	assert_int_equal(b->alloc(dev, &r.buf, (n + 1) * sizeof(*x)), 0);
	r.host = calloc(n + 1, sizeof(double));
	for (i = 0; i <= n; i++) {
		x[i] = i < n ? (ip_real)(2 * ip_test_uniform(&seed) - 1)
			: (ip_real)SENTINEL;
		r.host[i] = (double)x[i];
	}
	b->put(dev, &r.buf, 0, x, (n + 1) * sizeof(*x));
	free(x);
	return r;
}

static void drop(struct room *r)
{
	ip_dev_backend(dev)->free(dev, &r->buf);
	free(r->host);
}

/* Its numbers and the sentinel; free() them. */
static ip_real *fetch(const struct room *r)
{
	size_t size = (r->n + 1) * sizeof(ip_real);
	ip_real *raw = malloc(size);

	assert_int_equal(ip_dev_backend(dev)->get(dev, &r->buf, 0, raw, size),
		0);
	return raw;
}

static void store(struct room *r, const ip_real *raw, size_t n)
{
	assert_int_equal(ip_dev_backend(dev)->put(dev, &r->buf, 0, raw,
		n * sizeof(*raw)), 0);
}

static void expect(const char *what, const struct room *r, const double *want,
	size_t n)
{
	ip_real *raw = fetch(r);
	double *got = malloc((r->n + 1) * sizeof(*got));
	size_t i;

	for (i = 0; i <= r->n; i++)
		got[i] = (double)raw[i];
	assert_true(got[r->n] == SENTINEL);
	ip_test_assert_close(what, got, want, n, tolerance);
	free(raw);
	free(got);
}

static void fft2_case(size_t nx, size_t ny, size_t batch, int sign)
{
	struct room x = make(2 * nx * ny * batch, nx);
	ref_c *want = calloc(nx * ny * batch, sizeof(*want));
	size_t b;

	for (b = 0; b < batch; b++)
		ip_ref_fft2(want + b * nx * ny, (ref_c *)(void *)x.host +
			b * nx * ny, nx, ny, sign);
	assert_int_equal(ops->fft2(dev, &x.buf, nx, ny, batch, sign), 0);
	expect("fft2", &x, (double *)want, x.n);
	free(want);
	drop(&x);
}

/* Lines short and long, the longest for a GPU's global memory. */
static void test_fft2(void **state)
{
	static const size_t lines[] = { 64, 128, 343, 480, 1575, 4000 };
	size_t i;
	int sign;

	(void)state;
	for (sign = -1; sign <= 1; sign += 2) {
		for (i = 0; i < SHAPES; i++)
			fft2_case(shapes[i].band.nx, shapes[i].band.ny, 3,
				sign);
		for (i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
			fft2_case(lines[i], 2, 1, sign);
			fft2_case(1, lines[i], 2, sign);
		}
	}
}

static void transmission_case(const struct ip_band *b, double sigma)
{
	size_t grid = b->nx * b->ny, n = 2, s;
	size_t size = (2 * b->hx + 1) * (2 * b->hy + 1);
	struct room v = make(grid * n, b->nx), a = make(size, 99);
	struct room t = make(2 * grid * n, 7);
	ref_c *want = calloc(grid * n, sizeof(*want));

	for (s = 0; s < n; s++)
		ip_ref_transmission(want + s * grid, v.host + s * grid, a.host,
			b, sigma);
	assert_int_equal(ops->transmission(dev, &t.buf, &v.buf, &a.buf, b,
		sigma, n), 0);
	expect("transmission", &t, (double *)want, t.n);
	free(want);
	drop(&v);
	drop(&a);
	drop(&t);
}

static void test_transmission(void **state)
{
	size_t i;

	(void)state;
	/* a phase of many turns is as exact as v */
	for (i = 0; i < SHAPES; i++)
		transmission_case(&shapes[i].band, i % 2 ? 1.7 : 251.3);
}

/* Slices 1 .. slices of slices + 1: the first is there to be skipped. */
static void multislice_case(const struct shape *c, int per_wave)
{
	const struct ip_band *b = &c->band;
	size_t grid = b->nx * b->ny, w, s;
	size_t size = (2 * b->hx + 1) * (2 * b->hy + 1);
	struct room psi = make(2 * size * c->waves, 1);
	struct room t = make(2 * grid * (c->slices + 1), 2);
	struct room p = make(2 * size * (per_wave ? c->waves : 1), 3);
	ref_c *want = malloc(2 * size * c->waves * sizeof(double));

	memcpy(want, psi.host, 2 * size * c->waves * sizeof(double));
	for (w = 0; w < c->waves; w++)
		for (s = 1; s <= c->slices; s++)
			ip_ref_slice(want + w * size, (ref_c *)(void *)t.host +
				s * grid, (ref_c *)(void *)p.host +
				(per_wave ? w * size : 0), b);
	assert_int_equal(ops->multislice(dev, &psi.buf, &t.buf, &p.buf,
		per_wave, b, c->waves, 1, c->slices), 0);
	expect("multislice", &psi, (double *)want, psi.n);
	free(want);
	drop(&psi);
	drop(&t);
	drop(&p);
}

static void test_multislice(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < SHAPES; i++) {
		multislice_case(&shapes[i], 0);
		multislice_case(&shapes[i], 1);
	}
}

static void test_large(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(large) / sizeof(*large); i++) {
		transmission_case(&large[i].band, 1.7);
		multislice_case(&large[i], i % 2 == 1);
	}
}

/* No slice leaves the waves as they were; no wave is no work. */
static void test_nothing_to_do(void **state)
{
	struct ip_band b = { 8, 6, 2, 1 };
	struct room psi = make(2 * 15, 1), t = make(2 * 48, 2);
	struct room p = make(2 * 15, 3);

	(void)state;
	assert_int_equal(ops->multislice(dev, &psi.buf, &t.buf, &p.buf, 0, &b,
		1, 1, 0), 0);
	assert_int_equal(ops->multislice(dev, &psi.buf, &t.buf, &p.buf, 0, &b,
		0, 0, 1), 0);
	assert_int_equal(ops->fft2(dev, &t.buf, 8, 6, 0, 1), 0);
	assert_int_equal(ops->transmission(dev, &t.buf, &p.buf, &p.buf, &b, 1,
		0), 0);
	expect("untouched", &psi, psi.host, psi.n);
	expect("untouched", &t, t.host, t.n);
	drop(&psi);
	drop(&t);
	drop(&p);
}

/* A wave does not feel the company it keeps: 1 of 20 against itself alone,
 * which on a small grid takes another path through the vectors. */
static void test_alone_or_in_company(void **state)
{
	struct ip_band b = { 16, 20, 5, 6 };
	size_t size = 11 * 13, n = 20, w = 17, i;
	struct room all = make(2 * size * n, 1), one = make(2 * size, 2);
	struct room t = make(2 * 320 * 2, 3), p = make(2 * size, 4);
	ip_real *a = fetch(&all);
	double *want = malloc(2 * size * sizeof(*want));

	(void)state;
	store(&one, a + 2 * size * w, 2 * size);
	free(a);
	assert_int_equal(ops->multislice(dev, &all.buf, &t.buf, &p.buf, 0, &b,
		n, 0, 2), 0);
	assert_int_equal(ops->multislice(dev, &one.buf, &t.buf, &p.buf, 0, &b,
		1, 0, 2), 0);
	a = fetch(&all);
	for (i = 0; i < 2 * size; i++)
		want[i] = (double)a[2 * size * w + i];
	expect("alone", &one, want, 2 * size);
	free(want);
	free(a);
	drop(&all);
	drop(&one);
	drop(&t);
	drop(&p);
}

/* Four rows over a band, the third of them in two channels. */
static struct ip_pixels some_pixels(size_t size)
{
	static uint32_t pixel[4], first[5] = { 0, 1, 2, 4, 5 };
	static uint32_t channel[5] = { 0, 1, 0, 2, 1 };
	static ip_real weight[5] = { 1, 1, 0.5f, -2, 1 };
	struct ip_pixels p = { 4, 3, pixel, first, channel, weight };
	size_t i;

	for (i = 0; i < 4; i++)
		pixel[i] = (uint32_t)(i * (size - 1) / 3);
	return p;
}

static void test_detect(void **state)
{
	size_t i, w;

	(void)state;
	for (i = 1; i < SHAPES; i++) {
		struct ip_band b = shapes[i].band;
		size_t size = (2 * b.hx + 1) * (2 * b.hy + 1);
		size_t n = shapes[i].waves;
		struct ip_pixels p = some_pixels(size);
		struct room psi = make(2 * size * n, i), out = make(3 * n, 5);
		double *want = calloc(3 * n, sizeof(*want));

		for (w = 0; w < n; w++)
			ip_ref_detect(want + 3 * w, (ref_c *)(void *)psi.host +
				w * size, &p);
		assert_int_equal(ops->detect(dev, &out.buf, &psi.buf, &p, &b,
			n), 0);
		expect("detect", &out, want, out.n);
		free(want);
		drop(&psi);
		drop(&out);
	}
}

static void test_gather(void **state)
{
	struct ip_band b = { 20, 15, 6, 5 };
	size_t size = 13 * 11, n = 3, columns = 5, r, w;
	struct ip_pixels p = some_pixels(size);
	struct room psi = make(2 * size * n, 1);
	struct room s = make(2 * p.rows * columns, 2);
	ref_c *want = malloc(s.n * sizeof(double));

	(void)state;
	memcpy(want, s.host, s.n * sizeof(double));
	for (r = 0; r < p.rows; r++)
		for (w = 0; w < n; w++)
			want[r * columns + 2 + w] = ((ref_c *)(void *)
				psi.host)[w * size + p.pixel[r]];
	assert_int_equal(ops->gather(dev, &s.buf, &psi.buf, &p, &b, n, 2,
		columns), 0);
	expect("gather", &s, (double *)want, s.n);
	free(want);
	drop(&psi);
	drop(&s);
}

static void test_scan(void **state)
{
	static const size_t sizes[][2] = { { 8, 6 }, { 9, 10 }, { 7, 25 } };
	size_t i, c, columns = 6;

	(void)state;
	for (i = 0; i < 3; i++) {
		size_t sx = sizes[i][0], sy = sizes[i][1];
		struct ip_pixels p = some_pixels(100);
		struct room s = make(2 * p.rows * columns, 3);
		struct room coef = make(2 * columns, 4);
		struct room out = make(p.channels * sx * sy, 5);
		double *want = calloc(out.n, sizeof(*want));
		uint32_t place[6];

		for (c = 0; c < columns; c++)
			place[c] = (uint32_t)((c * 11 + i) % (sx * sy));
		ip_ref_scan(want, (ref_c *)(void *)s.host,
			(ref_c *)(void *)coef.host, place, &p, columns, sx,
			sy);
		assert_int_equal(ops->scan(dev, &out.buf, &s.buf, &coef.buf,
			place, &p, columns, sx, sy), 0);
		expect("scan", &out, want, out.n);
		free(want);
		drop(&s);
		drop(&coef);
		drop(&out);
	}
}

/* Vacuum and a propagator of modulus one keep every intensity. */
static void test_unitary(void **state)
{
	struct ip_band b = { 30, 28, 9, 8 };
	size_t size = 19 * 17, grid = 30 * 28, i;
	struct room psi = make(2 * size, 1), t = make(2 * grid * 4, 2);
	struct room p = make(2 * size, 3);
	double before = 0, after = 0;
	ip_real *x = fetch(&psi), *q = fetch(&p), *one = fetch(&t);

	(void)state;
	for (i = 0; i < 4 * grid; i++) {
		one[2 * i] = 1;
		one[2 * i + 1] = 0;
	}
	for (i = 0; i < size; i++) {
		q[2 * i] = (ip_real)cos((double)i);
		q[2 * i + 1] = (ip_real)sin((double)i);
	}
	for (i = 0; i < 2 * size; i++)
		before += (double)x[i] * (double)x[i];
	store(&p, q, 2 * size);
	store(&t, one, 8 * grid);
	assert_int_equal(ops->multislice(dev, &psi.buf, &t.buf, &p.buf, 0, &b,
		1, 0, 4), 0);
	free(x);
	x = fetch(&psi);
	for (i = 0; i < 2 * size; i++)
		after += (double)x[i] * (double)x[i];
	assert_true(fabs(after / before - 1) <= tolerance);
	free(x);
	free(q);
	free(one);
	drop(&psi);
	drop(&t);
	drop(&p);
}

/* What each op writes, of 40 detector rows (more than one batch). */
enum { OUTPUTS = 7 };
static void all_ops(struct room *out)
{
	static const size_t n[OUTPUTS] = { 2 * 221 * 37, 2 * 221 * 3, 3 * 120,
		2 * 480 * 3, 3 * 37, 2 * 40 * 37, 2 * 480 * 3 };
	static uint32_t pixel[40], first[41], channel[40];
	static ip_real weight[40];
	struct ip_pixels p = { 40, 3, pixel, first, channel, weight };
	struct ip_band b = { 24, 20, 8, 6 };
	uint32_t place[37];
	struct room v = make(480 * 3, 11), a = make(221, 12);
	struct room prop = make(2 * 221 * 37, 13), coef = make(2 * 37, 14);
	size_t i;
	int rc = 0;

	for (i = 0; i < OUTPUTS; i++)
		out[i] = make(n[i], 20 + i);
	for (i = 0; i < 40; i++) {
		pixel[i] = (uint32_t)(5 * i);
		first[i + 1] = (uint32_t)(i + 1);
		channel[i] = i % 3;
		weight[i] = (ip_real)(0.1 * (double)i);
	}
	for (i = 0; i < 37; i++)
		place[i] = (uint32_t)(3 * i);
	rc |= ops->transmission(dev, &out[3].buf, &v.buf, &a.buf, &b, 2, 3);
	/* 37 waves in groups; 3 waves each by itself */
	rc |= ops->multislice(dev, &out[0].buf, &out[3].buf, &prop.buf, 1, &b,
		37, 0, 3);
	rc |= ops->multislice(dev, &out[1].buf, &out[3].buf, &prop.buf, 0, &b,
		3, 0, 3);
	rc |= ops->detect(dev, &out[4].buf, &out[0].buf, &p, &b, 37);
	rc |= ops->gather(dev, &out[5].buf, &out[0].buf, &p, &b, 37, 0, 37);
	rc |= ops->scan(dev, &out[2].buf, &out[5].buf, &coef.buf, place, &p,
		37, 12, 10);
	rc |= ops->fft2(dev, &out[6].buf, 24, 20, 3, 1);
	assert_int_equal(rc, 0);
	drop(&v);
	drop(&a);
	drop(&prop);
	drop(&coef);
}

static void test_threads_same_bytes(void **state)
{
	struct room one[OUTPUTS], more[OUTPUTS];
	ip_real *a, *b;
	int threads;
	size_t i;

	(void)state;
	assert_int_equal(ip_threads_set(1), 0);
	all_ops(one);
	for (threads = 2; threads <= 3; threads++) {
		assert_int_equal(ip_threads_set(threads), 0);
		all_ops(more);
		for (i = 0; i < OUTPUTS; i++) {
			a = fetch(&one[i]);
			b = fetch(&more[i]);
			assert_memory_equal(a, b, (one[i].n + 1) * sizeof(*a));
			free(a);
			free(b);
			drop(&more[i]);
		}
	}
	ip_threads_set(0);
	for (i = 0; i < OUTPUTS; i++)
		drop(&one[i]);
}

/* Waves that meet in one place of the scan's grid add up. */
static void test_scan_shared_places(void **state)
{
	static const uint32_t place[4] = { 5, 9, 5, 5 };
	struct ip_pixels p = some_pixels(100);
	struct room s = make(2 * 4 * 4, 3), coef = make(2 * 4, 4);
	struct room out = make(3 * 6 * 4, 5);
	double *want = calloc(out.n, sizeof(*want));

	(void)state;
	ip_ref_scan(want, (ref_c *)(void *)s.host, (ref_c *)(void *)coef.host,
		place, &p, 4, 6, 4);
	assert_int_equal(ops->scan(dev, &out.buf, &s.buf, &coef.buf, place, &p,
		4, 6, 4), 0);
	expect("shared", &out, want, out.n);
	free(want);
	drop(&s);
	drop(&coef);
	drop(&out);
}

static void test_refusals(void **state)
{
	struct room x = make(2 * 64, 1);
	struct ip_band wide = { 8, 8, 4, 1 }, eleven = { 11, 8, 1, 1 };
	struct ip_band fine = { 8, 8, 1, 1 };
	struct ip_pixels p = some_pixels(9);
	uint32_t far[1] = { 64 };

	(void)state;
	ip_test_log_capture();
	assert_int_equal(ops->fft2(dev, &x.buf, 11, 2, 1, -1), IP_EINVAL);
	ip_test_assert_logged("11 x 2 points");
	ip_test_log_capture();
	assert_int_equal(ops->fft2(dev, &x.buf, 16, 16, 1, -1), IP_EINVAL);
	ip_test_assert_logged("needs");
	ip_test_log_capture();
	assert_int_equal(ops->multislice(dev, &x.buf, &x.buf, &x.buf, 0, &wide,
		1, 0, 1), IP_EINVAL);
	ip_test_assert_logged("does not fit");
	ip_test_log_capture();
	assert_int_equal(ops->transmission(dev, &x.buf, &x.buf, &x.buf,
		&eleven, 1, 1), IP_EINVAL);
	ip_test_assert_logged("11 x 8");
	ip_test_log_capture();
	assert_int_equal(ops->scan(dev, &x.buf, &x.buf, &x.buf, far, &p, 1, 4,
		4), IP_EINVAL);
	ip_test_assert_logged("outside the scan grid");
	ip_test_log_capture();
	assert_int_equal(ops->fft2(dev, &x.buf, 8, 8, 1, 0), IP_EINVAL);
	ip_test_assert_logged("sign");
	ip_test_log_capture();
	assert_int_equal(ops->fft2(dev, &x.buf, 131072, 1, 0, 1), IP_EINVAL);
	ip_test_assert_logged("65536");
	ip_test_log_capture();
	assert_int_equal(ops->multislice(dev, &x.buf, &x.buf, &x.buf, 0, &fine,
		1, SIZE_MAX, 2), IP_EINVAL);
	ip_test_assert_logged("overflow");
	ip_test_log_capture();
	assert_int_equal(ops->multislice(dev, &x.buf, &x.buf, &x.buf, 0, &fine,
		1, 1, 1), IP_EINVAL);
	ip_test_assert_logged("multislice: t has");
	ip_test_log_capture();
	assert_int_equal(ops->detect(dev, &x.buf, &x.buf, &p, &fine, 100),
		IP_EINVAL);
	ip_test_assert_logged("detect: waves has");
	ip_test_log_capture();
	assert_int_equal(ops->gather(dev, &x.buf, &x.buf, &p, &fine, 1, 3, 3),
		IP_EINVAL);
	ip_test_assert_logged("gather");
	p.channels = 2;
	ip_test_log_capture();
	assert_int_equal(ops->detect(dev, &x.buf, &x.buf, &p, &fine, 1),
		IP_EINVAL);
	ip_test_assert_logged("channel 2 of 2");
	drop(&x);
}

/* Without memory every op says so, once, and crashes nowhere. */
static void test_no_memory(void **state)
{
	struct ip_band b = { 8, 6, 2, 1 };
	struct room x = make(2 * 48 * 4, 1);
	static const uint32_t place[3] = { 0, 1, 2 };
	struct ip_pixels p = some_pixels(15);
	struct ip_buf out = { NULL, 0, 0 };
	long n;
	int rc[4], k, failed = 1;

	(void)state;
	if (!ip_test_on_cpu()) {
		drop(&x);
		skip();
	}
	out = x.buf;
	for (n = 0; failed && n < 50; n++) {
		failed = 0;
		for (k = 0; k < 4; k++) {
			ip_test_log_capture();
			ip_alloc_fail_after(n);
			rc[k] = k == 0 ? ops->fft2(dev, &out, 8, 6, 1, 1) :
				k == 1 ? ops->transmission(dev, &out, &x.buf,
					&x.buf, &b, 1, 1) :
				k == 2 ? ops->multislice(dev, &out, &x.buf,
					&x.buf, 1, &b, 1, 0, 1) :
				ops->scan(dev, &out, &x.buf, &x.buf, place, &p,
					3, 4, 3);
			ip_alloc_fail_after(-1);
			assert_true(rc[k] == 0 || rc[k] == IP_ENOMEM);
			assert_int_equal(ip_test_log_errors(), rc[k] != 0);
			failed |= rc[k] != 0;
		}
	}
	assert_int_equal(failed, 0);
	drop(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_transmission),
		cmocka_unit_test(test_multislice),
		cmocka_unit_test(test_nothing_to_do),
		cmocka_unit_test(test_alone_or_in_company),
		cmocka_unit_test(test_scan),
		cmocka_unit_test(test_scan_shared_places),
		cmocka_unit_test(test_unitary),
		cmocka_unit_test(test_threads_same_bytes),
	};
	/* these know no instruction set */
	const struct CMUnitTest others[] = {
		cmocka_unit_test(test_fft2),
		cmocka_unit_test(test_large),
		cmocka_unit_test(test_detect),
		cmocka_unit_test(test_gather),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_no_memory),
	};

	return ip_test_run_every_isa(tests) + cmocka_run_group_tests(others, ip_test_dev_open,
		ip_test_dev_close);
}
