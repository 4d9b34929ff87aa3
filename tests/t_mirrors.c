/* The mirror planes that contain a beam, and angles of rotations. */
#include <math.h>
#include <iphase/formats.h>
#include <iphase/specimen.h>
#include "support/repeat.h"

#define PI 3.14159265358979323846

/* Lines, degree, as text: "30 90 150". Frees both. */
static const char *text_of(struct ip_repeat_cell c, struct ip_structure *s)
{
	static char text[64];
	double phi[6];
	int k, at = 0, n = ip_repeat_mirrors(&c, phi);

	text[0] = 0;
	for (k = 0; k < n; k++) {
		assert_true(k == 0 || phi[k] > phi[k - 1]);
		at += snprintf(text + at, sizeof text - (size_t)at, "%s%.4g",
			k ? " " : "", phi[k] * 180 / PI);
	}
	ip_repeat_cell_free(&c);
	ip_structure_free(s);
	return text;
}

static const char *lines(struct ip_structure *s, int u, int v, int w)
{
	struct ip_repeat_cell c;

	assert_int_equal(ip_repeat_zone(&c, s, (int[]){ u, v, w }), 0);
	return text_of(c, s);
}

static const char *lines_of_plane(struct ip_structure *s)
{
	struct ip_repeat_cell c;

	assert_int_equal(ip_repeat_plane(&c, s, (int[]){ 0, 0, 1 }), 0);
	return text_of(c, s);
}

static const char *of_file(const char *name, int u, int v, int w)
{
	struct ip_structure s = { .count = 0 };
	char path[64];

	snprintf(path, sizeof path, "data/crystals/%s.cif", name);
	assert_int_equal(ip_cif_read(ip_test_src(path), &s), 0);
	return lines(&s, u, v, w);
}

static const char *of(void (*make)(struct ip_structure *), int u, int v, int w)
{
	struct ip_structure s;

	make(&s);
	return lines(&s, u, v, w);
}

/* As the space groups have them. */
static void test_groups(void **state)
{
	(void)state;
	/* P6_3mc: m holds a and c, the glide c (of half a period) does not */
	assert_string_equal(of(ip_test_gan, 0, 0, 1), "30 90 150");
	/* across a: along the beam, that glide leads across it; and c is
	 * polar */
	assert_string_equal(of(ip_test_gan, 1, 0, 0), "0");
	/* Pm-3m */
	assert_string_equal(of(ip_test_knbo3, 0, 0, 1), "0 45 90 135");
	assert_string_equal(of(ip_test_knbo3, 1, 1, 0), "0 90");
	assert_string_equal(of(ip_test_knbo3, 1, 1, 1), "30 90 150");
	/* R-3m, whose period leans */
	assert_string_equal(of(ip_test_licoo2, 0, 0, 1), "30 90 150");
	assert_string_equal(of(ip_test_leaning, 0, 1, 0), "");
	/* Fd-3m: the glides d have a quarter of the period along the beam */
	assert_string_equal(of_file("Si", 0, 0, 1), "45 135");
	assert_string_equal(of_file("Si", 1, 1, 0), "0 90");
	assert_string_equal(of_file("MoS2", 0, 0, 1), "30 90 150");
}

/* Wherever the origin is, and however the crystal lies. */
static void test_moved(void **state)
{
	static const double euler[3] = { 100, 20, -40 };
	struct ip_structure s;
	double m[3][3], r[3];

	(void)state;
	ip_euler_matrix(euler, m);
	ip_test_gan(&s);
	for (size_t i = 0; i < s.count + 3; i++) {
		double *v = i < s.count ? s.atoms[i].r : s.cell[i - s.count];

		memcpy(r, v, sizeof r);
		for (int k = 0; k < 3; k++)
			v[k] = m[k][0] * r[0] + m[k][1] * r[1] +
				m[k][2] * r[2] + (i < s.count ? 0.37 : 0);
	}
	assert_string_equal(lines(&s, 0, 0, 1), "30 90 150");
}

/*
 * Two atoms that are each other's images but for rounding, in depth on both
 * sides of where the leaning period begins.
 */
static void test_rounding(void **state)
{
	struct ip_structure s;

	(void)state;
	ip_test_leaning(&s);
	s.count = 3;
	for (int i = 0; i < 3; i++)
		s.atoms[i] = (struct ip_atom){ { 0.3, i ? 0.9 : 0, 1 }, 0.05,
			i ? 14 : 7, 1 };
	s.atoms[1].r[2] = 0.001;
	s.atoms[2].r[1] = -0.9;
	s.atoms[2].r[2] = -0.001;
	assert_string_equal(lines_of_plane(&s), "90");
}

/* What tells atoms apart, and places that are not quite images. */
static void test_broken(void **state)
{
	struct ip_structure s;

	(void)state;
	ip_test_knbo3(&s);
	s.atoms[3].occupancy = 0.9;
	assert_string_equal(lines(&s, 0, 0, 1), "0 90");
	ip_test_knbo3(&s);
	s.atoms[4].u = 0.1;
	assert_string_equal(lines(&s, 0, 0, 1), "0 90");
	ip_test_knbo3(&s);
	s.atoms[4].z = 9;
	assert_string_equal(lines(&s, 0, 0, 1), "0 90");
	ip_test_knbo3(&s);
	s.atoms[1].r[0] += 0.02;
	assert_string_equal(lines(&s, 0, 0, 1), "0");
	ip_test_knbo3(&s);
	s.cell[1][1] += 0.02;
	for (size_t i = 0; i < s.count; i++)
		s.atoms[i].r[1] *= s.cell[1][1] / 4.01;
	assert_string_equal(lines(&s, 0, 0, 1), "0 90");
	/* a movement along the beam breaks none of these */
	ip_test_knbo3(&s);
	s.atoms[1].r[2] += 0.2;
	assert_string_equal(lines(&s, 0, 0, 1), "0 45 90 135");
	assert_string_equal(of_file("KNbO3", 0, 0, 1), "0 90");
}

/* A screw of three atoms, as in quartz: no mirror image is the crystal. */
static void test_chiral(void **state)
{
	struct ip_structure s;

	(void)state;
	ip_test_gan(&s);
	s.count = 3;
	for (int i = 0; i < 3; i++) {
		double a = 2 * PI * i / 3;
		s.atoms[i] = (struct ip_atom){ { 0.8 * cos(a), 0.8 * sin(a),
			s.cell[2][2] * i / 3 }, 0, 14, 1 };
	}
	assert_string_equal(lines(&s, 0, 0, 1), "");
}

/* Any rotation is that of its angles. */
static void test_angles(void **state)
{
	uint64_t seed = 1;
	double m[3][3], n[3][3], e[3], got[3];

	(void)state;
	for (int i = 0; i < 3000; i++) {
		for (int k = 0; k < 3; k++)
			e[k] = 720 * ip_test_uniform(&seed) - 360;
		if (i % 3 == 0)		/* also where two axes are one */
			e[1] = i % 2 ? 90 : -90;
		if (i % 3 == 1)
			e[1] = 90 - 1e-6;
		ip_euler_matrix(e, m);
		ip_euler_angles(m, got);
		assert_true(got[0] > -180 - 1e-9 && got[0] <= 180 &&
			fabs(got[1]) <= 90 && got[2] > -180 - 1e-9 &&
			got[2] <= 180);
		assert_true(i % 3 || got[0] == 0);
		ip_euler_matrix(got, n);
		for (int k = 0; k < 9; k++)
			assert_true(fabs(m[k / 3][k % 3] - n[k / 3][k % 3]) <
				1e-9);
	}
	/* in the ranges they are what they were */
	for (int i = 0; i < 1000; i++) {
		for (int k = 0; k < 3; k++)
			e[k] = (k == 1 ? 178 : 358) *
				(ip_test_uniform(&seed) - 0.5);
		ip_euler_matrix(e, m);
		ip_euler_angles(m, got);
		for (int k = 0; k < 3; k++)
			assert_true(fabs(got[k] - e[k]) < 1e-9);
	}
}

/* The lattice moves against where the zone axis points. */
static void test_slopes(void **state)
{
	uint64_t seed = 1;
	double m[3][3], e[3], got[3], slope[2];

	(void)state;
	for (int i = 0; i < 1000; i++) {
		for (int k = 0; k < 3; k++)
			e[k] = (k ? 120 : 358) * (ip_test_uniform(&seed) - 0.5);
		ip_euler_matrix(e, m);
		ip_euler_slope(e, slope);
		for (int k = 0; k < 2; k++)
			assert_true(fabs(slope[k] + m[k][2] / m[2][2]) < 1e-12);
		got[0] = e[0];
		ip_slope_euler(slope, got);
		for (int k = 0; k < 3; k++)
			assert_true(fabs(got[k] - e[k]) < 1e-9);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_groups),
		cmocka_unit_test(test_moved),
		cmocka_unit_test(test_rounding),
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_chiral),
		cmocka_unit_test(test_angles),
		cmocka_unit_test(test_slopes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
