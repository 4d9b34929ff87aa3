/*
 * The convolutions of the network of feature size 48 on a picture of 256 x 256
 * pixels: what each costs on one thread and on two, and its rate, counted by
 * the operations of the plain sum, beside that of OpenBLAS's product of square
 * matrices. All are measured in turn, round after round, and the best round of
 * each counts. OpenBLAS knows few processors and takes slower kernels on
 * others: OPENBLAS_CORETYPE=SkylakeX chooses those of AVX-512.
 */
#include <cblas.h>
#include <stdio.h>
#include <stdlib.h>
#include <iphase/backend.h>
#include <iphase/threads.h>
#include "core/blas.h"
#include "bench.h"

enum { ROUNDS = 12, SQUARE = 1024 };

/* side x side pixels; times: how often the network has it */
static const struct layer { size_t side, in, out, k, times; int bias; }
layers[] = {
	{ 256, 11, 48, 3, 1, 0 }, { 256, 48, 48, 3, 2, 0 },
	{ 256, 96, 48, 3, 1, 0 }, { 128, 48, 48, 3, 3, 0 },
	{ 128, 96, 48, 3, 1, 0 }, { 64, 96, 96, 3, 3, 0 },
	{ 64, 192, 96, 3, 1, 0 }, { 32, 192, 192, 3, 3, 0 },
	{ 32, 384, 192, 3, 1, 0 }, { 16, 768, 384, 3, 1, 0 },
	{ 16, 384, 384, 3, 1, 0 }, { 8, 768, 768, 3, 2, 0 },
	{ 256, 11, 48, 1, 1, 0 }, { 256, 96, 48, 1, 1, 0 },
	{ 128, 96, 48, 1, 1, 0 }, { 64, 192, 96, 1, 1, 0 },
	{ 32, 384, 192, 1, 1, 0 }, { 16, 768, 384, 1, 1, 0 },
	{ 256, 48, 1, 1, 1, 1 },
};
enum { LAYERS = sizeof(layers) / sizeof(layers[0]) };

struct bench {
	struct ip_dev *dev;
	const struct ip_backend *be;
	struct ip_buf x, w, y, bias;
	double best[LAYERS][2], square;
};

static void give(const struct bench *b, struct ip_buf *buf, size_t n)
{
	float *x = malloc(n * sizeof(*x));
	size_t i;

	for (i = 0; x != NULL && i < n; i++)
		x[i] = (float)(i * 7919 % 1000) / 1000 - 0.5f;
	if (x == NULL || b->be->alloc(b->dev, buf, n * sizeof(*x)) < 0 ||
		b->be->put(b->dev, buf, 0, x, n * sizeof(*x)) < 0)
		exit(1);
	free(x);
}

static void run_square(struct bench *b)
{
	float *x = b->x.handle, *y = b->y.handle;
	double t;

	ip_blas_single();
	t = bench_threads(1);
	cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, SQUARE, SQUARE,
		SQUARE, 1, x, SQUARE, x + SQUARE * SQUARE, SQUARE, 0, y,
		SQUARE);
	bench_least(&b->square, bench_threads(1) - t);
}

static void run_layer(struct bench *b, size_t i, int threads)
{
	const struct layer *l = &layers[i];
	struct ip_map in = { 1, 0, 0, 0 };
	double t;

	in.h = in.w = l->side;
	in.c = l->in;
	ip_threads_set(threads);
	t = bench_threads(threads);
	if (b->be->ops->conv(b->dev, &b->y, &b->x, &b->w,
			l->bias ? &b->bias : NULL, &in, l->out, l->k) < 0)
		exit(1);
	bench_least(&b->best[i][threads - 1], bench_threads(threads) - t);
}

static void line(const char *what, double ops, const double *best, double peak)
{
	double rate = 1e-9 * ops / best[0];

	printf("  %-24s %8.3f ms %8.3f ms %6.2f %8.0f %6.2f\n", what,
		1e3 * best[0], 1e3 * best[1], best[0] / best[1], rate,
		rate / peak);
}

static void report(const struct bench *b)
{
	double peak = 1e-9 * 2 * SQUARE * SQUARE * SQUARE / b->square;
	double all = 0, sum[2] = { 0 };
	char what[64];
	size_t i;

	printf("%s, sgemm of %d^3 on one thread: %.0f GFLOP/s\n",
		ip_isa_name(ip_isa()), SQUARE, peak);
	printf("  %-24s %11s %11s %6s %8s %6s\n", "", "1 thread",
		"2 threads", "gain", "GFLOP/s", "share");
	for (i = 0; i < LAYERS; i++) {
		const struct layer *l = &layers[i];
		double ops = 2.0 * (double)(l->side * l->side * l->in *
			l->out * l->k * l->k);

		snprintf(what, sizeof(what), "%zu^2 %zu->%zu %zux%zu (%zu)",
			l->side, l->in, l->out, l->k, l->k, l->times);
		line(what, ops, b->best[i], peak);
		all += ops * (double)l->times;
		sum[0] += b->best[i][0] * (double)l->times;
		sum[1] += b->best[i][1] * (double)l->times;
	}
	line("all of them", all, sum, peak);
}

int main(void)
{
	struct bench b = { 0 };
	size_t i;
	int r;

	if (ip_dev_open(&b.dev, "cpu-openmp") < 0)
		return 1;
	b.be = ip_dev_backend(b.dev);
	give(&b, &b.x, 256 * 256 * 96);
	give(&b, &b.w, 9 * 768 * 768);
	give(&b, &b.y, 256 * 256 * 48);
	give(&b, &b.bias, 768);
	for (r = 0; r < ROUNDS; r++) {
		run_square(&b);
		for (i = 0; i < LAYERS; i++) {
			run_layer(&b, i, 1);
			run_layer(&b, i, 2);
		}
	}
	report(&b);
	ip_dev_close(b.dev);
	return 0;
}
