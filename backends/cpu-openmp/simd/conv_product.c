/*
 * The products under convolutions: blocks of ROWS rows by up to three vectors
 * of columns, whose sums stay in registers.
 */
#include <string.h>
#include "loops.h"
#include "names.h"
#include "vector.h"

/* sums and what is multiplied fill the 32 registers, or the 16 */
#if defined(__AVX512F__) || defined(__aarch64__)
enum { ROWS = 8 };
#else
enum { ROWS = 4 };
#endif

/* A vector of columns of a block's row, or what there is of it. */
INLINE void put(ip_real *c, vec v, size_t left)
{
	ip_real part[LANES];

	if (left >= LANES) {
		store_anywhere(c, v);
		return;
	}
	store_anywhere(part, v);
	memcpy(c, part, left * sizeof(*c));
}

INLINE vec get(const ip_real *c, size_t left)
{
	ip_real part[LANES] = { 0 };

	if (left >= LANES)
		return load_anywhere(c);
	memcpy(part, c, left * sizeof(*c));
	return load_anywhere(part);
}

#define START(r) \
	if (r < rows) { \
		const ip_real *from = p->start + (i + r) * p->start_pitch; \
		for (v = 0; v < vectors; v++) \
			sum[r][v] = p->start == NULL ? (vec){ 0 } : \
				get(from + v * LANES, p->columns - v * LANES); \
	}
#define ADD(r) \
	if (r < rows) { \
		ip_real x = a[r * p->a_pitch + k]; \
		sum[r][0] += x * b0; \
		if (vectors > 1) \
			sum[r][1] += x * b1; \
		if (vectors > 2) \
			sum[r][2] += x * b2; \
	}
#define FINISH(r) \
	if (r < rows) \
		for (v = 0; v < vectors; v++) \
			put(p->c + (i + r) * p->c_pitch + v * LANES, \
				sum[r][v], p->columns - v * LANES);
INLINE void block(const struct ip_product *p, size_t i, size_t rows,
	size_t vectors)
{
	const ip_real *a = p->a + i * p->a_pitch, *b = p->b;
	vec sum[8][3], b0, b1, b2;
	size_t k, v;

	START(0) START(1) START(2) START(3)
	START(4) START(5) START(6) START(7)
	for (k = 0; k < p->depth; k++, b += p->b_pitch) {
		if (rows == ROWS && k % 16 == 0)
			for (v = 0; v < ROWS; v++)	/* the next rows' */
				soon(a, (ROWS + v) * p->a_pitch + k);
		b0 = load(b);
		b1 = vectors > 1 ? load(b + LANES) : b0;
		b2 = vectors > 2 ? load(b + 2 * LANES) : b0;
		ADD(0) ADD(1) ADD(2) ADD(3) ADD(4) ADD(5) ADD(6) ADD(7)
	}
	FINISH(0) FINISH(1) FINISH(2) FINISH(3)
	FINISH(4) FINISH(5) FINISH(6) FINISH(7)
}

INLINE void all_rows(const struct ip_product *p, size_t vectors)
{
	size_t i;

	for (i = 0; i + ROWS <= p->rows; i += ROWS)
		block(p, i, ROWS, vectors);
	if (ROWS > 4 && i + 4 <= p->rows) {
		block(p, i, 4, vectors);
		i += 4;
	}
	if (i + 2 <= p->rows) {
		block(p, i, 2, vectors);
		i += 2;
	}
	if (i < p->rows)
		block(p, i, 1, vectors);
}

void NAME(ip_conv_product)(const struct ip_product *p)
{
	if (p->columns > 2 * LANES)
		all_rows(p, 3);
	else if (p->columns > LANES)
		all_rows(p, 2);
	else
		all_rows(p, 1);
}
