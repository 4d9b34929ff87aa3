/* modulate against plain loops, and what it and its layer promise besides. */
#include "nn/nn.h"
#include "ref/ref.h"
#include "support/op.h"

/* Four roundings, of 1 + scale, of a product and of two sums, each of half a
 * unit of what is up to some twice the largest result. */
static const double tolerance = 4 * IP_TEST_EPSILON;

struct shape {
	struct ip_map in;
	struct ip_slot slot;
	int add, flat;
	double slope;
};
static const struct shape shapes[] = {
	{ { 1, 1, 1, 1 }, { 1, 0 }, 0, 0, 1 },
	{ { 3, 1, 1, 1 }, { 1, 0 }, 1, 1, 0.01 },
	{ { 2, 3, 5, 7 }, { 7, 0 }, 1, 0, 0.01 },
	{ { 2, 3, 5, 7 }, { 7, 0 }, 1, 1, 0 },
	{ { 3, 7, 11, 13 }, { 20, 7 }, 0, 0, 0.01 },
	{ { 3, 7, 11, 13 }, { 20, 7 }, 0, 1, 0.01 },
	{ { 2, 16, 16, 12 }, { 24, 12 }, 1, 1, 0.01 },
	{ { 2, 64, 62, 12 }, { 12, 0 }, 1, 1, 1 },
	{ { 2, 64, 62, 12 }, { 12, 0 }, 0, 0, 0.01 },
	{ { 1, 17, 48, 24 }, { 25, 1 }, 1, 0, 0.01 },
	{ { 1, 37, 48, 48 }, { 96, 48 }, 1, 0, 0.01 },
	{ { 2, 37, 48, 48 }, { 48, 0 }, 0, 1, 0.01 },
	{ { 2, 31, 33, 65 }, { 67, 1 }, 1, 0, 0 },
	{ { 1, 129, 131, 1 }, { 1, 0 }, 0, 1, 1 },
	{ { 1, 129, 131, 1 }, { 1, 0 }, 0, 0, 1 },
	{ { 2, 8, 8, 768 }, { 768, 0 }, 1, 1, 0.01 },
	{ { 1, 16, 16, 384 }, { 385, 1 }, 0, 0, 0.01 },
};
#define SHAPES (sizeof(shapes) / sizeof(shapes[0]))

/* What the op takes and gives, for one shape; drop with drop(). */
struct rooms { struct ip_test_room x, g, add, y; size_t pixels; };

static struct rooms make(const struct shape *s)
{
	size_t n, c = s->in.c;
	struct rooms r;

	r.pixels = s->in.b * s->in.h * s->in.w;
	n = r.pixels * c;
	r.x = ip_test_room(dev, n, 1, 1);
	r.g = ip_test_room(dev, (s->flat ? s->in.b : r.pixels) * 2 * c, 2, 1);
	r.add = ip_test_room(dev, n, 3, 1);
	r.y = ip_test_room(dev, r.pixels * s->slot.pitch, 4, 1);
	return r;
}

static void drop(struct rooms *r)
{
	ip_test_room_drop(&r->x);
	ip_test_room_drop(&r->g);
	ip_test_room_drop(&r->add);
	ip_test_room_drop(&r->y);
}

static int run(const struct shape *s, struct rooms *r)
{
	return ops->modulate(dev, &r->y.buf, &s->slot, &r->x.buf, &r->g.buf,
		s->add ? &r->add.buf : NULL, &s->in, s->flat, s->slope);
}

static void test_loops(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < SHAPES; i++) {
		const struct shape *s = &shapes[i];
		struct rooms r = make(s);
		double *want = malloc(r.x.n * sizeof(*want));

		ip_ref_modulate(want, r.x.host, r.g.host,
			s->add ? r.add.host : NULL, &s->in, s->flat, s->slope);
		assert_int_equal(run(s, &r), 0);
		ip_test_expect_slot("y", &r.y, &s->slot, want, r.pixels,
			s->in.c, tolerance);
		free(want);
		drop(&r);
	}
}

static void in_place(const struct shape *s)
{
	struct rooms r = make(s), t = make(s), u = make(s);

	assert_int_equal(run(s, &r), 0);
	assert_int_equal(ops->modulate(dev, &t.x.buf, NULL, &t.x.buf, &t.g.buf,
		&t.add.buf, &s->in, s->flat, s->slope), 0);
	assert_int_equal(ops->modulate(dev, &u.add.buf, NULL, &u.x.buf,
		&u.g.buf, &u.add.buf, &s->in, s->flat, s->slope), 0);
	ip_test_room_get(&r.y);
	ip_test_room_expect("y is x", &t.x, r.y.host, 0);
	ip_test_room_expect("y is add", &u.add, r.y.host, 0);
	drop(&r);
	drop(&t);
	drop(&u);
}

/* y may be x or add: the same bytes. */
static void test_in_place(void **state)
{
	struct shape s = { { 2, 9, 10, 12 }, { 12, 0 }, 1, 0, 0.01 };

	(void)state;
	in_place(&s);
	s.flat = 1;
	in_place(&s);
}

static void once(const void *of, struct ip_test_bytes *bytes)
{
	struct rooms r = make(of);

	assert_int_equal(run(of, &r), 0);
	ip_test_keep(bytes, &r.y);
	drop(&r);
}

/* The same bytes by any number of threads, and for a picture alone. */
static void same_bytes(const struct shape *s)
{
	struct rooms r = make(s), t = make(s);
	struct shape one = *s;
	size_t n;

	ip_test_same_by_threads(once, s);
	assert_int_equal(run(s, &r), 0);
	one.in.b = 1;
	for (n = 0; n < 3; n++) {
		struct ip_buf y = ip_test_third(t.y.buf, n);
		struct ip_buf x = ip_test_third(r.x.buf, n);
		struct ip_buf g = ip_test_third(r.g.buf, n);
		struct ip_buf add = ip_test_third(r.add.buf, n);

		assert_int_equal(ops->modulate(dev, &y, &s->slot, &x, &g, &add,
			&one.in, s->flat, s->slope), 0);
	}
	ip_test_room_same(&r.y, &t.y);
	drop(&r);
	drop(&t);
}

static void test_same_bytes(void **state)
{
	struct shape s = { { 3, 33, 64, 12 }, { 30, 5 }, 1, 0, 0.01 };

	(void)state;
	same_bytes(&s);
	s.flat = 1;
	same_bytes(&s);
}

/* The layer is the op; while there is only measuring, it does nothing. */
static void layer(struct shape s)
{
	const struct ip_backend *b = ip_dev_backend(dev);
	struct rooms r = make(&s), t = make(&s);
	struct ip_map pixels = { s.in.b, s.flat ? 1 : s.in.h,
		s.flat ? 1 : s.in.w, 2 * s.in.c };
	struct ip_value x = { r.x.buf, s.in }, add = { r.add.buf, s.in };
	struct ip_value g = { r.g.buf, pixels }, y = { t.y.buf, s.in };
	struct ip_nn nn = { 0 };

	y.map.c = s.slot.pitch;
	assert_int_equal(ip_nn_open(&nn, dev), 0);
	assert_int_equal(ip_nn_begin(&nn, 0), 0);
	assert_int_equal(ip_nn_modulate(&nn, &y, s.slot.first, &x, &g, &add,
		s.slope), 0);
	ip_test_room_same(&r.y, &t.y);
	assert_int_equal(ip_nn_begin(&nn, 64), 0);
	assert_int_equal(ip_nn_modulate(&nn, &y, s.slot.first, &x, &g, &add,
		s.slope), 0);
	assert_int_equal(run(&s, &r), 0);
	assert_int_equal(b->sync(dev), 0);
	ip_test_room_same(&r.y, &t.y);
	ip_nn_close(&nn);
	drop(&r);
	drop(&t);
}

static void test_layer(void **state)
{
	struct shape s = { { 2, 5, 3, 4 }, { 9, 3 }, 1, 0, 0.01 };

	(void)state;
	layer(s);
	s.flat = 1;
	layer(s);
	/* a row or a column of pixels is not flat */
	s = (struct shape){ { 2, 1, 3, 4 }, { 9, 3 }, 1, 0, 0.01 };
	layer(s);
	s = (struct shape){ { 2, 5, 1, 4 }, { 9, 3 }, 1, 0, 0.01 };
	layer(s);
}

static void test_refusals(void **state)
{
	static const struct shape fine = { { 2, 3, 4, 5 }, { 9, 4 }, 1, 0, 1 };
	struct rooms r = make(&fine);
	struct shape s = fine;

	(void)state;
	s.in.c = 0;
	ip_test_refused(run(&s, &r), "empty");
	s = fine;
	s.in.c = SIZE_MAX / 2 + 1;
	ip_test_refused(run(&s, &r), "overflow");
	s = fine;
	s.slot.first = 5;
	ip_test_refused(run(&s, &r), "do not fit");
	s = fine;
	ip_test_refused_short(&r.x, run(&s, &r), "x has");
	ip_test_refused_short(&r.g, run(&s, &r), "g has");
	ip_test_refused_short(&r.add, run(&s, &r), "add has");
	ip_test_refused_short(&r.y, run(&s, &r), "y has");
	s.flat = 1;
	r.g.buf.size = 2 * 2 * 5 * sizeof(ip_real);
	ip_test_refused_short(&r.g, run(&s, &r), "g has");
	assert_true(ip_test_starved(0, run(&s, &r)));
	ip_test_room_untouched(&r.y);
	assert_int_equal(run(&s, &r), 0);
	drop(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_loops),
		cmocka_unit_test(test_in_place),
		cmocka_unit_test(test_same_bytes),
		cmocka_unit_test(test_layer),
	};
	const struct CMUnitTest others[] = {
		ip_test_fresh(test_refusals),
	};

	return ip_test_run_every_isa(tests) + cmocka_run_group_tests(others,
		ip_test_dev_open, ip_test_dev_close);
}
