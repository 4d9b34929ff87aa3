/*
 * attention against plain double loops and golden numbers, on every
 * instruction set. tests/double runs the same in double precision.
 */
#include <math.h>
#include "ref/ref.h"
#include "support/op.h"

/* b, h, w, heads, dim, window, shift, reach */
static const struct ip_windows shapes[] = {
	{ 1, 1, 1, 1, 1, { 1, 1 }, { 0, 0 }, 1 },
	{ 2, 10, 9, 3, 4, { 7, 7 }, { 0, 0 }, 7 },
	{ 2, 10, 9, 3, 4, { 7, 7 }, { 3, 3 }, 7 },
	{ 1, 14, 14, 2, 16, { 7, 7 }, { 3, 3 }, 7 },
	{ 1, 22, 15, 1, 8, { 7, 7 }, { 3, 3 }, 7 },
	/* narrower than reach; shifted along one axis */
	{ 1, 4, 8, 3, 4, { 4, 7 }, { 0, 3 }, 7 },
	{ 1, 14, 6, 3, 4, { 7, 6 }, { 3, 0 }, 7 },
	{ 2, 6, 4, 3, 4, { 6, 4 }, { 0, 0 }, 7 },
	{ 1, 4, 4, 2, 12, { 4, 4 }, { 0, 0 }, 7 },
	/* odd ones: a map smaller than its window, shifts of all but one,
	 * many tokens, many dimensions, one */
	{ 1, 3, 2, 2, 5, { 7, 7 }, { 3, 3 }, 7 },
	{ 1, 9, 13, 1, 33, { 5, 7 }, { 4, 6 }, 7 },
	{ 1, 12, 12, 2, 3, { 11, 11 }, { 5, 5 }, 11 },
	{ 3, 5, 11, 5, 1, { 3, 5 }, { 2, 1 }, 5 },
	{ 1, 8, 8, 2, 17, { 8, 8 }, { 1, 0 }, 8 },
	{ 1, 1, 40, 1, 16, { 1, 16 }, { 0, 5 }, 4 },
	/* more than the local memory of a device has room for */
	{ 1, 17, 13, 2, 30, { 16, 13 }, { 8, 0 }, 15 },
};
#define SHAPES (sizeof(shapes) / sizeof(shapes[0]))

/* What a call takes. */
struct call { struct ip_test_room y, qkv, bias, table; };

static struct call make(const struct ip_windows *s, double scale)
{
	size_t side = 2 * s->reach - 1, n = s->b * s->h * s->w;
	size_t channels = s->heads * s->dim;
	struct call c;

	c.y = ip_test_room(dev, n * channels, 1, 1);
	c.qkv = ip_test_room(dev, 3 * n * channels, 2, scale);
	c.bias = ip_test_room(dev, 3 * channels, 3, scale);
	c.table = ip_test_room(dev, side * side * s->heads, 4, 1);
	return c;
}

static void drop(struct call *c)
{
	ip_test_room_drop(&c->y);
	ip_test_room_drop(&c->qkv);
	ip_test_room_drop(&c->bias);
	ip_test_room_drop(&c->table);
}

static int run(struct call *c, const struct ip_windows *s)
{
	return ops->attention(dev, &c->y.buf, &c->qkv.buf, &c->bias.buf,
		&c->table.buf, s);
}

/*
 * A logit is a sum of dim products, off by some units of its greatest part,
 * scale^2 sqrt(dim): so much is each exponential off, relatively, and y is a
 * mean of numbers up to scale. 16 units for logits of a few, and in proportion
 * for steep ones, where the roundings of few terms do not average out.
 */
static void one_case(const struct ip_windows *s, double scale)
{
	struct call c = make(s, scale);
	double *want = malloc(c.y.n * sizeof(*want));
	double logit = scale * scale * sqrt((double)s->dim);

	ip_ref_attention(want, c.qkv.host, c.bias.host, c.table.host, s);
	assert_int_equal(run(&c, s), 0);
	ip_test_room_expect("attention", &c.y, want, IP_TEST_EPSILON *
		(16 + 4 * logit));
	free(want);
	drop(&c);
}

static void test_shapes(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < SHAPES; i++)
		one_case(&shapes[i], 1);
}

/* Logits of up to +-1600: no overflow, and what is small is nothing. */
static void test_steep(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < SHAPES; i++)
		one_case(&shapes[i], 20);
}

/* What is not a number comes through, in its own window only. */
static void test_nan(void **state)
{
	struct ip_windows s = { 1, 7, 14, 2, 16, { 7, 7 }, { 0, 0 }, 7 };
	size_t at = (3 * 14 + 2) * 96 + 32 + 5, i;
	struct call c = make(&s, 1);
	ip_real bad = (ip_real)NAN;
	const double *y;

	(void)state;
	ip_dev_backend(dev)->put(dev, &c.qkv.buf, at * sizeof(bad), &bad,
		sizeof(bad));
	assert_int_equal(run(&c, &s), 0);
	y = ip_test_room_get(&c.y);
	for (i = 0; i < c.y.n; i++)
		assert_int_equal(isnan(y[i]) != 0, i / 32 % 14 < 7 &&
			i % 32 < 16);
	drop(&c);
}

static void once(const void *of, struct ip_test_bytes *bytes)
{
	struct call r = make(of, 1);

	assert_int_equal(run(&r, of), 0);
	ip_test_keep(bytes, &r.y);
	drop(&r);
}

/* y in one call on 1 to 3 threads, and picture by picture. */
static void test_same_bytes(void **state)
{
	size_t i, b;

	(void)state;
	for (i = 0; i < SHAPES; i++) {
		struct ip_windows s = shapes[i];
		struct call c, d;
		size_t each;

		s.b = 3;
		ip_test_same_by_threads(once, &s);
		c = make(&s, 1);
		d = make(&s, 1);
		each = c.y.n / 3 * sizeof(ip_real);
		assert_int_equal(run(&c, &s), 0);
		ip_test_room_get(&c.y);
		s.b = 1;
		for (b = 0; b < 3; b++) {
			struct ip_buf y = d.y.buf, qkv = d.qkv.buf;

			y.offset += b * each;
			qkv.offset += 3 * b * each;
			y.size = each;
			qkv.size = 3 * each;
			assert_int_equal(ops->attention(dev, &y, &qkv,
				&d.bias.buf, &d.table.buf, &s), 0);
		}
		assert_memory_equal(c.y.host, ip_test_room_get(&d.y),
			c.y.n * sizeof(double));
		drop(&c);
		drop(&d);
	}
}

/* Tensor key of the golden case 'name'. */
static struct ip_test_room golden(const struct ip_bundle *b, const char *name,
	const char *key, size_t n)
{
	return ip_test_room_of(dev, ip_test_numbers_of(b, name, key, n), n);
}

static void golden_case(const struct ip_bundle *b, const char *name,
	const struct ip_windows *s)
{
	size_t n = s->b * s->h * s->w;
	struct ip_map map = { s->b, s->h, s->w, 12 };
	struct ip_test_room raw = golden(b, name, "in/x0", 12 * n);
	struct ip_test_room want = golden(b, name, "out", 12 * n);
	struct ip_test_room w = golden(b, name, "param/qkv.weight", 36 * 12);
	struct ip_test_room w2 = golden(b, name, "param/proj.weight", 144);
	struct ip_test_room bias2 = golden(b, name, "param/proj.bias", 12);
	struct ip_test_room x, y = ip_test_room(dev, 12 * n, 1, 1);
	double *placed = malloc(12 * n * sizeof(*placed));
	struct call c;

	c.qkv = ip_test_room(dev, 36 * n, 2, 1);
	c.y = ip_test_room(dev, 12 * n, 3, 1);
	c.bias = golden(b, name, "param/qkv.bias", 36);
	c.table = golden(b, name, "param/relative_position_bias_table",
		169 * 3);
	ip_test_place(placed, raw.host, s, 12, 0);
	x = ip_test_room_of(dev, placed, 12 * n);
	assert_int_equal(ops->linear(dev, &c.qkv.buf, NULL, &x.buf, &w.buf,
		&c.bias.buf, NULL, &map, 36, IP_ACT_NONE), 0);
	assert_int_equal(run(&c, s), 0);
	assert_int_equal(ops->linear(dev, &y.buf, NULL, &c.y.buf, &w2.buf,
		&bias2.buf, NULL, &map, 12, IP_ACT_NONE), 0);
	ip_test_room_get(&y);
	ip_test_place(y.host, raw.host, s, 12, 1);
	/* stored in float32, and a few roundings of ours */
	ip_test_assert_close(name, raw.host, want.host, 12 * n, 2e-6);
	drop(&c);
	ip_test_room_drop(&raw);
	ip_test_room_drop(&want);
	ip_test_room_drop(&w);
	ip_test_room_drop(&w2);
	ip_test_room_drop(&bias2);
	ip_test_room_drop(&x);
	ip_test_room_drop(&y);
}

static void test_golden(void **state)
{
	static const struct ip_windows shifted = { 2, 14, 14, 3, 4, { 7, 7 },
		{ 3, 3 }, 7 };
	static const struct ip_windows small = { 2, 6, 4, 3, 4, { 6, 4 },
		{ 0, 0 }, 7 };
	struct ip_bundle b;

	(void)state;
	ip_test_golden("model_ops.npz", &b);
	golden_case(&b, "window_attention_mask", &shifted);
	golden_case(&b, "window_attention_small_6x4", &small);
	ip_bundle_free(&b);
}

/*
 * The golden softmax of 8 rows of 49: keys of one dimension are the row, the
 * query is 1, values are unit vectors, a head a place.
 */
static void test_golden_softmax(void **state)
{
	struct ip_windows s = { 8, 7, 7, 49, 1, { 7, 7 }, { 0, 0 }, 7 };
	struct call c = make(&s, 0);
	size_t b, t, h, n = 49 * sizeof(ip_real);
	struct ip_bundle bundle;
	double *x, *want;
	ip_real *raw = calloc(8 * 49 * 3, n);

	(void)state;
	ip_test_golden("model_ops.npz", &bundle);
	x = ip_test_numbers(&bundle, "softmax/in/x", 8 * 49);
	want = ip_test_numbers(&bundle, "softmax/out", 8 * 49);
	for (b = 0; b < 8; b++)
		for (t = 0; t < 49; t++)
			for (h = 0; h < 49; h++) {
				ip_real *p = raw + (b * 49 + t) * 147 + h;

				p[0] = 1;
				p[49] = (ip_real)x[b * 49 + t];
				p[98] = t == h;
			}
	ip_dev_backend(dev)->put(dev, &c.qkv.buf, 0, raw, 8 * 49 * 3 * n);
	memset(raw, 0, 169 * n);
	ip_dev_backend(dev)->put(dev, &c.table.buf, 0, raw, 169 * n);
	assert_int_equal(run(&c, &s), 0);
	ip_test_room_get(&c.y);
	for (b = 0; b < 8; b++)
		for (t = 0; t < 49; t += 12)
			ip_test_assert_close("softmax", c.y.host + (b * 49 +
				t) * 49, want + b * 49, 49, 1e-6);
	free(raw);
	free(x);
	free(want);
	ip_bundle_free(&bundle);
	drop(&c);
}

static void test_refusals(void **state)
{
	static const struct ip_windows good = { 2, 10, 9, 3, 4, { 7, 7 },
		{ 3, 3 }, 7 };
	static const char *const what[] = { "y has", "qkv has",
		"qkv_bias has", "table has" };
	struct call c = make(&good, 1);
	struct ip_test_room *const rooms[] = { &c.y, &c.qkv, &c.bias,
		&c.table };
	struct ip_windows s;
	size_t i;

	(void)state;
	assert_int_equal(run(&c, &good), 0);
	for (i = 0; i < 4; i++)
		ip_test_refused_short(rooms[i], run(&c, &good), what[i]);
#define REFUSED(change, text) s = good; s.change; \
	ip_test_refused(run(&c, &s), text)
	REFUSED(heads = 0, "empty map");
	REFUSED(dim = 0, "empty map");
	REFUSED(h = 0, "empty map");
	REFUSED(reach = 6, "at most 6 x 6");
	REFUSED(reach = 0, "at most 0 x 0");
	REFUSED(reach = SIZE_MAX / 2, "overflow");
	REFUSED(heads = SIZE_MAX / 2, "overflow");
	REFUSED(window[1] = 0, "windows of 0");
	REFUSED(shift[0] = 7, "shifted by 7");
	REFUSED(window[0] = SIZE_MAX, "overflow");
#undef REFUSED
	drop(&c);
}

static void test_no_memory(void **state)
{
	struct call c = make(&shapes[2], 1);
	long n = 0;

	(void)state;
	while (ip_test_starved(n, run(&c, &shapes[2])))
		n++;
	assert_true(n > 0);
	drop(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shapes),
		cmocka_unit_test(test_steep),
		cmocka_unit_test(test_nan),
		cmocka_unit_test(test_same_bytes),
		cmocka_unit_test(test_golden),
		cmocka_unit_test(test_golden_softmax),
	};
	const struct CMUnitTest others[] = {
		ip_test_fresh(test_refusals),
		ip_test_fresh(test_no_memory),
	};

	return ip_test_run_every_isa(tests) + cmocka_run_group_tests(others,
		ip_test_dev_open, ip_test_dev_close);
}
