/* conv_transpose against plain loops, and what it promises besides. */
#include <math.h>
#include "ref/ref.h"
#include "support/op.h"

/* Sums of up to 768 products, one after another: roundings add up to some 28
 * as they come. */
static const double tolerance = 32 * IP_TEST_EPSILON;

struct shape { struct ip_map in; size_t out; struct ip_slot slot; };
static const struct shape shapes[] = {
	{ { 1, 1, 1, 1 }, 1, { 1, 0 } }, { { 2, 3, 5, 7 }, 3, { 3, 0 } },
	{ { 3, 2, 1, 13 }, 11, { 20, 9 } },
	{ { 2, 16, 17, 12 }, 12, { 24, 0 } },
	{ { 1, 33, 31, 24 }, 12, { 24, 12 } },
	{ { 2, 8, 8, 48 }, 24, { 48, 0 } },
	{ { 1, 12, 40, 48 }, 48, { 96, 0 } },
	{ { 1, 4, 4, 768 }, 96, { 96, 0 } },
	{ { 1, 2, 3, 192 }, 97, { 98, 1 } },
	{ { 3, 64, 8, 12 }, 6, { 12, 3 } },
	/* fours of channels that are not at fours of numbers */
	{ { 2, 5, 7, 12 }, 12, { 20, 2 } }, { { 2, 5, 7, 12 }, 12, { 18, 4 } },
};
#define SHAPES (sizeof(shapes) / sizeof(shapes[0]))

/* What an op takes and gives, for one shape; drop with drop(). */
struct rooms { struct ip_test_room x, w, y; size_t pixels; };

static struct rooms make(const struct shape *s)
{
	struct rooms r;

	r.pixels = s->in.b * s->in.h * s->in.w;
	r.x = ip_test_room(dev, r.pixels * s->in.c, 1, 1);
	r.w = ip_test_room(dev, 4 * s->in.c * s->out, 2, 1);
	r.y = ip_test_room(dev, 4 * r.pixels * s->slot.pitch, 3, 1);
	return r;
}

static void drop(struct rooms *r)
{
	ip_test_room_drop(&r->x);
	ip_test_room_drop(&r->w);
	ip_test_room_drop(&r->y);
}

static int run(const struct shape *s, struct rooms *r)
{
	return ops->conv_transpose(dev, &r->y.buf, &s->slot, &r->x.buf,
		&r->w.buf, &s->in, s->out);
}

static void test_loops(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < SHAPES; i++) {
		const struct shape *s = &shapes[i];
		struct rooms r = make(s);
		double *want = malloc(4 * r.pixels * s->out * sizeof(*want));

		ip_ref_conv_transpose(want, r.x.host, r.w.host, &s->in, s->out);
		assert_int_equal(run(s, &r), 0);
		ip_test_expect_slot("y", &r.y, &s->slot, want, 4 * r.pixels,
			s->out, tolerance);
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

static void test_threads_same_bytes(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < SHAPES; i++)
		ip_test_same_by_threads(once, &shapes[i]);
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
		for (n = 0; n < 3; n++) {
			struct ip_buf to = ip_test_third(t.y.buf, n);
			struct ip_buf from = ip_test_third(r.x.buf, n);

			assert_int_equal(ops->conv_transpose(dev, &to, &s.slot,
				&from, &r.w.buf, &s.in, s.out), 0);
		}
		ip_test_room_same(&t.y, &r.y);
		drop(&r);
		drop(&t);
	}
}

static void test_golden(void **state)
{
	static const struct ip_map in = { 2, 4, 5, 6 };
	struct ip_bundle b;
	struct ip_test_room x, w, y;
	double *want;

	(void)state;
	ip_test_golden("model_ops.npz", &b);
	x = ip_test_room_of(dev, ip_test_nhwc(ip_test_numbers(&b,
		"convT2x2/in/x", 240), 2, 6, 4, 5), 240);
	want = ip_test_nhwc(ip_test_numbers(&b, "convT2x2/out", 480), 2, 3, 8,
		10);
	w = ip_test_room_of(dev, ip_test_taps(ip_test_numbers(&b,
		"convT2x2/in/w", 72), 6, 3, 4), 72);
	y = ip_test_room(dev, 480, 1, 1);
	assert_int_equal(ops->conv_transpose(dev, &y.buf, NULL, &x.buf, &w.buf,
		&in, 3), 0);
	ip_test_room_expect("convT2x2", &y, want, 1e-5);
	free(want);
	ip_test_room_drop(&x);
	ip_test_room_drop(&w);
	ip_test_room_drop(&y);
	ip_bundle_free(&b);
}

static void test_refusals(void **state)
{
	static const struct shape fine = { { 2, 3, 4, 5 }, 6, { 9, 3 } };
	struct rooms r = make(&fine);
	struct shape s = fine;

	(void)state;
	s.in.h = 0;
	ip_test_refused(run(&s, &r), "empty");
	s = fine;
	s.out = 0;
	ip_test_refused(run(&s, &r), "5 to 0 channels");
	s = fine;
	s.slot.first = 4;
	ip_test_refused(run(&s, &r), "do not fit");
	s = fine;
	ip_test_refused_short(&r.x, run(&s, &r), "x has");
	ip_test_refused_short(&r.w, run(&s, &r), "w has");
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
		cmocka_unit_test(test_threads_same_bytes),
		cmocka_unit_test(test_alone_same_bytes),
		cmocka_unit_test(test_golden),
	};

	return ip_test_run_every_isa(tests);
}
