/*
 * A crystal's own cell out of a picture: the lattice from the picture's
 * likeness to itself, and the cell's Fourier coefficients,
 *	c(g) = sum over pixels of w(r) v(r) exp(-2 pi i g . r) / area,
 * where the weights w of a point and of all that the lattice makes of it add up
 * to 1 and fall to 0 at the window's edge: of a picture that repeats itself
 * that is exact, however few cells there are and wherever they are cut off.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <iphase/consistency.h>
#include "core/blas.h"
#include "core/core.h"
#include "core/fft.h"
#include "em/repeat.h"
#include "em/translations.h"
#include "scene.h"

#define PI 3.14159265358979323846
#define NM 10.0			/* Angstrom */
#define WIDTH 16.0		/* Angstrom: box that the k grid stands for */
enum { BLOCK = 512 };		/* terms summed at once */

struct term {
	long h[2];
	double g[2];		/* 1/pixel */
	double c[2];
};

struct window {
	size_t at[2], n[2];
	double a[2][2], b[2][2];	/* lattice, pixels; reciprocal */
	double area;			/* of a cell, pixels */
	double *v, *w;			/* (n[0], n[1]); w: times v */
	double variance;
	struct term *term;		/* of g and -g one */
	size_t terms;
};

static void close_window(struct window *w)
{
	ip_free(w->v);
	ip_free(w->w);
	ip_free(w->term);
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
	w->w = ip_alloc_array(w->n[0] * w->n[1], sizeof *w->w);
	for (size_t i = 0; w->v && i < w->n[0]; i++)
		memcpy(w->v + i * w->n[1], p->v + (w->at[0] + i) * p->n[1] +
			w->at[1], w->n[1] * sizeof *w->v);
	return w->v && w->w ? 0 : IP_ENOMEM;
}

/* ---- weights ---- */

/* At x of n pixels, rising from 0 at both edges. */
static double rise(double x, size_t n)
{
	double s = sin(PI * (x + 0.5) / (double)n);

	return x > -0.5 && x < (double)n - 0.5 ? s * s : 0;
}

/* The sum of rises at pixel (i, j) and all that the lattice makes of it. */
static double rises(const struct window *w, size_t i, size_t j)
{
	long most[2];
	double sum = 0;

	for (int a = 0; a < 2; a++)
		most[a] = (long)(fabs(w->b[a][0]) * (double)w->n[0] +
			fabs(w->b[a][1]) * (double)w->n[1]);
	for (long k = -most[0]; k <= most[0]; k++)
		for (long l = -most[1]; l <= most[1]; l++) {
			double x = (double)i + (double)k * w->a[0][0] +
				(double)l * w->a[1][0];
			double y = (double)j + (double)k * w->a[0][1] +
				(double)l * w->a[1][1];
			if (x > -0.5 && x < (double)w->n[0] - 0.5)
				sum += rise(x, w->n[0]) * rise(y, w->n[1]);
		}
	return sum;
}

static void weigh(struct window *w)
{
	size_t n = w->n[0] * w->n[1], i;
	double mean = 0, square = 0;

	#pragma omp parallel for
	for (i = 0; i < n; i++) {
		size_t x = i / w->n[1], y = i % w->n[1];
		w->w[i] = rise((double)x, w->n[0]) * rise((double)y, w->n[1]) /
			rises(w, x, y);
	}
	for (i = 0; i < n; i++) {
		mean += w->w[i] * w->v[i] / w->area;
		square += w->w[i] * w->v[i] * w->v[i] / w->area;
		w->w[i] *= w->v[i];
	}
	w->variance = square - mean * mean;
}

/* ---- coefficients ---- */

/* Those g that pixels can show, counted, and noted where there is room. */
static void collect(struct window *w)
{
	long most[2];

	for (int a = 0; a < 2; a++)
		most[a] = (long)((fabs(w->a[a][0]) + fabs(w->a[a][1])) / 2);
	w->terms = 0;
	for (long h = 0; h <= most[0]; h++)
		for (long k = h ? -most[1] : 0; k <= most[1]; k++) {
			struct term t = { .h = { h, k } };
			ip_reciprocal_vector((const double (*)[2])w->b,
				(double)h, (double)k, t.g);
			if (fabs(t.g[0]) >= 0.5 || fabs(t.g[1]) >= 0.5)
				continue;
			if (w->term)
				w->term[w->terms] = t;
			w->terms++;
		}
}

/* right [n1][2 count], then [n0][2 count] = w right, then down to a number. */
static void transform(struct window *w, struct term *t, size_t count,
	double *right, double *rows)
{
	for (size_t y = 0; y < w->n[1]; y++)
		for (size_t i = 0; i < count; i++) {
			double turn = 2 * PI * fmod(t[i].g[1] * (double)y, 1);
			right[2 * (y * count + i)] = cos(turn);
			right[2 * (y * count + i) + 1] = -sin(turn);
		}
	cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)w->n[0],
		(int)(2 * count), (int)w->n[1], 1 / w->area, w->w,
		(int)w->n[1], right, (int)(2 * count), 0, rows,
		(int)(2 * count));
	for (size_t x = 0; x < w->n[0]; x++)
		for (size_t i = 0; i < count; i++) {
			double turn = 2 * PI * fmod(t[i].g[0] * (double)x, 1);
			const double *v = rows + 2 * (x * count + i);
			double re = cos(turn), im = -sin(turn);
			t[i].c[0] += v[0] * re - v[1] * im;
			t[i].c[1] += v[0] * im + v[1] * re;
		}
}

static int find_coefficients(struct window *w)
{
	size_t count = 2 * BLOCK;
	double *right = ip_alloc_array(w->n[1] * count, sizeof *right);
	double *rows = ip_alloc_array(w->n[0] * count, sizeof *rows);
	int rc;

	ip_free(w->term);
	w->term = NULL;
	collect(w);
	w->term = ip_alloc_array(w->terms, sizeof *w->term);
	rc = right && rows && w->term ? 0 : IP_ENOMEM;
	if (rc == 0) {
		collect(w);
		ip_blas_single();
	}
	for (size_t i = 0; rc == 0 && i < w->terms; i += BLOCK) {
		count = w->terms - i < BLOCK ? w->terms - i : BLOCK;
		transform(w, w->term + i, count, right, rows);
	}
	ip_free(right);
	ip_free(rows);
	return rc;
}

/* The share of the variance that the coefficients do not have. */
static double stray_of(const struct window *w)
{
	double sum = 0;

	for (size_t i = 1; i < w->terms; i++)	/* the first one is 0 */
		sum += 2 * (w->term[i].c[0] * w->term[i].c[0] +
			w->term[i].c[1] * w->term[i].c[1]);
	return w->variance > 0 ? 1 - sum / w->variance : 1;
}

/* ---- the cell ---- */

/* Its first vector along +x: the crystal's frame. */
static void frame_of(const struct window *w, const struct ip_scene_picture *p,
	struct ip_repeat_cell *cell, double *rotation)
{
	double a[2][2], length;

	for (int i = 0; i < 2; i++)
		for (int k = 0; k < 2; k++)
			a[i][k] = w->a[i][k] * p->pixel[k];
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
static int slice_of(const struct window *w, const struct ip_scene_picture *p,
	const struct ip_scene_part *r, const size_t n[2],
	struct ip_tensor *slice)
{
	size_t shape[3] = { 1, n[0], n[1] };
	double *y = ip_alloc_array(n[0] * n[1], 2 * sizeof *y), *v;
	int rc = y ? ip_tensor_new(slice, IP_F64, 3, shape) : IP_ENOMEM;

	for (size_t i = 0; rc == 0 && i < w->terms; i++) {
		const struct term *t = &w->term[i];
		double x = t->g[0] / p->pixel[0], z = t->g[1] / p->pixel[1];
		if (2 * labs(t->h[0]) < (long)n[0] &&
				2 * labs(t->h[1]) < (long)n[1])
			put(y, n, t->h, t->c, r->slice / NM * exp(-2 * PI *
				PI * r->displacement * (x * x + z * z)));
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
	for (int a = 0; a < 2; a++)
		s->start[a] = (double)(r->at[a] - w->at[a]) * p->pixel[a];
	rc = ip_repeat_grid(&cell, 1 / (3 * r->cutoff), n);
	if (rc == 0)
		rc = ip_repeat_waves(&cell, WIDTH, s->waves);
	if (rc == 0)
		rc = slice_of(w, p, r, n, &slice);
	if (rc == 0)
		rc = ip_period_from_slices(&s->period, &cell, &slice);
	ip_tensor_free(&slice);
	return rc;
}

/* Whether the lattice of translations nearly as good as the best is it. */
static int try_lattice(struct window *w, const struct ip_translations *found,
	double nearly, double stray)
{
	int rc = ip_translations_lattice(found, nearly, w->a);

	if (rc)
		return rc;
	w->area = w->a[0][0] * w->a[1][1] - w->a[0][1] * w->a[1][0];
	ip_reciprocal((const double (*)[2])w->a, w->b);
	weigh(w);
	rc = find_coefficients(w);
	return rc < 0 ? rc : stray_of(w) > stray;
}

/* A cell whose halves are much alike is taken for its half at first. */
static int find_cell(struct window *w, double stray)
{
	static const double nearly[] = { 0.9, 0.95, 0.98 };
	struct ip_translations found;
	int rc = ip_translations(w->v, w->n, &found), no = 1;

	for (size_t i = 0; rc == 0 && no == 1 && i < sizeof nearly /
	    sizeof *nearly; i++)
		no = try_lattice(w, &found, nearly[i], stray);
	ip_free(found.at);
	return rc < 0 ? rc : no;
}

int ip_scene_of_cell(const struct ip_scene_picture *p,
	const struct ip_scene_part *r, double stray, struct ip_scene *s)
{
	struct window w = { .area = 0 };
	int rc = cut(&w, p, r);

	memset(s, 0, sizeof *s);
	if (rc == 0)
		rc = find_cell(&w, stray);
	if (rc == 0)
		rc = make(&w, p, r, s);
	close_window(&w);
	return rc;
}
