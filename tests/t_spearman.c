/* Spearman's rank correlation against what a hand computes. */
#include <math.h>
#include <iphase/metrics.h>
#include "core/core.h"
#include "support/support.h"

static void check_spearman(const double *x, const double *y, size_t n,
	double r, double low, double high)
{
	const double want[3] = { r, low, high };
	struct ip_spearman s;

	assert_int_equal(ip_metrics_spearman(x, y, n, &s), 0);
	const double got[3] = { s.r, s.low, s.high };
	assert_int_equal(s.n, n);
	for (int i = 0; i < 3; i++)
		assert_true(isnan(want[i]) ? isnan(got[i]) :
			fabs(got[i] - want[i]) < 1e-12);	/* rounding */
}

/*
 * By hand. Ranks 1, 2.5, 2.5, 4, 5 and 1, 4, 2.5, 2.5, 5: about their mean 3
 * the sums of squares are 9.5 each, that of products 7.25. Of four, 1 2 3 4
 * and 2 4 1 3 have 5, 5 and 0; 3 4 1 2 has -3, so r = -0.6. The intervals are
 * tanh of atanh r +- 1.959964 sqrt((1 + r^2 / 2) / (n - 3)).
 */
static void spearman(void **state)
{
	static const double x[] = { 1, 2, 2, 3, 5 }, up[] = { 1, 2, 3, 4 };
	static const double y[] = { 10, 30, 20, 20, 50 };
	static const double none[] = { 2, 4, 1, 3 }, down[] = { 3, 4, 1, 2 };
	static const double last[] = { -1, -7, -8, -1e300 };
	static const double same[] = { 3, 3, 3, 3 }, nan[] = { 1, 2, NAN, 3 };

	(void)state;
	check_spearman(x, y, 5, 7.25 / 9.5, -0.5161557647172, 0.9885492609697);
	check_spearman(y, x, 5, 7.25 / 9.5, -0.5161557647172, 0.9885492609697);
	check_spearman(up, none, 4, 0, -0.9610870825607, 0.9610870825607);
	check_spearman(up, down, 4, -0.6, -0.9929505792195, 0.8928731351172);
	check_spearman(up, up, 4, 1, 1, 1);
	check_spearman(up, last, 4, -1, -1, -1);
	check_spearman(up, none, 3, NAN, NAN, NAN);
	check_spearman(up, same, 4, NAN, NAN, NAN);
	check_spearman(same, up, 4, NAN, NAN, NAN);
	check_spearman(up, nan, 4, NAN, NAN, NAN);
}

static void no_memory(void **state)
{
	static const double x[] = { 1, 2, 3, 4 };
	struct ip_spearman s;

	(void)state;
	for (long n = 0; n < 2; n++) {
		ip_alloc_fail_after(n);
		assert_int_equal(ip_metrics_spearman(x, x, 4, &s), IP_ENOMEM);
		ip_alloc_fail_after(-1);
		assert_true(isnan(s.r));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spearman),
		cmocka_unit_test(no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
