/* A picture beyond its edges: of an island, of a crystal, of anything. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <iphase/backend.h>
#include "core/core.h"
#include "core/fft.h"
#include "em/smear.h"

#define EMPTY 0.05	/* of the highest: a rim of an island */
#define ALIKE 0.7	/* correlation of a crystal with itself */
#define NEARLY 0.9	/* of the best correlation: as good */
enum { MOST = 64, PASSES = 64 };

/* A translation in pixels, and how alike the picture is to itself there. */
struct shift {
	double t[2], alike;
};

struct picture {
	const double *v;
	size_t n[2], m[2];	/* m: with as much of nothing beside it */
	double *c;		/* [m0][m1] complex: its correlation */
	double *sum;		/* [n0 + 1][n1 + 1]: of squares before (i, j) */
	struct shift shift[2 * MOST];
	size_t shifts;
};

/* ---- what maps it onto itself ---- */

static int correlate(struct picture *p)
{
	size_t points = p->m[0] * p->m[1], w = p->n[1], i, j;
	double mean = 0, norm = 1 / (double)points;
	int rc;

	for (i = 0; i < p->n[0] * w; i++)
		mean += p->v[i] / (double)(p->n[0] * w);
	for (i = 0; i < p->n[0]; i++)
		for (j = 0; j < w; j++) {
			double d = p->v[i * w + j] - mean;
			double *s = p->sum + (i + 1) * (w + 1) + j + 1;
			p->c[2 * (i * p->m[1] + j)] = d;
			*s = d * d + s[-1] + s[-(long)w - 1] - s[-(long)w - 2];
		}
	rc = ip_fft2_double(p->c, p->m[0], p->m[1], -1);
	for (i = 0; rc == 0 && i < points; i++) {
		double re = p->c[2 * i], im = p->c[2 * i + 1];
		p->c[2 * i] = norm * (re * re + im * im);
		p->c[2 * i + 1] = 0;
	}
	return rc < 0 ? rc : ip_fft2_double(p->c, p->m[0], p->m[1], 1);
}

/* The squares in pixels first .. first + n. */
static double squares(const struct picture *p, const size_t first[2],
	const size_t n[2])
{
	size_t row = p->n[1] + 1;
	const double *a = p->sum + first[0] * row + first[1];
	const double *b = a + n[0] * row;

	return b[n[1]] - b[0] - a[n[1]] + a[0];
}

/* Of the picture with itself x, y away, where both are; 0 if that is little. */
static double alike(const struct picture *p, long x, long y)
{
	long t[2] = { x, y };
	size_t here[2], there[2], n[2], at[2];
	double both;

	for (int a = 0; a < 2; a++) {
		size_t far = (size_t)labs(t[a]);
		if (4 * far > 3 * p->n[a])
			return 0;
		n[a] = p->n[a] - far;
		here[a] = t[a] < 0 ? far : 0;
		there[a] = t[a] > 0 ? far : 0;
		at[a] = t[a] < 0 ? p->m[a] - far : far;
	}
	both = squares(p, here, n) * squares(p, there, n);
	return both > 0 ? p->c[2 * (at[0] * p->m[1] + at[1])] / sqrt(both) : 0;
}

/* (Where a neighbour is not known, the peak is elsewhere.) */
static int is_peak(const struct picture *p, long x, long y, double here)
{
	for (long i = -1; i <= 1; i++)
		for (long j = -1; j <= 1; j++) {
			double there = alike(p, x + i, y + j);
			if ((i || j) && (there > here || there == 0))
				return 0;
		}
	return 1;
}

static int by_likeness(const void *a, const void *b)
{
	double p = ((const struct shift *)a)->alike;
	double q = ((const struct shift *)b)->alike;

	return (p < q) - (p > q);
}

/* Where the parabola through three values, one apart, is highest. */
static double top(double before, double here, double after)
{
	double bend = before - 2 * here + after;

	return bend < 0 ? fmax(-0.5, fmin(0.5, (before - after) / (2 * bend)))
		: 0;
}

static void note(struct picture *p, double x, double y, double like)
{
	if (p->shifts == 2 * MOST) {
		qsort(p->shift, p->shifts, sizeof *p->shift, by_likeness);
		p->shifts = MOST;
	}
	p->shift[p->shifts++] = (struct shift){ { x, y }, like };
}

/* The best first, and of those that are nearly as good at most MOST. */
static void find_shifts(struct picture *p)
{
	long h = (long)p->n[0], w = (long)p->n[1];
	size_t i;

	for (long x = 0; x < h; x++)
		for (long y = x ? 1 - w : 1; y < w; y++) {
			double like = alike(p, x, y);
			if (like < ALIKE || !is_peak(p, x, y, like))
				continue;
			double u = (double)x + top(alike(p, x - 1, y), like,
				alike(p, x + 1, y));
			double v = (double)y + top(alike(p, x, y - 1), like,
				alike(p, x, y + 1));
			note(p, u, v, like);
			note(p, -u, -v, like);
		}
	qsort(p->shift, p->shifts, sizeof *p->shift, by_likeness);
	for (i = 0; i < p->shifts && i < MOST && p->shift[i].alike >=
			NEARLY * p->shift[0].alike; i++)
		;
	p->shifts = i;
}

/* ---- pixels beyond ---- */

static long mirrored(long i, size_t n)
{
	long turn = 2 * (long)n, k = i % turn;

	if (k < 0)
		k += turn;
	return k < (long)n ? k : turn - 1 - k;
}

static long nearest(long i, size_t n)
{
	return i < 0 ? 0 : i < (long)n ? i : (long)n - 1;
}

/*
 * How far x, y is from the picture; in it, how far from a pixel, less 1: so the
 * least is the best.
 */
static double distance(const struct picture *p, double x, double y)
{
	double i = nearbyint(x), j = nearbyint(y);
	double h = (double)p->n[0] - 1, w = (double)p->n[1] - 1;

	if (i >= 0 && i <= h && j >= 0 && j <= w)
		return hypot(x - i, y - j) - 1;
	return hypot(x - fmax(0, fmin(x, h)), y - fmax(0, fmin(y, w)));
}

/* By translations into the picture, or as near as they lead. */
static double beyond(const struct picture *p, double x, double y)
{
	double far = distance(p, x, y);

	for (int pass = 0; far >= 0 && pass < PASSES; pass++) {
		const struct shift *s, *best = NULL;
		for (s = p->shift; s < p->shift + p->shifts; s++) {
			double d = distance(p, x - s->t[0], y - s->t[1]);
			if (d < far) {
				far = d;
				best = s;
			}
		}
		if (!best)
			break;
		x -= best->t[0];
		y -= best->t[1];
	}
	return p->v[mirrored((long)nearbyint(x), p->n[0]) * (long)p->n[1] +
		mirrored((long)nearbyint(y), p->n[1])];
}

static int is_island(const struct picture *p)
{
	size_t h = p->n[0], w = p->n[1], i;
	double rim = 0, high = 0;

	for (i = 0; i < h * w; i++) {
		double v = fabs(p->v[i]);
		high = fmax(high, v);
		if (i < w || i >= (h - 1) * w || i % w == 0 || i % w == w - 1)
			rim = fmax(rim, v);
	}
	return rim < EMPTY * high;
}

static int look(struct picture *p)
{
	int rc;

	for (int a = 0; a < 2; a++)
		p->m[a] = ip_fft_size(2 * p->n[a]);
	p->c = ip_alloc_array(p->m[0] * p->m[1], 2 * sizeof *p->c);
	p->sum = ip_alloc_array((p->n[0] + 1) * (p->n[1] + 1),
		sizeof *p->sum);
	rc = p->c && p->sum ? correlate(p) : IP_ENOMEM;
	if (rc == 0)
		find_shifts(p);
	ip_free(p->c);
	ip_free(p->sum);
	return rc;
}

int ip_continue(const double *v, const size_t n[2], const long lo[2],
	const long hi[2], double **out)
{
	struct picture p = { .v = v, .n = { n[0], n[1] } };
	int island = is_island(&p), rc = island ? 0 : look(&p);
	double *to;

	if (rc < 0)
		return rc;
	*out = to = ip_alloc_array((size_t)(hi[0] - lo[0]), (size_t)(hi[1] -
		lo[1]) * sizeof *to);
	if (!to)
		return IP_ENOMEM;
	for (long x = lo[0]; x < hi[0]; x++)
		for (long y = lo[1]; y < hi[1]; y++)
			*to++ = island ? v[nearest(x, n[0]) * (long)n[1] +
				nearest(y, n[1])] : beyond(&p, (double)x,
				(double)y);
	return 0;
}
