/* What layer_norm means. */
#include <math.h>
#include <stdlib.h>
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

void ip_ref_layer_norm_grad(double *dx, double *dgamma, double *dbeta,
	const double *dy, const double *x, const double *gamma, size_t pixels,
	size_t c, double eps)
{
	double *xhat = malloc(2 * c * sizeof(*xhat)), *h = xhat + c;
	double n = (double)c;
	size_t p, i;

	for (p = 0; p < pixels; p++, x += c, dx += c, dy += c) {
		double mean = 0, variance = 0, of_h = 0, of_both = 0;

		for (i = 0; i < c; i++)
			mean += x[i] / n;
		for (i = 0; i < c; i++)
			variance += pow(x[i] - mean, 2) / n;
		for (i = 0; i < c; i++) {
			xhat[i] = (x[i] - mean) / sqrt(variance + eps);
			h[i] = dy[i] * (gamma ? gamma[i] : 1);
			of_h += h[i] / n;
			of_both += h[i] * xhat[i] / n;
			if (gamma) {
				dgamma[i] += dy[i] * xhat[i];
				dbeta[i] += dy[i];
			}
		}
		for (i = 0; i < c; i++)
			dx[i] += (h[i] - of_h - xhat[i] * of_both) /
				sqrt(variance + eps);
	}
	free(xhat);
}
