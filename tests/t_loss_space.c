/* loss_space against plain loops, and what it promises besides. */
#include <math.h>
#include "ref/ref.h"
#include "support/differences.h"
#include "support/op.h"

static const struct ip_map shapes[] = {
	{ 1, 1, 1, 1 }, { 2, 1, 5, 1 }, { 2, 7, 1, 3 }, { 1, 2, 2, 1 },
	{ 3, 5, 4, 7 }, { 1, 31, 33, 1 }, { 2, 16, 17, 2 }, { 1, 64, 48, 1 },
	{ 1, 3, 3, 70 },
};
#define SHAPES (sizeof(shapes) / sizeof(shapes[0]))

static const double weight[2] = { 0.75, 0.25 };

/* What an op takes and gives, for one shape; drop with drop(). */
struct rooms { struct ip_test_room p, t, dp, parts; };

static struct rooms make(const struct ip_map *m)
{
	size_t n = m->b * m->h * m->w * m->c;
	struct rooms r;

	r.p = ip_test_room(dev, n, 1, 1);
	r.t = ip_test_room(dev, n, 2, 1);
	r.dp = ip_test_room(dev, n, 3, 1);
	r.parts = ip_test_room(dev, 2, 4, 1);
	return r;
}

static void drop(struct rooms *r)
{
	ip_test_room_drop(&r->p);
	ip_test_room_drop(&r->t);
	ip_test_room_drop(&r->dp);
	ip_test_room_drop(&r->parts);
}

static int run(struct rooms *r, const struct ip_map *m)
{
	return ops->loss_space(dev, &r->parts.buf, &r->dp.buf, &r->p.buf,
		&r->t.buf, m, weight);
}

/* Differences of numbers below 1 are rounded once, their sums not in
 * ip_real. */
static void compare(struct rooms *r, const struct ip_map *m)
{
	double *dp = malloc(r->dp.n * sizeof(*dp)), parts[2];
	size_t i;

	ip_ref_loss_space(parts, dp, r->p.host, r->t.host, m, weight);
	assert_int_equal(run(r, m), 0);
	ip_test_room_expect("dp", &r->dp, dp, 4 * IP_TEST_EPSILON);
	ip_test_room_get(&r->parts);
	for (i = 0; i < 2; i++)
		assert_true(fabs(r->parts.host[i] - parts[i]) <=
			(sizeof(ip_real) == 4 ? 4 * FLT_EPSILON :
			100 * DBL_EPSILON) * parts[i]);
	free(dp);
}

static void test_loops(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < SHAPES; i++) {
		struct rooms r = make(&shapes[i]);

		compare(&r, &shapes[i]);
		drop(&r);
	}
}

/* Where something is equal, nothing comes of it: pictures of steps of 1/4. */
static void test_equal(void **state)
{
	static const struct ip_map m = { 2, 15, 14, 2 };
	struct rooms r = make(&m);
	double *p = malloc(r.p.n * sizeof(*p)), *t = malloc(r.p.n * sizeof(*t));
	size_t i;

	(void)state;
	for (i = 0; i < r.p.n; i++) {
		p[i] = floor(4 * r.p.host[i]) / 4;
		t[i] = floor(4 * r.t.host[i]) / 4;
	}
	ip_test_room_put(&r.p, p);
	ip_test_room_put(&r.t, t);
	compare(&r, &m);
	assert_int_equal(ops->loss_space(dev, &r.parts.buf, &r.dp.buf,
		&r.p.buf, &r.p.buf, &m, weight), 0);
	ip_test_room_get(&r.parts);
	ip_test_room_get(&r.dp);
	assert_true(r.parts.host[0] == 0 && r.parts.host[1] == 0);
	for (i = 0; i < r.dp.n; i++)
		assert_true(r.dp.host[i] == 0);
	drop(&r);
}

/* One difference of 2^24 and many of 1: sums are not in ip_real. */
static void test_sums(void **state)
{
	static const struct ip_map m = { 1, 1, 4000, 1 };
	struct rooms r = make(&m);
	double *p = calloc(r.p.n, sizeof(*p)), *t = malloc(r.p.n * sizeof(*t));
	double want = (16777216 + 3999) / 4000.;

	(void)state;
	for (size_t i = 0; i < r.p.n; i++)
		t[i] = i == 0 ? 16777216 : 1;
	ip_test_room_put(&r.p, p);
	ip_test_room_put(&r.t, t);
	assert_int_equal(run(&r, &m), 0);
	ip_test_room_get(&r.parts);
	/* the mean's and its divisor's roundings */
	assert_true(fabs(r.parts.host[0] - want) <= 1.5 * IP_TEST_EPSILON *
		want);
	drop(&r);
}

static void once(const void *of, struct ip_test_bytes *bytes)
{
	struct rooms r = make(of);

	assert_int_equal(run(&r, of), 0);
	ip_test_keep(bytes, &r.dp);
	ip_test_keep(bytes, &r.parts);
	drop(&r);
}

static void test_same_bytes(void **state)
{
	static const struct ip_map m = { 3, 37, 41, 2 };

	(void)state;
	ip_test_same_by_threads(once, &m);
}

#ifdef IP_DOUBLE
struct forward { struct rooms *r; const struct ip_map *m; };

static double loss(void *of)
{
	struct forward *f = of;

	assert_int_equal(run(f->r, f->m), 0);
	ip_test_room_get(&f->r->parts);
	return weight[0] * f->r->parts.host[0] +
		weight[1] * f->r->parts.host[1];
}

static void test_differences(void **state)
{
	static const struct ip_map m = { 2, 5, 7, 2 };
	struct rooms r = make(&m);
	struct forward f = { &r, &m };
	double *dp = malloc(r.dp.n * sizeof(*dp));

	(void)state;
	assert_int_equal(run(&r, &m), 0);
	memcpy(dp, ip_test_room_get(&r.dp), r.dp.n * sizeof(*dp));
	/* piecewise linear, and no step crosses an edge: rounding only */
	ip_test_expect_differences("dp", &r.p, dp, 1e-6, 1e-6, loss, &f);
	free(dp);
	drop(&r);
}
#endif

static void test_refusals(void **state)
{
	static const struct ip_map none = { 1, 3, 0, 1 }, m = { 1, 3, 4, 1 };
	struct rooms r = make(&m);

	(void)state;
	ip_test_refused(run(&r, &none), "empty");
	ip_test_refused_short(&r.p, run(&r, &m), "p has");
	ip_test_refused_short(&r.t, run(&r, &m), "t has");
	ip_test_refused_short(&r.dp, run(&r, &m), "dp has");
	ip_test_refused_short(&r.parts, run(&r, &m), "parts has");
	assert_true(ip_test_starved(0, run(&r, &m)));
	ip_test_room_untouched(&r.dp);
	drop(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ip_test_fresh(test_refusals),
		cmocka_unit_test(test_loops),
		cmocka_unit_test(test_equal),
		cmocka_unit_test(test_sums),
		cmocka_unit_test(test_same_bytes),
#ifdef IP_DOUBLE
		cmocka_unit_test(test_differences),
#endif
	};

	return cmocka_run_group_tests(tests, ip_test_dev_open,
		ip_test_dev_close);
}
