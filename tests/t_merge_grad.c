/* merge_grad against plain loops; it undoes merge. */
#include "ref/ref.h"
#include "support/op.h"

static const struct ip_map shapes[] = {
	{ 1, 2, 2, 1 }, { 3, 2, 6, 5 }, { 2, 10, 4, 11 }, { 1, 16, 18, 12 },
	{ 2, 8, 8, 48 }, { 1, 4, 2, 768 },
};
#define SHAPES (sizeof(shapes) / sizeof(shapes[0]))

static void one_case(const struct ip_map *m, uint64_t seed, int add)
{
	size_t n = m->b * m->h * m->w * m->c;
	struct ip_test_room dx = ip_test_room(dev, n, seed, 1);
	struct ip_test_room dy = ip_test_room(dev, n, 99, 1);
	double *want = ip_test_room_copy(&dx), epsilon = 0;

	/* what it adds to is rounded once more than here */
	if (add)
		epsilon = IP_TEST_EPSILON / 2;
	ip_ref_merge_grad(want, dy.host, m, add);
	assert_int_equal(ops->merge_grad(dev, &dx.buf, &dy.buf, m, add), 0);
	ip_test_room_expect("dx", &dx, want, epsilon);
	free(want);
	ip_test_room_drop(&dx);
	ip_test_room_drop(&dy);
}

static void test_loops(void **state)
{
	int threads, add;
	size_t i;

	(void)state;
	for (threads = 1; threads <= 3; threads++) {
		assert_int_equal(ip_threads_set(threads), 0);
		for (i = 0; i < SHAPES; i++)
			for (add = 0; add < 2; add++)
				one_case(&shapes[i], i, add);
	}
	assert_int_equal(ip_threads_set(0), 0);
}

/* Pixels are moved, no more: what merge made comes back as it was. */
static void test_back(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < SHAPES; i++) {
		const struct ip_map *m = &shapes[i];
		size_t n = m->b * m->h * m->w * m->c;
		struct ip_test_room x = ip_test_room(dev, n, i, 1);
		struct ip_test_room y = ip_test_room(dev, n, 98, 1);
		struct ip_test_room z = ip_test_room(dev, n, 99, 1);

		assert_int_equal(ops->merge(dev, &y.buf, &x.buf, m), 0);
		assert_int_equal(ops->merge_grad(dev, &z.buf, &y.buf, m, 0), 0);
		ip_test_room_expect("back", &z, x.host, 0);
		ip_test_room_drop(&x);
		ip_test_room_drop(&y);
		ip_test_room_drop(&z);
	}
}

static void test_refusals(void **state)
{
	static const struct ip_map bad[] = { { 1, 3, 4, 1 }, { 1, 4, 3, 1 },
		{ 1, 0, 2, 1 } };
	static const char *const texts[] = { "3 x 4 pixels", "4 x 3 pixels",
		"empty" };
	static const struct ip_map fine = { 1, 4, 4, 1 };
	struct ip_test_room dx = ip_test_room(dev, 16, 1, 1);
	struct ip_test_room dy = ip_test_room(dev, 16, 2, 1);
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++)
		ip_test_refused(ops->merge_grad(dev, &dx.buf, &dy.buf, &bad[i],
			0), texts[i]);
	ip_test_refused_short(&dx, ops->merge_grad(dev, &dx.buf, &dy.buf,
		&fine, 0), "dx has");
	ip_test_refused_short(&dy, ops->merge_grad(dev, &dx.buf, &dy.buf,
		&fine, 0), "dy has");
	ip_test_room_untouched(&dx);
	ip_test_room_drop(&dx);
	ip_test_room_drop(&dy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_loops),
		cmocka_unit_test(test_back),
		cmocka_unit_test(test_refusals),
	};

	return cmocka_run_group_tests(tests, ip_test_dev_open,
		ip_test_dev_close);
}
