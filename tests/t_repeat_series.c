/*
 * Pictures that add up incoherently: sums of series, and the rule that a
 * focal spread is.
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
		cmocka_unit_test(test_only_focus),
		cmocka_unit_test(test_damping),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
