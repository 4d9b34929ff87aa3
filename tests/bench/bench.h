/* What the benches share: clocks, and the best that this machine does. */
#ifndef IP_BENCH_H
#define IP_BENCH_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static inline double bench_clock(clockid_t which)
{
	struct timespec t;

	clock_gettime(which, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static inline double bench_now(void)
{
	return bench_clock(CLOCK_MONOTONIC);
}

/* One thread is timed by its own clock, which stops while others run. */
static inline double bench_threads(int threads)
{
	return threads == 1 ? bench_clock(CLOCK_THREAD_CPUTIME_ID) :
		bench_now();
}

/* The least of what was taken so far, 0 being nothing. */
static inline void bench_least(double *best, double took)
{
	if (*best == 0 || took < *best)
		*best = took;
}

/* n floats in [-scale, scale) */
static inline void bench_fill(float *x, size_t n, float scale)
{
	unsigned state = 1;
	size_t i;

	for (i = 0; i < n; i++) {
		state = state * 1664525u + 1013904223u;
		x[i] = scale * ((float)(state >> 8) / 8388608.0f - 1);
	}
}

/* n floats in [-1, 1), to be freed; ends the program without memory. */
static inline float *bench_numbers(size_t n)
{
	float *x = malloc(n * sizeof(*x) + 1);

	if (x == NULL)
		exit(1);
	bench_fill(x, n, 1);
	return x;
}

/* The peak of memory begins anew where the system lets it. */
static inline void bench_peak_begin(void)
{
	FILE *f = fopen("/proc/self/clear_refs", "w");

	if (f != NULL) {
		fputs("5", f);
		fclose(f);
	}
}

/* MiB; 0: the system does not say */
static inline double bench_peak(void)
{
	FILE *f = fopen("/proc/self/status", "r");
	char line[128];
	double kib = 0;

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, "VmHWM:", 6) == 0)
			kib = strtod(line + 6, NULL);
	if (f != NULL)
		fclose(f);
	return kib / 1024;
}

#endif
