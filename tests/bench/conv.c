/*
 * The convolutions of the network of feature size 48 on a picture of 256 x 256
 * pixels, and their gradients: what each costs on one thread, its rate,
 * counted by the operations of the plain sum, beside that of OpenBLAS's
 * product of square matrices, and what all cost on one thread and on two. All
 * are measured in turn, round after round, and the best round of each counts.
 * OpenBLAS knows few processors and takes slower kernels on others:
 * OPENBLAS_CORETYPE=SkylakeX chooses those of AVX-512.
 */
#include <cblas.h>
#include <stdio.h>
#include <stdlib.h>
#include <iphase/backend.h>
#include <iphase/threads.h>
#include "core/blas.h"
#include "bench.h"

enum { ROUNDS = 12, SQUARE = 1024, TRANSPOSED = 2 };

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
	{ 8, 768, 384, TRANSPOSED, 1, 0 }, { 16, 384, 192, TRANSPOSED, 1, 0 },
	{ 32, 192, 96, TRANSPOSED, 1, 0 }, { 64, 96, 48, TRANSPOSED, 1, 0 },
	{ 128, 48, 48, TRANSPOSED, 1, 0 },
};
enum { LAYERS = sizeof(layers) / sizeof(layers[0]) };

/* What is measured of a layer; dw with the bias's gradient. */
enum what { FORWARD, DX, DW, WHATS };

struct bench {
	struct ip_dev *dev;
	const struct ip_ops *ops;
	struct ip_buf x, w, y, bias, dx, dw;
	double best[LAYERS][WHATS][2], square;
};

static void give(const struct bench *b, struct ip_buf *buf, size_t n)
{
	const struct ip_backend *be = ip_dev_backend(b->dev);
	float *x = bench_numbers(n);

	if (be->alloc(b->dev, buf, n * sizeof(*x)) < 0 ||
		be->put(b->dev, buf, 0, x, n * sizeof(*x)) < 0)
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

static int run_op(struct bench *b, const struct layer *l, enum what what)
{
	struct ip_map in = { 1, l->side, l->side, l->in };
	struct ip_buf *dx = what == DX ? &b->dx : NULL;
	struct ip_buf *dw = what == DW ? &b->dw : NULL;

	if (l->k == TRANSPOSED)
		return what == FORWARD ? b->ops->conv_transpose(b->dev, &b->y,
			NULL, &b->x, &b->w, &in, l->out) :
			b->ops->conv_transpose_grad(b->dev, dx, dw, &b->y,
			NULL, &b->x, &b->w, &in, l->out);
	if (what == FORWARD)
		return b->ops->conv(b->dev, &b->y, &b->x, &b->w, l->bias ?
			&b->bias : NULL, &in, l->out, l->k);
	return b->ops->conv_grad(b->dev, dx, dw, l->bias && dw ? &b->bias :
		NULL, &b->y, &b->x, &b->w, &in, l->out, l->k, 0);
}

static void run_layer(struct bench *b, size_t i, int threads)
{
	enum what what;
	double t;

	ip_threads_set(threads);
	for (what = FORWARD; what < WHATS; what++) {
		t = bench_threads(threads);
		if (run_op(b, &layers[i], what) < 0)
			exit(1);
		bench_least(&b->best[i][what][threads - 1],
			bench_threads(threads) - t);
	}
}

static void line(const char *what, double ops, const double (*best)[2],
	double peak)
{
	int i;

	printf("  %-20s", what);
	for (i = 0; i < WHATS; i++)
		printf(" %8.3f ms %5.2f", 1e3 * best[i][0], 1e-9 * ops /
			best[i][0] / peak);
	printf(" %5.2f %5.2f\n", best[DX][0] / best[FORWARD][0],
		best[DW][0] / best[FORWARD][0]);
}

static void report(const struct bench *b)
{
	double peak = 1e-9 * 2 * SQUARE * SQUARE * SQUARE / b->square;
	double all = 0, sum[WHATS][2] = { { 0 } };
	char what[64];
	size_t i, k;

	printf("%s, sgemm of %d^3 on one thread: %.0f GFLOP/s\n",
		ip_isa_name(ip_isa()), SQUARE, peak);
	printf("  %-20s %11s %5s %11s %5s %11s %5s %11s\n", "", "forward",
		"share", "dx", "share", "dw", "share", "to forward");
	for (i = 0; i < LAYERS; i++) {
		const struct layer *l = &layers[i];
		double ops = 2.0 * (double)(l->side * l->side * l->in *
			l->out * l->k * l->k);

		snprintf(what, sizeof(what), "%zu^2 %zu->%zu %s (%zu)",
			l->side, l->in, l->out, l->k == TRANSPOSED ? "T" :
			l->k == 3 ? "3x3" : "1x1", l->times);
		line(what, ops, b->best[i], peak);
		all += ops * (double)l->times;
		for (k = 0; k < 2 * WHATS; k++)
			sum[k / 2][k % 2] += b->best[i][k / 2][k % 2] *
				(double)l->times;
	}
	line("all of them", all, (const double (*)[2])sum, peak);
	printf("  on two threads %17.3f ms %14.3f ms %14.3f ms\n",
		1e3 * sum[FORWARD][1], 1e3 * sum[DX][1], 1e3 * sum[DW][1]);
}

int main(void)
{
	struct bench b = { 0 };
	size_t i;
	int r;

	if (ip_dev_open(&b.dev, "cpu-openmp") < 0)
		return 1;
	b.ops = ip_dev_backend(b.dev)->ops;
	give(&b, &b.x, 256 * 256 * 96);
	give(&b, &b.w, 9 * 768 * 768);
	give(&b, &b.y, 256 * 256 * 48);
	give(&b, &b.bias, 768);
	give(&b, &b.dx, 256 * 256 * 96);
	give(&b, &b.dw, 9 * 768 * 768);
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
