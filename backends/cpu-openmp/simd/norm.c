/* Means, variances and what is done with them. */
#include <math.h>
#include "loops.h"
#include "names.h"

/* Columns whose sums are kept near the processor. */
enum { CHUNK = 64 };

/*
 * About their first row's numbers the sums of a block would lose digits if
 * these are far out; about a mean that need not be exact they lose none.
 */
static void chunk(double *mean, double *m2, const ip_real *x, size_t rows,
	size_t columns, size_t width)
{
	ip_real shift[CHUNK] = { 0 }, sum[CHUNK] = { 0 }, square[CHUNK] = { 0 };
	const ip_real *p = x;
	size_t r, i;

	for (r = 0; r < rows; r++, p += columns)
		for (i = 0; i < width; i++)
			shift[i] += p[i];
	for (i = 0; i < width; i++)
		shift[i] /= (ip_real)rows;
	for (p = x, r = 0; r < rows; r++, p += columns)
		for (i = 0; i < width; i++) {
			ip_real d = p[i] - shift[i];

			sum[i] += d;
			square[i] += d * d;
		}
	for (i = 0; i < width; i++) {
		double s = (double)sum[i], n = (double)rows;

		mean[i] = (double)shift[i] + s / n;
		m2[i] = (double)square[i] - s * s / n;
	}
}

void NAME(ip_norm_moments)(double *mean, double *m2, const ip_real *x,
	size_t rows, size_t columns)
{
	size_t i;

	for (i = 0; i + CHUNK <= columns; i += CHUNK)
		chunk(mean + i, m2 + i, x + i, rows, columns, CHUNK);
	if (i < columns)
		chunk(mean + i, m2 + i, x + i, rows, columns, columns - i);
}

void NAME(ip_norm_columns)(ip_real *y, size_t pitch, const ip_real *x,
	const ip_real *add, const struct ip_columns *a, size_t rows,
	size_t columns, ip_real slope)
{
	const ip_real *mean = a->mean, *scale = a->scale, *shift = a->shift;
	size_t r, i;

	for (r = 0; r < rows; r++, y += pitch, x += columns) {
		if (add == NULL) {
#pragma omp simd
			for (i = 0; i < columns; i++) {
				ip_real v = (x[i] - mean[i]) * scale[i] +
					shift[i];

				y[i] = v > 0 ? v : slope * v;
			}
			continue;
		}
#pragma omp simd
		for (i = 0; i < columns; i++) {
			ip_real v = (x[i] - mean[i]) * scale[i] + shift[i] +
				add[i];

			y[i] = v > 0 ? v : slope * v;
		}
		add += columns;
	}
}

void NAME(ip_norm_rows)(ip_real *y, size_t pitch, const ip_real *x,
	const ip_real *gamma, const ip_real *beta, size_t rows, size_t c,
	double eps)
{
	size_t r, i;

	for (r = 0; r < rows; r++, y += pitch, x += c) {
		ip_real mean = 0, square = 0, sum = 0, scale, n = (ip_real)c;

#pragma omp simd reduction(+:mean)
		for (i = 0; i < c; i++)
			mean += x[i];
		mean /= n;
#pragma omp simd reduction(+:sum, square)
		for (i = 0; i < c; i++) {
			ip_real d = x[i] - mean;

			sum += d;
			square += d * d;
		}
		sum /= n;
		scale = (ip_real)(1 / sqrt((double)(square / n - sum * sum) +
			eps));
#pragma omp simd
		for (i = 0; i < c; i++) {
			ip_real v = (x[i] - mean - sum) * scale;

			y[i] = gamma == NULL ? v : v * gamma[i] + beta[i];
		}
	}
}
