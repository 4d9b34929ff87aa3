/* Constants, scattering factors and atomic potentials. */
#include <math.h>
#include "support/golden.h"

static const double pi = 3.14159265358979323846;

static void test_constants(void **state)
{
	struct ip_bundle b = { { 0, NULL }, 0, NULL };
	double *e, *l, *s, got_l[6], got_s[6];
	int i;

	(void)state;
	ip_test_golden("b_constants.npz", &b);
	e = ip_test_numbers(&b, "energy_d", 6);
	l = ip_test_numbers(&b, "wavelength_d", 6);
	s = ip_test_numbers(&b, "sigma_d", 6);
	for (i = 0; i < 6; i++) {
		got_l[i] = ip_wavelength(e[i]);
		got_s[i] = ip_sigma(e[i]);
		assert_true(fabs(got_l[i] / l[i] - 1) < 1e-12);
		assert_true(fabs(got_s[i] / s[i] - 1) < 1e-12);
	}
	free(e);
	free(l);
	free(s);
	ip_bundle_free(&b);
}

/*
 * 1e-5 is what the issue asks; Kirkland agrees to 1e-12, Lobato to the
 * peer's float32.
 */
static void golden_set(const struct ip_bundle *b, enum ip_factors set,
	const char *name, double tol)
{
	double *r = ip_test_numbers(b, "r_d", 32), *want, got[320];
	double *k = ip_test_numbers(b, "k_d", 32), *z;
	char key[64];
	int q, i, j;

	z = ip_test_numbers(b, "Z", 10);
	for (q = 0; q < 4; q++) {
		static const char *const what[] = { "vz", "v3d", "fe", "fz" };

		snprintf(key, sizeof(key), "%s_%s_d", name, what[q]);
		want = ip_test_numbers(b, key, 320);
		for (i = 0; i < 10; i++)
			for (j = 0; j < 32; j++) {
				int n = (int)z[i];

				got[32 * i + j] = q == 0 ?
				    ip_atom_projected(set, n, r[j]) : q == 1 ?
				    ip_atom_potential(set, n, r[j]) :
				    ip_factor(set, n, k[j]) /
				    (q == 2 ? 1 : IP_KAPPA);
			}
		for (i = 0; i < 10; i++)	/* each atom on its own scale */
			ip_test_assert_close(key, got + 32 * i, want + 32 * i,
				32, tol);
		free(want);
	}
	free(r);
	free(k);
	free(z);
}

static void test_golden_atoms(void **state)
{
	struct ip_bundle b = { { 0, NULL }, 0, NULL };

	(void)state;
	ip_test_golden("a_atoms.npz", &b);
	golden_set(&b, IP_KIRKLAND, "kirkland", 1e-6);
	golden_set(&b, IP_LOBATO, "lobato", 1e-6);
	ip_bundle_free(&b);
}

/* The projection is the integral along z of the potential. */
static void test_projection(void **state)
{
	int set, z;

	(void)state;
	for (set = 0; set < 2; set++)
		for (z = 1; z <= 92; z += 13) {
			double r = 0.3, sum = 0, h = 0.005, t;

			for (t = -40; t <= 40; t += h)
				sum += h * ip_atom_potential(set, z,
					sqrt(r * r + t * t));
			/* the trapezoid of a smooth function; cut at 40 A */
			assert_true(fabs(sum / ip_atom_projected(set, z, r) - 1)
				< 1e-6);
		}
}

/* Two independent fits of the same atoms: within 10 % of f(k), k <= 2. */
static void test_sets_agree(void **state)
{
	int z, i;

	(void)state;
	for (z = 1; z <= 98; z++)
		for (i = 0; i <= 20; i++) {
			double k = 0.1 * i, a = ip_factor(IP_KIRKLAND, z, k);
			double b = ip_factor(IP_LOBATO, z, k);

			assert_true(fabs(a - b) <= 0.1 * fabs(b) + 0.05);
		}
	assert_true(isnan(ip_factor(IP_KIRKLAND, 0, 1)));
	assert_true(isnan(ip_factor(IP_LOBATO, 104, 1)));
}

/* Mott and Bethe: f(k) tends to Z/(2 pi^2 a0 k^2) where the charge is bare. */
static void test_high_angles(void **state)
{
	const double a0 = 0.5291772105638411;
	int z;

	(void)state;
	for (z = 1; z <= 20; z++) {
		double k = 12, f = ip_factor(IP_LOBATO, z, k);

		assert_true(fabs(f * 2 * pi * pi * a0 * k * k / z - 1) < 0.05);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_constants),
		cmocka_unit_test(test_golden_atoms),
		cmocka_unit_test(test_projection),
		cmocka_unit_test(test_sets_agree),
		cmocka_unit_test(test_high_angles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
