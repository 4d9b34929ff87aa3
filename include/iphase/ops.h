/*
 * The heavy operations of a backend: what each computes, in which layout.
 * Those of the scattering first, those of the network behind them, those of
 * training last.
 */
#ifndef IPHASE_OPS_H
#define IPHASE_OPS_H

#include <iphase/op_types.h>

#ifdef __cplusplus
extern "C" {
#endif

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
	 * y = f(x (1 + scale) + shift + add): feature-wise linear modulation
	 * (E. Perez et al., AAAI 2018). g, a map of 2c channels, scale first,
	 * then shift, has the pixels of x, or, if flat, one a picture. f and
	 * add are as above, slope may be 1. y may be x or add if it is packed.
	 */
	int (*modulate)(struct ip_dev *, struct ip_buf *y,
		const struct ip_slot *slot, const struct ip_buf *x,
		const struct ip_buf *g, const struct ip_buf *add,
		const struct ip_map *in, int flat, double slope);
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
	/*
	 * y [b][h/rows][w/columns][count]: means over blocks of rows x columns
	 * pixels of x's channels first .. first+count. rows divides h, columns
	 * w. It has no gradient: it is for maps that are given, not learned.
	 */
	int (*shrink)(struct ip_dev *, struct ip_buf *y, const struct ip_buf *x,
		const struct ip_map *in, size_t first, size_t count,
		size_t rows, size_t columns);

	/*
	 * Gradients. dx, dw, ... are those of a loss with respect to x, w, ...
	 * of the op of the same name; dy is given. Those of weights and biases
	 * are added to what is there. dx is replaced; where there is 'add', it
	 * is added to if that is not 0. Buffers may be the same only where
	 * that is said.
	 *
	 * dx or dw may be NULL: not wanted; dbias too.
	 */
	int (*conv_grad)(struct ip_dev *, struct ip_buf *dx, struct ip_buf *dw,
		struct ip_buf *dbias, const struct ip_buf *dy,
		const struct ip_buf *x, const struct ip_buf *w,
		const struct ip_map *in, size_t out, size_t k, int add);
	/* dy is read where y was written. dx or dw may be NULL. */
	int (*conv_transpose_grad)(struct ip_dev *, struct ip_buf *dx,
		struct ip_buf *dw, const struct ip_buf *dy,
		const struct ip_slot *slot, const struct ip_buf *x,
		const struct ip_buf *w, const struct ip_map *in, size_t out);
	/*
	 * From y, read like dy where it was written, and add: x is not needed,
	 * for slope > 0. dadd, of a packed map, may be NULL, add as well. Of
	 * stats only 1 / sqrt(variance + eps) is read. dx or dadd may be dy if
	 * that is packed.
	 */
	int (*instance_norm_grad)(struct ip_dev *, struct ip_buf *dx,
		struct ip_buf *dadd, const struct ip_buf *dy,
		const struct ip_buf *y, const struct ip_slot *slot,
		const struct ip_buf *stats, const struct ip_buf *add,
		const struct ip_map *in, double slope);
	/*
	 * dy and y are read where y was written; slope > 0. dg, like g, is
	 * replaced; if flat, it has sums over each picture's pixels. dadd, of
	 * a packed map, may be NULL. dx or dadd may be dy if that is packed.
	 */
	int (*modulate_grad)(struct ip_dev *, struct ip_buf *dx,
		struct ip_buf *dg, struct ip_buf *dadd,
		const struct ip_buf *dy, const struct ip_buf *y,
		const struct ip_slot *slot, const struct ip_buf *x,
		const struct ip_buf *g, const struct ip_map *in, int flat,
		double slope);
	/* dy is read where y was written. dgamma and dbeta are NULL without
	 * gamma. dx may be dy if that is packed and 'add' is 0. */
	int (*layer_norm_grad)(struct ip_dev *, struct ip_buf *dx,
		struct ip_buf *dgamma, struct ip_buf *dbeta,
		const struct ip_buf *dy, const struct ip_slot *slot,
		const struct ip_buf *x, const struct ip_buf *gamma,
		const struct ip_map *in, double eps, int add);
	/*
	 * Of act(x w' + bias); the gradient of what was added is dy itself.
	 * pre is what GELU was applied to, NULL if nothing was. dx may be NULL,
	 * dbias too.
	 */
	int (*linear_grad)(struct ip_dev *, struct ip_buf *dx,
		struct ip_buf *dw, struct ip_buf *dbias,
		const struct ip_buf *dy, const struct ip_buf *pre,
		const struct ip_buf *x, const struct ip_buf *w,
		const struct ip_map *in, size_t out);
	/* dqkv_bias gets what comes by way of the padding only. */
	int (*attention_grad)(struct ip_dev *, struct ip_buf *dqkv,
		struct ip_buf *dqkv_bias, struct ip_buf *dtable,
		const struct ip_buf *dy, const struct ip_buf *qkv,
		const struct ip_buf *qkv_bias, const struct ip_buf *table,
		const struct ip_windows *s);
	int (*merge_grad)(struct ip_dev *, struct ip_buf *dx,
		const struct ip_buf *dy, const struct ip_map *in, int add);

	/*
	 * The loss of maps p and t like m; see struct ip_loss. parts [2] gets
	 * the pixel and the gradient part, unweighted; dp is replaced by the
	 * gradient of weight[0] parts[0] + weight[1] parts[1].
	 */
	int (*loss_space)(struct ip_dev *, struct ip_buf *parts,
		struct ip_buf *dp, const struct ip_buf *p,
		const struct ip_buf *t, const struct ip_map *m,
		const double weight[2]);
	/* part [1] gets the fourier part; dp gets weight times its gradient
	 * added. Any h and w. */
	int (*loss_fourier)(struct ip_dev *, struct ip_buf *part,
		struct ip_buf *dp, const struct ip_buf *p,
		const struct ip_buf *t, const struct ip_map *m,
		int orthonormal, double weight);
	/* sum [1] of the squares of n numbers, added up in double. */
	int (*sum_squares)(struct ip_dev *, struct ip_buf *sum,
		const struct ip_buf *x, size_t n);
	/* Weights p and their moments m, v, in place, n numbers each. */
	int (*adamw)(struct ip_dev *, struct ip_buf *p, struct ip_buf *m,
		struct ip_buf *v, const struct ip_buf *g, size_t n,
		const struct ip_adamw *how);
	/* y <- y + share (x - y), n numbers. */
	int (*blend)(struct ip_dev *, struct ip_buf *y, const struct ip_buf *x,
		size_t n, double share);
	int (*fill)(struct ip_dev *, struct ip_buf *x, size_t n, double value);
};

/* Every op by name, for tests, coverage and iphase-info. */
#define IP_OPS(X) X(fft2) X(transmission) X(multislice) X(detect) X(gather) \
	X(scan) X(conv) X(conv_transpose) X(instance_norm) X(modulate) \
	X(layer_norm) X(linear) X(attention) X(merge) X(shrink) X(conv_grad) \
	X(conv_transpose_grad) X(instance_norm_grad) X(modulate_grad) \
	X(layer_norm_grad) X(linear_grad) X(attention_grad) X(merge_grad) \
	X(loss_space) X(loss_fourier) X(sum_squares) X(adamw) X(blend) X(fill)

#ifdef __cplusplus
}
#endif
#endif
