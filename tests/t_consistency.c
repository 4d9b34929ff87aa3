/*
 * A potential put back through the scattering, against a direct simulation of
 * a specimen that is the same at every depth: of the true one little is left
 * but splitting into slices and the shares of pixels at the detector's edges.
 */
#include <math.h>
#include <string.h>
#include <iphase/consistency.h>
#include <iphase/repeat.h>
#include <iphase/status.h>
#include <iphase/threads.h>
#include "support/support.h"

#define N 80			/* pixels of 0.2 Angstrom: four cells of 4 */
#define SLICE 1.0
#define WIDTH 0.09		/* square Angstrom, of the columns */

enum { THIN, THICK };
static const size_t planes[] = { 20, 120 };	/* 2 and 12 nm */
static struct ip_dev *dev;
static struct ip_tensor zone, images;	/* (N, N); (2, 4, N, N) */
static struct ip_microscope scope;

/* Columns of two kinds on a square lattice, V Angstrom per nm; width: mean
 * square along an axis, which does not change what they are in all. */
static double columns(double x, double y, double width)
{
	double sum = 0, f = -1 / (2 * width);

	for (int i = -1; i <= 5; i++)
		for (int j = -1; j <= 5; j++) {
			double a = hypot(x - 4 * i - 1, y - 4 * j - 0.6);
			double b = hypot(x - 4 * i - 3, y - 4 * j - 2.4);
			sum += 900 * exp(f * a * a) + 400 * exp(f * b * b);
		}
	return sum * WIDTH / width;
}

/* side x side points of a square of `length`, V Angstrom per nm times scale. */
static void fill(struct ip_tensor *t, size_t side, double length, double scale)
{
	size_t shape[] = { 1, side, side };
	double *v, step = length / (double)side;

	assert_int_equal(ip_tensor_new(t, IP_F64, 3, shape), 0);
	v = t->data;
	for (size_t i = 0; i < side * side; i++)
		v[i] = scale * columns(step * (double)(i / side), step *
			(double)(i % side), WIDTH);
}

/* One cell of 4 A, whose k grid stands for a box of 16 A. */
static void simulate(void)
{
	struct ip_repeat_cell cell = { .a = { { 4, 0 }, { 0, 4 } },
		.period = SLICE };
	struct ip_detector d = { .kind = IP_SEGMENTED, .inner = 8,
		.outer = 40, .radial = 1, .azimuthal = 4,
		.rotation = 0.3 };
	struct ip_repeat r = { .waves = { 4, 4 }, .probe = scope.probe,
		.detectors = &d, .detector_count = 1, .planes = planes,
		.plane_count = 2 };
	struct ip_repeat_frame f = { .step = { 0.2, 0.2 }, .n = { N, N } };
	struct ip_repeat_series series;
	struct ip_period *p;
	struct ip_tensor one = { 0 };

	fill(&one, 50, 4, SLICE / 10);
	assert_int_equal(ip_period_from_slices(&p, &cell, &one), 0);
	r.period = p;
	assert_int_equal(ip_repeat_run(dev, &r, &series), 0);
	assert_int_equal(ip_repeat_picture(&series, 0, &f, &images), 0);
	ip_repeat_series_free(&series);
	ip_period_free(p);
	ip_tensor_free(&one);
}

static int setup(void **state)
{
	(void)state;
	scope = (struct ip_microscope){ .probe = { .energy = 200e3,
		.semiangle = 16, .tilt = { 3, -2 } }, .inner = 8, .outer = 40,
		.rotation = 0.3, .pixel_size = { 0.2, 0.2 } };
	scope.probe.aberrations.c[IP_C10] = 20;
	assert_int_equal(ip_dev_open(&dev, "cpu-openmp"), 0);
	fill(&zone, N, 16, 1);
	assert_int_equal(ip_tensor_at(&zone, &zone, 0, 0), 0);
	simulate();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	ip_tensor_free(&images);
	ip_dev_close(dev);
	return 0;
}

static void measured(struct ip_measurement *in, int plane, double *nm)
{
	memset(in, 0, sizeof *in);
	*nm = (double)planes[plane] * SLICE / 10;
	assert_int_equal(ip_tensor_at(&in->segments, &images, 0,
		(size_t)plane), 0);
	assert_int_equal(ip_tensor_wrap(&in->thickness, IP_F64, 0, NULL, nm),
		0);
}

static double ratio(int plane, double scale, double thicker,
	const double euler[3])
{
	struct ip_measurement in;
	struct ip_tensor v = { 0 };
	struct ip_consistency c;
	double nm, r;

	measured(&in, plane, &nm);
	nm *= thicker;
	memcpy(in.euler, euler, sizeof in.euler);
	assert_int_equal(ip_tensor_convert(&v, IP_F64, &zone), 0);
	for (size_t i = 0; i < ip_tensor_count(&v); i++)
		((double *)v.data)[i] *= scale;
	assert_int_equal(ip_consistency(dev, &v, &in, &scope, 1, &c), 0);
	assert_int_equal(c.regions, 4);
	assert_int_equal(c.looked, 1);
	assert_true(c.displacement == scope.displacement);
	r = c.ratio;
	ip_consistency_free(&c);
	ip_tensor_free(&v);
	return r;
}

static const double none[3] = { 0, 0, 0 };

/*
 * The box of a region, 16 A, is the picture's own period: what is left of the
 * true potential are 4 A slices against 1 A and edges shared by pixels of
 * 1.6 mrad.
 */
static void test_true(void **state)
{
	(void)state;
	for (int plane = 0; plane < 2; plane++) {
		double right = ratio(plane, 1, 1, none);
		assert_true(right < 0.1);
		assert_true(ratio(plane, 0.7, 1, none) > 2.5 * right);
		assert_true(ratio(plane, 1.3, 1, none) > 2.5 * right);
		assert_true(ratio(plane, 1, 0.8, none) > 1.5 * right);
		assert_true(ratio(plane, 1, 1.2, none) > 1.5 * right);
	}
}

/* A crystal's tilt counts as the beam's does: they take each other back. */
static void test_tilt(void **state)
{
	double degree = 180 / 3.14159265358979323846;
	double euler[3] = { 30, atan(tan(2e-3) * 2 * cos(6e-3)) * degree,
		6e-3 * degree }, right, back;

	(void)state;
	right = ratio(THICK, 1, 1, none);
	scope.probe.tilt[0] = 1e3 * atan(tan(3e-3) + tan(6e-3));
	scope.probe.tilt[1] = 1e3 * atan(tan(-2e-3) - 2 * tan(2e-3));
	back = ratio(THICK, 1, 1, euler);
	assert_true(fabs(back - right) < 1e-5);
	assert_true(ratio(THICK, 1, 1, none) > 1.5 * right);
	scope.probe.tilt[0] = 3;
	scope.probe.tilt[1] = -2;
}

/* As if the atoms were at rest that the pictures have displaced by u. */
static void at_rest(struct ip_tensor *t, double u)
{
	size_t side[] = { N, N };

	assert_int_equal(ip_tensor_new(t, IP_F64, 2, side), 0);
	for (size_t i = 0; i < N * N; i++)
		((double *)t->data)[i] = columns(0.2 * (double)(i / N), 0.2 *
			(double)(i % N), WIDTH - u);
}

/*
 * Displaced atoms are found out, up and down the ladder: columns of less width,
 * which is then added again.
 */
static void test_displacement(void **state)
{
	static const double ladder[] = IP_CONSISTENCY_LADDER;
	static const size_t rungs[] = { 0, 2, 4 };
	struct ip_measurement in;
	struct ip_consistency c;
	struct ip_tensor rest = { 0 };
	double nm;

	(void)state;
	measured(&in, THIN, &nm);
	for (size_t i = 0; i < 3; i++) {
		at_rest(&rest, ladder[rungs[i]]);
		scope.displacement = NAN;
		assert_int_equal(ip_consistency(dev, &rest, &in, &scope, 1,
			&c), 0);
		assert_true(c.displacement == ladder[rungs[i]]);
		assert_true(c.ratio < 0.1);
		ip_consistency_free(&c);
		ip_tensor_free(&rest);
	}
	scope.displacement = 0;
}

/*
 * Where it stands in the picture, in whose unit, and what was not looked at; of
 * a map of thickness each region has its own.
 */
static void test_arrays(void **state)
{
	struct ip_tensor seen = { 0 }, map = { 0 };
	size_t side[] = { N, N }, looked = 0;
	double sum = 0, spread = 0, mean = 0, nm, *s, *t;
	struct ip_measurement in;
	struct ip_consistency c;
	const float *p, *r;

	(void)state;
	measured(&in, THIN, &nm);
	assert_int_equal(ip_tensor_convert(&seen, IP_F64, &in.segments), 0);
	assert_int_equal(ip_tensor_new(&map, IP_F64, 2, side), 0);
	s = seen.data;
	t = map.data;
	for (size_t i = 0; i < 4 * N * N; i++)
		s[i] *= 50;
	for (size_t i = 0; i < N * N; i++)	/* the others do not count */
		t[i] = i / N >= N / 2 || i % N < N / 2 ? nm : 1000;
	in.segments = seen;
	in.thickness = map;
	in.incident = 50;
	assert_int_equal(ip_consistency(dev, &zone, &in, &scope, 3, &c), 0);
	p = c.predicted.data;
	r = c.residual.data;
	for (size_t i = 0; i < N * N; i++) {
		double left = 0, d;
		if (t[i] > nm) {
			assert_true(r[i] == 0 && p[i] == 0);
			continue;
		}
		for (size_t k = 0; k < 4; k++) {
			d = (double)p[k * N * N + i] - s[k * N * N + i] / 50;
			left += d * d;
		}
		assert_true(fabs(sqrt(left / 4) - (double)r[i]) < 1e-6);
		sum += left;
		looked++;
	}
	for (size_t k = 0; k < 4; k++, mean = 0) {
		for (size_t i = 0; i < N * N; i++)
			mean += t[i] > nm ? 0 : s[k * N * N + i] / 50 /
				(double)looked;
		for (size_t i = 0; i < N * N; i++)
			spread += t[i] > nm ? 0 : pow(s[k * N * N + i] / 50 -
				mean, 2);
	}
	assert_true(fabs(c.rms - sqrt(sum / 4 / (double)looked)) < 1e-7);
	assert_true(fabs(c.contrast - sqrt(spread / 4 / (double)looked)) <
		1e-9);
	assert_true(c.ratio == c.rms / c.contrast && c.ratio < 0.1);
	ip_consistency_free(&c);
	ip_tensor_free(&seen);
	ip_tensor_free(&map);
}

static void test_threads(void **state)
{
	struct ip_consistency c[2];
	struct ip_measurement in;
	double nm;

	(void)state;
	measured(&in, THIN, &nm);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(ip_threads_set(1 + 2 * i), 0);
		assert_int_equal(ip_consistency(dev, &zone, &in, &scope, 1,
			&c[i]), 0);
	}
	assert_memory_equal(c[0].predicted.data, c[1].predicted.data,
		4 * N * N * sizeof(float));
	assert_memory_equal(c[0].residual.data, c[1].residual.data,
		N * N * sizeof(float));
	assert_true(c[0].ratio == c[1].ratio);
	for (int i = 0; i < 2; i++)
		ip_consistency_free(&c[i]);
}

static void refused(const struct ip_measurement *in,
	const struct ip_microscope *m, const char *message)
{
	struct ip_consistency c;

	ip_test_log_capture();
	assert_int_equal(ip_consistency(dev, &zone, in, m, 1, &c), IP_EINVAL);
	ip_test_assert_logged(message);
	assert_null(c.predicted.data);
}

static void test_refused(void **state)
{
	struct ip_microscope m = scope;
	struct ip_measurement in;
	double nm;

	(void)state;
	measured(&in, THIN, &nm);
	m.outer = 5;
	refused(&in, &m, "inner < outer");
	m = scope;
	m.pixel_size[1] = 0;
	refused(&in, &m, "pixels of 0");
	m = scope;
	m.displacement = -1;
	refused(&in, &m, "displaced");
	in.incident = 0.1;
	refused(&in, &scope, "--beam");
	in.incident = 1;
	in.euler[1] = 40;
	refused(&in, &scope, "tilt of 40");
	in.euler[1] = 0;
	nm = 0;
	refused(&in, &scope, "thickness of 0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_true),
		cmocka_unit_test(test_tilt),
		cmocka_unit_test(test_displacement),
		cmocka_unit_test(test_arrays),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_refused),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
