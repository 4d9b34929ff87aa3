/*
 * What the reference does to segments that have been scaled to 0 .. 1. Only
 * its noise is known as a number; how far it smooths and scales is our guess.
 */
#include <math.h>
#include <iphase/random.h>
#include "augment.h"
#include "core/core.h"

#define NOISE 0.035	/* deviation of the noise */
#define SMOOTH 1.0	/* largest deviation of the Gaussian, pixels */
#define SCALE 0.1	/* factors are 1 - SCALE .. 1 + SCALE */
#define REACH 3		/* pixels: three deviations */

/* The same kernel for v[0], v[step], .. v[(n - 1) step]; what would lie
 * beyond the ends does not count. line [n]: scratch. */
static void smooth_line(float *v, size_t n, size_t step, const double *w,
	float *line)
{
	size_t i, j, lo, hi;

	for (i = 0; i < n; i++)
		line[i] = v[i * step];
	for (i = 0; i < n; i++) {
		double sum = 0, weight = 0;

		lo = i < REACH ? 0 : i - REACH;
		hi = i + REACH < n ? i + REACH : n - 1;
		for (j = lo; j <= hi; j++) {
			double one = w[j < i ? i - j : j - i];

			sum += one * (double)line[j];
			weight += one;
		}
		v[i * step] = (float)(sum / weight);
	}
}

static int smooth(float *v, size_t h, size_t w, double sigma)
{
	float *line = ip_alloc_array(h > w ? h : w, sizeof *line);
	double kernel[REACH + 1];
	size_t i;

	if (!line)
		return IP_ENOMEM;
	for (i = 0; i <= REACH; i++)
		kernel[i] = exp(-(double)(i * i) / (2 * sigma * sigma));
	for (i = 0; i < h; i++)
		smooth_line(v + i * w, w, 1, kernel, line);
	for (i = 0; i < w; i++)
		smooth_line(v + i, h, w, kernel, line);
	ip_free(line);
	return 0;
}

int ip_change_reference(struct ip_tensor *x, uint64_t key)
{
	double factor = 1 - SCALE + 2 * SCALE *
		ip_change_uniform(key, IP_CHANGE_FACTOR);
	double sigma = SMOOTH * ip_change_uniform(key, IP_CHANGE_SIGMA);
	size_t h = x->shape[1], w = x->shape[2], i, n = IP_NET_SEGMENTS * h * w;
	float *v = x->data;
	int rc = 0;

	for (i = 0; sigma > 0 && rc == 0 && i < IP_NET_SEGMENTS; i++)
		rc = smooth(v + i * h * w, h, w, sigma);
	for (i = 0; rc == 0 && i < n; i++)
		v[i] = (float)(factor * (double)v[i] + NOISE *
			ip_normal(key, IP_STREAM_NOISE, i));
	return rc;
}
