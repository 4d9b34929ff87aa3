/*
 * Images against the peer's, with its bilinear atoms. Tolerance 2e-5 of the
 * incident beam: the peer sums its segments in float32, which alone leaves
 * 5e-6 (its maxdiff_f32 of thick specimens); our float32 waves add as much.
 */
#include <math.h>
#include "support/golden.h"

#define PI 3.14159265358979323846
#define TOLERANCE 2e-5

/* A golden case: atoms from a file, run with the peer's settings. */
struct golden {
	struct ip_bundle b;
	struct ip_structure atoms;
	struct ip_simulation s;
	struct ip_detector d[4];
	size_t planes[8];
	struct ip_tensor images;
};

static void golden_open(struct golden *c, const char *file,
	enum ip_factors factors, size_t n)
{
	memset(c, 0, sizeof *c);
	ip_test_golden(file, &c->b);
	ip_test_atoms(&c->b, &c->atoms);
	struct ip_grid g = ip_test_grid(&c->atoms, n, n);
	assert_int_equal(ip_potential_from_structure(&c->s.potential,
		&c->atoms, &g, 3, factors, IP_BILINEAR), 0);
	c->s.probe = ip_test_probe(200e3, 20);
	c->d[0] = ip_test_quadrants(10, 50);
	c->s.detectors = c->d;
	c->s.detector_count = 1;
	c->planes[0] = ip_potential_slices(c->s.potential);
	c->s.planes = c->planes;
	c->s.plane_count = 1;
}

static void golden_close(struct golden *c)
{
	ip_tensor_free(&c->images);
	ip_potential_free(c->s.potential);
	ip_structure_free(&c->atoms);
	ip_bundle_free(&c->b);
}

/*
 * Channels first .. first + 4 of plane of c->images against key, whose
 * planes are [nx][ny][4].
 */
static void assert_segments(const struct golden *c, const char *key,
	size_t planes, size_t plane, size_t first)
{
	size_t points = c->s.scan.n[0] * c->s.scan.n[1];
	double *want = ip_test_numbers(&c->b, key, planes * points * 4);
	double *turned = malloc(4 * points * sizeof *turned);
	const double *got = (const double *)c->images.data +
		(plane * c->images.shape[2] + first) * points;
	double worst;

	for (size_t i = 0; i < points; i++)
		for (size_t s = 0; s < 4; s++)
			turned[s * points + i] = want[(plane * points + i) *
				4 + s];
	worst = ip_test_max_abs(got, turned, 4 * points);
	print_message("# %s plane %zu: %.2g of the beam\n", key, plane, worst);
	assert_true(worst <= TOLERANCE);
	free(want);
	free(turned);
}

static void thin(const char *file, enum ip_factors factors,
	enum ip_method method)
{
	struct golden c;

	golden_open(&c, file, factors, 128);
	c.s.scan = ip_test_scan(c.s.potential, 16, 16);
	c.s.scan.end[0] = c.s.scan.end[1] = 12.8;
	c.s.method = method;
	ip_test_simulate(&c.s, &c.images);
	assert_segments(&c, "seg", 1, 0, 0);
	golden_close(&c);
}

static void test_thin(void **state)
{
	(void)state;
	thin("c_gan_thin_kirkland.npz", IP_KIRKLAND, IP_METHOD_MATRIX);
	thin("c_gan_thin_kirkland.npz", IP_KIRKLAND, IP_METHOD_PROBES);
	thin("c_gan_thin_lobato.npz", IP_LOBATO, IP_METHOD_AUTO);
}

/* F(k) of real or complex f [n][n], k from 0 .. n - 1; sign -1 or 1. */
static void dft(const double *f, size_t n, int sign, double *out)
{
	double *half = calloc(2 * n * n, sizeof *half);

	memset(out, 0, 2 * n * n * sizeof *out);
	for (int pass = 0; pass < 2; pass++) {
		const double *from = pass ? half : f;
		double *to = pass ? out : half;
		/* Transforms the second axis and swaps the two. */
		for (size_t i = 0; i < n; i++)
			for (size_t k = 0; k < n; k++)
				for (size_t j = 0; j < n; j++) {
					double t = sign * 2 * PI * (double)
						(j * k % n) / (double)n;
					const double *p = from +
						2 * (i * n + j);
					double *q = to + 2 * (k * n + i);
					q[0] += p[0] * cos(t) - p[1] * sin(t);
					q[1] += p[0] * sin(t) + p[1] * cos(t);
				}
	}
	free(half);
}

/*
 * The peer's integration of a gradient gx + i gy over length: inverse of
 * (FFT(gx) kx + FFT(gy) ky) / (2 pi i k^2), its minimum taken off.
 */
static void integrate(const double *gx, const double *gy, size_t n,
	double length, double *out)
{
	double *a = calloc(2 * n * n, sizeof *a), *fx, *fy;

	fx = calloc(2 * n * n, sizeof *fx);
	fy = calloc(2 * n * n, sizeof *fy);
	for (size_t i = 0; i < n * n; i++)
		a[2 * i] = gx[i];
	dft(a, n, -1, fx);
	for (size_t i = 0; i < n * n; i++)
		a[2 * i] = gy[i];
	dft(a, n, -1, fy);
	for (size_t i = 0; i < n * n; i++) {
		long u = (long)(i / n), v = (long)(i % n), m = (long)n;
		double kx = (double)(2 * u >= m ? u - m : u) / length;
		double ky = (double)(2 * v >= m ? v - m : v) / length;
		double k2 = kx * kx + ky * ky;
		double re = fx[2 * i] * kx + fy[2 * i] * ky;
		double im = fx[2 * i + 1] * kx + fy[2 * i + 1] * ky;
		a[2 * i] = k2 > 0 ? im / (2 * PI * k2) : 0;
		a[2 * i + 1] = k2 > 0 ? -re / (2 * PI * k2) : 0;
	}
	dft(a, n, 1, fx);
	double low = INFINITY;
	for (size_t i = 0; i < n * n; i++) {
		out[i] = fx[2 * i] / (double)(n * n);
		low = fmin(low, out[i]);
	}
	for (size_t i = 0; i < n * n; i++)
		out[i] -= low;
	free(a);
	free(fx);
	free(fy);
}

/* Within 1e-4 of the range of want. */
static void assert_range(const char *what, const double *got,
	const double *want, size_t n)
{
	double lo = INFINITY, hi = -INFINITY, d = ip_test_max_abs(got, want, n);

	for (size_t i = 0; i < n; i++) {
		lo = fmin(lo, want[i]);
		hi = fmax(hi, want[i]);
	}
	print_message("# %s: %.2g of its range\n", what, d / (hi - lo));
	assert_true(d <= 1e-4 * (hi - lo));
}

static void real_parts(const double *v, size_t n, int part, double *out)
{
	for (size_t i = 0; i < n; i++)
		out[i] = v[2 * i + (size_t)part];
}

/* 20 nm: segments, the total, the centre of mass and what follows from them. */
static void test_thick(void **state)
{
	enum { N = 24 * 24 };
	struct golden c;
	double *com, *want, x[N], y[N], got[N];

	(void)state;
	golden_open(&c, "d_gan_20nm.npz", IP_KIRKLAND, 128);
	c.s.scan = ip_test_scan(c.s.potential, 24, 24);
	c.d[1].kind = IP_TOTAL;
	c.d[2].kind = IP_COM;
	c.s.detector_count = 3;
	ip_test_simulate(&c.s, &c.images);
	assert_segments(&c, "seg", 1, 0, 0);
	const double *v = c.images.data;
	want = ip_test_numbers(&c.b, "total_intensity", N);
	double d = ip_test_max_abs(v + 4 * N, want, N);
	print_message("# total: %.2g of the beam\n", d);
	assert_true(d <= TOLERANCE);
	free(want);
	com = ip_test_numbers(&c.b, "com", 2 * N);
	real_parts(com, N, 0, x);
	assert_range("CoM x", v + 5 * N, x, N);
	real_parts(com, N, 1, x);
	assert_range("CoM y", v + 6 * N, x, N);
	free(com);
	integrate(v + 5 * N, v + 6 * N, 24, 12.8, got);
	want = ip_test_numbers(&c.b, "icom", N);
	assert_range("iCoM", got, want, N);
	free(want);
	for (size_t i = 0; i < N; i++) {
		x[i] = v[i] + v[3 * N + i] - v[N + i] - v[2 * N + i];
		y[i] = v[i] + v[N + i] - v[2 * N + i] - v[3 * N + i];
	}
	integrate(x, y, 24, 12.8, got);
	want = ip_test_numbers(&c.b, "idpc", N);
	assert_range("iDPC", got, want, N);
	free(want);
	golden_close(&c);
}

static void test_exit_planes(void **state)
{
	struct golden c;
	double *planes;

	(void)state;
	golden_open(&c, "d_gan_20nm.npz", IP_KIRKLAND, 128);
	c.s.scan = ip_test_scan(c.s.potential, 8, 8);
	planes = ip_test_numbers(&c.b, "exit_planes", 3);
	for (int i = 0; i < 3; i++)
		c.planes[i] = (size_t)planes[i] + 1;
	c.s.plane_count = 3;
	ip_test_simulate(&c.s, &c.images);
	for (size_t i = 0; i < 3; i++)
		assert_segments(&c, "exit_seg", 3, i, 0);
	free(planes);
	golden_close(&c);
}

static void test_80kv(void **state)
{
	static const struct { const char *name; double v; } set[] = {
		{ "C10", -50 }, { "C12", 30 }, { "phi12", 0.4 }, { "C21", 200 },
		{ "phi21", -0.7 }, { "C23", 150 }, { "phi23", 1.1 },
		{ "C30", 1e5 }, { "C50", 2e7 }
	};
	struct golden c;

	(void)state;
	golden_open(&c, "d_gan_20nm_80kV_aber.npz", IP_KIRKLAND, 128);
	c.s.probe.energy = 80e3;
	for (size_t i = 0; i < sizeof set / sizeof *set; i++)
		assert_int_equal(ip_aberrations_set(&c.s.probe.aberrations,
			set[i].name, set[i].v), 0);
	c.s.scan = ip_test_scan(c.s.potential, 12, 12);
	c.s.method = IP_METHOD_MATRIX;
	ip_test_simulate(&c.s, &c.images);
	assert_segments(&c, "seg", 1, 0, 0);
	golden_close(&c);
}

/* The reference's own settings: 256 x 256 points, 25.6 A. */
static void test_ref256(void **state)
{
	struct golden c;

	(void)state;
	golden_open(&c, "ref256_gan_20nm.npz", IP_KIRKLAND, 256);
	c.s.scan = ip_test_scan(c.s.potential, 8, 8);
	ip_test_simulate(&c.s, &c.images);
	assert_segments(&c, "seg", 1, 0, 0);
	golden_close(&c);
}

/* One slice of a given phase: the centre of mass is its gradient, blurred. */
static void test_phase_object(void **state)
{
	enum { N = 64 * 64 };
	struct golden c;
	struct ip_tensor v;
	double *x = malloc(N * sizeof *x), *got = malloc(N * sizeof *got);
	double *want, mean = 0;
	size_t shape[] = { 1, 128, 128 };
	struct ip_grid g = { { 128, 128 }, { 12.8, 12.8 } };

	(void)state;
	memset(&c, 0, sizeof c);
	ip_test_golden("f_phase_object.npz", &c.b);
	assert_int_equal(ip_tensor_wrap(&v, IP_F32, 3, shape,
		ip_bundle_find(&c.b, "V")->tensor.data), 0);
	assert_int_equal(ip_potential_from_slices(&c.s.potential, &v, &g,
		1e-6), 0);
	c.s.probe = ip_test_probe(200e3, 20);
	c.d[0] = ip_test_quadrants(10, 50);
	c.d[1].kind = IP_COM;
	c.s.detectors = c.d;
	c.s.detector_count = 2;
	c.planes[0] = 1;
	c.s.planes = c.planes;
	c.s.plane_count = 1;
	c.s.scan = ip_test_scan(c.s.potential, 64, 64);
	ip_test_simulate(&c.s, &c.images);
	const double *out = c.images.data;
	want = ip_test_numbers(&c.b, "seg", 4 * N);
	double worst = 0;
	for (size_t i = 0; i < N; i++)
		for (size_t s = 0; s < 4; s++)
			worst = fmax(worst, fabs(out[s * N + i] -
				want[4 * i + s]));
	print_message("# phase object: %.2g of the beam\n", worst);
	assert_true(worst <= TOLERANCE);
	free(want);
	want = ip_test_numbers(&c.b, "com", 2 * N);
	real_parts(want, N, 0, x);
	assert_range("CoM x", out + 4 * N, x, N);
	real_parts(want, N, 1, x);
	assert_range("CoM y", out + 5 * N, x, N);
	free(want);
	integrate(out + 4 * N, out + 5 * N, 64, 12.8, got);
	want = ip_test_numbers(&c.b, "icom", N);
	assert_range("iCoM", got, want, N);
	free(want);
	/* 2 pi iCoM is the phase seen through the probe; means are free. */
	want = ip_test_numbers(&c.b, "blurred_phase", N);
	for (size_t i = 0; i < N; i++)
		mean += (2 * PI * got[i] - want[i]) / N;
	for (size_t i = 0; i < N; i++)
		got[i] = 2 * PI * got[i] - mean;
	assert_range("blurred phase", got, want, N);
	free(want);
	free(x);
	free(got);
	golden_close(&c);
}

/* GaN's repeat cell as its 4 x 2 supercell, 80 slices, hard aperture. */
static void repeat_cell(const char *file, double tx, double ty)
{
	enum { CX = 32, CY = 56, NX = 128, NY = 112, SLICES = 80 };
	struct golden c;
	struct ip_tensor v = { 0 };
	size_t shape[] = { SLICES, NX, NY };
	double length[] = { 3.188938289844031, 5.523371803613782 };
	double *cell, *want;

	memset(&c, 0, sizeof c);
	ip_test_golden(file, &c.b);
	cell = ip_test_numbers(&c.b, "cell_slices", 4 * CX * CY);
	assert_int_equal(ip_tensor_new(&v, IP_F32, 3, shape), 0);
	for (size_t s = 0; s < SLICES; s++)
		for (size_t i = 0; i < NX * NY; i++)
			((float *)v.data)[s * NX * NY + i] = (float)cell[
				(s % 4 * CX + i / NY % CX) * CY + i % NY % CY];
	struct ip_grid g = { { NX, NY }, { 4 * length[0], 2 * length[1] } };
	assert_int_equal(ip_potential_from_slices(&c.s.potential, &v, &g,
		1.2980928646015248), 0);
	c.s.probe = ip_test_probe(200e3, 20);
	c.s.probe.hard = 1;
	c.s.probe.tilt[0] = tx;
	c.s.probe.tilt[1] = ty;
	c.d[0] = ip_test_quadrants(10, 50);
	c.s.detectors = c.d;
	c.s.detector_count = 1;
	c.planes[0] = 20;
	c.planes[1] = 80;
	c.s.planes = c.planes;
	c.s.plane_count = 2;
	c.s.scan = ip_test_scan(c.s.potential, 8, 8);
	c.s.scan.end[0] = length[0];
	c.s.scan.end[1] = length[1];
	ip_test_simulate(&c.s, &c.images);
	want = ip_test_numbers(&c.b, "segments", 2 * 4 * 64);
	double d = ip_test_max_abs(c.images.data, want, 2 * 4 * 64);
	print_message("# %s: %.2g of the beam\n", file, d);
	assert_true(d <= TOLERANCE);
	free(cell);
	free(want);
	ip_tensor_free(&v);
	golden_close(&c);
}

static void test_repeat_cell(void **state)
{
	(void)state;
	repeat_cell("h_gan_repeat_cell.npz", 0, 0);
	repeat_cell("h_gan_repeat_cell_tilt.npz", 5, -3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_thin),
		cmocka_unit_test(test_thick),
		cmocka_unit_test(test_exit_planes),
		cmocka_unit_test(test_80kv),
		cmocka_unit_test(test_ref256),
		cmocka_unit_test(test_phase_object),
		cmocka_unit_test(test_repeat_cell),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
