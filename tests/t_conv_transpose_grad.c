/*
 * conv_transpose_grad against plain loops, golden numbers and conv_transpose
 * itself, and what it promises besides, on every instruction set. tests/double
 * runs the same in double precision.
 */
#include <math.h>
#include "ref/ref.h"
#include "support/op.h"

/* Sums of up to 4 x 384 products for dx, of as many pixels for dw, one after
 * another: roundings add up to some 39 as they come. */
static const double tolerance = 40 * IP_TEST_EPSILON;

struct shape { struct ip_map in; size_t out; struct ip_slot slot; };
static const struct shape shapes[] = {
	{ { 1, 1, 1, 1 }, 1, { 1, 0 } }, { { 2, 3, 5, 7 }, 3, { 3, 0 } },
	{ { 3, 2, 1, 13 }, 11, { 20, 9 } },
	{ { 2, 16, 17, 12 }, 12, { 24, 0 } },
	{ { 1, 33, 31, 24 }, 12, { 24, 12 } },
	{ { 2, 8, 8, 48 }, 24, { 48, 0 } },
	{ { 1, 12, 40, 48 }, 48, { 96, 0 } },
	{ { 1, 4, 4, 96 }, 384, { 400, 16 } },
	{ { 1, 2, 3, 192 }, 97, { 98, 1 } },
	/* pixels in parts, the last of them shorter */
	{ { 3, 90, 8, 12 }, 6, { 12, 3 } }, { { 1, 1, 3079, 5 }, 3, { 3, 0 } },
};
#define SHAPES (sizeof(shapes) / sizeof(shapes[0]))

/* What the op takes and gives, for one shape. */
struct rooms { struct ip_test_room x, w, dy, dx, dw; size_t pixels; };

static struct rooms make(const struct shape *s)
{
	struct rooms r;

	r.pixels = s->in.b * s->in.h * s->in.w;
	r.x = ip_test_room(dev, r.pixels * s->in.c, 1, 1);
	r.w = ip_test_room(dev, 4 * s->in.c * s->out, 2, 1);
	r.dy = ip_test_room(dev, 4 * r.pixels * s->slot.pitch, 3, 1);
	r.dx = ip_test_room(dev, r.pixels * s->in.c, 4, 1);
	r.dw = ip_test_room(dev, 4 * s->in.c * s->out, 5, 1);
	return r;
}

static void drop(struct rooms *r)
{
	ip_test_room_drop(&r->x);
	ip_test_room_drop(&r->w);
	ip_test_room_drop(&r->dy);
	ip_test_room_drop(&r->dx);
	ip_test_room_drop(&r->dw);
}

static int run(const struct shape *s, struct rooms *r)
{
	return ops->conv_transpose_grad(dev, &r->dx.buf, &r->dw.buf,
		&r->dy.buf, &s->slot, &r->x.buf, &r->w.buf, &s->in, s->out);
}

/* What dy's slot holds. */
static double *packed(const struct shape *s, const struct rooms *r)
{
	return ip_test_packed(r->dy.host, &s->slot, 4 * r->pixels, s->out);
}

static void test_loops(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < SHAPES; i++) {
		const struct shape *s = &shapes[i];
		struct rooms r = make(s);
		double *dx = calloc(r.dx.n, sizeof(*dx)), *dy = packed(s, &r);
		double *dw = ip_test_room_copy(&r.dw);

		ip_ref_conv_transpose_grad(dx, dw, dy, r.x.host, r.w.host,
			&s->in, s->out);
		assert_int_equal(run(s, &r), 0);
		ip_test_room_expect("dx", &r.dx, dx, tolerance);
		ip_test_room_expect("dw", &r.dw, dw, tolerance);
		free(dx);
		free(dw);
		free(dy);
		drop(&r);
	}
}

/*
 * The sum of dy y, y from conv_transpose with random numbers e for those of
 * 'of', x or w, against that of e and the gradient: conv_transpose is linear
 * in each, so that this is the difference over any step.
 */
static void slope(const struct shape *s, const struct rooms *r,
	const struct ip_test_room *of, const double *grad)
{
	size_t n = of->n, count = 4 * r->pixels * s->out;
	struct ip_test_room e = ip_test_room(dev, n, 7, 1);
	struct ip_test_room y = ip_test_room(dev, count, 8, 1);
	double *dy = packed(s, r);
	double size = sqrt(ip_test_dot(grad, grad, n) * (double)n);

	assert_int_equal(ops->conv_transpose(dev, &y.buf, NULL,
		of == &r->x ? &e.buf : &r->x.buf,
		of == &r->w ? &e.buf : &r->w.buf, &s->in, s->out), 0);
	assert_true(fabs(ip_test_dot(ip_test_room_get(&y), dy, count) -
		ip_test_dot(e.host, grad, n)) <= tolerance * size);
	free(dy);
	ip_test_room_drop(&e);
	ip_test_room_drop(&y);
}

static void test_differences(void **state)
{
	size_t i, k;

	(void)state;
	for (i = 0; i < SHAPES; i++) {
		struct rooms r = make(&shapes[i]), before = make(&shapes[i]);

		assert_int_equal(run(&shapes[i], &r), 0);
		ip_test_room_get(&r.dx);
		ip_test_room_get(&r.dw);
		for (k = 0; k < r.dw.n; k++)
			r.dw.host[k] -= before.dw.host[k];
		slope(&shapes[i], &r, &r.x, r.dx.host);
		slope(&shapes[i], &r, &r.w, r.dw.host);
		drop(&r);
		drop(&before);
	}
}

static void once(const void *of, struct ip_test_bytes *bytes)
{
	struct rooms r = make(of);

	assert_int_equal(run(of, &r), 0);
	ip_test_keep(bytes, &r.dx);
	ip_test_keep(bytes, &r.dw);
	drop(&r);
}

static void test_threads_same_bytes(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < SHAPES; i++)
		ip_test_same_by_threads(once, &shapes[i]);
}

/* The same dx for a picture alone, wherever it was in the batch; and only what
 * is wanted is done. */
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
			struct ip_buf dx = ip_test_third(t.dx.buf, n);
			struct ip_buf dy = ip_test_third(t.dy.buf, n);
			struct ip_buf x = ip_test_third(t.x.buf, n);

			assert_int_equal(ops->conv_transpose_grad(dev, &dx,
				NULL, &dy, &s.slot, &x, &t.w.buf, &s.in,
				s.out), 0);
		}
		ip_test_room_same(&r.dx, &t.dx);
		ip_test_room_untouched(&t.dw);
		s.in.b = 3;
		assert_int_equal(ops->conv_transpose_grad(dev, NULL,
			&t.dw.buf, &t.dy.buf, &s.slot, &t.x.buf, &t.w.buf,
			&s.in, s.out), 0);
		ip_test_room_same(&r.dw, &t.dw);
		drop(&r);
		drop(&t);
	}
}

/* The map (b, c, h, w) or the weights that are called key. */
static double *map(const struct ip_bundle *b, const char *key, size_t c,
	size_t h, size_t w)
{
	return ip_test_nhwc(ip_test_numbers(b, key, 2 * c * h * w), 2, c, h,
		w);
}

static double *taps(const struct ip_bundle *b, const char *key)
{
	return ip_test_taps(ip_test_numbers(b, key, 72), 6, 3, 4);
}

static void test_golden(void **state)
{
	static const struct ip_map in = { 2, 4, 5, 6 };
	struct ip_bundle b;
	struct ip_test_room x, w, dy, dx, dw;
	double *want;

	(void)state;
	ip_test_golden("model_ops.npz", &b);
	x = ip_test_room_of(dev, map(&b, "convT2x2/in/x", 6, 4, 5), 240);
	w = ip_test_room_of(dev, taps(&b, "convT2x2/in/w"), 72);
	dy = ip_test_room_of(dev, map(&b, "convT2x2/gout", 3, 8, 10), 480);
	dx = ip_test_room(dev, 240, 1, 1);
	dw = ip_test_room_of(dev, calloc(72, sizeof(double)), 72);
	assert_int_equal(ops->conv_transpose_grad(dev, &dx.buf, &dw.buf,
		&dy.buf, NULL, &x.buf, &w.buf, &in, 3), 0);
	want = map(&b, "convT2x2/grad/x", 6, 4, 5);
	ip_test_room_expect("dx", &dx, want, 2e-5);
	free(want);
	want = taps(&b, "convT2x2/grad/w");
	ip_test_room_expect("dw", &dw, want, 2e-5);
	free(want);
	ip_test_room_drop(&x);
	ip_test_room_drop(&w);
	ip_test_room_drop(&dy);
	ip_test_room_drop(&dx);
	ip_test_room_drop(&dw);
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
	ip_test_refused_short(&r.dy, run(&s, &r), "dy has");
	ip_test_refused_short(&r.dx, run(&s, &r), "dx has");
	ip_test_refused_short(&r.dw, run(&s, &r), "dw has");
	assert_true(ip_test_starved(0, run(&s, &r)));
	ip_test_room_untouched(&r.dx);
	ip_test_room_untouched(&r.dw);
	drop(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ip_test_fresh(test_refusals),
		cmocka_unit_test(test_loops),
		cmocka_unit_test(test_differences),
		cmocka_unit_test(test_threads_same_bytes),
		cmocka_unit_test(test_alone_same_bytes),
		cmocka_unit_test(test_golden),
	};

	return ip_test_run_every_isa(tests);
}
