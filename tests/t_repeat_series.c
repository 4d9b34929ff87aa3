/*
 * Pictures that add up incoherently: sums of series, what they look like, and
 * the rule that a focal spread is.
 */
#include <math.h>
#include <iphase/status.h>
#include "support/repeat.h"

#define PI 3.14159265358979323846

/* GaN, two views of different foci, two planes. */
static void open(struct ip_test_repeat *t, struct ip_repeat_series *s,
	double rotation)
{
	static const size_t planes[] = { 2, 6 };
	struct ip_repeat_view views[2] = { { rotation, { { 0 }, { 0 } } },
		{ rotation, { { 0 }, { 0 } } } };

	ip_aberrations_set(&views[1].aberrations, "C10", 150);
	ip_test_repeat_gan(t, 3, 2, planes, 2);
	t->r.views = views;
	t->r.view_count = 2;
	ip_test_repeat_run(&t->r, s);
	t->r.views = NULL;
	t->r.view_count = 0;
}

static size_t terms(const struct ip_repeat_series *s)
{
	return 2 * s->planes * s->channels * (2 * s->reach[0] + 1) *
		(2 * s->reach[1] + 1);
}

static void test_sum(void **state)
{
	const double weights[] = { 0.3, 0.9 }, again[] = { 2, -1 };
	struct ip_repeat_series s, sum = { 0 };
	struct ip_test_repeat t;
	double *want, none = 0;
	size_t n;

	(void)state;
	open(&t, &s, 0.4);
	n = terms(&s);
	want = calloc(n, sizeof *want);
	for (size_t i = 0; i < n; i++) {
		want[i] = 0.3 * s.c[i] + 0.9 * s.c[n + i];
		none = fmax(none, fabs(s.c[i] - s.c[n + i]));
	}
	assert_true(none > 1e-3);	/* the views differ */
	assert_int_equal(ip_repeat_series_add(&sum, &s, weights), 0);
	assert_true(sum.views == 1 && sum.planes == 2 && sum.channels == 5);
	assert_memory_equal(sum.a, s.a, sizeof s.a);
	assert_memory_equal(sum.reach, s.reach, sizeof s.reach);
	assert_true(sum.rotation[0] == 0.4);
	ip_test_assert_close("sum", sum.c, want, n, 1e-14);
	for (size_t i = 0; i < n; i++)
		want[i] += 2 * s.c[i] - s.c[n + i];
	assert_int_equal(ip_repeat_series_add(&sum, &s, again), 0);
	ip_test_assert_close("both", sum.c, want, n, 1e-14);
	free(want);
	ip_repeat_series_free(&sum);
	ip_repeat_series_free(&s);
	ip_test_repeat_close(&t);
}

/* Refused, and sum is as it was. */
static void refuse(struct ip_repeat_series *sum,
	const struct ip_repeat_series *s)
{
	const double one[] = { 1, 1 };
	size_t bytes = terms(sum) * sizeof *sum->c;
	double *before = malloc(bytes);

	memcpy(before, sum->c, bytes);
	ip_test_log_capture();
	assert_int_equal(ip_repeat_series_add(sum, s, one), IP_EINVAL);
	ip_test_assert_logged("do not add");
	assert_memory_equal(sum->c, before, bytes);
	free(before);
}

static void test_refused(void **state)
{
	const double one[] = { 1, 1 };
	struct ip_repeat_series s, sum = { 0 }, other;
	struct ip_test_repeat t;

	(void)state;
	open(&t, &s, 0);
	assert_int_equal(ip_repeat_series_add(&sum, &s, one), 0);
	refuse(&s, &s);			/* a sum has one view */
	other = s;
	other.a[1][0] += 1e-6;
	refuse(&sum, &other);
	t.r.plane_count = 1;
	ip_test_repeat_run(&t.r, &other);
	refuse(&sum, &other);
	ip_repeat_series_free(&other);
	t.r.plane_count = 2;
	t.r.detector_count = 1;
	ip_test_repeat_run(&t.r, &other);
	refuse(&sum, &other);
	ip_repeat_series_free(&other);
	t.r.detector_count = 2;
	t.r.probe.semiangle = 30;
	ip_test_repeat_run(&t.r, &other);
	refuse(&sum, &other);
	ip_repeat_series_free(&other);
	ip_repeat_series_free(&sum);
	ip_repeat_series_free(&s);
	ip_test_repeat_close(&t);
}

/* ---- pictures ---- */

/* A picture of a real series, term by term; more than are summed at once. */
static void test_picture(void **state)
{
	enum { H = 34, K = 41, N = (2 * H + 1) * (2 * K + 1) };
	const double a[2][2] = { { 40, 0 }, { -17, 31 } };
	const double turn = 0.6, fwhm = 0.7;
	double rotation[] = { 0, turn }, sigma = fwhm / sqrt(8 * log(2));
	struct ip_repeat_series s = { .views = 2, .planes = 1, .channels = 2,
		.reach = { H, K }, .rotation = rotation };
	struct ip_repeat_frame f = { { 1.5, -2 }, { 3.1, 2.3 }, { 4, 5 },
		fwhm };
	struct ip_tensor image;
	double worst = 0;

	(void)state;
	memcpy(s.a, a, sizeof a);
	s.c = calloc(4 * N, 2 * sizeof *s.c);
	for (size_t i = 0; i < 4 * N; i++) {
		size_t at = i % N, back = i - at + N - 1 - at;
		s.c[2 * i] = cos(0.3 * (double)(i < back ? i : back));
		s.c[2 * i + 1] = i == back ? 0 : (i < back ? 1 : -1) *
			sin(0.7 * (double)(i < back ? i : back));
	}
	assert_int_equal(ip_repeat_picture(&s, 1, &f, &image), 0);
	for (size_t p = 0; p < 2 * 20; p++) {
		double x = 1.5 + 3.1 * (double)(p % 20 / 5), sum = 0;
		double y = -2 + 2.3 * (double)(p % 5);
		double u = cos(turn) * x + sin(turn) * y;
		double v = (cos(turn) * y - sin(turn) * x) / a[1][1];
		u = (u - v * a[1][0]) / a[0][0];
		for (int i = 0; i < N; i++) {
			int h = i / (2 * K + 1) - H, k = i % (2 * K + 1) - K;
			double gx = h / a[0][0];
			double gy = (k - h * a[1][0] / a[0][0]) / a[1][1];
			double t = 2 * PI * (h * u + k * v);
			double w = exp(-2 * PI * PI * sigma * sigma *
				(gx * gx + gy * gy));
			const double *c = s.c + 2 * ((2 + p / 20) * N +
				(size_t)i);
			sum += w * (c[0] * cos(t) - c[1] * sin(t));
		}
		worst = fmax(worst, fabs(((double *)image.data)[p] - sum));
	}
	print_message("# %d terms: %.2g off\n", N, worst);
	assert_true(worst < N * 1e-14);
	free(s.c);
	ip_tensor_free(&image);
}

/* ---- focal spread ---- */

/* Aberrations that are all there. */
static struct ip_aberrations every(void)
{
	struct ip_aberrations a;

	for (int i = 0; i < IP_ABERRATIONS; i++) {
		a.c[i] = 10 + i;
		a.phi[i] = 0.1 * i;
	}
	return a;
}

static struct ip_probe probe(void)
{
	struct ip_probe p = ip_test_probe(200e3, 20);

	p.aberrations = every();
	return p;
}

/* Nothing but the focus differs, whose mean is the probe's and deviation rms. */
static void test_only_focus(void **state)
{
	struct ip_probe p = probe();
	struct ip_aberrations sets[IP_FOCI];
	double weights[IP_FOCI], sum = 0, mean = 0, square = 0, last = -INFINITY;
	size_t n;

	(void)state;
	assert_int_equal(ip_focal_spread(&p, 37, sets, weights, &n), 0);
	for (size_t i = 0; i < n; i++) {
		double x = sets[i].c[IP_C10] - p.aberrations.c[IP_C10];
		assert_true(weights[i] > 0 && x > last);
		last = x;
		sum += weights[i];
		mean += weights[i] * x;
		square += weights[i] * x * x;
		sets[i].c[IP_C10] = p.aberrations.c[IP_C10];
		assert_memory_equal(&sets[i], &p.aberrations, sizeof *sets);
	}
	assert_true(fabs(sum - 1) < 1e-12 && fabs(mean) < 1e-9);
	/* tails beyond 4 deviations hold 0.1 % of the square */
	assert_true(fabs(sqrt(square) / 37 - 1) < 1e-3);
	assert_int_equal(ip_focal_spread(&p, 0, sets, weights, &n), 0);
	assert_true(n == 1 && weights[0] == 1);
	assert_memory_equal(sets, &p.aberrations, sizeof *sets);
}

/*
 * Every phase w x of the focus x up to that of the aperture's edge, at spreads
 * from narrow to wide, is damped by exp(-w^2 rms^2/2), to 1e-4 as promised.
 */
static void test_damping(void **state)
{
	struct ip_probe p = probe();
	struct ip_aberrations sets[IP_FOCI];
	double weights[IP_FOCI], turn = PI * 4e-4 / ip_wavelength(200e3);
	size_t n;

	(void)state;
	p.aberrations.c[IP_C10] = 0;
	for (double rms = 5; rms < 400; rms *= 1.5) {
		assert_int_equal(ip_focal_spread(&p, rms, sets, weights, &n), 0);
		for (double part = 0.05; part < 1.01; part += 0.05) {
			double re = 0, im = 0, q = part * turn * rms;
			for (size_t i = 0; i < n; i++) {
				double t = part * turn * sets[i].c[IP_C10];
				re += weights[i] * cos(t);
				im += weights[i] * sin(t);
			}
			assert_true(fabs(re - exp(-q * q / 2)) < 1e-4);
			assert_true(fabs(im) < 1e-12);
		}
	}
	ip_test_log_capture();
	assert_int_equal(ip_focal_spread(&p, 1e4, sets, weights, &n),
		IP_EPHYSICS);
	ip_test_assert_logged("expected at most");
	assert_int_equal(ip_focal_spread(&p, -1, sets, weights, &n), IP_EINVAL);
	assert_int_equal(ip_focal_spread(&p, NAN, sets, weights, &n),
		IP_EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sum),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_picture),
		cmocka_unit_test(test_only_focus),
		cmocka_unit_test(test_damping),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
