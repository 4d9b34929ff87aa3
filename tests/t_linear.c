/*
 * linear against plain double loops and golden numbers, on every instruction
 * set. tests/double runs the same in double precision.
 */
#include <math.h>
#include "ref/ref.h"
#include "support/op.h"

#define TERMS 768
/*
 * The roundings of a sum of n products, half a unit each, add up like random
 * numbers: sqrt(n) / 2 units of the greatest partial sum, which is at most
 * about the greatest result. Twice that.
 */
static const double tolerance = 28 * IP_TEST_EPSILON;

struct shape { struct ip_map in; size_t out; };
static const struct shape shapes[] = {
	{ { 1, 1, 1, 1 }, 1 }, { { 2, 3, 5, 7 }, 11 }, { { 1, 1, 17, 1 }, 33 },
	/* a few numbers of a picture */
	{ { 1, 1, 1, 3 }, 16 }, { { 5, 1, 1, 3 }, 16 }, { { 2, 1, 1, 16 }, 24 },
	/* one past blocks of rows, and of columns */
	{ { 2, 1, 129, 12 }, 36 }, { { 3, 9, 29, 48 }, 144 },
	{ { 1, 2, 33, 13 }, 385 }, { { 2, 8, 8, TERMS }, 97 },
	{ { 1, 4, 4, 96 }, 1153 }, { { 1, 13, 31, 192 }, 48 },
};
#define SHAPES (sizeof(shapes) / sizeof(shapes[0]))

/* Bits of what a call is given. */
enum { BIAS = 1, ADD = 2, IN_PLACE = 4, PRE = 8, GELU = 16 };

static void one_case(const struct shape *c, unsigned with)
{
	size_t pixels = c->in.b * c->in.h * c->in.w, n = pixels * c->out;
	struct ip_test_room x = ip_test_room(dev, pixels * c->in.c, 1, 1);
	struct ip_test_room w = ip_test_room(dev, c->out * c->in.c, 2, 1);
	struct ip_test_room bias = ip_test_room(dev, c->out, 3, 1);
	struct ip_test_room add = ip_test_room(dev, n, 4, 1);
	struct ip_test_room y = ip_test_room(dev, n, 5, 1);
	struct ip_test_room pre = ip_test_room(dev, n, 6, 1);
	struct ip_test_room *out = with & IN_PLACE ? &add : &y;
	double *want = malloc(n * sizeof(*want));
	double *want_pre = malloc(n * sizeof(*want));
	enum ip_act act = with & GELU ? IP_ACT_GELU : IP_ACT_NONE;

	ip_ref_linear(want, want_pre, x.host, w.host,
		with & BIAS ? bias.host : NULL, with & ADD ? add.host : NULL,
		pixels, c->in.c, c->out, act);
	assert_int_equal(ops->linear(dev, &out->buf,
		with & PRE ? &pre.buf : NULL, &x.buf, &w.buf,
		with & BIAS ? &bias.buf : NULL, with & ADD ? &add.buf : NULL,
		&c->in, c->out, act), 0);
	ip_test_room_expect("y", out, want, tolerance);
	if (with & PRE)
		ip_test_room_expect("pre", &pre, want_pre, tolerance);
	free(want);
	free(want_pre);
	ip_test_room_drop(&x);
	ip_test_room_drop(&w);
	ip_test_room_drop(&bias);
	ip_test_room_drop(&add);
	ip_test_room_drop(&y);
	ip_test_room_drop(&pre);
}

static void test_shapes(void **state)
{
	static const unsigned with[] = { 0, BIAS, BIAS | GELU, ADD, BIAS | PRE,
		BIAS | ADD | IN_PLACE, BIAS | PRE | GELU,
		BIAS | PRE | GELU | ADD };
	size_t i, k;

	(void)state;
	for (i = 0; i < SHAPES; i++)
		for (k = 0; k < sizeof(with) / sizeof(with[0]); k++)
			one_case(&shapes[i], with[k]);
}

/* Maps of more pixels want other blocks, where a device has a choice. */
static void test_many_pixels(void **state)
{
	static const struct shape many[] = {
		{ { 2, 127, 131, 3 }, 96 }, { { 1, 1, 20001, 5 }, 96 },
		{ { 1, 14001, 1, 4 }, 48 }, { { 1, 253, 257, 2 }, 24 },
		{ { 1, 3, 7001, 9 }, 11 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(many) / sizeof(many[0]); i++)
		one_case(&many[i], BIAS | PRE | GELU | ADD);
}

/* GELU of n numbers, through a matrix of one 1. */
static struct ip_test_room gelu(double *x, size_t n)
{
	struct ip_map in = { 1, 1, 1, 1 };
	struct ip_test_room from = ip_test_room_of(dev, x, n);
	struct ip_test_room y = ip_test_room(dev, n, 5, 1);
	struct ip_test_room one = ip_test_room(dev, 1, 6, 1);
	ip_real w = 1;

	in.w = n;
	ip_dev_backend(dev)->put(dev, &one.buf, 0, &w, sizeof(w));
	assert_int_equal(ops->linear(dev, &y.buf, NULL, &from.buf, &one.buf,
		NULL, NULL, &in, 1, IP_ACT_GELU), 0);
	ip_test_room_get(&y);
	ip_test_room_drop(&one);
	ip_test_room_drop(&from);
	return y;
}

/*
 * GELU to 2e-7 of itself or 1e-7 of its argument (one and a half roundings of
 * the former kind, or of 1 + erf), over all that matters and far beyond; in
 * double that of the C library's erf, a few units.
 */
static void test_gelu(void **state)
{
	enum { N = 40001 };
	double units = IP_TEST_EPSILON / (double)FLT_EPSILON;
	double *x = malloc(N * sizeof(*x)), worst = 0;
	struct ip_test_room y;
	size_t i;

	(void)state;
	for (i = 0; i < N; i++) {
		double t = ((double)i - N / 2) / (N / 2);

		x[i] = (double)(ip_real)(t * (fabs(t) < 0.9 ? 8 : 40));
	}
	y = gelu(memcpy(malloc(N * sizeof(*x)), x, N * sizeof(*x)), N);
	for (i = 0; i < N; i++) {
		double want = 0.5 * x[i] * erfc(-x[i] / sqrt(2));
		double limit = fmax(2e-7 * fabs(want), 1e-7 * fabs(x[i]));
		double error = fabs(y.host[i] - want);

		if (error > 0 && error / limit > worst)
			worst = error / limit;
		assert_true(error <= limit * units);
	}
	print_message("gelu: at worst %.2f of the limit\n", worst / units);
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
		x[i] = i == 3 || i == 33 ? NAN : i == 20 ? INFINITY : 1;
	y = gelu(x, 35);
	for (i = 0; i < 35; i++)
		assert_true(i == 3 || i == 33 ? isnan(y.host[i]) :
			i == 20 ? isinf(y.host[i]) : fabs(y.host[i] -
			0.841344746068543) < 1e-6);
	ip_test_room_drop(&y);
}

/* y of the whole batch in one call, or of each picture in its own. */
static void run(const struct shape *c, int alone, struct ip_test_bytes *bytes)
{
	size_t pixels = c->in.h * c->in.w, b, n = alone ? c->in.b : 1;
	size_t all = c->in.b * pixels;
	struct ip_test_room x = ip_test_room(dev, all * c->in.c, 1, 1);
	struct ip_test_room w = ip_test_room(dev, c->out * c->in.c, 2, 1);
	struct ip_test_room bias = ip_test_room(dev, c->out, 3, 1);
	struct ip_test_room y = ip_test_room(dev, all * c->out, 7, 1);
	struct ip_map in = c->in;

	in.b /= n;
	for (b = 0; b < n; b++) {
		/* a part need not begin at a multiple of 64 here */
		struct ip_buf from = x.buf, to = y.buf;

		from.offset += b * pixels * c->in.c * sizeof(ip_real);
		from.size -= b * pixels * c->in.c * sizeof(ip_real);
		to.offset += b * pixels * c->out * sizeof(ip_real);
		to.size -= b * pixels * c->out * sizeof(ip_real);
		assert_int_equal(ops->linear(dev, &to, NULL, &from, &w.buf,
			&bias.buf, NULL, &in, c->out, IP_ACT_GELU), 0);
	}
	ip_test_keep(bytes, &y);
	ip_test_room_drop(&x);
	ip_test_room_drop(&w);
	ip_test_room_drop(&bias);
	ip_test_room_drop(&y);
}

static void once(const void *of, struct ip_test_bytes *bytes)
{
	struct ip_test_bytes alone = { NULL, 0 };

	run(of, 0, bytes);
	run(of, 1, &alone);
	assert_int_equal(alone.size, bytes->size);
	assert_memory_equal(alone.at, bytes->at, alone.size);
	free(alone.at);
}

/* Any number of threads, each picture in company and alone. */
static void test_same_bytes(void **state)
{
	static const struct shape more[] = {
		{ { 3, 16, 16, 48 }, 192 }, { { 3, 7, 19, 192 }, 48 },
		{ { 5, 8, 8, 384 }, 1536 }, { { 5, 3, 3, 97 }, 101 },
		{ { 2, 9, 29, 1536 }, 384 }, { { 7, 1, 3, 3 }, 5 },
		{ { 4, 1, 1, 3 }, 16 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(more) / sizeof(more[0]); i++)
		ip_test_same_by_threads(once, &more[i]);
}

static struct ip_test_room golden(const struct ip_bundle *b, const char *name,
	const char *key, size_t n)
{
	return ip_test_room_of(dev, ip_test_numbers_of(b, name, key, n), n);
}

/* Stored in float32: half a unit, and the tolerance above. */
static void golden_case(const struct ip_bundle *b, const char *name,
	size_t rows, size_t in, size_t out, int biased)
{
	struct ip_map map = { 1, 1, 1, 0 };
	struct ip_test_room x, w, bias = { 0 }, y;
	double *want;

	map.w = rows;
	map.c = in;
	x = golden(b, name, "in/x", rows * in);
	w = golden(b, name, "in/w", out * in);
	if (biased)
		bias = golden(b, name, "in/b", out);
	y = ip_test_room(dev, rows * out, 9, 1);
	want = ip_test_numbers_of(b, name, "out", rows * out);
	assert_int_equal(ops->linear(dev, &y.buf, NULL, &x.buf, &w.buf,
		biased ? &bias.buf : NULL, NULL, &map, out, IP_ACT_NONE), 0);
	ip_test_room_expect(name, &y, want, 1e-6);
	free(want);
	ip_test_room_drop(&x);
	ip_test_room_drop(&w);
	ip_test_room_drop(&y);
	if (biased)
		ip_test_room_drop(&bias);
}

static void test_golden(void **state)
{
	struct ip_bundle b;
	struct ip_test_room y;
	double *want;

	(void)state;
	ip_test_golden("model_ops.npz", &b);
	golden_case(&b, "linear", 10, 12, 36, 1);
	golden_case(&b, "linear_nobias", 10, 48, 24, 0);
	y = gelu(ip_test_numbers(&b, "gelu/in/x", 134), 134);
	want = ip_test_numbers(&b, "gelu/out", 134);
	ip_test_assert_close("gelu", y.host, want, 134, 1e-6);
	free(want);
	ip_test_room_drop(&y);
	ip_bundle_free(&b);
}

/* x, w, bias, add, y, pre of a 2 x 3 x 5 map of 7 channels, to 11 */
static int call(struct ip_test_room *r, const struct ip_map *in, size_t out,
	enum ip_act act)
{
	return ops->linear(dev, &r[4].buf, &r[5].buf, &r[0].buf, &r[1].buf,
		&r[2].buf, &r[3].buf, in, out, act);
}

static void test_refusals(void **state)
{
	static const char *const what[] = { "x has", "w has", "bias has",
		"add has", "y has", "pre has" };
	static const size_t n[] = { 210, 77, 11, 330, 330, 330 };
	struct ip_map in = { 2, 3, 5, 7 }, none = { 2, 3, 5, 0 };
	struct ip_map huge = { 2, SIZE_MAX / 2, 5, 7 };
	struct ip_test_room r[6];
	size_t i;

	(void)state;
	for (i = 0; i < 6; i++)
		r[i] = ip_test_room(dev, n[i], i, 1);
	assert_int_equal(call(r, &in, 11, IP_ACT_NONE), 0);
	for (i = 0; i < 6; i++)
		ip_test_refused_short(&r[i], call(r, &in, 11, IP_ACT_NONE),
			what[i]);
	ip_test_refused(call(r, &in, 0, IP_ACT_NONE), "7 to 0 channels");
	ip_test_refused(call(r, &in, SIZE_MAX, IP_ACT_NONE), "overflow");
	ip_test_refused(call(r, &none, 11, IP_ACT_NONE), "empty map");
	ip_test_refused(call(r, &huge, 11, IP_ACT_NONE), "overflow");
	ip_test_refused(call(r, &in, 11, (enum ip_act)7), "activation 7");
	for (i = 0; i < 6; i++)
		ip_test_room_drop(&r[i]);
}

static void test_no_memory(void **state)
{
	struct ip_map in = { 2, 3, 5, 7 };
	struct ip_test_room r[6];
	long n = 0;
	size_t i;

	(void)state;
	for (i = 0; i < 6; i++)
		r[i] = ip_test_room(dev, 330, i, 1);
	while (ip_test_starved(n, call(r, &in, 11, IP_ACT_NONE)))
		n++;
	assert_true(n > 0);
	for (i = 0; i < 6; i++)
		ip_test_room_drop(&r[i]);
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
		ip_test_fresh(test_many_pixels),
		ip_test_fresh(test_refusals),
		ip_test_fresh(test_no_memory),
	};

	return ip_test_run_every_isa(tests) + cmocka_run_group_tests(others,
		ip_test_dev_open, ip_test_dev_close);
}
