/*
 * Frozen phonons through the run on a supercell: KNbO3, 2 x 2 cells, 60 kV,
 * so that a coarse grid reaches to 108 mrad. Bounds of what is random are 4
 * standard errors; the seeds are fixed: these tests do not flicker.
 */
#include <math.h>
#include <iphase/status.h>
#include <iphase/threads.h>
#include "support/repeat.h"

#define ERRORS 4
/* Pictures of quadrants, the rest and all, of as many points. */
enum { POINTS = 64, HIGH = 4 * POINTS, ALL = 5 * POINTS, VALUES = 6 * POINTS };

struct frozen {
	struct ip_structure crystal;
	struct ip_repeat_cell cell, super;
	struct ip_detector d[3];
	size_t planes[1], n[2];
	double inner;		/* of the ring, if not 60 mrad */
	struct ip_repeat r;
};

/* points along 2 cells, u of all atoms, Angstrom; 3 cells deep. */
static void open(struct frozen *f, size_t points, double u)
{
	static const int z001[3] = { 0, 0, 1 };

	memset(f, 0, sizeof *f);
	ip_test_knbo3(&f->crystal);
	for (size_t i = 0; i < f->crystal.count; i++)
		f->crystal.atoms[i].u = u;
	assert_int_equal(ip_repeat_zone(&f->cell, &f->crystal, z001), 0);
	assert_int_equal(ip_supercell_build(&f->super, &f->cell,
		(size_t[]){ 2, 2 }, 3 * 4.01), 0);
	f->n[0] = f->n[1] = points;
	f->planes[0] = 6;
	f->r.probe = ip_test_probe(60e3, 20);
	/* quadrants to 60 mrad, a ring to the band limit, all */
	f->d[0] = ip_test_quadrants(0, 60);
	f->d[1] = (struct ip_detector){ .kind = IP_ANNULAR,
		.radial = 1, .azimuthal = 1 };
	f->d[2].kind = IP_TOTAL;
	f->r.detectors = f->d;
	f->r.detector_count = 3;
	f->r.planes = f->planes;
	f->r.plane_count = 1;
	f->r.whole = 1;		/* quadrants and ring add up */
	f->r.waves[0] = f->r.waves[1] = 1;
}

static void finish(struct frozen *f)
{
	ip_repeat_cell_free(&f->cell);
	ip_repeat_cell_free(&f->super);
	ip_structure_free(&f->crystal);
}

/* Pictures of supercell c as series. */
static void run(struct frozen *f, const struct ip_repeat_cell *c,
	struct ip_repeat_series *s)
{
	struct ip_period *p;

	assert_int_equal(ip_period_new(&p, c, f->n, 2.005, IP_KIRKLAND, 0), 0);
	f->d[1].inner = f->inner > 0 ? f->inner : 60;
	f->d[1].outer = 1e3 * ip_wavelength(f->r.probe.energy) *
		ip_period_cutoff(p) * (1 - 1e-9);
	f->r.period = p;
	ip_test_repeat_run(&f->r, s);
	f->r.period = NULL;
	ip_period_free(p);
}

static void run_frozen(struct frozen *f, uint64_t seed, uint64_t i,
	struct ip_repeat_series *s)
{
	struct ip_repeat_cell c;

	assert_int_equal(ip_repeat_cell_copy(&c, &f->super), 0);
	assert_int_equal(ip_phonons_displace(&c, seed, i, 0), 0);
	run(f, &c, s);
	ip_repeat_cell_free(&c);
}

/* x [CHANNELS][POINTS] over the supercell; the series is freed. */
static void picture(struct ip_repeat_series *s, double *x)
{
	struct ip_repeat_frame f = { { 0, 0 }, { 8.02 / 8, 8.02 / 8 },
		{ 8, 8 }, 0 };
	struct ip_tensor t;

	assert_int_equal(ip_repeat_picture(s, 0, &f, &t), 0);
	memcpy(x, t.data, VALUES * sizeof *x);
	ip_tensor_free(&t);
	ip_repeat_series_free(s);
}

static double mean(const double *x, size_t n)
{
	double s = 0;

	for (size_t i = 0; i < n; i++)
		s += x[i];
	return s / (double)n;
}

/* ---- sum rule ---- */

/*
 * What is missing from the beam is what a grid twice as fine sees beyond the
 * band limit, where this one has nothing: to a tenth on average, a quarter or
 * 4e-4 of the beam at every point, as a part of it would come back.
 */
static void test_lost(void **state)
{
	static double x[2][VALUES];
	struct ip_repeat_series s;
	struct frozen f;
	double edge = 0, lost, beyond = 0;

	(void)state;
	for (int fine = 0; fine < 2; fine++) {
		open(&f, fine ? 160 : 80, 0.08);
		f.inner = edge;
		run_frozen(&f, 3, 1, &s);
		edge = f.d[1].outer;
		picture(&s, x[fine]);
		finish(&f);
	}
	lost = 1 - mean(x[0] + ALL, POINTS);
	for (int i = 0; i < POINTS; i++) {
		double far = x[1][HIGH + i] + 1 - x[1][ALL + i];
		beyond += far / POINTS;
		assert_true(fabs(1 - x[0][ALL + i] - far) < 4e-4 + far / 4);
	}
	print_message("# lost to the band limit: %.3g, beyond it: %.3g\n",
		lost, beyond);
	assert_true(lost > 1e-3 && fabs(lost - beyond) < 0.1 * beyond);
}

/* Quadrants and the rest are all there is, to single precision. */
static void adds_up(const double *x)
{
	for (size_t i = 0; i < POINTS; i++) {
		double sum = 0;
		for (size_t c = 0; c < ALL; c += POINTS)
			sum += x[c + i];
		assert_true(fabs(sum - x[ALL + i]) < 1e-6);
		assert_true(sum > 0.7 && sum < 1 + 1e-5);
	}
}

/* ---- averages ---- */

/*
 * Variances of the means of groups of n configurations, in units of those of
 * single ones, var1, on average; and how many of the values are independent,
 * as they hang together: tr(C)^2 / tr(C C) of their covariance C.
 */
static double spread(const double *x, size_t n, size_t group,
	const double *var1, double *independent)
{
	size_t groups = n / group;
	double *y = calloc(groups * VALUES, sizeof *y), trace = 0, square = 0;

	for (size_t v = 0; v < VALUES; v++) {
		double m = 0;
		for (size_t i = 0; i < n; i++) {
			double part = x[i * VALUES + v] / sqrt(var1[v]);
			y[i / group * VALUES + v] += part / (double)group;
			m += part / (double)n;
		}
		for (size_t g = 0; g < groups; g++)
			y[g * VALUES + v] -= m;
	}
	for (size_t v = 0; v < VALUES; v++)
		for (size_t w = 0; w <= v; w++) {
			double c = 0;
			for (size_t g = 0; g < groups; g++)
				c += y[g * VALUES + v] * y[g * VALUES + w];
			c /= (double)groups - 1;
			square += c * c * (v == w ? 1 : 2);
			trace += v == w ? c : 0;
		}
	*independent = trace * trace / square;
	free(y);
	return trace / VALUES;
}

/* The mean over n configurations is known to 1/sqrt(n). */
static void converges(const double *x, size_t n)
{
	double var1[VALUES], independent, rest, one;

	for (size_t v = 0; v < VALUES; v++) {
		double m = 0, s = 0;
		for (size_t i = 0; i < n; i++)
			m += x[i * VALUES + v] / (double)n;
		for (size_t i = 0; i < n; i++)
			s += pow(x[i * VALUES + v] - m, 2);
		var1[v] = s / ((double)n - 1);
		assert_true(var1[v] > 0);
	}
	one = spread(x, n, 1, var1, &independent);
	assert_true(fabs(one - 1) < 1e-9);
	for (size_t group = 4; group <= 16; group *= 4) {
		/* of a variance from so many groups, each so many values */
		double error = ERRORS * sqrt(2 / ((double)(n / group) - 1) /
			independent);
		double some = spread(x, n, group, var1, &rest);
		print_message("# %zu configurations: variance 1/%.3g, expected "
			"1/%zu within %.0f %%\n", group, 1 / some, group,
			100 * error);
		assert_true(fabs(some * (double)group - 1) < error);
	}
}

/* And what Debye-Waller factors take from the Bragg beams is in the mean. */
static void test_average(void **state)
{
	enum { N = 128 };
	double *x = calloc(N * VALUES, sizeof *x), m[VALUES] = { 0 };
	double still[VALUES], high;
	struct ip_repeat_series s;
	struct frozen f;

	(void)state;
	open(&f, 54, 0.08);
	for (size_t i = 0; i < N; i++) {
		run_frozen(&f, 5, i, &s);
		picture(&s, x + i * VALUES);
		adds_up(x + i * VALUES);
		for (size_t v = 0; v < VALUES; v++)
			m[v] += x[i * VALUES + v] / N;
	}
	adds_up(m);
	converges(x, N);
	run(&f, &f.super, &s);
	picture(&s, still);
	adds_up(still);
	high = mean(m + HIGH, POINTS) / mean(still + HIGH, POINTS);
	print_message("# beyond 60 mrad: %.3g times that without phonons\n",
		high);
	assert_true(high > 1.2);
	finish(&f);
	free(x);
}

/* ---- one configuration ---- */

static void test_bytes(void **state)
{
	struct ip_repeat_series s[6];
	struct frozen f;
	size_t bytes;

	(void)state;
	open(&f, 54, 0.08);
	for (int i = 0; i < 6; i++) {
		assert_int_equal(ip_threads_set(i < 3 ? i + 1 : 2), 0);
		run_frozen(&f, i == 4 ? 9 : 8, i == 5, &s[i]);
	}
	ip_threads_set(0);
	bytes = 6 * (2 * s[0].reach[0] + 1) * (2 * s[0].reach[1] + 1) * 2 *
		sizeof(double);
	for (int i = 1; i < 4; i++)
		assert_memory_equal(s[i].c, s[0].c, bytes);
	/* another seed, another configuration */
	assert_memory_not_equal(s[4].c, s[0].c, bytes);
	assert_memory_not_equal(s[5].c, s[0].c, bytes);
	assert_memory_not_equal(s[5].c, s[4].c, bytes);
	for (int i = 0; i < 6; i++)
		ip_repeat_series_free(&s[i]);
	finish(&f);
}

/* Atoms that do not move: the perfect crystal on its repeat cell. */
static void test_still(void **state)
{
	double frozen[VALUES], perfect[VALUES];
	struct ip_repeat_series s;
	struct frozen f;

	(void)state;
	open(&f, 54, 0);
	run_frozen(&f, 1, 0, &s);
	picture(&s, frozen);
	f.n[0] = f.n[1] = 27;
	f.r.waves[0] = f.r.waves[1] = 2;
	run(&f, &f.cell, &s);
	picture(&s, perfect);
	assert_true(ip_test_max_abs(frozen, perfect, VALUES) < 1e-5);
	finish(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lost),
		cmocka_unit_test(test_average),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_still),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
