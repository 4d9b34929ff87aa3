/* Philox against its published vectors; the moments of what is drawn. */
#include <math.h>
#include "support/support.h"
#include "core/random.c"	/* log_poisson is static */

/* kat_vectors of Random123 1.09: counter words, key words, result. */
static void philox_known_answers(void **state)
{
	static const struct { uint32_t c[4], k[2], want[4]; } kat[] = {
		{ { 0, 0, 0, 0 }, { 0, 0 },
		  { 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8 } },
		{ { 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff },
		  { 0xffffffff, 0xffffffff },
		  { 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd } },
		{ { 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344 },
		  { 0xa4093822, 0x299f31d0 },
		  { 0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1 } },
	};
	uint32_t out[4];
	size_t i, k;

	(void)state;
	for (i = 0; i < 3; i++) {
		ip_philox(kat[i].k[0] | (uint64_t)kat[i].k[1] << 32,
			kat[i].c[2], kat[i].c[0] |
			(uint64_t)kat[i].c[1] << 32, kat[i].c[3], out);
		for (k = 0; k < 4; k++)
			assert_int_equal(out[k], kat[i].want[k]);
	}
}

#define N 200000

/* |value - want| within 5 standard errors: one false alarm in 2 million. */
static void near(const char *what, double value, double want, double error)
{
	if (!(fabs(value - want) <= 5 * error))
		fail_msg("%s: %g, expected %g +- %g", what, value, want,
			error);
}

static void uniform_moments(void **state)
{
	double s = 0, s2 = 0, u;
	int i;

	(void)state;
	for (i = 0; i < N; i++) {
		u = ip_uniform(1, IP_STREAM_TEST, (uint64_t)i);
		assert_true(u >= 0 && u < 1);
		s += u;
		s2 += u * u;
	}
	near("mean", s / N, 0.5, sqrt(1.0 / 12 / N));
	near("square", s2 / N, 1.0 / 3, sqrt(4.0 / 45 / N));
}

static void normal_moments(void **state)
{
	double m[5] = { 0 }, x;
	int i, k;

	(void)state;
	for (i = 0; i < N; i++) {
		x = ip_normal(2, IP_STREAM_TEST, (uint64_t)i);
		assert_true(isfinite(x));
		for (k = 1; k < 5; k++)
			m[k] += pow(x, k) / N;
	}
	/* variances of x^k: 1, 2, 15, 96 */
	near("mean", m[1], 0, sqrt(1.0 / N));
	near("variance", m[2], 1, sqrt(2.0 / N));
	near("skewness", m[3], 0, sqrt(15.0 / N));
	near("kurtosis", m[4], 3, sqrt(96.0 / N));
}

/* Mean, variance and third central moment are all the mean. */
static void poisson_moments(void **state)
{
	static const double means[] = { 0.1, 1, 9.9, 10, 10.5, 30, 1e3, 1e6,
		1e9, 1e15 };
	double mu, d, m1, m2, m3;
	int64_t k;
	size_t i, j;

	(void)state;
	for (i = 0; i < sizeof means / sizeof *means; i++) {
		mu = means[i];
		m1 = m2 = m3 = 0;
		for (j = 0; j < N; j++) {
			k = ip_poisson(3, IP_STREAM_DOSE, j, mu);
			assert_true(k >= 0);
			d = ((double)k - mu) / sqrt(mu);
			m1 += d / N;
			m2 += d * d / N;
			m3 += d * d * d / N;
		}
		/* of the standardised variable: kurtosis 3 + 1/mu */
		near("mean", m1, 0, sqrt(1.0 / N));
		near("variance", m2, 1, sqrt((2 + 1 / mu) / N));
		near("third", m3, 1 / sqrt(mu),
			sqrt((15 + 25 / mu + 1 / mu / mu) / N));
	}
}

/* Counts of each value against the probabilities, on both sides of 10. */
static void poisson_distribution(void **state)
{
	static const double means[] = { 0.1, 3, 9.9, 10, 20 };
	double chi2, expect, rest, p;
	static int seen[200];
	size_t i, j, cells;

	(void)state;
	for (i = 0; i < sizeof means / sizeof *means; i++) {
		memset(seen, 0, sizeof seen);
		for (j = 0; j < N; j++)
			seen[ip_poisson(4, IP_STREAM_TEST, j, means[i])]++;
		chi2 = 0;
		cells = 0;
		rest = 0;
		p = exp(-means[i]);
		for (j = 0; j < 200; j++) {
			expect = N * p;
			if (expect > 10) {
				chi2 += (seen[j] - expect) *
					(seen[j] - expect) / expect;
				cells++;
			} else {
				rest += seen[j];
			}
			p *= means[i] / (double)(j + 1);
		}
		/* chi2 has mean cells, variance 2 cells; 5 sigma, skewed */
		if (chi2 > (double)cells + 6 * sqrt(2.0 * (double)cells))
			fail_msg("mean %g: chi2 %g of %zu", means[i], chi2,
				cells);
		assert_true(rest < 200);
	}
}

/*
 * Against lgamma, whose rounding, a few 1e-16 of terms up to k log(mean), is
 * the tolerance; for large k against a sum of differences that stays exact.
 */
static void poisson_logarithm(void **state)
{
	static const double means[] = { 10, 12.5, 40, 1000 };
	double k, want, a, b;
	size_t i;

	(void)state;
	for (i = 0; i < 4; i++)
		for (k = 0; k < 3 * means[i]; k++) {
			want = k * log(means[i]) - means[i] - lgamma(k + 1);
			if (fabs(log_poisson(k, means[i]) - want) >
			    1e-15 * (40 + 10 * k * log(means[i] + k)))
				fail_msg("k %g mean %g: %.17g, expected %.17g",
					k, means[i], log_poisson(k, means[i]),
					want);
		}
	/* log p(k + 1) - log p(k) is log(mean / (k + 1)) */
	for (k = 1e9 - 1e5; k < 1e9 + 1e5; k += 997) {
		a = log_poisson(k + 1, 1e9) - log_poisson(k, 1e9);
		b = log1p((1e9 - k - 1) / (k + 1));
		assert_true(fabs(a - b) < 1e-13);
	}
}

static void poisson_edges(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < 1000; i++)
		assert_int_equal(ip_poisson(5, 0, i, 0), 0);
	assert_int_equal(ip_poisson(5, 0, 0, -1), -1);
	assert_int_equal(ip_poisson(5, 0, 0, NAN), -1);
	assert_int_equal(ip_poisson(5, 0, 0, INFINITY), -1);
	assert_int_equal(ip_poisson(5, 0, 0, 1.1e15), -1);
}

/* Neighbours in seed, stream and index must know nothing of one another. */
static void streams_are_independent(void **state)
{
	double a, b[3], c[3] = { 0 };
	uint64_t i;
	int k;

	(void)state;
	for (i = 0; i < N; i++) {
		a = ip_uniform(7, 0, i) - 0.5;
		b[0] = ip_uniform(8, 0, i) - 0.5;
		b[1] = ip_uniform(7, 1, i) - 0.5;
		b[2] = ip_uniform(7, 0, i + 1) - 0.5;
		for (k = 0; k < 3; k++)
			c[k] += 12 * a * b[k] / N;
	}
	for (k = 0; k < 3; k++)
		near("correlation", c[k], 0, sqrt(1.0 / N));
	assert_true(ip_uniform(7, 0, 5) == ip_uniform(7, 0, 5));
	assert_true(ip_normal(7, 0, 1ull << 40) != ip_normal(7, 0, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(philox_known_answers),
		cmocka_unit_test(uniform_moments),
		cmocka_unit_test(normal_moments),
		cmocka_unit_test(poisson_moments),
		cmocka_unit_test(poisson_distribution),
		cmocka_unit_test(poisson_logarithm),
		cmocka_unit_test(poisson_edges),
		cmocka_unit_test(streams_are_independent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
