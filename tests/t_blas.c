/* What is said of the BLAS. */
#include "support/support.h"
#include "core/blas.h"
#include <iphase/threads.h>

static void advice(void **state)
{
	const char *text;

	(void)state;
	text = ip_blas_advice_for("Haswell", 1);
	assert_non_null(text);
	assert_non_null(strstr(text, "OPENBLAS_CORETYPE=SkylakeX"));
	assert_non_null(ip_blas_advice_for("Zen", 1));
	assert_null(ip_blas_advice_for("Haswell", 0));
	assert_null(ip_blas_advice_for("SkylakeX", 1));
	assert_null(ip_blas_advice_for("Cooperlake", 1));
	assert_null(ip_blas_advice_for("Coppermine 2040", 1));
	assert_null(ip_blas_advice_for(NULL, 1));
}

/* Of this processor and library, whatever they are. */
static void here(void **state)
{
	const char *text = ip_blas_advice();

	(void)state;
	assert_ptr_equal(text, ip_blas_advice_for(ip_blas_core(),
		ip_isa_has(IP_ISA_AVX512)));
	if (ip_blas_core())
		assert_true(strlen(ip_blas_core()) > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(advice),
		cmocka_unit_test(here),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
