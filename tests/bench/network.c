/*
 * The whole forward of a SwinUNETR on one picture of 256 x 256: time, memory,
 * rate against the best that OpenBLAS's sgemm does in the same run, where the
 * time goes, and PyTorch's time for the same products. Where the processor has
 * AVX-512 and OpenBLAS does not use it by itself, all is said again with the
 * kernels that do.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <iphase/network.h>
#include <iphase/threads.h>
#include "timed_ops.h"
#include "yardstick.h"

#if defined(__GNUC__)
extern char *openblas_get_corename(void) __attribute__((weak));
#else
#define openblas_get_corename ((char *(*)(void))0)
#endif

enum { SIDE = 256, CHANNELS = 11, ROUNDS_MIN = 5, ROUNDS_MAX = 60,
	TORCH_ROUNDS = 8 };
static const double seconds = 1.5;	/* of rounds, if they suffice */

static const char *core(void)
{
	return openblas_get_corename != 0 ? openblas_get_corename() : "?";
}

/* ---- the network ---- */

static void die(const char *what)
{
	fprintf(stderr, "network: %s failed\n", what);
	exit(1);
}

static void make_weights(struct ip_bundle *b, const struct ip_net_shape *s)
{
	struct ip_net_weight w;
	struct ip_tensor t;
	size_t i, n;

	memset(b, 0, sizeof(*b));
	for (i = 0; ip_net_weight(s, i, &w) == 0; i++) {
		if (ip_tensor_new(&t, IP_F32, w.ndim, w.shape) < 0)
			die("memory for weights");
		n = ip_tensor_count(&t);
		bench_fill(t.data, n, 1 / sqrtf(w.ndim > 1 ? (float)(n /
			w.shape[0]) : 16));
		if (ip_bundle_add(b, w.name, &t, NULL) < 0)
			die("naming weights");
	}
}

struct bench {
	struct ip_dev *dev;
	struct ip_net *net;
	struct ip_net_shape shape;
	struct ip_tensor x, y;
};

static void open_net(struct bench *b, size_t features)
{
	size_t in[4] = { 1, CHANNELS, SIDE, SIDE };
	size_t out[4] = { 1, 1, SIDE, SIDE };
	struct ip_bundle weights;

	b->shape.in = CHANNELS;
	b->shape.out = 1;
	b->shape.features = features;
	make_weights(&weights, &b->shape);
	if (ip_net_open(&b->net, b->dev, &b->shape, &weights) < 0 ||
		ip_tensor_new(&b->x, IP_F32, 4, in) < 0 ||
		ip_tensor_new(&b->y, IP_F32, 4, out) < 0)
		die("opening the network");
	bench_fill(b->x.data, ip_tensor_count(&b->x), 1);
}

static void close_net(struct bench *b)
{
	ip_tensor_free(&b->x);
	ip_tensor_free(&b->y);
	ip_net_close(b->net);
}

/* ---- timing ---- */

struct result {
	int threads;
	double least, median, outside;	/* seconds; outside ops */
	double sum;			/* of the least of all parts */
	double sgemm;			/* GFLOP/s */
	size_t calls;
	struct timed_call call[TIMED_MAX];
};

static int on_stage(void *ctx, const char *stage, const struct ip_tensor *map)
{
	char name[32];

	(void)ctx;
	(void)map;
	snprintf(name, sizeof(name), "%s", stage);
	name[strcspn(name, ".")] = '\0';	/* layers1.blocks.0 */
	timed_stage(name[0] == 'x' ? "norms of hidden states" : name);
	return 0;
}

static int by_size(const void *a, const void *b)
{
	double d = *(const double *)a - *(const double *)b;

	return d < 0 ? -1 : d > 0;
}

static double forward(struct bench *b)
{
	double t = bench_now();

	timed.count = 0;
	timed.sum = 0;
	if (ip_net_run(b->net, &b->x, &b->y) < 0)
		die("the forward");
	return bench_now() - t;
}

static void measure(struct bench *b, struct result *r, int threads)
{
	double took[ROUNDS_MAX], rate, sum = 0;
	size_t n;

	memset(r, 0, sizeof(*r));
	r->threads = threads;
	ip_threads_set(threads);
	timed_forget();
	ip_net_watch(b->net, on_stage, NULL);
	forward(b);
	ip_net_watch(b->net, NULL, NULL);
	for (n = 0; n < ROUNDS_MIN || (n < ROUNDS_MAX && sum < seconds); n++) {
		rate = yard_sgemm(threads);
		r->sgemm = rate > r->sgemm ? rate : r->sgemm;
		sum += took[n] = forward(b);
		bench_least(&r->outside, took[n] - timed.sum);
	}
	qsort(took, n, sizeof(*took), by_size);
	r->least = took[0];
	r->median = took[n / 2];
	r->calls = timed.count;
	for (r->sum = r->outside, n = 0; n < r->calls; n++)
		r->sum += timed.call[n].best;
	memcpy(r->call, timed.call, sizeof(r->call));
}

/* ---- tables ---- */

/* The calls of one stage or, if that is NULL, of one kind. */
static void sum_of(const struct result *r, const char *stage, int kind,
	double *took, double *gflop)
{
	size_t i;

	*took = *gflop = 0;
	for (i = 0; i < r->calls; i++)
		if (stage != NULL ? strcmp(r->call[i].stage, stage) == 0 :
			(int)r->call[i].kind == kind) {
			*took += r->call[i].best;
			*gflop += r->call[i].gflop;
		}
}

static void row(const struct result *r, const char *stage, int kind)
{
	double took, gflop;
	int i;

	printf("  %-24s", stage != NULL ? stage : timed_names[kind]);
	for (i = 0; i < 2; i++) {
		sum_of(&r[i], stage, kind, &took, &gflop);
		printf("%9.3f ms %5.1f %%", 1e3 * took,
			100 * took / r[i].sum);
		if (gflop > 0)
			printf(" %4.0f GFLOP/s", gflop / took);
		else
			printf("%13s", "");
	}
	printf("\n");
}

static void table(const struct result *r)
{
	size_t i, k;

	for (i = 0; i < r->calls; i++) {
		const char *stage = r->call[i].stage;

		for (k = 0; strcmp(r->call[k].stage, stage) != 0; )
			k++;
		if (k == i)
			row(r, stage, 0);
	}
	printf("  and by op:\n");
	for (k = 0; k < TIMED_KINDS; k++)
		row(r, NULL, (int)k);
	printf("  %-24s%9.3f ms %5.1f %%%13s%9.3f ms %5.1f %%\n",
		"outside ops", 1e3 * r[0].outside,
		100 * r[0].outside / r[0].sum, "",
		1e3 * r[1].outside, 100 * r[1].outside / r[1].sum);
}

static void summary(const struct bench *b, const struct result *r,
	double opening)
{
	struct ip_net_memory m;
	double gflop = 0;
	size_t i;

	if (ip_net_memory(b->net, 1, SIDE, SIDE, &m) < 0)
		die("ip_net_memory");
	for (i = 0; i < r->calls; i++)
		gflop += r->call[i].gflop;
	printf("\nfeature size %zu: %.2f GFLOP as plain sums; weights %.1f "
		"MiB, work %.1f MiB\n  peak of the process: %.0f MiB while the "
		"network is opened, %.0f MiB while it runs\n",
		b->shape.features, gflop, (double)m.weights / 1048576,
		(double)m.work / 1048576, opening, bench_peak());
	for (i = 0; i < 2; i++)
		printf("  %d thread%s  least %8.2f ms, median %8.2f ms; %4.0f "
			"GFLOP/s, %3.0f %% of sgemm's best (%.0f)\n",
			r[i].threads, i ? "s:" : ": ", 1e3 * r[i].least,
			1e3 * r[i].median, gflop / r[i].least, 100 * gflop /
			r[i].least / r[i].sgemm, r[i].sgemm);
	printf("  two threads are %.2f times as fast as one\n", r[0].least /
		r[1].least);
}

/* ---- PyTorch ---- */

/* The same products by PyTorch: seconds, 0 if it is not there. */
static double torch(const struct result *r)
{
	static struct yard_torch c;
	size_t i;

	yard_begin(&c, __FILE__, "", r->threads, TORCH_ROUNDS);
	for (i = 0; i < r->calls; i++) {
		const struct timed_call *call = &r->call[i];
		struct ip_map in = { call->b, call->h, call->w, call->in };

		if (call->kind <= TIMED_LINEAR)
			yard_layer(&c, timed_names[call->kind], &in,
				call->out, call->k);
	}
	return yard_run(&c);
}

static void against_torch(const struct result *r)
{
	double took, gflop, ours, theirs;
	int i, k;

	for (i = 0; i < 2; i++) {
		theirs = torch(&r[i]);
		if (theirs <= 0) {
			printf("  no PyTorch for /usr/bin/python3 to compare "
				"with\n");
			return;
		}
		for (ours = 0, k = TIMED_CONV; k <= TIMED_LINEAR; k++) {
			sum_of(&r[i], NULL, k, &took, &gflop);
			ours += took;
		}
		printf("  convolutions and linear layers, %d thread%s: ours "
			"%.2f ms, PyTorch's %.2f ms, ratio %.2f\n",
			r[i].threads, i ? "s" : "", 1e3 * ours, 1e3 * theirs,
			ours / theirs);
	}
}

/* ---- all ---- */

static void bench_size(struct bench *b, size_t features)
{
	static struct result r[2];
	double opening;
	int i;

	bench_peak_begin();
	open_net(b, features);
	opening = bench_peak();
	bench_peak_begin();
	for (i = 0; i < 2; i++)
		measure(b, &r[i], i + 1);
	summary(b, r, opening);
	printf("  %-24s%-32s%s\n", "", "   1 thread", "   2 threads");
	table(r);
	against_torch(r);
	close_net(b);
}

/* Once more by OpenBLAS's kernels for AVX-512, if it chose others. */
static void again(char **argv)
{
	static const char *const wide[] = { "SkylakeX", "Cooperlake",
		"SapphireRapids" };
	const char *set = getenv("OPENBLAS_CORETYPE");
	size_t i;

	if (openblas_get_corename == 0 || !ip_isa_has(IP_ISA_AVX512) ||
		(set != NULL && strcmp(set, wide[0]) == 0))
		return;
	for (i = 0; i < sizeof(wide) / sizeof(wide[0]); i++)
		if (strcmp(core(), wide[i]) == 0)
			return;
	printf("\n");
	fflush(stdout);
	setenv("OPENBLAS_CORETYPE", wide[0], 1);
	execv(argv[0], argv);
	perror(argv[0]);
}

int main(int argc, char **argv)
{
	static const size_t features[] = { 12, 24, 48 };
	struct bench b;
	size_t i;

	(void)argc;
	if (ip_dev_open(&b.dev, "cpu-openmp") < 0)
		return 1;
	timed_begin(b.dev);
	ip_blas_single();
	printf("SwinUNETR, 1 picture of %d x %d, %d channels; %s, OpenBLAS for "
		"%s\n", SIDE, SIDE, CHANNELS, ip_isa_name(ip_isa()), core());
	for (i = 0; i < sizeof(features) / sizeof(features[0]); i++)
		bench_size(&b, features[i]);
	ip_dev_close(b.dev);
	again(argv);
	return 0;
}
