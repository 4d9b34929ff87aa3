/*
 * The heavy operations of a backend: what each computes, in which layout.
 * Those of the scattering first, those of the network behind them.
 */
#ifndef IPHASE_OPS_H
#define IPHASE_OPS_H

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

/*
 * Conventions of every op: outputs, then inputs, then scalars; status
 * returned; the caller owns all buffers; inputs are not changed; complex
 * numbers are (real, imaginary) pairs of ip_real; results do not depend on
 * the number of threads.
 */
struct ip_ops {
	/*
	 * In place, x [batch][nx][ny] complex, times exp(sign 2 pi i k r / n),
	 * sign -1 (forward) or +1, unnormalised. Sizes with factors 2, 3, 5, 7.
	 */
	int (*fft2)(struct ip_dev *, struct ip_buf *x, size_t nx, size_t ny,
		size_t batch, int sign);
	/*
	 * t [n][nx][ny] complex = band limit of exp(i sigma v): its Fourier
	 * transform times aperture (band layout, real, zero outside the band).
	 * v [n][nx][ny] real, V Angstrom.
	 */
	int (*transmission)(struct ip_dev *, struct ip_buf *t,
		const struct ip_buf *v, const struct ip_buf *aperture,
		const struct ip_band *band, double sigma, size_t n);
	/*
	 * waves [n] band layout, in place, through slices first .. first+count
	 * of t: each slice psi(k) <- prop(k) FFT[t IFFT psi]. prop in band
	 * layout, one for all waves, or one a wave if per_wave.
	 */
	int (*multislice)(struct ip_dev *, struct ip_buf *waves,
		const struct ip_buf *t, const struct ip_buf *prop, int per_wave,
		const struct ip_band *band, size_t n, size_t first,
		size_t count);
	/* out [n][channels] real: the sums of ip_pixels for each of n waves. */
	int (*detect)(struct ip_dev *, struct ip_buf *out,
		const struct ip_buf *waves, const struct ip_pixels *pixels,
		const struct ip_band *band, size_t n);
	/*
	 * s [rows][columns] complex: s[r][column + w] = waves[w][pixel[r]].
	 * waves may begin with any wave of its buffer, at an offset that is
	 * no multiple of 64.
	 */
	int (*gather)(struct ip_dev *, struct ip_buf *s,
		const struct ip_buf *waves, const struct ip_pixels *pixels,
		const struct ip_band *band, size_t n, size_t column,
		size_t columns);
	/*
	 * The Fourier-domain scan. For each row r the amplitude at scan point
	 * (ix, iy) of an sx x sy grid is the forward transform of the array
	 * that holds coef[c] s[r][c] at place[c] (= jx sy + jy), summed
	 * where places repeat; out
	 * [channels][sx][sy] real gets the sums of weight |amplitude|^2.
	 * place is host memory.
	 */
	int (*scan)(struct ip_dev *, struct ip_buf *out, const struct ip_buf *s,
		const struct ip_buf *coef, const uint32_t *place,
		const struct ip_pixels *pixels, size_t columns, size_t sx,
		size_t sy);

	/*
	 * Results for one picture do not depend on what else is in the batch.
	 *
	 * y [b][h][w][out] = x * w + bias: cross-correlation with w
	 * [k][k][in.c][out], k = 1 or 3, zeros outside the picture. bias [out]
	 * may be NULL.
	 */
	int (*conv)(struct ip_dev *, struct ip_buf *y, const struct ip_buf *x,
		const struct ip_buf *w, const struct ip_buf *bias,
		const struct ip_map *in, size_t out, size_t k);
	/*
	 * Each pixel becomes 2 x 2: y [b][2h][2w][out],
	 * y(2i+r, 2j+s, o) = sum over c of x(i, j, c) w[r][s][o][c].
	 */
	int (*conv_transpose)(struct ip_dev *, struct ip_buf *y,
		const struct ip_slot *slot, const struct ip_buf *x,
		const struct ip_buf *w, const struct ip_map *in, size_t out);
	/*
	 * y = f((x - mean) / sqrt(variance + eps) + add), mean and (biased)
	 * variance over the pixels of one picture's channel, f(v) = v for
	 * v > 0, else slope v. add, a packed map like x, may be NULL. stats
	 * [b][c][2] gets mean and 1 / sqrt(variance + eps). y may be x or add.
	 * IP_EINVAL for a picture of a single pixel.
	 */
	int (*instance_norm)(struct ip_dev *, struct ip_buf *y,
		const struct ip_slot *slot, struct ip_buf *stats,
		const struct ip_buf *x, const struct ip_buf *add,
		const struct ip_map *in, double eps, double slope);
	/*
	 * y = (x - mean) / sqrt(variance + eps) gamma + beta over the channels
	 * of each pixel. gamma and beta [c] are both there or both NULL. y may
	 * be x.
	 */
	int (*layer_norm)(struct ip_dev *, struct ip_buf *y,
		const struct ip_slot *slot, const struct ip_buf *x,
		const struct ip_buf *gamma, const struct ip_buf *beta,
		const struct ip_map *in, double eps);
	/*
	 * y [b][h][w][out] = act(x w' + bias) + add, w [out][in.c]. bias
	 * [out] and add (a map like y) may be NULL; y may be add. pre, NULL or
	 * a map like y, gets what act was applied to.
	 */
	int (*linear)(struct ip_dev *, struct ip_buf *y, struct ip_buf *pre,
		const struct ip_buf *x, const struct ip_buf *w,
		const struct ip_buf *bias, const struct ip_buf *add,
		const struct ip_map *in, size_t out, enum ip_act act);
	/*
	 * y [b][h][w][heads dim] = softmax(q k' / sqrt(dim) + bias + mask) v
	 * in each window and head. qkv [b][h][w][3][heads][dim]; qkv_bias
	 * [3][heads][dim]; table [side^2][heads]: see struct ip_windows.
	 */
	int (*attention)(struct ip_dev *, struct ip_buf *y,
		const struct ip_buf *qkv, const struct ip_buf *qkv_bias,
		const struct ip_buf *table, const struct ip_windows *s);
	/*
	 * y [b][h/2][w/2][4][c]: the pixels (0,0), (1,0), (0,1), (1,1) (row,
	 * column) of each 2 x 2 block side by side. h and w are even.
	 */
	int (*merge)(struct ip_dev *, struct ip_buf *y, const struct ip_buf *x,
		const struct ip_map *in);
};

/* Every op by name, for tests, coverage and iphase-info. */
#define IP_OPS(X) X(fft2) X(transmission) X(multislice) X(detect) X(gather) \
	X(scan) X(conv) X(conv_transpose) X(instance_norm) X(layer_norm) \
	X(linear) X(attention) X(merge)

#ifdef __cplusplus
}
#endif
#endif
