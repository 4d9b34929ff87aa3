/* Probes, aberrations and the plane waves of an aperture. */
#include <math.h>
#include <iphase/status.h>
#include "support/golden.h"

/* the position kept of each case of the golden file, 128 x 144 points */
static void golden_case(const struct ip_bundle *b, const char *name,
	const struct ip_probe *probe)
{
	struct ip_grid g = { { 128, 144 }, { 12.8, 18 } };
	const double at[2] = { 3.217, 7.773 };
	double *psi = calloc(2 * 128 * 144, sizeof(*psi)), *want;

	want = ip_test_numbers(b, name, 2 * 128 * 144);
	assert_int_equal(ip_probe_build(probe, &g, at, psi), 0);
	ip_test_assert_close(name, psi, want, 2 * 128 * 144, 1e-5);
	free(psi);
	free(want);
}

static void test_golden(void **state)
{
	struct ip_bundle b = { { 0, NULL }, 0, NULL };
	struct ip_probe p = ip_test_probe(200e3, 20);
	struct ip_aberrations *a = &p.aberrations;

	(void)state;
	ip_test_golden("probe.npz", &b);
	golden_case(&b, "ideal200", &p);
	p.hard = 1;
	golden_case(&b, "hard200", &p);
	p = ip_test_probe(80e3, 20);
	ip_aberrations_set(a, "defocus", 50);
	golden_case(&b, "df50_80", &p);
	ip_aberrations_set(a, "Cs", 1e7);
	golden_case(&b, "cs1mm_80", &p);
	p = ip_test_probe(200e3, 10);
	ip_aberrations_set(a, "Cs", 1e7);
	ip_aberrations_set(a, "defocus", ip_scherzer(1e7,
		ip_wavelength(200e3)));
	golden_case(&b, "scherzer_cs1mm_200", &p);
	p = ip_test_probe(80e3, 20);
	ip_aberrations_set(a, "C10", -50);
	ip_aberrations_set(a, "C12", 30);
	ip_aberrations_set(a, "phi12", 0.4);
	ip_aberrations_set(a, "C21", 200);
	ip_aberrations_set(a, "phi21", -0.7);
	ip_aberrations_set(a, "C23", 150);
	ip_aberrations_set(a, "phi23", 1.1);
	ip_aberrations_set(a, "C30", 1e5);
	ip_aberrations_set(a, "C50", 2e7);
	golden_case(&b, "aber80", &p);
	ip_bundle_free(&b);
}

static void test_normalised(void **state)
{
	struct ip_grid g = { { 128, 144 }, { 12.8, 18 } };
	struct ip_probe p = ip_test_probe(80e3, 20);
	const double at[2] = { 1.234, 5 };
	double *psi = calloc(2 * 128 * 144, sizeof(*psi)), sum = 0;
	struct ip_waves w;
	size_t i;

	(void)state;
	assert_int_equal(ip_probe_waves(&p, &g, &w), 0);
	for (i = 0; i < w.count; i++) {
		sum += w.weight[i] * w.weight[i];
		assert_true(w.weight[i] > 0);
	}
	assert_true(fabs(sum - 1) < 1e-12);
	ip_waves_free(&w);
	ip_aberrations_set(&p.aberrations, "C56", 3e7);
	assert_int_equal(ip_probe_build(&p, &g, at, psi), 0);
	for (sum = 0, i = 0; i < 2 * 128 * 144; i++)
		sum += psi[i] * psi[i];
	assert_true(fabs(sum * 128 * 144 - 1) < 1e-12);
	free(psi);
}

/* 1,369 waves at 20 mrad, 25.6 Angstrom, 200 kV (physics: iphase(7)). */
static void test_count(void **state)
{
	struct ip_grid g = { { 256, 256 }, { 25.6, 25.6 } };
	struct ip_probe p = ip_test_probe(200e3, 20);
	struct ip_waves w;

	(void)state;
	assert_int_equal(ip_probe_waves(&p, &g, &w), 0);
	assert_int_equal((int)w.count, 1369);
	ip_waves_free(&w);
}

/* Every term by its own formula, and its symmetry. */
static void test_aberrations(void **state)
{
	const double l = 0.025, alpha = 0.02, turn = 6.283185307179586;
	int i;

	(void)state;
	for (i = 0; i < IP_ABERRATIONS; i++) {
		const char *name = ip_aberration_name(i);
		int n = name[1] - '0', m = name[2] - '0';
		struct ip_aberrations a;
		char phi[16];

		memset(&a, 0, sizeof(a));
		assert_int_equal(ip_aberrations_set(&a, name, 1000), 0);
		snprintf(phi, sizeof(phi), "phi%d%d", n, m);
		if (m > 0)
			assert_int_equal(ip_aberrations_set(&a, phi, 0.3), 0);
		assert_true(fabs(ip_chi(&a, l, alpha, 0.7) - turn / l *
			pow(alpha, n + 1) / (n + 1) * 1000 *
			cos(m * (0.7 - (m > 0 ? 0.3 : 0)))) < 1e-12);
	}
	{
		struct ip_aberrations a;

		memset(&a, 0, sizeof(a));
		ip_test_log_capture();
		assert_int_equal(ip_aberrations_set(&a, "C11", 1),
			IP_ENOTFOUND);
		ip_test_assert_logged("C11");
		ip_test_log_capture();
		assert_int_equal(ip_aberrations_set(&a, "C30", INFINITY),
			IP_EINVAL);
	}
	assert_true(fabs(ip_scherzer(1e7, ip_wavelength(200e3)) -
		613.34338242) < 1e-7);
	assert_true(ip_scherzer(-1e7, 0.025) < 0);
}

static void refuse(double energy, double semiangle, int code, const char *text)
{
	struct ip_grid g = { { 64, 64 }, { 12.8, 12.8 } };
	struct ip_probe p = ip_test_probe(energy, semiangle);
	struct ip_waves w = { 0, NULL, NULL };

	ip_test_log_capture();
	assert_int_equal(ip_probe_waves(&p, &g, &w), code);
	ip_test_assert_logged(text);
	assert_null(w.weight);
}

static void test_refusals(void **state)
{
	(void)state;
	refuse(200e3, 0, IP_EINVAL, "semiangle");
	refuse(200e3, NAN, IP_EINVAL, "semiangle");
	refuse(0, 20, IP_EINVAL, "energy");
	refuse(200e3, 43, IP_EPHYSICS, "band limit");
	refuse(200e3, 499, IP_EPHYSICS, "band limit");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden),
		cmocka_unit_test(test_normalised),
		cmocka_unit_test(test_count),
		cmocka_unit_test(test_aberrations),
		cmocka_unit_test(test_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
