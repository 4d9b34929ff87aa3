/* modulate_grad against plain loops, and what it and its layer promise
 * besides. */
#include "nn/nn.h"
#include "ref/ref.h"
#include "support/differences.h"
#include "support/op.h"

/* A block adds up to 256 numbers a column, whose roundings add up to some 16
 * as they come; twice that is allowed. */
static const double tolerance = 32 * IP_TEST_EPSILON;

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
	{ { 2, 3, 5, 7 }, { 7, 0 }, 1, 1, 0.5 },
	{ { 3, 7, 11, 13 }, { 20, 7 }, 0, 0, 0.01 },
	{ { 3, 7, 11, 13 }, { 20, 7 }, 0, 1, 0.01 },
	{ { 2, 16, 16, 12 }, { 24, 12 }, 1, 1, 0.01 },
	{ { 2, 64, 62, 12 }, { 12, 0 }, 1, 1, 1 },
	{ { 2, 64, 62, 12 }, { 12, 0 }, 0, 0, 0.01 },
	{ { 1, 17, 48, 24 }, { 25, 1 }, 1, 0, 0.01 },
	{ { 1, 37, 48, 48 }, { 96, 48 }, 1, 0, 0.01 },
	{ { 2, 37, 48, 48 }, { 96, 48 }, 0, 1, 0.01 },
	{ { 2, 37, 48, 48 }, { 48, 0 }, 0, 1, 0.01 },
	{ { 2, 31, 33, 65 }, { 67, 1 }, 1, 0, 0.1 },
	{ { 1, 129, 131, 1 }, { 1, 0 }, 0, 1, 1 },
	{ { 1, 129, 131, 1 }, { 1, 0 }, 0, 0, 1 },
	{ { 2, 8, 9, 768 }, { 768, 0 }, 1, 1, 0.01 },
	{ { 1, 16, 16, 385 }, { 386, 1 }, 0, 1, 0.01 },
};
#define SHAPES (sizeof(shapes) / sizeof(shapes[0]))

/* What the op takes and gives, for one shape; drop with drop(). packed is what
 * y and dy have at the slot. */
struct rooms {
	struct ip_test_room x, g, add, y, dy, dx, dg, dadd;
	size_t pixels, n;
	double *packed[2];
};

/* y comes from plain loops: rounding cannot move it across 0. */
static struct rooms make(const struct shape *s)
{
	size_t i, c = s->in.c;
	double *y, *at;
	struct rooms r;

	r.pixels = s->in.b * s->in.h * s->in.w;
	r.n = r.pixels * c;
	r.x = ip_test_room(dev, r.n, 1, 1);
	r.g = ip_test_room(dev, (s->flat ? s->in.b : r.pixels) * 2 * c, 2, 1);
	r.add = ip_test_room(dev, r.n, 3, 1);
	y = malloc(r.n * sizeof(*y));
	ip_ref_modulate(y, r.x.host, r.g.host, s->add ? r.add.host : NULL,
		&s->in, s->flat, s->slope);
	at = calloc(r.pixels * s->slot.pitch, sizeof(*at));
	for (i = 0; i < r.n; i++)
		at[i / c * s->slot.pitch + s->slot.first + i % c] = y[i];
	r.packed[0] = y;
	r.y = ip_test_room_of(dev, at, r.pixels * s->slot.pitch);
	r.dy = ip_test_room(dev, r.pixels * s->slot.pitch, 4, 1);
	r.packed[1] = ip_test_packed(r.dy.host, &s->slot, r.pixels, c);
	r.dx = ip_test_room(dev, r.n, 5, 1);
	r.dg = ip_test_room(dev, r.g.n, 6, 1);
	r.dadd = ip_test_room(dev, r.n, 7, 1);
	return r;
}

static void drop(struct rooms *r)
{
	ip_test_room_drop(&r->x);
	ip_test_room_drop(&r->g);
	ip_test_room_drop(&r->add);
	ip_test_room_drop(&r->y);
	ip_test_room_drop(&r->dy);
	ip_test_room_drop(&r->dx);
	ip_test_room_drop(&r->dg);
	ip_test_room_drop(&r->dadd);
	free(r->packed[0]);
	free(r->packed[1]);
}

static int run(const struct shape *s, struct rooms *r)
{
	return ops->modulate_grad(dev, &r->dx.buf, &r->dg.buf,
		s->add ? &r->dadd.buf : NULL, &r->dy.buf, &r->y.buf, &s->slot,
		&r->x.buf, &r->g.buf, &s->in, s->flat, s->slope);
}

static void compare(const struct shape *s)
{
	struct rooms r = make(s);
	double *dx = malloc((2 * r.n + r.g.n) * sizeof(*dx));
	double *dadd = dx + r.n, *dg = dadd + r.n;

	ip_ref_modulate_grad(dx, dg, dadd, r.packed[1], r.packed[0], r.x.host,
		r.g.host, &s->in, s->flat, s->slope);
	assert_int_equal(run(s, &r), 0);
	ip_test_room_expect("dx", &r.dx, dx, tolerance);
	ip_test_room_expect("dg", &r.dg, dg, tolerance);
	if (s->add)
		ip_test_room_expect("dadd", &r.dadd, dadd, tolerance);
	else
		ip_test_room_untouched(&r.dadd);
	free(dx);
	drop(&r);
}

static void test_loops(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < SHAPES; i++)
		compare(&shapes[i]);
}

/* dx or dadd may be dy; the one that is not there changes nothing. */
static void in_place(const struct shape *s)
{
	struct rooms r = make(s), t = make(s), u = make(s);

	assert_int_equal(run(s, &r), 0);
	ip_test_room_get(&r.dx);
	ip_test_room_get(&r.dg);
	ip_test_room_get(&r.dadd);
	assert_int_equal(ops->modulate_grad(dev, &t.dy.buf, &t.dg.buf,
		&t.dadd.buf, &t.dy.buf, &t.y.buf, NULL, &t.x.buf, &t.g.buf,
		&s->in, s->flat, s->slope), 0);
	ip_test_room_expect("dx is dy", &t.dy, r.dx.host, 0);
	ip_test_room_expect("dg", &t.dg, r.dg.host, 0);
	ip_test_room_expect("dadd", &t.dadd, r.dadd.host, 0);
	assert_int_equal(ops->modulate_grad(dev, &u.dx.buf, &u.dg.buf, NULL,
		&u.dy.buf, &u.y.buf, NULL, &u.x.buf, &u.g.buf, &s->in, s->flat,
		s->slope), 0);
	ip_test_room_expect("no dadd", &u.dx, r.dx.host, 0);
	ip_test_room_expect("dg", &u.dg, r.dg.host, 0);
	assert_int_equal(ops->modulate_grad(dev, &u.dx.buf, &u.dg.buf,
		&u.dy.buf, &u.dy.buf, &u.y.buf, NULL, &u.x.buf, &u.g.buf,
		&s->in, s->flat, s->slope), 0);
	ip_test_room_expect("dx", &u.dx, r.dx.host, 0);
	ip_test_room_expect("dg", &u.dg, r.dg.host, 0);
	ip_test_room_expect("dadd is dy", &u.dy, r.dadd.host, 0);
	drop(&r);
	drop(&t);
	drop(&u);
}

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
	ip_test_keep(bytes, &r.dx);
	ip_test_keep(bytes, &r.dg);
	ip_test_keep(bytes, &r.dadd);
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
		struct ip_buf dx = ip_test_third(t.dx.buf, n);
		struct ip_buf dg = ip_test_third(t.dg.buf, n);
		struct ip_buf dadd = ip_test_third(t.dadd.buf, n);
		struct ip_buf dy = ip_test_third(r.dy.buf, n);
		struct ip_buf y = ip_test_third(r.y.buf, n);
		struct ip_buf x = ip_test_third(r.x.buf, n);
		struct ip_buf g = ip_test_third(r.g.buf, n);

		assert_int_equal(ops->modulate_grad(dev, &dx, &dg, &dadd, &dy,
			&y, &s->slot, &x, &g, &one.in, s->flat, s->slope), 0);
	}
	ip_test_room_same(&r.dx, &t.dx);
	ip_test_room_same(&r.dg, &t.dg);
	ip_test_room_same(&r.dadd, &t.dadd);
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
	struct rooms r = make(&s), t = make(&s);
	struct ip_map pixels = { s.in.b, s.flat ? 1 : s.in.h,
		s.flat ? 1 : s.in.w, 2 * s.in.c };
	struct ip_map wide = s.in;
	struct ip_value x = { r.x.buf, s.in }, g = { r.g.buf, pixels };
	struct ip_value dx = { t.dx.buf, s.in }, dg = { t.dg.buf, pixels };
	struct ip_value dadd = { t.dadd.buf, s.in };
	struct ip_value y, dy;
	struct ip_nn nn = { 0 };
	int round;

	wide.c = s.slot.pitch;
	y = (struct ip_value){ r.y.buf, wide };
	dy = (struct ip_value){ r.dy.buf, wide };
	assert_int_equal(ip_nn_open(&nn, dev), 0);
	assert_int_equal(ip_nn_can_train(&nn), 0);
	for (round = 0; round < 2; round++) {
		assert_int_equal(ip_nn_begin(&nn, round ? 64 : 0), 0);
		assert_int_equal(ip_nn_modulate_back(&nn, &dx, &dg, &dadd, &dy,
			&y, s.slot.first, &x, &g, s.slope), 0);
		if (round)
			assert_int_equal(run(&s, &r), 0);
		ip_test_room_same(&r.dx, &t.dx);
		ip_test_room_same(&r.dg, &t.dg);
		ip_test_room_same(&r.dadd, &t.dadd);
	}
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
}

#ifdef IP_DOUBLE
struct forward {
	const struct shape *s;
	struct rooms *r;
};

static double loss(void *of)
{
	struct forward *f = of;
	const struct shape *s = f->s;

	assert_int_equal(ops->modulate(dev, &f->r->y.buf, &s->slot,
		&f->r->x.buf, &f->r->g.buf, &f->r->add.buf, &s->in, s->flat,
		s->slope), 0);
	return ip_test_weighted(&f->r->y, &s->slot, f->r->packed[1],
		f->r->pixels, s->in.c);
}

static void differences(const struct shape *s)
{
	struct rooms r = make(s);
	struct forward f = { s, &r };

	assert_int_equal(run(s, &r), 0);
	/* linear but at 0, which no step crosses: steps of 1e-5 leave 1e-10 of
	 * rounding */
	ip_test_expect_differences("dx", &r.x, ip_test_room_get(&r.dx), 1e-5,
		1e-9, loss, &f);
	ip_test_expect_differences("dg", &r.g, ip_test_room_get(&r.dg), 1e-5,
		1e-9, loss, &f);
	ip_test_expect_differences("dadd", &r.add, ip_test_room_get(&r.dadd),
		1e-5, 1e-9, loss, &f);
	drop(&r);
}

static void test_differences(void **state)
{
	struct shape s = { { 2, 3, 5, 3 }, { 5, 2 }, 1, 0, 0.1 };

	(void)state;
	differences(&s);
	s.flat = 1;
	differences(&s);
}
#endif

static void test_refusals(void **state)
{
	static const struct shape fine = { { 2, 3, 4, 5 }, { 9, 4 }, 1, 0, 1 };
	struct rooms r = make(&fine);
	struct shape s = fine;

	(void)state;
	s.in.c = 0;
	ip_test_refused(run(&s, &r), "empty");
	s = fine;
	s.slope = 0;
	ip_test_refused(run(&s, &r), "slope 0, expected above 0");
	s = fine;
	s.slot.first = 5;
	ip_test_refused(run(&s, &r), "do not fit");
	s = fine;
	ip_test_refused_short(&r.dx, run(&s, &r), "dx has");
	ip_test_refused_short(&r.dg, run(&s, &r), "dg has");
	ip_test_refused_short(&r.dadd, run(&s, &r), "dadd has");
	ip_test_refused_short(&r.dy, run(&s, &r), "dy has");
	ip_test_refused_short(&r.y, run(&s, &r), "y has");
	ip_test_refused_short(&r.x, run(&s, &r), "x has");
	ip_test_refused_short(&r.g, run(&s, &r), "g has");
	s.flat = 1;
	assert_true(ip_test_starved(0, run(&s, &r)));
	ip_test_room_untouched(&r.dx);
	ip_test_room_untouched(&r.dg);
	ip_test_room_untouched(&r.dadd);
	drop(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_loops),
		cmocka_unit_test(test_in_place),
		cmocka_unit_test(test_same_bytes),
		cmocka_unit_test(test_layer),
#ifdef IP_DOUBLE
		cmocka_unit_test(test_differences),
#endif
	};
	const struct CMUnitTest others[] = {
		ip_test_fresh(test_refusals),
	};

	return ip_test_run_every_isa(tests) + cmocka_run_group_tests(others,
		ip_test_dev_open, ip_test_dev_close);
}
