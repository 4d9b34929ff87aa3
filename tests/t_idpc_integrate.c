/* iDPC: integration, backgrounds, the peer's arrays. */
#include "support/support.h"
#include "support/idpc.h"
#include <math.h>
#include <iphase/em.h>
#include <iphase/formats.h>

#define PI 3.14159265358979323846

static void zero_mean(double *v, size_t n)
{
	double mean = 0;
	size_t i;

	for (i = 0; i < n; i++)
		mean += v[i] / (double)n;
	for (i = 0; i < n; i++)
		v[i] -= mean;
}

/* ---- integration ---- */

struct wave { int kx, ky; double ax, ay, at; };

/*
 * A sum of waves that has a curl as well, on an odd and even, non-square
 * grid with non-square pixels: each wave's phase is known.
 */
static void periodic_waves(void **state)
{
	enum { NX = 15, NY = 24 };
	static const struct wave w[] = {
		{1, 0, 0.3, 0.1, 0.2}, {0, 2, 0.2, 0.4, 1.0},
		{3, -5, -0.1, 0.2, 2.0}, {-7, 11, 0.05, -0.3, 0.7},
		{0, 0, 0.2, 0.3, 0.0},
	};
	static double phase[NX * NY], laplace[NX * NY], v[NX * NY];
	struct ip_idpc how = ip_test_idpc();
	struct ip_idpc_result r = {0};
	struct ip_tensor x = ip_test_image(NX, NY), y = ip_test_image(NX, NY);
	size_t i, j, m;

	(void)state;
	how.pixel_size[0] = 0.3;
	how.high_pass = 0.5;
	for (i = 0; i < NX * NY; i++)
		phase[i] = laplace[i] = 0;
	for (m = 0; m < 5; m++)
	for (i = 0; i < NX; i++)
	for (j = 0; j < NY; j++) {
		double kx = w[m].kx / (NX * 0.3), ky = w[m].ky / (NY * 0.2);
		double k2 = kx * kx + ky * ky, p, t = w[m].at + 2 * PI
			* (kx * 0.3 * (double)i + ky * 0.2 * (double)j);

		ip_test_values(&x)[i * NY + j] += w[m].ax * cos(t);
		ip_test_values(&y)[i * NY + j] += w[m].ay * cos(t);
		if (k2 == 0)
			continue;
		p = (kx * w[m].ax + ky * w[m].ay) / k2 * sin(t);
		phase[i * NY + j] += p * (1 - exp(-k2 / 0.5));
		laplace[i * NY + j] -= 4 * PI * PI * k2 * p;
	}
	assert_int_equal(ip_idpc_from_com(&x, &y, &how, &r), 0);
	/* Rounding only; dDPC is the Laplacian without the high pass. */
	ip_test_assert_close("phase", ip_test_values(&r.phase), phase,
		NX * NY, 1e-12);
	ip_test_assert_close("ddpc", ip_test_values(&r.ddpc), laplace,
		NX * NY, 1e-12);
	for (i = 0; i < NX * NY; i++)
		v[i] = phase[i] / ip_sigma(200e3);
	ip_test_assert_close("V", ip_test_values(&r.potential), v,
		NX * NY, 1e-12);
	ip_tensor_free(&x);
	ip_tensor_free(&y);
	ip_idpc_result_free(&r);
}

/* An even axis' highest frequency has no odd part: it must not get through. */
static void nyquist_is_silent(void **state)
{
	enum { N = 16 };
	struct ip_idpc how = ip_test_idpc();
	struct ip_idpc_result r = {0};
	struct ip_tensor x = ip_test_image(N, N), y = ip_test_image(N, N);
	size_t i;

	(void)state;
	for (i = 0; i < N * N; i++)
		ip_test_values(&x)[i] = i / N % 2 ? 1 : -1;
	assert_int_equal(ip_idpc_from_com(&x, &y, &how, &r), 0);
	for (i = 0; i < N * N; i++) {
		assert_true(fabs(ip_test_values(&r.phase)[i]) < 1e-14);
		assert_true(fabs(ip_test_values(&r.ddpc)[i]) < 1e-12);
	}
	ip_tensor_free(&x);
	ip_tensor_free(&y);
	ip_idpc_result_free(&r);
}

static double rms_rel(const double *a, const double *b, size_t n)
{
	double d = 0, s = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		d += (a[i] - b[i]) * (a[i] - b[i]);
		s += b[i] * b[i];
	}
	return sqrt(d / s);
}

/* A ramp and a picture that cuts cells: mirrored comes back, periodic not. */
static void mirrored_boundary(void **state)
{
	struct ip_tensor x = ip_test_image(IP_TEST_NX, IP_TEST_NY);
	struct ip_tensor y = ip_test_image(IP_TEST_NX, IP_TEST_NY);
	static double phase[IP_TEST_N], laplace[IP_TEST_N];
	struct ip_idpc how = ip_test_idpc();
	struct ip_idpc_result m = {0}, p = {0};
	double most[2] = {0, 0}, top = 0;
	size_t i;

	(void)state;
	ip_test_object(ip_test_values(&x), ip_test_values(&y), phase);
	ip_test_laplacian(laplace);
	for (i = 0; i < IP_TEST_N; i++) {
		phase[i] += 0.3 * 0.2 * (double)(i / IP_TEST_NY)
			- 0.2 * 0.2 * (double)(i % IP_TEST_NY);
		ip_test_values(&x)[i] += 0.3 / (2 * PI);
		ip_test_values(&y)[i] -= 0.2 / (2 * PI);
	}
	zero_mean(phase, IP_TEST_N);
	assert_int_equal(ip_idpc_from_com(&x, &y, &how, &p), 0);
	how.boundary = IP_MIRRORED;
	assert_int_equal(ip_idpc_from_com(&x, &y, &how, &m), 0);
	/* What is left is the kink of the mirrored phase at the edges, one
	 * pixel in 60; periodic loses the ramp, which is most of it. */
	print_message("# mirrored %.4f periodic %.4f\n",
		rms_rel(ip_test_values(&m.phase), phase, IP_TEST_N),
		rms_rel(ip_test_values(&p.phase), phase, IP_TEST_N));
	assert_true(rms_rel(ip_test_values(&m.phase), phase, IP_TEST_N) < 0.03);
	assert_true(rms_rel(ip_test_values(&p.phase), phase, IP_TEST_N) > 0.5);
	/* dDPC sees no edges, but its differences have fewer points there. */
	for (i = 0; i < IP_TEST_N; i++) {
		size_t a = i / IP_TEST_NY, b = i % IP_TEST_NY;
		int rim = a < 4 || b < 4 || a >= IP_TEST_NX - 4
			|| b >= IP_TEST_NY - 4;

		most[rim] = fmax(most[rim], fabs(laplace[i]
			- ip_test_values(&m.ddpc)[i]));
		top = fmax(top, fabs(laplace[i]));
	}
	print_message("# dDPC inside %.4f, rim %.4f\n", most[0] / top,
		most[1] / top);
	assert_true(most[0] < 2e-3 * top && most[1] < 0.3 * top);
	ip_tensor_free(&x);
	ip_tensor_free(&y);
	ip_idpc_result_free(&m);
	ip_idpc_result_free(&p);
}

static void backgrounds(void **state)
{
	enum { NX = 12, NY = 9 };
	struct ip_tensor x = ip_test_image(NX, NY), y = ip_test_image(NX, NY);
	struct ip_idpc how = ip_test_idpc();
	size_t i;

	(void)state;
	for (i = 0; i < NX * NY; i++) {
		ip_test_values(&x)[i] = 0.1 + 0.02 * (double)(i / NY)
			- 0.03 * (double)(i % NY);
		ip_test_values(&y)[i] = -0.7 + 0.01 * (double)(i % NY);
	}
	for (how.background = IP_KEEP; how.background <= IP_PLANE;
		how.background++) {
		struct ip_idpc_result r = {0};
		double mean = 0, most = 0;

		assert_int_equal(ip_idpc_from_com(&x, &y, &how, &r), 0);
		for (i = 0; i < NX * NY; i++) {
			mean += ip_test_values(&r.com_x)[i] / (NX * NY);
			most = fmax(most, fabs(ip_test_values(&r.com_x)[i]));
		}
		if (how.background == IP_KEEP)
			assert_memory_equal(r.com_x.data, x.data,
				sizeof(double) * NX * NY);
		else
			assert_true(fabs(mean) < 1e-15);
		assert_true((most < 1e-15) == (how.background == IP_PLANE));
		ip_idpc_result_free(&r);
	}
	ip_tensor_free(&x);
	ip_tensor_free(&y);
}

/* ---- the peer's arrays ---- */

/* Parts of a complex (or one of a real) array of a golden file. */
static struct ip_tensor golden(const struct ip_bundle *b, const char *name,
	int part)
{
	const struct ip_item *item = ip_bundle_find(b, name);
	struct ip_tensor t;
	size_t i, n;

	assert_non_null(item);
	assert_int_equal(item->tensor.ndim, 2);
	t = ip_test_image(item->tensor.shape[0], item->tensor.shape[1]);
	n = ip_tensor_count(&t);
	assert_true(ip_tensor_contiguous(&item->tensor));
	for (i = 0; i < n; i++) {
		const float *f = item->tensor.data;

		ip_test_values(&t)[i] = item->tensor.dtype == IP_C64
			? f[2 * i + (size_t)part] : f[i];
	}
	return t;
}

/* Largest |a - b| of arrays of zero mean, over the range of b. */
static double range_error(double *a, double *b, size_t n)
{
	double lo = INFINITY, hi = -INFINITY, most = 0;
	size_t i;

	zero_mean(a, n);
	zero_mean(b, n);
	for (i = 0; i < n; i++) {
		lo = fmin(lo, b[i]);
		hi = fmax(hi, b[i]);
		most = fmax(most, fabs(a[i] - b[i]));
	}
	return most / (hi - lo);
}

/* The phase of com over scale against the golden array want. */
static double golden_error(const char *file, const char *com, const char *want,
	double pixel, double scale)
{
	struct ip_bundle b = {0};
	struct ip_idpc how = ip_test_idpc();
	struct ip_idpc_result r = {0};
	struct ip_tensor x, y, w;
	double error;
	size_t i, n;

	assert_int_equal(ip_npz_read(ip_test_src(file), &b), 0);
	x = golden(&b, com, 0);
	y = golden(&b, com, 1);
	w = golden(&b, want, 0);
	how.pixel_size[0] = how.pixel_size[1] = pixel;
	assert_int_equal(ip_idpc_from_com(&x, &y, &how, &r), 0);
	n = ip_tensor_count(&w);
	for (i = 0; i < n; i++)
		ip_test_values(&r.phase)[i] /= scale;
	error = range_error(ip_test_values(&r.phase), ip_test_values(&w), n);
	print_message("# %s %s: %.2e of range\n", file, want, error);
	ip_bundle_free(&b);
	ip_tensor_free(&x);
	ip_tensor_free(&y);
	ip_tensor_free(&w);
	ip_idpc_result_free(&r);
	return error;
}

static void golden_f(void **state)
{
	(void)state;
	/* A one-slice phase object: iCoM is the phase blurred by the probe.
	 * Stored as float32. */
	assert_true(golden_error("tests/golden/f_phase_object.npz", "com",
		"blurred_phase", 0.2, 1) < 1e-5);
	assert_true(golden_error("tests/golden/f_phase_object.npz", "com",
		"icom", 0.2, 2 * PI) < 1e-5);
}

static void golden_d(void **state)
{
	static const char file[] = "tests/golden/d_gan_20nm.npz";

	(void)state;
	/* The 1e-4; the peer's own float32 run is off by 5e-6. */
	assert_true(golden_error(file, "com", "icom", 12.8 / 24, 2 * PI)
		< 1e-5);
	assert_true(golden_error(file, "dpc", "idpc", 12.8 / 24, 2 * PI)
		< 1e-5);
}

/* ---- the blurred truth ---- */

/* Where every second pixel of V, blurred, is the golden blurred phase. */
static void blurred_potential(void **state)
{
	struct ip_bundle b = {0};
	struct ip_idpc how = ip_test_idpc();
	struct ip_tensor v, w, got = {0};
	double wave[8 * 8], error, k;
	size_t i, j;

	(void)state;
	assert_int_equal(ip_npz_read(ip_test_src(
		"tests/golden/f_phase_object.npz"), &b), 0);
	v = golden(&b, "V", 0);
	w = golden(&b, "blurred_phase", 0);
	how.pixel_size[0] = how.pixel_size[1] = 0.1;
	assert_int_equal(ip_idpc_blur(&v, &how, &got), 0);
	for (i = 0; i < 64; i++)
		for (j = 0; j < 64; j++)
			ip_test_values(&v)[i * 64 + j] = ip_sigma(200e3)
				* ip_test_values(&got)[2 * (i * 128 + j)];
	error = range_error(ip_test_values(&v), ip_test_values(&w), 64 * 64);
	print_message("# blurred: %.4f of range\n", error);
	/* The golden's aperture has a soft edge of one pixel in ten. */
	assert_true(error < 0.05);
	ip_tensor_free(&got);
	ip_tensor_free(&v);
	ip_tensor_free(&w);
	ip_bundle_free(&b);
	/* One wave at half the limit: acos(1/2) 2/pi - sqrt(3)/(2 pi). */
	k = 20e-3 / ip_wavelength(200e3);
	how.pixel_size[0] = 1 / (8 * k);
	v = ip_test_image(8, 8);
	for (i = 0; i < 64; i++) {
		ip_test_values(&v)[i] = 5 + cos(2 * PI * (double)(i / 8) / 8);
		wave[i] = cos(2 * PI * (double)(i / 8) / 8)
			* (2.0 / 3 - sqrt(3) / (2 * PI));
	}
	assert_int_equal(ip_idpc_blur(&v, &how, &got), 0);
	ip_test_assert_close("wave", ip_test_values(&got), wave, 64, 1e-12);
	ip_tensor_free(&got);
	ip_tensor_free(&v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(periodic_waves),
		cmocka_unit_test(nyquist_is_silent),
		cmocka_unit_test(mirrored_boundary),
		cmocka_unit_test(backgrounds),
		cmocka_unit_test(golden_f),
		cmocka_unit_test(golden_d),
		cmocka_unit_test(blurred_potential),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
