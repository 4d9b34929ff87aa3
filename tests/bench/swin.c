/*
 * The linear and attention calls of a SwinUNETR of feature size 48 on one
 * 256 x 256 picture, and their gradients, one thread, beside OpenBLAS's bare
 * product of the forward's sizes. All in turn, round after round; the best
 * round of each counts, so that a machine that others use slows them alike.
 */
#include <cblas.h>
#include <stdio.h>
#include <stdlib.h>
#include <iphase/backend.h>
#include <iphase/threads.h>
#include "core/blas.h"
#include "bench.h"

enum { ROUNDS = 30, LINEARS = 5, STAGES = 4 };

struct bench {
	struct ip_dev *dev;
	const struct ip_ops *ops;
	struct ip_buf x, w, y, bias, pre, dx, dw, dbias;
};

static int room(struct bench *b, struct ip_buf *buf, size_t n)
{
	const struct ip_backend *be = ip_dev_backend(b->dev);
	float *x = malloc(n * sizeof(*x));
	size_t i;
	int rc = x == NULL ? -1 : be->alloc(b->dev, buf, n * sizeof(*x));

	for (i = 0; rc == 0 && i < n; i++)
		x[i] = (float)((i * 2654435761u >> 8) % 1000) * 2e-3f - 1;
	if (rc == 0)
		rc = be->put(b->dev, buf, 0, x, n * sizeof(*x));
	free(x);
	return rc;
}

/* A linear of stage 1; each stage has half the side, twice the channels. */
static const struct linear {
	const char *name;
	size_t in, out, calls;
	enum ip_act act;
} linears[LINEARS] = {
	{ "qkv", 48, 144, 2, IP_ACT_NONE },
	{ "proj", 48, 48, 2, IP_ACT_NONE },
	{ "mlp 1", 48, 192, 2, IP_ACT_GELU },
	{ "mlp 2", 192, 48, 2, IP_ACT_NONE },
	{ "merge", 192, 96, 1, IP_ACT_NONE },
};

/* Forward, gradient, bare product: seconds. */
enum { FORTH, BACK, BARE, TIMES };

static void one_linear(struct bench *b, const struct linear *l, size_t stage,
	double *best)
{
	struct ip_buf *bias = l->calls == 1 ? NULL : &b->bias;
	size_t side = (l->calls == 1 ? 64 : 128) >> stage;
	struct ip_map in = { 1, side, side, l->in << stage };
	size_t out = l->out << stage;
	double t = bench_threads(1);

	b->ops->linear(b->dev, &b->y, NULL, &b->x, &b->w, bias, NULL, &in, out,
		l->act);
	bench_least(&best[FORTH], bench_threads(1) - t);
	t = bench_threads(1);
	b->ops->linear_grad(b->dev, &b->dx, &b->dw, bias ? &b->dbias : NULL,
		&b->y, l->act == IP_ACT_GELU ? &b->pre : NULL, &b->x, &b->w,
		&in, out);
	bench_least(&best[BACK], bench_threads(1) - t);
	t = bench_threads(1);
	cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans,
		(int)(side * side), (int)out, (int)in.c, 1, b->x.handle,
		(int)in.c, b->w.handle, (int)in.c, 0, b->y.handle, (int)out);
	bench_least(&best[BARE], bench_threads(1) - t);
}

static void one_attention(struct bench *b, size_t stage, int shifted,
	double *best)
{
	size_t side = (size_t)128 >> stage, shift = shifted ? 3 : 0;
	struct ip_windows s = { 1, side, side, (size_t)3 << stage, 16,
		{ 7, 7 }, { shift, shift }, 7 };
	double t = bench_threads(1);

	b->ops->attention(b->dev, &b->y, &b->x, &b->bias, &b->w, &s);
	bench_least(&best[FORTH], bench_threads(1) - t);
	t = bench_threads(1);
	b->ops->attention_grad(b->dev, &b->dx, &b->dbias, &b->dw, &b->y, &b->x,
		&b->bias, &b->w, &s);
	bench_least(&best[BACK], bench_threads(1) - t);
}

static void report_linear(const struct linear *l, size_t stage,
	const double *best, double *all, double *work)
{
	double side = (l->calls == 1 ? 64 : 128) >> stage;
	double flop = 2 * side * side * (double)(l->in << stage) *
		(double)(l->out << stage);
	size_t i;

	printf("%-6s stage %zu: %6.3f ms %4.0f GFLOP/s, gradient %6.3f ms %4.0f"
		" GFLOP/s (x %.2f), bare product %6.3f ms\n", l->name,
		stage + 1, 1e3 * best[FORTH], 1e-9 * flop / best[FORTH],
		1e3 * best[BACK], 2e-9 * flop / best[BACK],
		best[BACK] / best[FORTH], 1e3 * best[BARE]);
	for (i = 0; i < TIMES; i++)
		all[i] += best[i] * (double)l->calls;
	*work += flop * (double)l->calls;
}

static void report(double linear[][STAGES][TIMES],
	double attention[][2][TIMES])
{
	double all[TIMES] = { 0 }, heads[TIMES] = { 0 }, work = 0;
	size_t i, s;

	for (i = 0; i < LINEARS; i++)
		for (s = 0; s < STAGES; s++)
			report_linear(&linears[i], s, linear[i][s], all, &work);
	printf("all linears: %.1f ms %.0f GFLOP/s, gradients %.1f ms (x %.2f),"
		" bare products %.1f ms\n", 1e3 * all[FORTH], 1e-9 * work /
		all[FORTH], 1e3 * all[BACK], all[BACK] / all[FORTH],
		1e3 * all[BARE]);
	for (s = 0; s < STAGES; s++)
		for (i = 0; i < 2; i++) {
			const double *best = attention[s][i];

			printf("attention stage %zu%s: %.3f ms, gradient %.3f "
				"ms (x %.2f)\n", s + 1, i ? ", shifted" : "",
				1e3 * best[FORTH], 1e3 * best[BACK],
				best[BACK] / best[FORTH]);
			heads[FORTH] += best[FORTH];
			heads[BACK] += best[BACK];
		}
	printf("all attention: %.2f ms, gradients %.2f ms (x %.2f)\n",
		1e3 * heads[FORTH], 1e3 * heads[BACK], heads[BACK] /
		heads[FORTH]);
}

static int rooms(struct bench *b)
{
	size_t map = 128 * 128 * 192, w = 3072 * 1536;

	return room(b, &b->x, map) < 0 || room(b, &b->y, map) < 0 ||
		room(b, &b->w, w) < 0 || room(b, &b->bias, 3072) < 0 ||
		room(b, &b->pre, map) < 0 || room(b, &b->dx, map) < 0 ||
		room(b, &b->dw, w) < 0 || room(b, &b->dbias, 3072) < 0;
}

int main(void)
{
	static double linear[LINEARS][STAGES][TIMES];
	static double attention[STAGES][2][TIMES];
	struct bench b;
	size_t i, s;
	int r;

	ip_threads_set(1);
	ip_blas_single();
	if (ip_dev_open(&b.dev, "cpu-openmp") < 0)
		return 1;
	b.ops = ip_dev_backend(b.dev)->ops;
	if (rooms(&b))
		return 1;
	for (r = 0; r < ROUNDS; r++)
		for (s = 0; s < STAGES; s++) {
			for (i = 0; i < LINEARS; i++)
				one_linear(&b, &linears[i], s, linear[i][s]);
			for (i = 0; i < 2; i++)
				one_attention(&b, s, (int)i, attention[s][i]);
		}
	report(linear, attention);
	ip_dev_close(b.dev);
	return 0;
}
