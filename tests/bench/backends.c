/*
 * The same work on every device of every backend, each beside cpu-openmp in
 * the same run: waves through slices of 256 x 256, the network's forward, a
 * step of training. With arguments, FEATURES BATCH, other than 12 and 1.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <iphase/threads.h>
#include <iphase/train.h>
#include "bench.h"

enum { SIDE = 256, CHANNELS = 11, H = 85, BAND = 2 * H + 1, WAVES = 32,
	SLICES = 16, ROUNDS = 5, MEASURES = 3 };
static const char *const names[MEASURES] = { "waves through slices", "forward",
	"step of training" };

static void die(const char *what)
{
	fprintf(stderr, "backends: %s failed\n", what);
	exit(1);
}

static void check(int rc, const char *what)
{
	if (rc < 0)
		die(what);
}

/* Until all of it is done on the device. */
static double since(struct ip_dev *dev, double begin)
{
	check(ip_dev_backend(dev)->sync(dev), "waiting");
	return bench_now() - begin;
}

/* ---- scattering ---- */

static void give(struct ip_dev *dev, struct ip_buf *buf, size_t n)
{
	const struct ip_backend *be = ip_dev_backend(dev);
	float *x = bench_numbers(n);

	for (size_t i = 0; i < n; i++)	/* a modulus of one */
		x[i] = i % 2 ? 0.6f : 0.8f;
	check(be->alloc(dev, buf, n * sizeof(*x)), "memory");
	check(be->put(dev, buf, 0, x, n * sizeof(*x)), "putting");
	free(x);
}

static double scatter(struct ip_dev *dev)
{
	const struct ip_backend *be = ip_dev_backend(dev);
	struct ip_band band = { SIDE, SIDE, H, H };
	struct ip_buf waves, t, prop;
	double best = 0, begin;

	if (!be->ops->multislice)
		return 0;
	give(dev, &waves, 2 * (size_t)BAND * BAND * WAVES);
	give(dev, &t, 2 * (size_t)SIDE * SIDE * SLICES);
	give(dev, &prop, 2 * (size_t)BAND * BAND);
	for (int i = 0; i < ROUNDS; i++) {
		begin = bench_now();
		check(be->ops->multislice(dev, &waves, &t, &prop, 0, &band,
			WAVES, 0, SLICES), "multislice");
		bench_least(&best, since(dev, begin));
	}
	be->free(dev, &waves);
	be->free(dev, &t);
	be->free(dev, &prop);
	return best;
}

/* ---- the network ---- */

static void network(struct ip_dev *dev, size_t features, size_t batch,
	double took[MEASURES])
{
	static const struct ip_learning how = IP_LEARNING_REFERENCE;
	size_t in[4] = { batch, CHANNELS, SIDE, SIDE };
	size_t out[4] = { batch, 1, SIDE, SIDE };
	struct ip_net_shape s = { CHANNELS, 1, features, IP_SWIN_UNETR };
	struct ip_bundle weights = { 0 };
	struct ip_loss_parts loss;
	struct ip_tensor x, target, y;
	struct ip_trainer *t;
	double begin;

	if (ip_dev_need(dev, "adamw") < 0)
		return;
	check(ip_net_init(&weights, &s, 1), "weights");
	check(ip_trainer_open(&t, dev, &s, &weights, &how), "the trainer");
	check(ip_tensor_new(&x, IP_F32, 4, in), "memory");
	check(ip_tensor_new(&target, IP_F32, 4, out), "memory");
	check(ip_tensor_new(&y, IP_F32, 4, out), "memory");
	bench_fill(x.data, ip_tensor_count(&x), 1);
	bench_fill(target.data, ip_tensor_count(&target), 1);
	for (int i = 0; i < ROUNDS; i++) {
		begin = bench_now();
		check(ip_trainer_run(t, 0, &x, &y), "the forward");
		bench_least(&took[1], since(dev, begin));
		begin = bench_now();
		check(ip_trainer_learn(t, &x, &target, 1, &loss, NULL), "a step");
		check(ip_trainer_step(t, 1e-4, NULL), "a step");
		bench_least(&took[2], since(dev, begin));
	}
	ip_tensor_free(&x);
	ip_tensor_free(&target);
	ip_tensor_free(&y);
	ip_trainer_close(t);
}

static void device(const char *spec, const char *what, size_t features,
	size_t batch, double first[MEASURES])
{
	double took[MEASURES] = { 0 };
	struct ip_dev *dev;

	printf("%s: %s\n", spec, what);
	check(ip_dev_open(&dev, spec), "opening");
	took[0] = scatter(dev);
	network(dev, features, batch, took);
	for (int i = 0; i < MEASURES; i++) {
		if (first[i] == 0)
			first[i] = took[i];
		if (took[i] > 0)
			printf("  %-22s %10.2f ms, %6.2f of the processor's\n",
				names[i], 1e3 * took[i], took[i] / first[i]);
	}
	ip_dev_close(dev);
}

int main(int argc, char **argv)
{
	size_t features = argc > 2 ? (size_t)atol(argv[1]) : 12;
	size_t batch = argc > 2 ? (size_t)atol(argv[2]) : 1;
	const struct ip_backend *const *b;
	double first[MEASURES] = { 0 };
	char what[256], spec[64];

	printf("%d waves through %d slices of %d x %d points, band %d x %d; a"
		" SwinUNETR of feature size %zu on %zu picture%s of %d x %d; %d"
		" threads\n", WAVES, SLICES, SIDE, SIDE, BAND, BAND, features,
		batch, batch > 1 ? "s" : "", SIDE, SIDE, ip_threads());
	for (b = ip_backends(); *b; b++)
		for (int i = 0; i < (*b)->probe(); i++) {
			check((*b)->describe(i, what, sizeof what), "a device");
			snprintf(spec, sizeof spec, "%s:%.*s", (*b)->name,
				(int)strcspn(what, ":"), what);
			device(spec, what, features, batch, first);
		}
	return 0;
}
