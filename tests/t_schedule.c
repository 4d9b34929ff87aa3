/* The rate of learning, at its corners and between them. */
#include <math.h>
#include "support/support.h"
#include "iphase/train.h"

static void near(double got, double want)
{
	if (!(fabs(got - want) <= 1e-15))	/* of rates below 1: rounding */
		fail_msg("%.17g, expected %.17g", got, want);
}

static void constant(void **state)
{
	struct ip_schedule s = { .rate = 2e-4, .last = 0.5 };

	(void)state;
	near(ip_schedule_rate(&s, 1), 2e-4);
	near(ip_schedule_rate(&s, UINT64_MAX), 2e-4);
	s.warmup = 4;
	near(ip_schedule_rate(&s, 1), 0.5e-4);
	near(ip_schedule_rate(&s, 3), 1.5e-4);
	near(ip_schedule_rate(&s, 4), 2e-4);
	near(ip_schedule_rate(&s, 5), 2e-4);
}

/* 10 steps up, 100 down: the middle is half-way, a quarter by its cosine. */
static void cosine(void **state)
{
	const struct ip_schedule s = { 0.4, 0.1, 10, 110 };
	uint64_t step;

	(void)state;
	near(ip_schedule_rate(&s, 5), 0.2);
	near(ip_schedule_rate(&s, 10), 0.4);
	near(ip_schedule_rate(&s, 35), 0.04 + 0.36 * (0.5 + sqrt(0.125)));
	near(ip_schedule_rate(&s, 60), 0.22);
	near(ip_schedule_rate(&s, 110), 0.04);
	near(ip_schedule_rate(&s, 200), 0.04);
	for (step = 2; step <= 110; step++)
		assert_true((ip_schedule_rate(&s, step) >
			ip_schedule_rate(&s, step - 1)) == (step <= 10));
}

static void short_runs(void **state)
{
	const struct ip_schedule all_up = { 1, 0, 8, 8 }, longer = { 1, 0, 8, 4 };
	const struct ip_schedule one = { 1, 0.25, 0, 1 };

	(void)state;
	near(ip_schedule_rate(&all_up, 7), 0.875);
	near(ip_schedule_rate(&all_up, 8), 0);
	near(ip_schedule_rate(&longer, 4), 0.5);
	near(ip_schedule_rate(&longer, 8), 0);
	near(ip_schedule_rate(&one, 1), 0.25);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(constant),
		cmocka_unit_test(cosine),
		cmocka_unit_test(short_runs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
