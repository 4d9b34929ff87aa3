/* Features times one number plus another, and the gradients of that. */
#include "channels.h"
#include "loops.h"
#include "vector.h"
#include "names.h"

/* Columns whose sums are kept near the processor: a folded row has fewer. */
enum { CHUNK = 384 };

/* In rows of n; add may be NULL. */
INLINE void pixels_of(size_t n, ip_real *y, size_t pitch, const ip_real *x,
	const ip_real *g, const ip_real *add, size_t rows, ip_real slope)
{
	size_t r, i;

	for (r = 0; r < rows; r++, y += pitch, x += n, g += 2 * n) {
#pragma omp simd
		for (i = 0; i < n; i++) {
			ip_real v = x[i] * (1 + g[i]) + g[n + i];

			if (add != NULL)
				v += add[i];
			y[i] = v > 0 ? v : slope * v;
		}
		if (add != NULL)
			add += n;
	}
}

void NAME(ip_modulate)(ip_real *y, size_t pitch, const ip_real *x,
	const ip_real *g, const ip_real *add, size_t rows, size_t columns,
	ip_real slope)
{
	FOR_CHANNELS(columns, pixels_of, y, pitch, x, g, add, rows, slope);
}

INLINE void pixels_grad(size_t m, const struct ip_modulate_grad *n)
{
	const ip_real *dy = n->dy, *y = n->y, *x = n->x, *g = n->g;
	ip_real *dx = n->dx, *dg = n->dg, *dadd = n->dadd;
	ip_real slope = n->slope;
	size_t r, i;

	for (r = 0; r < n->rows; r++, dy += n->pitch, y += n->pitch) {
#pragma omp simd
		for (i = 0; i < m; i++) {
			ip_real v = y[i] > 0 ? dy[i] : slope * dy[i];

			if (dadd != NULL)
				dadd[i] = v;
			dx[i] = v * (1 + g[i]);
			dg[i] = v * x[i];
			dg[m + i] = v;
		}
		x += m;
		g += 2 * m;
		dx += m;
		dg += 2 * m;
		if (dadd != NULL)
			dadd += m;
	}
}

void NAME(ip_modulate_grad)(const struct ip_modulate_grad *n)
{
	FOR_CHANNELS(n->columns, pixels_grad, n);
}

/* Columns i .. i + width. */
INLINE void chunk(const struct ip_modulate_grad *n, size_t i, size_t width)
{
	ip_real product[CHUNK] = { 0 }, sum[CHUNK] = { 0 };
	const ip_real *dy = n->dy + i, *y = n->y + i, *x = n->x + i;
	const ip_real *scale = n->scale + i;
	ip_real *dx = n->dx + i, *dadd = n->dadd == NULL ? NULL : n->dadd + i;
	ip_real slope = n->slope;
	size_t r, k;

	for (r = 0; r < n->rows; r++, dy += n->pitch, y += n->pitch) {
#pragma omp simd
		for (k = 0; k < width; k++) {
			ip_real v = y[k] > 0 ? dy[k] : slope * dy[k];

			if (dadd != NULL)
				dadd[k] = v;
			product[k] += v * x[k];
			sum[k] += v;
			dx[k] = v * scale[k];
		}
		x += n->columns;
		dx += n->columns;
		if (dadd != NULL)
			dadd += n->columns;
	}
	for (k = 0; k < width; k++) {
		n->product[i + k] = (double)product[k];
		n->sum[i + k] = (double)sum[k];
	}
}

void NAME(ip_modulate_grad_flat)(const struct ip_modulate_grad *n)
{
	FOR_COLUMNS(n, chunk, CHUNK);
}
