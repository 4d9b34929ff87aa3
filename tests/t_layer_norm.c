/* layer_norm against plain loops, and what it promises besides. */
#include <math.h>
#include "ref/ref.h"
#include "support/op.h"

#define EPS 1e-5

/* A lane adds up to 768 numbers, whose roundings add up to some 28 as they
 * come; most channels here are far fewer. */
static const double tolerance = 32 * IP_TEST_EPSILON;

struct shape { struct ip_map in; struct ip_slot slot; int affine; };
static const struct shape shapes[] = {
	{ { 1, 1, 1, 1 }, { 1, 0 }, 1 }, { { 2, 3, 5, 2 }, { 7, 3 }, 0 },
	{ { 1, 2, 3, 7 }, { 7, 0 }, 1 }, { { 2, 5, 3, 12 }, { 24, 12 }, 0 },
	{ { 1, 40, 41, 12 }, { 12, 0 }, 1 }, { { 1, 7, 3, 24 }, { 24, 0 }, 1 },
	{ { 3, 19, 18, 48 }, { 48, 0 }, 1 }, { { 1, 9, 8, 61 }, { 61, 0 }, 1 },
	{ { 1, 5, 3, 96 }, { 192, 96 }, 0 },
	{ { 1, 5, 3, 192 }, { 192, 0 }, 1 },
	{ { 2, 3, 3, 769 }, { 771, 1 }, 1 },
	{ { 1, 2, 2, 1536 }, { 1536, 0 }, 0 },
	{ { 1, 3, 1, 3072 }, { 3072, 0 }, 1 },
	{ { 1, 3, 1, 20000 }, { 20000, 0 }, 1 },
};
#define SHAPES (sizeof(shapes) / sizeof(shapes[0]))

/* What an op takes and gives, for one shape; drop with drop(). */
struct rooms { struct ip_test_room x, gamma, beta, y; size_t pixels; };

static struct rooms make(const struct shape *s, double mean, double sigma)
{
	struct rooms r;
	size_t n, i;
	double *x;
	uint64_t seed = s->in.h;

	r.pixels = s->in.b * s->in.h * s->in.w;
	n = r.pixels * s->in.c;
	x = malloc(n * sizeof(*x));
	for (i = 0; i < n; i++)
		x[i] = mean + sigma * (2 * ip_test_uniform(&seed) - 1);
	r.x = ip_test_room_of(dev, x, n);
	r.gamma = ip_test_room(dev, s->in.c, 2, 1);
	r.beta = ip_test_room(dev, s->in.c, 3, 1);
	r.y = ip_test_room(dev, r.pixels * s->slot.pitch, 4, 1);
	return r;
}

static void drop(struct rooms *r)
{
	ip_test_room_drop(&r->x);
	ip_test_room_drop(&r->gamma);
	ip_test_room_drop(&r->beta);
	ip_test_room_drop(&r->y);
}

static int run(const struct shape *s, struct rooms *r)
{
	return ops->layer_norm(dev, &r->y.buf, &s->slot, &r->x.buf,
		s->affine ? &r->gamma.buf : NULL,
		s->affine ? &r->beta.buf : NULL, &s->in, EPS);
}

static void compare(const struct shape *s, double mean, double sigma,
	double allowed)
{
	struct rooms r = make(s, mean, sigma);
	double *want = malloc(r.x.n * sizeof(*want));

	ip_ref_layer_norm(want, r.x.host, s->affine ? r.gamma.host : NULL,
		s->affine ? r.beta.host : NULL, r.pixels, s->in.c, EPS);
	assert_int_equal(run(s, &r), 0);
	ip_test_expect_slot("y", &r.y, &s->slot, want, r.pixels, s->in.c,
		allowed);
	free(want);
	drop(&r);
}

static void test_loops(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < SHAPES; i++)
		compare(&shapes[i], 0.3, 1, tolerance);
}

/* A mean far from zero is taken off before anything is squared. */
static void test_far_mean(void **state)
{
	double allowed = sizeof(ip_real) == 4 ? tolerance : 1e5 * tolerance;
	size_t i;

	(void)state;
	for (i = 0; i < SHAPES; i++)
		compare(&shapes[i], 1000, 0.1, allowed);
}

/* y may be x: the same bytes. */
static void test_in_place(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < SHAPES; i++) {
		struct shape s = shapes[i];
		struct rooms r = make(&s, 0, 1);

		s.slot.pitch = s.in.c;
		s.slot.first = 0;
		assert_int_equal(run(&s, &r), 0);
		assert_int_equal(ops->layer_norm(dev, &r.x.buf, NULL,
			&r.x.buf, s.affine ? &r.gamma.buf : NULL,
			s.affine ? &r.beta.buf : NULL, &s.in, EPS), 0);
		ip_test_room_get(&r.x);
		ip_test_room_get(&r.y);
		assert_memory_equal(r.x.host, r.y.host,
			r.x.n * sizeof(double));
		drop(&r);
	}
}

static void once(const void *of, struct ip_test_bytes *bytes)
{
	struct rooms r = make(of, 0, 1);

	assert_int_equal(run(of, &r), 0);
	ip_test_keep(bytes, &r.y);
	drop(&r);
}

/* The same bytes by any number of threads, and for each pixel alone. */
static void test_same_bytes(void **state)
{
	static const struct shape s = { { 2, 47, 51, 12 }, { 12, 0 }, 1 };
	struct rooms r = make(&s, 0, 1), t = make(&s, 0, 1);
	struct shape one = s;
	static const ip_real none[12];
	size_t p, size = sizeof(none);

	(void)state;
	ip_test_same_by_threads(once, &s);
	assert_int_equal(run(&s, &r), 0);
	assert_int_equal(run(&s, &t), 0);
	one.in.b = one.in.h = one.in.w = 1;
	for (p = 0; p < r.pixels; p += 7) {
		struct ip_buf to = t.y.buf, from = r.x.buf;

		to.offset += p * size;
		from.offset += p * size;
		to.size = from.size = size;
		assert_int_equal(ip_dev_backend(dev)->put(dev, &to, 0, none,
			size), 0);
		assert_int_equal(ops->layer_norm(dev, &to, NULL, &from,
			&r.gamma.buf, &r.beta.buf, &one.in, EPS), 0);
	}
	ip_test_room_same(&t.y, &r.y);
	drop(&r);
	drop(&t);
}

static void test_golden(void **state)
{
	static const struct ip_map rows = { 9, 1, 1, 12 };
	static const struct ip_map map = { 2, 3, 4, 12 };
	struct ip_bundle b;
	struct ip_test_room x, y, gamma, beta;
	double *want;

	(void)state;
	ip_test_golden("model_ops.npz", &b);
	x = ip_test_room_of(dev, ip_test_numbers(&b, "layer_norm/in/x", 108),
		108);
	gamma = ip_test_room_of(dev, ip_test_numbers(&b, "layer_norm/in/w",
		12), 12);
	beta = ip_test_room_of(dev, ip_test_numbers(&b, "layer_norm/in/b", 12),
		12);
	want = ip_test_numbers(&b, "layer_norm/out", 108);
	y = ip_test_room(dev, 108, 1, 1);
	assert_int_equal(ops->layer_norm(dev, &y.buf, NULL, &x.buf, &gamma.buf,
		&beta.buf, &rows, EPS), 0);
	ip_test_room_expect("layer_norm", &y, want, 1e-5);
	free(want);
	ip_test_room_drop(&x);
	ip_test_room_drop(&y);
	ip_test_room_drop(&gamma);
	ip_test_room_drop(&beta);
#define KEY "layer_norm_channels_nchw_noaffine/"
	x = ip_test_room_of(dev, ip_test_nhwc(ip_test_numbers(&b, KEY "in/x",
		288), 2, 12, 3, 4), 288);
	want = ip_test_nhwc(ip_test_numbers(&b, KEY "out", 288), 2, 12, 3, 4);
	y = ip_test_room(dev, 288, 1, 1);
	assert_int_equal(ops->layer_norm(dev, &y.buf, NULL, &x.buf, NULL, NULL,
		&map, EPS), 0);
	ip_test_room_expect("over channels", &y, want, 1e-5);
	free(want);
	ip_test_room_drop(&x);
	ip_test_room_drop(&y);
	ip_bundle_free(&b);
}

static void test_refusals(void **state)
{
	static const struct shape fine = { { 2, 3, 4, 5 }, { 9, 4 }, 1 };
	struct rooms r = make(&fine, 0, 1);
	struct shape s = fine;

	(void)state;
	s.in.c = 0;
	ip_test_refused(run(&s, &r), "empty");
	s = fine;
	s.in.b = SIZE_MAX / 2;
	ip_test_refused(run(&s, &r), "overflow");
	s = fine;
	s.slot.first = 5;
	ip_test_refused(run(&s, &r), "do not fit");
	s = fine;
	ip_test_refused_short(&r.x, run(&s, &r), "x has");
	ip_test_refused_short(&r.gamma, run(&s, &r), "gamma has");
	ip_test_refused_short(&r.beta, run(&s, &r), "beta has");
	ip_test_refused_short(&r.y, run(&s, &r), "y has");
	ip_test_refused(ops->layer_norm(dev, &r.y.buf, &s.slot, &r.x.buf,
		&r.gamma.buf, NULL, &s.in, EPS), "without the other");
	ip_test_room_untouched(&r.y);
	drop(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_loops),
		cmocka_unit_test(test_far_mean),
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
