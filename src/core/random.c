/* Philox4x32-10 and what is drawn from it. */
#include <math.h>
#include <iphase/random.h>

#define ROUNDS 10
#define TWO_PI 6.283185307179586476925286766559

/*
 * Counter words: index low, index high, stream, block; key: the seed.
 * Multipliers and Weyl constants from the paper's reference code.
 */
void ip_philox(uint64_t seed, uint32_t stream, uint64_t index,
	uint32_t block, uint32_t out[4])
{
	uint32_t c0 = (uint32_t)index, c1 = (uint32_t)(index >> 32);
	uint32_t c2 = stream, c3 = block;
	uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
	uint64_t p0, p1;
	int r;

	for (r = 0; r < ROUNDS; r++) {
		p0 = (uint64_t)0xD2511F53u * c0;
		p1 = (uint64_t)0xCD9E8D57u * c2;
		c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
		c1 = (uint32_t)p1;
		c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
		c3 = (uint32_t)p0;
		k0 += 0x9E3779B9u;
		k1 += 0xBB67AE85u;
	}
	out[0] = c0;
	out[1] = c1;
	out[2] = c2;
	out[3] = c3;
}

/* The upper 53 bits of two words: [0, 1). */
static double unit(uint32_t hi, uint32_t lo)
{
	uint64_t n = (uint64_t)hi << 32 | lo;

	return (double)(n >> 11) * (1.0 / 9007199254740992.0);
}

double ip_uniform(uint64_t seed, uint32_t stream, uint64_t index)
{
	uint32_t w[4];

	ip_philox(seed, stream, index, 0, w);
	return unit(w[0], w[1]);
}

double ip_normal(uint64_t seed, uint32_t stream, uint64_t index)
{
	uint32_t w[4];
	double u, v;

	ip_philox(seed, stream, index, 0, w);
	u = 1.0 - unit(w[0], w[1]);	/* (0, 1]: its logarithm is finite */
	v = unit(w[2], w[3]);
	return sqrt(-2.0 * log(u)) * cos(TWO_PI * v);
}

/* Inversion by sequential search; mean < 10 ends long before the bound. */
static int64_t poisson_small(uint64_t seed, uint32_t stream, uint64_t index,
	double mean)
{
	double u = ip_uniform(seed, stream, index);
	double p = exp(-mean), sum = p;
	int64_t k = 0;

	while (u >= sum && k < 200) {
		k++;
		p *= mean / (double)k;
		sum += p;
	}
	return k;
}

/*
 * log of mean^k exp(-mean) / k!, without the cancellation of the three large
 * terms: with x = k / mean, k log(mean) - mean - k log(k) + k is
 * -mean (x log x - x + 1), a loss-free form (Loader's bd0), and Stirling's
 * series gives the rest.
 */
static double bd0(double k, double mean)
{
	double d = k - mean, v, s, term, next;
	int i;

	if (fabs(d) >= 0.1 * (k + mean))
		return k * log(k / mean) - d;
	v = d / (k + mean);
	s = d * v;
	term = 2.0 * k * v;
	for (i = 1; i < 1000; i++) {
		term *= v * v;
		next = s + term / (2 * i + 1);
		if (next == s)
			break;
		s = next;
	}
	return s;
}

static double log_poisson(double k, double mean)
{
	double k2, f = 1;
	int i;

	if (k < 16) {	/* not lgamma: it writes a global */
		for (i = 2; i <= (int)k; i++)
			f *= i;
		return k * log(mean) - mean - log(f);
	}
	k2 = k * k;
	return -bd0(k, mean) - 0.5 * log(TWO_PI * k) - (1.0 / 12 -
		(1.0 / 360 - (1.0 / 1260 - 1.0 / (1680 * k2)) / k2) / k2) / k;
}

/* Hormann's PTRS; one Philox block a trial. */
static int64_t poisson_large(uint64_t seed, uint32_t stream, uint64_t index,
	double mean)
{
	double b = 0.931 + 2.53 * sqrt(mean);
	double a = -0.059 + 0.02483 * b;
	double inv_alpha = 1.1239 + 1.1328 / (b - 3.4);
	double vr = 0.9277 - 3.6224 / (b - 2);
	double u, v, us, k;
	uint32_t block, w[4];

	for (block = 0; ; block++) {
		ip_philox(seed, stream, index, block, w);
		u = unit(w[0], w[1]) - 0.5;
		v = unit(w[2], w[3]);
		us = 0.5 - fabs(u);
		if (us <= 0 || v <= 0)
			continue;
		k = floor((2 * a / us + b) * u + mean + 0.43);
		if (us >= 0.07 && v <= vr)
			return (int64_t)k;
		if (k < 0 || (us < 0.013 && v > us))
			continue;
		if (log(v * inv_alpha / (a / (us * us) + b)) <=
		    log_poisson(k, mean))
			return (int64_t)k;
	}
}

int64_t ip_poisson(uint64_t seed, uint32_t stream, uint64_t index, double mean)
{
	if (!(mean >= 0) || mean > 1e15)
		return -1;
	if (mean < 10)
		return poisson_small(seed, stream, index, mean);
	return poisson_large(seed, stream, index, mean);
}
