/*
 * One head of one window: a lane is a query. So no sum or maximum runs across
 * lanes, keys and values are read number by number where they lie, and
 * there are as many keys as there are, not as vectors have lanes.
 */
#include <string.h>
#include "attend.h"
#include "names.h"

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

void NAME(ip_attend)(const struct ip_head *a)
{
	size_t at;

	gather(a);
	for (at = 0; at < a->pitch; at += LANES)
		turn_rows(a->q, a->pitch, a->in, a->first, a->tokens, a->dim,
			a->scale, at);
	for (at = 0; at + WIDE * LANES <= a->pitch; at += WIDE * LANES)
		queries(WIDE, a, at);
	for (; at < a->pitch; at += LANES)
		queries(1, a, at);
	for (at = 0; at < a->pitch; at += LANES)
		turn_back(a->out, a->first, a->tokens, a->o, a->pitch, a->dim,
			at);
}
