/* Gradients of the normalisations. */
#include <math.h>
#include <string.h>
#include "channels.h"
#include "loops.h"
#include "rows.h"
#include "special.h"
#include "names.h"

/* Columns whose sums are kept near the processor. */
enum { CHUNK = 64 };

/* Sums of columns i .. i + width. */
INLINE void chunk(const struct ip_norm_grad *n, size_t i, size_t width)
{
	ip_real sum[CHUNK] = { 0 }, product[CHUNK] = { 0 };
	const ip_real *y = n->y + i, *dy = n->dy + i;
	const ip_real *add = n->add == NULL ? NULL : n->add + i;
	ip_real slope = n->slope, inverse = n->inverse;
	size_t r, k;

	for (r = 0; r < n->rows; r++, y += n->pitch, dy += n->pitch) {
#pragma omp simd
		for (k = 0; k < width; k++) {
			ip_real g = y[k] > 0 ? dy[k] : slope * dy[k];
			ip_real v = y[k] > 0 ? y[k] : inverse * y[k];

			if (add != NULL)
				v -= add[k];
			sum[k] += g;
			product[k] += g * v;
		}
		if (add != NULL)
			add += n->columns;
	}
	for (k = 0; k < width; k++) {
		n->g[i + k] = (double)sum[k];
		n->product[i + k] = (double)product[k];
	}
}

void NAME(ip_norm_grad_sums)(const struct ip_norm_grad *n)
{
	FOR_COLUMNS(n, chunk, CHUNK);
}

/* in rows of m */
INLINE void columns_of(size_t m, const struct ip_norm_grad *n)
{
	const ip_real *y = n->y, *dy = n->dy, *add = n->add;
	const ip_real *scale = n->scale, *constant = n->constant;
	const ip_real *linear = n->linear;
	ip_real slope = n->slope, inverse = n->inverse;
	ip_real *dx = n->dx, *dadd = n->dadd;
	size_t r, i;

	for (r = 0; r < n->rows; r++, y += n->pitch, dy += n->pitch, dx += m) {
#pragma omp simd
		for (i = 0; i < m; i++) {
			ip_real g = y[i] > 0 ? dy[i] : slope * dy[i];
			ip_real v = y[i] > 0 ? y[i] : inverse * y[i];

			if (add != NULL)
				v -= add[i];
			if (dadd != NULL)
				dadd[i] = g;
			dx[i] = scale[i] * g - constant[i] - linear[i] * v;
		}
		if (add != NULL)
			add += m;
		if (dadd != NULL)
			dadd += m;
	}
}

void NAME(ip_norm_grad)(const struct ip_norm_grad *n)
{
	FOR_CHANNELS(n->columns, columns_of, n);
}

/* Rows of x, of dy and of gamma, behind whose full vectors there are zeros. */
struct pair {
	struct rows x;
	const ip_real *dy, *gamma;
	size_t pitch;
	vec dy_tail[LANES], gamma_tail;
};

/* What dx of each row is made of, h = dy gamma:
 * scale h - constant - linear (x - mean - rest). */
struct coefs {
	ip_real mean[LANES], rest[LANES], scale[LANES], constant[LANES],
		linear[LANES];
};

INLINE vec gamma_at(const struct pair *t, size_t l)
{
	return t->gamma == NULL ? all(1) : load_anywhere(t->gamma + l);
}

/*
 * Sums of d = x - mean, of its square, of h and of h d, in one go: mean is
 * rounded, so that the first is not 0, but near enough that correcting the
 * others costs no digit.
 */
INLINE void pair_sums(const struct pair *t, const ip_real *mean, vec *sum)
{
	vec part[4][LANES];
	size_t i, l;

	memset(part, 0, sizeof(part));
	for (i = 0; i < t->x.count; i++) {
		vec d = (t->x.tail[i] - mean[i]) * t->x.mask;
		vec h = t->dy_tail[i] * t->gamma_tail;
		vec of_d = d, squares = d * d, of_h = h, products = h * d;

		for (l = 0; l + LANES <= t->x.n; l += LANES) {
			d = load_anywhere(t->x.x + i * t->x.n + l) - mean[i];
			h = load_anywhere(t->dy + i * t->pitch + l) *
				gamma_at(t, l);
			of_d += d;
			squares += d * d;
			of_h += h;
			products += h * d;
		}
		part[0][i] = of_d;
		part[1][i] = squares;
		part[2][i] = of_h;
		part[3][i] = products;
	}
	for (i = 0; i < 4; i++)
		sum[i] = totals(part[i]);
}

INLINE void coefs_of(const struct pair *t, struct coefs *k, double eps)
{
	ip_real part = 1 / (ip_real)t->x.n, square[LANES];
	vec sum[4], rest, scale;
	size_t i;

	store_anywhere(k->mean, part * rows_sum(&t->x));
	pair_sums(t, k->mean, sum);
	rest = part * sum[0];
	store_anywhere(k->rest, rest);
	store_anywhere(square, part * sum[1] - rest * rest);
	for (i = 0; i < LANES; i++)
		k->scale[i] = (ip_real)(1 / sqrt((double)square[i] + eps));
	scale = load_anywhere(k->scale);
	store_anywhere(k->constant, scale * part * sum[2]);
	store_anywhere(k->linear, scale * scale * scale * part *
		(sum[3] - rest * sum[2]));
}

/* The first width numbers of column l on of all rows. */
INLINE void pair_column(const struct pair *t, const struct coefs *k,
	const struct ip_layer_grad *n, ip_real *dx, size_t l, size_t width)
{
	vec gamma = width < LANES ? t->gamma_tail : gamma_at(t, l);
	vec of_gamma = load(n->sums + l);
	vec of_beta = load(n->sums + n->sums_pitch + l);
	size_t i;

	for (i = 0; i < t->x.count; i++, dx += t->x.n) {
		vec x = width < LANES ? t->x.tail[i] :
			load_anywhere(t->x.x + i * t->x.n + l);
		vec dy = width < LANES ? t->dy_tail[i] :
			load_anywhere(t->dy + i * t->pitch + l);
		vec d = x - k->mean[i] - k->rest[i];
		vec out = dy * gamma * k->scale[i] - k->constant[i] -
			k->linear[i] * d;

		if (n->add)
			out += load_part(dx + l, width);
		store_part(dx + l, out, width);
		of_gamma += dy * (d * k->scale[i]);
		of_beta += dy;
	}
	store(n->sums + l, of_gamma);
	store(n->sums + n->sums_pitch + l, of_beta);
}

INLINE void tails(struct pair *t, size_t n, const ip_real *dy)
{
	size_t width = n % LANES, i;

	t->dy = dy;
	for (i = 0; width > 0 && i < t->x.count; i++)
		t->dy_tail[i] = load_part(dy + i * t->pitch + n - width,
			width);
}

INLINE void layer_of(size_t c, const struct ip_layer_grad *n)
{
	size_t r, l, i, width = c % LANES;
	struct pair t;
	struct coefs k;

	memset(&t, 0, sizeof(t));
	for (i = 0; i < width; i++)
		((ip_real *)(void *)&t.x.mask)[i] = 1;
	t.pitch = n->pitch;
	t.gamma = n->gamma;
	t.gamma_tail = n->gamma == NULL ? all(1) :
		load_part(n->gamma + c - width, width);
	memset(n->sums, 0, 2 * n->sums_pitch * sizeof(*n->sums));
	for (r = 0; r < n->rows; r += LANES) {
		ip_real *dx = n->dx + r * c;

		rows_set(&t.x, c, n->x + r * c, n->rows - r < LANES ?
			n->rows - r : LANES);
		tails(&t, c, n->dy + r * n->pitch);
		coefs_of(&t, &k, n->eps);
		for (l = 0; l + LANES <= c; l += LANES)
			pair_column(&t, &k, n, dx, l, LANES);
		if (width > 0)
			pair_column(&t, &k, n, dx, l, width);
	}
}

void NAME(ip_layer_grad)(const struct ip_layer_grad *n)
{
	FOR_CHANNELS(n->c, layer_of, n);
}
