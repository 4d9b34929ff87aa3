/* Sums over the pixels of a picture with weights that a lattice asks for. */
#include <math.h>
#include <string.h>
#include "core/blas.h"
#include "core/core.h"
#include "em/repeat.h"
#include "cell_mean.h"

#define PI 3.14159265358979323846
enum { BLOCK = 512 };		/* terms summed at once */

void ip_cell_mean_close(struct ip_cell_mean *m)
{
	ip_free(m->w);
	ip_free(m->term);
	memset(m, 0, sizeof *m);
}

/* ---- weights ---- */

/* At x of n pixels, rising from 0 at both edges. */
static double rise(double x, size_t n)
{
	double s = sin(PI * (x + 0.5) / (double)n);

	return x > -0.5 && x < (double)n - 0.5 ? s * s : 0;
}

/* The sum of rises at pixel (i, j) and all that the lattice makes of it. */
static double rises(const struct ip_cell_mean *m, size_t i, size_t j)
{
	long most[2];
	double sum = 0;

	for (int a = 0; a < 2; a++)
		most[a] = (long)(fabs(m->b[a][0]) * (double)m->n[0] +
			fabs(m->b[a][1]) * (double)m->n[1]);
	for (long k = -most[0]; k <= most[0]; k++)
		for (long l = -most[1]; l <= most[1]; l++) {
			double x = (double)i + (double)k * m->a[0][0] +
				(double)l * m->a[1][0];
			double y = (double)j + (double)k * m->a[0][1] +
				(double)l * m->a[1][1];
			if (x > -0.5 && x < (double)m->n[0] - 0.5)
				sum += rise(x, m->n[0]) * rise(y, m->n[1]);
		}
	return sum;
}

static void weigh(struct ip_cell_mean *m)
{
	size_t n = m->n[0] * m->n[1];

	#pragma omp parallel for
	for (size_t i = 0; i < n; i++) {
		size_t x = i / m->n[1], y = i % m->n[1];
		m->w[i] = rise((double)x, m->n[0]) * rise((double)y, m->n[1]) /
			rises(m, x, y);
	}
}

/* Those that pixels can show, counted, and noted where there is room. */
static void collect(struct ip_cell_mean *m, double cutoff)
{
	long most[2];

	for (int a = 0; a < 2; a++)
		most[a] = (long)((fabs(m->a[a][0]) + fabs(m->a[a][1])) / 2);
	m->terms = 0;
	for (long h = 0; h <= most[0]; h++)
		for (long k = h ? -most[1] : 0; k <= most[1]; k++) {
			struct ip_cell_term t = { .h = { h, k } };
			ip_reciprocal_vector((const double (*)[2])m->b,
				(double)h, (double)k, t.g);
			if (fabs(t.g[0]) >= 0.5 || fabs(t.g[1]) >= 0.5)
				continue;
			for (int a = 0; a < 2; a++)
				t.g[a] /= m->pixel[a];
			if (hypot(t.g[0], t.g[1]) > cutoff)
				continue;
			if (m->term)
				m->term[m->terms] = t;
			m->terms++;
		}
}

int ip_cell_mean_open(struct ip_cell_mean *m, const size_t n[2],
	const double pixel[2], const double a[2][2], double cutoff)
{
	memset(m, 0, sizeof *m);
	memcpy(m->n, n, sizeof m->n);
	memcpy(m->pixel, pixel, sizeof m->pixel);
	memcpy(m->a, a, sizeof m->a);
	m->area = a[0][0] * a[1][1] - a[0][1] * a[1][0];
	ip_reciprocal(a, m->b);
	m->w = ip_alloc_array(n[0] * n[1], sizeof *m->w);
	collect(m, cutoff);
	m->term = ip_alloc_array(m->terms, sizeof *m->term);
	if (!m->w || !m->term) {
		ip_cell_mean_close(m);
		return IP_ENOMEM;
	}
	collect(m, cutoff);
	weigh(m);
	return 0;
}

/* ---- coefficients ---- */

/* exp(-2 pi i g x) at pixel x of axis a. */
static void phase(const struct ip_cell_mean *m, const struct ip_cell_term *t,
	int a, size_t x, double out[2])
{
	double turn = 2 * PI * fmod(t->g[a] * m->pixel[a] * (double)x, 1);

	out[0] = cos(turn);
	out[1] = -sin(turn);
}

/* right [n1][2 count], then [n0][2 count] = v right, then down to a number. */
static void transform(const struct ip_cell_mean *m, const double *v,
	const struct ip_cell_term *t, size_t count, double *right,
	double *rows, double *c)
{
	double p[2];

	for (size_t y = 0; y < m->n[1]; y++)
		for (size_t i = 0; i < count; i++)
			phase(m, &t[i], 1, y, right + 2 * (y * count + i));
	cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)m->n[0],
		(int)(2 * count), (int)m->n[1], 1 / m->area, v, (int)m->n[1],
		right, (int)(2 * count), 0, rows, (int)(2 * count));
	memset(c, 0, 2 * count * sizeof *c);
	for (size_t x = 0; x < m->n[0]; x++)
		for (size_t i = 0; i < count; i++) {
			const double *r = rows + 2 * (x * count + i);
			phase(m, &t[i], 0, x, p);
			c[2 * i] += r[0] * p[0] - r[1] * p[1];
			c[2 * i + 1] += r[0] * p[1] + r[1] * p[0];
		}
}

int ip_cell_mean_of(const struct ip_cell_mean *m, const double *v, double *c)
{
	size_t n = m->n[0] * m->n[1], count = 2 * BLOCK;
	double *weighed = ip_alloc_array(n, sizeof *weighed);
	double *right = ip_alloc_array(m->n[1] * count, sizeof *right);
	double *rows = ip_alloc_array(m->n[0] * count, sizeof *rows);
	int rc = weighed && right && rows ? 0 : IP_ENOMEM;

	for (size_t i = 0; rc == 0 && i < n; i++)
		weighed[i] = m->w[i] * v[i];
	ip_blas_single();
	for (size_t i = 0; rc == 0 && i < m->terms; i += BLOCK) {
		count = m->terms - i < BLOCK ? m->terms - i : BLOCK;
		transform(m, weighed, m->term + i, count, right, rows, c + 2 *
			i);
	}
	ip_free(weighed);
	ip_free(right);
	ip_free(rows);
	return rc;
}

double ip_cell_mean_variance(const struct ip_cell_mean *m, const double *c)
{
	double sum = 0;

	for (size_t i = 1; i < m->terms; i++)	/* the first one is 0 */
		sum += 2 * (c[2 * i] * c[2 * i] + c[2 * i + 1] * c[2 * i + 1]);
	return sum;
}
