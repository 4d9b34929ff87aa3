/* safetensors, written, read, and refused. */
#include "iphase/formats.h"
#include "iphase/status.h"
#include "support/ipt_fixture.h"
#include "support/support.h"

static void comes_back(void **state)
{
	const char *path = ip_test_tmp("a.safetensors");
	struct ip_bundle b = { 0 }, r = { 0 };

	(void)state;
	assert_int_equal(ip_npz_read(ip_test_src("tests/golden/"
		"model_weights.npz"), &b), 0);
	assert_int_equal(ip_safetensors_write(path, &b), 0);
	assert_int_equal(ip_safetensors_read(path, &r), 0);
	assert_true(ip_test_same_bundle(&b, &r));
	ip_bundle_free(&r);
	ip_bundle_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comes_back),
	};

	return cmocka_run_group_tests_name("safetensors", tests, NULL, NULL);
}
