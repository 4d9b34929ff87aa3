/* Between the files of inference, and their test. */
#ifndef IP_INFER_FILE_H
#define IP_INFER_FILE_H

#include <iphase/infer.h>

/* Where index i of a picture continued by reflection lies in its n pixels;
 * the edge is not repeated. */
size_t ip_infer_reflect(size_t i, size_t n);

/* Tiles along one axis of a picture; all pixels. */
struct ip_infer_axis {
	size_t padded, tile, count;
};
/* Where tile k begins: a multiple of IP_NET_STEP. */
size_t ip_infer_start(const struct ip_infer_axis *a, size_t k);
/* w[a->tile]: what tile k counts at each of its pixels. Of all tiles that
 * have a pixel the sum is 1. */
void ip_infer_blend(const struct ip_infer_axis *a, size_t k, double *w);

/*
 * sum (out, H, W) float64, new: the blended results of fn, which gets the
 * plan's tiles of x (c, H, W) one by one, as x (1, c, h, w) and y
 * (1, out, h, w), y to be filled; both of ip_real.
 */
int ip_infer_tiles(const struct ip_tiling_plan *plan,
	const struct ip_tensor *x, size_t out,
	int (*fn)(void *ctx, const struct ip_tensor *x, struct ip_tensor *y),
	void *ctx, struct ip_tensor *sum);

#endif
