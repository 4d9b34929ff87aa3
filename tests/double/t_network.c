/*
 * In double precision the network is MONAI's, stage by stage, to what its
 * numbers are stored with: float32, 6e-8 of each.
 */
#include "support/network.h"

#define STORED 1e-7

static void golden(void **state)
{
	(void)state;
	assert_int_equal(ip_test_network_golden("64", STORED, STORED), 29);
	assert_int_equal(ip_test_network_golden("96x64", STORED, STORED), 7);
	assert_int_equal(ip_test_network_golden("64x128", STORED, STORED), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(golden) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
