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
static int is_lattice(const struct ip_translations *found, double nearly,
	double t)
{
	double a[2][2], area, is;

	if (ip_translations_lattice(found, nearly, a))
		return 1;
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

/* Also of one of each two opposites, whose shortest turn clockwise. */
static int lattice(double nearly, double t)
{
	static const size_t n[2] = { H, W };
	struct ip_translations found;
	int rc;

	assert_int_equal(ip_translations(v, n, &found), 0);
	rc = is_lattice(&found, nearly, t);
	for (size_t i = 0; i < found.count; i++) {
		double *p = found.at[i].t;
		if (p[1] < 0) {
			p[0] = -p[0];
			p[1] = -p[1];
		}
	}
	assert_int_equal(is_lattice(&found, nearly, t), rc);
	ip_free(found.at);
	return rc;
}

/* The shortest vectors of the lattice, found or not. */
static void test_reduced(void **state)
{
	struct ip_translation at[] = { { { 30, 0 }, 1, 1 },
		{ { 70, 60 }, 1, 1 } };
	struct ip_translations found = { 2, at };
	double a[2][2];

	(void)state;
	assert_int_equal(ip_translations_lattice(&found, 0.9, a), 0);
	assert_true(hypot(a[0][0] - 30, a[0][1]) < 1e-9);
	assert_true(hypot(a[1][0] - 10, a[1][1] - 60) < 1e-9);
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

/*
 * The most alike first, each with its opposite; between pixels a translation of
 * the lattice is as good as 1, of which on pixels 0.4 % is missing.
 */
static void test_found(void **state)
{
	static const size_t n[2] = { H, W };
	struct ip_translations f;
	size_t vectors = 0;

	(void)state;
	draw(0.3, 0, 6);
	assert_int_equal(ip_translations(v, n, &f), 0);
	for (size_t i = 0; i < f.count; i++) {
		const struct ip_translation *t = &f.at[i];
		size_t k = 0;
		while (k < f.count && hypot(t->t[0] + f.at[k].t[0], t->t[1] +
				f.at[k].t[1]) > 1e-9)
			k++;
		assert_true(k < f.count);
		assert_true(i == 0 || t->alike <= t[-1].alike);
		for (int a = 0; a < 2; a++)
			if (hypot(t->t[0] - full[a][0], t->t[1] - full[a][1]) <
					0.05) {
				vectors++;
				assert_true(fabs(t->peak - 1) < 1e-3);
			}
	}
	assert_int_equal(vectors, 2);
	ip_free(f.at);
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
		cmocka_unit_test(test_reduced),
		cmocka_unit_test(test_found),
		cmocka_unit_test(test_nearly),
		cmocka_unit_test(test_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
