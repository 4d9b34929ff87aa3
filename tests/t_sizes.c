/* How work is cut into pieces: none is empty, and together they are all. */
#include "../backends/cpu-openmp/sizes.h"
#include "support/support.h"

static void covers(size_t n, size_t piece, size_t pieces)
{
	assert_true(pieces > 0);
	assert_true((pieces - 1) * piece < n);
	assert_true(pieces * piece >= n);
}

static void test_alike(void **state)
{
	size_t n, most, piece, pieces;

	(void)state;
	for (n = 1; n < 200; n++)
		for (most = 1; most < 50; most++) {
			cut_alike(n, most, &piece, &pieces);
			covers(n, piece, pieces);
			assert_true(piece <= most);
			assert_int_equal(pieces, (n + most - 1) / most);
		}
}

static void test_parts(void **state)
{
	size_t n, shortest, most, part, parts;

	(void)state;
	for (n = 1; n < 200; n++)
		for (shortest = 1; shortest < 20; shortest++)
			for (most = 0; most < 50; most++) {
				cut_parts(n, shortest, most, &part, &parts);
				covers(n, part, parts);
				assert_true(parts == 1 || parts <= most);
				assert_true(parts == 1 || part >= shortest);
			}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_alike),
		cmocka_unit_test(test_parts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
