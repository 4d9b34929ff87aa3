/*
 * In double precision the scattering matrix with its Fourier-domain scan and
 * one wave a probe are the same images to 1e-9 of the beam: with aberrations,
 * several thicknesses, tilts, non-square grids, and at every pixel.
 */
#include <math.h>
#include "support/golden.h"

static void random_atoms(struct ip_structure *s, double lx, double ly,
	double lz, size_t n)
{
	static const int kinds[] = { 7, 14, 31, 41 };
	uint64_t seed = 11;

	memset(s, 0, sizeof *s);
	s->count = n;
	s->atoms = calloc(n, sizeof *s->atoms);
	s->cell[0][0] = lx;
	s->cell[1][1] = ly;
	s->cell[2][2] = lz;
	for (size_t i = 0; i < n; i++) {
		s->atoms[i].z = kinds[ip_test_random(&seed) % 4];
		s->atoms[i].occupancy = 1;
		for (int a = 0; a < 3; a++)
			s->atoms[i].r[a] = s->cell[a][a] *
				ip_test_uniform(&seed);
	}
}

static double compare(struct ip_simulation *s)
{
	struct ip_tensor a, b;
	double d;

	s->method = IP_METHOD_MATRIX;
	ip_test_simulate(s, &a);
	s->method = IP_METHOD_PROBES;
	ip_test_simulate(s, &b);
	d = ip_test_max_abs(a.data, b.data, ip_tensor_count(&a));
	print_message("# matrix - probes: %.2g of the beam\n", d);
	ip_tensor_free(&a);
	ip_tensor_free(&b);
	return d;
}

static void agree(size_t nx, size_t ny, double lx, double ly)
{
	struct ip_aberrations sets[2] = { { { 0 }, { 0 } }, { { 0 }, { 0 } } };
	struct ip_detector d[] = { ip_test_quadrants(10, 50),
		{ .kind = IP_TOTAL } };
	size_t planes[] = { 0, 2, 5, 7 };
	struct ip_structure atoms;
	struct ip_simulation s = { .probe = ip_test_probe(200e3, 20),
		.detectors = d, .detector_count = 2, .planes = planes,
		.plane_count = 4, .sets = sets, .set_count = 2 };

	random_atoms(&atoms, lx, ly, 20, 60);
	struct ip_grid g = ip_test_grid(&atoms, nx, ny);
	assert_int_equal(ip_potential_from_structure(&s.potential, &atoms, &g,
		3, IP_KIRKLAND, IP_EXACT), 0);
	s.scan = (struct ip_scan){ { 0.123, -0.4 }, { 9, 7.7 }, { 5, 4 } };
	s.probe.tilt[0] = 5;
	s.probe.tilt[1] = -3;
	ip_aberrations_set(&sets[0], "C10", -150);
	ip_aberrations_set(&sets[1], "C30", 1e6);
	ip_aberrations_set(&sets[1], "C12", 60);
	ip_aberrations_set(&sets[1], "phi12", 0.4);
	ip_aberrations_set(&sets[1], "C56", 1e7);
	assert_true(compare(&s) < 1e-9);
	ip_potential_free(s.potential);
	ip_structure_free(&atoms);
}

static void test_square(void **state)
{
	(void)state;
	agree(128, 128, 12.8, 12.8);
}

static void test_oblong(void **state)
{
	(void)state;
	agree(128, 150, 12.8, 13.5);
}

/* A scan at Nyquist and its Fourier series against every pixel by itself. */
static void test_every_pixel(void **state)
{
	struct ip_detector d = ip_test_quadrants(10, 50);
	size_t plane = 3;
	struct ip_structure atoms;
	struct ip_simulation s = { .probe = ip_test_probe(200e3, 20),
		.detectors = &d, .detector_count = 1, .planes = &plane,
		.plane_count = 1 };

	(void)state;
	random_atoms(&atoms, 5, 6, 9, 20);
	struct ip_grid g = ip_test_grid(&atoms, 40, 48);
	assert_int_equal(ip_potential_from_structure(&s.potential, &atoms, &g,
		3, IP_LOBATO, IP_EXACT), 0);
	ip_aberrations_set(&s.probe.aberrations, "defocus", 80);
	s.scan = ip_test_scan(s.potential, 40, 48);
	/* 1e-6 is asked for; nothing but rounding is left */
	assert_true(compare(&s) < 1e-9);
	/* and with a source, whose blur the two do differently */
	s.source_fwhm = 0.9;
	assert_true(compare(&s) < 1e-9);
	ip_potential_free(s.potential);
	ip_structure_free(&atoms);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_square),
		cmocka_unit_test(test_oblong),
		cmocka_unit_test(test_every_pixel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
