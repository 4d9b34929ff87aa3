/*
 * Shifted-window attention, a window and head at a time: its tokens are
 * gathered by index arithmetic, so that neither the padded nor the rolled map
 * ever exists, and all its numbers stay in the first-level cache.
 */
#include <math.h>
#include <omp.h>
#include <string.h>
#include <iphase/threads.h>
#include "cpu.h"

/* Far windows of a shifted map: how much less their foreign tokens count. */
static const ip_real foreign = -100;

struct attention {
	struct ip_windows s;
	size_t tokens;			/* of a window */
	size_t channels;		/* heads dim */
	size_t across[2];		/* windows along each axis */
	const ip_real *qkv, *qkv_bias;
	ip_real *y;
	ip_real *bias;			/* [heads][key][query] */
	ip_real *mask;			/* [4][key][query]: last in rows + 2
					 * last in columns */
};

/* What a thread works in. */
struct place {
	ip_real *q, *k, *v, *o;		/* [tokens][dim] */
	ip_real *logit;			/* [query] */
	size_t *at;			/* [tokens] pixels; OUTSIDE */
};
#define OUTSIDE SIZE_MAX

static size_t up(size_t bytes)
{
	return (bytes + 63) / 64 * 64;
}

static size_t place_size(const struct attention *j)
{
	return 4 * up(j->tokens * j->s.dim * sizeof(ip_real)) +
		up(j->tokens * sizeof(ip_real)) +
		up(j->tokens * sizeof(size_t));
}

static struct place place_in(const struct attention *j, char *memory)
{
	size_t map = up(j->tokens * j->s.dim * sizeof(ip_real));
	struct place p;

	p.q = (ip_real *)(void *)memory;
	p.k = (ip_real *)(void *)(memory + map);
	p.v = (ip_real *)(void *)(memory + 2 * map);
	p.o = (ip_real *)(void *)(memory + 3 * map);
	p.logit = (ip_real *)(void *)(memory + 4 * map);
	p.at = (size_t *)(void *)(memory + 4 * map +
		up(j->tokens * sizeof(ip_real)));
	return p;
}

/* Where the tokens of a window are in the picture. */
static void find(const struct attention *j, size_t wr, size_t wc, size_t *at)
{
	const struct ip_windows *s = &j->s;
	size_t padded[2], r, c;

	padded[0] = j->across[0] * s->window[0];
	padded[1] = j->across[1] * s->window[1];
	for (r = 0; r < s->window[0]; r++)
		for (c = 0; c < s->window[1]; c++) {
			size_t row = (wr * s->window[0] + r + s->shift[0]) %
				padded[0];
			size_t column = (wc * s->window[1] + c + s->shift[1]) %
				padded[1];

			*at++ = row < s->h && column < s->w ?
				row * s->w + column : OUTSIDE;
		}
}

static void gather(const struct attention *j, const struct place *p,
	size_t picture, size_t head)
{
	size_t dim = j->s.dim, row = dim * sizeof(ip_real), t;
	size_t pixels = j->s.h * j->s.w;

	for (t = 0; t < j->tokens; t++) {
		const ip_real *from = p->at[t] == OUTSIDE ? j->qkv_bias :
			j->qkv + (picture * pixels + p->at[t]) * 3 *
			j->channels;

		from += head * dim;
		memcpy(p->q + t * dim, from, row);
		memcpy(p->k + t * dim, from + j->channels, row);
		memcpy(p->v + t * dim, from + 2 * j->channels, row);
	}
}

static void attend(const struct attention *j, const struct place *p,
	const ip_real *bias, const ip_real *mask)
{
	size_t n = j->tokens, dim = j->s.dim, i, t, d;
	ip_real scale = (ip_real)(1 / sqrt((double)dim));

	for (i = 0; i < n; i++) {
		ip_real most = -(ip_real)HUGE_VAL, sum = 0;

		for (t = 0; t < n; t++) {
			ip_real dot = 0;

			for (d = 0; d < dim; d++)
				dot += p->q[i * dim + d] * p->k[t * dim + d];
			dot = dot * scale + bias[t * n + i] + mask[t * n + i];
			p->logit[t] = dot;
			most = dot > most ? dot : most;
		}
		memset(p->o + i * dim, 0, dim * sizeof(ip_real));
		for (t = 0; t < n; t++) {
			ip_real e = (ip_real)exp((double)(p->logit[t] - most));

			sum += e;
			for (d = 0; d < dim; d++)
				p->o[i * dim + d] += e * p->v[t * dim + d];
		}
		for (d = 0; d < dim; d++)
			p->o[i * dim + d] /= sum;
	}
}

/* Work item i: a head of a window of a picture. */
static void one_head(const struct attention *j, size_t i,
	const struct place *p)
{
	size_t head = i % j->s.heads, window = i / j->s.heads;
	size_t wc = window % j->across[1], rest = window / j->across[1];
	size_t wr = rest % j->across[0], picture = rest / j->across[0];
	size_t kind = (wr + 1 == j->across[0]) + 2 * (wc + 1 == j->across[1]);
	size_t square = j->tokens * j->tokens, dim = j->s.dim, t;
	ip_real *y = j->y + picture * j->s.h * j->s.w * j->channels +
		head * dim;

	find(j, wr, wc, p->at);
	gather(j, p, picture, head);
	attend(j, p, j->bias + head * square, j->mask + kind * square);
	for (t = 0; t < j->tokens; t++)
		if (p->at[t] != OUTSIDE)
			memcpy(y + p->at[t] * j->channels, p->o + t * dim,
				dim * sizeof(ip_real));
}

/* The region of place i in the last window along an axis; 0 in all others */
static size_t region(const struct ip_windows *s, int axis, size_t i)
{
	return s->shift[axis] && i + s->shift[axis] >= s->window[axis];
}

static void fill(struct attention *j, const ip_real *table)
{
	const struct ip_windows *s = &j->s;
	size_t n = j->tokens, side = 2 * s->reach - 1, q, k, h, kind;

	for (k = 0; k < n; k++)
		for (q = 0; q < n; q++) {
			size_t row = q / s->reach + s->reach - 1 - k / s->reach;
			size_t column = q % s->reach + s->reach - 1 -
				k % s->reach;
			int rows = region(s, 0, q / s->window[1]) !=
				region(s, 0, k / s->window[1]);
			int columns = region(s, 1, q % s->window[1]) !=
				region(s, 1, k % s->window[1]);

			for (h = 0; h < s->heads; h++)
				j->bias[(h * n + k) * n + q] = table[(row *
					side + column) * s->heads + h];
			for (kind = 0; kind < 4; kind++)
				j->mask[(kind * n + k) * n + q] =
					(kind & 1 && rows) ||
					(kind & 2 && columns) ? foreign : 0;
		}
}

static int check(const struct ip_buf *y, const struct ip_buf *qkv,
	const struct ip_buf *qkv_bias, const struct ip_buf *table,
	const struct ip_windows *s)
{
	static const char op[] = "attention";
	struct ip_map m = { s->b, s->h, s->w, 0 };
	size_t real = sizeof(ip_real), tokens, places;
	int rc, a;

	for (a = 0; a < 2; a++)
		if (s->window[a] == 0 || s->shift[a] >= s->window[a])
			return ip_fail(IP_EINVAL, "%s: windows of %zu tokens "
				"shifted by %zu", op, s->window[a],
				s->shift[a]);
	if (ip_mul_size(s->heads, s->dim, &m.c) || m.c > SIZE_MAX / 3 ||
		ip_mul_size(s->reach, s->reach, &places) ||
		places > SIZE_MAX / 4 ||
		ip_mul_size(s->window[0], s->window[1], &tokens))
		return ip_fail(IP_EINVAL, "%s: size overflow", op);
	if (tokens > places)
		return ip_fail(IP_EINVAL, "%s: a window of %zu x %zu tokens, "
			"at most %zu x %zu", op, s->window[0], s->window[1],
			s->reach, s->reach);
	places = (2 * s->reach - 1) * (2 * s->reach - 1);
	if ((rc = ip_cpu_check_map(op, "y", y, &m, 0)) < 0 ||
		(rc = ip_cpu_check_map(op, "qkv", qkv, &m, 3 * m.c)) < 0 ||
		(rc = ip_cpu_check(op, "qkv_bias", qkv_bias, 3, m.c, 1,
			real)) < 0 ||
		(rc = ip_cpu_check(op, "table", table, places, s->heads, 1,
			real)) < 0)
		return rc;
	return IP_OK;
}

int ip_cpu_attention(struct ip_dev *dev, struct ip_buf *y,
	const struct ip_buf *qkv, const struct ip_buf *qkv_bias,
	const struct ip_buf *table, const struct ip_windows *s)
{
	struct attention j = { *s, s->window[0] * s->window[1],
		s->heads * s->dim, { 0, 0 }, ip_cpu_at(qkv),
		ip_cpu_at(qkv_bias), ip_cpu_at(y), NULL, NULL };
	size_t square, each;
	int threads = ip_threads(), rc;
	char *memory;
	long i;

	if ((rc = check(y, qkv, qkv_bias, table, s)) < 0)
		return rc;
	j.across[0] = (s->h + s->window[0] - 1) / s->window[0];
	j.across[1] = (s->w + s->window[1] - 1) / s->window[1];
	if (ip_mul_size(j.tokens, j.tokens, &square))
		return ip_fail(IP_EINVAL, "attention: size overflow");
	j.bias = ip_alloc_array(square, (s->heads + 4) * sizeof(ip_real));
	if (j.bias == NULL)
		return IP_ENOMEM;
	j.mask = j.bias + s->heads * square;
	fill(&j, ip_cpu_at(table));
	each = place_size(&j);
	memory = ip_cpu_scratch(dev, (size_t)threads * each);
	if (memory == NULL) {
		ip_free(j.bias);
		return IP_ENOMEM;
	}
#pragma omp parallel for num_threads(threads) schedule(static)
	for (i = 0; i < (long)(s->b * j.across[0] * j.across[1] * s->heads);
		i++) {
		struct place p = place_in(&j, memory +
			(size_t)omp_get_thread_num() * each);

		one_head(&j, (size_t)i, &p);
	}
	ip_free(j.bias);
	return IP_OK;
}
