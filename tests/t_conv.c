/*
 * conv against plain loops and golden numbers on every instruction set, and
 * what it promises besides. tests/double runs the same in double precision.
 */
#include <math.h>
#include "ref/ref.h"
#include "support/op.h"

/*
 * What the op has to keep, 1e-5 in float32. The plain sum of up to 6912
 * products would err by sqrt(n) / 2 units, which are 42 or 5e-6; tiles of
 * 4 x 4 err by about twice as many for the sums' length.
 */
static const double tolerance = 84 * IP_TEST_EPSILON;

struct shape { struct ip_map in; size_t out, k; int bias; };
static const struct shape shapes[] = {
	{ { 1, 1, 1, 1 }, 1, 3, 0 }, { { 1, 1, 1, 1 }, 1, 1, 1 },
	{ { 2, 3, 5, 7 }, 3, 3, 1 }, { { 2, 3, 5, 7 }, 3, 1, 0 },
	{ { 3, 2, 2, 13 }, 17, 3, 0 }, { { 2, 1, 9, 4 }, 5, 3, 1 },
	{ { 1, 11, 1, 3 }, 12, 3, 0 }, { { 2, 4, 4, 16 }, 16, 3, 1 },
	{ { 2, 5, 8, 12 }, 24, 3, 0 }, { { 1, 17, 23, 11 }, 12, 3, 0 },
	{ { 1, 17, 23, 11 }, 48, 1, 0 }, { { 2, 33, 31, 24 }, 12, 3, 0 },
	{ { 1, 16, 29, 48 }, 48, 3, 1 }, { { 1, 30, 19, 96 }, 48, 3, 0 },
	{ { 1, 30, 19, 96 }, 48, 1, 0 }, { { 2, 13, 11, 48 }, 1, 1, 1 },
	{ { 1, 8, 9, 97 }, 193, 3, 0 }, { { 1, 8, 8, 768 }, 96, 3, 0 },
	{ { 2, 8, 8, 192 }, 97, 1, 1 }, { { 1, 4, 3, 200 }, 384, 3, 1 },
	{ { 2, 1, 300, 7 }, 31, 1, 0 }, { { 1, 64, 68, 5 }, 33, 3, 0 },
	/* more tiles than are kept; more weights */
	{ { 5, 13, 16, 12 }, 20, 3, 1 }, { { 1, 2, 258, 240 }, 249, 3, 0 },
	/* more tiles a picture than that: its weights are kept */
	{ { 1, 41, 36, 96 }, 48, 3, 0 }, { { 2, 33, 37, 70 }, 97, 3, 1 },
};
#define SHAPES (sizeof(shapes) / sizeof(shapes[0]))

/* What the op takes and gives, for one shape. */
struct rooms { struct ip_test_room x, w, bias, y; };

static struct rooms make(const struct shape *s)
{
	size_t pixels = s->in.b * s->in.h * s->in.w;
	struct rooms r;

	r.x = ip_test_room(dev, pixels * s->in.c, 1, 1);
	r.w = ip_test_room(dev, s->k * s->k * s->in.c * s->out, 2, 1);
	r.bias = ip_test_room(dev, s->out, 3, 1);
	r.y = ip_test_room(dev, pixels * s->out, 4, 1);
	return r;
}

static void drop(struct rooms *r)
{
	ip_test_room_drop(&r->x);
	ip_test_room_drop(&r->w);
	ip_test_room_drop(&r->bias);
	ip_test_room_drop(&r->y);
}

static int run(const struct shape *s, struct rooms *r)
{
	return ops->conv(dev, &r->y.buf, &r->x.buf, &r->w.buf,
		s->bias ? &r->bias.buf : NULL, &s->in, s->out, s->k);
}

static int loops(const char *isa)
{
	size_t i;

	for (i = 0; i < SHAPES; i++) {
		const struct shape *s = &shapes[i];
		struct rooms r = make(s);
		double *want = malloc(r.y.n * sizeof(*want));

		ip_ref_conv(want, r.x.host, r.w.host, s->bias ? r.bias.host :
			NULL, &s->in, s->out, s->k);
		assert_int_equal(run(s, &r), 0);
		ip_test_room_expect(isa, &r.y, want, tolerance);
		free(want);
		drop(&r);
	}
	return 1;
}

static void test_loops(void **state)
{
	(void)state;
	assert_true(ip_test_every_isa(loops) > 0);
}

/* Zeros and infinities do not meet: outside the picture there is nothing. */
static void test_one_pixel(void **state)
{
	static const struct shape s = { { 1, 9, 9, 12 }, 12, 3, 0 };
	struct rooms r = make(&s);
	double *x = calloc(r.x.n, sizeof(*x)), *want = calloc(r.y.n,
		sizeof(*want));
	size_t i, k, o;

	(void)state;
	x[(4 * 9 + 4) * 12 + 7] = 1;
	ip_test_room_put(&r.x, x);
	for (i = 0; i < 3; i++)
		for (k = 0; k < 3; k++)
			for (o = 0; o < 12; o++)
				want[((5 - i) * 9 + 5 - k) * 12 + o] =
					r.w.host[((i * 3 + k) * 12 + 7) * 12 +
						o];
	assert_int_equal(run(&s, &r), 0);
	ip_test_room_expect("one pixel", &r.y, want, tolerance);
	free(want);
	drop(&r);
}

static void once(const void *of, struct ip_test_bytes *bytes)
{
	struct rooms r = make(of);

	assert_int_equal(run(of, &r), 0);
	ip_test_keep(bytes, &r.y);
	drop(&r);
}

static void test_threads_same_bytes(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < SHAPES; i++)
		ip_test_same_by_threads(once, &shapes[i]);
}

/* Picture n of the batch r, alone, to its place in t. The parts of ip_buf
 * begin at multiples of 64 bytes, pictures do not. */
static int run_part(const struct shape *s, struct rooms *r, struct rooms *t,
	size_t n)
{
	struct ip_buf to = ip_test_third(t->y.buf, n);
	struct ip_buf from = ip_test_third(r->x.buf, n);

	return ops->conv(dev, &to, &from, &r->w.buf,
		s->bias ? &r->bias.buf : NULL, &s->in, s->out, s->k);
}

/* The same bytes for a picture alone, wherever it was in the batch. */
static void test_alone_same_bytes(void **state)
{
	size_t i, n;

	(void)state;
	for (i = 0; i < SHAPES; i++) {
		struct shape s = shapes[i];
		struct rooms r, t;

		s.in.b = 3;
		r = make(&s);
		t = make(&s);
		assert_int_equal(run(&s, &r), 0);
		s.in.b = 1;
		for (n = 0; n < 3; n++)
			assert_int_equal(run_part(&s, &r, &t, n), 0);
		ip_test_room_same(&t.y, &r.y);
		drop(&r);
		drop(&t);
	}
}

static void test_golden(void **state)
{
	static const struct { const char *name; struct shape s; } cases[] = {
		{ "conv3x3", { { 2, 9, 11, 5 }, 7, 3, 0 } },
		{ "conv3x3_2x2img", { { 1, 2, 2, 8 }, 8, 3, 0 } },
		{ "conv1x1", { { 2, 6, 5, 11 }, 4, 1, 0 } },
		{ "conv1x1_bias", { { 2, 6, 5, 12 }, 1, 1, 1 } },
	};
	struct ip_bundle b;
	size_t i;

	(void)state;
	ip_test_golden("model_ops.npz", &b);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct shape *s = &cases[i].s;
		const char *name = cases[i].name;
		struct rooms r = make(s);
		double *want;

		ip_test_room_put(&r.x, ip_test_nhwc(ip_test_numbers_of(&b, name,
			"in/x", r.x.n), s->in.b, s->in.c, s->in.h, s->in.w));
		ip_test_room_put(&r.w, ip_test_taps(ip_test_numbers_of(&b, name,
			"in/w", r.w.n), s->out, s->in.c, s->k * s->k));
		if (s->bias)
			ip_test_room_put(&r.bias, ip_test_numbers_of(&b, name,
				"in/b", s->out));
		want = ip_test_nhwc(ip_test_numbers_of(&b, name, "out",
			r.y.n), s->in.b, s->out, s->in.h, s->in.w);
		assert_int_equal(run(s, &r), 0);
		ip_test_room_expect(name, &r.y, want, 1e-5);
		free(want);
		drop(&r);
	}
	ip_bundle_free(&b);
}

static void test_refusals(void **state)
{
	static const struct shape fine = { { 2, 3, 4, 5 }, 6, 3, 1 };
	struct rooms r = make(&fine);
	struct shape s = fine;

	(void)state;
	s.in.h = 0;
	ip_test_refused(run(&s, &r), "empty");
	s = fine;
	s.out = 0;
	ip_test_refused(run(&s, &r), "5 to 0 channels");
	s = fine;
	s.k = 2;
	ip_test_refused(run(&s, &r), "2 x 2");
	s = fine;
	ip_test_refused_short(&r.x, run(&s, &r), "x has");
	ip_test_refused_short(&r.w, run(&s, &r), "w has");
	ip_test_refused_short(&r.bias, run(&s, &r), "bias has");
	ip_test_refused_short(&r.y, run(&s, &r), "y has");
	assert_true(ip_test_starved(0, run(&s, &r)));
	ip_test_room_untouched(&r.y);
	drop(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ip_test_fresh(test_refusals),
		cmocka_unit_test(test_loops),
		cmocka_unit_test(test_one_pixel),
		cmocka_unit_test(test_threads_same_bytes),
		cmocka_unit_test(test_alone_same_bytes),
		cmocka_unit_test(test_golden),
	};

	return cmocka_run_group_tests(tests, ip_test_dev_open,
		ip_test_dev_close);
}
