/* layer_norm_grad against plain loops, and what it promises besides. */
#include <math.h>
#include "ref/ref.h"
#include "support/differences.h"
#include "support/op.h"

#define EPS 1e-5

/* A lane adds up to 768 numbers, whose roundings add up to some 28 as they
 * come, and a block up to 256 pixels; most are far fewer. */
static const double tolerance = 32 * IP_TEST_EPSILON;

/* With 1 or 2 channels xhat is 0 or +-1 and what is left of h nearly nothing:
 * added to something, it cannot be off by more than rounding. */
struct shape { struct ip_map in; struct ip_slot slot; int affine, add; };
static const struct shape shapes[] = {
	{ { 1, 1, 1, 1 }, { 1, 0 }, 1, 1 }, { { 2, 3, 5, 2 }, { 7, 3 }, 0, 1 },
	{ { 2, 3, 5, 3 }, { 7, 3 }, 0, 0 }, { { 1, 2, 3, 7 }, { 7, 0 }, 1, 0 },
	{ { 2, 5, 3, 12 }, { 24, 12 }, 0, 1 },
	{ { 1, 40, 41, 12 }, { 12, 0 }, 1, 0 },
	{ { 1, 7, 3, 24 }, { 24, 0 }, 1, 1 },
	{ { 3, 19, 18, 48 }, { 48, 0 }, 1, 0 },
	{ { 1, 9, 8, 61 }, { 67, 5 }, 1, 1 },
	{ { 1, 5, 3, 96 }, { 192, 96 }, 0, 0 },
	{ { 1, 5, 3, 192 }, { 192, 0 }, 1, 1 },
	{ { 2, 3, 3, 769 }, { 771, 1 }, 1, 0 },
	{ { 1, 2, 2, 1536 }, { 1536, 0 }, 0, 0 },
	{ { 1, 3, 1, 20000 }, { 20000, 0 }, 1, 1 },
};
#define SHAPES (sizeof(shapes) / sizeof(shapes[0]))

/* What an op takes and gives, for one shape; drop with drop(). */
struct rooms {
	struct ip_test_room x, gamma, dy, dx, dgamma, dbeta;
	size_t pixels;
};

static struct rooms make(const struct shape *s, double mean, double sigma)
{
	struct rooms r;
	size_t n, i, c = s->in.c;
	double *x;
	uint64_t seed = s->in.h;

	r.pixels = s->in.b * s->in.h * s->in.w;
	n = r.pixels * c;
	x = malloc(n * sizeof(*x));
	for (i = 0; i < n; i++)
		x[i] = mean + sigma * (2 * ip_test_uniform(&seed) - 1);
	r.x = ip_test_room_of(dev, x, n);
	r.gamma = ip_test_room(dev, c, 2, 1);
	r.dy = ip_test_room(dev, r.pixels * s->slot.pitch, 3, 1);
	r.dx = ip_test_room(dev, n, 4, 1);
	r.dgamma = ip_test_room(dev, c, 5, 1);
	r.dbeta = ip_test_room(dev, c, 6, 1);
	return r;
}

static void drop(struct rooms *r)
{
	ip_test_room_drop(&r->x);
	ip_test_room_drop(&r->gamma);
	ip_test_room_drop(&r->dy);
	ip_test_room_drop(&r->dx);
	ip_test_room_drop(&r->dgamma);
	ip_test_room_drop(&r->dbeta);
}

static int run(const struct shape *s, struct rooms *r)
{
	return ops->layer_norm_grad(dev, &r->dx.buf,
		s->affine ? &r->dgamma.buf : NULL,
		s->affine ? &r->dbeta.buf : NULL, &r->dy.buf, &s->slot,
		&r->x.buf, s->affine ? &r->gamma.buf : NULL, &s->in, EPS,
		s->add);
}

static void compare(const struct shape *s, double mean, double sigma,
	double allowed)
{
	struct rooms r = make(s, mean, sigma);
	double *dy = ip_test_packed(r.dy.host, &s->slot, r.pixels, s->in.c);
	double *dx = ip_test_room_copy(&r.dx);
	double *dgamma = ip_test_room_copy(&r.dgamma);
	double *dbeta = ip_test_room_copy(&r.dbeta);
	size_t i;

	for (i = 0; i < r.dx.n; i++)
		dx[i] *= s->add;
	ip_ref_layer_norm_grad(dx, dgamma, dbeta, dy, r.x.host, s->affine ?
		r.gamma.host : NULL, r.pixels, s->in.c, EPS);
	assert_int_equal(run(s, &r), 0);
	ip_test_room_expect("dx", &r.dx, dx, allowed);
	ip_test_room_expect("dgamma", &r.dgamma, dgamma, allowed);
	ip_test_room_expect("dbeta", &r.dbeta, dbeta, allowed);
	free(dy);
	free(dx);
	free(dgamma);
	free(dbeta);
	drop(&r);
}

static void test_loops(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < SHAPES; i++)
		compare(&shapes[i], 0.3, 1, tolerance);
}

/*
 * A mean far from zero is taken off before anything is multiplied. Without
 * vectors all 20000 numbers are added up in one lane: their mean is then off
 * by much of their spread, and what corrects that costs a digit.
 */
static void test_far_mean(void **state)
{
	double allowed = sizeof(ip_real) == 4 ? 2 * tolerance :
		1e5 * tolerance;
	size_t i;

	(void)state;
	for (i = 0; i < SHAPES; i++)
		compare(&shapes[i], 1000, 0.1, allowed);
}

/* dx may be dy: the same bytes. */
static void test_in_place(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < SHAPES; i++) {
		struct shape s = shapes[i];
		struct rooms r, t;

		s.slot.pitch = s.in.c;
		s.slot.first = 0;
		s.add = 0;
		r = make(&s, 0, 1);
		t = make(&s, 0, 1);
		assert_int_equal(run(&s, &r), 0);
		assert_int_equal(ops->layer_norm_grad(dev, &t.dy.buf,
			s.affine ? &t.dgamma.buf : NULL,
			s.affine ? &t.dbeta.buf : NULL, &t.dy.buf, NULL,
			&t.x.buf, s.affine ? &t.gamma.buf : NULL, &s.in, EPS,
			0), 0);
		ip_test_room_get(&r.dx);
		ip_test_room_expect("dx is dy", &t.dy, r.dx.host, 0);
		ip_test_room_get(&r.dgamma);
		ip_test_room_expect("dgamma", &t.dgamma, r.dgamma.host, 0);
		drop(&r);
		drop(&t);
	}
}

static void once(const void *of, struct ip_test_bytes *bytes)
{
	struct rooms r = make(of, 0, 1);

	assert_int_equal(run(of, &r), 0);
	ip_test_keep(bytes, &r.dx);
	ip_test_keep(bytes, &r.dgamma);
	ip_test_keep(bytes, &r.dbeta);
	drop(&r);
}

/* The same bytes by any number of threads, and for each pixel alone. */
static void test_same_bytes(void **state)
{
	static const struct shape s = { { 2, 47, 51, 12 }, { 12, 0 }, 1, 0 };
	struct shape one = s;
	struct rooms r = make(&s, 0, 1);
	size_t p, size = 12 * sizeof(ip_real);

	(void)state;
	ip_test_same_by_threads(once, &s);
	assert_int_equal(run(&s, &r), 0);
	one.in.b = one.in.h = one.in.w = 1;
	for (p = 0; p < r.pixels; p += 7) {
		struct ip_buf to = r.dgamma.buf, dy = r.dy.buf, x = r.x.buf;
		struct ip_buf want = r.dx.buf;

		dy.offset += p * size;
		x.offset += p * size;
		want.offset += p * size;
		dy.size = x.size = want.size = size;
		assert_int_equal(ops->layer_norm_grad(dev, &to, &r.dbeta.buf,
			&r.dbeta.buf, &dy, NULL, &x, &r.gamma.buf, &one.in,
			EPS, 0), 0);
		ip_test_buf_same(dev, &want, &to);
	}
	drop(&r);
}

static void golden_rows(const struct ip_bundle *b)
{
	static const struct shape s = { { 9, 1, 1, 12 }, { 12, 0 }, 1, 0 };
	struct rooms r = make(&s, 0, 0);
	double *want[3];
	size_t i;

#define KEY "layer_norm/"
	drop(&r);
	r.x = ip_test_room_of(dev, ip_test_numbers(b, KEY "in/x", 108), 108);
	r.gamma = ip_test_room_of(dev, ip_test_numbers(b, KEY "in/w", 12), 12);
	r.dy = ip_test_room_of(dev, ip_test_numbers(b, KEY "gout", 108), 108);
	r.dx = ip_test_room(dev, 108, 1, 1);
	r.dgamma = ip_test_room(dev, 12, 1, 0);
	r.dbeta = ip_test_room(dev, 12, 1, 0);
	want[0] = ip_test_numbers(b, KEY "grad/x", 108);
	want[1] = ip_test_numbers(b, KEY "grad/w", 12);
	want[2] = ip_test_numbers(b, KEY "grad/b", 12);
	assert_int_equal(run(&s, &r), 0);
	ip_test_room_expect(KEY "grad/x", &r.dx, want[0], 2e-5);
	ip_test_room_expect(KEY "grad/w", &r.dgamma, want[1], 2e-5);
	ip_test_room_expect(KEY "grad/b", &r.dbeta, want[2], 2e-5);
#undef KEY
	for (i = 0; i < 3; i++)
		free(want[i]);
	drop(&r);
}

static void golden_channels(const struct ip_bundle *b)
{
	static const struct shape s = { { 2, 3, 4, 12 }, { 12, 0 }, 0, 0 };
	struct rooms r = make(&s, 0, 0);
	double *want;

#define KEY "layer_norm_channels_nchw_noaffine/"
	ip_test_room_put(&r.x, ip_test_nhwc(ip_test_numbers(b, KEY "in/x", 288),
		2, 12, 3, 4));
	ip_test_room_put(&r.dy, ip_test_nhwc(ip_test_numbers(b, KEY "gout",
		288), 2, 12, 3, 4));
	want = ip_test_nhwc(ip_test_numbers(b, KEY "grad/x", 288), 2, 12, 3,
		4);
	assert_int_equal(run(&s, &r), 0);
	ip_test_room_expect(KEY "grad/x", &r.dx, want, 2e-5);
#undef KEY
	free(want);
	drop(&r);
}

static void test_golden(void **state)
{
	struct ip_bundle b;

	(void)state;
	ip_test_golden("model_ops.npz", &b);
	golden_rows(&b);
	golden_channels(&b);
	ip_bundle_free(&b);
}

#ifdef IP_DOUBLE
struct forward {
	struct ip_test_room *x, *gamma, *beta, *y;
	const struct ip_map *in;
	const double *dy;
};

static double loss(void *of)
{
	struct forward *f = of;
	size_t pixels = f->in->b * f->in->h * f->in->w;

	assert_int_equal(ops->layer_norm(dev, &f->y->buf, NULL, &f->x->buf,
		&f->gamma->buf, &f->beta->buf, f->in, EPS), 0);
	return ip_test_weighted(f->y, NULL, f->dy, pixels, f->in->c);
}

static void test_differences(void **state)
{
	static const struct shape s = { { 2, 3, 2, 7 }, { 7, 0 }, 1, 0 };
	struct rooms r = make(&s, 0.3, 1);
	struct ip_test_room beta = ip_test_room(dev, 7, 7, 1);
	struct ip_test_room y = ip_test_room(dev, r.x.n, 1, 1);
	struct forward f = { &r.x, &r.gamma, &beta, &y, &s.in, r.dy.host };
	double none[7];
	size_t i;

	(void)state;
	memcpy(none, r.dgamma.host, sizeof(none));
	assert_int_equal(run(&s, &r), 0);
	ip_test_room_get(&r.dgamma);
	for (i = 0; i < 7; i++)
		r.dgamma.host[i] -= none[i];
	memcpy(none, r.dbeta.host, sizeof(none));
	ip_test_room_get(&r.dbeta);
	for (i = 0; i < 7; i++)
		r.dbeta.host[i] -= none[i];
	/* steps of 1e-4 leave 1e-8 of the third derivative and 1e-12 of
	 * rounding */
	ip_test_expect_differences("dx", &r.x, ip_test_room_get(&r.dx), 1e-4,
		1e-6, loss, &f);
	ip_test_expect_differences("dgamma", &r.gamma, r.dgamma.host, 1e-4,
		1e-6, loss, &f);
	ip_test_expect_differences("dbeta", &beta, r.dbeta.host, 1e-4, 1e-6,
		loss, &f);
	ip_test_room_drop(&beta);
	ip_test_room_drop(&y);
	drop(&r);
}
#endif

static void test_refusals(void **state)
{
	static const struct shape fine = { { 2, 3, 4, 5 }, { 9, 4 }, 1, 0 };
	struct rooms r = make(&fine, 0, 1);
	struct shape s = fine;

	(void)state;
	s.in.c = 0;
	ip_test_refused(run(&s, &r), "empty");
	s = fine;
	s.slot.first = 5;
	ip_test_refused(run(&s, &r), "do not fit");
	s = fine;
	ip_test_refused_short(&r.x, run(&s, &r), "x has");
	ip_test_refused_short(&r.dx, run(&s, &r), "dx has");
	ip_test_refused_short(&r.dy, run(&s, &r), "dy has");
	ip_test_refused_short(&r.gamma, run(&s, &r), "gamma has");
	ip_test_refused_short(&r.dgamma, run(&s, &r), "dgamma has");
	ip_test_refused_short(&r.dbeta, run(&s, &r), "dbeta has");
	ip_test_refused(ops->layer_norm_grad(dev, &r.dx.buf, &r.dgamma.buf,
		NULL, &r.dy.buf, &s.slot, &r.x.buf, &r.gamma.buf, &s.in, EPS,
		0), "without the others");
	assert_true(ip_test_starved(0, run(&s, &r)));
	ip_test_room_untouched(&r.dx);
	ip_test_room_untouched(&r.dgamma);
	ip_test_room_untouched(&r.dbeta);
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
