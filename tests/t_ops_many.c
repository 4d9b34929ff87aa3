/*
 * The scattering's ops on more than is in flight at once on a GPU: waves and
 * slices, rows of a detector, squares at scan points.
 */
#include "ref/ref.h"
#include "support/op.h"

/* As in t_ops. */
static const double tolerance = sizeof(ip_real) == 4 ? 4e-6 : 1e-13;

/* The last n numbers of r are one's. */
static void expect_part(struct ip_test_room *r, size_t n,
	struct ip_test_room *one)
{
	ip_test_room_get(r);
	ip_test_room_get(one);
	assert_memory_equal(r->host + r->n - n, one->host,
		n * sizeof(*one->host));
}

/* A room of the last n numbers of r. */
static struct ip_test_room last_of(const struct ip_test_room *r, size_t n)
{
	double *x = malloc(n * sizeof(*x));

	memcpy(x, r->host + r->n - n, n * sizeof(*x));
	return ip_test_room_of(dev, x, n);
}

enum { HX = 340, HY = 300, SIZE = (2 * HX + 1) * (2 * HY + 1), N = 7 };
static const struct ip_band band = { 1024, 960, HX, HY };
static const size_t grid = 1024 * 960;

/* The last slice is what it is alone. */
static void test_slices(void **state)
{
	struct ip_test_room v = ip_test_room(dev, grid * N, 1, 1);
	struct ip_test_room a = ip_test_room(dev, SIZE, 2, 1);
	struct ip_test_room t = ip_test_room(dev, 2 * grid * N, 3, 1);
	struct ip_test_room one = ip_test_room(dev, 2 * grid, 4, 1);
	struct ip_test_room own = last_of(&v, grid);

	(void)state;
	assert_int_equal(ops->transmission(dev, &t.buf, &v.buf, &a.buf, &band,
		2, N), 0);
	assert_int_equal(ops->transmission(dev, &one.buf, &own.buf, &a.buf,
		&band, 2, 1), 0);
	expect_part(&t, one.n, &one);
	ip_test_room_drop(&v);
	ip_test_room_drop(&a);
	ip_test_room_drop(&t);
	ip_test_room_drop(&one);
	ip_test_room_drop(&own);
}

/* So is the last wave, behind its own propagator. */
static void test_waves(void **state)
{
	struct ip_test_room psi = ip_test_room(dev, 2 * SIZE * N, 5, 1);
	struct ip_test_room prop = ip_test_room(dev, 2 * SIZE * N, 6, 1);
	struct ip_test_room t = ip_test_room(dev, 4 * grid, 3, 1);
	struct ip_test_room one = last_of(&psi, 2 * SIZE);
	struct ip_test_room own = last_of(&prop, 2 * SIZE);

	(void)state;
	assert_int_equal(ops->multislice(dev, &psi.buf, &t.buf, &prop.buf, 1,
		&band, N, 1, 1), 0);
	assert_int_equal(ops->multislice(dev, &one.buf, &t.buf, &own.buf, 1,
		&band, 1, 1, 1), 0);
	expect_part(&psi, one.n, &one);
	ip_test_room_drop(&psi);
	ip_test_room_drop(&prop);
	ip_test_room_drop(&t);
	ip_test_room_drop(&one);
	ip_test_room_drop(&own);
}

/* n rows of three channels, a pixel each; to be freed by drop_pixels. */
static struct ip_pixels many_pixels(size_t n)
{
	uint32_t *of = malloc((3 * n + 1) * sizeof(*of));
	ip_real *weight = malloc(n * sizeof(*weight));
	struct ip_pixels p = { n, 3, of, of + n, of + 2 * n + 1, weight };
	size_t i;

	for (i = 0; i < n; i++) {
		of[i] = of[n + i] = (uint32_t)i;
		of[2 * n + 1 + i] = (uint32_t)(i * i % 3);
		weight[i] = (ip_real)(0.1 * (double)(i % 7));
	}
	of[2 * n] = (uint32_t)n;
	return p;
}

static void drop_pixels(struct ip_pixels *p)
{
	free((void *)(uintptr_t)p->pixel);
	free((void *)(uintptr_t)p->weight);
}

static void test_detect(void **state)
{
	struct ip_band b = { 50, 48, 16, 15 };
	size_t size = 33 * 31;
	struct ip_pixels p = many_pixels(size);
	struct ip_test_room psi = ip_test_room(dev, 4 * size, 1, 1);
	struct ip_test_room out = ip_test_room(dev, 6, 5, 1);
	double want[6] = { 0 };

	(void)state;
	ip_ref_detect(want, (ref_c *)(void *)psi.host, &p);
	ip_ref_detect(want + 3, (ref_c *)(void *)psi.host + size, &p);
	assert_int_equal(ops->detect(dev, &out.buf, &psi.buf, &p, &b, 2), 0);
	ip_test_room_expect("detect", &out, want, tolerance);
	drop_pixels(&p);
	ip_test_room_drop(&psi);
	ip_test_room_drop(&out);
}

static void test_scan(void **state)
{
	static const uint32_t place[2] = { 7, 600 * 639 + 599 };
	struct ip_pixels p = many_pixels(24);
	struct ip_test_room s = ip_test_room(dev, 2 * 24 * 2, 3, 1);
	struct ip_test_room coef = ip_test_room(dev, 4, 4, 1);
	struct ip_test_room out = ip_test_room(dev, 3 * 640 * 600, 5, 1);
	double *want = calloc(out.n, sizeof(*want));

	(void)state;
	ip_ref_scan(want, (ref_c *)(void *)s.host, (ref_c *)(void *)coef.host,
		place, &p, 2, 640, 600);
	assert_int_equal(ops->scan(dev, &out.buf, &s.buf, &coef.buf, place, &p,
		2, 640, 600), 0);
	ip_test_room_expect("scan", &out, want, tolerance);
	free(want);
	drop_pixels(&p);
	ip_test_room_drop(&s);
	ip_test_room_drop(&coef);
	ip_test_room_drop(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_slices),
		cmocka_unit_test(test_waves),
		cmocka_unit_test(test_detect),
		cmocka_unit_test(test_scan),
	};

	return cmocka_run_group_tests(tests, ip_test_dev_open,
		ip_test_dev_close);
}
