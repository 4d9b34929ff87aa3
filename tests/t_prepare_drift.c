/* Frames that drift: how far, and their mean. */
#include "support/support.h"
#include <math.h>
#include <iphase/prepare.h>
#include <iphase/random.h>
#include <iphase/status.h>
#include "core/core.h"

enum { T = 6, W = 131, H = 120, N = W * H, BLOBS = 160 };
static const double drift[T][2] = { { 0, 0 }, { 0.8, -0.45 }, { 2.3, -1.1 },
	{ 3.62, 0.2 }, { 5.1, 2.75 }, { 7.4, 4.5 } };

/*
 * A picture without a period: bumps, also beyond its edges, that the frame has
 * moved by d.
 */
static double bumps(double x, double y)
{
	double sum = 1;
	int b;

	for (b = 0; b < BLOBS; b++) {
		double u = x + 20 - (W + 40) * ip_uniform(7, 0, 3 * b);
		double v = y + 20 - (H + 40) * ip_uniform(7, 0, 3 * b + 1);
		double s = 1.8 + 2 * ip_uniform(7, 0, 3 * b + 2);

		sum += 0.8 * exp(-(u * u + v * v) / (2 * s * s));
	}
	return sum;
}

/* electrons: a pixel, in all segments, where there is no bump; 0: no noise */
static struct ip_tensor frames(double electrons)
{
	static const double part[4] = { 0.3, 0.3, 0.2, 0.2 };
	struct ip_tensor t = { 0 };
	size_t shape[4] = { T, 4, W, H }, i;
	float *v;

	assert_int_equal(ip_tensor_new(&t, IP_F32, 4, shape), 0);
	v = t.data;
	for (i = 0; i < (size_t)T * N; i++) {
		size_t f = i / N, j;
		double value = bumps((double)(i % N / H) - drift[f][0],
			(double)(i % H) - drift[f][1]);

		for (j = 0; j < 4; j++) {
			size_t k = (f * 4 + j) * N + i % N;

			v[k] = (float)(electrons > 0 ? (double)ip_poisson(3, 0,
				k, electrons * part[j] * value) : value);
		}
	}
	return t;
}

static double most_off(const struct ip_tensor *got)
{
	const double *v = got->data;
	double most = 0;
	size_t i;

	assert_int_equal(got->ndim, 2);
	assert_int_equal(got->shape[0], T);
	assert_int_equal(got->shape[1], 2);
	assert_true(v[0] == 0 && v[1] == 0);
	for (i = 0; i < T; i++)
		most = fmax(most, hypot(v[2 * i] - drift[i][0],
			v[2 * i + 1] - drift[i][1]));
	return most;
}

static void found(double electrons, double tolerance)
{
	struct ip_tensor t = frames(electrons), d = { 0 };
	double off;
	int i;

	for (i = 0; i < 2; i++) {
		assert_int_equal(ip_prepare_drift(&t, i ? IP_DRIFT_MEAN :
			IP_DRIFT_FIRST, &d), 0);
		off = most_off(&d);
		print_message("%g electrons, against the %s: off by %.4f\n",
			electrons, i ? "mean" : "first", off);
		assert_true(off < tolerance);
		ip_tensor_free(&d);
	}
	ip_tensor_free(&t);
}

static void without_noise(void **state)
{
	(void)state;
	found(0, 0.02);
}

static void with_noise(void **state)
{
	(void)state;
	/* a pixel's noise is 7 % of it, and a tenth of a bump */
	found(200, 0.05);
	/* 45 %: less sure, but nothing is lost; the best that there is can be
	 * had from such frames is 0.1 */
	found(5, 0.4);
}

/* Moved back, the mean is the first frame without its noise. */
static void averaged(void **state)
{
	struct ip_tensor t = frames(0), d = { 0 }, m = { 0 };
	size_t at[2], i, shape[2] = { T, 2 };
	double most = 0;

	(void)state;
	assert_int_equal(ip_tensor_new(&d, IP_F64, 2, shape), 0);
	memcpy(d.data, drift, sizeof drift);
	assert_int_equal(ip_prepare_average(&t, &d, at, &m), 0);
	/* x from 0 to W - 1 - 7.4, y from 1.1 to H - 1 - 4.5 */
	assert_int_equal(at[0], 0);
	assert_int_equal(at[1], 2);
	assert_int_equal(m.shape[0], 4);
	assert_int_equal(m.shape[1], W - 8);
	assert_int_equal(m.shape[2], H - 5 - 2);
	for (i = 0; i < m.shape[1] * m.shape[2]; i++) {
		size_t x = i / m.shape[2], y = i % m.shape[2];

		if (x > 20 && x < m.shape[1] - 20 && y > 20 &&
		    y < m.shape[2] - 20)
			most = fmax(most, fabs(((double *)m.data)[i] -
				bumps((double)x, (double)(y + at[1]))));
	}
	assert_true(most < 1e-5);	/* of float32 frames */
	ip_tensor_free(&m);
	/* without drift: their plain mean, of all pixels */
	assert_int_equal(ip_prepare_average(&t, NULL, at, &m), 0);
	assert_int_equal(m.shape[1], W);
	for (most = 0, i = 0; i < T; i++)
		most += (double)((float *)t.data)[i * 4 * N + 5 * H + 9] / T;
	assert_true(fabs(((double *)m.data)[5 * H + 9] - most) < 1e-12);
	ip_tensor_free(&m);
	ip_tensor_free(&d);
	ip_tensor_free(&t);
}

static void refused(void **state)
{
	struct ip_tensor t = { 0 }, d = { 0 }, m = { 0 };
	size_t shape[4] = { 2, 1, 16, 16 }, two[2] = { 2, 2 }, at[2], i;
	float *v;

	(void)state;
	ip_test_log_capture();
	assert_int_equal(ip_tensor_new(&t, IP_F32, 4, shape), 0);
	assert_int_equal(ip_prepare_drift(&t, IP_DRIFT_MEAN, &d), IP_EPHYSICS);
	ip_test_assert_logged("without contrast");
	assert_null(d.data);
	v = t.data;
	for (i = 0; i < 512; i++)
		v[i] = (float)ip_uniform(1, 0, i);
	v[300] = NAN;
	ip_test_log_capture();
	assert_int_equal(ip_prepare_drift(&t, IP_DRIFT_MEAN, &d), IP_EINVAL);
	assert_int_equal(ip_prepare_average(&t, NULL, at, &m), IP_EINVAL);
	v[300] = 1;
	assert_int_equal(ip_tensor_new(&d, IP_F64, 2, two), 0);
	((double *)d.data)[2] = 16;	/* nothing is in both */
	assert_int_equal(ip_prepare_average(&t, &d, at, &m), IP_EPHYSICS);
	((double *)d.data)[2] = INFINITY;
	assert_int_equal(ip_prepare_average(&t, &d, at, &m), IP_EINVAL);
	d.shape[1] = 1;
	assert_int_equal(ip_prepare_average(&t, &d, at, &m), IP_EINVAL);
	d.shape[1] = 2;
	t.ndim = 3;
	assert_int_equal(ip_prepare_average(&t, &d, at, &m), IP_EINVAL);
	ip_tensor_free(&d);
	assert_int_equal(ip_prepare_drift(&t, IP_DRIFT_MEAN, &d), IP_EINVAL);
	assert_null(m.data);
	ip_tensor_free(&t);
}

/* A spot that goes by more than half of the picture, in steps that are less. */
static void too_far(void **state)
{
	struct ip_tensor t = { 0 }, d = { 0 };
	size_t shape[4] = { 4, 1, 64, 64 }, i;

	(void)state;
	assert_int_equal(ip_tensor_new(&t, IP_F32, 4, shape), 0);
	for (i = 0; i < ip_tensor_count(&t); i++) {
		double x = (double)(i / 64 % 64) - 12 -
			13. * (double)(i / 4096);
		double y = (double)(i % 64) - 32;

		((float *)t.data)[i] = (float)exp(-(x * x + y * y) / 18);
	}
	ip_test_log_capture();
	assert_int_equal(ip_prepare_drift(&t, IP_DRIFT_FIRST, &d), IP_EPHYSICS);
	ip_test_assert_logged("expected half of them at most");
	assert_null(d.data);
	ip_tensor_free(&t);
}

/* No memory at any moment: told once, nothing made, nothing freed twice. */
static void no_memory(void **state)
{
	struct ip_tensor t = { 0 }, d = { 0 };
	size_t shape[4] = { 2, 1, 16, 16 }, i;
	int rc = IP_ENOMEM;
	long n;

	(void)state;
	assert_int_equal(ip_tensor_new(&t, IP_F32, 4, shape), 0);
	for (i = 0; i < 512; i++)
		((float *)t.data)[i] = (float)ip_uniform(1, 0, i % 256);
	for (n = 0; rc != 0; n++) {
		ip_test_log_capture();
		ip_alloc_fail_after(n);
		rc = ip_prepare_drift(&t, IP_DRIFT_MEAN, &d);
		ip_alloc_fail_after(-1);
		if (rc != 0) {
			assert_int_equal(rc, IP_ENOMEM);
			assert_int_equal(ip_test_log_errors(), 1);
			assert_null(d.data);
		}
	}
	assert_true(n > 8);
	/* both frames are one */
	for (i = 0; i < 4; i++)
		assert_true(fabs(((double *)d.data)[i]) < 1e-6);
	ip_tensor_free(&d);
	ip_tensor_free(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_noise),
		cmocka_unit_test(with_noise),
		cmocka_unit_test(averaged),
		cmocka_unit_test(refused),
		cmocka_unit_test(too_far),
		cmocka_unit_test(no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
