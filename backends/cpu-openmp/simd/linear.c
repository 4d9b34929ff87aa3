/* What linear and its gradient do before and after their products. */
#include "loops.h"
#include "special.h"
#include "names.h"

#define PUT_ROW(l) a[l] = load_anywhere(w + (l) * depth + k);
#define PUT_COLUMN(l) store(to + (k + (l)) * pitch, a[l]);

/* LANES columns, all there */
static void pack_vector(ip_real *restrict to, size_t pitch,
	const ip_real *restrict w, size_t depth)
{
	vec a[16];
	size_t k, l;

	for (k = 0; k + LANES <= depth; k += LANES) {
		UP_TO(LANES, PUT_ROW)
		turn(a);
		UP_TO(LANES, PUT_COLUMN)
	}
	for (; k < depth; k++)
		for (l = 0; l < LANES; l++)
			to[k * pitch + l] = w[l * depth + k];
}

void NAME(ip_linear_pack)(ip_real *to, size_t pitch, const ip_real *w,
	size_t columns, size_t depth)
{
	size_t c = 0, k;

	for (; c + LANES <= columns; c += LANES)
		pack_vector(to + c, pitch, w + c * depth, depth);
	for (; c < pitch; c++)
		for (k = 0; k < depth; k++)
			to[k * pitch + c] = c < columns ? w[c * depth + k] : 0;
}

INLINE void finish_row(const struct ip_finish *f, size_t row, int curved)
{
	size_t i, at = row * f->pitch;
	const ip_real *c = f->c + row * f->c_pitch;

	for (i = 0; i < f->columns; i += LANES) {
		size_t n = f->columns - i;
		vec v = load(c + i);

		if (f->pre != NULL)
			store_part(f->pre + at + i, v, n);
		if (curved)
			v = gelu(v);
		if (f->add != NULL)
			v += load_part(f->add + at + i, n);
		store_part(f->y + at + i, v, n);
	}
}

void NAME(ip_linear_finish)(const struct ip_finish *f)
{
	size_t row;

	for (row = 0; row < f->rows; row++)
		if (f->gelu)
			finish_row(f, row, 1);
		else
			finish_row(f, row, 0);
}

/* Numbers ahead of what is read, across the pages' bounds. */
enum { AHEAD = 512 };

INLINE void slope_row(ip_real *restrict d, const ip_real *restrict dy,
	const ip_real *restrict pre, size_t n, ip_real *restrict sum,
	int curved)
{
	size_t i;

	for (i = 0; i < n; i += LANES) {
		vec v = load_part(dy + i, n - i);

		soon(dy, i + AHEAD);
		if (curved) {
			soon(pre, i + AHEAD);
			v *= gelu_slope(load_part(pre + i, n - i));
		}
		store(d + i, v);
		store(sum + i, load(sum + i) + v);
	}
}

void NAME(ip_linear_slope)(ip_real *d, size_t pitch, const ip_real *dy,
	const ip_real *pre, size_t rows, size_t n, ip_real *sum)
{
	size_t row;

	for (row = 0; row < rows; row++, d += pitch, dy += n)
		if (pre != NULL)
			slope_row(d, dy, pre + row * n, n, sum, 1);
		else
			slope_row(d, dy, NULL, n, sum, 0);
}
