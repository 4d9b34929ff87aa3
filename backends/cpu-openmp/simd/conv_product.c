/*
 * The products under convolutions and their gradients: blocks of ROWS rows by
 * up to three vectors of columns, whose sums stay in registers.
 */
#include "loops.h"
#include "names.h"
#include "vector.h"

/* sums and what is multiplied fill the 32 registers, or the 16 */
#if defined(__AVX512F__) || defined(__aarch64__)
enum { ROWS = 8 };
#else
enum { ROWS = 4 };
#endif

/* By macros, not by loops: only then do the sums never see memory. */
#define START(r) \
	for (v = 0; v < vectors; v++) \
		sum[r][v] = p->start == NULL ? (vec){ 0 } : load_part( \
			p->start + (i + (r)) * p->start_pitch + v * LANES, \
			p->columns - v * LANES);
#define SOON(r) soon(a, (ROWS + (r)) * p->a_pitch + k);
#define ADD(r) { \
	ip_real x = turned ? a[k * p->a_pitch + (r)] : \
		a[(r) * p->a_pitch + k]; \
	sum[r][0] += x * b0; \
	if (vectors > 1) \
		sum[r][1] += x * b1; \
	if (vectors > 2) \
		sum[r][2] += x * b2; \
}
#define FINISH(r) \
	for (v = 0; v < vectors; v++) \
		store_part(p->c + (i + (r)) * p->c_pitch + v * LANES, \
			sum[r][v], p->columns - v * LANES);
INLINE void block(const struct ip_product *p, size_t i, size_t rows,
	size_t vectors, int turned)
{
	const ip_real *a = p->a + (turned ? i : i * p->a_pitch), *b = p->b;
	vec sum[16][3], b0, b1, b2;
	size_t k, v;

	UP_TO(rows, START)
	for (k = 0; k < p->depth; k++, b += p->b_pitch) {
		if (!turned && rows == ROWS && k % 16 == 0) {
			UP_TO(ROWS, SOON)	/* the next block's */
		}
		if (turned && rows == ROWS)	/* what mostly follows */
			soon(a, (p->depth + k) * p->a_pitch);
		b0 = load_anywhere(b);
		b1 = vectors > 1 ? load_anywhere(b + LANES) : b0;
		b2 = vectors > 2 ? load_anywhere(b + 2 * LANES) : b0;
		UP_TO(rows, ADD)
	}
	UP_TO(rows, FINISH)
}

INLINE void all_rows(const struct ip_product *p, size_t vectors, int turned)
{
	size_t i;

	for (i = 0; i + ROWS <= p->rows; i += ROWS)
		block(p, i, ROWS, vectors, turned);
	if (ROWS > 4 && i + 4 <= p->rows) {
		block(p, i, 4, vectors, turned);
		i += 4;
	}
	if (i + 2 <= p->rows) {
		block(p, i, 2, vectors, turned);
		i += 2;
	}
	if (i < p->rows)
		block(p, i, 1, vectors, turned);
}

INLINE void product(const struct ip_product *p, int turned)
{
	if (p->columns > 2 * LANES)
		all_rows(p, 3, turned);
	else if (p->columns > LANES)
		all_rows(p, 2, turned);
	else
		all_rows(p, 1, turned);
}

void NAME(ip_conv_product)(const struct ip_product *p)
{
	product(p, 0);
}

void NAME(ip_conv_product_turned)(const struct ip_product *p)
{
	product(p, 1);
}
