/* What attention and its gradient share: a lane is a query. */
#ifndef IP_ATTEND_H
#define IP_ATTEND_H

#include <string.h>
#include "loops.h"
#include "special.h"

/* Vectors of queries at once, and keys or dimensions: with their sums they
 * must fit the registers. */
#if defined(__AVX512F__) || defined(__aarch64__)
enum { WIDE = 4, HIGH = 4 };
#else
enum { WIDE = 2, HIGH = 4 };
#endif

/* Sums of count products: sum[h][w] += a[h step + i next] b[i pitch + w]. */
INLINE void products(size_t wide, size_t high, vec sum[][WIDE],
	const ip_real *a, size_t step, size_t next, const ip_real *b,
	size_t pitch, size_t count)
{
	size_t i, h, w;

	for (i = 0; i < count; i++, a += next, b += pitch) {
		vec x[WIDE];

		for (w = 0; w < wide; w++)
			x[w] = load(b + w * LANES);
		for (h = 0; h < high; h++)
			for (w = 0; w < wide; w++)
				sum[h][w] += a[h * step] * x[w];
	}
}

/* What is at 'first' of LANES rows from t, NULL for zeros, times scale:
 * to [dim][pitch], turned. */
INLINE void turn_rows(ip_real *to, size_t pitch, const ip_real *const *rows,
	size_t first, size_t tokens, size_t dim, ip_real scale, size_t t)
{
	vec x[16];
	size_t d, i;

	for (d = 0; dim % LANES == 0 && d < dim; d += LANES) {
#define TAKE(l) x[l] = all(0); \
	if (t + (l) < tokens && rows[t + (l)] != NULL) \
		x[l] = scale * load_anywhere(rows[t + (l)] + first + d);
#define DIMENSION(l) store(to + (d + (l)) * pitch + t, x[l]);
		UP_TO(LANES, TAKE)
		turn(x);
		UP_TO(LANES, DIMENSION)
	}
	for (; d < dim; d++)
		for (i = t; i < t + LANES; i++)
			to[d * pitch + i] = i < tokens && rows[i] != NULL ?
				rows[i][first + d] * scale : 0;
}

/* And back: from [dim][pitch] to those of the LANES rows that are not NULL. */
INLINE void turn_back(ip_real *const *rows, size_t first, size_t tokens,
	const ip_real *from, size_t pitch, size_t dim, size_t t)
{
	vec x[16];
	size_t d, i;

	for (d = 0; dim % LANES == 0 && d < dim; d += LANES) {
#define COLUMN(l) x[l] = load(from + (d + (l)) * pitch + t);
#define GIVE(l) if (t + (l) < tokens && rows[t + (l)] != NULL) \
	store_anywhere(rows[t + (l)] + first + d, x[l]);
		UP_TO(LANES, COLUMN)
		turn(x);
		UP_TO(LANES, GIVE)
	}
	for (; d < dim; d++)
		for (i = t; i < t + LANES && i < tokens; i++)
			if (rows[i] != NULL)
				rows[i][first + d] = from[d * pitch + i];
}

#endif
