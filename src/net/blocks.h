/*
 * The blocks that a SwinUNETR is made of: weights, forward, backward.
 *
 * A forward that will have a backward is given a struct for what it keeps:
 * values on the stack, which stay there. Without it all but y is released,
 * and more is done in place.
 */
#ifndef IP_BLOCKS_H
#define IP_BLOCKS_H

#include "nn/nn.h"
#include "weights.h"

/* Scale and shift of a norm, or weight and bias of a linear layer. */
struct ip_affine {
	struct ip_buf w, b;
};

/* ---- swin_block.c: shifted-window attention, then a small perceptron ---- */

struct ip_swin_block {
	struct ip_affine norm1, qkv, proj, norm2, linear1, linear2;
	struct ip_buf table;
	size_t heads;
	int shift;
};
void ip_swin_block_weights(struct ip_swin_block *s, struct ip_weights *ws,
	const char *prefix, size_t channels, size_t heads, int shift);
struct ip_swin_kept {
	struct ip_value x, qkv, mixed, middle;
};
/* middle = x + attention(norm(x)), y = middle + perceptron(norm(middle)). y
 * may be x if nothing is kept. */
int ip_swin_block(struct ip_nn *nn, const struct ip_swin_block *s,
	struct ip_value *y, const struct ip_value *x, struct ip_swin_kept *k);
/* d: the gradient of y, which becomes that of x. */
int ip_swin_block_back(struct ip_nn *nn, const struct ip_swin_block *s,
	struct ip_value *d, const struct ip_swin_kept *k);

/* ---- patch_merging.c: half the size, twice the channels ---- */

struct ip_patch_merging {
	struct ip_affine norm;
	struct ip_buf reduction;
};
void ip_patch_merging_weights(struct ip_patch_merging *p,
	struct ip_weights *ws, const char *prefix, size_t channels);
int ip_patch_merging(struct ip_nn *nn, const struct ip_patch_merging *p,
	struct ip_value *y, const struct ip_value *x);
int ip_patch_merging_back(struct ip_nn *nn, const struct ip_patch_merging *p,
	struct ip_value *dx, const struct ip_value *dy,
	const struct ip_value *x);

/* ---- res_block.c: two convolutions and a way around them ---- */

#define IP_RES_SLOPE 0.01	/* of leaky ReLU */

struct ip_res_block {
	struct ip_buf conv1, conv2, conv3;
	int project;	/* the way around is conv3, normalised */
};
void ip_res_block_weights(struct ip_res_block *r, struct ip_weights *ws,
	const char *prefix, size_t in, size_t out);
struct ip_res_kept {
	struct ip_value x, t, z, y;	/* t: between the two; z: around */
	struct ip_buf stats[3];
	size_t first;
};
/*
 * y, from channel first on, 'out' channels:
 * leaky(norm(conv2(leaky(norm(conv1(x))))) + around(x)).
 */
int ip_res_block(struct ip_nn *nn, const struct ip_res_block *r,
	struct ip_value *y, size_t first, size_t out, const struct ip_value *x,
	struct ip_res_kept *k);
/* dy is a map like y, and does not stay as it was; dx may be NULL. */
int ip_res_block_back(struct ip_nn *nn, const struct ip_res_block *r,
	struct ip_value *dx, struct ip_value *dy,
	const struct ip_res_kept *k);

/* ---- modulation.c: scale and shift by what is known ---- */

struct ip_modulation {
	struct ip_affine hidden, out;
};
void ip_modulation_weights(struct ip_modulation *p, struct ip_weights *ws,
	const char *prefix, size_t known, size_t channels);
/*
 * y, from channel first on: leaky(x (1 + scale) + shift + add), with scale and
 * shift of each channel a perceptron of 'known', a map of x's size, or of one
 * pixel for all. add may be NULL.
 */
int ip_modulation(struct ip_nn *nn, const struct ip_modulation *p,
	struct ip_value *y, size_t first, const struct ip_value *x,
	const struct ip_value *known, const struct ip_value *add,
	double slope);
/* dadd may be NULL; dx or dadd may be dy if first is 0 and all of y. */
int ip_modulation_back(struct ip_nn *nn, const struct ip_modulation *p,
	struct ip_value *dx, struct ip_value *dadd, const struct ip_value *dy,
	const struct ip_value *y, size_t first, const struct ip_value *x,
	const struct ip_value *known, double slope);

/* ---- mod_block.c: the residual block of a modulated network ---- */

struct ip_mod_block {
	struct ip_res_block conv;
	struct ip_modulation modulation[2];
};
void ip_mod_block_weights(struct ip_mod_block *r, struct ip_weights *ws,
	const char *prefix, size_t in, size_t out, size_t known);
struct ip_mod_kept {
	struct ip_value x, n[2], t, z, y, known;	/* n: norms; z: around */
	struct ip_buf stats[2];
	size_t first;
};
/*
 * With m a modulation by 'known', which is of x's size, or of one pixel:
 * y = leaky(m2(norm(conv2(leaky(m1(norm(conv1(x))))))) + around(x)), from
 * channel first on, 'out' channels. What goes around is not normed: it keeps
 * its scale.
 */
int ip_mod_block(struct ip_nn *nn, const struct ip_mod_block *r,
	struct ip_value *y, size_t first, size_t out, const struct ip_value *x,
	const struct ip_value *known, struct ip_mod_kept *k);
/* As ip_res_block_back. */
int ip_mod_block_back(struct ip_nn *nn, const struct ip_mod_block *r,
	struct ip_value *dx, struct ip_value *dy,
	const struct ip_mod_kept *k);

#endif
