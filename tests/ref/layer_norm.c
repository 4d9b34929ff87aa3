/* What layer_norm means. */
#include <math.h>
#include "ref.h"

void ip_ref_layer_norm(double *y, const double *x, const double *gamma,
	const double *beta, size_t pixels, size_t c, double eps)
{
	size_t p, i;

	for (p = 0; p < pixels; p++, x += c, y += c) {
		double mean = 0, variance = 0;

		for (i = 0; i < c; i++)
			mean += x[i] / (double)c;
		for (i = 0; i < c; i++)
			variance += pow(x[i] - mean, 2) / (double)c;
		for (i = 0; i < c; i++)
			y[i] = (x[i] - mean) / sqrt(variance + eps) *
				(gamma ? gamma[i] : 1) + (beta ? beta[i] : 0);
	}
}
