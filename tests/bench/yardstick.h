/* What benches of the network measure themselves by. */
#ifndef IP_YARDSTICK_H
#define IP_YARDSTICK_H

#include <stdarg.h>
#include <stdio.h>
#include "core/blas.h"
#include "bench.h"

/* GFLOP/s of as many products of 1024^3 by OpenBLAS at once as threads. */
static inline double yard_sgemm(int threads)
{
	enum { N = 1024 };
	float *m[3];
	double t;
	int i;

	for (i = 0; i < 3; i++)
		m[i] = bench_numbers((i == 2 ? 2 : 1) * (size_t)N * N);
	t = bench_now();
#pragma omp parallel for num_threads(threads) schedule(static)
	for (i = 0; i < threads; i++)
		cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, N, N, N,
			1, m[0], N, m[1], N, 0, m[2] + (size_t)(i % 2) * N * N,
			N);
	t = bench_now() - t;
	for (i = 0; i < 3; i++)
		free(m[i]);
	return 2e-9 * N * N * N * threads / t;
}

/* The command for PyTorch's time of some layers, in the making. */
struct yard_torch {
	char text[32768];
	size_t n;
};

static inline void yard_add(struct yard_torch *c, const char *format, ...)
{
	va_list ap;

	if (c->n >= sizeof(c->text))
		return;
	va_start(ap, format);
	c->n += (size_t)vsnprintf(c->text + c->n, sizeof(c->text) - c->n,
		format, ap);
	va_end(ap);
}

/* source: __FILE__ of a bench beside network_torch.py */
static inline void yard_begin(struct yard_torch *c, const char *source,
	const char *option, int threads, int rounds)
{
	const char *end = strrchr(source, '/');

	c->n = 0;
	yard_add(c, "/usr/bin/python3 %.*snetwork_torch.py %s %d %d",
		end ? (int)(end - source) + 1 : 0, source, option, threads,
		rounds);
}

/* A layer as network_torch.py takes it. */
static inline void yard_layer(struct yard_torch *c, const char *kind,
	const struct ip_map *in, size_t out, size_t k)
{
	yard_add(c, " %s:%zu:%zu:%zu:%zu:%zu:%zu", kind, in->b, in->h, in->w,
		in->c, out, k);
}

/* Seconds; 0: PyTorch is not there. */
static inline double yard_run(const struct yard_torch *c)
{
	double took = 0;
	FILE *f;

	fflush(stdout);
	if (c->n >= sizeof(c->text) || (f = popen(c->text, "r")) == NULL)
		return 0;
	if (fscanf(f, "%lf", &took) != 1)
		took = 0;
	pclose(f);
	return took;
}

#endif
