/* instance_norm against plain loops, and what it promises besides. */
#include <math.h>
#include "ref/ref.h"
#include "support/op.h"

#define EPS 1e-5

/* A block adds up to 256 numbers a column, whose roundings add up to some 16
 * as they come; twice that is allowed. */
static const double tolerance = 32 * IP_TEST_EPSILON;

struct shape { struct ip_map in; struct ip_slot slot; int add; double slope; };
static const struct shape shapes[] = {
	{ { 1, 1, 2, 1 }, { 1, 0 }, 0, 1 },
	{ { 1, 1, 2, 1536 }, { 1536, 0 }, 1, 0.01 },
	{ { 2, 3, 5, 7 }, { 7, 0 }, 1, 0.01 },
	{ { 3, 7, 11, 13 }, { 20, 7 }, 0, 0.01 },
	{ { 2, 16, 16, 12 }, { 24, 12 }, 1, 0.01 },
	{ { 1, 64, 64, 12 }, { 12, 0 }, 0, 0.01 },
	{ { 1, 37, 48, 48 }, { 96, 48 }, 1, 0.01 },
	{ { 2, 31, 33, 65 }, { 67, 1 }, 1, 0 },
	{ { 1, 129, 131, 1 }, { 1, 0 }, 0, 1 },
	{ { 2, 8, 8, 768 }, { 768, 0 }, 1, 0.01 },
	{ { 1, 16, 16, 384 }, { 385, 1 }, 0, 0.01 },
};
#define SHAPES (sizeof(shapes) / sizeof(shapes[0]))

/* What an op takes and gives, for one shape; drop with drop(). */
struct rooms { struct ip_test_room x, add, y, stats; size_t pixels; };

static struct rooms make(const struct shape *s, double mean, double sigma)
{
	size_t n, i;
	struct rooms r;
	double *x;
	uint64_t seed = s->in.h;

	r.pixels = s->in.b * s->in.h * s->in.w;
	n = r.pixels * s->in.c;
	x = malloc(n * sizeof(*x));
	for (i = 0; i < n; i++)
		x[i] = mean * (double)(i % s->in.c + 1) + sigma *
			(2 * ip_test_uniform(&seed) - 1);
	r.x = ip_test_room_of(dev, x, n);
	r.add = ip_test_room(dev, n, 2, 1);
	r.y = ip_test_room(dev, r.pixels * s->slot.pitch, 3, 1);
	r.stats = ip_test_room(dev, 2 * s->in.b * s->in.c, 4, 1);
	return r;
}

static void drop(struct rooms *r)
{
	ip_test_room_drop(&r->x);
	ip_test_room_drop(&r->add);
	ip_test_room_drop(&r->y);
	ip_test_room_drop(&r->stats);
}

static int run(const struct shape *s, struct rooms *r)
{
	return ops->instance_norm(dev, &r->y.buf, &s->slot, &r->stats.buf,
		&r->x.buf, s->add ? &r->add.buf : NULL, &s->in, EPS, s->slope);
}

static void compare_rooms(const struct shape *s, struct rooms *r,
	double allowed)
{
	double *want = malloc(r->x.n * sizeof(*want));
	double *stats = malloc(r->stats.n * sizeof(*stats));

	ip_ref_instance_norm(want, stats, r->x.host, s->add ? r->add.host :
		NULL, &s->in, EPS, s->slope);
	assert_int_equal(run(s, r), 0);
	ip_test_expect_slot("y", &r->y, &s->slot, want, r->pixels, s->in.c,
		allowed);
	ip_test_room_expect("stats", &r->stats, stats, allowed);
	free(want);
	free(stats);
	drop(r);
}

static void compare(const struct shape *s, double mean, double sigma,
	double allowed)
{
	struct rooms r = make(s, mean, sigma);

	compare_rooms(s, &r, allowed);
}

static void test_loops(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < SHAPES; i++)
		compare(&shapes[i], 0, 1, tolerance);
}

/* A mean thousands of deviations from zero costs no digit: it is summed and
 * taken off beyond ip_real's precision where that is float32. */
static void test_far_mean(void **state)
{
	double allowed = sizeof(ip_real) == 4 ? tolerance : 1e5 * tolerance;
	size_t i;

	(void)state;
	for (i = 0; i < SHAPES; i++)
		compare(&shapes[i], 1000. / (double)shapes[i].in.c, 0.1,
			allowed);
}

/* A first pixel far from all others is nothing to measure these by. */
static void test_first_pixel(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < SHAPES; i++) {
		struct rooms r = make(&shapes[i], 0, 1);
		double *x = ip_test_room_copy(&r.x);

		for (size_t k = 0; k < shapes[i].in.c; k++)
			x[k] = 1000;
		ip_test_room_put(&r.x, x);
		compare_rooms(&shapes[i], &r, tolerance);
	}
}

/* All pixels alike: what is left of the mean is double's rounding. */
static void test_constant(void **state)
{
	size_t i, k;

	(void)state;
	for (i = 0; i < SHAPES; i++) {
		struct shape s = shapes[i];
		struct rooms r = make(&s, 0.7, 0);

		s.add = 0;
		assert_int_equal(run(&s, &r), 0);
		ip_test_room_get(&r.y);
		for (k = 0; k < r.x.n; k++) {
			size_t at = k / s.in.c * s.slot.pitch + s.slot.first +
				k % s.in.c;

			assert_true(fabs(r.y.host[at]) <= (double)s.in.c /
				sqrt(EPS) * 4 * DBL_EPSILON);
		}
		drop(&r);
	}
}

/* y may be x or add: the same bytes. */
static void test_in_place(void **state)
{
	static const struct shape s = { { 2, 9, 10, 12 }, { 12, 0 }, 1, 0.01 };
	struct rooms r = make(&s, 1, 1), t = make(&s, 1, 1);
	struct rooms u = make(&s, 1, 1);

	(void)state;
	assert_int_equal(run(&s, &r), 0);
	assert_int_equal(ops->instance_norm(dev, &t.x.buf, NULL, &t.stats.buf,
		&t.x.buf, &t.add.buf, &s.in, EPS, s.slope), 0);
	assert_int_equal(ops->instance_norm(dev, &u.add.buf, NULL,
		&u.stats.buf, &u.x.buf, &u.add.buf, &s.in, EPS, s.slope), 0);
	ip_test_room_get(&r.y);
	ip_test_room_expect("y is x", &t.x, r.y.host, 0);
	ip_test_room_expect("y is add", &u.add, r.y.host, 0);
	drop(&r);
	drop(&t);
	drop(&u);
}

static void once(const void *of, struct ip_test_bytes *bytes)
{
	struct rooms r = make(of, 1, 1);

	assert_int_equal(run(of, &r), 0);
	ip_test_keep(bytes, &r.y);
	ip_test_keep(bytes, &r.stats);
	drop(&r);
}

/* The same bytes by any number of threads, and for a picture alone. */
static void test_same_bytes(void **state)
{
	static const struct shape s = { { 3, 33, 64, 12 }, { 30, 5 }, 1, 0.01 };
	size_t y = 33 * 64 * 30 * sizeof(ip_real), x = 33 * 64 * 12;
	struct rooms r = make(&s, 1, 1), t = make(&s, 1, 1);
	struct shape one = s;
	int n;

	(void)state;
	ip_test_same_by_threads(once, &s);
	assert_int_equal(run(&s, &r), 0);
	one.in.b = 1;
	for (n = 0; n < 3; n++) {
		struct ip_buf to = t.y.buf, from = r.x.buf, add = r.add.buf;

		to.size -= 2 * y;
		from.offset += (size_t)n * x * sizeof(ip_real);
		add.offset += (size_t)n * x * sizeof(ip_real);
		from.size = add.size = x * sizeof(ip_real);
		assert_int_equal(ops->instance_norm(dev, &to, &s.slot,
			&t.stats.buf, &from, &add, &one.in, EPS, s.slope), 0);
		ip_test_room_get(&r.y);
		ip_test_room_get(&t.y);
		for (size_t i = 0; i < 33 * 64; i++)
			assert_memory_equal(t.y.host + 30 * i + 5, r.y.host +
				(size_t)n * 33 * 64 * 30 + 30 * i + 5,
				12 * sizeof(double));
	}
	drop(&r);
	drop(&t);
}

static void golden(const char *name, const struct ip_map *in, int is_add,
	double slope)
{
	struct ip_bundle b;
	size_t n = in->b * in->h * in->w * in->c;
	struct ip_test_room x, y, stats, add;
	double *v, *want;

	ip_test_golden("model_ops.npz", &b);
	v = ip_test_nhwc(ip_test_numbers_of(&b, name, "in/x", n), in->b, in->c,
		in->h, in->w);
	want = ip_test_nhwc(ip_test_numbers_of(&b, name, "out", n), in->b,
		in->c, in->h, in->w);
	x = is_add ? ip_test_room(dev, n, 1, 0) : ip_test_room_of(dev, v, n);
	add = is_add ? ip_test_room_of(dev, v, n) : ip_test_room(dev, n, 1, 1);
	y = ip_test_room(dev, n, 1, 1);
	stats = ip_test_room(dev, 2 * in->b * in->c, 1, 1);
	assert_int_equal(ops->instance_norm(dev, &y.buf, NULL, &stats.buf,
		&x.buf, is_add ? &add.buf : NULL, in, EPS, slope), 0);
	ip_test_room_expect(name, &y, want, 1e-5);
	free(want);
	ip_test_room_drop(&x);
	ip_test_room_drop(&add);
	ip_test_room_drop(&y);
	ip_test_room_drop(&stats);
	ip_bundle_free(&b);
}

static void test_golden(void **state)
{
	static const struct ip_map norm = { 2, 7, 5, 4 };
	static const struct ip_map relu = { 3, 1, 17, 1 };

	(void)state;
	golden("instance_norm", &norm, 0, 1);
	golden("leaky_relu", &relu, 1, 0.01);
}

static void test_refusals(void **state)
{
	static const struct shape fine = { { 2, 3, 4, 5 }, { 9, 4 }, 1, 1 };
	struct rooms r = make(&fine, 0, 1);
	struct shape s = fine;

	(void)state;
	s.in.h = s.in.w = 1;
	ip_test_refused(run(&s, &r), "single pixel");
	s = fine;
	s.in.c = 0;
	ip_test_refused(run(&s, &r), "empty");
	s = fine;
	s.slot.first = 5;
	ip_test_refused(run(&s, &r), "do not fit");
	s = fine;
	ip_test_refused_short(&r.x, run(&s, &r), "x has");
	ip_test_refused_short(&r.add, run(&s, &r), "add has");
	ip_test_refused_short(&r.y, run(&s, &r), "y has");
	ip_test_refused_short(&r.stats, run(&s, &r), "stats has");
	assert_true(ip_test_starved(0, run(&s, &r)));
	ip_test_room_untouched(&r.y);
	drop(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_loops),
		cmocka_unit_test(test_far_mean),
		cmocka_unit_test(test_first_pixel),
		cmocka_unit_test(test_constant),
		cmocka_unit_test(test_in_place),
		cmocka_unit_test(test_same_bytes),
		cmocka_unit_test(test_golden),
	};
	const struct CMUnitTest others[] = {
		ip_test_fresh(test_refusals),
	};

	return ip_test_run_every_isa(tests) + cmocka_run_group_tests(others,
		ip_test_dev_open, ip_test_dev_close);
}
