/*
 * The linear and attention calls of a SwinUNETR of feature size 48 on one
 * 256 x 256 picture, one thread, beside OpenBLAS's bare product of the same
 * sizes. All in turn, round after round; the best round of each counts, so
 * that a machine that others use slows them alike.
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
	struct ip_buf x, w, y, bias;
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

static void one_linear(struct bench *b, const struct linear *l, size_t stage,
	double *ours, double *bare)
{
	size_t side = (l->calls == 1 ? 64 : 128) >> stage;
	struct ip_map in = { 1, side, side, l->in << stage };
	size_t out = l->out << stage;
	double t = bench_threads(1);

	b->ops->linear(b->dev, &b->y, NULL, &b->x, &b->w,
		l->calls == 1 ? NULL : &b->bias, NULL, &in, out, l->act);
	bench_least(ours, bench_threads(1) - t);
	t = bench_threads(1);
	cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans,
		(int)(side * side), (int)out, (int)in.c, 1, b->x.handle,
		(int)in.c, b->w.handle, (int)in.c, 0, b->y.handle, (int)out);
	bench_least(bare, bench_threads(1) - t);
}

static void one_attention(struct bench *b, size_t stage, int shifted,
	double *best)
{
	size_t side = (size_t)128 >> stage, shift = shifted ? 3 : 0;
	struct ip_windows s = { 1, side, side, (size_t)3 << stage, 16,
		{ 7, 7 }, { shift, shift }, 7 };
	double t = bench_threads(1);

	b->ops->attention(b->dev, &b->y, &b->x, &b->bias, &b->w, &s);
	bench_least(best, bench_threads(1) - t);
}

static void report(double ours[][STAGES], double bare[][STAGES],
	double attention[][2])
{
	double all[2] = { 0, 0 }, work = 0, heads = 0;
	size_t i, s;

	for (i = 0; i < LINEARS; i++)
		for (s = 0; s < STAGES; s++) {
			double side = (linears[i].calls == 1 ? 64 : 128) >> s;
			double flop = 2 * side * side *
				(double)(linears[i].in << s) *
				(double)(linears[i].out << s);

			printf("%-6s stage %zu: %6.3f ms %5.0f GFLOP/s, bare "
				"product %6.3f ms %5.0f GFLOP/s\n",
				linears[i].name, s + 1, 1e3 * ours[i][s],
				1e-9 * flop / ours[i][s], 1e3 * bare[i][s],
				1e-9 * flop / bare[i][s]);
			all[0] += ours[i][s] * (double)linears[i].calls;
			all[1] += bare[i][s] * (double)linears[i].calls;
			work += flop * (double)linears[i].calls;
		}
	printf("all linears: %.1f ms %.0f GFLOP/s, bare products %.1f ms "
		"%.0f GFLOP/s\n", 1e3 * all[0], 1e-9 * work / all[0],
		1e3 * all[1], 1e-9 * work / all[1]);
	for (s = 0; s < STAGES; s++) {
		printf("attention stage %zu: %.3f ms, shifted %.3f ms\n",
			s + 1, 1e3 * attention[s][0], 1e3 * attention[s][1]);
		heads += attention[s][0] + attention[s][1];
	}
	printf("all attention: %.2f ms\n", 1e3 * heads);
}

int main(void)
{
	static double ours[LINEARS][STAGES], bare[LINEARS][STAGES];
	static double attention[STAGES][2];
	struct bench b;
	size_t i, s;
	int r;

	ip_threads_set(1);
	ip_blas_single();
	if (ip_dev_open(&b.dev, "cpu-openmp") < 0)
		return 1;
	b.ops = ip_dev_backend(b.dev)->ops;
	if (room(&b, &b.x, 128 * 128 * 192) < 0 ||
		room(&b, &b.y, 128 * 128 * 192) < 0 ||
		room(&b, &b.w, 3072 * 1536) < 0 || room(&b, &b.bias, 3072) < 0)
		return 1;
	for (r = 0; r < ROUNDS; r++)
		for (s = 0; s < STAGES; s++) {
			for (i = 0; i < LINEARS; i++)
				one_linear(&b, &linears[i], s, &ours[i][s],
					&bare[i][s]);
			one_attention(&b, s, 0, &attention[s][0]);
			one_attention(&b, s, 1, &attention[s][1]);
		}
	report(ours, bare, attention);
	ip_dev_close(b.dev);
	return 0;
}
