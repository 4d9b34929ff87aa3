/* Translations of a picture by its correlation with itself. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <iphase/backend.h>
#include "core/core.h"
#include "core/fft.h"
#include "em/translations.h"

#define ALIKE 0.7	/* correlation of a crystal with itself */
enum { MOST = 1024 };
#define WHOLE 0.1	/* how far from a whole number a lattice's is */
#define LINE 0.2	/* sine of two vectors on one line */

struct picture {
	const double *v;
	size_t n[2], m[2];	/* m: with as much of nothing beside it */
	double *c;		/* [m0][m1] complex: its correlation */
	double *sum;		/* [n0 + 1][n1 + 1]: of squares before (i, j) */
	struct ip_translations *found;
};

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
	double p = ((const struct ip_translation *)a)->alike;
	double q = ((const struct ip_translation *)b)->alike;

	return (p < q) - (p > q);
}

/* Where the parabola through three values, one apart, is highest; what it has
 * there more than in the middle goes onto *more. */
static double top(double before, double here, double after, double *more)
{
	double bend = before - 2 * here + after;
	double at = bend < 0 ? fmax(-0.5, fmin(0.5, (before - after) / (2 *
		bend))) : 0;

	*more += (after - before) / 2 * at + bend / 2 * at * at;
	return at;
}

static void note(struct ip_translations *f, double x, double y, double peak,
	double alike)
{
	if (f->count == 2 * MOST) {
		qsort(f->at, f->count, sizeof *f->at, by_likeness);
		f->count = MOST;
	}
	f->at[f->count++] = (struct ip_translation){ { x, y }, peak, alike };
}

/* Of t and -t, which are as good. */
static void find(struct picture *p)
{
	struct ip_translations *f = p->found;
	long h = (long)p->n[0], w = (long)p->n[1];

	for (long x = 0; x < h; x++)
		for (long y = x ? 1 - w : 1; y < w; y++) {
			double like = alike(p, x, y), peak = like, u, v;
			if (like < ALIKE || !is_peak(p, x, y, like))
				continue;
			u = (double)x + top(alike(p, x - 1, y), like,
				alike(p, x + 1, y), &peak);
			v = (double)y + top(alike(p, x, y - 1), like,
				alike(p, x, y + 1), &peak);
			note(f, u, v, peak, like);
			note(f, -u, -v, peak, like);
		}
	qsort(f->at, f->count, sizeof *f->at, by_likeness);
	if (f->count > MOST)
		f->count = MOST;
}

int ip_translations(const double *v, const size_t n[2],
	struct ip_translations *found)
{
	struct picture p = { .v = v, .n = { n[0], n[1] }, .found = found };
	int rc;

	found->count = 0;
	found->at = ip_alloc_array(2 * MOST, sizeof *found->at);
	for (int a = 0; a < 2; a++)
		p.m[a] = ip_fft_size(2 * n[a]);
	p.c = ip_alloc_array(p.m[0] * p.m[1], 2 * sizeof *p.c);
	p.sum = ip_alloc_array((n[0] + 1) * (n[1] + 1), sizeof *p.sum);
	rc = p.c && p.sum && found->at ? correlate(&p) : IP_ENOMEM;
	if (rc == 0)
		find(&p);
	ip_free(p.c);
	ip_free(p.sum);
	return rc;
}

/* ---- the lattice ---- */

static double cross(const double a[2], const double b[2])
{
	return a[0] * b[1] - a[1] * b[0];
}

/* The shortest whose peak is not below; not on a line with `other` if that is
 * not NULL. */
static const double *shortest(const struct ip_translations *f, double below,
	const double *other)
{
	const double *best = NULL;
	double least = INFINITY;

	for (size_t i = 0; i < f->count; i++) {
		const double *t = f->at[i].t;
		double length = hypot(t[0], t[1]);
		if (length >= least || f->at[i].peak < below || (other
				&& fabs(cross(other, t)) < LINE * length *
				hypot(other[0], other[1])))
			continue;
		best = t;
		least = length;
	}
	return best;
}

/* How many of each vector t is, if it is; 0, or 1 if it is not. */
static int count(const double a[2][2], const double t[2], double m[2])
{
	double area = cross(a[0], a[1]), x = cross(t, a[1]) / area;
	double y = cross(a[0], t) / area;

	m[0] = nearbyint(x);
	m[1] = nearbyint(y);
	return fabs(x - m[0]) > WHOLE || fabs(y - m[1]) > WHOLE;
}

/* The vectors that fit all of them best, each being so many of them. */
static int fit(const struct ip_translations *f, double below, double a[2][2])
{
	double s[3] = { 0 }, r[2][2] = { { 0 } }, m[2], det;

	for (size_t i = 0; i < f->count; i++) {
		if (f->at[i].peak < below)
			continue;
		if (count((const double (*)[2])a, f->at[i].t, m))
			return 1;
		s[0] += m[0] * m[0];
		s[1] += m[0] * m[1];
		s[2] += m[1] * m[1];
		for (int k = 0; k < 2; k++)
			for (int l = 0; l < 2; l++)
				r[k][l] += m[k] * f->at[i].t[l];
	}
	det = s[0] * s[2] - s[1] * s[1];
	for (int l = 0; l < 2; l++) {
		a[0][l] = (s[2] * r[0][l] - s[1] * r[1][l]) / det;
		a[1][l] = (s[0] * r[1][l] - s[1] * r[0][l]) / det;
	}
	return 0;
}

/* Gauss's: a whole number of one off the other, for as long as that helps. */
static void reduce(double a[2][2])
{
	for (int pass = 0; pass < 64; pass++) {
		const double *u = a[pass & 1];
		double *v = a[!(pass & 1)];
		double m = nearbyint((u[0] * v[0] + u[1] * v[1]) / (u[0] *
			u[0] + u[1] * u[1]));
		v[0] -= m * u[0];
		v[1] -= m * u[1];
		if (m == 0 && pass > 0)
			break;
	}
}

int ip_translations_lattice(const struct ip_translations *f, double nearly,
	double a[2][2])
{
	const double *u, *v;
	double below = 0, sign;

	for (size_t i = 0; i < f->count; i++)
		below = fmax(below, nearly * f->at[i].peak);
	u = shortest(f, below, NULL);
	v = u ? shortest(f, below, u) : NULL;
	if (!v)
		return 1;
	sign = cross(u, v) < 0 ? -1 : 1;
	for (int l = 0; l < 2; l++) {
		a[0][l] = u[l];
		a[1][l] = sign * v[l];
	}
	if (fit(f, below, a))
		return 1;
	reduce(a);
	return 0;
}
