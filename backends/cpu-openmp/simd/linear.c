/* What linear does before and after its products. */
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
