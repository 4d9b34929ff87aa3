/*
 * A step of training: one picture of 256 x 256 through a SwinUNETR, back, and
 * AdamW. Time, memory, where the time goes, and PyTorch's for the same
 * convolutions and linear layers with their gradients.
 */
#include <stdio.h>
#include <iphase/threads.h>
#include <iphase/train.h>
#include "yardstick.h"

enum { SIDE = 256, CHANNELS = 11, ROUNDS_MIN = 4, ROUNDS_MAX = 40,
	TORCH_ROUNDS = 5 };
static const double seconds = 4;	/* of rounds, if they suffice */

static void die(const char *what)
{
	fprintf(stderr, "train: %s failed\n", what);
	exit(1);
}

/* ---- ops that note what they took ---- */

#define TIMED(X) X(conv) X(conv_transpose) X(linear) X(conv_grad) \
	X(conv_transpose_grad) X(linear_grad) X(attention) \
	X(attention_grad) X(instance_norm) X(instance_norm_grad) \
	X(layer_norm) X(layer_norm_grad) X(merge) X(merge_grad) \
	X(loss_space) X(loss_fourier) X(sum_squares) X(adamw) X(fill)
#define KIND(op) OP_##op,
enum kind { TIMED(KIND) KINDS, PRODUCTS = OP_attention };
#define TEXT(op) #op,
static const char *const names[] = { TIMED(TEXT) };

static struct {
	const struct ip_ops *real;
	struct ip_ops ops;
	struct ip_backend backend;
	double took[KINDS], least[KINDS];
	struct yard_torch torch;	/* each product of the forward */
	int back;			/* the way back makes some again */
} timed;

/* 'then' sees the parameters as they are named here */
#define WRAP(op, parameters, arguments, then) \
static int op_##op parameters \
{ \
	double began = bench_now(); \
	int rc = timed.real->op arguments; \
	timed.took[OP_##op] += bench_now() - began; \
	then; \
	return rc; \
}
#define NONE (void)0
#define PRODUCT(kind, out, k) \
	if (!timed.back) \
		yard_layer(&timed.torch, kind, m, out, k)
typedef struct ip_dev D;
typedef struct ip_buf B;
typedef const struct ip_buf C;
typedef const struct ip_map M;
typedef const struct ip_slot S;
WRAP(conv, (D *d, B *y, C *x, C *w, C *b, M *m, size_t n, size_t k),
	(d, y, x, w, b, m, n, k), PRODUCT("conv", n, k))
WRAP(conv_transpose, (D *d, B *y, S *s, C *x, C *w, M *m, size_t n),
	(d, y, s, x, w, m, n), PRODUCT("conv_transpose", n, 2))
WRAP(linear, (D *d, B *y, B *p, C *x, C *w, C *b, C *a, M *m, size_t n,
	enum ip_act f), (d, y, p, x, w, b, a, m, n, f),
	PRODUCT("linear", n, 1))
WRAP(conv_grad, (D *d, B *dx, B *dw, B *db, C *dy, C *x, C *w, M *m, size_t n,
	size_t k, int a), (d, dx, dw, db, dy, x, w, m, n, k, a), NONE)
WRAP(conv_transpose_grad, (D *d, B *dx, B *dw, C *dy, S *s, C *x, C *w, M *m,
	size_t n), (d, dx, dw, dy, s, x, w, m, n), NONE)
WRAP(linear_grad, (D *d, B *dx, B *dw, B *db, C *dy, C *p, C *x, C *w, M *m,
	size_t n), (d, dx, dw, db, dy, p, x, w, m, n), NONE)
WRAP(attention, (D *d, B *y, C *q, C *b, C *t, const struct ip_windows *s),
	(d, y, q, b, t, s), NONE)
WRAP(attention_grad, (D *d, B *dq, B *db, B *dt, C *dy, C *q, C *b, C *t,
	const struct ip_windows *s), (d, dq, db, dt, dy, q, b, t, s), NONE)
WRAP(instance_norm, (D *d, B *y, S *s, B *st, C *x, C *a, M *m, double e,
	double f), (d, y, s, st, x, a, m, e, f), NONE)
WRAP(instance_norm_grad, (D *d, B *dx, B *da, C *dy, C *y, S *s, C *st, C *a,
	M *m, double f), (d, dx, da, dy, y, s, st, a, m, f), NONE)
WRAP(layer_norm, (D *d, B *y, S *s, C *x, C *g, C *b, M *m, double e),
	(d, y, s, x, g, b, m, e), NONE)
WRAP(layer_norm_grad, (D *d, B *dx, B *dg, B *db, C *dy, S *s, C *x, C *g,
	M *m, double e, int a), (d, dx, dg, db, dy, s, x, g, m, e, a), NONE)
WRAP(merge, (D *d, B *y, C *x, M *m), (d, y, x, m), NONE)
WRAP(merge_grad, (D *d, B *dx, C *dy, M *m, int a), (d, dx, dy, m, a), NONE)
WRAP(loss_space, (D *d, B *l, B *dp, C *p, C *t, M *m, const double *w),
	(d, l, dp, p, t, m, w), timed.back = 1)
WRAP(loss_fourier, (D *d, B *l, B *dp, C *p, C *t, M *m, int o, double w),
	(d, l, dp, p, t, m, o, w), NONE)
WRAP(sum_squares, (D *d, B *s, C *x, size_t n), (d, s, x, n), NONE)
WRAP(adamw, (D *d, B *p, B *m, B *v, C *g, size_t n,
	const struct ip_adamw *h), (d, p, m, v, g, n, h), NONE)
WRAP(fill, (D *d, B *x, size_t n, double v), (d, x, n, v), NONE)

static void timed_begin(struct ip_dev *dev)
{
	timed.backend = *ip_dev_backend(dev);
	timed.real = timed.backend.ops;
	timed.ops = *timed.real;
#define PUT(op) timed.ops.op = op_##op;
	TIMED(PUT)
	timed.backend.ops = &timed.ops;
	((struct ip_dev_head *)(void *)dev)->backend = &timed.backend;
}

/* ---- a step ---- */

struct bench {
	struct ip_dev *dev;
	struct ip_trainer *t;
	struct ip_tensor x, target;
	double least, sum;		/* of the step; of its ops */
	double sgemm;			/* GFLOP/s, the best between steps */
};

static void open_trainer(struct bench *b, size_t features)
{
	static const struct ip_learning how = IP_LEARNING_REFERENCE;
	size_t in[4] = { 1, CHANNELS, SIDE, SIDE };
	size_t out[4] = { 1, 1, SIDE, SIDE };
	struct ip_net_shape s = { CHANNELS, 1, features, IP_SWIN_UNETR };
	struct ip_bundle weights = { 0 };

	if (ip_net_init(&weights, &s, 1) < 0 ||
		ip_trainer_open(&b->t, b->dev, &s, &weights, &how) < 0 ||
		ip_tensor_new(&b->x, IP_F32, 4, in) < 0 ||
		ip_tensor_new(&b->target, IP_F32, 4, out) < 0)
		die("opening the network");
	bench_fill(b->x.data, ip_tensor_count(&b->x), 1);
	bench_fill(b->target.data, ip_tensor_count(&b->target), 1);
}

static double step(struct bench *b)
{
	struct ip_loss_parts loss;
	double t;

	timed.back = 0;
	yard_begin(&timed.torch, __FILE__, "--train", ip_threads(),
		TORCH_ROUNDS);
	memset(timed.took, 0, sizeof(timed.took));
	t = bench_now();
	if (ip_trainer_learn(b->t, &b->x, &b->target, 1, &loss, NULL) < 0 ||
		ip_trainer_step(b->t, 1e-4, NULL) < 0)
		die("a step");
	return bench_now() - t;
}

static void measure(struct bench *b, int threads)
{
	double sum = 0, took, rate;
	int n, k;

	ip_threads_set(threads);
	memset(timed.least, 0, sizeof(timed.least));
	b->least = b->sum = 0;
	step(b);
	b->sgemm = 0;
	for (n = 0; n < ROUNDS_MIN || (n < ROUNDS_MAX && sum < seconds); n++) {
		rate = yard_sgemm(1);
		b->sgemm = rate > b->sgemm ? rate : b->sgemm;
		sum += took = step(b);
		bench_least(&b->least, took);
		for (k = 0; k < KINDS; k++)
			bench_least(&timed.least[k], timed.took[k]);
	}
	for (k = 0; k < KINDS; k++)
		b->sum += timed.least[k];
}

/* ---- tables ---- */

static void table(const struct bench *b, int threads)
{
	double ours = 0, theirs;
	int k;

	printf("  %d thread%s %8.2f ms a step (sgemm of one: %.0f "
		"GFLOP/s)\n", threads, threads > 1 ? "s:" : ": ",
		1e3 * b->least, b->sgemm);
	for (k = 0; k < KINDS; k++) {
		printf("    %-20s%9.3f ms %5.1f %%\n", names[k],
			1e3 * timed.least[k], 100 * timed.least[k] / b->least);
		if (k < PRODUCTS)
			ours += timed.least[k];
	}
	printf("    %-20s%9.3f ms %5.1f %%\n", "outside ops",
		1e3 * (b->least - b->sum), 100 * (1 - b->sum / b->least));
	theirs = yard_run(&timed.torch);
	if (theirs > 0)
		printf("    convolutions and linear layers with gradients: "
			"ours %.2f ms, PyTorch's %.2f ms, ratio %.2f\n",
			1e3 * ours, 1e3 * theirs, ours / theirs);
	else
		printf("    no PyTorch for /usr/bin/python3 to compare with\n");
}

static void bench_size(struct bench *b, size_t features)
{
	struct ip_net_memory m;

	bench_peak_begin();
	open_trainer(b, features);
	if (ip_trainer_memory(b->t, 1, SIDE, SIDE, &m) < 0)
		die("ip_trainer_memory");
	printf("\nfeature size %zu: weights, gradients, moments %.1f MiB, "
		"work %.1f MiB", features, (double)m.weights / 1048576,
		(double)m.work / 1048576);
	step(b);
	step(b);
	printf("; peak of the process %.0f MiB\n", bench_peak());
	measure(b, 1);
	table(b, 1);
	measure(b, 2);
	table(b, 2);
	ip_tensor_free(&b->x);
	ip_tensor_free(&b->target);
	ip_trainer_close(b->t);
}

int main(void)
{
	static const size_t features[] = { 12, 24, 48 };
	struct bench b;
	size_t i;

	if (ip_dev_open(&b.dev, "cpu-openmp") < 0)
		return 1;
	timed_begin(b.dev);
	ip_blas_single();
	printf("A step of training, 1 picture of %d x %d, %d channels; %s\n",
		SIDE, SIDE, CHANNELS, ip_isa_name(ip_isa()));
	for (i = 0; i < sizeof(features) / sizeof(features[0]); i++)
		bench_size(&b, features[i]);
	ip_dev_close(b.dev);
	return 0;
}
