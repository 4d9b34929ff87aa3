/* loss_fourier against plain sums, and both losses against PyTorch's. */
#include <math.h>
#include "ref/ref.h"
#include "support/differences.h"
#include "support/op.h"

/* Even and odd, of large primes too. */
static const struct ip_map shapes[] = {
	{ 1, 1, 1, 1 }, { 2, 1, 6, 1 }, { 2, 7, 1, 3 }, { 1, 2, 2, 1 },
	{ 3, 5, 4, 2 }, { 1, 8, 9, 1 }, { 2, 13, 10, 3 }, { 1, 11, 23, 1 },
	{ 1, 20, 22, 1 },
};
#define SHAPES (sizeof(shapes) / sizeof(shapes[0]))

/* What an op takes and gives, for one shape; drop with drop(). */
struct rooms { struct ip_test_room p, t, dp, part; };

static struct rooms make(const struct ip_map *m)
{
	size_t n = m->b * m->h * m->w * m->c;
	struct rooms r;

	r.p = ip_test_room(dev, n, 1, 1);
	r.t = ip_test_room(dev, n, 2, 1);
	r.dp = ip_test_room(dev, n, 3, 0.01);
	r.part = ip_test_room(dev, 1, 4, 1);
	return r;
}

static void drop(struct rooms *r)
{
	ip_test_room_drop(&r->p);
	ip_test_room_drop(&r->t);
	ip_test_room_drop(&r->dp);
	ip_test_room_drop(&r->part);
}

static int run(struct rooms *r, const struct ip_map *m, int orthonormal,
	double weight)
{
	return ops->loss_fourier(dev, &r->part.buf, &r->dp.buf, &r->p.buf,
		&r->t.buf, m, orthonormal, weight);
}

/* A modulus is rounded like the greatest; where it is the least of hundreds
 * its direction is off by some hundred times that. */
static void compare(const struct ip_map *m, int orthonormal)
{
	struct rooms r = make(m);
	double *dp = ip_test_room_copy(&r.dp), part;

	part = ip_ref_loss_fourier(dp, r.p.host, r.t.host, m, orthonormal,
		0.5);
	assert_int_equal(run(&r, m, orthonormal, 0.5), 0);
	ip_test_room_expect("dp", &r.dp, dp, 100 * IP_TEST_EPSILON);
	ip_test_room_get(&r.part);
	assert_true(fabs(r.part.host[0] - part) <= 16 * IP_TEST_EPSILON *
		part);
	free(dp);
	drop(&r);
}

static void test_loops(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < SHAPES; i++) {
		compare(&shapes[i], 0);
		compare(&shapes[i], 1);
	}
}

/* What is equal, or transforms to 0, gives nothing. */
static void test_nothing(void **state)
{
	static const struct ip_map m = { 1, 6, 5, 1 };
	struct rooms r = make(&m);
	double *flat = calloc(30, sizeof(*flat));
	size_t i;

	(void)state;
	ip_test_room_put(&r.dp, NULL);
	assert_int_equal(ops->loss_fourier(dev, &r.part.buf, &r.dp.buf,
		&r.p.buf, &r.p.buf, &m, 0, 1), 0);
	ip_test_room_expect("equal", &r.dp, flat, 0);
	assert_true(ip_test_room_get(&r.part)[0] == 0);
	for (i = 0; i < 30; i++)
		flat[i] = -1e-8;
	ip_test_room_put(&r.p, flat);
	flat = calloc(30, sizeof(*flat));
	assert_int_equal(run(&r, &m, 0, 1), 0);
	ip_test_room_expect("zero", &r.dp, flat, 0);
	assert_true(ip_test_room_get(&r.part)[0] > 0);
	free(flat);
	drop(&r);
}

static void once(const void *of, struct ip_test_bytes *bytes)
{
	struct rooms r = make(of);

	assert_int_equal(run(&r, of, 0, 1), 0);
	ip_test_keep(bytes, &r.dp);
	ip_test_keep(bytes, &r.part);
	drop(&r);
}

static void test_same_bytes(void **state)
{
	static const struct ip_map m = { 3, 37, 41, 2 };

	(void)state;
	ip_test_same_by_threads(once, &m);
}

/* The reference's whole loss, from both ops as the trainer adds them up. */
static void golden(const struct ip_bundle *b, size_t h, size_t w)
{
	const struct ip_loss how = IP_LOSS_REFERENCE;
	const double weight[2] = { how.pixel, how.gradient };
	struct ip_map m = { 2, 0, 0, 1 };
	struct ip_test_room parts = ip_test_room(dev, 2, 1, 1);
	struct rooms r;
	double *want[2], got[3];
	char key[4][64];
	size_t n = 2 * h * w, i;
	static const char *const name[] = { "pred", "target",
		"total_pixel_fft_grad", "grad_pred" };

	for (i = 0; i < 4; i++)
		snprintf(key[i], sizeof(key[i]), "loss_%zux%zu/%s", h, w,
			name[i]);
	m.h = h;
	m.w = w;
	r = make(&m);
	ip_test_room_put(&r.p, ip_test_numbers(b, key[0], n));
	ip_test_room_put(&r.t, ip_test_numbers(b, key[1], n));
	want[0] = ip_test_numbers(b, key[2], 4);
	want[1] = ip_test_numbers(b, key[3], n);
	assert_int_equal(ops->loss_space(dev, &parts.buf, &r.dp.buf, &r.p.buf,
		&r.t.buf, &m, weight), 0);
	assert_int_equal(run(&r, &m, how.orthonormal, how.fourier), 0);
	got[0] = ip_test_room_get(&parts)[0];
	got[1] = ip_test_room_get(&r.part)[0];
	got[2] = parts.host[1];
	for (i = 0; i < 3; i++)
		assert_true(fabs(got[i] - want[0][i + 1]) <=
			1e-5 * want[0][i + 1]);
	ip_test_room_expect(key[3], &r.dp, want[1], 2e-5);
	free(want[0]);
	free(want[1]);
	ip_test_room_drop(&parts);
	drop(&r);
}

static void test_golden(void **state)
{
	struct ip_bundle b;

	(void)state;
	ip_test_golden("model_training.npz", &b);
	golden(&b, 32, 32);
	golden(&b, 24, 20);
	golden(&b, 8, 10);
	ip_bundle_free(&b);
}

#ifdef IP_DOUBLE
struct forward { struct rooms *r; const struct ip_map *m; int orthonormal; };

static double loss(void *of)
{
	struct forward *f = of;

	assert_int_equal(run(f->r, f->m, f->orthonormal, 0), 0);
	return 0.5 * ip_test_room_get(&f->r->part)[0];
}

static void differences(const struct ip_map *m, int orthonormal)
{
	struct rooms r = make(m);
	struct forward f = { &r, m, orthonormal };
	double *dp = ip_test_room_copy(&r.dp);
	size_t i;

	assert_int_equal(run(&r, m, orthonormal, 0.5), 0);
	ip_test_room_get(&r.dp);
	for (i = 0; i < r.dp.n; i++)
		dp[i] = r.dp.host[i] - dp[i];
	/* steps of 1e-5 leave 1e-10 of the third derivative, more where a
	 * modulus is small, and 1e-10 of rounding */
	ip_test_expect_differences("dp", &r.p, dp, 1e-5, 1e-7, loss, &f);
	free(dp);
	drop(&r);
}

static void test_differences(void **state)
{
	static const struct ip_map even = { 2, 5, 6, 2 }, odd = { 1, 6, 5, 1 };

	(void)state;
	differences(&even, 0);
	differences(&odd, 1);
}
#endif

static void test_refusals(void **state)
{
	static const struct ip_map none = { 1, 3, 0, 1 }, m = { 1, 3, 19, 1 };
	struct rooms r = make(&m);
	long n;

	(void)state;
	ip_test_refused(run(&r, &none, 0, 1), "empty");
	ip_test_refused_short(&r.p, run(&r, &m, 0, 1), "p has");
	ip_test_refused_short(&r.t, run(&r, &m, 0, 1), "t has");
	ip_test_refused_short(&r.dp, run(&r, &m, 0, 1), "dp has");
	ip_test_refused_short(&r.part, run(&r, &m, 0, 1), "part has");
	/* what the plans take, then the scratch */
	for (n = 0; n < (ip_test_on_cpu() ? 3 : 1); n++)
		assert_true(ip_test_starved(n, run(&r, &m, 0, 1)));
	ip_test_room_untouched(&r.dp);
	drop(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ip_test_fresh(test_refusals),
		cmocka_unit_test(test_loops),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_same_bytes),
		cmocka_unit_test(test_golden),
#ifdef IP_DOUBLE
		cmocka_unit_test(test_differences),
#endif
	};

	return cmocka_run_group_tests(tests, ip_test_dev_open,
		ip_test_dev_close);
}
