/*
 * A periodic function sampled above its Nyquist rate is its Fourier series;
 * evaluating that at other points is one small real matrix an axis. Blurring
 * with a Gaussian only damps the series, so it goes into the same matrix.
 */
#include <math.h>
#include <string.h>
#include "scatter.h"

#define PI 3.14159265358979323846

void ip_series_axis(double *d, size_t points, double start, double step,
	double length, size_t samples, size_t reach, double sigma)
{
	for (size_t i = 0; i < points; i++) {
		/* Whole periods taken off first: the arguments stay small. */
		double x = fmod((start + (double)i * step) / length, 1.0);
		for (size_t s = 0; s < samples; s++) {
			double u = x - (double)s / (double)samples, sum = 1;
			for (size_t q = 1; q <= reach; q++) {
				double g = 2 * PI * sigma * (double)q / length;
				/* The index at Nyquist has no partner at -q. */
				double w = 2 * q == samples ? 1 : 2;
				double turns = fmod((double)q * u, 1.0);
				sum += w * exp(-g * g / 2) * cos(2 * PI * turns);
			}
			d[s * points + i] = sum / (double)samples;
		}
	}
}

void ip_series_add(double *out, const double *d0, const double *image,
	const double *d1, double *work, const size_t m[2], const size_t n[2])
{
	memset(work, 0, m[0] * n[1] * sizeof *work);
	for (size_t k = 0; k < n[0]; k++)
		for (size_t i = 0; i < m[0]; i++) {
			double f = d0[k * m[0] + i];
			for (size_t j = 0; j < n[1]; j++)
				work[i * n[1] + j] += f * image[k * n[1] + j];
		}
	for (size_t i = 0; i < m[0]; i++)
		for (size_t k = 0; k < n[1]; k++) {
			double f = work[i * n[1] + k];
			for (size_t j = 0; j < m[1]; j++)
				out[i * m[1] + j] += f * d1[k * m[1] + j];
		}
}
