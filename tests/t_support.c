/* The tests' own helpers: a comparison that cannot fail proves nothing. */
#include <math.h>

#include "support/support.h"

static void max_rel_finds_the_worst(void **state)
{
	const double want[] = { 1, -4, 2 }, got[] = { 1, -4, 2.5 };
	const float wantf[] = { 0, 2 }, gotf[] = { 0.5f, 2 };
	const double nan[] = { 1, NAN, 2 }, zero[] = { 0, 0, 0 };

	(void)state;
	assert_true(ip_test_max_rel("equal", want, want, 3, 0) == 0);
	assert_true(ip_test_max_rel("expected", got, want, 3, 1) == 0.125);
	assert_true(ip_test_max_relf("expected", gotf, wantf, 2, 1) == 0.25);
	assert_true(ip_test_max_rel("expected", want, zero, 3, 9) == 4);
	assert_true(isinf(ip_test_max_rel("expected", nan, want, 3, INFINITY)));
}

static void files_come_back(void **state)
{
	const char *path = ip_test_tmp("file%d", 7);
	unsigned char *data;
	size_t size;

	(void)state;
	assert_false(ip_test_exists(path));
	ip_test_write(path, "abc", 3);
	data = ip_test_read(path, &size);
	assert_int_equal(size, 3);
	assert_string_equal((char *)data, "abc");
	free(data);
	assert_int_equal(remove(path), 0);
}

static void paths_are_found(void **state)
{
	(void)state;
	assert_true(ip_test_exists(ip_test_src("tests/support/support.h")));
	assert_null(ip_test_shared("no/such/file"));
}

static void uniform_stays_in_range(void **state)
{
	uint64_t s = 1;
	double x, sum = 0;
	int i;

	(void)state;
	for (i = 0; i < 4096; i++) {
		x = ip_test_uniform(&s);
		assert_true(x >= 0 && x < 1);
		sum += x;
	}
	/* five standard deviations of the mean of 4096: 5 / sqrt(12 * 4096) */
	assert_true(fabs(sum / 4096 - 0.5) < 0.0226);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(max_rel_finds_the_worst),
		cmocka_unit_test(files_come_back),
		cmocka_unit_test(paths_are_found),
		cmocka_unit_test(uniform_stays_in_range),
	};

	return cmocka_run_group_tests_name("support", tests, NULL, NULL);
}
