/*
 * What attention means, step by step on whole arrays: pad, roll, cut into
 * windows, attend, put back, roll back, crop. Its gradient goes the same way.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "ref.h"

/* A map that is padded to ph x pw. */
struct padded {
	const struct ip_windows *s;
	size_t ph, pw, channels;
};

static struct padded padded(const struct ip_windows *s)
{
	struct padded m = { s, (s->h + s->window[0] - 1) / s->window[0] *
		s->window[0], (s->w + s->window[1] - 1) / s->window[1] *
		s->window[1], s->heads * s->dim };

	return m;
}

/* Picture b of a map of c channels, padded with fill, and rolled. */
static void roll(double *to, const double *map, const double *fill,
	const struct padded *m, size_t b, size_t c)
{
	const struct ip_windows *s = m->s;
	size_t i, j;

	for (i = 0; i < m->ph; i++)
		for (j = 0; j < m->pw; j++, to += c) {
			size_t fi = (i + s->shift[0]) % m->ph;
			size_t fj = (j + s->shift[1]) % m->pw;

			memcpy(to, fi < s->h && fj < s->w ? map + ((b * s->h +
				fi) * s->w + fj) * c : fill, c * sizeof(*to));
		}
}

/* And back; what comes from padding is added to rest unless that is NULL. */
static void unroll(double *map, double *rest, const double *from,
	const struct padded *m, size_t b, size_t c)
{
	const struct ip_windows *s = m->s;
	size_t i, j, k;

	for (i = 0; i < m->ph; i++)
		for (j = 0; j < m->pw; j++, from += c) {
			size_t fi = (i + s->shift[0]) % m->ph;
			size_t fj = (j + s->shift[1]) % m->pw;

			if (fi < s->h && fj < s->w)
				memcpy(map + ((b * s->h + fi) * s->w + fj) * c,
					from, c * sizeof(*from));
			else
				for (k = 0; rest && k < c; k++)
					rest[k] += from[k];
		}
}

/* 0, 1 or 2 along an axis of padded length n. */
static int region(size_t i, size_t n, size_t window, size_t shift)
{
	if (shift == 0)
		return 0;
	return i < n - window ? 0 : i < n - shift ? 1 : 2;
}

/* Where token i of the window at r0, c0 is. */
static size_t row_of(const struct padded *m, size_t r0, size_t i)
{
	return r0 + i / m->s->window[1];
}

static size_t column_of(const struct padded *m, size_t c0, size_t i)
{
	return c0 + i % m->s->window[1];
}

static int foreign(const struct padded *m, size_t r0, size_t c0, size_t i,
	size_t j)
{
	const struct ip_windows *s = m->s;

	return region(row_of(m, r0, i), m->ph, s->window[0], s->shift[0]) !=
		region(row_of(m, r0, j), m->ph, s->window[0], s->shift[0]) ||
		region(column_of(m, c0, i), m->pw, s->window[1], s->shift[1]) !=
		region(column_of(m, c0, j), m->pw, s->window[1], s->shift[1]);
}

/* Where the bias of query i and key j is in the table, of head 0. */
static size_t place(const struct ip_windows *s, size_t i, size_t j)
{
	return ((i / s->reach + s->reach - 1 - j / s->reach) *
		(2 * s->reach - 1) + i % s->reach + s->reach - 1 -
		j % s->reach) * s->heads;
}

/* t [token][3][dim]: one head of the window at r0, c0 of z. */
static void gather(double *t, double *z, const struct padded *m, size_t r0,
	size_t c0, size_t h, int back)
{
	size_t n = m->s->window[0] * m->s->window[1], dim = m->s->dim, i;

	for (i = 0; i < 3 * n; i++, t += dim) {
		double *at = z + ((row_of(m, r0, i / 3) * m->pw +
			column_of(m, c0, i / 3)) * 3 + i % 3) * m->channels +
			h * dim;

		memcpy(back ? at : t, back ? t : at, dim * sizeof(*t));
	}
}

/* p: what query i of the window makes of its keys. */
static void weigh(double *p, const double *t, const double *table,
	const struct padded *m, size_t r0, size_t c0, size_t i)
{
	size_t n = m->s->window[0] * m->s->window[1], dim = m->s->dim, j, d;
	double most = -INFINITY, sum = 0;

	for (j = 0; j < n; j++) {
		p[j] = 0;
		for (d = 0; d < dim; d++)
			p[j] += t[3 * i * dim + d] * t[(3 * j + 1) * dim + d];
		p[j] = p[j] / sqrt((double)dim) + table[place(m->s, i, j)] -
			(foreign(m, r0, c0, i, j) ? 100 : 0);
		most = p[j] > most ? p[j] : most;
	}
	for (j = 0; j < n; j++)
		sum += p[j] = exp(p[j] - most);
	for (j = 0; j < n; j++)
		p[j] /= sum;
}

static void one_window(double *out, double *z, const double *table,
	const struct padded *m, size_t r0, size_t c0)
{
	size_t n = m->s->window[0] * m->s->window[1], dim = m->s->dim;
	size_t i, j, h, d;
	double *t = malloc(3 * n * dim * sizeof(*t));
	double *p = malloc(n * sizeof(*p)), *o;

	for (h = 0; h < m->s->heads; h++) {
		gather(t, z, m, r0, c0, h, 0);
		for (i = 0; i < n; i++) {
			weigh(p, t, table + h, m, r0, c0, i);
			o = out + (row_of(m, r0, i) * m->pw +
				column_of(m, c0, i)) * m->channels + h * dim;
			for (d = 0; d < dim; d++)
				for (o[d] = 0, j = 0; j < n; j++)
					o[d] += p[j] * t[(3 * j + 2) * dim + d];
		}
	}
	free(t);
	free(p);
}

/* dt [token][3][dim] and dtable from query i, whose output has gradient g. */
static void query_grad(double *dt, double *dtable, const double *g,
	const double *p, const double *t, const struct padded *m, size_t i)
{
	size_t n = m->s->window[0] * m->s->window[1], dim = m->s->dim, j, d;
	double scale = 1 / sqrt((double)dim), mean = 0, *dp;

	dp = calloc(n, sizeof(*dp));
	for (j = 0; j < n; j++) {
		for (d = 0; d < dim; d++) {
			dp[j] += g[d] * t[(3 * j + 2) * dim + d];
			dt[(3 * j + 2) * dim + d] += p[j] * g[d];
		}
		mean += p[j] * dp[j];
	}
	for (j = 0; j < n; j++) {
		double ds = p[j] * (dp[j] - mean);

		dtable[place(m->s, i, j)] += ds;
		for (d = 0; d < dim; d++) {
			dt[3 * i * dim + d] += ds * scale *
				t[(3 * j + 1) * dim + d];
			dt[(3 * j + 1) * dim + d] += ds * scale *
				t[3 * i * dim + d];
		}
	}
	free(dp);
}

static void one_window_grad(double *dz, double *dtable, const double *g,
	double *z, const double *table, const struct padded *m, size_t r0,
	size_t c0)
{
	size_t n = m->s->window[0] * m->s->window[1], dim = m->s->dim, i, h;
	double *t = malloc(3 * n * dim * sizeof(*t));
	double *dt = malloc(3 * n * dim * sizeof(*dt));
	double *p = malloc(n * sizeof(*p));

	for (h = 0; h < m->s->heads; h++) {
		gather(t, z, m, r0, c0, h, 0);
		memset(dt, 0, 3 * n * dim * sizeof(*dt));
		for (i = 0; i < n; i++) {
			weigh(p, t, table + h, m, r0, c0, i);
			query_grad(dt, dtable + h, g + (row_of(m, r0, i) *
				m->pw + column_of(m, c0, i)) * m->channels +
				h * dim, p, t, m, i);
		}
		gather(dt, dz, m, r0, c0, h, 1);
	}
	free(t);
	free(dt);
	free(p);
}

void ip_ref_attention(double *y, const double *qkv, const double *qkv_bias,
	const double *table, const struct ip_windows *s)
{
	struct padded m = padded(s);
	size_t n = m.ph * m.pw * m.channels, b, r, c;
	double *z = malloc(3 * n * sizeof(*z)), *out = malloc(n * sizeof(*out));

	for (b = 0; b < s->b; b++) {
		roll(z, qkv, qkv_bias, &m, b, 3 * m.channels);
		for (r = 0; r < m.ph; r += s->window[0])
			for (c = 0; c < m.pw; c += s->window[1])
				one_window(out, z, table, &m, r, c);
		unroll(y, NULL, out, &m, b, m.channels);
	}
	free(z);
	free(out);
}

void ip_ref_attention_grad(double *dqkv, double *dqkv_bias, double *dtable,
	const double *dy, const double *qkv, const double *qkv_bias,
	const double *table, const struct ip_windows *s)
{
	struct padded m = padded(s);
	size_t n = m.ph * m.pw * m.channels, b, r, c;
	double *z = malloc(3 * n * sizeof(*z)), *g = malloc(n * sizeof(*g));
	double *dz = malloc(3 * n * sizeof(*dz));
	double *none = calloc(m.channels, sizeof(*none));

	for (b = 0; b < s->b; b++) {
		roll(z, qkv, qkv_bias, &m, b, 3 * m.channels);
		roll(g, dy, none, &m, b, m.channels);
		for (r = 0; r < m.ph; r += s->window[0])
			for (c = 0; c < m.pw; c += s->window[1])
				one_window_grad(dz, dtable, g, z, table, &m,
					r, c);
		unroll(dqkv, dqkv_bias, dz, &m, b, 3 * m.channels);
	}
	free(z);
	free(g);
	free(dz);
	free(none);
}
