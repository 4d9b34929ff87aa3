/*
 * The ops that only pass over a map, their gradients, the losses and AdamW, at
 * the sizes of the network of feature size 48 for pictures of 256 x 256,
 * against memcpy of as many numbers, and what a second thread brings. All are
 * timed in turn, round after round, and the best round of each counts.
 */
#include <stdio.h>
#include <iphase/backend.h>
#include <iphase/threads.h>
#include "bench.h"

enum { ROUNDS = 30 };

enum what { NORM, NORM_ADD, NORM_SLOT, LAYER, MERGE, UP, NORM_GRAD,
	NORM_ADD_GRAD, NORM_SLOT_GRAD, LAYER_GRAD, SPACE, FOURIER, ADAMW,
	SQUARES, BLEND };
static const struct row {
	const char *name;
	enum what what;
	struct ip_map in;
	size_t out;
} rows[] = {
	{ "instance_norm", NORM, { 1, 256, 256, 48 }, 48 },
	{ "instance_norm, add", NORM_ADD, { 1, 256, 256, 48 }, 48 },
	{ "instance_norm, add, slot", NORM_SLOT, { 1, 256, 256, 48 }, 48 },
	{ "instance_norm, add", NORM_ADD, { 1, 128, 128, 48 }, 48 },
	{ "instance_norm, add", NORM_ADD, { 1, 64, 64, 96 }, 96 },
	{ "instance_norm, add", NORM_ADD, { 1, 32, 32, 192 }, 192 },
	{ "instance_norm, add", NORM_ADD, { 1, 16, 16, 384 }, 384 },
	{ "instance_norm, add", NORM_ADD, { 1, 8, 8, 768 }, 768 },
	{ "instance_norm, add", NORM_ADD, { 1, 256, 256, 12 }, 12 },
	{ "instance_norm, add, slot", NORM_SLOT, { 1, 256, 256, 12 }, 12 },
	{ "layer_norm", LAYER, { 1, 128, 128, 12 }, 12 },
	{ "layer_norm", LAYER, { 1, 128, 128, 24 }, 24 },
	{ "layer_norm", LAYER, { 1, 128, 128, 48 }, 48 },
	{ "layer_norm", LAYER, { 1, 64, 64, 96 }, 96 },
	{ "layer_norm", LAYER, { 1, 64, 64, 192 }, 192 },
	{ "layer_norm", LAYER, { 1, 16, 16, 384 }, 384 },
	{ "layer_norm", LAYER, { 1, 8, 8, 1536 }, 1536 },
	{ "merge", MERGE, { 1, 256, 256, 11 }, 11 },
	{ "merge", MERGE, { 1, 128, 128, 48 }, 48 },
	{ "merge", MERGE, { 1, 16, 16, 384 }, 384 },
	{ "conv_transpose", UP, { 1, 8, 8, 768 }, 384 },
	{ "conv_transpose", UP, { 1, 16, 16, 384 }, 192 },
	{ "conv_transpose", UP, { 1, 32, 32, 192 }, 96 },
	{ "conv_transpose", UP, { 1, 64, 64, 96 }, 48 },
	{ "conv_transpose", UP, { 1, 128, 128, 48 }, 48 },
	{ "instance_norm_grad", NORM_GRAD, { 1, 256, 256, 48 }, 48 },
	{ "instance_norm_grad, add", NORM_ADD_GRAD, { 1, 256, 256, 48 }, 48 },
	{ " add, slot", NORM_SLOT_GRAD, { 1, 256, 256, 48 }, 48 },
	{ "instance_norm_grad, add", NORM_ADD_GRAD, { 1, 64, 64, 96 }, 96 },
	{ "instance_norm_grad, add", NORM_ADD_GRAD, { 1, 16, 16, 384 }, 384 },
	{ "instance_norm_grad, add", NORM_ADD_GRAD, { 1, 256, 256, 12 }, 12 },
	{ " add, slot", NORM_SLOT_GRAD, { 1, 256, 256, 12 }, 12 },
	{ "layer_norm_grad", LAYER_GRAD, { 1, 128, 128, 12 }, 12 },
	{ "layer_norm_grad", LAYER_GRAD, { 1, 128, 128, 24 }, 24 },
	{ "layer_norm_grad", LAYER_GRAD, { 1, 128, 128, 48 }, 48 },
	{ "layer_norm_grad", LAYER_GRAD, { 1, 64, 64, 96 }, 96 },
	{ "layer_norm_grad", LAYER_GRAD, { 1, 16, 16, 384 }, 384 },
	{ "loss_space", SPACE, { 1, 256, 256, 1 }, 1 },
	{ "loss_fourier", FOURIER, { 1, 256, 256, 1 }, 1 },
	{ "loss_fourier", FOURIER, { 2, 256, 256, 1 }, 1 },
	{ "adamw", ADAMW, { 1, 256, 256, 48 }, 48 },
	{ "sum_squares", SQUARES, { 1, 256, 256, 48 }, 48 },
	{ "blend", BLEND, { 1, 256, 256, 48 }, 48 },
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

/* Seconds, by 1 and 2 threads. */
static struct { double op[2], copy[2]; } best[ROWS];

static struct ip_dev *dev;
static const struct ip_ops *ops;
static struct ip_buf x, add, y, w, stats, dx, dadd;

static void give(struct ip_buf *buf, size_t n)
{
	float *v = bench_numbers(n);
	const struct ip_backend *be = ip_dev_backend(dev);

	if (be->alloc(dev, buf, n * sizeof(*v)) < 0 ||
		be->put(dev, buf, 0, v, n * sizeof(*v)) < 0)
		exit(1);
	free(v);
}

static int grad(const struct row *r, const struct ip_slot *slot)
{
	static const double weight[2] = { 1, 0.1 };
	static const struct ip_adamw how = { 2e-4, 0.9, 0.999, 1e-8, 1e-5, 1,
		9 };
	size_t n = r->in.h * r->in.w * r->in.c;
	int plain = r->what == NORM_GRAD;

	switch (r->what) {
	case LAYER_GRAD:
		return ops->layer_norm_grad(dev, &dx, &stats, &dadd, &y, NULL,
			&x, &w, &r->in, 1e-5, 0);
	case SPACE:
		return ops->loss_space(dev, &stats, &dx, &x, &y, &r->in,
			weight);
	case FOURIER:
		return ops->loss_fourier(dev, &stats, &dx, &x, &y, &r->in, 0,
			1);
	case ADAMW:
		return ops->adamw(dev, &dx, &x, &dadd, &add, n, &how);
	case SQUARES:
		return ops->sum_squares(dev, &stats, &x, n);
	case BLEND:
		return ops->blend(dev, &dx, &x, n, 1e-3);
	default:
		return ops->instance_norm_grad(dev, &dx, plain ? NULL : &dadd,
			&w, &y, r->what == NORM_SLOT_GRAD ? slot : NULL,
			&stats, plain ? NULL : &add, &r->in, 0.01);
	}
}

static int forward(const struct row *r, const struct ip_slot *slot)
{
	switch (r->what) {
	case NORM:
	case NORM_ADD:
	case NORM_SLOT:
		return ops->instance_norm(dev, &y, r->what == NORM_SLOT ? slot :
			NULL, &stats, &x, r->what == NORM ? NULL : &add,
			&r->in, 1e-5, 0.01);
	case LAYER:
		return ops->layer_norm(dev, &y, NULL, &x, &w, &w, &r->in, 1e-5);
	case MERGE:
		return ops->merge(dev, &y, &x, &r->in);
	default:
		return ops->conv_transpose(dev, &y, slot, &x, &w, &r->in,
			r->out);
	}
}

static void run(size_t i, int threads)
{
	const struct row *r = &rows[i];
	struct ip_slot slot = { 2 * r->out, r->out };
	double t;
	int rc;

	ip_threads_set(threads);
	t = bench_now();
	rc = r->what < NORM_GRAD ? forward(r, &slot) : grad(r, &slot);
	bench_least(&best[i].op[threads - 1], bench_now() - t);
	if (rc < 0)
		exit(1);
}

/* memcpy of as many numbers as a map has, the one read or the one written if
 * that has more. */
static void copy(size_t row, int threads)
{
	const struct row *r = &rows[row];
	size_t n = r->in.h * r->in.w * r->in.c * sizeof(float), part;
	double t;
	long i;

	if (r->what == UP)
		n = 4 * r->in.h * r->in.w * r->out * sizeof(float);
	part = n / (size_t)threads;
	t = bench_now();
#pragma omp parallel for num_threads(threads) schedule(static)
	for (i = 0; i < threads; i++)
		memcpy((char *)y.handle + (size_t)i * part,
			(const char *)x.handle + (size_t)i * part, part);
	bench_least(&best[row].copy[threads - 1], bench_now() - t);
}

int main(void)
{
	size_t i, n = 256 * 256 * 48;
	int round, threads;

	if (ip_dev_open(&dev, "cpu-openmp") < 0)
		return 1;
	ops = ip_dev_backend(dev)->ops;
	give(&x, n);
	give(&add, n);
	give(&y, 2 * n);
	give(&w, 2 * n);
	give(&dx, n);
	give(&dadd, n);
	give(&stats, 2 * 768);
	for (round = 0; round < ROUNDS; round++)
		for (i = 0; i < ROWS; i++)
			for (threads = 1; threads <= 2; threads++) {
				copy(i, threads);
				run(i, threads);
			}
	printf("%-25s %-14s %17s   %17s\n", "", "", "1 thread, memcpy",
		"2 threads, memcpy");
	for (i = 0; i < ROWS; i++) {
		const struct row *r = &rows[i];

		printf("%-25s %3zux%-3zux%-6zu %8.3f %8.3f   %8.3f %8.3f ms",
			r->name, r->in.h, r->in.w, r->in.c, 1e3 * best[i].op[0],
			1e3 * best[i].copy[0], 1e3 * best[i].op[1],
			1e3 * best[i].copy[1]);
		if (r->what == UP)
			printf("  %5.0f GFLOP/s", 8e-9 * (double)(r->in.h *
				r->in.w * r->in.c * r->out) / best[i].op[0]);
		printf("\n");
	}
	ip_dev_close(dev);
	return 0;
}
