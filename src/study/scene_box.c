/* A part of a picture in a periodic box, blended at its edges. */
#include <math.h>
#include <string.h>
#include "core/core.h"
#include "core/fft.h"
#include "em/smear.h"
#include "scene.h"

#define PI 3.14159265358979323846
#define NM 10.0			/* Angstrom */

struct box {
	const struct ip_scene_picture *p;
	const struct ip_scene_part *r;
	long margin[2], blend[2];	/* pixels */
	size_t n[2];			/* pixels */
	double length[2];		/* Angstrom */
	size_t points[2];		/* of its grid */
};

void ip_scene_free(struct ip_scene *s)
{
	ip_period_free(s->period);
	memset(s, 0, sizeof *s);
}

/* Pixels of the margin, and of what its edge is blended with. */
static void margins(const struct ip_scene_picture *p, long margin[2],
	long blend[2])
{
	for (int a = 0; a < 2; a++) {
		margin[a] = (long)ceil(p->margin / p->pixel[a] - 1e-9);
		blend[a] = (margin[a] + 1) / 2;
	}
}

static int surround(struct ip_scene_picture *p)
{
	long margin[2], edge[2], high[2];

	margins(p, margin, edge);
	for (int a = 0; a < 2; a++) {
		p->low[a] = -margin[a] - edge[a];
		high[a] = (long)p->n[a] + margin[a];
	}
	p->width = (size_t)(high[1] - p->low[1]);
	return ip_continue(p->v, p->n, p->low, high, &p->wide);
}

/*
 * Of pixel x of a box with its low end at low, the pixels from which it comes:
 * its own, and towards the high end more and more of that before the low end.
 */
static double blend(long x, long box, long width)
{
	double s = (double)(x - (box - width) + 1) / (double)(width + 1);

	return s <= 0 ? 0 : s * s * (3 - 2 * s);
}

/* x complex [n0][n1]: the box's potential. */
static void cut(const struct box *b, double *x)
{
	const struct ip_scene_picture *p = b->p;
	long n[2] = { (long)b->n[0], (long)b->n[1] };
	long at[2];

	for (int a = 0; a < 2; a++)
		at[a] = (long)b->r->at[a] - b->margin[a] - p->low[a];
	for (long i = 0; i < n[0]; i++)
		for (long j = 0; j < n[1]; j++) {
			double u = blend(i, n[0], b->blend[0]);
			double w = blend(j, n[1], b->blend[1]), v = 0;
			for (int k = 0; k < 4; k++) {
				double part = (k & 1 ? u : 1 - u) *
					(k & 2 ? w : 1 - w);
				long to = i + at[0] - (k & 1 ? n[0] : 0);
				long too = j + at[1] - (k & 2 ? n[1] : 0);
				if (part > 0)
					v += part * p->wide[to *
						(long)p->width + too];
			}
			x[2 * (i * n[1] + j)] = v;
			x[2 * (i * n[1] + j) + 1] = 0;
		}
}

/* x [m0][m1] to y [n0][n1], both complex transforms: what both can hold. */
static void copy_band(const struct box *b, const double *x, double *y)
{
	const size_t *m = b->n, *n = b->points;
	long h[2];

	for (int a = 0; a < 2; a++)
		h[a] = (long)((m[a] < n[a] ? m[a] : n[a]) - 1) / 2;
	for (long i = -h[0]; i <= h[0]; i++)
		for (long k = -h[1]; k <= h[1]; k++) {
			size_t from = (size_t)(i < 0 ? i + (long)m[0] : i) *
				m[1] + (size_t)(k < 0 ? k + (long)m[1] : k);
			size_t to = (size_t)(i < 0 ? i + (long)n[0] : i) *
				n[1] + (size_t)(k < 0 ? k + (long)n[1] : k);
			double kx = (double)i / b->length[0];
			double ky = (double)k / b->length[1];
			double f = exp(-2 * PI * PI * b->r->displacement *
				(kx * kx + ky * ky));
			y[2 * to] = f * x[2 * from];
			y[2 * to + 1] = f * x[2 * from + 1];
		}
}

/* One slice (1, points) of the box, V Angstrom. */
static int slice_of(const struct box *b, struct ip_tensor *slice)
{
	size_t shape[3] = { 1, b->points[0], b->points[1] };
	size_t box = b->n[0] * b->n[1], n = shape[1] * shape[2];
	double *x = ip_alloc_array(box, 2 * sizeof *x);
	double *y = ip_alloc_array(n, 2 * sizeof *y), *v;
	double scale = b->r->slice / NM / (double)box;
	int rc = x && y ? 0 : IP_ENOMEM;

	if (rc == 0) {
		cut(b, x);
		rc = ip_fft_any(x, 2, b->n, -1);
	}
	if (rc == 0) {
		copy_band(b, x, y);
		rc = ip_fft_any(y, 2, b->points, 1);
	}
	if (rc == 0)
		rc = ip_tensor_new(slice, IP_F64, 3, shape);
	v = slice->data;
	for (size_t i = 0; rc == 0 && i < n; i++)
		v[i] = scale * y[2 * i];
	ip_free(x);
	ip_free(y);
	return rc;
}

static int measure(struct box *b)
{
	double most;

	margins(b->p, b->margin, b->blend);
	for (int a = 0; a < 2; a++) {
		b->n[a] = b->r->n[a] + 2 * (size_t)b->margin[a];
		b->length[a] = (double)b->n[a] * b->p->pixel[a];
		most = ceil(3 * b->r->cutoff * b->length[a]);
		b->points[a] = most < 16384 ? ip_fft_size((size_t)most) : 0;
		if (b->points[a] == 0)
			return ip_fail(IP_ELIMIT, "consistency: a box of %g A "
				"and waves of %g 1/A take %g points, expected "
				"at most 16384", b->length[a], b->r->cutoff,
				most);
	}
	return 0;
}

int ip_scene_of_box(struct ip_scene_picture *p, const struct ip_scene_part *r,
	struct ip_scene *s)
{
	struct box b = { .p = p, .r = r };
	struct ip_repeat_cell cell = { .period = r->slice };
	struct ip_tensor slice = { 0 };
	int rc = p->wide ? 0 : surround(p);

	memset(s, 0, sizeof *s);
	if (rc == 0)
		rc = measure(&b);
	if (rc == 0)
		rc = slice_of(&b, &slice);
	for (int a = 0; a < 2; a++) {
		s->waves[a] = 1;
		s->start[a] = (double)b.margin[a] * p->pixel[a];
		cell.a[a][a] = b.length[a];
	}
	if (rc == 0)
		rc = ip_period_from_slices(&s->period, &cell, &slice);
	ip_tensor_free(&slice);
	return rc;
}
