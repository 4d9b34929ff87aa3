/* The crystals in data/crystals, and islands of those in shared/cubes. */
#include <math.h>
#include <iphase/formats.h>
#include <iphase/specimen.h>
#include <iphase/status.h>
#include "support/support.h"

/* The distance of the nearest pair of elements za, zb, images included. */
static double bond(const struct ip_structure *s, int za, int zb)
{
	double best = INFINITY, d2, x;
	size_t a, b;
	int n, k;

	for (a = 0; a < s->count; a++)
		for (b = 0; b < s->count; b++)
			for (n = 0; n < 27; n++) {
				int m[3] = { n % 3 - 1, n / 3 % 3 - 1,
					n / 9 - 1 };

				if (s->atoms[a].z != za ||
					s->atoms[b].z != zb ||
					(a == b && n == 13))
					continue;
				for (d2 = 0, k = 0; k < 3; k++) {
					x = s->atoms[b].r[k] -
						s->atoms[a].r[k] +
						m[0] * s->cell[0][k] +
						m[1] * s->cell[1][k] +
						m[2] * s->cell[2][k];
					d2 += x * x;
				}
				best = fmin(best, sqrt(d2));
			}
	return best;
}

static struct ip_structure load(const char *name)
{
	struct ip_structure s = { { { 0 } }, 0, NULL };
	char rel[64];

	snprintf(rel, sizeof(rel), "data/crystals/%s", name);
	assert_int_equal(ip_xyz_read(ip_test_src(rel), &s), 0);
	assert_int_equal(ip_structure_check(&s, 1.5), 0);
	return s;
}

static void test_files(void **state)
{
	static const struct {
		const char *name;
		size_t count;
		double volume;		/* of an atom, Angstrom^3 */
		int a, b;
		double bond, rms;	/* of element a */
	} all[] = {
		/* u c and the sides of the tetrahedron: 1.9548, 1.9487 */
		{ "GaN.xyz", 4, 11.4188, 31, 7, 1.9487, 0.0580 },
		{ "GaN_orthogonal.xyz", 8, 11.4188, 31, 7, 1.9487, 0.0580 },
		{ "Si.xyz", 8, 20.0243, 14, 14, 2.3517, 0.0762 },
		{ "SrTiO3.xyz", 5, 11.9123, 22, 8, 1.95265, 0.0746 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		struct ip_structure s = load(all[i].name);
		size_t j;

		assert_int_equal((int)s.count, (int)all[i].count);
		assert_true(fabs(ip_cell_volume((const double (*)[3])s.cell) /
			(double)s.count -
			all[i].volume) < 2e-3);
		assert_true(fabs(bond(&s, all[i].a, all[i].b) - all[i].bond) <
			2e-4);
		for (j = 0; j < s.count; j++)
			if (s.atoms[j].z == all[i].a)
				assert_true(fabs(s.atoms[j].u - all[i].rms) <
					1e-4);
		ip_structure_free(&s);
	}
}

/* The hexagonal cell and the orthogonal one are one crystal. */
static void test_same_crystal(void **state)
{
	struct ip_structure hex = load("GaN.xyz");
	struct ip_structure ortho = load("GaN_orthogonal.xyz");
	size_t i, j;

	(void)state;
	for (i = 0; i < ortho.count; i++) {
		int found = 0;

		for (j = 0; j < hex.count; j++) {
			/* the difference must be a vector of the lattice */
			double d[3], u, v;
			int k;

			for (k = 0; k < 3; k++)
				d[k] = ortho.atoms[i].r[k] - hex.atoms[j].r[k];
			v = d[1] / hex.cell[1][1];
			u = (d[0] - v * hex.cell[1][0]) / hex.cell[0][0];
			found += ortho.atoms[i].z == hex.atoms[j].z &&
				fabs(d[2]) < 1e-6 &&
				fabs(v - round(v)) < 1e-6 &&
				fabs(u - round(u)) < 1e-6;
		}
		assert_int_equal(found, 1);
	}
	ip_structure_free(&hex);
	ip_structure_free(&ortho);
}

/* Tilted as in the reference, 120 nm: all inside, nobody too close. */
static void cube_island(const char *name, double apart, size_t atoms,
	double c)
{
	struct ip_island how = { 0, 120, 6, { 17, 0.3, -0.2 },
		{ 25.6, 25.6 }, 5 };
	struct ip_structure box;
	struct ip_cube cube;
	const char *path = ip_test_shared(name);
	double surface, layers;
	size_t i;
	int k;

	if (path == NULL)
		skip();
	memset(&cube, 0, sizeof(cube));
	assert_int_equal(ip_cube_read(path, &cube), 0);
	assert_int_equal(ip_island_build(&cube.structure, &how, &box,
		&surface), 0);
	assert_int_equal(ip_structure_check(&box, apart), 0);
	for (i = 0; i < box.count; i++)
		for (k = 0; k < 3; k++)
			assert_true(box.atoms[i].r[k] >=
				(k < 2 ? IP_ISLAND_MARGIN : 0) &&
				box.atoms[i].r[k] < box.cell[k][k] -
				(k < 2 ? IP_ISLAND_MARGIN : 0));
	/* n^2 columns, each as long as thickness and two slices, but for the
	   surfaces' roughness of one cell */
	layers = (double)box.count / (double)atoms * c;
	layers /= pow(round(sqrt(layers / 1206)), 2);
	assert_true(fabs(layers - 1206) < c);
	assert_true(surface > 4 && surface < 6);
	ip_structure_free(&box);
	ip_cube_free(&cube);
}

static void test_gan(void **state)
{
	(void)state;
	cube_island("cubes/GaN.cube", 1.9, 4, 5.1924);
}

static void test_knbo3(void **state)
{
	(void)state;
	cube_island("cubes/KNbO3_1.cube", 1.9, 5, 4.0292);
}

static void test_licoo2(void **state)
{
	(void)state;
	cube_island("cubes/LiCoO2.cube", 1.85, 12, 13.909);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_same_crystal),
		cmocka_unit_test(test_gan),
		cmocka_unit_test(test_knbo3),
		cmocka_unit_test(test_licoo2),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
