/*
 * The transforms of Winograd's convolution F(4x4, 3x3) (A. Lavin, S. Gray,
 * CVPR 2016): a polynomial product by its values in six points. These are 0,
 * +-5/8, +-3/2 and infinity instead of the usual 0, +-1, +-2: exact in binary,
 * and with float32 the error is less than half as large (B. Barabasz et al.,
 * ACM Trans. Math. Softw. 46, 37, 2020, look for such points). With a and b
 * the two numbers, one axis of a tile of inputs becomes the coefficients of
 * x (x^2 - a^2) (x^2 - b^2) without one factor each, of weights their values
 * over the products of differences between the points.
 */
#include <string.h>
#include "loops.h"
#include "names.h"
#include "vector.h"

#define A ((ip_real)0.625)
#define B ((ip_real)1.5)
#define A2 (A * A)
#define B2 (B * B)
/* 1 over what the points 0, +-a and +-b differ by from all others */
#define AT_0 ((ip_real)1 / (A2 * B2))
#define AT_A ((ip_real)1 / (2 * A2 * (A2 - B2)))
#define AT_B ((ip_real)1 / (2 * B2 * (B2 - A2)))

/* x[0] .. x[5 step] in place */
INLINE void forth(vec *x, size_t step)
{
	vec x0 = x[0], x1 = x[step], x2 = x[2 * step], x3 = x[3 * step];
	vec x4 = x[4 * step], x5 = x[5 * step];
	vec even_a = x4 - B2 * x2, odd_a = x3 - B2 * x1;
	vec even_b = x4 - A2 * x2, odd_b = x3 - A2 * x1;

	x[0] = x4 - (A2 + B2) * x2 + A2 * B2 * x0;
	x[step] = even_a + A * odd_a;
	x[2 * step] = even_a - A * odd_a;
	x[3 * step] = even_b + B * odd_b;
	x[4 * step] = even_b - B * odd_b;
	x[5 * step] = x5 - (A2 + B2) * x3 + A2 * B2 * x1;
}

/* y[0] .. y[3 step] from m[0] .. m[5 step] */
INLINE void back(vec *y, const vec *m, size_t step)
{
	vec sum_a = m[step] + m[2 * step], sum_b = m[3 * step] + m[4 * step];
	vec odd_a = m[step] - m[2 * step], odd_b = m[3 * step] - m[4 * step];

	y[0] = m[0] + sum_a + sum_b;
	y[step] = A * odd_a + B * odd_b;
	y[2 * step] = A2 * sum_a + B2 * sum_b;
	y[3 * step] = m[5 * step] + A * A2 * odd_a + B * B2 * odd_b;
}

/* u[0] .. u[5 step] from w[0] .. w[2 step] */
INLINE void values(vec *u, const vec *w, size_t step)
{
	vec w0 = w[0], w1 = w[step], w2 = w[2 * step];
	vec even_a = AT_A * w0 + AT_A * A2 * w2, odd_a = AT_A * A * w1;
	vec even_b = AT_B * w0 + AT_B * B2 * w2, odd_b = AT_B * B * w1;

	u[0] = AT_0 * w0;
	u[step] = even_a + odd_a;
	u[2 * step] = even_a - odd_a;
	u[3 * step] = even_b + odd_b;
	u[4 * step] = even_b - odd_b;
	u[5 * step] = w2;
}

/* One vector of channels. */
#define LOAD_ROW(r) \
	t[6 * (r)] = load_anywhere(x); \
	t[6 * (r) + 1] = load_anywhere(x + c); \
	t[6 * (r) + 2] = load_anywhere(x + 2 * c); \
	t[6 * (r) + 3] = load_anywhere(x + 3 * c); \
	t[6 * (r) + 4] = load_anywhere(x + 4 * c); \
	t[6 * (r) + 5] = load_anywhere(x + 5 * c); \
	forth(t + 6 * (r), 1); \
	x += row;
#define SAVE_COLUMN(s) \
	forth(t + (s), 6); \
	store_anywhere(v + (s) * step, t[s]); \
	store_anywhere(v + (6 + (s)) * step, t[6 + (s)]); \
	store_anywhere(v + (12 + (s)) * step, t[12 + (s)]); \
	store_anywhere(v + (18 + (s)) * step, t[18 + (s)]); \
	store_anywhere(v + (24 + (s)) * step, t[24 + (s)]); \
	store_anywhere(v + (30 + (s)) * step, t[30 + (s)]);
INLINE void tile_in(ip_real *v, size_t step, const ip_real *x, size_t row,
	size_t c)
{
	vec t[36];
	size_t r, s;

	/* the next tile's, which begins 4 pixels further on */
	for (r = 0; r < 6; r++)
		for (s = 6; s < 10; s++)
			soon(x, r * row + s * c);
	UP_TO(6, LOAD_ROW)
	UP_TO(6, SAVE_COLUMN)
}

void NAME(ip_conv_tile_in)(ip_real *v, size_t step, const ip_real *x,
	size_t row, size_t c)
{
	size_t i;

	for (i = 0; i + LANES <= c; i += LANES)
		tile_in(v + i, step, x + i, row, c);
	if (i < c) {
		i = c < LANES ? 0 : c - LANES;
		tile_in(v + i, step, x + i, row, c);
	}
}

#define LOAD_OUT(r) \
	m6[0] = load_anywhere(m + (6 * (r)) * step); \
	m6[1] = load_anywhere(m + (6 * (r) + 1) * step); \
	m6[2] = load_anywhere(m + (6 * (r) + 2) * step); \
	m6[3] = load_anywhere(m + (6 * (r) + 3) * step); \
	m6[4] = load_anywhere(m + (6 * (r) + 4) * step); \
	m6[5] = load_anywhere(m + (6 * (r) + 5) * step); \
	back(t + 4 * (r), m6, 1);
#define SAVE_OUT(s) back(t4 + (s), t + (s), 4);
INLINE void tile_out(vec *t4, const ip_real *m, size_t step)
{
	vec t[24], m6[6];

	UP_TO(6, LOAD_OUT)
	UP_TO(4, SAVE_OUT)
}

INLINE void tile_put(ip_real *y, size_t row, size_t pitch, const vec *t,
	vec start)
{
	size_t r;

	for (r = 0; r < 4; r++, y += row) {
		store_anywhere(y, t[4 * r] + start);
		store_anywhere(y + pitch, t[4 * r + 1] + start);
		store_anywhere(y + 2 * pitch, t[4 * r + 2] + start);
		store_anywhere(y + 3 * pitch, t[4 * r + 3] + start);
	}
}

/* Fewer columns than lanes. */
static void tile_part(ip_real *y, size_t row, size_t pitch, const vec *t,
	const ip_real *bias, size_t n)
{
	ip_real all[16 * LANES];
	size_t i, k;

	memcpy(all, t, sizeof(all));
	for (i = 0; i < 16; i++)
		for (k = 0; k < n; k++)
			y[i / 4 * row + i % 4 * pitch + k] =
				all[i * LANES + k] + (bias ? bias[k] : 0);
}

void NAME(ip_conv_tile_out)(ip_real *y, size_t row, size_t pitch,
	const ip_real *m, size_t step, const ip_real *bias, size_t n)
{
	const vec none = { 0 };
	vec t[16];
	size_t i = 0;

	if (n < LANES) {
		tile_out(t, m, step);
		tile_part(y, row, pitch, t, bias, n);
		return;
	}
	while (i < n) {
		if (i + LANES > n)
			i = n - LANES;
		tile_out(t, m + i, step);
		tile_put(y + i, row, pitch, t,
			bias ? load_anywhere(bias + i) : none);
		i += LANES;
	}
}

INLINE void tile_weights(ip_real *u, size_t step, const ip_real *w,
	size_t tap, size_t n)
{
	vec w9[9], t[18], all[36];
	size_t k;

	for (k = 0; k < 9; k++)
		w9[k] = load_part(w + k * tap, n);
	for (k = 0; k < 3; k++)
		values(t + k, w9 + k, 3);
	for (k = 0; k < 6; k++)
		values(all + 6 * k, t + 3 * k, 1);
	for (k = 0; k < 36; k++)
		store(u + k * step, all[k]);
}

void NAME(ip_conv_tile_weights)(ip_real *u, size_t step, size_t pitch,
	const ip_real *w, size_t tap, size_t out, size_t depth, size_t n)
{
	size_t c, i, k;

	for (c = 0; c < depth; c++, w += out, u += pitch)
		for (i = 0; i < n; i += LANES) {
			for (k = 0; k < 9; k++)
				soon(w, k * tap + 4 * out + i);
			tile_weights(u + i, step, w + i, tap, n - i);
		}
}
