/*
 * The transfer function of iDPC by segments against weak gratings put
 * through a probe and a detector of many pixels, one slice, in double.
 */
#include "support/support.h"
#include "support/waves.h"
#include <math.h>
#include <iphase/em.h>
#include <iphase/idpc.h>

#define PI 3.14159265358979323846

enum { N = IP_TEST_WAVES };
static const double box = IP_TEST_WAVES_BOX, energy = 200e3;

static struct ip_idpc settings(void)
{
	struct ip_idpc how = {0};

	how.energy = energy;
	how.semiangle = 20;
	how.outer = 25;
	how.pixel_size[0] = how.pixel_size[1] = 0.1;
	return how;
}

static void waves_open(struct ip_test_waves *w)
{
	double k0 = 20e-3 / ip_wavelength(energy);
	size_t i, j;

	ip_test_waves_open(w);
	for (i = 0; i < N; i++)
		for (j = 0; j < N; j++)
			w->probe[i * N + j] = ip_test_waves_aperture(hypot(
				ip_test_waves_k(i), ip_test_waves_k(j)), k0);
	fftw_execute(w->to_r);	/* at the origin */
}

/*
 * The n segments' sums with the grating cos(2 pi (gx i + gy j)/N + at) of
 * depth e, to s [n].
 */
static void segments(struct ip_test_waves *w, const struct ip_idpc *how,
	int gx, int gy, double at, double e, size_t n, double *s)
{
	double lambda = ip_wavelength(energy);
	size_t i, j;

	ip_test_waves_grating(w, gx, gy, at, e);
	for (i = 0; i < n; i++)
		s[i] = 0;
	for (i = 0; i < N; i++) {
		for (j = 0; j < N; j++) {
			double x = ip_test_waves_k(i), y = ip_test_waves_k(j);
			double mrad = 1e3 * lambda * hypot(x, y), az;
			double complex p = w->psi[i * N + j];

			if (mrad < how->inner || mrad >= how->outer)
				continue;
			az = fmod(atan2(y, x) - how->rotation + 4 * PI, 2 * PI);
			s[(size_t)(az / (2 * PI) * (double)n) % n] +=
				creal(p * conj(p));
		}
	}
}

/*
 * The phase e cos(t) moves the disc by -e g sin(t): at t = 90 degree and
 * 270 degree the difference of what comes out, along g, is twice that.
 */
static double measured(struct ip_test_waves *w, const struct ip_idpc *how,
	int gx, int gy, size_t n)
{
	const double e = 1e-3;
	double s[2][8], g2 = (gx * gx + gy * gy) / (box * box), d[2];
	struct ip_tensor t = {0};
	size_t shape[3] = {0, 2, 1}, j;
	struct ip_idpc_result r = {0};
	int k;

	shape[0] = n;
	assert_int_equal(ip_tensor_new(&t, IP_F64, 3, shape), 0);
	for (k = 0; k < 2; k++) {
		segments(w, how, gx, gy, PI / 2 + k * PI, e, n, s[k]);
		for (j = 0; j < n; j++)
			((double *)t.data)[j * 2 + (size_t)k] = s[k][j];
	}
	assert_int_equal(ip_idpc(&t, how, &r), 0);
	for (k = 0; k < 2; k++)
		d[k] = (((double *)r.com_x.data)[k] * gx
			+ ((double *)r.com_y.data)[k] * gy) / box;
	ip_tensor_free(&t);
	ip_idpc_result_free(&r);
	return (d[1] - d[0]) / (2 * e * g2);
}

/* Five frequencies up to 0.85 of the limit, along 0, 22.6 and 45 degree. */
static void gratings(void **state)
{
	static const int length[] = {2, 5, 9, 13, 17};
	static const int to[3][2] = {{13, 0}, {12, 5}, {9, 9}};
	struct ip_idpc how = settings();
	double worst = 0;
	struct ip_test_waves w;
	int c, f, d;

	(void)state;
	waves_open(&w);
	for (c = 0; c < 4; c++) {
		how.inner = c == 1 ? 10 : 0;
		how.rotation = c == 2 ? PI / 4 : 0;
		how.calibration = c == 3 ? IP_CENTROID : IP_RIGID;
		if (c == 3)
			how.outer = 15;
		for (f = 0; f < 5; f++) {
			for (d = 0; d < 3; d++) {
				int gx = length[f] * to[d][0];
				int gy = length[f] * to[d][1];
				double want, im, got, error, tol;

				assert_int_equal(ip_idpc_transfer(&how, 4,
					gx / box, gy / box, &want, &im), 0);
				assert_true(im == 0);
				got = measured(&w, &how, gx, gy, 4);
				/* The tolerance; what is left is the
				 * k grid's pixels. A detector inside the disc
				 * (case 3) sees nothing of slow gratings. */
				error = fabs(got - want);
				tol = 0.01 * fmax(want, 0.01);
				worst = fmax(worst, error / tol);
				if (error > tol)
					print_message("# case %d g (%d, %d): %g"
						" %g\n", c, gx, gy, got, want);
				assert_true(error <= tol);
			}
		}
	}
	print_message("# worst %.2f of 1 %%\n", worst);
	ip_test_waves_close(&w);
}

/* Other numbers of segments, one grating each. */
static void gratings_other_segments(void **state)
{
	static const size_t n[] = {3, 6, 8};
	struct ip_idpc how = settings();
	struct ip_test_waves w;
	int i;

	(void)state;
	waves_open(&w);
	how.rotation = 0.4;
	for (i = 0; i < 3; i++) {
		double want, im, got;

		assert_int_equal(ip_idpc_transfer(&how, (int)n[i], 60 / box,
			25 / box, &want, &im), 0);
		got = measured(&w, &how, 60, 25, n[i]);
		print_message("# %zu segments: %.5f %.5f\n", n[i], got, want);
		assert_true(fabs(got / want - 1) < 0.01);
	}
	ip_test_waves_close(&w);
}

static double transfer(const struct ip_idpc *how, int n, double k, double at)
{
	double re, im;

	assert_int_equal(ip_idpc_transfer(how, n, k * cos(at), k * sin(at),
		&re, &im), 0);
	return re;
}

/* What must hold by itself. */
static void limits(void **state)
{
	struct ip_idpc how = settings();
	double k0 = 20e-3 / ip_wavelength(energy), x, a;
	int i;

	(void)state;
	/* A slow phase comes out whole in the rigid calibration (the first
	 * correction is linear in k), with the hole as well. */
	for (i = 0; i < 8; i++) {
		how.inner = i % 2 ? 10 : 0;
		assert_true(fabs(transfer(&how, 4, 1e-4 * k0, i) - 1) < 1e-4);
	}
	how.inner = 0;
	assert_true(transfer(&how, 4, 0, 0) == 0);
	assert_true(transfer(&how, 4, 2.000001 * k0, 0.3) == 0);
	/* Turning detector and grating together changes nothing. */
	for (i = 0; i < 6; i++) {
		how.rotation = 0;
		a = transfer(&how, 4, 0.4 * (i + 1) / 1.5 * k0, 0.1 * i);
		how.rotation = 0.77;
		x = transfer(&how, 4, 0.4 * (i + 1) / 1.5 * k0, 0.1 * i + 0.77);
		assert_true(fabs(x - a) < 1e-10);
	}
	/* Continuous at k0, where the pieces of the integral change. */
	how.rotation = 0;
	for (i = 0; i < 5; i++) {
		a = 0.37 * i;
		x = transfer(&how, 4, k0 * (1 - 1e-7), a)
			- transfer(&how, 4, k0 * (1 + 1e-7), a);
		assert_true(fabs(x) < 1e-5);
	}
	/* The high pass is in it. */
	x = transfer(&how, 4, 0.5, 0.2);
	how.high_pass = 0.5;
	assert_true(fabs(transfer(&how, 4, 0.5, 0.2) / x - (1 - exp(-0.5)))
		< 1e-12);
}

/* Edges on the axes, g along x: two half planes, lenses in closed form. */
static void lens_area(void **state)
{
	struct ip_idpc how = settings();
	double k0 = 20e-3 / ip_wavelength(energy), x, c;
	int i;

	(void)state;
	assert_int_equal(ip_idpc_calibration(&how, 4, &c), 0);
	for (i = 1; i < 20; i++) {
		/*
		 * Segments 0 and 3 make the half plane x > 0. The disc at
		 * +g covers there the lens less its cap left of x = 0,
		 * the disc at -g that cap's mirror image.
		 */
		double g = 0.1 * i * k0, h = g / (2 * k0), lens, cap = 0, d;

		lens = 2 * k0 * k0 * (acos(h) - h * sqrt(1 - h * h));
		if (g < k0)
			cap = k0 * k0 * acos(g / k0)
				- g * sqrt(k0 * k0 - g * g);
		d = lens - 2 * cap;
		/* Both halves, +d and -d, count with u_x = cos 45 degree. */
		x = c / (PI * k0 * k0) * 2 * d * sqrt(0.5) / g;
		assert_true(fabs(transfer(&how, 4, g, 0) - x) < 1e-9);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gratings),
		cmocka_unit_test(gratings_other_segments),
		cmocka_unit_test(limits),
		cmocka_unit_test(lens_area),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
