/*
 * What a wave and slice costs, against FFTW's bare pair of 2-D transforms of
 * the same size, and what a second thread brings. All are measured in turn,
 * round after round, and the best round of each counts, so that a machine
 * that others use slows them alike.
 */
#include <fftw3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <iphase/backend.h>
#include <iphase/threads.h>
#include "bench.h"

enum { N = 256, H = 85, B = 2 * H + 1, WAVES = 8, FEW = 2, SLICES = 8,
	ROUNDS = 40 };

struct pair { fftwf_plan there, back; double best; };

static struct pair plan(fftwf_complex *x, unsigned flags)
{
	struct pair p;

	p.there = fftwf_plan_dft_2d(N, N, x, x, FFTW_FORWARD, flags);
	p.back = fftwf_plan_dft_2d(N, N, x, x, FFTW_BACKWARD, flags);
	p.best = 0;
	memset(x, 0, sizeof(*x) * N * N);
	return p;
}

static void run_pair(struct pair *p)
{
	double t = bench_threads(1);

	fftwf_execute(p->there);
	fftwf_execute(p->back);
	bench_least(&p->best, bench_threads(1) - t);
}

struct bench {
	struct ip_dev *dev;
	const struct ip_backend *be;
	struct ip_buf waves, t, prop;
};

static void give(const struct bench *b, struct ip_buf *buf, size_t n)
{
	float *x = malloc(n * sizeof(*x));
	size_t i;

	/* a modulus of one on the whole: no values that slow down or vanish */
	for (i = 0; x != NULL && i < n; i++)
		x[i] = i % 2 ? 0.6f : 0.8f;
	if (x == NULL || b->be->alloc(b->dev, buf, n * sizeof(*x)) < 0 ||
		b->be->put(b->dev, buf, 0, x, n * sizeof(*x)) < 0)
		exit(1);
	free(x);
}

/* clock: of bench_threads() */
static void run_waves(struct bench *b, int threads, size_t waves, int clock,
	double *best)
{
	struct ip_band band = { N, N, H, H };
	double t;

	ip_threads_set(threads);
	t = bench_threads(clock);
	if (b->be->ops->multislice(b->dev, &b->waves, &b->t, &b->prop, 0,
			&band, waves, 0, SLICES) < 0)
		exit(1);
	bench_least(best, bench_threads(clock) - t);
}

static void line(const char *what, double ms, double pair)
{
	printf("  %-42s %8.3f ms   %5.2f of the measured pair\n", what, ms,
		ms / pair);
}

int main(void)
{
	fftwf_complex *x = fftwf_malloc(sizeof(*x) * N * N);
	struct pair quick = plan(x, FFTW_ESTIMATE);
	struct pair measured = plan(x, FFTW_MEASURE);
	static const enum ip_isa isas[] = { IP_ISA_BASELINE, IP_ISA_AVX2,
		IP_ISA_AVX512, IP_ISA_NEON };
	double one[4] = { 0 }, two = 0, single = 0, pair;
	struct bench b;
	char text[64];
	int i, k;

	if (ip_dev_open(&b.dev, "cpu-openmp") < 0)
		return 1;
	b.be = ip_dev_backend(b.dev);
	give(&b, &b.waves, 2 * (size_t)B * B * WAVES);
	give(&b, &b.prop, 2 * (size_t)B * B);
	give(&b, &b.t, 2 * (size_t)N * N * SLICES);
	for (i = 0; i < ROUNDS; i++) {
		run_pair(&quick);
		run_pair(&measured);
		for (k = 0; k < 4; k++)
			if (ip_isa_set(isas[k]) == 0)
				run_waves(&b, 1, FEW, 1, &one[k]);
		ip_isa_set(IP_ISA_AUTO);
		run_waves(&b, 1, WAVES, 2, &single);
		run_waves(&b, 2, WAVES, 2, &two);
	}
	pair = 1e3 * measured.best;
	printf("%d x %d points, band %d x %d, single precision:\n", N, N, B, B);
	line("FFTW, forward and back, FFTW_ESTIMATE", 1e3 * quick.best, pair);
	line("FFTW, forward and back, FFTW_MEASURE", pair, pair);
	for (k = 0; k < 4; k++) {
		snprintf(text, sizeof(text), "a wave and slice, 1 thread, %s",
			ip_isa_name(isas[k]));
		if (one[k] > 0)
			line(text, 1e3 * one[k] / (FEW * SLICES), pair);
	}
	printf("  (these know no planning mode: the transforms are our own)\n");
	printf("%d waves through %d slices, %s: 1 thread %.1f ms, 2 threads "
		"%.1f ms, %.2f times as fast\n", WAVES, SLICES,
		ip_isa_name(ip_isa()), 1e3 * single, 1e3 * two, single / two);
	ip_dev_close(b.dev);
	return 0;
}
