/* shrink against plain loops, and what it and its layer promise besides. */
#include "nn/nn.h"
#include "ref/ref.h"
#include "support/op.h"

/* Sums in double, rounded once to ip_real; where that is double, sums of up to
 * 16899 numbers, of other orders here and there: 130 / 2 units of the largest
 * partial sum, about. */
#define TOLERANCE (sizeof(ip_real) == 4 ? 1 * IP_TEST_EPSILON : \
	64 * IP_TEST_EPSILON)

struct shape { struct ip_map in; size_t first, count, rows, columns; };
static const struct shape shapes[] = {
	{ { 1, 1, 1, 1 }, 0, 1, 1, 1 },
	{ { 2, 3, 5, 7 }, 2, 4, 1, 1 },
	{ { 2, 3, 5, 7 }, 6, 1, 3, 5 },
	{ { 3, 4, 6, 5 }, 0, 5, 2, 2 },
	{ { 2, 6, 10, 11 }, 8, 3, 3, 2 },
	{ { 2, 12, 7, 3 }, 1, 2, 4, 7 },
	{ { 2, 64, 96, 11 }, 4, 3, 16, 16 },
	{ { 1, 129, 131, 2 }, 0, 1, 129, 131 },
	{ { 1, 1, 34, 1 }, 0, 1, 1, 17 },
	/* long enough that sums in ip_real would show */
	{ { 1, 1, 8192, 3 }, 0, 3, 1, 4096 },
	{ { 1, 8192, 1, 3 }, 0, 3, 4096, 1 },
};
#define SHAPES (sizeof(shapes) / sizeof(shapes[0]))

static size_t pixels(const struct shape *s)
{
	return s->in.b * (s->in.h / s->rows) * (s->in.w / s->columns);
}

struct rooms { struct ip_test_room x, y; };

/* Far from zero, as thickness is. */
static struct rooms make(const struct shape *s)
{
	size_t n = s->in.b * s->in.h * s->in.w * s->in.c, i;
	double *x = malloc(n * sizeof(*x));
	uint64_t seed = s->in.h;
	struct rooms r;

	for (i = 0; i < n; i++)
		x[i] = 0.3 + ip_test_uniform(&seed);
	r.x = ip_test_room_of(dev, x, n);
	r.y = ip_test_room(dev, pixels(s) * s->count, 2, 1);
	return r;
}

static void drop(struct rooms *r)
{
	ip_test_room_drop(&r->x);
	ip_test_room_drop(&r->y);
}

static int run(const struct shape *s, struct rooms *r)
{
	return ops->shrink(dev, &r->y.buf, &r->x.buf, &s->in, s->first,
		s->count, s->rows, s->columns);
}

static void test_loops(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < SHAPES; i++) {
		const struct shape *s = &shapes[i];
		struct rooms r = make(s);
		double *want = malloc(r.y.n * sizeof(*want));

		ip_ref_shrink(want, r.x.host, &s->in, s->first, s->count,
			s->rows, s->columns);
		assert_int_equal(run(s, &r), 0);
		ip_test_room_expect("y", &r.y, want, TOLERANCE);
		free(want);
		drop(&r);
	}
}

static void once(const void *of, struct ip_test_bytes *bytes)
{
	struct rooms r = make(of);

	assert_int_equal(run(of, &r), 0);
	ip_test_keep(bytes, &r.y);
	drop(&r);
}

/* The same bytes by any number of threads, and for a picture alone. */
static void test_same_bytes(void **state)
{
	static const struct shape s = { { 3, 34, 62, 5 }, 1, 3, 17, 31 };
	struct rooms r = make(&s), t = make(&s);
	struct ip_map one = s.in;
	size_t n;

	(void)state;
	for (n = 0; n < SHAPES; n++)
		ip_test_same_by_threads(once, &shapes[n]);
	assert_int_equal(run(&s, &r), 0);
	one.b = 1;
	for (n = 0; n < 3; n++) {
		struct ip_buf x = ip_test_third(r.x.buf, n);
		struct ip_buf y = ip_test_third(t.y.buf, n);

		assert_int_equal(ops->shrink(dev, &y, &x, &one, s.first,
			s.count, s.rows, s.columns), 0);
	}
	ip_test_room_same(&r.y, &t.y);
	drop(&r);
	drop(&t);
}

/* The layer is the op; while there is only measuring, it does nothing. */
static void test_layer(void **state)
{
	static const struct shape s = { { 2, 6, 10, 11 }, 8, 3, 3, 2 };
	struct rooms r = make(&s), t = make(&s);
	struct ip_value x = { r.x.buf, s.in };
	struct ip_value y = { t.y.buf, { 2, 2, 5, 3 } };
	struct ip_nn nn = { 0 };

	(void)state;
	assert_int_equal(ip_nn_open(&nn, dev), 0);
	assert_int_equal(ip_nn_begin(&nn, 0), 0);
	assert_int_equal(ip_nn_shrink(&nn, &y, &x, 8), 0);
	ip_test_room_same(&r.y, &t.y);
	assert_int_equal(ip_nn_begin(&nn, 64), 0);
	assert_int_equal(ip_nn_shrink(&nn, &y, &x, 8), 0);
	assert_int_equal(run(&s, &r), 0);
	ip_test_room_same(&r.y, &t.y);
	ip_nn_close(&nn);
	drop(&r);
	drop(&t);
}

static void test_refusals(void **state)
{
	static const struct shape fine = { { 2, 6, 10, 5 }, 2, 3, 3, 2 };
	static const struct shape wrong[] = {
		{ { 2, 6, 10, 5 }, 3, 3, 3, 2 },
		{ { 2, 6, 10, 5 }, SIZE_MAX, 3, 3, 2 },
		{ { 2, 6, 10, 5 }, 2, 0, 3, 2 },
		{ { 2, 6, 10, 5 }, 2, 3, 4, 2 },
		{ { 2, 6, 10, 5 }, 2, 3, 3, 3 },
		{ { 2, 6, 10, 5 }, 2, 3, 0, 2 },
		{ { 2, 6, 10, 5 }, 2, 3, 3, 0 },
		{ { 2, 6, 10, 5 }, 2, 3, 12, 2 },
		{ { 2, 0, 10, 5 }, 2, 3, 3, 2 },
	};
	static const char *const why[] = { "3 channels from the 3th",
		"channels from", "0 channels", "whole number", "whole number",
		"blocks of 0 x 2", "blocks of 3 x 0", "whole number", "empty" };
	struct rooms r = make(&fine);
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ip_test_refused(run(&wrong[i], &r), why[i]);
	ip_test_refused_short(&r.x, run(&fine, &r), "x has");
	ip_test_refused_short(&r.y, run(&fine, &r), "y has");
	assert_true(ip_test_starved(0, run(&fine, &r)));
	ip_test_room_untouched(&r.y);
	drop(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_loops),
		cmocka_unit_test(test_same_bytes),
		cmocka_unit_test(test_layer),
	};
	const struct CMUnitTest others[] = {
		ip_test_fresh(test_refusals),
	};

	return ip_test_run_every_isa(tests) + cmocka_run_group_tests(others,
		ip_test_dev_open, ip_test_dev_close);
}
