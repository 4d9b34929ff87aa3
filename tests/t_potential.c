/* Potential slices against the peer's, and against what must hold. */
#include <math.h>
#include <iphase/status.h>
#include <iphase/threads.h>
#include "support/golden.h"

static struct ip_potential *open_potential(const struct ip_structure *s,
	size_t n0, size_t n1, double dz, enum ip_factors set,
	enum ip_deposit deposit)
{
	struct ip_grid g = ip_test_grid(s, n0, n1);
	struct ip_potential *p = NULL;

	assert_int_equal(ip_potential_from_structure(&p, s, &g, dz, set,
		deposit), 0);
	return p;
}

/* All slices, [slices][nx][ny]; free() them. */
static double *slices_of(struct ip_potential *p)
{
	const struct ip_grid *g = ip_potential_grid(p);
	size_t n = ip_potential_slices(p);
	double *v = calloc(n * g->n[0] * g->n[1], sizeof(*v));

	assert_int_equal(ip_potential_get(p, 0, n, v), 0);
	return v;
}

/* Random atoms in a box of lx x ly x lz. */
static struct ip_structure random_box(size_t n, double lx, double ly, double lz)
{
	struct ip_structure s, copy;
	static const int z[] = { 31, 7, 41, 8 };
	uint64_t seed = 5;
	size_t i;

	memset(&s, 0, sizeof(s));
	s.cell[0][0] = lx;
	s.cell[1][1] = ly;
	s.cell[2][2] = lz;
	s.count = n;
	s.atoms = calloc(n, sizeof(*s.atoms));
	for (i = 0; i < n; i++) {
		s.atoms[i].r[0] = lx * ((double)i + 0.3 *
			ip_test_uniform(&seed)) / (double)n;
		s.atoms[i].r[1] = ly * ip_test_uniform(&seed);
		s.atoms[i].r[2] = lz * ip_test_uniform(&seed);
		s.atoms[i].z = z[i % 4];
		s.atoms[i].occupancy = 1;
	}
	assert_int_equal(ip_structure_copy(&copy, &s), 0);
	free(s.atoms);
	return copy;
}

static void golden_slices(const char *file, enum ip_factors set)
{
	struct ip_bundle b = { { 0, NULL }, 0, NULL };
	struct ip_structure s;
	struct ip_potential *p;
	double *want, *got;

	ip_test_golden(file, &b);
	ip_test_atoms(&b, &s);
	p = open_potential(&s, 128, 128, 3, set, IP_BILINEAR);
	assert_int_equal((int)ip_potential_slices(p), 5);
	want = ip_test_numbers(&b, "slices", 5 * 128 * 128);
	got = slices_of(p);
	ip_test_assert_close(file, got, want, 5 * 128 * 128, 1e-6);
	free(want);
	free(got);
	ip_potential_free(p);
	ip_structure_free(&s);
	ip_bundle_free(&b);
}

static void test_golden(void **state)
{
	(void)state;
	golden_slices("c_gan_thin_kirkland.npz", IP_KIRKLAND);
	golden_slices("c_gan_thin_lobato.npz", IP_LOBATO);
}

/* The sum over pixels is the sum of f(0)/kappa, whatever the deposit. */
static void test_integral(void **state)
{
	struct ip_structure s = random_box(12, 7.3, 6.1, 9);
	double want = 0;
	size_t i;
	int d;

	(void)state;
	for (i = 0; i < s.count; i++)
		want += ip_factor(IP_KIRKLAND, s.atoms[i].z, 0) / IP_KAPPA;
	for (d = 0; d < 2; d++) {
		struct ip_potential *p = open_potential(&s, 48, 45, 2,
			IP_KIRKLAND, d == 0 ? IP_EXACT : IP_BILINEAR);
		size_t n = ip_potential_slices(p) * 48 * 45;
		double *v = slices_of(p), sum = 0;

		for (i = 0; i < n; i++)
			sum += v[i] * 7.3 * 6.1 / (48 * 45);
		assert_true(fabs(sum / want - 1) < 1e-11);
		free(v);
		ip_potential_free(p);
	}
	ip_structure_free(&s);
}

/* Exact: moving all atoms by whole pixels moves the picture, to rounding. */
static void test_shift(void **state)
{
	struct ip_structure s = random_box(10, 6.4, 5, 4);
	struct ip_potential *a = open_potential(&s, 32, 25, 4, IP_KIRKLAND,
		IP_EXACT), *b;
	double *va, *vb, *moved = calloc(32 * 25, sizeof(*moved));
	size_t i, j;

	(void)state;
	for (i = 0; i < s.count; i++) {
		s.atoms[i].r[0] += 3 * 0.2;
		s.atoms[i].r[1] -= 2 * 0.2;
	}
	b = open_potential(&s, 32, 25, 4, IP_KIRKLAND, IP_EXACT);
	va = slices_of(a);
	vb = slices_of(b);
	for (i = 0; i < 32; i++)
		for (j = 0; j < 25; j++)
			moved[(i + 3) % 32 * 25 + (j + 23) % 25] =
				va[i * 25 + j];
	ip_test_assert_close("shift", vb, moved, 32 * 25, 1e-12);
	free(va);
	free(vb);
	free(moved);
	ip_potential_free(a);
	ip_potential_free(b);
	ip_structure_free(&s);
}

/* An atom far from its images has the projected potential of a free one. */
static void test_free_atom(void **state)
{
	struct ip_structure s = random_box(1, 30, 30, 2);
	struct ip_potential *p;
	double *v;
	size_t i;

	(void)state;
	s.atoms[0].z = 14;
	s.atoms[0].u = 0.1;	/* smeared, so that the grid resolves it */
	s.atoms[0].r[0] = s.atoms[0].r[1] = 15;
	p = open_potential(&s, 480, 480, 2, IP_KIRKLAND, IP_EXACT);
	v = slices_of(p);
	for (i = 16; i <= 48; i += 8) {
		double r = (double)i / 16, got = v[(240 + i) * 480 + 240];
		double want = ip_atom_projected(IP_KIRKLAND, 14, r);

		/* smearing by 0.1 A changes the tail at r >= 1 A by u^2/r^2,
		   and images 30 A away add their tails */
		assert_true(fabs(got - want) < 0.03 * want + 0.02);
	}
	free(v);
	ip_potential_free(p);
	ip_structure_free(&s);
}

/* A displacement is a Gaussian blur: the second moment grows by 2 u^2. */
static void test_displacement(void **state)
{
	struct ip_structure s = random_box(1, 12, 12, 2);
	double moment[2];
	int q;

	(void)state;
	s.atoms[0].z = 8;
	s.atoms[0].r[0] = s.atoms[0].r[1] = 6;
	for (q = 0; q < 2; q++) {
		struct ip_potential *p;
		double *v, sum = 0;
		size_t i, j;

		s.atoms[0].u = q == 0 ? 0.2 : 0.4;
		p = open_potential(&s, 120, 120, 2, IP_KIRKLAND, IP_EXACT);
		v = slices_of(p);
		moment[q] = 0;
		for (i = 0; i < 120; i++)
			for (j = 0; j < 120; j++) {
				double x = 0.1 * (double)i - 6;

				sum += v[i * 120 + j];
				moment[q] += x * x * v[i * 120 + j];
			}
		moment[q] /= sum;
		free(v);
		ip_potential_free(p);
	}
	/* exact up to the tail cut at the box's edge, where both agree */
	assert_true(fabs(moment[1] - moment[0] - (0.16 - 0.04)) < 1e-4);
	ip_structure_free(&s);
}

/* Slices in any order and with any threads: the same bytes. */
static void test_repeatable(void **state)
{
	struct ip_structure s = random_box(40, 9, 8, 20);
	struct ip_potential *p = open_potential(&s, 40, 36, 2, IP_KIRKLAND,
		IP_EXACT);
	double *all = slices_of(p), one[40 * 36];
	size_t i;

	(void)state;
	for (i = 10; i-- > 0;) {
		ip_threads_set((int)(i % 3) + 1);
		assert_int_equal(ip_potential_get(p, i, 1, one), 0);
		assert_memory_equal(one, all + i * 40 * 36, sizeof(one));
	}
	ip_threads_set(0);
	ip_test_log_capture();
	assert_int_equal(ip_potential_get(p, 9, 2, one), IP_EINVAL);
	free(all);
	ip_potential_free(p);
	ip_structure_free(&s);
}

static void refuse(const struct ip_structure *s, double dz, int code,
	const char *text)
{
	struct ip_grid g = ip_test_grid(s, 32, 32);
	struct ip_potential *p = NULL;

	ip_test_log_capture();
	assert_int_equal(ip_potential_from_structure(&p, s, &g, dz,
		IP_KIRKLAND, IP_EXACT), code);
	ip_test_assert_logged(text);
	assert_null(p);
}

static void test_refusals(void **state)
{
	struct ip_structure s = random_box(3, 6, 6, 6);
	struct ip_grid odd;
	struct ip_potential *p = NULL;

	(void)state;
	refuse(&s, 0, IP_EINVAL, "slice thickness");
	refuse(&s, NAN, IP_EINVAL, "slice thickness");
	s.atoms[1].r[2] = 6;
	refuse(&s, 2, IP_EPHYSICS, "outside the box");
	s.atoms[1].r[2] = 1;
	s.atoms[1].z = 120;
	refuse(&s, 2, IP_ENOTFOUND, "120");
	s.atoms[1].z = 7;
	s.atoms[1].r[0] = NAN;
	refuse(&s, 2, IP_EINVAL, "nan");
	s.atoms[1].r[0] = s.atoms[0].r[0];
	s.atoms[1].r[1] = s.atoms[0].r[1];
	s.atoms[1].r[2] = s.atoms[0].r[2];
	refuse(&s, 2, IP_EPHYSICS, "");
	s.atoms[1].r[0] += 2;
	s.cell[0][1] = 1;
	refuse(&s, 2, IP_EINVAL, "orthogonal");
	s.cell[0][1] = 0;
	odd = ip_test_grid(&s, 32, 33);
	ip_test_log_capture();
	assert_int_equal(ip_potential_from_structure(&p, &s, &odd, 2,
		IP_KIRKLAND, IP_EXACT), IP_EINVAL);
	ip_test_assert_logged("35");
	ip_structure_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden),
		cmocka_unit_test(test_integral),
		cmocka_unit_test(test_shift),
		cmocka_unit_test(test_free_atom),
		cmocka_unit_test(test_displacement),
		cmocka_unit_test(test_repeatable),
		cmocka_unit_test(test_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
