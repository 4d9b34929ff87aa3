/* The transforms of weights and their gradient: see winograd.h. */
#include "loops.h"
#include "names.h"
#include "winograd.h"

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

#define PUT_ROW(l) a[l] = load_anywhere(w + (l) * row);
#define PUT_COLUMN(l) store_anywhere(to + (l) * LANES, a[l]);

/* to [depth][LANES] <- the transpose of w [n][depth], zeros behind n */
INLINE void turn_tap(ip_real *to, const ip_real *w, size_t row, size_t depth,
	size_t n)
{
	vec a[16];
	size_t k, l;

	if (depth >= LANES && n >= LANES) {
		UP_TO(LANES, PUT_ROW)
		turn(a);
		UP_TO(LANES, PUT_COLUMN)
		return;
	}
	for (k = 0; k < depth && k < LANES; k++)
		for (l = 0; l < LANES; l++)
			to[k * LANES + l] = l < n ? w[l * row + k] : 0;
}

void NAME(ip_conv_tile_weights_turned)(ip_real *u, size_t step, size_t pitch,
	const ip_real *w, size_t tap, size_t row, size_t depth, size_t n)
{
	ip_real turned[9][LANES * LANES];
	size_t c, i, k;

	for (i = 0; i < n; i += LANES, w += LANES * row, u += LANES)
		for (c = 0; c < depth; c += LANES) {
			for (k = 0; k < 9; k++)
				turn_tap(turned[8 - k], w + k * tap + c, row,
					depth - c, n - i);
			for (k = 0; k < LANES && c + k < depth; k++)
				tile_weights(u + (c + k) * pitch, step,
					turned[0] + k * LANES, LANES * LANES,
					LANES);
		}
}

/* w[0] .. w[2 step] from u[0] .. u[5 step] */
INLINE void values_turned(vec *w, const vec *u, size_t step)
{
	vec sum_a = AT_A * (u[step] + u[2 * step]);
	vec sum_b = AT_B * (u[3 * step] + u[4 * step]);

	w[0] = AT_0 * u[0] + sum_a + sum_b;
	w[step] = AT_A * A * (u[step] - u[2 * step]) + AT_B * B *
		(u[3 * step] - u[4 * step]);
	w[2 * step] = A2 * sum_a + B2 * sum_b + u[5 * step];
}

INLINE void tile_dw(ip_real *dw, size_t tap, const ip_real *u, size_t step,
	size_t n)
{
	vec all[36], t[18], w9[9];
	size_t k;

	for (k = 0; k < 36; k++)
		all[k] = load(u + k * step);
	for (k = 0; k < 6; k++)
		values_turned(t + 3 * k, all + 6 * k, 1);
	for (k = 0; k < 3; k++)
		values_turned(w9 + k, t + k, 3);
	for (k = 0; k < 9; k++)
		store_part(dw + k * tap, load_part(dw + k * tap, n) + w9[k], n);
}

void NAME(ip_conv_tile_dw)(ip_real *dw, size_t tap, size_t out,
	const ip_real *u, size_t step, size_t pitch, size_t rows, size_t n)
{
	size_t c, i, k;

	for (c = 0; c < rows; c++, dw += out, u += pitch)
		for (i = 0; i < n; i += LANES) {
			for (k = 0; k < 9; k++)
				soon(dw, k * tap + 4 * out + i);
			tile_dw(dw + i, tap, u + i, step, n - i);
		}
}
