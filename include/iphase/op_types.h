/* What the heavy operations of a backend work on. */
#ifndef IPHASE_OP_TYPES_H
#define IPHASE_OP_TYPES_H

#include <stddef.h>
#include <stdint.h>
#include <iphase/real.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ip_dev;			/* an open device; private to its backend */

/*
 * Device memory: size bytes that begin offset bytes into what handle names
 * (on cpu-openmp, plain host memory). A part of a buffer is a copy of this
 * struct with another offset, a multiple of 64, and size; only the whole is
 * ever freed.
 */
struct ip_buf {
	void *handle;
	size_t offset, size;
};

/*
 * A wave is kept in Fourier space, inside its band limit only: the kept
 * indices are -hx..hx and -hy..hy of an nx x ny grid, in that order, so an
 * array [2hx+1][2hy+1] of complex ip_real, 'band layout', with k = 0 in the
 * middle. 2hx+1 <= nx, 2hy+1 <= ny.
 */
struct ip_band {
	size_t nx, ny, hx, hy;
};

/*
 * What a detector plane sums, sparse: row r is the band index pixel[r]; the
 * entries first[r] <= e < first[r+1] add weight[e] |psi|^2 to channel[e].
 * Host memory; rows in ascending pixel order.
 */
struct ip_pixels {
	size_t rows, channels;
	const uint32_t *pixel, *first, *channel;
	const ip_real *weight;
};

/*
 * ---- the network ----
 * A map is [b][h][w][c] of ip_real: pictures, rows, columns, channels.
 */
struct ip_map {
	size_t b, h, w, c;
};

/*
 * Where an op writes its pixels: channel i of pixel p at p * pitch + first + i
 * of the buffer, the rest of which is left alone. This is concatenation. A
 * NULL slot is the packed map.
 */
struct ip_slot {
	size_t pitch, first;
};

enum ip_act { IP_ACT_NONE, IP_ACT_GELU };	/* GELU by the exact erf */

/*
 * Shifted-window attention of a map of h x w tokens (Z. Liu et al., ICCV 2021).
 * Channels are heads * dim, head by head. The map, padded at the bottom and at
 * the right to multiples of window, then rolled by -shift, is cut into windows.
 * - Padding has its qkv equal to qkv_bias; it is attended to like any token.
 * - Tokens that a shift (not 0) makes neighbours only by the roll get -100
 *   added to their logit: along an axis of padded length n, tokens of [0,
 *   n - window), [n - window, n - shift), [n - shift, n) are of three regions.
 * - The relative position bias has side^2 places, side = 2 reach - 1: for
 *   tokens i, j of one window, numbered row by row, it is that of row
 *   i / reach - j / reach + reach - 1 and column
 *   i % reach - j % reach + reach - 1, also in windows that are narrower
 *   than reach (as MONAI has it).
 */
struct ip_windows {
	size_t b, h, w, heads, dim;
	size_t window[2], shift[2];	/* rows, columns; shift < window */
	size_t reach;			/* window[0] window[1] <= reach^2 */
};

/* ---- training ---- */

/*
 * How far a prediction p is from its target t, as the sum of three parts with
 * these weights; the reference's are IP_LOSS_REFERENCE:
 * pixel     mean of |p - t|
 * fourier   mean of ||P| - |T||, P and T the transforms of p + 1e-8 and
 *           t + 1e-8 over rows and columns, of which w/2 + 1 columns are kept
 *           and counted once; unnormalised, or divided by sqrt(h w) if
 *           orthonormal
 * gradient  mean of ||dp/dy| - |dt/dy|| over rows, plus the same over columns,
 *           by differences of neighbours; none along an axis of one pixel
 */
struct ip_loss {
	double pixel, fourier, gradient;
	int orthonormal;
};
#define IP_LOSS_REFERENCE { 1, 0.1, 0.1, 0 }

/*
 * A step of AdamW (I. Loshchilov, F. Hutter, ICLR 2019), as PyTorch counts it:
 * g times scale is the gradient; step is 1 in the first step.
 */
struct ip_adamw {
	double rate, beta1, beta2, eps, decay, scale;
	uint64_t step;
};

#ifdef __cplusplus
}
#endif
#endif
