/*
 * What must hold of the images whatever the specimen: sums, symmetries, and
 * the projected potential that belongs to them.
 */
#include <math.h>
#include "support/fixture.h"

#define PI 3.14159265358979323846
/*
 * What the same images differ by when the specimen is turned or moved: float32
 * rounding of some ten slices, summed in another order.
 */
#define TURN_TOLERANCE 2e-6

enum { NX = 64, NY = 72 };

/* ---- invariants ---- */

/* Segments of all kinds that tile a ring add up to it; all stay below 1. */
static void test_sums(void **state)
{
	struct ip_test_fixture f;
	struct ip_tensor t;

	(void)state;
	ip_test_fixture_open(&f, NX, NY);
	f.d[1] = (struct ip_detector){ .kind = IP_SEGMENTED, .inner = 10,
		.outer = 50, .radial = 3, .azimuthal = 5, .rotation = 1 };
	f.d[2] = (struct ip_detector){ .kind = IP_ANNULAR, .inner = 10,
		.outer = 50 };
	f.d[3].kind = IP_TOTAL;
	f.s.detector_count = 4;
	ip_test_simulate(&f.s, &t);
	const double *v = t.data;
	for (size_t i = 0; i < 90; i++) {
		double a = 0, b = 0;
		for (size_t c = 0; c < 4; c++)
			a += v[c * 90 + i];
		for (size_t c = 4; c < 19; c++)
			b += v[c * 90 + i];
		/* the same float32 numbers in other orders */
		assert_true(fabs(a - v[19 * 90 + i]) < 1e-6);
		assert_true(fabs(b - v[19 * 90 + i]) < 1e-6);
		assert_true(v[20 * 90 + i] < 1.0005 && v[20 * 90 + i] > a);
	}
	ip_tensor_free(&t);
	ip_test_fixture_close(&f);
}

/* In vacuum nothing is lost, and every scan point is like the other. */
static void test_vacuum(void **state)
{
	struct ip_test_fixture f;
	struct ip_tensor t;

	(void)state;
	ip_test_fixture_open(&f, NX, NY);
	f.d[0].kind = IP_TOTAL;
	f.planes[0] = 0;
	for (int m = IP_METHOD_PROBES; m <= IP_METHOD_MATRIX; m++) {
		f.s.method = (enum ip_method)m;
		ip_test_simulate(&f.s, &t);
		for (size_t i = 0; i < 90; i++)
			assert_true(fabs(((double *)t.data)[i] - 1) < 1e-6);
		ip_tensor_free(&t);
	}
	ip_test_fixture_close(&f);
}

/* Atoms and probe moved together by whole pixels: nothing changes. */
static void test_shift(void **state)
{
	struct ip_test_fixture f;
	struct ip_tensor a, b;

	(void)state;
	ip_test_fixture_open(&f, NX, NY);
	for (int deposit = 0; deposit < 2; deposit++) {
		ip_test_fixture_potential(&f, NX, NY, deposit ? IP_BILINEAR :
			IP_EXACT);
		ip_test_simulate(&f.s, &a);
		for (size_t i = 0; i < f.atoms.count; i++) {
			f.atoms.atoms[i].r[0] += 5.0 / 8;
			f.atoms.atoms[i].r[1] -= 3.0 / 8;
		}
		ip_test_fixture_potential(&f, NX, NY, deposit ? IP_BILINEAR :
			IP_EXACT);
		f.s.scan.start[0] += 5.0 / 8;
		f.s.scan.end[0] += 5.0 / 8;
		f.s.scan.start[1] -= 3.0 / 8;
		f.s.scan.end[1] -= 3.0 / 8;
		ip_test_simulate(&f.s, &b);
		assert_true(ip_test_distance(&a, &b) < IP_TEST_FLOAT_TOLERANCE);
		ip_tensor_free(&a);
		ip_tensor_free(&b);
	}
	ip_test_fixture_close(&f);
}

/*
 * Atoms turned by 90 degree counter-clockwise, (x, y) -> (-y, x): the image
 * turns, and segment k becomes segment k + 1.
 */
static void test_quarter_turn(void **state)
{
	enum { N = 12 };
	struct ip_test_fixture f;
	struct ip_tensor a, b;
	double worst = 0;

	(void)state;
	ip_test_fixture_open(&f, NX, NX);
	f.s.scan = ip_test_scan(f.s.potential, N, N);
	ip_test_simulate(&f.s, &a);
	for (size_t i = 0; i < f.atoms.count; i++) {
		double *r = f.atoms.atoms[i].r, x = r[0];
		r[0] = -r[1];
		r[1] = x;
	}
	ip_test_fixture_potential(&f, NX, NX, IP_EXACT);
	ip_test_simulate(&f.s, &b);
	const double *u = a.data, *v = b.data;
	for (size_t s = 0; s < 4; s++)
		for (size_t i = 0; i < N; i++)
			for (size_t j = 0; j < N; j++)
				worst = fmax(worst, fabs(u[(s * N + i) * N + j]
					- v[((s + 1) % 4 * N + (N - j) % N) *
					N + i]));
	assert_true(worst < TURN_TOLERANCE);
	ip_tensor_free(&a);
	ip_tensor_free(&b);
	ip_test_fixture_close(&f);
}

/* x and y of the atoms swapped: a ring's image is transposed. */
static void test_mirror(void **state)
{
	enum { N = 12 };
	struct ip_test_fixture f;
	struct ip_tensor a, b;
	double worst = 0;

	(void)state;
	ip_test_fixture_open(&f, NX, NX);
	f.d[0] = (struct ip_detector){ .kind = IP_ANNULAR, .inner = 10,
		.outer = 50 };
	f.s.scan = ip_test_scan(f.s.potential, N, N);
	ip_test_simulate(&f.s, &a);
	for (size_t i = 0; i < f.atoms.count; i++) {
		double *r = f.atoms.atoms[i].r, x = r[0];
		r[0] = r[1];
		r[1] = x;
	}
	ip_test_fixture_potential(&f, NX, NX, IP_EXACT);
	ip_test_simulate(&f.s, &b);
	for (size_t i = 0; i < N; i++)
		for (size_t j = 0; j < N; j++)
			worst = fmax(worst, fabs(((double *)a.data)[i * N + j]
				- ((double *)b.data)[j * N + i]));
	assert_true(worst < TURN_TOLERANCE);
	ip_tensor_free(&a);
	ip_tensor_free(&b);
	ip_test_fixture_close(&f);
}

/*
 * Friedel: a weak phase changes I(k) and I(-k) by opposite amounts, so
 * opposite segments together change only in second order. A tenth of the
 * phase leaves a hundredth of the change.
 */
static void test_friedel(void **state)
{
	enum { N = 64, POINTS = 12 * 12 };
	struct ip_grid g = { { N, N }, { 8, 8 } };
	size_t shape[] = { 1, N, N };
	struct ip_tensor v = { 0 }, out;
	double change[3][2], vacuum[4] = { 0 };
	struct ip_test_fixture f;

	(void)state;
	memset(&f, 0, sizeof f);
	assert_int_equal(ip_tensor_new(&v, IP_F64, 3, shape), 0);
	f.s.probe = ip_test_probe(200e3, 20);
	f.d[0] = ip_test_quadrants(5, 30);
	f.s.detectors = f.d;
	f.s.detector_count = 1;
	f.planes[0] = 1;
	f.s.planes = f.planes;
	f.s.plane_count = 1;
	for (int e = 0; e < 3; e++) {
		double scale = e == 0 ? 0 : e == 1 ? 1 : 10;
		for (size_t i = 0; i < N * N; i++) {
			double x = 2 * PI * (double)(i / N) / N;
			double y = 2 * PI * (double)(i % N) / N;
			((double *)v.data)[i] = 10 * scale * (cos(3 * x + y +
				0.4) + sin(2 * y - 4 * x) + cos(5 * y));
		}
		assert_int_equal(ip_potential_from_slices(&f.s.potential, &v,
			&g, 1e-3), 0);
		f.s.scan = ip_test_scan(f.s.potential, 12, 12);
		ip_test_simulate(&f.s, &out);
		const double *p = out.data;
		change[e][0] = change[e][1] = 0;
		for (size_t s = 0; e == 0 && s < 4; s++)
			vacuum[s] = p[s * POINTS];
		for (size_t i = 0; i < POINTS; i++) {
			double a = p[i] - vacuum[0];
			double b = p[2 * POINTS + i] - vacuum[2];
			change[e][0] = fmax(change[e][0], fabs(a + b));
			change[e][1] = fmax(change[e][1], fabs(a - b));
		}
		ip_tensor_free(&out);
		ip_potential_free(f.s.potential);
		f.s.potential = NULL;
	}
	assert_true(change[1][1] > 1e-3);
	assert_true(change[1][0] < 0.02 * change[1][1]);
	assert_true(change[2][1] > 9 * change[1][1]);
	assert_true(change[2][0] > 50 * change[1][0]);
	ip_tensor_free(&v);
}

/* ---- the projected potential ---- */

/*
 * Waves inside the band come back at any point, those outside do not; the
 * edge between them is the aperture's.
 */
static void test_project(void **state)
{
	enum { N = 48, M = 60, SLICES = 3 };
	struct ip_grid g = { { N, M }, { 6, 9 } };
	size_t shape[] = { SLICES, N, M }, planes[] = { 1, 3 };
	struct ip_scan scan = { { 0.2, -0.7 }, { 5, 3.3 }, { 7, 5 } };
	struct ip_potential *p = NULL;
	struct ip_tensor v = { 0 }, out = { 0 };
	double worst = 0;

	(void)state;
	assert_int_equal(ip_tensor_new(&v, IP_F64, 3, shape), 0);
	for (size_t i = 0; i < SLICES * N * M; i++) {
		double x = 2 * PI * (double)(i / M % N) / N;
		double y = 2 * PI * (double)(i % M) / M;
		((double *)v.data)[i] = (double)(i / (N * M) + 1) * (3 +
			cos(7 * x - 5 * y + 0.3) + sin(4 * x) + 9 * cos(23 * x +
			y) + 2 * cos(13 * y));
	}
	assert_int_equal(ip_potential_from_slices(&p, &v, &g, 2), 0);
	assert_int_equal(ip_potential_project(p, planes, 2, &scan, &out), 0);
	for (size_t i = 0; i < 2 * 7 * 5; i++) {
		double x = 2 * PI * (0.2 + 4.8 * (double)(i / 5 % 7) / 7) / 6;
		double y = 2 * PI * (-0.7 + 4 * (double)(i % 5) / 5) / 9;
		double f = i / 35 ? 6 : 1;
		double want = f * (3 + cos(7 * x - 5 * y + 0.3) + sin(4 * x) +
			9 * cos(23 * x + y) * ip_grid_aperture(&g, hypot(
			23.0 / 6, 1.0 / 9)) + 2 * cos(13 * y) *
			ip_grid_aperture(&g, 13.0 / 9));
		worst = fmax(worst, fabs(((double *)out.data)[i] - want));
	}
	assert_true(ip_grid_aperture(&g, 23.0 / 6) == 0);
	/* slices may be held in single precision */
	assert_true(worst < 1e-4);
	ip_tensor_free(&v);
	ip_tensor_free(&out);
	ip_potential_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sums),
		cmocka_unit_test(test_vacuum),
		cmocka_unit_test(test_shift),
		cmocka_unit_test(test_quarter_turn),
		cmocka_unit_test(test_mirror),
		cmocka_unit_test(test_friedel),
		cmocka_unit_test(test_project),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
