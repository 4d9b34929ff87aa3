/* Spearman's rank correlation and how sure it is. */
#include <math.h>
#include <stdlib.h>
#include <iphase/metrics.h>
#include "core/core.h"

#define NORMAL_95 1.959963984540054	/* its 97.5 per cent point */

struct ranked {
	double v, rank;
	size_t at;
};

static int ascending(const void *a, const void *b)
{
	const struct ranked *p = a, *q = b;

	return (p->v > q->v) - (p->v < q->v);
}

/* rank[i] of v[i], 1 the smallest; equal ones share the mean of their places.
 * The order of equal ones does not count, so any sort will do. */
static void rank_of(const double *v, size_t n, struct ranked *room,
	double *rank)
{
	size_t i, end, k;

	for (i = 0; i < n; i++) {
		room[i].v = v[i];
		room[i].at = i;
	}
	qsort(room, n, sizeof *room, ascending);
	for (i = 0; i < n; i = end) {
		for (end = i; end < n && room[end].v == room[i].v; end++)
			;
		for (k = i; k < end; k++)
			rank[room[k].at] = 0.5 * (double)(i + 1 + end);
	}
}

/* Of ranks, whose mean is known. */
static double pearson(const double *x, const double *y, size_t n)
{
	double mean = 0.5 * (double)(n + 1), xx = 0, yy = 0, xy = 0, r;
	size_t i;

	for (i = 0; i < n; i++) {
		xx += (x[i] - mean) * (x[i] - mean);
		yy += (y[i] - mean) * (y[i] - mean);
		xy += (x[i] - mean) * (y[i] - mean);
	}
	r = xx > 0 && yy > 0 ? xy / sqrt(xx * yy) : NAN;
	return r > 1 ? 1 : r < -1 ? -1 : r;
}

/* r of -1 and 1 have themselves as bounds: z is infinite, and so they are. */
static void bound(struct ip_spearman *s)
{
	double z = atanh(s->r), e = NORMAL_95 * sqrt((1 + s->r * s->r / 2) /
		((double)s->n - 3));

	s->low = tanh(z - e);
	s->high = tanh(z + e);
}

int ip_metrics_spearman(const double *x, const double *y, size_t n,
	struct ip_spearman *s)
{
	struct ranked *room;
	double *rank;
	int finite = 1, rc = IP_ENOMEM;

	s->n = n;
	s->r = s->low = s->high = NAN;
	for (size_t i = 0; i < n; i++)
		finite = finite && isfinite(x[i]) && isfinite(y[i]);
	if (n < 4 || !finite)
		return 0;
	room = ip_alloc_array(n, sizeof *room);
	rank = ip_alloc_array(n, 2 * sizeof *rank);
	if (room && rank) {
		rank_of(x, n, room, rank);
		rank_of(y, n, room, rank + n);
		s->r = pearson(rank, rank + n, n);
		bound(s);
		rc = 0;
	}
	ip_free(room);
	ip_free(rank);
	return rc;
}
