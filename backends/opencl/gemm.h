/* Products of matrices, convolutions among them, and sums of columns. */
#ifndef IP_CL_GEMM_H
#define IP_CL_GEMM_H

#include "opencl.h"

/*
 * c = a b, c [m][n]. a is made of the pixels of map: taps 1, a map like that;
 * 9, the same with the 3 x 3 pixels around each, its row being [9][map.c]; 4,
 * the 2 x 2 pixels of a map of twice as many rows and columns, [4][map.c], in a
 * slot. A row of a is a pixel, or, if turned, a column of these, and pixels are
 * what is summed over.
 *
 * b is [depth][n], or [n][depth] if it is columns; then its [taps] are taken in
 * reverse.
 *
 * Without 'turned', c = f(a b + bias) + add; pre gets what f was applied to, f
 * is GELU or nothing; all but a, b and c may be NULL, add may be c. If doubled,
 * c is a map of twice as many rows and columns, of n / 4 channels, in the slot,
 * and there is no pre and add. Turned, a b is added to c.
 */
struct ip_cl_gemm {
	struct ip_buf *c, *pre;
	const struct ip_buf *a, *b, *bias, *add;
	const struct ip_buf *slope;	/* a is times GELU's slope of this */
	struct ip_map map;
	size_t n;
	int taps, turned, columns, gelu, doubled;
	struct ip_slot slot;
};
int ip_cl_gemm(struct ip_dev *dev, const struct ip_cl_gemm *g);

/* y [n] += the sum over the rows of x [rows][n], times GELU's slope of pre
 * unless that is NULL. */
int ip_cl_sum_columns(struct ip_dev *dev, struct ip_buf *y,
	const struct ip_buf *x, const struct ip_buf *pre, size_t rows,
	size_t n);
/* y [n] += the sum of parts [count][n] */
int ip_cl_add_parts(struct ip_dev *dev, struct ip_buf *y,
	const struct ip_buf *parts, size_t n, size_t count);

#endif
