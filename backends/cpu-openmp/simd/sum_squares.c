/* A sum of squares, in double. */
#include "loops.h"
#include "vector.h"
#include "names.h"

/* Sums at once, added up in order: two vectors of double and more. */
enum { SUMS = 32 };

double NAME(ip_sum_squares)(const ip_real *x, size_t n)
{
	double part[SUMS] = { 0 }, sum = 0;
	size_t i, k;

	for (i = 0; i + SUMS <= n; i += SUMS)
#pragma omp simd
		for (k = 0; k < SUMS; k++)
			part[k] += (double)x[i + k] * (double)x[i + k];
	for (; i < n; i++)
		sum += (double)x[i] * (double)x[i];
	for (k = 0; k < SUMS; k++)
		sum += part[k];
	return sum;
}
