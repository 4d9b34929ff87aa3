/* What the transforms in simd/ need to know of a size, and which build of
 * them runs. */
#include <math.h>
#include <iphase/threads.h>
#include "config.h"
#include "cpu.h"

extern const struct ip_loops ip_loops_baseline, ip_loops_avx2,
	ip_loops_avx512;

const struct ip_loops *ip_loops(void)
{
	switch (ip_isa()) {
#if IP_HAVE_AVX512
	case IP_ISA_AVX512:
		return &ip_loops_avx512;
#endif
#if IP_HAVE_AVX2
	case IP_ISA_AVX2:
		return &ip_loops_avx2;
#endif
	default:	/* on aarch64 the baseline is NEON */
		return &ip_loops_baseline;
	}
}

struct factors { size_t count; int radix[IP_STAGES]; };

/*
 * Of the ways to write n as a product of radices, largest first, the one with
 * the fewest stages, then with the smallest sum (8 x 8 x 8, not 16 x 16 x 2).
 */
static void search(size_t n, size_t from, struct factors *now,
	struct factors *best)
{
	static const int radices[] = { 16, 15, 12, 10, 9, 8, 7, 6, 5, 4, 3, 2 };
	int sum = 0, best_sum = 0;
	size_t i;

	if (n == 1) {
		for (i = 0; i < now->count; i++)
			sum += now->radix[i];
		for (i = 0; i < best->count; i++)
			best_sum += best->radix[i];
		if (best->count == 0 || now->count < best->count ||
			(now->count == best->count && sum < best_sum))
			*best = *now;
		return;
	}
	if (best->count != 0 && now->count >= best->count)
		return;
	for (i = from; i < sizeof(radices) / sizeof(radices[0]); i++)
		if (n % (size_t)radices[i] == 0) {
			now->radix[now->count++] = radices[i];
			search(n / (size_t)radices[i], i, now, best);
			now->count--;
		}
}

/* exp(-2 pi i k / n) */
static void root(ip_real *w, size_t k, size_t n)
{
	double x = 2 * 3.14159265358979323846 * (double)(k % n) / (double)n;

	w[0] = (ip_real)cos(x);
	w[1] = (ip_real)-sin(x);
}

/* The twiddles of stage s, whose blocks have 'block' elements. */
static ip_real *fill_stage(struct ip_lanes *f, size_t s, size_t block,
	ip_real *w)
{
	size_t r = (size_t)f->radix[s], m = block / r, j, p;

	f->twiddle[s] = w;
	for (j = 0; j < m; j++)
		for (p = 1; p < r; p++, w += 2)
			root(w, j * p, block);
	return w;
}

static void fill(struct ip_lanes *f)
{
	ip_real *w = f->memory;
	size_t *at = (size_t *)(void *)(w + 2 * f->n);
	size_t i, s, block = f->n, step;

	f->frequency = at;
	f->linear = at + f->n;
	f->place = at + 2 * f->n;
	for (i = 0; i < f->n; i++) {
		size_t rest = i, k = 0;

		block = f->n;
		step = 1;
		for (s = 0; s < f->stages; s++) {
			block /= (size_t)f->radix[s];
			k += rest / block * step;
			rest %= block;
			step *= (size_t)f->radix[s];
		}
		at[i] = k;
		at[f->n + i] = 2 * f->lanes * i;
		at[2 * f->n + k] = i;
	}
	block = f->n;
	for (s = 0; s < f->stages; s++) {
		w = fill_stage(f, s, block, w);
		block /= (size_t)f->radix[s];
	}
}

int ip_lanes_init(struct ip_lanes *f, size_t n)
{
	struct factors now = { 0, { 0 } }, best = { 0, { 0 } };
	size_t i;

	search(n, 0, &now, &best);
	/* a single stage gets one before it that only moves */
	f->stages = 0;
	if (best.count < 2)
		f->radix[f->stages++] = 1;
	for (i = 0; i < best.count; i++)
		f->radix[f->stages++] = best.radix[i];
	if (f->stages < 2)
		f->radix[f->stages++] = 1;
	f->n = n;
	f->lanes = ip_loops()->lanes;
	/* the stages' twiddles are n - 1 complex numbers in all */
	f->memory = ip_alloc_array(n, 2 * sizeof(ip_real) +
		3 * sizeof(size_t));
	if (f->memory == NULL)
		return IP_ENOMEM;
	fill(f);
	return IP_OK;
}

void ip_lanes_free(struct ip_lanes *f)
{
	ip_free(f->memory);
	f->memory = NULL;
}
