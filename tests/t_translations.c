/* What maps a picture onto itself, and the lattice of it. */
#include <math.h>
#include <stdlib.h>
#include "core/core.h"
#include "em/translations.h"
#include "support/support.h"

enum { H = 150, W = 130 };
static const double full[2][2] = { { 31.3, -6.2 }, { 9.7, 40.1 } };
static double v[H * W];

/* Columns at the lattice's points, and `half` as high ones between them. */
static void draw(double half, double noise, int rows)
{
	uint64_t seed = 5;

	for (long p = 0; p < H * W; p++) {
		double x = (double)(p / W), y = (double)(p % W);
		v[p] = noise * ip_test_uniform(&seed);
		for (int i = -6; i <= 6; i++)
			for (int j = -rows; j <= rows; j++)
				for (int k = 0; k < 2; k++) {
					double s = i + 0.5 * k;
					double a = x - 70 - s * full[0][0] -
						j * full[1][0];
					double b = y - 60 - s * full[0][1] -
						j * full[1][1];
					v[p] += (k ? half : 1) * exp(-(a * a +
						b * b) / 18);
				}
	}
}

/* 1 if there is none; else whether it is a[0] = t times full's. */
static int lattice(double nearly, double t)
{
	static const size_t n[2] = { H, W };
	struct ip_translations found;
	double a[2][2], area, is;
	int rc;

	assert_int_equal(ip_translations(v, n, &found), 0);
	rc = ip_translations_lattice(&found, nearly, a);
	ip_free(found.at);
	if (rc)
		return rc;
	area = a[0][0] * a[1][1] - a[0][1] * a[1][0];
	is = t * (full[0][0] * full[1][1] - full[0][1] * full[1][0]);
	assert_true(fabs(area - is) < 0.005 * is);
	for (int i = 0; i < 2; i++) {	/* whole numbers of its vectors */
		double x = full[i][0] * (i ? 1 : t);
		double y = full[i][1] * (i ? 1 : t);
		double m = (x * a[1][1] - y * a[1][0]) / area;
		double l = (y * a[0][0] - x * a[0][1]) / area;
		assert_true(fabs(m - nearbyint(m)) < 0.01);
		assert_true(fabs(l - nearbyint(l)) < 0.01);
	}
	return 0;
}

static void test_lattice(void **state)
{
	(void)state;
	draw(0.3, 0, 6);
	assert_int_equal(lattice(0.9, 1), 0);
	draw(0.3, 0.2, 6);
	assert_int_equal(lattice(0.9, 1), 0);
	draw(1, 0, 6);
	assert_int_equal(lattice(0.9, 0.5), 0);
}

/* Halves that are much alike: only who asks for the best is told. */
static void test_nearly(void **state)
{
	(void)state;
	draw(0.8, 0, 6);
	assert_int_equal(lattice(0.8, 0.5), 0);
	assert_int_equal(lattice(0.99, 1), 0);
}

static void test_none(void **state)
{
	(void)state;
	draw(0, 3, 0);		/* noise, and a row that it drowns */
	assert_int_equal(lattice(0.9, 1), 1);
	draw(1, 0, 0);		/* a row has one vector */
	assert_int_equal(lattice(0.9, 1), 1);
	for (size_t i = 0; i < H * W; i++)
		v[i] = 7;
	assert_int_equal(lattice(0.9, 1), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lattice),
		cmocka_unit_test(test_nearly),
		cmocka_unit_test(test_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
