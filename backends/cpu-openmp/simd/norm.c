/* Means, variances and what is done with them. */
#include <math.h>
#include <string.h>
#include "channels.h"
#include "loops.h"
#include "rows.h"
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

/* y = f((x - mean) scale + shift + add) in rows of n; add may be NULL */
INLINE void columns_of(size_t n, ip_real *y, size_t pitch, const ip_real *x,
	const ip_real *add, const struct ip_columns *a, size_t rows,
	ip_real slope)
{
	const ip_real *mean = a->mean, *scale = a->scale, *shift = a->shift;
	size_t r, i;

	for (r = 0; r < rows; r++, y += pitch, x += n) {
		if (add == NULL) {
#pragma omp simd
			for (i = 0; i < n; i++) {
				ip_real v = (x[i] - mean[i]) * scale[i] +
					shift[i];

				y[i] = v > 0 ? v : slope * v;
			}
			continue;
		}
#pragma omp simd
		for (i = 0; i < n; i++) {
			ip_real v = (x[i] - mean[i]) * scale[i] + shift[i] +
				add[i];

			y[i] = v > 0 ? v : slope * v;
		}
		add += n;
	}
}

void NAME(ip_norm_columns)(ip_real *y, size_t pitch, const ip_real *x,
	const ip_real *add, const struct ip_columns *a, size_t rows,
	size_t columns, ip_real slope)
{
	FOR_CHANNELS(columns, columns_of, y, pitch, x, add, a, rows, slope);
}

/* The sums of what is off mean, and of its square. */
INLINE void rows_squares(const struct rows *t, const ip_real *mean, vec *rest,
	vec *square)
{
	vec part[LANES], more[LANES];
	size_t i, l;

	memset(part, 0, sizeof(part));
	memset(more, 0, sizeof(more));
	for (i = 0; i < t->count; i++) {
		vec d = (t->tail[i] - mean[i]) * t->mask;
		vec sum = d, squares = d * d;

		for (l = 0; l + LANES <= t->n; l += LANES) {
			d = load_anywhere(t->x + i * t->n + l) - mean[i];
			sum += d;
			squares += d * d;
		}
		part[i] = sum;
		more[i] = squares;
	}
	*rest = totals(part);
	*square = totals(more);
}

INLINE void scale_of(size_t n, ip_real *y, const ip_real *x,
	const ip_real *gamma, const ip_real *beta, ip_real mean, ip_real rest,
	ip_real scale)
{
	size_t i;

	if (gamma == NULL) {
#pragma omp simd
		for (i = 0; i < n; i++)
			y[i] = (x[i] - mean - rest) * scale;
		return;
	}
#pragma omp simd
	for (i = 0; i < n; i++)
		y[i] = (x[i] - mean - rest) * scale * gamma[i] + beta[i];
}

INLINE void rows_of(size_t n, ip_real *y, size_t pitch, const ip_real *x,
	const ip_real *gamma, const ip_real *beta, size_t rows, double eps)
{
	ip_real mean[LANES], rest[LANES], square[LANES], scale[LANES];
	ip_real part = 1 / (ip_real)n;
	struct rows t;
	size_t r, i;

	memset(&t, 0, sizeof(t));
	for (i = 0; i < n % LANES; i++)
		((ip_real *)(void *)&t.mask)[i] = 1;
	for (r = 0; r < rows; r += LANES, y += LANES * pitch, x += LANES * n) {
		vec a, b;

		rows_set(&t, n, x, rows - r < LANES ? rows - r : LANES);
		store_anywhere(mean, part * rows_sum(&t));
		rows_squares(&t, mean, &a, &b);
		a *= part;
		store_anywhere(rest, a);
		store_anywhere(square, part * b - a * a);
		for (i = 0; i < LANES; i++)
			scale[i] = (ip_real)(1 / sqrt((double)square[i] + eps));
		for (i = 0; i < t.count; i++)
			scale_of(n, y + i * pitch, x + i * n, gamma, beta,
				mean[i], rest[i], scale[i]);
	}
}

void NAME(ip_norm_rows)(ip_real *y, size_t pitch, const ip_real *x,
	const ip_real *gamma, const ip_real *beta, size_t rows, size_t c,
	double eps)
{
	FOR_CHANNELS(c, rows_of, y, pitch, x, gamma, beta, rows, eps);
}
