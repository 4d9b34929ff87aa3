/* The mean cell of pictures whose coefficients are known. */
#include <math.h>
#include "core/core.h"
#include "study/cell_mean.h"
#include "support/support.h"

#define TWO_PI (2 * 3.14159265358979323846)

enum { H = 19, W = 17, AREA = 37, MOST = 64 };
static const size_t n[2] = { H, W };
static const double pixel[2] = { 0.2, 0.3 };
/* Whole pixels, so that sums over them are exact; nine cells or so. */
static const double a[2][2] = { { 7, 2 }, { -1, 5 } };

/* c complex [terms]: a picture of these coefficients. */
static void draw(const struct ip_cell_mean *m, const double *c, double *v)
{
	for (size_t i = 0; i < H * W; i++) {
		double x = pixel[0] * (double)(i / W);
		double y = pixel[1] * (double)(i % W);
		v[i] = c[0];
		for (size_t k = 1; k < m->terms; k++) {
			const double *g = m->term[k].g;
			double turn = TWO_PI * (g[0] * x + g[1] * y);
			v[i] += 2 * (c[2 * k] * cos(turn) - c[2 * k + 1] *
				sin(turn));
		}
	}
}

/* However the cells are cut off, and in units of Angstrom. */
static void test_exact(void **state)
{
	double c[2 * MOST] = { 1.5 }, got[2 * MOST], v[H * W], sum = 0;
	struct ip_cell_mean m;
	uint64_t seed = 1;

	(void)state;
	assert_int_equal(ip_cell_mean_open(&m, n, pixel, a, INFINITY), 0);
	assert_true(m.area == AREA && m.terms > AREA / 4 && m.terms < MOST);
	for (size_t k = 2; k < 2 * m.terms; k++) {
		c[k] = ip_test_uniform(&seed) - 0.5;
		sum += 2 * c[k] * c[k];
	}
	draw(&m, c, v);
	assert_int_equal(ip_cell_mean_of(&m, v, got), 0);
	for (size_t k = 0; k < 2 * m.terms; k++)
		assert_true(fabs(got[k] - c[k]) < 1e-12);
	assert_true(fabs(ip_cell_mean_variance(&m, got) - sum) < 1e-12);
	ip_cell_mean_close(&m);
}

/* Of g and -g one, those that pixels can show, up to the cutoff. */
static void test_terms(void **state)
{
	static const double cutoff[] = { 0.1, 0.9, 1.5, INFINITY };
	struct ip_cell_mean m;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		size_t count = 0;
		for (int h = -20; h <= 20; h++)
			for (int k = -20; k <= 20; k++) {
				double x = (h * a[1][1] - k * a[0][1]) / AREA;
				double y = (k * a[0][0] - h * a[1][0]) / AREA;
				count += fabs(x) < 0.5 && fabs(y) < 0.5 &&
					hypot(x / pixel[0], y / pixel[1]) <=
					cutoff[i];
			}
		assert_int_equal(ip_cell_mean_open(&m, n, pixel, a, cutoff[i]),
			0);
		assert_int_equal(m.terms, (count + 1) / 2);
		assert_true(m.term[0].h[0] == 0 && m.term[0].h[1] == 0);
		ip_cell_mean_close(&m);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exact),
		cmocka_unit_test(test_terms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
