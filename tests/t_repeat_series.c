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

/* The moments of a normal distribution: (2k-1)!! rms^2k, and no odd ones. */
static void test_moments(void **state)
{
	const double rms = 37;
	struct ip_aberrations a = every(), sets[IP_FOCI];
	double weights[IP_FOCI], want = 1;

	(void)state;
	a.c[IP_C10] = 0;
	ip_focal_spread(rms, &a, sets, weights);
	for (int k = 0; k <= 12; k++) {
		double even = 0, sum = 0;
		for (int i = 0; i < IP_FOCI; i++) {
			double term = weights[i] * pow(sets[i].c[IP_C10] / rms,
				k);
			assert_true(weights[i] > 0);
			sum += term;
			even += fabs(term);
		}
		if (k % 2) {
			assert_true(fabs(sum) < 1e-12 * even);
			continue;
		}
		want *= k ? k - 1 : 1;
		assert_true(fabs(sum - want) < 1e-12 * want);
	}
}

/* Nothing but the focus differs, which is about that of a. */
static void test_only_focus(void **state)
{
	struct ip_aberrations a = every(), sets[IP_FOCI], none[IP_FOCI];
	double weights[IP_FOCI], x[IP_FOCI];

	(void)state;
	a.c[IP_C10] = 0;
	ip_focal_spread(20, &a, sets, weights);
	for (int i = 0; i < IP_FOCI; i++)
		x[i] = sets[i].c[IP_C10];
	a.c[IP_C10] = -123;
	ip_focal_spread(20, &a, sets, weights);
	ip_focal_spread(0, &a, none, weights);
	for (int i = 0; i < IP_FOCI; i++) {
		assert_true(fabs(sets[i].c[IP_C10] + 123 - x[i]) < 1e-12);
		assert_true(i == 0 || x[i] > x[i - 1]);
		sets[i].c[IP_C10] = -123;
		assert_memory_equal(&sets[i], &a, sizeof a);
		assert_memory_equal(&none[i], &a, sizeof a);
	}
}

/*
 * A phase w x of the focus x is damped by exp(-w^2 rms^2 / 2). The rule's
 * remainder is n!/(2n)! (w rms)^2n at most, n = 7 (Abramowitz and Stegun,
 * 25.4.46): 1e-3 at w rms = 2.
 */
static void test_damping(void **state)
{
	const double rms = 45;
	struct ip_aberrations a = every(), sets[IP_FOCI];
	double weights[IP_FOCI];

	(void)state;
	a.c[IP_C10] = 0;
	ip_focal_spread(rms, &a, sets, weights);
	for (double q = 0.25; q <= 2; q += 0.25) {
		double re = 0, im = 0, w = q / rms;
		for (int i = 0; i < IP_FOCI; i++) {
			re += weights[i] * cos(w * sets[i].c[IP_C10]);
			im += weights[i] * sin(w * sets[i].c[IP_C10]);
		}
		double bound = 5040 / 87178291200. * pow(q, 14) + 1e-12;
		assert_true(fabs(re - exp(-q * q / 2)) < bound);
		assert_true(fabs(im) < 1e-12);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sum),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_picture),
		cmocka_unit_test(test_moments),
		cmocka_unit_test(test_only_focus),
		cmocka_unit_test(test_damping),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
