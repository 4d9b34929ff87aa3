/*
 * Frozen phonons: how far atoms are moved, that nothing ties one step to
 * another, and that their mean is the Debye-Waller factor. Bounds are 4
 * standard errors, but the seeds are fixed: these tests do not flicker.
 */
#include <math.h>
#include <iphase/disorder.h>
#include <iphase/status.h>
#include "support/repeat.h"

#define TWO_PI 6.28318530717958647692
#define ERRORS 4

static void near(const char *what, double value, double want, double error)
{
	if (!(fabs(value - want) <= ERRORS * error))
		fail_msg("%s: %g, expected %g +- %g", what, value, want,
			error);
}

/* 10 x 10 cells of GaN; its planes at 0 and at the end may be held there. */
static void open(struct ip_repeat_cell *c)
{
	ip_test_gan_supercell(c, 10, 10, 20 * 5.1851);
}

/* c moved; steps [count][3] in units of u, to the nearest image. */
static double (*moved(const struct ip_repeat_cell *c, uint64_t seed,
	uint64_t configuration, int along_beam))[3]
{
	double (*d)[3] = malloc(c->count * sizeof *d);
	struct ip_repeat_cell m;

	assert_int_equal(ip_repeat_cell_copy(&m, c), 0);
	assert_int_equal(ip_phonons_displace(&m, seed, configuration,
		along_beam), 0);
	assert_int_equal(m.count, c->count);
	for (size_t i = 0; i < c->count; i++) {
		const struct ip_atom *a = &c->atoms[i], *b = &m.atoms[i];
		double f;
		assert_true(b->z == a->z && b->u == 0);
		assert_true(b->r[2] >= 0 && b->r[2] < c->period);
		for (int k = 0; k < 3; k++)
			d[i][k] = b->r[k] - a->r[k];
		f = nearbyint(d[i][1] / c->a[1][1]);
		for (int k = 0; k < 2; k++)
			d[i][k] -= f * c->a[1][k];
		d[i][0] -= nearbyint(d[i][0] / c->a[0][0]) * c->a[0][0];
		for (int k = 0; k < 3; k++)
			d[i][k] /= a->u;
		f = b->r[1] / c->a[1][1];
		assert_true(f > -1e-12 && f < 1);
		f = (b->r[0] - f * c->a[1][0]) / c->a[0][0];
		assert_true(f > -1e-12 && f < 1);
	}
	ip_repeat_cell_free(&m);
	return d;
}

/* Off both surfaces by more than any step. */
static int interior(const struct ip_repeat_cell *c, size_t i)
{
	return c->atoms[i].r[2] > 1 && c->atoms[i].r[2] < c->period - 1;
}

static void test_rms(void **state)
{
	struct ip_repeat_cell c;
	double (*d)[3];

	(void)state;
	open(&c);
	d = moved(&c, 1, 0, 1);
	for (int z = 7; z <= 31; z += 24)
		for (int k = 0; k < 3; k++) {
			double n = 0, s = 0, s2 = 0;
			for (size_t i = 0; i < c.count; i++)
				if (c.atoms[i].z == z && interior(&c, i)) {
					n++;
					s += d[i][k];
					s2 += d[i][k] * d[i][k];
				}
			assert_true(n > 3800);
			near("mean", s / n, 0, 1 / sqrt(n));
			near("variance", s2 / n, 1, sqrt(2 / n));
		}
	free(d);
	d = moved(&c, 1, 0, 0);
	for (size_t i = 0; i < c.count; i++)
		assert_true(d[i][2] == 0);
	free(d);
	ip_repeat_cell_free(&c);
}

/* Half of the atoms at z = 0 would leave, and stay. */
static void test_surface(void **state)
{
	double n = 0, held = 0, last = 0;
	struct ip_repeat_cell c, m;

	(void)state;
	open(&c);
	/* and half of a plane that lies at the other end */
	c.period -= 0.123 * 5.1851 - 1e-6;
	assert_int_equal(ip_repeat_cell_copy(&m, &c), 0);
	assert_int_equal(ip_phonons_displace(&m, 2, 0, 1), 0);
	for (size_t i = 0; i < c.count; i++) {
		double z = m.atoms[i].r[2];
		assert_true(z >= 0 && z < c.period);
		n += c.atoms[i].r[2] == 0;
		held += c.atoms[i].r[2] == 0 && z == 0;
		last += c.period - c.atoms[i].r[2] < 1e-5 &&
			z == nextafter(c.period, 0);
	}
	assert_true(n == 100);
	near("held at the entrance", held / n, 0.5, 0.5 / sqrt(n));
	near("held at the exit", last / n, 0.5, 0.5 / sqrt(n));
	ip_repeat_cell_free(&m);
	ip_repeat_cell_free(&c);
}

/* The correlation of steps a and b, n of each. */
static double correlation(double (*a)[3], int k, double (*b)[3], int l,
	size_t n)
{
	double s = 0;

	for (size_t i = 0; i < n; i++)
		s += a[i][k] * b[i][l];
	return s / (double)n;
}

static void test_independent(void **state)
{
	struct ip_repeat_cell c;
	double (*d[5])[3], error;

	(void)state;
	open(&c);
	error = 1 / sqrt((double)c.count - 1);
	d[0] = moved(&c, 1, 0, 0);
	d[1] = moved(&c, 1, 1, 0);
	d[2] = moved(&c, 1, (uint64_t)1 << 29, 0);
	d[3] = moved(&c, 2, 0, 0);
	d[4] = moved(&c, 1, 0, 0);
	for (int i = 0; i < 4; i++)
		for (int j = 0; j <= i; j++)
			for (int k = 0; k < 4; k++) {
				if (i == j && k != 1)
					continue;
				near("configurations, seeds, axes",
					correlation(d[i], k / 2, d[j], k % 2,
					c.count), 0, error);
			}
	near("neighbours", correlation(d[0], 0, d[0] + 1, 0, c.count - 1), 0,
		error);
	near("planes", correlation(d[0], 0, d[0] + 100, 0, c.count - 100), 0,
		1 / sqrt((double)c.count - 100));
	assert_memory_equal(d[0], d[4], c.count * sizeof *d[0]);
	for (int i = 0; i < 5; i++)
		free(d[i]);
	ip_repeat_cell_free(&c);
}

/*
 * <cos(g.d)> is w = exp(-g^2 u^2 / 2) with g in rad, its variance
 * (1 + w^4) / 2 - w^2; <sin(g.d)> is 0, its variance (1 - w^4) / 2.
 */
static void test_debye_waller(void **state)
{
	static const double gs[][3] = { { 0.5, 0, 0 }, { 0, 1.5, 0 },
		{ 1, -2, 0 }, { 0, 0, 1.2 }, { 3, 1, 2 } };
	enum { CONFIGURATIONS = 40 };
	double sum[5][2] = { { 0 } }, n = 0, u = 0.058;
	struct ip_repeat_cell c;

	(void)state;
	open(&c);
	for (uint64_t m = 0; m < CONFIGURATIONS; m++) {
		double (*d)[3] = moved(&c, 7, m, 1);
		for (size_t i = 0; i < c.count; i++) {
			if (c.atoms[i].u != u || !interior(&c, i))
				continue;
			n++;
			for (int j = 0; j < 5; j++) {
				const double *g = gs[j];
				double phase = TWO_PI * u * (g[0] * d[i][0] +
					g[1] * d[i][1] + g[2] * d[i][2]);
				sum[j][0] += cos(phase);
				sum[j][1] -= sin(phase);
			}
		}
		free(d);
	}
	assert_true(n > 1.5e5);
	for (int j = 0; j < 5; j++) {
		const double *g = gs[j];
		double g2 = g[0] * g[0] + g[1] * g[1] + g[2] * g[2];
		double w = exp(-TWO_PI * TWO_PI * g2 * u * u / 2);
		near("real part", sum[j][0] / n, w, sqrt(((1 + pow(w, 4)) / 2 -
			w * w) / n));
		near("imaginary part", sum[j][1] / n, 0,
			sqrt((1 - pow(w, 4)) / 2 / n));
	}
	ip_repeat_cell_free(&c);
}

static void test_still(void **state)
{
	struct ip_repeat_cell c, bad;
	double before[3];

	(void)state;
	open(&c);
	c.atoms[5].u = 0;
	memcpy(before, c.atoms[5].r, sizeof before);
	ip_test_log_capture();
	assert_int_equal(ip_phonons_displace(&c, 1, (uint64_t)1 << 30, 1),
		IP_EINVAL);
	ip_test_assert_logged("configuration 1073741824; expected below");
	bad = c;
	bad.a[0][0] = 0;
	ip_test_log_capture();
	assert_int_equal(ip_phonons_displace(&bad, 1, 0, 1), IP_EINVAL);
	ip_test_assert_logged("phonons: a cell of (0, 0)");
	assert_true(c.atoms[0].u > 0);
	assert_int_equal(ip_phonons_displace(&c, 1, 0, 1), 0);
	assert_memory_equal(c.atoms[5].r, before, sizeof before);
	ip_repeat_cell_free(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rms),
		cmocka_unit_test(test_surface),
		cmocka_unit_test(test_independent),
		cmocka_unit_test(test_debye_waller),
		cmocka_unit_test(test_still),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
