/*
 * conv_grad against plain loops, golden numbers and conv itself, on every
 * instruction set, and what it promises besides. tests/double runs the same in
 * double precision.
 */
#include <math.h>
#include "ref/ref.h"
#include "support/op.h"

/* As for conv: sums of up to 6912 products for dx, as many pixels for dw. */
static const double tolerance = 84 * IP_TEST_EPSILON;

struct shape { struct ip_map in; size_t out, k; int bias, add; };
static const struct shape shapes[] = {
	{ { 1, 1, 1, 1 }, 1, 3, 0, 0 }, { { 1, 1, 1, 1 }, 1, 1, 1, 1 },
	{ { 2, 3, 5, 7 }, 3, 3, 1, 1 }, { { 2, 3, 5, 7 }, 3, 1, 0, 0 },
	{ { 3, 2, 2, 13 }, 17, 3, 0, 0 }, { { 2, 1, 9, 4 }, 5, 3, 1, 0 },
	{ { 1, 11, 1, 3 }, 12, 3, 0, 1 }, { { 2, 4, 4, 16 }, 16, 3, 1, 0 },
	{ { 2, 9, 8, 24 }, 12, 3, 0, 1 }, { { 1, 17, 23, 11 }, 48, 3, 0, 0 },
	{ { 1, 17, 23, 11 }, 48, 1, 0, 1 }, { { 2, 33, 31, 24 }, 12, 3, 0, 0 },
	{ { 1, 16, 29, 48 }, 48, 3, 1, 1 }, { { 1, 30, 19, 96 }, 48, 3, 0, 0 },
	{ { 1, 30, 19, 96 }, 48, 1, 0, 1 }, { { 2, 13, 11, 48 }, 1, 1, 1, 0 },
	{ { 1, 8, 9, 97 }, 193, 3, 0, 1 }, { { 1, 8, 8, 96 }, 768, 3, 0, 0 },
	{ { 1, 4, 3, 384 }, 200, 3, 0, 0 }, { { 2, 8, 8, 192 }, 97, 1, 1, 1 },
	/* pixels and tiles in parts, the last of them shorter */
	{ { 2, 31, 70, 7 }, 31, 1, 1, 0 }, { { 1, 67, 71, 5 }, 33, 3, 1, 1 },
	{ { 3, 52, 36, 33 }, 6, 3, 0, 0 }, { { 1, 41, 36, 48 }, 96, 3, 0, 1 },
	{ { 1, 2, 258, 240 }, 129, 3, 0, 0 },
};
#define SHAPES (sizeof(shapes) / sizeof(shapes[0]))

/* What the op takes and gives, for one shape. */
struct rooms { struct ip_test_room x, w, dy, dx, dw, dbias; };

static struct rooms make(const struct shape *s)
{
	size_t pixels = s->in.b * s->in.h * s->in.w;
	size_t weights = s->k * s->k * s->in.c * s->out;
	struct rooms r;

	r.x = ip_test_room(dev, pixels * s->in.c, 1, 1);
	r.w = ip_test_room(dev, weights, 2, 1);
	r.dy = ip_test_room(dev, pixels * s->out, 3, 1);
	r.dx = ip_test_room(dev, pixels * s->in.c, 4, 1);
	r.dw = ip_test_room(dev, weights, 5, 1);
	r.dbias = ip_test_room(dev, s->out, 6, 1);
	return r;
}

static void drop(struct rooms *r)
{
	ip_test_room_drop(&r->x);
	ip_test_room_drop(&r->w);
	ip_test_room_drop(&r->dy);
	ip_test_room_drop(&r->dx);
	ip_test_room_drop(&r->dw);
	ip_test_room_drop(&r->dbias);
}

static int run(const struct shape *s, struct rooms *r)
{
	return ops->conv_grad(dev, &r->dx.buf, &r->dw.buf,
		s->bias ? &r->dbias.buf : NULL, &r->dy.buf, &r->x.buf,
		&r->w.buf, &s->in, s->out, s->k, s->add);
}

/* What is expected of the op, from plain loops. */
struct want { double *dx, *dw, *dbias; };

static struct want want(const struct shape *s, const struct rooms *r)
{
	struct want t = { ip_test_room_copy(&r->dx),
		ip_test_room_copy(&r->dw), ip_test_room_copy(&r->dbias) };

	if (!s->add)
		memset(t.dx, 0, r->dx.n * sizeof(*t.dx));
	ip_ref_conv_grad(t.dx, t.dw, t.dbias, r->dy.host, r->x.host, r->w.host,
		&s->in, s->out, s->k);
	return t;
}

static void expect(const char *what, const struct shape *s, struct rooms *r,
	const struct want *t, double within)
{
	char text[96];

	snprintf(text, sizeof(text), "%s %zux%zux%zux%zu to %zu, %zu", what,
		s->in.b, s->in.h, s->in.w, s->in.c, s->out, s->k);
	ip_test_room_expect(text, &r->dx, t->dx, within);
	ip_test_room_expect(text, &r->dw, t->dw, within);
	if (s->bias)
		ip_test_room_expect(text, &r->dbias, t->dbias, within);
	else	/* not asked for */
		ip_test_room_untouched(&r->dbias);
}

static void forget(struct want *t)
{
	free(t->dx);
	free(t->dw);
	free(t->dbias);
}

static void one_case(const char *what, const struct shape *s)
{
	struct rooms r = make(s);
	struct want t = want(s, &r);

	assert_int_equal(run(s, &r), 0);
	expect(what, s, &r, &t, tolerance);
	forget(&t);
	drop(&r);
}

static int loops(const char *isa)
{
	size_t i;

	for (i = 0; i < SHAPES; i++)
		one_case(isa, &shapes[i]);
	return 1;
}

static void test_loops(void **state)
{
	(void)state;
	assert_true(ip_test_every_isa(loops) > 0);
}

/* Maps of more pixels want other blocks, where a device has a choice. */
static void test_many_pixels(void **state)
{
	static const struct shape many[] = {
		{ { 2, 127, 131, 96 }, 3, 3, 0, 1 },
		{ { 1, 64, 67, 56 }, 96, 3, 1, 0 },
		{ { 1, 1, 20001, 3 }, 44, 3, 1, 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(many) / sizeof(many[0]); i++)
		one_case("many pixels", &many[i]);
}

/* The sum of dy y, y from conv with the numbers of r, moved along the random
 * e by t. */
static double loss(const struct shape *s, struct rooms *r,
	struct ip_test_room *of, const double *e, double t)
{
	double *moved = ip_test_room_copy(of), sum;
	struct ip_test_room was = *of, y = ip_test_room(dev, r->dy.n, 8, 1);
	size_t i;

	for (i = 0; i < of->n; i++)
		moved[i] += t * e[i];
	*of = ip_test_room_of(dev, moved, of->n);
	assert_int_equal(ops->conv(dev, &y.buf, &r->x.buf, &r->w.buf,
		s->bias ? &r->dbias.buf : NULL, &s->in, s->out, s->k), 0);
	sum = ip_test_dot(ip_test_room_get(&y), r->dy.host, y.n);
	ip_test_room_drop(of);
	ip_test_room_drop(&y);
	*of = was;
	return sum;
}

/* One of x, w and bias: conv is linear in each, so that differences are exact,
 * the better the farther. */
static void slope(const struct shape *s, struct rooms *r,
	struct ip_test_room *of, const double *grad)
{
	struct ip_test_room e = ip_test_room(dev, of->n, 7, 1);
	double size = sqrt(ip_test_dot(grad, grad, of->n) * (double)of->n);
	double far = 1024;
	double want = (loss(s, r, of, e.host, far) - loss(s, r, of, e.host,
		-far)) / (2 * far);

	assert_true(fabs(ip_test_dot(e.host, grad, of->n) - want) <=
		tolerance * size);
	ip_test_room_drop(&e);
}

static void test_differences(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < SHAPES; i++) {
		const struct shape *s = &shapes[i];
		struct rooms r = make(s);
		double *dw = ip_test_room_copy(&r.dw);
		double *dx = ip_test_room_copy(&r.dx);
		double *db = ip_test_room_copy(&r.dbias);
		size_t k;

		assert_int_equal(run(s, &r), 0);
		ip_test_room_get(&r.dx);
		ip_test_room_get(&r.dw);
		for (k = 0; k < r.dx.n; k++)
			r.dx.host[k] -= s->add ? dx[k] : 0;
		for (k = 0; k < r.dw.n; k++)
			r.dw.host[k] -= dw[k];
		slope(s, &r, &r.x, r.dx.host);
		slope(s, &r, &r.w, r.dw.host);
		if (s->bias) {
			ip_test_room_get(&r.dbias);
			for (k = 0; k < s->out; k++)
				db[k] = r.dbias.host[k] - db[k];
			slope(s, &r, &r.dbias, db);
		}
		free(dx);
		free(dw);
		free(db);
		drop(&r);
	}
}

static void once(const void *of, struct ip_test_bytes *bytes)
{
	struct rooms r = make(of);

	assert_int_equal(run(of, &r), 0);
	ip_test_keep(bytes, &r.dx);
	ip_test_keep(bytes, &r.dw);
	ip_test_keep(bytes, &r.dbias);
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

			assert_int_equal(ops->conv_grad(dev, &dx, NULL, NULL,
				&dy, &x, &t.w.buf, &s.in, s.out, s.k, s.add),
				0);
		}
		ip_test_room_same(&r.dx, &t.dx);
		ip_test_room_untouched(&t.dw);
		ip_test_room_untouched(&t.dbias);
		drop(&r);
		drop(&t);
	}
}

/* dw without dx is the same dw. */
static void test_dw_alone(void **state)
{
	static const struct shape s = { { 2, 9, 8, 24 }, 12, 3, 1, 0 };
	struct rooms r = make(&s), t = make(&s);

	(void)state;
	assert_int_equal(run(&s, &r), 0);
	assert_int_equal(ops->conv_grad(dev, NULL, &t.dw.buf, NULL, &t.dy.buf,
		&t.x.buf, &t.w.buf, &s.in, s.out, s.k, 0), 0);
	ip_test_room_same(&r.dw, &t.dw);
	ip_test_room_untouched(&t.dx);
	ip_test_room_untouched(&t.dbias);
	drop(&r);
	drop(&t);
}

static double *map(const struct ip_bundle *b, const char *name,
	const char *key, const struct ip_map *m, size_t c)
{
	return ip_test_nhwc(ip_test_numbers_of(b, name, key, m->b * m->h *
		m->w * c), m->b, c, m->h, m->w);
}

static void test_golden(void **state)
{
	static const struct { const char *name; struct shape s; } cases[] = {
		{ "conv3x3", { { 2, 9, 11, 5 }, 7, 3, 0, 0 } },
		{ "conv3x3_2x2img", { { 1, 2, 2, 8 }, 8, 3, 0, 0 } },
		{ "conv1x1", { { 2, 6, 5, 11 }, 4, 1, 0, 0 } },
		{ "conv1x1_bias", { { 2, 6, 5, 12 }, 1, 1, 1, 0 } },
	};
	struct ip_bundle b;
	size_t i;

	(void)state;
	ip_test_golden("model_ops.npz", &b);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct shape *s = &cases[i].s;
		const char *name = cases[i].name;
		struct rooms r = make(s);
		struct want t;

		ip_test_room_put(&r.x, map(&b, name, "in/x", &s->in, s->in.c));
		ip_test_room_put(&r.dy, map(&b, name, "gout", &s->in, s->out));
		ip_test_room_put(&r.w, ip_test_taps(ip_test_numbers_of(&b, name,
			"in/w", r.w.n), s->out, s->in.c, s->k * s->k));
		ip_test_room_put(&r.dw, NULL);
		ip_test_room_put(&r.dbias, NULL);
		t.dx = map(&b, name, "grad/x", &s->in, s->in.c);
		t.dw = ip_test_taps(ip_test_numbers_of(&b, name, "grad/w",
			r.w.n), s->out, s->in.c, s->k * s->k);
		t.dbias = s->bias ? ip_test_numbers_of(&b, name, "grad/b",
			s->out) : NULL;
		assert_int_equal(run(s, &r), 0);
		expect(name, s, &r, &t, 2e-5);
		forget(&t);
		drop(&r);
	}
	ip_bundle_free(&b);
}

static void test_refusals(void **state)
{
	static const struct shape fine = { { 2, 3, 4, 5 }, 6, 3, 1, 0 };
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
	ip_test_refused_short(&r.dy, run(&s, &r), "dy has");
	ip_test_refused_short(&r.dx, run(&s, &r), "dx has");
	ip_test_refused_short(&r.dw, run(&s, &r), "dw has");
	ip_test_refused_short(&r.dbias, run(&s, &r), "dbias has");
	assert_true(ip_test_starved(0, run(&s, &r)));
	ip_test_room_untouched(&r.dx);
	drop(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ip_test_fresh(test_refusals),
		cmocka_unit_test(test_loops),
		cmocka_unit_test(test_many_pixels),
		cmocka_unit_test(test_differences),
		cmocka_unit_test(test_threads_same_bytes),
		cmocka_unit_test(test_alone_same_bytes),
		cmocka_unit_test(test_dw_alone),
		cmocka_unit_test(test_golden),
	};

	return cmocka_run_group_tests(tests, ip_test_dev_open,
		ip_test_dev_close);
}
