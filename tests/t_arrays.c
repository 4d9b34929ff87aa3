/* fill, blend and sum_squares against plain loops, the last on every
 * instruction set. */
#include "support/op.h"

/* One block, more than one, and what is left behind the last. */
static const size_t sizes[] = { 0, 1, 17, 16384, 16385, 100003 };
#define SIZES (sizeof(sizes) / sizeof(sizes[0]))

/* Each size, by each number of threads. */
static void everywhere(void (*compare)(size_t n))
{
	size_t i;
	int threads;

	for (threads = 1; threads <= 3; threads++) {
		assert_int_equal(ip_threads_set(threads), 0);
		for (i = 0; i < SIZES; i++)
			compare(sizes[i]);
	}
	assert_int_equal(ip_threads_set(0), 0);
}

static void fill(size_t n)
{
	struct ip_test_room x = ip_test_room(dev, n, 1, 1);
	double *want = malloc(n * sizeof(*want) + 1);
	size_t i;

	for (i = 0; i < n; i++)
		want[i] = 0.75;
	assert_int_equal(ops->fill(dev, &x.buf, n, 0.75), 0);
	ip_test_room_expect("fill", &x, want, 0);
	for (i = 0; i < n; i++)
		want[i] = 0;
	assert_int_equal(ops->fill(dev, &x.buf, n, 0), 0);
	ip_test_room_expect("fill with zeros", &x, want, 0);
	free(want);
	ip_test_room_drop(&x);
}

static void blend(size_t n)
{
	struct ip_test_room x = ip_test_room(dev, n, 1, 1);
	struct ip_test_room y = ip_test_room(dev, n, 2, 1);
	double *want = malloc(n * sizeof(*want) + 1);
	size_t i;

	for (i = 0; i < n; i++)
		want[i] = 0.9 * y.host[i] + 0.1 * x.host[i];
	assert_int_equal(ops->blend(dev, &y.buf, &x.buf, n, 0.1), 0);
	ip_test_room_expect("blend", &y, want, 2 * IP_TEST_EPSILON);
	free(want);
	ip_test_room_drop(&x);
	ip_test_room_drop(&y);
}

/* In double the numbers' order costs some sqrt(n) roundings. */
static void sum_squares(size_t n)
{
	struct ip_test_room x = ip_test_room(dev, n, 1, 1);
	struct ip_test_room sum = ip_test_room(dev, 1, 2, 1);
	double want = 0;
	size_t i;

	for (i = 0; i < n; i++)
		want += x.host[i] * x.host[i];
	assert_int_equal(ops->sum_squares(dev, &sum.buf, &x.buf, n), 0);
	ip_test_room_expect("sum_squares", &sum, &want, sizeof(ip_real) == 4 ?
		FLT_EPSILON : 300 * DBL_EPSILON);
	ip_test_room_drop(&x);
	ip_test_room_drop(&sum);
}

static void test_fill(void **state)
{
	(void)state;
	everywhere(fill);
}

static void test_blend(void **state)
{
	(void)state;
	everywhere(blend);
}

static int sum_squares_on(const char *isa)
{
	(void)isa;
	everywhere(sum_squares);
	return 1;
}

static void test_sum_squares(void **state)
{
	(void)state;
	assert_true(ip_test_every_isa(sum_squares_on) > 0);
}

/* 2^24 and many ones, of which a plain float sum loses all that come behind. */
static void test_sum_in_double(void **state)
{
	struct ip_test_room x = ip_test_room(dev, 3001, 1, 1);
	struct ip_test_room sum = ip_test_room(dev, 1, 2, 1);
	double want = 16777216 + 3000;

	(void)state;
	for (size_t at = 0; at < x.n; at += 600) {
		double *v = malloc(x.n * sizeof(*v));

		for (size_t i = 0; i < x.n; i++)
			v[i] = i == at ? 4096 : 1;
		ip_test_room_put(&x, v);
		assert_int_equal(ops->sum_squares(dev, &sum.buf, &x.buf, x.n),
			0);
		ip_test_room_get(&sum);
		assert_true(sum.host[0] == want);
	}
	ip_test_room_drop(&x);
	ip_test_room_drop(&sum);
}

static void sum_once(const void *of, struct ip_test_bytes *bytes)
{
	struct ip_test_room x = ip_test_room(dev, 100003, 1, 1);
	struct ip_test_room sum = ip_test_room(dev, 1, 2, 1);

	(void)of;
	assert_int_equal(ops->sum_squares(dev, &sum.buf, &x.buf, x.n), 0);
	ip_test_keep(bytes, &sum);
	ip_test_room_drop(&x);
	ip_test_room_drop(&sum);
}

static void test_sum_same_bytes(void **state)
{
	(void)state;
	ip_test_same_by_threads(sum_once, NULL);
}

static void test_refusals(void **state)
{
	struct ip_test_room x = ip_test_room(dev, 9, 1, 1);
	struct ip_test_room y = ip_test_room(dev, 9, 2, 1);
	struct ip_buf none = y.buf;

	(void)state;
	none.size = 0;
	ip_test_refused(ops->fill(dev, &y.buf, 10, 1), "fill: x has");
	ip_test_refused(ops->fill(dev, &y.buf, SIZE_MAX / 2, 1), "overflow");
	ip_test_refused(ops->blend(dev, &none, &x.buf, 9, 1), "blend: y has");
	ip_test_refused(ops->blend(dev, &y.buf, &none, 9, 1), "blend: x has");
	ip_test_refused(ops->sum_squares(dev, &none, &x.buf, 9),
		"sum_squares: sum has");
	ip_test_refused(ops->sum_squares(dev, &y.buf, &x.buf, 10),
		"sum_squares: x has");
	assert_true(ip_test_starved(0, ops->sum_squares(dev, &y.buf, &x.buf,
		9)));
	ip_test_room_untouched(&y);
	ip_test_room_drop(&x);
	ip_test_room_drop(&y);
}

/* What goes there and comes back is counted; what does not fit does neither. */
static void test_moved(void **state)
{
	const struct ip_backend *be = ip_dev_backend(dev);
	unsigned char there[40], back[16];
	uint64_t before[2], after[2];
	struct ip_buf buf;

	(void)state;
	for (size_t i = 0; i < sizeof there; i++)
		there[i] = (unsigned char)(3 * i);
	assert_int_equal(be->alloc(dev, &buf, 64), 0);
	ip_dev_moved(dev, before);
	assert_int_equal(be->put(dev, &buf, 8, there, sizeof there), 0);
	assert_int_equal(be->get(dev, &buf, 12, back, sizeof back), 0);
	assert_memory_equal(back, there + 4, sizeof back);
	ip_test_refused(be->put(dev, &buf, 25, there, sizeof there),
		"put: 40 bytes at 25 of 64");
	ip_test_refused(be->get(dev, &buf, 65, back, 0),
		"get: 0 bytes at 65 of 64");
	ip_dev_moved(dev, after);
	assert_int_equal(after[0] - before[0], sizeof there);
	assert_int_equal(after[1] - before[1], sizeof back);
	be->free(dev, &buf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ip_test_fresh(test_refusals),
		cmocka_unit_test(test_fill),
		cmocka_unit_test(test_blend),
		cmocka_unit_test(test_sum_squares),
		cmocka_unit_test(test_sum_in_double),
		cmocka_unit_test(test_sum_same_bytes),
		cmocka_unit_test(test_moved),
	};

	return cmocka_run_group_tests(tests, ip_test_dev_open,
		ip_test_dev_close);
}
