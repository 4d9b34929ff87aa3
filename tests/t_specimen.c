/* Islands against the atoms of the reference's own simulations. */
#include <math.h>
#include <iphase/specimen.h>
#include <iphase/status.h>
#include "support/golden.h"

/* GaN, P6_3mc, as in the reference's cube (a 3.1889, c 5.1924), bohr. */
static struct ip_structure gan(void)
{
	static const double bohr = 0.5291772105638411;
	static const double r[4][3] = {
		{ 3.013103, 1.739616, 4.897076 }, { 0, 3.479231, 9.803142 },
		{ 3.013103, 1.739616, 8.594607 }, { 0, 3.479231, 3.688541 }
	};
	struct ip_structure s, copy;
	static struct ip_atom atoms[4];
	int i, j;

	memset(&s, 0, sizeof(s));
	memset(atoms, 0, sizeof(atoms));
	s.cell[0][0] = 45 * 0.133916 * bohr;
	s.cell[1][0] = -45 * 0.066958 * bohr;
	s.cell[1][1] = 45 * 0.115974 * bohr;
	s.cell[2][2] = 72 * 0.136280 * bohr;
	s.count = 4;
	s.atoms = atoms;
	for (i = 0; i < 4; i++) {
		atoms[i].z = i < 2 ? 31 : 7;
		atoms[i].occupancy = 1;
		for (j = 0; j < 3; j++)
			atoms[i].r[j] = r[i][j] * bohr;
	}
	assert_int_equal(ip_structure_copy(&copy, &s), 0);
	return copy;
}

static struct ip_island island(int repeat, double rz, double fov)
{
	struct ip_island how = { repeat, 20, 6, { rz, 0.3, -0.2 },
		{ fov, fov }, 5 };

	return how;
}

/* Every atom of a has one of b of the same element within tol, and back. */
static void same_atoms(const struct ip_structure *a,
	const struct ip_structure *b, double tol)
{
	char *taken = calloc(b->count, 1);
	size_t i, j;

	assert_int_equal((int)a->count, (int)b->count);
	for (i = 0; i < a->count; i++) {
		const double *p = a->atoms[i].r;

		for (j = 0; j < b->count; j++) {
			const double *q = b->atoms[j].r;

			if (!taken[j] && a->atoms[i].z == b->atoms[j].z &&
				fabs(p[2] - q[2]) < tol &&
				hypot(p[0] - q[0], p[1] - q[1]) < tol)
				break;
		}
		assert_true(j < b->count);
		taken[j] = 1;
	}
	free(taken);
}

static void golden_island(const char *file, int repeat, double rz, double fov)
{
	struct ip_bundle b = { { 0, NULL }, 0, NULL };
	struct ip_structure cell = gan(), want, box;
	struct ip_island how = island(repeat, rz, fov);
	double surface;
	int j;

	ip_test_golden(file, &b);
	ip_test_atoms(&b, &want);
	assert_int_equal(ip_island_build(&cell, &how, &box, &surface), 0);
	same_atoms(&box, &want, 1e-9);
	for (j = 0; j < 3; j++)
		assert_true(fabs(box.cell[j][j] - want.cell[j][j]) < 1e-9);
	assert_true(fabs(surface - 5) < 0.3);
	ip_structure_free(&cell);
	ip_structure_free(&want);
	ip_structure_free(&box);
	ip_bundle_free(&b);
}

static void test_golden(void **state)
{
	(void)state;
	golden_island("d_gan_20nm.npz", 2, 17, 12.8);
	golden_island("ref256_gan_20nm.npz", 4, 41, 25.6);
}

/* rz first, then rx, then ry. */
static void test_euler(void **state)
{
	static const double z[3] = { 90, 0, 0 }, zx[3] = { 90, 90, 0 };
	static const double zy[3] = { 90, 0, 90 };
	double m[3][3];

	(void)state;
	ip_euler_matrix(z, m);		/* x -> y */
	assert_true(fabs(m[1][0] - 1) < 1e-15);
	ip_euler_matrix(zx, m);		/* x -> y -> z */
	assert_true(fabs(m[2][0] - 1) < 1e-15);
	ip_euler_matrix(zy, m);		/* y -> -x -> z */
	assert_true(fabs(m[2][1] - 1) < 1e-15);
}

/* repeat 0: the most that fits, and one more does not. */
static void test_largest(void **state)
{
	struct ip_structure cell = gan(), box;
	struct ip_island how = island(0, 41, 25.6);
	size_t i, count;
	int n;

	(void)state;
	assert_int_equal(ip_island_build(&cell, &how, &box, NULL), 0);
	for (i = 0; i < box.count; i++)
		assert_true(box.atoms[i].r[0] >= IP_ISLAND_MARGIN &&
			box.atoms[i].r[0] <= 25.6 - IP_ISLAND_MARGIN &&
			box.atoms[i].r[1] >= IP_ISLAND_MARGIN &&
			box.atoms[i].r[1] <= 25.6 - IP_ISLAND_MARGIN);
	count = box.count;
	n = (int)lround(sqrt((double)count / 160));	/* 40 layers of 4 */
	assert_int_equal((int)count, n * n * 160);
	ip_structure_free(&box);
	assert_true(n >= 4);
	ip_structure_free(&cell);
}

/*
 * Upright, the atoms of a column lie above each other, where its topmost is,
 * and as deep as they were before the island was tilted.
 */
static void upright(double rx, double ry)
{
	struct ip_structure cell = gan(), flat, box, up;
	struct ip_island how = island(3, 17, 25.6);
	double euler[3] = { 17, rx, ry }, surface, z0 = INFINITY;

	how.euler[1] = how.euler[2] = 0;
	assert_int_equal(ip_island_build(&cell, &how, &flat, NULL), 0);
	memcpy(how.euler, euler, sizeof euler);
	assert_int_equal(ip_island_build(&cell, &how, &box, &surface), 0);
	assert_int_equal(ip_island_upright(&box, euler, surface, &up), 0);
	assert_true(up.count == flat.count);
	assert_memory_equal(up.cell, box.cell, sizeof up.cell);
	for (size_t i = 0; i < up.count; i++) {
		const double *a = up.atoms[i].r, *f = flat.atoms[i].r;
		size_t top = i;
		assert_true(up.atoms[i].z == box.atoms[i].z);
		assert_true(fabs(a[2] - surface - (f[2] - 5)) < 1e-9);
		z0 = fmin(z0, a[2] - surface);
		/* the topmost of its column in the flat island */
		for (size_t j = 0; j < up.count; j++) {
			const double *g = flat.atoms[j].r;
			if (hypot(g[0] - f[0], g[1] - f[1]) < 1e-6 &&
					g[2] < flat.atoms[top].r[2])
				top = j;
		}
		assert_true(hypot(a[0] - up.atoms[top].r[0],
			a[1] - up.atoms[top].r[1]) < 1e-9);
		if (fabs(f[2] - 5) < 1e-9)
			assert_true(hypot(a[0] - box.atoms[i].r[0],
				a[1] - box.atoms[i].r[1]) < 1e-9);
	}
	assert_true(fabs(z0) < 1e-9);
	ip_structure_free(&cell);
	ip_structure_free(&flat);
	ip_structure_free(&box);
	ip_structure_free(&up);
}

static void test_upright(void **state)
{
	const double flat[3] = { 41, 0, 0 };
	struct ip_structure cell = gan(), box, up;
	struct ip_island how = island(2, 41, 25.6);

	(void)state;
	upright(0.3, -0.2);
	upright(-1, 2);
	how.euler[1] = how.euler[2] = 0;
	assert_int_equal(ip_island_build(&cell, &how, &box, NULL), 0);
	/* untilted, whatever the surface is */
	assert_int_equal(ip_island_upright(&box, flat, 5.7, &up), 0);
	for (size_t i = 0; i < box.count; i++)
		for (int k = 0; k < 3; k++)
			assert_true(fabs(up.atoms[i].r[k] -
				box.atoms[i].r[k]) < 1e-12);
	ip_structure_free(&cell);
	ip_structure_free(&box);
	ip_structure_free(&up);
}

static void refuse(struct ip_structure *cell, const struct ip_island *how,
	int code, const char *text)
{
	struct ip_structure box = { { { 0 } }, 0, NULL };

	ip_test_log_capture();
	assert_int_equal(ip_island_build(cell, how, &box, NULL), code);
	ip_test_assert_logged(text);
	assert_null(box.atoms);
}

static void test_refusals(void **state)
{
	struct ip_structure cell = gan();
	struct ip_island how = island(4, 0, 25.6);

	(void)state;
	how.thickness = 0;
	refuse(&cell, &how, IP_EPHYSICS, "thickness");
	how = island(20, 0, 25.6);
	refuse(&cell, &how, IP_EPHYSICS, "take fewer cells");
	how = island(4, 0, 25.6);
	how.euler[1] = 30;
	refuse(&cell, &how, IP_EPHYSICS, "more vacuum");
	how = island(0, 0, 5);
	refuse(&cell, &how, IP_EPHYSICS, "not one cell");
	how = island(4, NAN, 25.6);
	refuse(&cell, &how, IP_EINVAL, "Euler");
	how = island(4, 0, 25.6);
	cell.cell[2][0] = 1;
	refuse(&cell, &how, IP_EINVAL, "third cell vector");
	cell.cell[2][0] = 0;
	cell.cell[1][1] = 0;
	refuse(&cell, &how, IP_EPHYSICS, "");
	ip_structure_free(&cell);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden),
		cmocka_unit_test(test_euler),
		cmocka_unit_test(test_largest),
		cmocka_unit_test(test_upright),
		cmocka_unit_test(test_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
