/*
 * Gradient of attention, a window and head at a time like that. What a window
 * adds to the table and to qkv_bias goes to sums of its group of windows, so
 * that these do not depend on which thread did what; there are as many groups
 * as give every thread some heads of some group.
 */
#include <math.h>
#include <omp.h>
#include <string.h>
#include <iphase/threads.h>
#include "sizes.h"
#include "windows.h"

/* Pairs of group and head, at least, if there are as many windows. */
enum { UNITS = 32 };

struct attention_grad {
	struct ip_cut cut;
	const struct ip_loops *loops;
	const ip_real *dy;
	ip_real *dqkv, *dqkv_bias, *dtable;
	size_t wide;			/* dim in full vectors */
	size_t groups;
	ip_real *tables;		/* [groups][heads][key][pitch] */
	ip_real *biases;		/* [groups][heads][3][dim] */
	size_t places, *place;		/* of a table; [key][query] in it */
};

/* A window's tokens: NULL in dy and out for those that pad. */
struct tokens {
	const ip_real **in, **dy;
	ip_real **out;
};

/* What a thread works in: see struct ip_head_grad. */
struct place {
	ip_real *q, *g, *dq, *q_rows, *k, *v, *g_rows, *p, *ds;
	size_t *pixel;
	double *table, *bias;		/* [places], [3][dim] */
	struct tokens now, next;
};

/* Returns the size; with memory NULL it only counts. */
static size_t settle(const struct attention_grad *j, char *memory,
	struct place *p)
{
	size_t real = sizeof(ip_real), used = 0, n = j->cut.tokens, i;
	size_t turned = j->cut.s.dim * j->cut.pitch * real;
	size_t rows = n * j->wide * real, square = n * j->cut.pitch * real;
	struct tokens *tokens[2];

	tokens[0] = &p->now;
	tokens[1] = &p->next;
	p->q = take(memory, &used, turned);
	p->g = take(memory, &used, turned);
	p->dq = take(memory, &used, turned);
	p->q_rows = take(memory, &used, rows);
	p->k = take(memory, &used, rows);
	p->v = take(memory, &used, rows);
	p->g_rows = take(memory, &used, rows);
	p->p = take(memory, &used, square);
	p->ds = take(memory, &used, square);
	p->pixel = take(memory, &used, n * sizeof(*p->pixel));
	p->table = take(memory, &used, j->places * sizeof(*p->table));
	p->bias = take(memory, &used, 3 * j->cut.s.dim *
		sizeof(*p->bias));
	for (i = 0; i < 2; i++) {
		struct tokens *t = tokens[i];

		t->in = take(memory, &used, n * sizeof(*t->in));
		t->dy = take(memory, &used, n * sizeof(*t->dy));
		t->out = take(memory, &used, n * sizeof(*t->out));
	}
	return used;
}

static void find(const struct attention_grad *j, size_t window,
	struct place *p)
{
	size_t channels = j->cut.channels, i;

	ip_cut_find(&j->cut, window, p->pixel, p->next.in);
	for (i = 0; i < j->cut.tokens; i++) {
		size_t pixel = p->pixel[i];
		int padding = pixel == IP_CUT_PADDING;

		p->next.dy[i] = padding ? NULL : j->dy + pixel * channels;
		p->next.out[i] = padding ? NULL :
			j->dqkv + 3 * pixel * channels;
	}
}

/* A head of all windows of a group; while one window is at work, the next
 * one's tokens are called in. */
static void one_unit(const struct attention_grad *j, size_t unit,
	struct place *p)
{
	const struct ip_cut *c = &j->cut;
	size_t group = unit / c->s.heads, head = unit % c->s.heads, i;
	size_t begin = c->windows * group / j->groups;
	size_t end = c->windows * (group + 1) / j->groups;
	size_t square = c->tokens * c->pitch;
	struct ip_head_grad a = { c->tokens, c->s.dim, c->pitch, j->wide,
		c->channels, NULL, NULL, NULL, NULL, NULL, head * c->s.dim,
		c->scale, (ip_real)(1 / sqrt((double)c->s.dim)), c->bias +
		head * square, NULL, j->tables + unit * square, j->biases +
		unit * 3 * c->s.dim, p->q, p->g, p->dq, p->q_rows, p->k, p->v,
		p->g_rows, p->p, p->ds };

	memset(a.table, 0, square * sizeof(*a.table));
	memset(a.spare, 0, 3 * c->s.dim * sizeof(*a.spare));
	find(j, begin, p);
	for (i = begin; i < end; i++) {
		struct tokens was = p->now;

		p->now = p->next;
		p->next = was;
		find(j, i + 1 < end ? i + 1 : i, p);
		a.in = p->now.in;
		a.dy = p->now.dy;
		a.out = p->now.out;
		a.next = p->next.in;
		a.next_dy = p->next.dy;
		a.mask = ip_cut_mask(c, i);
		j->loops->attend_grad(&a);
	}
}

/* From the sums of all groups of one head to where they belong; table has
 * room for its places, bias for [3][dim]. */
static void one_head(const struct attention_grad *j, size_t head,
	double *table, double *bias)
{
	const struct ip_cut *c = &j->cut;
	size_t dim = c->s.dim, heads = c->s.heads, unit, k, q, i;

	memset(table, 0, j->places * sizeof(*table));
	memset(bias, 0, 3 * dim * sizeof(*bias));
	for (unit = head; unit < j->groups * heads; unit += heads) {
		for (k = 0; k < c->tokens; k++) {
			const size_t *to = j->place + k * c->tokens;
			const ip_real *from = j->tables + (unit * c->tokens +
				k) * c->pitch;

			for (q = 0; q < c->tokens; q++)
				table[to[q]] += (double)from[q];
		}
		for (i = 0; i < 3 * dim; i++)
			bias[i] += (double)j->biases[unit * 3 * dim + i];
	}
	for (i = 0; i < j->places; i++)
		j->dtable[i * heads + head] += (ip_real)table[i];
	for (i = 0; i < 3 * dim; i++)
		j->dqkv_bias[i / dim * c->channels + head * dim + i % dim] +=
			(ip_real)bias[i];
}

/* Everything but the threads' rooms; returns their size like settle. */
static size_t settle_sums(struct attention_grad *j, char *memory)
{
	const struct ip_cut *c = &j->cut;
	size_t units = j->groups * c->s.heads, square = c->tokens * c->pitch;
	size_t used = 0;

	j->tables = take(memory, &used, units * square *
		sizeof(*j->tables));
	j->biases = take(memory, &used, units * 3 * c->s.dim *
		sizeof(*j->biases));
	j->place = take(memory, &used, c->tokens * c->tokens *
		sizeof(*j->place));
	return used;
}

static int run(struct ip_dev *dev, struct attention_grad *j)
{
	size_t threads = (size_t)ip_threads(), each, sums, k, q;
	size_t units = j->groups * j->cut.s.heads;
	struct place p;
	char *memory;
	long i;

	each = settle(j, NULL, &p);
	sums = settle_sums(j, NULL);
	memory = ip_cpu_scratch(dev, sums + threads * each);
	if (memory == NULL)
		return IP_ENOMEM;
	settle_sums(j, memory);
	for (k = 0; k < j->cut.tokens; k++)
		for (q = 0; q < j->cut.tokens; q++)
			j->place[k * j->cut.tokens + q] = ip_cut_place(&j->cut,
				q, k) / j->cut.s.heads;
#pragma omp parallel num_threads((int)threads) private(p)
	{
		settle(j, memory + sums + (size_t)omp_get_thread_num() * each,
			&p);
#pragma omp for schedule(dynamic)
		for (i = 0; i < (long)units; i++)
			one_unit(j, (size_t)i, &p);
#pragma omp for schedule(static)
		for (i = 0; i < (long)j->cut.s.heads; i++)
			one_head(j, (size_t)i, p.table, p.bias);
	}
	return IP_OK;
}

int ip_cpu_attention_grad(struct ip_dev *dev, struct ip_buf *dqkv,
	struct ip_buf *dqkv_bias, struct ip_buf *dtable,
	const struct ip_buf *dy, const struct ip_buf *qkv,
	const struct ip_buf *qkv_bias, const struct ip_buf *table,
	const struct ip_windows *s)
{
	struct attention_grad j = { .loops = ip_loops(), .dy = ip_cpu_at(dy),
		.dqkv = ip_cpu_at(dqkv), .dqkv_bias = ip_cpu_at(dqkv_bias),
		.dtable = ip_cpu_at(dtable) };
	int rc;

	if ((rc = ip_op_check_attention_grad(dqkv, dqkv_bias, dtable, dy, qkv,
			qkv_bias, table, s)) < 0 ||
		(rc = ip_cut_init(&j.cut, "attention_grad", qkv, qkv_bias,
			table, s)) < 0)
		return rc;
	j.wide = up(s->dim, j.loops->lanes);
	j.places = (2 * s->reach - 1) * (2 * s->reach - 1);
	j.groups = (UNITS + s->heads - 1) / s->heads;
	j.groups = least(j.groups, j.cut.windows);
	rc = run(dev, &j);
	ip_cut_free(&j.cut);
	return rc;
}
