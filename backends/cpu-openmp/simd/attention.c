/*
 * One head of one window: a lane is a query. So no sum or maximum runs across
 * lanes, keys and values are read number by number where they lie, and
 * there are as many keys as there are, not as vectors have lanes.
 */
#include <string.h>
#include "loops.h"
#include "special.h"
#include "names.h"

/* Vectors of queries at once, and keys or dimensions: with their sums they
 * must fit the registers. */
#if defined(__AVX512F__) || defined(__aarch64__)
enum { WIDE = 4, HIGH = 4 };
#else
enum { WIDE = 2, HIGH = 4 };
#endif

/* Sums of count products: sum[h][w] += a[h step + i next] b[i pitch + w]. */
INLINE void products(size_t wide, size_t high, vec sum[HIGH][WIDE],
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

/* Logits of 'high' keys from key j, and the most so far. */
INLINE void logits(size_t wide, size_t high, const struct ip_head *a,
	size_t at, size_t j, vec *most)
{
	vec sum[HIGH][WIDE];
	size_t h, w;

	for (h = 0; h < high; h++)
		for (w = 0; w < wide; w++) {
			size_t p = (j + h) * a->pitch + at + w * LANES;

			sum[h][w] = load(a->bias + p);
			if (a->mask != NULL)
				sum[h][w] += load(a->mask + p);
		}
	products(wide, high, sum, a->k + j * a->dim, a->dim, 1, a->q + at,
		a->pitch, a->dim);
	for (h = 0; h < high; h++)
		for (w = 0; w < wide; w++) {
			store(a->logit + (j + h) * a->pitch + at + w * LANES,
				sum[h][w]);
			most[w] = greater(sum[h][w], most[w]);
		}
}

/* Dimensions d .. d + high of the weighted mean of the values. */
INLINE void values(size_t wide, size_t high, const struct ip_head *a,
	size_t at, size_t d, const vec *scale)
{
	vec sum[HIGH][WIDE];
	size_t h, w;

	for (h = 0; h < high; h++)
		for (w = 0; w < wide; w++)
			sum[h][w] = all(0);
	products(wide, high, sum, a->v + d, 1, a->dim, a->logit + at,
		a->pitch, a->tokens);
	for (h = 0; h < high; h++)
		for (w = 0; w < wide; w++)
			store(a->o + (d + h) * a->pitch + at + w * LANES,
				sum[h][w] * scale[w]);
}

/* 'wide' vectors of queries from query 'at'. */
INLINE void queries(size_t wide, const struct ip_head *a, size_t at)
{
	vec most[WIDE], sum[WIDE];
	size_t j, d, w;

	for (w = 0; w < wide; w++) {
		most[w] = all(-(ip_real)HUGE_VAL);
		sum[w] = all(0);
	}
	for (j = 0; j + HIGH <= a->tokens; j += HIGH)
		logits(wide, HIGH, a, at, j, most);
	for (; j < a->tokens; j++)
		logits(wide, 1, a, at, j, most);
	for (j = 0; j < a->tokens; j++)
		for (w = 0; w < wide; w++) {
			ip_real *p = a->logit + j * a->pitch + at + w * LANES;
			vec e = power_of_two(load(p) - most[w]);

			store(p, e);
			sum[w] += e;
		}
	for (w = 0; w < wide; w++)
		sum[w] = 1 / sum[w];
	for (d = 0; d + HIGH <= a->dim; d += HIGH)
		values(wide, HIGH, a, at, d, sum);
	for (; d < a->dim; d++)
		values(wide, 1, a, at, d, sum);
}

/* q [dim][pitch], k and v [tokens][dim] from the tokens' rows. */
INLINE void gather(const struct ip_head *a)
{
	size_t whole = a->dim % LANES == 0 ? a->dim : 0, t, d;

	for (t = 0; t < a->tokens; t++) {
		const ip_real *k = a->in[t] + a->first + a->channels;
		const ip_real *v = k + a->channels;

		soon(a->next[t], a->first);
		soon(a->next[t], a->first + a->channels);
		soon(a->next[t], a->first + 2 * a->channels);
		for (d = 0; d < whole; d += LANES) {
			store(a->k + t * whole + d, load_anywhere(k + d));
			store(a->v + t * whole + d, load_anywhere(v + d));
		}
		if (whole == 0) {
			memcpy(a->k + t * a->dim, k, a->dim * sizeof(*k));
			memcpy(a->v + t * a->dim, v, a->dim * sizeof(*v));
		}
	}
}

/* LANES queries from t, turned. */
INLINE void turn_queries(const struct ip_head *a, size_t t)
{
	vec x[16];
	size_t d, i;

	for (d = 0; a->dim % LANES == 0 && d < a->dim; d += LANES) {
#define QUERY(l) x[l] = all(0); \
	if (t + (l) < a->tokens) \
		x[l] = a->scale * load_anywhere(a->in[t + (l)] + a->first + d);
#define DIMENSION(l) store(a->q + (d + (l)) * a->pitch + t, x[l]);
		UP_TO(LANES, QUERY)
		turn(x);
		UP_TO(LANES, DIMENSION)
	}
	for (; d < a->dim; d++)
		for (i = t; i < t + LANES; i++)
			a->q[d * a->pitch + i] = i < a->tokens ?
				a->in[i][a->first + d] * a->scale : 0;
}

/* And what came of them, turned back. */
INLINE void scatter(const struct ip_head *a, size_t t)
{
	vec x[16];
	size_t d, i;

	for (d = 0; a->dim % LANES == 0 && d < a->dim; d += LANES) {
#define COLUMN(l) x[l] = load(a->o + (d + (l)) * a->pitch + t);
#define ROW(l) if (t + (l) < a->tokens && a->out[t + (l)] != NULL) \
	store_anywhere(a->out[t + (l)] + a->first + d, x[l]);
		UP_TO(LANES, COLUMN)
		turn(x);
		UP_TO(LANES, ROW)
	}
	for (; d < a->dim; d++)
		for (i = t; i < t + LANES && i < a->tokens; i++)
			if (a->out[i] != NULL)
				a->out[i][a->first + d] =
					a->o[d * a->pitch + i];
}

void NAME(ip_attend)(const struct ip_head *a)
{
	size_t at;

	gather(a);
	for (at = 0; at < a->pitch; at += LANES)
		turn_queries(a, at);
	for (at = 0; at + WIDE * LANES <= a->pitch; at += WIDE * LANES)
		queries(WIDE, a, at);
	for (; at < a->pitch; at += LANES)
		queries(1, a, at);
	for (at = 0; at < a->pitch; at += LANES)
		scatter(a, at);
}
