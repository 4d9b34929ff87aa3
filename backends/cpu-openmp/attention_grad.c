/*
 * Gradient of attention, a window and head at a time like that. What a window
 * adds to the table and to qkv_bias goes to sums of its group of windows, so
 * that these do not depend on which thread did what; there are as many groups
 * as give every thread some heads of some group.
 */
#include <math.h>
#include <string.h>
#include <iphase/threads.h>
#include "windows.h"

/* Pairs of group and head, at least, if there are as many windows. */
enum { UNITS = 32 };

struct attention_grad {
	struct ip_cut cut;
	const struct ip_loops *loops;
	const ip_real *dy, *qkv, *qkv_bias;
	ip_real *dqkv, *dqkv_bias, *dtable;
	size_t groups;
	ip_real *tables;		/* [groups][heads][key][pitch] */
	ip_real *biases;		/* [groups][heads][3][dim] */
};

/* A window's tokens: NULL in dy and out for those that pad. */
struct tokens {
	const ip_real **in, **dy;
	ip_real **out;
};

struct place {
	ip_real *p, *ds;
	size_t *pixel;
	struct tokens now;
};

static size_t settle(const struct attention_grad *j, char *memory,
	struct place *p)
{
	size_t real = sizeof(ip_real), used = 0, n = j->cut.tokens;

	p->p = ip_cut_take(memory, &used, n * real);
	p->ds = ip_cut_take(memory, &used, n * real);
	p->pixel = ip_cut_take(memory, &used, n * sizeof(*p->pixel));
	p->now.in = ip_cut_take(memory, &used, n * sizeof(*p->now.in));
	p->now.dy = ip_cut_take(memory, &used, n * sizeof(*p->now.dy));
	p->now.out = ip_cut_take(memory, &used, n * sizeof(*p->now.out));
	return used;
}

static void find(const struct attention_grad *j, size_t window,
	struct place *p)
{
	size_t channels = j->cut.channels, i;

	ip_cut_find(&j->cut, window, p->pixel);
	for (i = 0; i < j->cut.tokens; i++) {
		size_t pixel = p->pixel[i];
		int padding = pixel == IP_CUT_PADDING;

		p->now.in[i] = padding ? j->qkv_bias :
			j->qkv + 3 * pixel * channels;
		p->now.dy[i] = padding ? NULL : j->dy + pixel * channels;
		p->now.out[i] = padding ? NULL :
			j->dqkv + 3 * pixel * channels;
	}
}

/* One query: probabilities to p, gradients of logits to ds. */
static void query(const struct attention_grad *j, const struct place *p,
	const ip_real *bias, const ip_real *mask, size_t head, size_t i)
{
	size_t n = j->cut.tokens, dim = j->cut.s.dim, c = j->cut.channels;
	const ip_real *q = p->now.in[i] + head * dim;
	const ip_real *g = p->now.dy[i] + head * dim;
	double sum = 0, mean = 0, most = -HUGE_VAL;
	size_t k, d;

	for (k = 0; k < n; k++) {
		const ip_real *key = p->now.in[k] + c + head * dim;
		size_t at = k * j->cut.pitch + i;
		ip_real x = 0, y = 0;

		for (d = 0; d < dim; d++) {
			x += q[d] * key[d];
			y += g[d] * key[c + d];
		}
		p->p[k] = x * j->cut.scale + bias[at] + (mask ? mask[at] : 0);
		p->ds[k] = y;
		most = (double)p->p[k] > most ? (double)p->p[k] : most;
	}
	for (k = 0; k < n; k++) {
		double e = exp2((double)p->p[k] - most);

		p->p[k] = (ip_real)e;
		sum += e;
		mean += e * (double)p->ds[k];
	}
	for (k = 0; k < n; k++) {
		p->p[k] = (ip_real)((double)p->p[k] / sum);
		p->ds[k] = p->p[k] * (p->ds[k] - (ip_real)(mean / sum));
	}
}

static void one_window(const struct attention_grad *j, size_t window,
	size_t head, ip_real *table, ip_real *spare, const struct place *p)
{
	size_t n = j->cut.tokens, dim = j->cut.s.dim, c = j->cut.channels;
	const ip_real *bias = j->cut.bias + head * n * j->cut.pitch;
	ip_real scale = (ip_real)(1 / sqrt((double)dim));
	size_t i, k, d, at = head * dim;

	for (i = 0; i < n; i++)
		for (d = 0; p->now.out[i] && d < 3; d++)
			memset(p->now.out[i] + d * c + at, 0, dim *
				sizeof(ip_real));
	for (i = 0; i < n; i++) {
		const ip_real *g = p->now.dy[i], *q = p->now.in[i];
		ip_real *dq = p->now.out[i];

		if (g == NULL)
			continue;
		query(j, p, bias, ip_cut_mask(&j->cut, window), head, i);
		for (k = 0; k < n; k++) {
			int padding = p->now.out[k] == NULL;
			ip_real *dk = padding ? spare + dim :
				p->now.out[k] + c + at;
			ip_real *dv = padding ? dk + dim : dk + c;

			table[k * j->cut.pitch + i] += p->ds[k];
			for (d = 0; d < dim; d++) {
				dq[at + d] += scale * p->ds[k] *
					p->now.in[k][c + at + d];
				dk[d] += scale * p->ds[k] * q[at + d];
				dv[d] += p->p[k] * g[at + d];
			}
		}
	}
}

static void one_unit(const struct attention_grad *j, size_t unit,
	struct place *p)
{
	size_t heads = j->cut.s.heads, n = j->cut.windows, dim = j->cut.s.dim;
	size_t group = unit / heads, square = j->cut.tokens * j->cut.pitch, i;
	ip_real *table = j->tables + unit * square;
	ip_real *spare = j->biases + unit * 3 * dim;

	memset(table, 0, square * sizeof(*table));
	memset(spare, 0, 3 * dim * sizeof(*spare));
	for (i = n * group / j->groups; i < n * (group + 1) / j->groups; i++) {
		find(j, i, p);
		one_window(j, i, unit % heads, table, spare, p);
	}
}

/* The sums of all groups, in their order, of one head. */
static void one_head(const struct attention_grad *j, size_t head)
{
	size_t n = j->cut.tokens, dim = j->cut.s.dim, q, k, d, g;

	for (k = 0; k < n; k++)
		for (q = 0; q < n; q++) {
			ip_real *to = j->dtable + ip_cut_place(&j->cut, q, k) +
				head;

			for (g = 0; g < j->groups; g++)
				*to += j->tables[((g * j->cut.s.heads + head) *
					n + k) * j->cut.pitch + q];
		}
	for (d = 0; d < 3 * dim; d++)
		for (g = 0; g < j->groups; g++)
			j->dqkv_bias[d / dim * j->cut.channels + head * dim +
				d % dim] += j->biases[(g * j->cut.s.heads +
				head) * 3 * dim + d];
}

static int run(struct ip_dev *dev, struct attention_grad *j)
{
	size_t threads = (size_t)ip_threads(), used = 0, each, units;
	size_t square = j->cut.tokens * j->cut.pitch, real = sizeof(ip_real);
	size_t tables, biases;
	struct place p;
	char *memory;
	long i;

	units = j->groups * j->cut.s.heads;
	ip_cut_take(NULL, &used, units * square * real);
	biases = used;
	ip_cut_take(NULL, &used, units * 3 * j->cut.s.dim * real);
	tables = used;
	each = settle(j, NULL, &p);
	memory = ip_cpu_scratch(dev, tables + threads * each);
	if (memory == NULL)
		return IP_ENOMEM;
	j->tables = (ip_real *)(void *)memory;
	j->biases = (ip_real *)(void *)(memory + biases);
#pragma omp parallel for num_threads((int)threads) private(p) schedule(static)
	for (i = 0; i < (long)threads; i++) {
		size_t u;

		settle(j, memory + tables + (size_t)i * each, &p);
		for (u = units * (size_t)i / threads;
			u < units * ((size_t)i + 1) / threads; u++)
			one_unit(j, u, &p);
	}
#pragma omp parallel for num_threads((int)threads) schedule(static)
	for (i = 0; i < (long)j->cut.s.heads; i++)
		one_head(j, (size_t)i);
	return IP_OK;
}

static int check(const struct ip_buf *dqkv, const struct ip_buf *dqkv_bias,
	const struct ip_buf *dtable, const struct ip_cut *c)
{
	static const char op[] = "attention_grad";
	struct ip_map m = { c->s.b, c->s.h, c->s.w, 3 * c->channels };
	size_t side = 2 * c->s.reach - 1, real = sizeof(ip_real);
	int rc;

	if ((rc = ip_cpu_check_map(op, "dqkv", dqkv, &m, 0)) < 0 ||
		(rc = ip_cpu_check(op, "dqkv_bias", dqkv_bias, 3, c->channels,
			1, real)) < 0 ||
		(rc = ip_cpu_check(op, "dtable", dtable, side, side,
			c->s.heads, real)) < 0)
		return rc;
	return IP_OK;
}

int ip_cpu_attention_grad(struct ip_dev *dev, struct ip_buf *dqkv,
	struct ip_buf *dqkv_bias, struct ip_buf *dtable,
	const struct ip_buf *dy, const struct ip_buf *qkv,
	const struct ip_buf *qkv_bias, const struct ip_buf *table,
	const struct ip_windows *s)
{
	struct attention_grad j = { .loops = ip_loops(), .dy = ip_cpu_at(dy),
		.qkv = ip_cpu_at(qkv), .qkv_bias = ip_cpu_at(qkv_bias),
		.dqkv = ip_cpu_at(dqkv), .dqkv_bias = ip_cpu_at(dqkv_bias),
		.dtable = ip_cpu_at(dtable) };
	int rc;

	if ((rc = ip_cut_init(&j.cut, "attention_grad", "dy", dy, qkv,
		qkv_bias, table, s)) < 0)
		return rc;
	j.groups = (UNITS + s->heads - 1) / s->heads;
	j.groups = j.groups < j.cut.windows ? j.groups : j.cut.windows;
	rc = check(dqkv, dqkv_bias, dtable, &j.cut);
	if (rc == IP_OK)
		rc = run(dev, &j);
	ip_cut_free(&j.cut);
	return rc;
}
