/*
 * The gradient of one head of one window. Where numbers belong to a query and
 * key, and for that of q, a lane is a query, as in attention.c; what is summed
 * over queries, that of k and v, has dimensions for lanes.
 */
#include "attend.h"
#include "names.h"

/* Keys at once where a lane is a dimension, and few vectors hold them all. */
enum { TALL = 7 };

/* Logits and, in ds, what weights would gain: 'high' keys from key j. */
INLINE void logits(size_t wide, size_t high, const struct ip_head_grad *a,
	size_t at, size_t j, vec *most)
{
	vec sum[HIGH][WIDE], gain[HIGH][WIDE];
	size_t h, w, p = j * a->pitch + at, row = j * a->wide;

	for (h = 0; h < high; h++)
		for (w = 0; w < wide; w++) {
			size_t i = p + h * a->pitch + w * LANES;

			sum[h][w] = load(a->bias + i);
			if (a->mask != NULL)
				sum[h][w] += load(a->mask + i);
			gain[h][w] = all(0);
		}
	products(wide, high, sum, a->k + row, a->wide, 1, a->q + at, a->pitch,
		a->dim);
	products(wide, high, gain, a->v + row, a->wide, 1, a->g + at, a->pitch,
		a->dim);
	for (h = 0; h < high; h++)
		for (w = 0; w < wide; w++) {
			size_t i = p + h * a->pitch + w * LANES;

			store(a->p + i, sum[h][w]);
			store(a->ds + i, gain[h][w]);
			most[w] = greater(sum[h][w], most[w]);
		}
}

/* Weights of all keys; gradients of logits: weight (gain - mean gain). */
INLINE void weights(size_t wide, const struct ip_head_grad *a, size_t at,
	const vec *most)
{
	vec sum[WIDE], mean[WIDE];
	size_t j, w;

	for (w = 0; w < wide; w++)
		sum[w] = mean[w] = all(0);
	for (j = 0; j < a->tokens; j++)
		for (w = 0; w < wide; w++) {
			size_t i = j * a->pitch + at + w * LANES;
			vec e = power_of_two(load(a->p + i) - most[w]);

			store(a->p + i, e);
			sum[w] += e;
			mean[w] += e * load(a->ds + i);
		}
	for (w = 0; w < wide; w++) {
		sum[w] = 1 / sum[w];
		mean[w] *= sum[w];
	}
	for (j = 0; j < a->tokens; j++)
		for (w = 0; w < wide; w++) {
			size_t i = j * a->pitch + at + w * LANES;
			vec p = load(a->p + i) * sum[w];
			vec ds = p * (load(a->ds + i) - mean[w]);

			store(a->p + i, p);
			store(a->ds + i, ds);
			store(a->table + i, load(a->table + i) + ds);
		}
}

/* Dimensions d .. d + high of the gradient of q. */
INLINE void queries_grad(size_t wide, size_t high,
	const struct ip_head_grad *a, size_t at, size_t d)
{
	vec sum[HIGH][WIDE];
	size_t h, w;

	for (h = 0; h < high; h++)
		for (w = 0; w < wide; w++)
			sum[h][w] = all(0);
	products(wide, high, sum, a->k + d, 1, a->wide, a->ds + at, a->pitch,
		a->tokens);
	for (h = 0; h < high; h++)
		for (w = 0; w < wide; w++)
			store(a->dq + (d + h) * a->pitch + at + w * LANES,
				a->unit * sum[h][w]);
}

/* 'wide' vectors of queries from query 'at'. */
INLINE void queries(size_t wide, const struct ip_head_grad *a, size_t at)
{
	vec most[WIDE];
	size_t j, d, w;

	for (w = 0; w < wide; w++)
		most[w] = all(-(ip_real)HUGE_VAL);
	for (j = 0; j + HIGH <= a->tokens; j += HIGH)
		logits(wide, HIGH, a, at, j, most);
	for (; j < a->tokens; j++)
		logits(wide, 1, a, at, j, most);
	weights(wide, a, at, most);
	for (d = 0; d + HIGH <= a->dim; d += HIGH)
		queries_grad(wide, HIGH, a, at, d);
	for (; d < a->dim; d++)
		queries_grad(wide, 1, a, at, d);
}

/* n numbers of a row: replaced, or added where padding's go. */
INLINE void give(const struct ip_head_grad *a, size_t token, size_t part,
	size_t d, vec x)
{
	ip_real *to = a->out[token];
	size_t n = a->dim - d;

	if (to != NULL) {
		store_part(to + a->first + part * a->channels + d, x, n);
		return;
	}
	to = a->spare + part * a->dim + d;
	store_part(to, load_part(to, n) + x, n);
}

/* Vectors of dimensions from d of the gradients of keys j .. j + high, or of
 * their values: a [key][pitch] times b [query][wide]. */
INLINE void keys(size_t wide, size_t high, const struct ip_head_grad *a,
	const ip_real *weight, const ip_real *rows, ip_real scale, size_t part,
	size_t j, size_t d)
{
	vec sum[TALL][WIDE];
	size_t h, w;

	for (h = 0; h < high; h++)
		for (w = 0; w < wide; w++)
			sum[h][w] = all(0);
	products(wide, high, sum, weight + j * a->pitch, a->pitch, 1, rows + d,
		a->wide, a->tokens);
	for (h = 0; h < high; h++)
		for (w = 0; w < wide; w++)
			give(a, j + h, part, d + w * LANES, scale * sum[h][w]);
}

INLINE void all_keys(const struct ip_head_grad *a, const ip_real *weight,
	const ip_real *rows, ip_real scale, size_t part)
{
	size_t j, d;

	for (d = 0; d + 2 * LANES <= a->wide; d += 2 * LANES) {
		for (j = 0; j + HIGH <= a->tokens; j += HIGH)
			keys(2, HIGH, a, weight, rows, scale, part, j, d);
		for (; j < a->tokens; j++)
			keys(2, 1, a, weight, rows, scale, part, j, d);
	}
	if (d == a->wide)
		return;
	for (j = 0; j + TALL <= a->tokens; j += TALL)
		keys(1, TALL, a, weight, rows, scale, part, j, d);
	for (; j < a->tokens; j++)
		keys(1, 1, a, weight, rows, scale, part, j, d);
}

/* to [tokens][wide] <- rows from 'at', zeros for NULL and behind. */
INLINE void gather(const struct ip_head_grad *a, ip_real *to,
	const ip_real *const *rows, const ip_real *const *next, size_t at)
{
	size_t t, d;

	for (t = 0; t < a->tokens; t++, to += a->wide) {
		if (next[t] != NULL)
			soon(next[t], at);
		for (d = 0; d < a->wide; d += LANES)
			store(to + d, rows[t] == NULL ? all(0) : load_part(
				rows[t] + at + d, a->dim - d));
	}
}

void NAME(ip_attend_grad)(const struct ip_head_grad *a)
{
	size_t at;

	gather(a, a->q_rows, a->in, a->next, a->first);
	gather(a, a->k, a->in, a->next, a->first + a->channels);
	gather(a, a->v, a->in, a->next, a->first + 2 * a->channels);
	gather(a, a->g_rows, a->dy, a->next_dy, a->first);
	for (at = 0; at < a->pitch; at += LANES) {
		turn_rows(a->q, a->pitch, a->in, a->first, a->tokens, a->dim,
			a->scale, at);
		turn_rows(a->g, a->pitch, a->dy, a->first, a->tokens, a->dim,
			1, at);
	}
	for (at = 0; at + WIDE * LANES <= a->pitch; at += WIDE * LANES)
		queries(WIDE, a, at);
	for (; at < a->pitch; at += LANES)
		queries(1, a, at);
	all_keys(a, a->ds, a->q_rows, a->unit, 1);
	all_keys(a, a->p, a->g_rows, 1, 2);
	/* no query of padding has a gradient */
	for (at = 0; at < a->pitch; at += LANES)
		turn_back(a->out, a->first, a->tokens, a->dq, a->pitch, a->dim,
			at);
}
