/* Sums over the numbers of a pixel, for as many pixels at once as a vector has
 * lanes. */
#ifndef IP_ROWS_H
#define IP_ROWS_H

#include "vector.h"

/* Lane i: the sum of all lanes of part[i], which is used up. */
INLINE vec totals(vec *part)
{
	size_t m, i;

	for (m = LANES / 2; m > 0; m /= 2)
		for (i = 0; i < m; i++)
			part[i] = evens(part[2 * i], part[2 * i + 1]) +
				odds(part[2 * i], part[2 * i + 1]);
	return part[0];
}

/*
 * LANES rows or fewer of n numbers. What a row has beyond full vectors is
 * copied to a vector whose other lanes are 0, which mask keeps out.
 */
struct rows {
	size_t n, count;
	const ip_real *x;
	vec tail[LANES], mask;
};

INLINE void rows_set(struct rows *t, size_t n, const ip_real *x, size_t count)
{
	size_t width = n % LANES, i, l;

	t->n = n;
	t->count = count;
	t->x = x;
	for (i = 0; width > 0 && i < count; i++) {
		ip_real *tail = (ip_real *)(void *)&t->tail[i];

		for (l = 0; l < width; l++)
			tail[l] = x[i * n + n - width + l];
	}
}

INLINE vec rows_sum(const struct rows *t)
{
	vec part[LANES];
	size_t i, l;

	memset(part, 0, sizeof(part));
	for (i = 0; i < t->count; i++) {
		vec sum = t->tail[i];

		for (l = 0; l + LANES <= t->n; l += LANES)
			sum += load_anywhere(t->x + i * t->n + l);
		part[i] = sum;
	}
	return totals(part);
}

#endif
