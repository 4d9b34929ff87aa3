/*
 * A device whose ops of the network note what they took: cpu-openmp's own,
 * called through a table that stands before them. The ops of a run come in the
 * same order every time, so that each keeps the least of all runs.
 */
#ifndef IP_TIMED_OPS_H
#define IP_TIMED_OPS_H

#include <stdio.h>
#include <iphase/backend.h>
#include "bench.h"

enum timed_kind { TIMED_CONV, TIMED_UP, TIMED_LINEAR, TIMED_ATTENTION,
	TIMED_INORM, TIMED_LNORM, TIMED_MERGE, TIMED_KINDS };
static const char *const timed_names[] = { "conv", "conv_transpose", "linear",
	"attention", "instance_norm", "layer_norm", "merge" };

struct timed_call {
	enum timed_kind kind;
	double gflop;		/* multiplications and additions, 1e9 */
	double best;		/* seconds */
	size_t b, h, w, in, out, k;	/* of products */
	char stage[32];
};

enum { TIMED_MAX = 512 };
static struct {
	const struct ip_ops *real;
	struct ip_ops ops;
	struct ip_backend backend;
	struct timed_call call[TIMED_MAX];
	size_t count;
	double sum;		/* seconds in ops since both were 0 */
} timed;

static inline void timed_note(enum timed_kind kind, double started,
	const struct ip_map *in, size_t out, size_t k, double flop)
{
	struct timed_call *c = &timed.call[timed.count];
	double took = bench_now() - started;

	if (timed.count == TIMED_MAX)
		exit(1);
	timed.count++;
	timed.sum += took;
	bench_least(&c->best, took);
	c->kind = kind;
	c->gflop = 1e-9 * flop;
	c->b = in->b;
	c->h = in->h;
	c->w = in->w;
	c->in = in->c;
	c->out = out;
	c->k = k;
}

static inline double timed_pixels(const struct ip_map *m)
{
	return (double)(m->b * m->h * m->w);
}

static inline int timed_conv(struct ip_dev *dev, struct ip_buf *y,
	const struct ip_buf *x, const struct ip_buf *w,
	const struct ip_buf *bias, const struct ip_map *in, size_t out,
	size_t k)
{
	double t = bench_now();
	int rc = timed.real->conv(dev, y, x, w, bias, in, out, k);

	timed_note(TIMED_CONV, t, in, out, k, 2 * timed_pixels(in) *
		(double)(k * k * in->c * out));
	return rc;
}

static inline int timed_conv_transpose(struct ip_dev *dev, struct ip_buf *y,
	const struct ip_slot *slot, const struct ip_buf *x,
	const struct ip_buf *w, const struct ip_map *in, size_t out)
{
	double t = bench_now();
	int rc = timed.real->conv_transpose(dev, y, slot, x, w, in, out);

	timed_note(TIMED_UP, t, in, out, 2, 8 * timed_pixels(in) *
		(double)(in->c * out));
	return rc;
}

static inline int timed_linear(struct ip_dev *dev, struct ip_buf *y,
	struct ip_buf *pre, const struct ip_buf *x, const struct ip_buf *w,
	const struct ip_buf *bias, const struct ip_buf *add,
	const struct ip_map *in, size_t out, enum ip_act act)
{
	double t = bench_now();
	int rc = timed.real->linear(dev, y, pre, x, w, bias, add, in, out, act);

	timed_note(TIMED_LINEAR, t, in, out, 1, 2 * timed_pixels(in) *
		(double)(in->c * out));
	return rc;
}

static inline size_t timed_up(size_t n, size_t step)
{
	return (n + step - 1) / step * step;
}

static inline int timed_attention(struct ip_dev *dev, struct ip_buf *y,
	const struct ip_buf *qkv, const struct ip_buf *qkv_bias,
	const struct ip_buf *table, const struct ip_windows *s)
{
	struct ip_map in = { s->b, s->h, s->w, s->heads * s->dim };
	double t = bench_now();
	int rc = timed.real->attention(dev, y, qkv, qkv_bias, table, s);

	/* q k' and the sum of v, with the padding's tokens */
	timed_note(TIMED_ATTENTION, t, &in, in.c, 1, 4 * (double)(s->b *
		timed_up(s->h, s->window[0]) * timed_up(s->w, s->window[1]) *
		s->window[0] * s->window[1] * in.c));
	return rc;
}

static inline int timed_instance_norm(struct ip_dev *dev, struct ip_buf *y,
	const struct ip_slot *slot, struct ip_buf *stats,
	const struct ip_buf *x, const struct ip_buf *add,
	const struct ip_map *in, double eps, double slope)
{
	double t = bench_now();
	int rc = timed.real->instance_norm(dev, y, slot, stats, x, add, in,
		eps, slope);

	timed_note(TIMED_INORM, t, in, in->c, 1, 0);
	return rc;
}

static inline int timed_layer_norm(struct ip_dev *dev, struct ip_buf *y,
	const struct ip_slot *slot, const struct ip_buf *x,
	const struct ip_buf *gamma, const struct ip_buf *beta,
	const struct ip_map *in, double eps)
{
	double t = bench_now();
	int rc = timed.real->layer_norm(dev, y, slot, x, gamma, beta, in, eps);

	timed_note(TIMED_LNORM, t, in, in->c, 1, 0);
	return rc;
}

static inline int timed_merge(struct ip_dev *dev, struct ip_buf *y,
	const struct ip_buf *x, const struct ip_map *in)
{
	double t = bench_now();
	int rc = timed.real->merge(dev, y, x, in);

	timed_note(TIMED_MERGE, t, in, in->c, 1, 0);
	return rc;
}

/* dev's ops of the network are timed from now on; one device a program. */
static inline void timed_begin(struct ip_dev *dev)
{
	timed.backend = *ip_dev_backend(dev);
	timed.real = timed.backend.ops;
	timed.ops = *timed.real;
	timed.ops.conv = timed_conv;
	timed.ops.conv_transpose = timed_conv_transpose;
	timed.ops.linear = timed_linear;
	timed.ops.attention = timed_attention;
	timed.ops.instance_norm = timed_instance_norm;
	timed.ops.layer_norm = timed_layer_norm;
	timed.ops.merge = timed_merge;
	timed.backend.ops = &timed.ops;
	((struct ip_dev_head *)(void *)dev)->backend = &timed.backend;
}

/* Forget what was noted, of another network or number of threads. */
static inline void timed_forget(void)
{
	memset(timed.call, 0, sizeof(timed.call));
	timed.count = 0;
}

/* What came since the last name belongs to this stage. */
static inline void timed_stage(const char *name)
{
	size_t i = timed.count;

	while (i > 0 && timed.call[i - 1].stage[0] == '\0')
		snprintf(timed.call[--i].stage, sizeof(timed.call[i].stage),
			"%s", name);
}

#endif
