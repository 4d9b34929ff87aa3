/*
 * attention_grad against plain double loops and golden numbers, on every
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
	 * many tokens, many dimensions, one; more heads than groups */
	{ 1, 3, 2, 2, 5, { 7, 7 }, { 3, 3 }, 7 },
	{ 1, 9, 13, 1, 33, { 5, 7 }, { 4, 6 }, 7 },
	{ 1, 12, 12, 2, 3, { 11, 11 }, { 5, 5 }, 11 },
	{ 3, 5, 11, 5, 1, { 3, 5 }, { 2, 1 }, 5 },
	{ 1, 8, 8, 2, 17, { 8, 8 }, { 1, 0 }, 8 },
	{ 1, 1, 40, 1, 16, { 1, 16 }, { 0, 5 }, 4 },
	/* more than the local memory of a device has room for */
	{ 1, 17, 13, 2, 30, { 16, 13 }, { 8, 0 }, 15 },
	{ 1, 6, 6, 37, 2, { 3, 3 }, { 1, 1 }, 3 },
	/* more windows than groups, some of them padded */
	{ 1, 67, 67, 1, 3, { 2, 2 }, { 1, 1 }, 2 },
};
#define SHAPES (sizeof(shapes) / sizeof(shapes[0]))

/* What a call takes, in its order; all that is made is there. */
enum { DQKV, DBIAS, DTABLE, DY, QKV, BIAS, TABLE, ROOMS };
struct call { struct ip_test_room r[ROOMS]; };

static struct call make(const struct ip_windows *s, double scale)
{
	size_t side = 2 * s->reach - 1, n = s->b * s->h * s->w * s->heads *
		s->dim, i;
	size_t sizes[ROOMS];
	struct call c;

	sizes[DQKV] = sizes[QKV] = 3 * n;
	sizes[DBIAS] = sizes[BIAS] = 3 * s->heads * s->dim;
	sizes[DTABLE] = sizes[TABLE] = side * side * s->heads;
	sizes[DY] = n;
	for (i = 0; i < ROOMS; i++)
		c.r[i] = ip_test_room(dev, sizes[i], i,
			i == QKV || i == BIAS ? scale : 1);
	return c;
}

static void drop(struct call *c)
{
	size_t i;

	for (i = 0; i < ROOMS; i++)
		ip_test_room_drop(&c->r[i]);
}

static int run(struct call *c, const struct ip_windows *s)
{
	return ops->attention_grad(dev, &c->r[DQKV].buf, &c->r[DBIAS].buf,
		&c->r[DTABLE].buf, &c->r[DY].buf, &c->r[QKV].buf,
		&c->r[BIAS].buf, &c->r[TABLE].buf, s);
}

/*
 * A logit is a sum of dim products, off by some units of its greatest part,
 * scale^2 sqrt(dim): so much is each exponential off, relatively. Sums over
 * tokens and windows add some units of the greatest; dqkv holds products with
 * q and k. As for attention, but twice as much: differences of means cancel.
 */
static void one_case(const struct ip_windows *s, double scale)
{
	static const char *const names[] = { "dqkv", "dqkv_bias", "dtable" };
	struct call c = make(s, scale);
	double logit = scale * scale * sqrt((double)s->dim);
	double *want[3];
	size_t i;

	for (i = 0; i < 3; i++)
		want[i] = ip_test_room_copy(&c.r[i]);
	ip_ref_attention_grad(want[DQKV], want[DBIAS], want[DTABLE],
		c.r[DY].host, c.r[QKV].host, c.r[BIAS].host, c.r[TABLE].host,
		s);
	assert_int_equal(run(&c, s), 0);
	for (i = 0; i < 3; i++) {
		ip_test_room_expect(names[i], &c.r[i], want[i],
			IP_TEST_EPSILON * (32 + 8 * logit));
		free(want[i]);
	}
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

/* What is not a number comes through, in its own window and head only. */
static void test_nan(void **state)
{
	struct ip_windows s = { 1, 7, 14, 2, 16, { 7, 7 }, { 0, 0 }, 7 };
	size_t at = (3 * 14 + 2) * 96 + 32 + 5, i;
	struct call c = make(&s, 1);
	ip_real bad = (ip_real)NAN;
	const double *y;

	(void)state;
	ip_dev_backend(dev)->put(dev, &c.r[QKV].buf, at * sizeof(bad), &bad,
		sizeof(bad));
	assert_int_equal(run(&c, &s), 0);
	y = ip_test_room_get(&c.r[DQKV]);
	for (i = 0; i < c.r[DQKV].n; i++)
		assert_int_equal(isnan(y[i]) != 0, i / 96 % 14 < 7 &&
			i % 32 < 16);
	y = ip_test_room_get(&c.r[DTABLE]);
	for (i = 0; i < c.r[DTABLE].n; i++)
		assert_int_equal(isnan(y[i]) != 0, i % 2 == 0);
	drop(&c);
}

/* Picture by picture: only dqkv is held against that of the whole batch. */
static void run_alone(struct call *c, const struct ip_windows *s)
{
	struct ip_windows one = *s;
	struct call part = *c;
	size_t each = c->r[DY].n / s->b * sizeof(ip_real), b;

	one.b = 1;
	for (b = 0; b < s->b; b++) {
		part.r[DY].buf.offset = c->r[DY].buf.offset + b * each;
		part.r[DY].buf.size = each;
		part.r[QKV].buf.offset = c->r[QKV].buf.offset + 3 * b * each;
		part.r[QKV].buf.size = 3 * each;
		part.r[DQKV].buf.offset = c->r[DQKV].buf.offset + 3 * b * each;
		part.r[DQKV].buf.size = 3 * each;
		assert_int_equal(run(&part, &one), 0);
	}
}

static void once(const void *of, struct ip_test_bytes *bytes)
{
	struct call c = make(of, 1);
	int room;

	assert_int_equal(run(&c, of), 0);
	for (room = 0; room < DY; room++)
		ip_test_keep(bytes, &c.r[room]);
	drop(&c);
}

/* On 1 to 3 threads; dqkv of each picture in company and alone. */
static void test_same_bytes(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < SHAPES; i++) {
		struct ip_windows s = shapes[i];
		struct call first, c;

		s.b = 3;
		ip_test_same_by_threads(once, &s);
		first = make(&s, 1);
		c = make(&s, 1);
		assert_int_equal(run(&first, &s), 0);
		run_alone(&c, &s);
		ip_test_room_same(&first.r[DQKV], &c.r[DQKV]);
		drop(&first);
		drop(&c);
	}
}

static void test_refusals(void **state)
{
	static const struct ip_windows good = { 2, 10, 9, 3, 4, { 7, 7 },
		{ 3, 3 }, 7 };
	static const char *const what[] = { "dqkv has", "dqkv_bias has",
		"dtable has", "dy has", "qkv has", "qkv_bias has",
		"table has" };
	struct call c = make(&good, 1);
	struct ip_windows s;
	size_t i;

	(void)state;
	for (i = 0; i < ROOMS; i++)
		ip_test_refused_short(&c.r[i], run(&c, &good), what[i]);
#define REFUSED(change, text) s = good; s.change; \
	ip_test_refused(run(&c, &s), text)
	REFUSED(heads = 0, "empty map");
	REFUSED(dim = 0, "empty map");
	REFUSED(h = 0, "empty map");
	REFUSED(reach = 6, "at most 6 x 6");
	REFUSED(reach = SIZE_MAX / 2, "overflow");
	REFUSED(heads = SIZE_MAX / 2, "overflow");
	REFUSED(window[1] = 0, "windows of 0");
	REFUSED(shift[0] = 7, "shifted by 7");
	REFUSED(window[0] = SIZE_MAX, "overflow");
#undef REFUSED
	for (i = 0; i < DY; i++)
		ip_test_room_untouched(&c.r[i]);
	assert_int_equal(run(&c, &good), 0);
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
	};
	const struct CMUnitTest others[] = {
		ip_test_fresh(test_refusals),
		ip_test_fresh(test_no_memory),
	};

	return ip_test_run_every_isa(tests) + cmocka_run_group_tests(others,
		ip_test_dev_open, ip_test_dev_close);
}
