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

/* What a token of a foreign region has added to its logit. */
static const double foreign = -100;
/* Logits are powers of two: exp(x) = 2^(x log2 e). */
static const double log2_e = 1.44269504088896340736;

struct attention {
	struct ip_windows s;
	const struct ip_loops *loops;
	size_t tokens, pitch;		/* of a window; in full vectors */
	size_t channels;		/* heads dim */
	size_t across[2];		/* windows along each axis */
	const ip_real *qkv, *qkv_bias;
	ip_real *y;
	ip_real *bias;			/* [heads][key][pitch] */
	ip_real *mask;			/* [4][key][pitch]: last in rows + 2
					 * last in columns */
};

/* A window's tokens: where they are read, and written unless they pad. */
struct tokens {
	const ip_real **in;
	ip_real **out;
};

/* What a thread works in: see struct ip_head. */
struct place {
	ip_real *q, *k, *v, *logit, *o;
	struct tokens now, next;
};

/* The next n bytes of memory, from *used. */
static void *take(char *memory, size_t *used, size_t n)
{
	size_t at = *used;

	*used += (n + 63) / 64 * 64;
	return memory ? memory + at : NULL;
}

/* Returns the size; with memory NULL it only counts. */
static size_t settle(const struct attention *j, char *memory, struct place *p)
{
	size_t real = sizeof(ip_real), used = 0, n = j->tokens;
	size_t dim = j->s.dim;

	p->q = take(memory, &used, dim * j->pitch * real);
	p->k = take(memory, &used, n * dim * real);
	p->v = take(memory, &used, n * dim * real);
	p->logit = take(memory, &used, n * j->pitch * real);
	p->o = take(memory, &used, dim * j->pitch * real);
	p->now.in = take(memory, &used, n * sizeof(*p->now.in));
	p->now.out = take(memory, &used, n * sizeof(*p->now.out));
	p->next.in = take(memory, &used, n * sizeof(*p->next.in));
	p->next.out = take(memory, &used, n * sizeof(*p->next.out));
	return used;
}

/* Where 'window', counted through rows, columns and pictures, has them. */
static void find(const struct attention *j, size_t window, struct tokens *to)
{
	const struct ip_windows *s = &j->s;
	size_t rest = window / j->across[1], r, c, n = 0;
	size_t row = rest % j->across[0] * s->window[0] + s->shift[0];
	size_t column = window % j->across[1] * s->window[1] + s->shift[1];
	size_t first = rest / j->across[0] * s->h * s->w;

	for (r = row; r < row + s->window[0]; r++)
		for (c = column; c < column + s->window[1]; c++, n++) {
			size_t h = j->across[0] * s->window[0];
			size_t w = j->across[1] * s->window[1], pixel;

			h = r < h ? r : r - h;
			w = c < w ? c : c - w;
			pixel = first + h * s->w + w;
			if (h < s->h && w < s->w) {
				to->in[n] = j->qkv + 3 * pixel * j->channels;
				to->out[n] = j->y + pixel * j->channels;
			} else {
				to->in[n] = j->qkv_bias;
				to->out[n] = NULL;
			}
		}
}

/* All heads of a window whose tokens are in p->now. */
static void one_window(const struct attention *j, size_t window,
	const struct place *p)
{
	size_t wc = window % j->across[1];
	size_t wr = window / j->across[1] % j->across[0];
	size_t kind = (j->s.shift[0] && wr + 1 == j->across[0]) +
		2 * (j->s.shift[1] && wc + 1 == j->across[1]);
	size_t table = j->tokens * j->pitch;
	struct ip_head a = { j->tokens, j->s.dim, j->pitch, j->channels,
		p->now.in, p->next.in, p->now.out, 0,
		(ip_real)(log2_e / sqrt((double)j->s.dim)), j->bias,
		kind ? j->mask + kind * table : NULL, p->q, p->o, p->k, p->v,
		p->logit };

	for (; a.first < j->channels; a.first += a.dim, a.bias += table)
		j->loops->attend(&a);
}

/* While one window is at work, the next one's tokens are called in. */
static void some_windows(const struct attention *j, size_t begin, size_t end,
	struct place *p)
{
	struct tokens was;
	size_t i;

	if (begin < end)
		find(j, begin, &p->next);
	for (i = begin; i < end; i++) {
		was = p->now;
		p->now = p->next;
		p->next = was;
		find(j, i + 1 < end ? i + 1 : i, &p->next);
		one_window(j, i, p);
	}
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
				j->bias[(h * n + k) * j->pitch + q] =
					(ip_real)(log2_e * (double)table[(row *
					side + column) * s->heads + h]);
			for (kind = 0; kind < 4; kind++)
				j->mask[(kind * n + k) * j->pitch + q] =
					(kind & 1 && rows) ||
					(kind & 2 && columns) ?
					(ip_real)(log2_e * foreign) : 0;
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

static int run(struct ip_dev *dev, const struct attention *j)
{
	size_t threads = (size_t)ip_threads(), each, n;
	struct place p;
	char *memory;
	long i;

	each = settle(j, NULL, &p);
	memory = ip_cpu_scratch(dev, threads * each);
	if (memory == NULL)
		return IP_ENOMEM;
	n = j->s.b * j->across[0] * j->across[1];
#pragma omp parallel for num_threads((int)threads) private(p) schedule(static)
	for (i = 0; i < (long)threads; i++) {
		settle(j, memory + (size_t)i * each, &p);
		some_windows(j, n * (size_t)i / threads,
			n * ((size_t)i + 1) / threads, &p);
	}
	return IP_OK;
}

int ip_cpu_attention(struct ip_dev *dev, struct ip_buf *y,
	const struct ip_buf *qkv, const struct ip_buf *qkv_bias,
	const struct ip_buf *table, const struct ip_windows *s)
{
	struct attention j = { *s, ip_loops(), s->window[0] * s->window[1], 0,
		s->heads * s->dim, { 0, 0 }, ip_cpu_at(qkv),
		ip_cpu_at(qkv_bias), ip_cpu_at(y), NULL, NULL };
	size_t square;
	int rc;

	if ((rc = check(y, qkv, qkv_bias, table, s)) < 0)
		return rc;
	j.pitch = (j.tokens + j.loops->lanes - 1) / j.loops->lanes *
		j.loops->lanes;
	j.across[0] = (s->h + s->window[0] - 1) / s->window[0];
	j.across[1] = (s->w + s->window[1] - 1) / s->window[1];
	if (ip_mul_size(j.tokens, j.pitch, &square))
		return ip_fail(IP_EINVAL, "attention: size overflow");
	j.bias = ip_alloc_array(square, (s->heads + 4) * sizeof(ip_real));
	if (j.bias == NULL)
		return IP_ENOMEM;
	j.mask = j.bias + s->heads * square;
	fill(&j, ip_cpu_at(table));
	rc = run(dev, &j);
	ip_free(j.bias);
	return rc;
}
