/*
 * linear_grad against plain double loops and golden numbers, on every
 * instruction set. tests/double runs the same in double precision.
 */
#include <math.h>
#include "ref/ref.h"
#include "support/op.h"

/* Stored in float32, and sums of ours in another order. */
#define GOLDEN 1e-6

struct shape { struct ip_map in; size_t out; };
static const struct shape shapes[] = {
	{ { 1, 1, 1, 1 }, 1 }, { { 2, 3, 5, 7 }, 11 }, { { 1, 1, 17, 1 }, 33 },
	/* a few numbers of a picture */
	{ { 1, 1, 1, 3 }, 16 }, { { 5, 1, 1, 3 }, 16 }, { { 2, 1, 1, 16 }, 24 },
	/* one past blocks of pixels, and of columns */
	{ { 2, 1, 129, 12 }, 36 }, { { 3, 9, 29, 48 }, 144 },
	{ { 1, 2, 33, 13 }, 385 }, { { 2, 8, 8, 768 }, 97 },
	{ { 1, 4, 4, 96 }, 1153 }, { { 1, 13, 31, 192 }, 48 },
	/* sums of many pixels */
	{ { 1, 91, 101, 5 }, 49 },
};
#define SHAPES (sizeof(shapes) / sizeof(shapes[0]))

/* What a call takes, in its order; all that is made is there. */
enum { DX, DW, DBIAS, DY, PRE, X, W, ROOMS };
struct call { struct ip_test_room r[ROOMS]; };

static struct call make(const struct shape *c)
{
	size_t pixels = c->in.b * c->in.h * c->in.w, n = pixels * c->out;
	size_t sizes[ROOMS], i;
	struct call call;

	sizes[DX] = sizes[X] = pixels * c->in.c;
	sizes[DW] = sizes[W] = c->out * c->in.c;
	sizes[DBIAS] = c->out;
	sizes[DY] = sizes[PRE] = n;
	for (i = 0; i < ROOMS; i++)
		call.r[i] = ip_test_room(dev, sizes[i], i, i == PRE ? 4 : 1);
	return call;
}

static void drop(struct call *c)
{
	size_t i;

	for (i = 0; i < ROOMS; i++)
		ip_test_room_drop(&c->r[i]);
}

/* Bits of what a call is given. */
enum { WITH_DX = 1, WITH_DBIAS = 2, WITH_PRE = 4, ALL = 7 };

static int run(struct call *c, const struct ip_map *in, size_t out,
	unsigned with)
{
	return ops->linear_grad(dev, with & WITH_DX ? &c->r[DX].buf : NULL,
		&c->r[DW].buf, with & WITH_DBIAS ? &c->r[DBIAS].buf : NULL,
		&c->r[DY].buf, with & WITH_PRE ? &c->r[PRE].buf : NULL,
		&c->r[X].buf, &c->r[W].buf, in, out);
}

/*
 * A sum of n products, each rounded by half a unit, is off like random
 * numbers add up, sqrt(n) / 2 units of the greatest partial sum, which is at
 * most about the greatest result. Twice that.
 */
static double tolerance(size_t n)
{
	return IP_TEST_EPSILON * (4 + sqrt((double)n));
}

static void one_case(const struct shape *s, unsigned with)
{
	struct call c = make(s);
	size_t pixels = s->in.b * s->in.h * s->in.w, i;
	double *want[3];

	for (i = 0; i < 3; i++)
		want[i] = ip_test_room_copy(&c.r[i]);
	ip_ref_linear_grad(want[DX], want[DW], want[DBIAS], c.r[DY].host,
		with & WITH_PRE ? c.r[PRE].host : NULL, c.r[X].host,
		c.r[W].host, pixels, s->in.c, s->out);
	assert_int_equal(run(&c, &s->in, s->out, with), 0);
	ip_test_room_expect("dw", &c.r[DW], want[DW], tolerance(pixels));
	if (with & WITH_DX)
		ip_test_room_expect("dx", &c.r[DX], want[DX],
			tolerance(s->out));
	if (with & WITH_DBIAS)
		ip_test_room_expect("dbias", &c.r[DBIAS], want[DBIAS],
			tolerance(pixels));
	for (i = 0; i < 3; i++)
		free(want[i]);
	drop(&c);
}

static void test_shapes(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < SHAPES; i++) {
		one_case(&shapes[i], ALL);
		one_case(&shapes[i], WITH_DX);
		one_case(&shapes[i], WITH_DBIAS);
		one_case(&shapes[i], WITH_PRE);
	}
}

/* GELU's derivative at n numbers, through a matrix of one 1. */
static struct ip_test_room slope(double *x, size_t n)
{
	struct ip_map in = { 1, 1, 1, 1 };
	struct ip_test_room pre = ip_test_room_of(dev, x, n);
	struct ip_test_room ones = ip_test_room(dev, n, 4, 1);
	struct ip_test_room dx = ip_test_room(dev, n, 5, 1);
	struct ip_test_room w = ip_test_room(dev, 1, 6, 1);
	struct ip_test_room dw = ip_test_room(dev, 1, 7, 1);
	const struct ip_backend *b = ip_dev_backend(dev);
	ip_real one = 1;
	size_t i;

	in.w = n;
	b->put(dev, &w.buf, 0, &one, sizeof(one));
	for (i = 0; i < n; i++)
		b->put(dev, &ones.buf, i * sizeof(one), &one, sizeof(one));
	assert_int_equal(ops->linear_grad(dev, &dx.buf, &dw.buf, NULL,
		&ones.buf, &pre.buf, &pre.buf, &w.buf, &in, 1), 0);
	ip_test_room_get(&dx);
	ip_test_room_drop(&pre);
	ip_test_room_drop(&ones);
	ip_test_room_drop(&w);
	ip_test_room_drop(&dw);
	return dx;
}

/*
 * GELU's derivative to 2e-7, where it is up to 1.13 and rounding alone makes
 * 6e-8, over all that matters and far beyond; in double that of the C library,
 * a few units.
 */
static void test_gelu(void **state)
{
	enum { N = 40001 };
	double limit = 2e-7 * IP_TEST_EPSILON / (double)FLT_EPSILON;
	double *x = malloc(N * sizeof(*x)), worst = 0;
	struct ip_test_room y;
	size_t i;

	(void)state;
	for (i = 0; i < N; i++) {
		double t = ((double)i - N / 2) / (N / 2);

		x[i] = (double)(ip_real)(t * (fabs(t) < 0.9 ? 8 : 40));
	}
	y = slope(memcpy(malloc(N * sizeof(*x)), x, N * sizeof(*x)), N);
	for (i = 0; i < N; i++) {
		double v = x[i], want = 0.5 * erfc(-v / sqrt(2)) +
			v * exp(-v * v / 2) * 0.39894228040143267794;

		worst = fmax(worst, fabs(y.host[i] - want));
		assert_true(fabs(y.host[i] - want) <= limit);
	}
	print_message("gelu': at worst %.2f of the limit\n", worst / limit);
	ip_test_room_drop(&y);
	free(x);
}

/* What is not a number stays that, and hurts nobody beside it. */
static void test_gelu_nan(void **state)
{
	double *x = malloc(35 * sizeof(*x));
	struct ip_test_room y;
	size_t i;

	(void)state;
	for (i = 0; i < 35; i++)
		x[i] = i == 3 || i == 33 ? NAN : 1;
	y = slope(x, 35);
	for (i = 0; i < 35; i++)
		assert_true(i == 3 || i == 33 ? isnan(y.host[i]) :
			fabs(y.host[i] - 1.08331547058768) < 1e-6);
	ip_test_room_drop(&y);
}

/* Picture by picture: only dx is held against that of the whole batch. */
static void run_alone(struct call *c, const struct shape *s)
{
	struct ip_map one = s->in;
	size_t pixels = s->in.h * s->in.w * sizeof(ip_real), b;
	static const int rooms[] = { DX, DY, PRE, X };
	struct call part = *c;

	one.b = 1;
	for (b = 0; b < s->in.b; b++) {
		size_t i, each;

		/* a part need not begin at a multiple of 64 here */
		for (i = 0; i < 4; i++) {
			each = pixels * (rooms[i] == DX || rooms[i] == X ?
				s->in.c : s->out);
			part.r[rooms[i]].buf = c->r[rooms[i]].buf;
			part.r[rooms[i]].buf.offset += b * each;
			part.r[rooms[i]].buf.size = each;
		}
		assert_int_equal(run(&part, &one, s->out, ALL), 0);
	}
}

static void once(const void *of, struct ip_test_bytes *bytes)
{
	const struct shape *s = of;
	struct call c = make(s);
	int room;

	assert_int_equal(run(&c, &s->in, s->out, ALL), 0);
	for (room = 0; room < DY; room++)
		ip_test_keep(bytes, &c.r[room]);
	drop(&c);
}

/* Any number of threads; dx of each picture in company and alone. */
static void test_same_bytes(void **state)
{
	static const struct shape more[] = {
		{ { 3, 16, 16, 48 }, 192 }, { { 3, 7, 19, 192 }, 48 },
		{ { 3, 8, 8, 384 }, 1536 }, { { 5, 3, 3, 97 }, 101 },
		{ { 2, 9, 29, 768 }, 192 }, { { 7, 1, 3, 3 }, 5 },
		{ { 4, 1, 1, 3 }, 16 },
		{ { 2, 67, 61, 48 }, 48 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(more) / sizeof(more[0]); i++) {
		const struct shape *s = &more[i];
		struct call first = make(s), c = make(s);

		ip_test_same_by_threads(once, s);
		assert_int_equal(run(&first, &s->in, s->out, ALL), 0);
		run_alone(&c, s);
		ip_test_room_same(&first.r[DX], &c.r[DX]);
		drop(&first);
		drop(&c);
	}
}

static struct ip_test_room golden(const struct ip_bundle *b, const char *name,
	const char *key, size_t n)
{
	return ip_test_room_of(dev, ip_test_numbers_of(b, name, key, n), n);
}

static void expect_golden(const struct ip_bundle *b, const char *name,
	const char *key, struct ip_test_room *r)
{
	double *want = ip_test_numbers_of(b, name, key, r->n);

	ip_test_room_expect(key, r, want, GOLDEN);
	free(want);
}

static void golden_case(const struct ip_bundle *b, const char *name,
	size_t rows, size_t in, size_t out, int biased)
{
	struct ip_map map = { 1, 1, 1, 0 };
	struct call c;

	map.w = rows;
	map.c = in;
	c.r[DX] = ip_test_room(dev, rows * in, 1, 1);
	c.r[DW] = ip_test_room(dev, out * in, 1, 0);
	c.r[DBIAS] = ip_test_room(dev, out, 1, 0);
	c.r[DY] = golden(b, name, "gout", rows * out);
	c.r[PRE] = ip_test_room(dev, 0, 1, 0);
	c.r[X] = golden(b, name, "in/x", rows * in);
	c.r[W] = golden(b, name, "in/w", out * in);
	assert_int_equal(run(&c, &map, out, WITH_DX | (biased ? WITH_DBIAS :
		0)), 0);
	expect_golden(b, name, "grad/x", &c.r[DX]);
	expect_golden(b, name, "grad/w", &c.r[DW]);
	if (biased)
		expect_golden(b, name, "grad/b", &c.r[DBIAS]);
	drop(&c);
}

static void test_golden(void **state)
{
	struct ip_bundle b;
	struct ip_test_room y;
	double *want, *g;
	size_t i;

	(void)state;
	ip_test_golden("model_ops.npz", &b);
	golden_case(&b, "linear", 10, 12, 36, 1);
	golden_case(&b, "linear_nobias", 10, 48, 24, 0);
	y = slope(ip_test_numbers(&b, "gelu/in/x", 134), 134);
	g = ip_test_numbers(&b, "gelu/gout", 134);
	want = ip_test_numbers(&b, "gelu/grad/x", 134);
	for (i = 0; i < 134; i++)
		y.host[i] *= g[i];
	ip_test_assert_close("gelu", y.host, want, 134, GOLDEN);
	free(want);
	free(g);
	ip_test_room_drop(&y);
	ip_bundle_free(&b);
}

static void test_refusals(void **state)
{
	static const char *const what[] = { "dx has", "dw has", "dbias has",
		"dy has", "pre has", "x has", "w has" };
	static const struct shape s = { { 2, 3, 5, 7 }, 11 };
	struct ip_map none = { 2, 3, 5, 0 }, huge = { 2, SIZE_MAX / 2, 5, 7 };
	struct call c = make(&s);
	size_t i;

	(void)state;
	for (i = 0; i < ROOMS; i++)
		ip_test_refused_short(&c.r[i], run(&c, &s.in, 11, ALL),
			what[i]);
	ip_test_refused(run(&c, &s.in, 0, ALL), "7 to 0 channels");
	ip_test_refused(run(&c, &s.in, SIZE_MAX, ALL), "overflow");
	ip_test_refused(run(&c, &none, 11, ALL), "empty map");
	ip_test_refused(run(&c, &huge, 11, ALL), "overflow");
	for (i = 0; i < DY; i++)
		ip_test_room_untouched(&c.r[i]);
	assert_int_equal(run(&c, &s.in, 11, ALL), 0);
	drop(&c);
}

static void test_no_memory(void **state)
{
	static const struct shape s = { { 2, 3, 5, 7 }, 11 };
	struct call c = make(&s);
	long n = 0;

	(void)state;
	while (ip_test_starved(n, run(&c, &s.in, s.out, ALL)))
		n++;
	assert_true(n > 0);
	drop(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shapes),
		cmocka_unit_test(test_gelu),
		cmocka_unit_test(test_gelu_nan),
		cmocka_unit_test(test_same_bytes),
		cmocka_unit_test(test_golden),
	};
	const struct CMUnitTest others[] = {
		ip_test_fresh(test_refusals),
		ip_test_fresh(test_no_memory),
	};

	return ip_test_run_every_isa(tests) + cmocka_run_group_tests(others,
		ip_test_dev_open, ip_test_dev_close);
}
