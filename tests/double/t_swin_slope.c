/*
 * linear_grad, attention_grad and merge_grad against central differences of
 * the random sum of what the ops make.
 */
#include <iphase/status.h>
#include <iphase/threads.h>
#include "support/device.h"
#include "support/differences.h"

/* Numbers about 1: of the third derivative STEP^2 remains, of roundings
 * 1e-16 / STEP a number. */
#define STEP 1e-5
#define TOLERANCE 1e-8

/* Weights of the sum, y's room being r[0]. */
struct sum { struct ip_test_room *r, dy; const void *how; };

static double add_up(struct sum *s)
{
	return ip_test_weighted(&s->r[0], NULL, s->dy.host, s->dy.n, 1);
}

static void drop(struct ip_test_room *r, size_t n)
{
	while (n-- > 0)
		ip_test_room_drop(&r[n]);
}

/* y, x, w, bias of 7 to 11 channels */
static const struct ip_map linear_in = { 2, 3, 5, 7 };

static double linear(void *of)
{
	struct sum *s = of;

	assert_int_equal(ops->linear(dev, &s->r[0].buf, NULL, &s->r[1].buf,
		&s->r[2].buf, &s->r[3].buf, NULL, &linear_in, 11,
		s->how ? IP_ACT_GELU : IP_ACT_NONE), 0);
	return add_up(s);
}

static void one_linear(int gelu)
{
	static const size_t sizes[] = { 330, 210, 77, 11 };
	struct ip_test_room r[4], d[4], pre = ip_test_room(dev, 330, 1, 1);
	struct sum s = { r, ip_test_room(dev, 330, 9, 1), gelu ? r : NULL };
	size_t i;

	for (i = 0; i < 4; i++) {
		r[i] = ip_test_room(dev, sizes[i], i, 1);
		d[i] = ip_test_room(dev, sizes[i], 1, 0);
	}
	assert_int_equal(ops->linear(dev, &r[0].buf, &pre.buf, &r[1].buf,
		&r[2].buf, &r[3].buf, NULL, &linear_in, 11, IP_ACT_NONE), 0);
	assert_int_equal(ops->linear_grad(dev, &d[1].buf, &d[2].buf,
		&d[3].buf, &s.dy.buf, gelu ? &pre.buf : NULL, &r[1].buf,
		&r[2].buf, &linear_in, 11), 0);
	for (i = 1; i < 4; i++)
		ip_test_expect_differences("linear", &r[i],
			ip_test_room_get(&d[i]), STEP, TOLERANCE, linear, &s);
	drop(r, 4);
	drop(d, 4);
	drop(&pre, 1);
	drop(&s.dy, 1);
}

static void test_linear(void **state)
{
	(void)state;
	one_linear(0);
	one_linear(1);
}

/* y, qkv, qkv_bias, table */
static double attention(void *of)
{
	struct sum *s = of;

	assert_int_equal(ops->attention(dev, &s->r[0].buf, &s->r[1].buf,
		&s->r[2].buf, &s->r[3].buf, s->how), 0);
	return add_up(s);
}

static void one_attention(const struct ip_windows *w)
{
	size_t n = w->b * w->h * w->w * w->heads * w->dim, i;
	size_t side = 2 * w->reach - 1, sizes[4];
	struct ip_test_room r[4], d[4];
	struct sum s = { r, ip_test_room(dev, n, 9, 1), w };

	sizes[0] = n;
	sizes[1] = 3 * n;
	sizes[2] = 3 * w->heads * w->dim;
	sizes[3] = side * side * w->heads;
	for (i = 0; i < 4; i++) {
		r[i] = ip_test_room(dev, sizes[i], i, 1);
		d[i] = ip_test_room(dev, sizes[i], 1, 0);
	}
	assert_int_equal(ops->attention_grad(dev, &d[1].buf, &d[2].buf,
		&d[3].buf, &s.dy.buf, &r[1].buf, &r[2].buf, &r[3].buf, w), 0);
	for (i = 1; i < 4; i++)
		ip_test_expect_differences("attention", &r[i],
			ip_test_room_get(&d[i]), STEP, TOLERANCE, attention, &s);
	drop(r, 4);
	drop(d, 4);
	drop(&s.dy, 1);
}

static void test_attention(void **state)
{
	static const struct ip_windows shapes[] = {
		{ 1, 10, 9, 3, 4, { 7, 7 }, { 3, 3 }, 7 },
		{ 1, 9, 13, 1, 33, { 5, 7 }, { 2, 3 }, 7 },
		{ 1, 4, 4, 2, 12, { 4, 4 }, { 0, 0 }, 7 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
		one_attention(&shapes[i]);
}

static const struct ip_map merge_in = { 2, 6, 4, 5 };

static double merge(void *of)
{
	struct sum *s = of;

	assert_int_equal(ops->merge(dev, &s->r[0].buf, &s->r[1].buf,
		&merge_in), 0);
	return add_up(s);
}

static void test_merge(void **state)
{
	struct ip_test_room r[2] = { ip_test_room(dev, 240, 1, 1),
		ip_test_room(dev, 240, 2, 1) };
	struct ip_test_room d = ip_test_room(dev, 240, 3, 1);
	struct sum s = { r, ip_test_room(dev, 240, 9, 1), NULL };

	(void)state;
	assert_int_equal(ops->merge_grad(dev, &d.buf, &s.dy.buf, &merge_in,
		0), 0);
	ip_test_expect_differences("merge", &r[1], ip_test_room_get(&d), STEP,
		TOLERANCE, merge, &s);
	drop(r, 2);
	drop(&d, 1);
	drop(&s.dy, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_linear),
		cmocka_unit_test(test_attention),
		cmocka_unit_test(test_merge),
	};

	ip_threads_set(1);	/* many small calls */
	return cmocka_run_group_tests(tests, ip_test_dev_open, ip_test_dev_close);
}
