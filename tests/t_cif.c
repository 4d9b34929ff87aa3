/* CIF: what is read, how sites become atoms, what is refused. */
#include <math.h>

#include "iphase/formats.h"
#include "iphase/status.h"
#include "support/support.h"

static void test_gan(void **state)
{
	struct ip_structure s = { { { 0 } }, 0, NULL }, x = s;
	size_t i;

	(void)state;
	assert_int_equal(ip_cif_read(ip_test_src("data/crystals/GaN.cif"), &s),
		0);
	assert_int_equal(ip_xyz_read(ip_test_src("data/crystals/GaN.xyz"), &x),
		0);
	assert_int_equal(s.count, x.count);
	for (i = 0; i < s.count; i++) {
		assert_int_equal(s.atoms[i].z, x.atoms[i].z);
		assert_true(fabs(s.atoms[i].r[0] - x.atoms[i].r[0]) < 1e-6);
		assert_true(fabs(s.atoms[i].r[1] - x.atoms[i].r[1]) < 1e-6);
		assert_true(fabs(s.atoms[i].r[2] - x.atoms[i].r[2]) < 1e-6);
		assert_true(fabs(s.atoms[i].u - x.atoms[i].u) < 1e-9);
	}
	ip_structure_free(&s);
	ip_structure_free(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gan),
	};

	return cmocka_run_group_tests_name("cif", tests, NULL, NULL);
}
