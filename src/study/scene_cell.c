/*
 * A crystal's own cell out of a picture: the lattice from the picture's
 * likeness to itself, and the mean over the cells of a window.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <iphase/consistency.h>
#include "core/core.h"
#include "core/fft.h"
#include "em/translations.h"
#include "cell_mean.h"
#include "scene.h"

#define PI 3.14159265358979323846
#define NM 10.0			/* Angstrom */
#define WIDTH 16.0		/* Angstrom: box that the k grid stands for */

struct window {
	size_t at[2], n[2];
	double *v;		/* (n[0], n[1]) */
	struct ip_cell_mean mean;
	double *c;		/* of its terms */
};

static void close_window(struct window *w)
{
	ip_free(w->v);
	ip_free(w->c);
	ip_cell_mean_close(&w->mean);
}

/* About the part, as much as there is. */
static int cut(struct window *w, const struct ip_scene_picture *p,
	const struct ip_scene_part *r)
{
	for (int a = 0; a < 2; a++) {
		size_t n = (size_t)(IP_CONSISTENCY_CRYSTAL / p->pixel[a]);
		size_t before;
		n = n < r->n[a] ? r->n[a] : n > p->n[a] ? p->n[a] : n;
		before = (n - r->n[a]) / 2;
		w->at[a] = r->at[a] < before ? 0 : r->at[a] - before;
		if (w->at[a] > p->n[a] - n)
			w->at[a] = p->n[a] - n;
		w->n[a] = n;
	}
	w->v = ip_alloc_array(w->n[0] * w->n[1], sizeof *w->v);
	for (size_t i = 0; w->v && i < w->n[0]; i++)
		memcpy(w->v + i * w->n[1], p->v + (w->at[0] + i) * p->n[1] +
			w->at[1], w->n[1] * sizeof *w->v);
	return w->v ? 0 : IP_ENOMEM;
}

/* ---- the cell ---- */

/* Its first vector along +x: the crystal's frame. */
static void frame_of(const struct window *w, const struct ip_scene_picture *p,
	struct ip_repeat_cell *cell, double *rotation)
{
	double a[2][2], length;

	for (int i = 0; i < 2; i++)
		for (int k = 0; k < 2; k++)
			a[i][k] = w->mean.a[i][k] * p->pixel[k];
	length = hypot(a[0][0], a[0][1]);
	*rotation = atan2(a[0][1], a[0][0]);
	cell->a[0][0] = length;
	cell->a[1][0] = (a[0][0] * a[1][0] + a[0][1] * a[1][1]) / length;
	cell->a[1][1] = (a[0][0] * a[1][1] - a[0][1] * a[1][0]) / length;
}

/* y complex [n0][n1]: coefficient c of h, and that of -h. */
static void put(double *y, const size_t n[2], const long h[2],
	const double c[2], double factor)
{
	for (int sign = -1; sign <= 1; sign += 2) {
		size_t at[2];
		for (int a = 0; a < 2; a++)
			at[a] = (size_t)(sign * h[a] < 0 ? (long)n[a] + sign *
				h[a] : sign * h[a]);
		y[2 * (at[0] * n[1] + at[1])] = factor * c[0];
		y[2 * (at[0] * n[1] + at[1]) + 1] = factor * sign * c[1];
	}
}

/* One slice (1, n[0], n[1]) of the cell, V Angstrom. */
static int slice_of(const struct window *w, const struct ip_scene_part *r,
	const size_t n[2], struct ip_tensor *slice)
{
	size_t shape[3] = { 1, n[0], n[1] };
	double *y = ip_alloc_array(n[0] * n[1], 2 * sizeof *y), *v;
	int rc = y ? ip_tensor_new(slice, IP_F64, 3, shape) : IP_ENOMEM;

	for (size_t i = 0; rc == 0 && i < w->mean.terms; i++) {
		const struct ip_cell_term *t = &w->mean.term[i];
		double square = t->g[0] * t->g[0] + t->g[1] * t->g[1];
		if (2 * labs(t->h[0]) < (long)n[0] &&
				2 * labs(t->h[1]) < (long)n[1])
			put(y, n, t->h, w->c + 2 * i, r->slice / NM * exp(-2 *
				PI * PI * r->displacement * square));
	}
	if (rc == 0)
		rc = ip_fft_any(y, 2, n, 1);
	v = slice->data;
	for (size_t i = 0; rc == 0 && i < n[0] * n[1]; i++)
		v[i] = y[2 * i];
	ip_free(y);
	return rc;
}

static int make(const struct window *w, const struct ip_scene_picture *p,
	const struct ip_scene_part *r, struct ip_scene *s)
{
	struct ip_repeat_cell cell = { .period = r->slice };
	struct ip_tensor slice = { 0 };
	size_t n[2];
	int rc;

	frame_of(w, p, &cell, &s->rotation);
	memcpy(s->lattice, w->mean.a, sizeof s->lattice);
	for (int a = 0; a < 2; a++)
		s->start[a] = (double)(r->at[a] - w->at[a]) * p->pixel[a];
	rc = ip_repeat_grid(&cell, 1 / (3 * r->cutoff), n);
	if (rc == 0)
		rc = ip_repeat_waves(&cell, WIDTH, s->waves);
	if (rc == 0)
		rc = slice_of(w, r, n, &slice);
	if (rc == 0)
		rc = ip_period_from_slices(&s->period, &cell, &slice);
	ip_tensor_free(&slice);
	return rc;
}

/* The share of the weighed variance that the mean cell does not have. */
static double stray_of(const struct window *w)
{
	const struct ip_cell_mean *m = &w->mean;
	double mean = 0, square = 0, variance;

	for (size_t i = 0; i < w->n[0] * w->n[1]; i++) {
		mean += m->w[i] * w->v[i] / m->area;
		square += m->w[i] * w->v[i] * w->v[i] / m->area;
	}
	variance = square - mean * mean;
	return variance > 0 ? 1 - ip_cell_mean_variance(m, w->c) / variance :
		1;
}

/* Whether the lattice of translations nearly as good as the best is it. */
static int try_lattice(struct window *w, const double pixel[2],
	const struct ip_translations *found, double nearly, double stray)
{
	double a[2][2];
	int rc = ip_translations_lattice(found, nearly, a);

	if (rc)
		return rc;
	ip_cell_mean_close(&w->mean);
	ip_free(w->c);
	w->c = NULL;
	rc = ip_cell_mean_open(&w->mean, w->n, pixel,
		(const double (*)[2])a, INFINITY);
	if (rc == 0)
		w->c = ip_alloc_array(w->mean.terms, 2 * sizeof *w->c);
	if (rc == 0)
		rc = w->c ? ip_cell_mean_of(&w->mean, w->v, w->c) : IP_ENOMEM;
	return rc < 0 ? rc : stray_of(w) > stray;
}

/* A cell whose halves are much alike is taken for its half at first. */
static int find_cell(struct window *w, const double pixel[2], double stray)
{
	static const double nearly[] = { 0.9, 0.95, 0.98 };
	struct ip_translations found;
	int rc = ip_translations(w->v, w->n, &found), no = 1;

	for (size_t i = 0; rc == 0 && no == 1 && i < sizeof nearly /
	    sizeof *nearly; i++)
		no = try_lattice(w, pixel, &found, nearly[i], stray);
	ip_free(found.at);
	return rc < 0 ? rc : no;
}

int ip_scene_of_cell(const struct ip_scene_picture *p,
	const struct ip_scene_part *r, double stray, struct ip_scene *s)
{
	struct window w = { .v = NULL };
	int rc = cut(&w, p, r);

	memset(s, 0, sizeof *s);
	if (rc == 0)
		rc = find_cell(&w, p->pixel, stray);
	if (rc == 0)
		rc = make(&w, p, r, s);
	close_window(&w);
	return rc;
}
