/* The transforms of a tile's pixels: see winograd.h. */
#include <string.h>
#include "loops.h"
#include "names.h"
#include "winograd.h"

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

/* One vector of channels. */
#define LOAD_ROW(r) \
	t[6 * (r)] = load_anywhere(x); \
	t[6 * (r) + 1] = load_anywhere(x + pitch); \
	t[6 * (r) + 2] = load_anywhere(x + 2 * pitch); \
	t[6 * (r) + 3] = load_anywhere(x + 3 * pitch); \
	t[6 * (r) + 4] = load_anywhere(x + 4 * pitch); \
	t[6 * (r) + 5] = load_anywhere(x + 5 * pitch); \
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
	size_t pitch)
{
	vec t[36];
	size_t r, s;

	/* the next tile's, which begins 4 pixels further on */
	for (r = 0; r < 6; r++)
		for (s = 6; s < 10; s++)
			soon(x, r * row + s * pitch);
	UP_TO(6, LOAD_ROW)
	UP_TO(6, SAVE_COLUMN)
}

void NAME(ip_conv_tile_in)(ip_real *v, size_t step, const ip_real *x,
	size_t row, size_t pitch, size_t n)
{
	size_t i;

	for (i = 0; i + LANES <= n; i += LANES)
		tile_in(v + i, step, x + i, row, pitch);
	if (i < n) {
		i = n < LANES ? 0 : n - LANES;
		tile_in(v + i, step, x + i, row, pitch);
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

INLINE void tile_add(ip_real *y, size_t row, size_t pitch, const vec *t)
{
	size_t r, s;

	for (r = 0; r < 4; r++, y += row)
		for (s = 0; s < 4; s++)
			store_anywhere(y + s * pitch, t[4 * r + s] +
				load_anywhere(y + s * pitch));
}

/* Fewer columns than lanes. */
static void tile_part(ip_real *y, size_t row, size_t pitch, const vec *t,
	const ip_real *bias, int add, size_t n)
{
	ip_real all[16 * LANES];
	size_t i, k;

	memcpy(all, t, sizeof(all));
	for (i = 0; i < 16; i++)
		for (k = 0; k < n; k++) {
			ip_real *to = y + i / 4 * row + i % 4 * pitch + k;

			*to = all[i * LANES + k] + (add ? *to :
				bias ? bias[k] : 0);
		}
}

void NAME(ip_conv_tile_out)(ip_real *y, size_t row, size_t pitch,
	const ip_real *m, size_t step, const ip_real *bias, int add, size_t n)
{
	const vec none = { 0 };
	vec t[16];
	size_t i;

	for (i = 0; i < n; i += LANES) {
		/* columns may be written twice, but not added twice */
		if (i + LANES > n && (n < LANES || add)) {
			tile_out(t, m + i, step);
			tile_part(y + i, row, pitch, t, bias, add, n - i);
			return;
		}
		if (i + LANES > n)
			i = n - LANES;
		tile_out(t, m + i, step);
		if (add)
			tile_add(y + i, row, pitch, t);
		else
			tile_put(y + i, row, pitch, t,
				bias ? load_anywhere(bias + i) : none);
	}
}

/* d[0] .. d[5] from y[0] .. y[3 step] */
INLINE void back_turned(vec *d, const vec *y, size_t step)
{
	vec y0 = y[0], y1 = y[step], y2 = y[2 * step], y3 = y[3 * step];
	vec even_a = y0 + A2 * y2, odd_a = A * y1 + A * A2 * y3;
	vec even_b = y0 + B2 * y2, odd_b = B * y1 + B * B2 * y3;

	d[0] = y0;
	d[1] = even_a + odd_a;
	d[2] = even_a - odd_a;
	d[3] = even_b + odd_b;
	d[4] = even_b - odd_b;
	d[5] = y3;
}

#define LOAD_DY(r) \
	y4[0] = load_part(dy + (r) * row, n); \
	y4[1] = load_part(dy + (r) * row + pitch, n); \
	y4[2] = load_part(dy + (r) * row + 2 * pitch, n); \
	y4[3] = load_part(dy + (r) * row + 3 * pitch, n); \
	back_turned(t + 6 * (r), y4, 1);
#define SAVE_DY(s) \
	back_turned(d6, t + (s), 6); \
	store(d + (s) * step, d6[0]); \
	store(d + (6 + (s)) * step, d6[1]); \
	store(d + (12 + (s)) * step, d6[2]); \
	store(d + (18 + (s)) * step, d6[3]); \
	store(d + (24 + (s)) * step, d6[4]); \
	store(d + (30 + (s)) * step, d6[5]);
INLINE void tile_dy(ip_real *d, size_t step, const ip_real *dy, size_t row,
	size_t pitch, size_t n)
{
	vec t[24], y4[4], d6[6];

	UP_TO(4, LOAD_DY)
	UP_TO(6, SAVE_DY)
}

void NAME(ip_conv_tile_dy)(ip_real *d, size_t step, const ip_real *dy,
	size_t row, size_t pitch, size_t n)
{
	size_t i;

	for (i = 0; i + LANES <= n; i += LANES)
		tile_dy(d + i, step, dy + i, row, pitch, LANES);
	if (i < n)
		tile_dy(d + i, step, dy + i, row, pitch, n - i);
}
