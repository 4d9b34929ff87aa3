/* Detector pixels, labels and counting statistics. */
#include <math.h>
#include <iphase/random.h>
#include <iphase/status.h>
#include "support/golden.h"

static void golden_labels(const char *file, size_t n, double length)
{
	struct ip_bundle b = { { 0, NULL }, 0, NULL };
	struct ip_grid g = { { n, n }, { length, length } };
	struct ip_detector d = ip_test_quadrants(10, 50);
	int16_t *labels = calloc(n * n, sizeof(*labels));
	double *want;
	size_t i, wrong = 0;

	ip_test_golden(file, &b);
	want = ip_test_numbers(&b, "labels", n * n);
	assert_int_equal(ip_detector_labels(&d, &g, ip_wavelength(200e3),
		labels), 0);
	for (i = 0; i < n * n; i++)
		wrong += labels[i] != (int)want[i];
	assert_int_equal((int)wrong, 0);
	free(labels);
	free(want);
	ip_bundle_free(&b);
}

static void test_golden(void **state)
{
	(void)state;
	golden_labels("c_gan_thin_kirkland.npz", 128, 12.8);
	golden_labels("ref256_gan_20nm.npz", 256, 25.6);
}

/* The channel of one pixel through the labels. */
static int label_at(const struct ip_detector *d, long i, long j)
{
	struct ip_grid g = { { 96, 80 }, { 10, 9 } };
	int16_t *labels = calloc(96 * 80, sizeof(*labels));
	int v;

	assert_int_equal(ip_detector_labels(d, &g, 0.025, labels), 0);
	v = labels[(i + 96) % 96 * 80 + (j + 80) % 80];
	free(labels);
	return v;
}

static void test_sectors(void **state)
{
	struct ip_detector d = ip_test_quadrants(0, 60);

	(void)state;
	assert_int_equal(label_at(&d, 5, 5), 0);
	assert_int_equal(label_at(&d, -5, 5), 1);
	assert_int_equal(label_at(&d, -5, -5), 2);
	assert_int_equal(label_at(&d, 5, -5), 3);
	assert_int_equal(label_at(&d, 5, 0), 0);	/* axes: physics.md */
	assert_int_equal(label_at(&d, 0, 5), 1);
	assert_int_equal(label_at(&d, -5, 0), 2);
	assert_int_equal(label_at(&d, 0, -5), 3);
	d.rotation = 1.57079632679489662 / 2;
	assert_int_equal(label_at(&d, 5, 0), 3);
	assert_int_equal(label_at(&d, 0, 5), 0);
	d.radial = 3;		/* rings of 20 mrad; a pixel is 2.5 mrad */
	assert_int_equal(label_at(&d, 0, 5), 0);
	assert_int_equal(label_at(&d, 0, 9), 4);
	assert_int_equal(label_at(&d, 0, 18), 8);
	d.offset[0] = 25;	/* ten pixels along +x */
	d.outer = 45;
	d.radial = 1;
	d.rotation = 0;
	assert_int_equal(label_at(&d, 5, 2), 1);
	assert_int_equal(label_at(&d, 15, 2), 0);
}

/* Segments add up to the ring; the whole band is the total. */
static void test_pixels(void **state)
{
	struct ip_grid g = { { 96, 80 }, { 10, 9 } };
	struct ip_detector d[4];
	struct ip_pixels p;
	struct ip_band band;
	size_t r, e;

	(void)state;
	memset(d, 0, sizeof(d));
	d[0] = ip_test_quadrants(10, 40);
	d[1].kind = IP_ANNULAR;
	d[1].inner = 10;
	d[1].outer = 40;
	d[2].kind = IP_TOTAL;
	d[3].kind = IP_COM;
	assert_int_equal(ip_detector_pixels(d, 4, &g, 0.025, &p), 0);
	assert_int_equal(ip_grid_band(&g, &band), 0);
	assert_int_equal((int)p.channels, 4 + 1 + 1 + 2);
	assert_int_equal((int)p.rows,
		(int)((2 * band.hx + 1) * (2 * band.hy + 1)));
	for (r = 0; r < p.rows; r++) {
		double seg = 0, ring = 0, total = 0, kx = NAN, ky = NAN;
		size_t by = 2 * band.hy + 1;

		assert_int_equal((int)p.pixel[r], (int)r);
		for (e = p.first[r]; e < p.first[r + 1]; e++) {
			double w = (double)p.weight[e];

			if (p.channel[e] < 4)
				seg += w;
			else if (p.channel[e] == 4)
				ring += w;
			else if (p.channel[e] == 5)
				total += w;
			else if (p.channel[e] == 6)
				kx = w;
			else
				ky = w;
		}
		assert_true(seg == ring && total == 1);
		assert_true(fabs(kx - ((double)(r / by) - (double)band.hx) /
			10) < 1e-6);
		assert_true(fabs(ky - ((double)(r % by) - (double)band.hy) /
			9) < 1e-6);
	}
	ip_pixels_free(&p);
}

static void refuse(double inner, double outer, double offset, int code,
	const char *text)
{
	struct ip_grid g = { { 64, 64 }, { 12.8, 12.8 } };
	struct ip_detector d = ip_test_quadrants(inner, outer);
	struct ip_pixels p;

	d.offset[1] = offset;
	memset(&p, 0, sizeof(p));
	ip_test_log_capture();
	assert_int_equal(ip_detector_pixels(&d, 1, &g, 0.025, &p), code);
	ip_test_assert_logged(text);
	assert_null(p.pixel);
}

static void test_refusals(void **state)
{
	(void)state;
	refuse(10, 50, 0, IP_EPHYSICS, "band limit");
	refuse(10, 40, 5, IP_EPHYSICS, "band limit");
	refuse(10, 10, 0, IP_EINVAL, "inner < outer");
	refuse(-1, 10, 0, IP_EINVAL, "inner < outer");
	refuse(NAN, 10, 0, IP_EINVAL, "inner < outer");
	refuse(0.2, 0.3, 0, IP_EPHYSICS, "no pixel");
}

/* The peer's 400 draws and ours have one mean and one variance. */
static void test_dose(void **state)
{
	struct ip_bundle b = { { 0, NULL }, 0, NULL };
	size_t shape[1] = { 24 * 24 * 4 }, n = shape[0], i, draw;
	double *seg, *expect, z = 0, z2 = 0, ratio = 0;
	double *sum = calloc(n, sizeof(*sum)), *sq = calloc(n, sizeof(*sq));
	const size_t draws = 400;

	(void)state;
	ip_test_golden("g_poisson.npz", &b);
	seg = ip_test_numbers(&b, "seg", n);
	expect = ip_test_numbers(&b, "expect", n);
	for (draw = 0; draw < draws; draw++) {
		struct ip_tensor t;

		assert_int_equal(ip_tensor_new(&t, IP_F64, 1, shape), 0);
		memcpy(t.data, seg, n * sizeof(*seg));
		assert_int_equal(ip_dose_apply(&t, 1e4 * 0.28444444444444444,
			draw), 0);
		for (i = 0; i < n; i++) {
			double v = ((double *)t.data)[i];

			assert_true(v == floor(v) && v >= 0);
			sum[i] += v;
			sq[i] += v * v;
		}
		ip_tensor_free(&t);
	}
	for (i = 0; i < n; i++) {
		double mean = sum[i] / (double)draws;
		double var = sq[i] / (double)draws - mean * mean;
		double d = (mean - expect[i]) / sqrt(expect[i] / (double)draws);

		z += d / (double)n;
		z2 += d * d / (double)n;
		ratio += var / mean / (double)n;
	}
	/* 2304 independent scores: mean 0 +- 0.02, variance 1 +- 0.03, and
	   the ratio of variance to mean 1 - 1/400 +- 0.0015; five sigma */
	assert_true(fabs(z) < 0.105);
	assert_true(fabs(z2 - 1) < 0.15);
	assert_true(fabs(ratio - 0.9975) < 0.0075);
	free(sum);
	free(sq);
	free(seg);
	free(expect);
	ip_bundle_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden),
		cmocka_unit_test(test_sectors),
		cmocka_unit_test(test_pixels),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_dose),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
