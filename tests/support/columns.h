/*
 * Pictures of a crystal of columns and what is left of a potential of them, for
 * the tests of the consistency: one file of them would be too long.
 */
#ifndef IP_TEST_COLUMNS_H
#define IP_TEST_COLUMNS_H

#include <math.h>
#include <string.h>
#include <iphase/consistency.h>
#include <iphase/repeat.h>
#include <iphase/status.h>
#include <iphase/threads.h>
#include "study/consistency.h"
#include "support/support.h"

#define N 80			/* pixels of 0.2 Angstrom */
#define SIDE 16.0		/* Angstrom: twenty cells, turned and oblique */
#define FINE 125		/* points of the simulation's grid on a side */
#define SLICE 2.0
#define WIDTH 0.09		/* square Angstrom, of the columns */

enum { THIN, THICK };
static const size_t planes[] = { 10, 40 };	/* 2 and 8 nm */
static const double lattice[2][2] = { { 3.2, 1.6 }, { 0, 4 } };
static struct ip_consistency_fine boxes;	/* no cells */
static struct ip_dev *dev;
static struct ip_tensor zone, images;	/* (N, N); (2, 4, N, N) */
static struct ip_microscope scope;

/* Columns of two kinds, V Angstrom per nm; width: mean square along an axis,
 * which does not change what they are in all. */
static double columns(double x, double y, double width)
{
	double sum = 0, f = -1 / (2 * width);

	for (int i = -1; i <= 6; i++)
		for (int j = -3; j <= 5; j++) {
			double u = x - i * lattice[0][0] - j * lattice[1][0];
			double v = y - i * lattice[0][1] - j * lattice[1][1];
			double a = hypot(u - 1, v - 0.6);
			double b = hypot(u - 2.5, v - 3.4);
			sum += 900 * exp(f * a * a) + 400 * exp(f * b * b);
		}
	return sum * WIDTH / width;
}

/* side x side points of the square, V Angstrom per nm times scale, count
 * times. */
static void fill(struct ip_tensor *t, size_t side, size_t count, double scale)
{
	size_t shape[] = { count, side, side }, n = side * side;
	double *v, step = SIDE / (double)side;

	assert_int_equal(ip_tensor_new(t, IP_F64, 3, shape), 0);
	v = t->data;
	for (size_t i = 0; i < n; i++)
		v[i] = scale * columns(step * (double)(i / side), step *
			(double)(i % side), WIDTH);
	for (size_t i = 1; i < count; i++)
		memcpy(v + i * n, v, n * sizeof *v);
}

static void simulate(void)
{
	struct ip_repeat_cell cell = { .a = { { SIDE, 0 }, { 0, SIDE } },
		.period = SLICE };
	struct ip_detector d = { .kind = IP_SEGMENTED, .inner = 8,
		.outer = 40, .radial = 1, .azimuthal = 4, .rotation = 0.3 };
	struct ip_repeat r = { .waves = { 1, 1 }, .probe = scope.probe,
		.detectors = &d, .detector_count = 1, .planes = planes,
		.plane_count = 2, .narrow = 1 };
	struct ip_repeat_frame f = { .step = { 0.2, 0.2 }, .n = { N, N } };
	struct ip_repeat_series series;
	struct ip_period *p;
	struct ip_tensor one = { 0 };

	fill(&one, FINE, 1, SLICE / 10);
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
	boxes = ip_consistency_fine;
	boxes.stray = 0;
	fill(&zone, N, 1, 1);
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

/* What is left with the potential times scale and a thickness that is. */
static double ratio(const struct ip_consistency_fine *fine, int plane,
	double scale, double thicker, const double euler[3])
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
	assert_int_equal(ip_consistency_with(dev, &v, &in, &scope, 1, fine,
		&c), 0);
	assert_int_equal(c.regions, fine->stray > 0 ? 1 : 4);
	assert_int_equal(c.looked, 1);
	assert_int_equal(c.crystal, fine->stray > 0);
	assert_true(c.displacement == scope.displacement);
	r = c.ratio;
	ip_consistency_free(&c);
	ip_tensor_free(&v);
	return r;
}

static const double none[3] = { 0, 0, 0 };

#endif
