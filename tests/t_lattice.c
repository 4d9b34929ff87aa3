/* Cells along a beam, against what a search over all lattice vectors finds. */
#include <math.h>
#include <iphase/repeat.h>
#include <iphase/status.h>
#include "support/support.h"

static double dot(const double a[3], const double b[3])
{
	return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

static void cross(const double a[3], const double b[3], double c[3])
{
	c[0] = a[1] * b[2] - a[2] * b[1];
	c[1] = a[2] * b[0] - a[0] * b[2];
	c[2] = a[0] * b[1] - a[1] * b[0];
}

static void vector(const struct ip_structure *s, const int n[3], double r[3])
{
	for (int k = 0; k < 3; k++)
		r[k] = n[0] * s->cell[0][k] + n[1] * s->cell[1][k] +
			n[2] * s->cell[2][k];
}

/* A cell from lengths and angles (degree), turned anyhow, with four atoms. */
static void crystal(struct ip_structure *s, double a, double b, double c,
	double alpha, double beta, double gamma)
{
	static const double turn[3][3] = { { 0.36, 0.48, -0.8 },
		{ -0.8, 0.6, 0 }, { 0.48, 0.64, 0.6 } };
	static const double places[4][3] = { { 0, 0, 0 }, { 0.1, 0.35, 0.6 },
		{ 0.55, 0.2, 0.9 }, { 0.7, 0.8, 0.3 } };
	const double d = 3.14159265358979323846 / 180;
	double x = cos(beta * d), y = (cos(alpha * d) - cos(beta * d) *
		cos(gamma * d)) / sin(gamma * d);
	double cell[3][3] = { { a, 0, 0 }, { b * cos(gamma * d),
		b * sin(gamma * d), 0 }, { c * x, c * y,
		c * sqrt(1 - x * x - y * y) } };

	memset(s, 0, sizeof *s);
	for (int i = 0; i < 3; i++)
		for (int k = 0; k < 3; k++)
			s->cell[i][k] = dot(turn[k], cell[i]);
	s->count = 4;
	s->atoms = calloc(4, sizeof *s->atoms);
	for (int i = 0; i < 4; i++) {
		s->atoms[i].z = 7 + i;
		s->atoms[i].occupancy = 1;
		s->atoms[i].u = 0.01 * i;
		for (int k = 0; k < 3; k++)
			for (int j = 0; j < 3; j++)
				s->atoms[i].r[k] += places[i][j] *
					s->cell[j][k];
	}
}

/* e: the frame that c's vectors say. */
static void frame(const struct ip_structure *s, const struct ip_repeat_cell *c,
	double e[3][3])
{
	double b[3];

	vector(s, c->vectors[0], e[0]);
	vector(s, c->vectors[1], b);
	cross(e[0], b, e[2]);
	for (int i = 0; i < 3; i += 2) {
		double length = sqrt(dot(e[i], e[i]));
		for (int k = 0; k < 3; k++)
			e[i][k] /= length;
	}
	cross(e[2], e[0], e[1]);
}

/* Shorter vectors of the plane, and other pairs that span it, are none. */
static void assert_shortest(const struct ip_structure *s,
	const struct ip_repeat_cell *c, double e[3][3])
{
	double area = c->a[0][0] * c->a[1][1], one = c->a[0][0], r[3];
	double two = hypot(c->a[1][0], c->a[1][1]);
	int n[3];

	assert_true(one <= two * (1 + 1e-6));
	assert_true(c->a[0][1] == 0 && c->a[1][1] > 0);
	assert_true(fabs(c->a[1][0]) <= 0.5 * one * (1 + 1e-6));
	assert_true(area * c->period - fabs(ip_cell_volume(s->cell)) < 1e-9 *
		area * c->period);
	for (n[0] = -9; n[0] <= 9; n[0]++)
		for (n[1] = -9; n[1] <= 9; n[1]++)
			for (n[2] = -9; n[2] <= 9; n[2]++) {
				vector(s, n, r);
				double l = sqrt(dot(r, r)), z = dot(r, e[2]);
				if (l == 0)
					continue;
				if (fabs(z) > 1e-6) {
					assert_true(fabs(z) > c->period - 1e-6);
					continue;
				}
				assert_true(l > one - 1e-6);
				/* not along the first: at least the second */
				if (fabs(dot(r, e[1])) > 1e-6)
					assert_true(l > two - 1e-6);
			}
}

/* Each atom is the crystal's, up to a lattice vector, in the cell. */
static void assert_atoms(const struct ip_structure *s,
	const struct ip_repeat_cell *c, double e[3][3])
{
	double volume = ip_cell_volume(s->cell), n[3];

	assert_int_equal(c->count, s->count);
	for (size_t i = 0; i < c->count; i++) {
		const struct ip_atom *a = &c->atoms[i], *b = &s->atoms[i];
		double d[3], y = a->r[1] / c->a[1][1];
		double x = (a->r[0] - y * c->a[1][0]) / c->a[0][0];
		assert_int_equal(a->z, b->z);
		assert_true(a->u == b->u);
		assert_true(a->r[2] >= 0 && a->r[2] < c->period);
		assert_true(x > -1e-6 && x < 1 + 1e-6);
		assert_true(y > -1e-6 && y < 1 + 1e-6);
		for (int k = 0; k < 3; k++)
			d[k] = a->r[0] * e[0][k] + a->r[1] * e[1][k] +
				a->r[2] * e[2][k] - b->r[k];
		for (int j = 0; j < 3; j++) {
			cross(s->cell[(j + 1) % 3], s->cell[(j + 2) % 3], n);
			double f = dot(n, d) / volume;
			assert_true(fabs(f - nearbyint(f)) < 1e-5);
		}
	}
}

static void assert_cell(const struct ip_structure *s,
	const struct ip_repeat_cell *c, const double beam[3])
{
	double e[3][3], r[3], n[3];

	frame(s, c, e);
	cross(e[2], beam, n);
	assert_true(dot(e[2], beam) > 0);
	assert_true(sqrt(dot(n, n)) < 2e-4 * sqrt(dot(beam, beam)));
	assert_shortest(s, c, e);
	assert_atoms(s, c, e);
	/* shift: of the third vector, up to the other two */
	vector(s, c->vectors[2], r);
	assert_true(fabs(dot(r, e[2]) - c->period) < 1e-9);
	double y = (dot(r, e[1]) - c->shift[1]) / c->a[1][1];
	double x = (dot(r, e[0]) - c->shift[0] - y * c->a[1][0]) /
		c->a[0][0];
	assert_true(fabs(y - nearbyint(y)) < 1e-6);
	assert_true(fabs(x - nearbyint(x)) < 1e-6);
}

static void zone(const struct ip_structure *s, int u, int v, int w)
{
	const int uvw[3] = { u, v, w };
	struct ip_repeat_cell c;
	double beam[3];

	assert_int_equal(ip_repeat_zone(&c, s, uvw), 0);
	vector(s, uvw, beam);
	assert_cell(s, &c, beam);
	ip_repeat_cell_free(&c);
}

static void plane(const struct ip_structure *s, int h, int k, int l)
{
	const int hkl[3] = { h, k, l };
	struct ip_repeat_cell c;
	double beam[3] = { 0, 0, 0 }, n[3];

	assert_int_equal(ip_repeat_plane(&c, s, hkl), 0);
	for (int j = 0; j < 3; j++) {
		cross(s->cell[(j + 1) % 3], s->cell[(j + 2) % 3], n);
		for (int i = 0; i < 3; i++)
			beam[i] += hkl[j] * n[i] / ip_cell_volume(s->cell);
	}
	assert_cell(s, &c, beam);
	ip_repeat_cell_free(&c);
}

static void test_cubic(void **state)
{
	struct ip_structure s;

	(void)state;
	crystal(&s, 4, 4, 4, 90, 90, 90);
	for (int u = -2; u <= 3; u++)
		for (int v = -1; v <= 3; v++)
			for (int w = -2; w <= 2; w++)
				if (u || v || w)
					zone(&s, u, v, w);
	plane(&s, 2, 4, 6);
	ip_structure_free(&s);
}

static void test_others(void **state)
{
	struct ip_structure s;

	(void)state;
	crystal(&s, 3.2, 3.2, 5.2, 90, 90, 120);
	zone(&s, 0, 0, 1);
	zone(&s, 0, 0, -2);
	zone(&s, 1, 0, 0);
	zone(&s, 1, -1, 0);
	zone(&s, 3, 1, 0);
	plane(&s, 1, 0, 1);
	plane(&s, -1, 2, 3);
	ip_structure_free(&s);
	/* left-handed */
	crystal(&s, 3, 4, 5, 90, 90, 90);
	for (int k = 0; k < 3; k++)
		s.cell[2][k] = -s.cell[2][k];
	zone(&s, 1, 0, 0);
	zone(&s, 0, 0, 1);
	plane(&s, 1, 1, 1);
	ip_structure_free(&s);
	crystal(&s, 10.4, 6.7, 12.5, 90, 102.7, 90);
	zone(&s, 0, 1, 0);
	plane(&s, 1, 0, 0);
	plane(&s, 1, 1, -2);
	ip_structure_free(&s);
	crystal(&s, 5, 6, 7, 81, 97, 112);
	plane(&s, 0, 0, 1);
	plane(&s, 1, -2, 1);
	ip_structure_free(&s);
}

/* A cell of five decimals a number is still hexagonal. */
static void test_known(void **state)
{
	const int z[3] = { 0, 0, 1 }, z111[3] = { 1, 1, 1 };
	struct ip_structure s;
	struct ip_repeat_cell c;

	(void)state;
	crystal(&s, 3.1893, 3.1893, 5.1851, 90, 90, 120);
	for (int i = 0; i < 3; i++)
		for (int k = 0; k < 3; k++)
			s.cell[i][k] = floor(s.cell[i][k] * 1e5 + 0.5) / 1e5;
	assert_int_equal(ip_repeat_zone(&c, &s, z), 0);
	assert_true(fabs(c.a[0][0] - 3.1893) < 1e-4);
	assert_true(fabs(c.a[1][0] + 3.1893 / 2) < 1e-4);
	assert_true(fabs(c.period - 5.1851) < 1e-4);
	ip_repeat_cell_free(&c);
	ip_structure_free(&s);
	crystal(&s, 4, 4, 4, 90, 90, 90);
	assert_int_equal(ip_repeat_zone(&c, &s, z111), 0);
	assert_true(fabs(c.a[0][0] - 4 * sqrt(2)) < 1e-9);
	assert_true(fabs(c.a[1][0] + 2 * sqrt(2)) < 1e-9);
	assert_true(fabs(c.period - 4 / sqrt(3)) < 1e-9);
	assert_true(hypot(c.shift[0], c.shift[1]) > 1);
	ip_repeat_cell_free(&c);
	assert_int_equal(ip_repeat_zone(&c, &s, z), 0);
	assert_true(c.a[1][0] == 0 && c.shift[0] == 0 && c.shift[1] == 0);
	ip_repeat_cell_free(&c);
	ip_structure_free(&s);
}

static void refuse(const struct ip_structure *s, int u, int v, int w,
	int status, const char *part)
{
	const int uvw[3] = { u, v, w };
	struct ip_repeat_cell c;

	ip_test_log_capture();
	assert_int_equal(ip_repeat_zone(&c, s, uvw), status);
	ip_test_assert_logged(part);
}

static void test_refused(void **state)
{
	struct ip_structure s;

	(void)state;
	crystal(&s, 3.2, 3.2, 5.2, 90, 90, 120);
	refuse(&s, 0, 0, 0, IP_EINVAL, "no direction");
	refuse(&s, 1, 1, 9, IP_EPHYSICS, "[0 0 1]");
	refuse(&s, 9, 1, -1, IP_EPHYSICS, "[5 1 0]");
	ip_structure_free(&s);
	crystal(&s, 10.4, 6.7, 12.5, 90, 102.7, 90);
	refuse(&s, 1, 8, 0, IP_EPHYSICS, "[0 1 0]");
	memset(s.cell, 0, sizeof s.cell);
	refuse(&s, 0, 0, 1, IP_EINVAL, "no cell");
	ip_structure_free(&s);
	crystal(&s, 5, 6, 7, 81, 97, 112);
	refuse(&s, 0, 0, 1, IP_EPHYSICS, "plane (hkl)");
	ip_structure_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cubic),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_known),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
