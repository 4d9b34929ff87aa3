/*
 * Layers over the ops of a device: one a file, each forward a call of the op
 * of the same name on values, which know their own shape, above its backward.
 */
#ifndef IP_NN_H
#define IP_NN_H

#include <iphase/backend.h>
#include "core/core.h"

/* A map and where it is. */
struct ip_value {
	struct ip_buf buf;
	struct ip_map map;
};

/*
 * What layers work in: a stack of buffers inside one block of the device.
 * While room is empty the same code only measures: layers then do nothing.
 */
struct ip_nn {
	struct ip_dev *dev;
	const struct ip_ops *ops;
	struct ip_arena arena;		/* of offsets; its base stays NULL */
	struct ip_buf room;
	struct ip_buf weights, gradients;	/* all; of training */
};

/* IP_ENOTSUP, naming it, if the device lacks an op of the network. */
int ip_nn_open(struct ip_nn *nn, struct ip_dev *dev);
/* The same of gradients and what else training takes. */
int ip_nn_can_train(const struct ip_nn *nn);
void ip_nn_close(struct ip_nn *nn);
/* Begin anew, measuring (size 0) or in a block of at least size bytes. */
int ip_nn_begin(struct ip_nn *nn, size_t size);
int ip_nn_measuring(const struct ip_nn *nn);

/* The next value on the stack, not cleared; count numbers likewise. */
int ip_nn_map(struct ip_nn *nn, struct ip_value *v, const struct ip_map *map);
int ip_nn_numbers(struct ip_nn *nn, struct ip_buf *buf, size_t count);
/* Everything taken after the mark is free again. */
size_t ip_nn_mark(const struct ip_nn *nn);
void ip_nn_release(struct ip_nn *nn, size_t mark);

/* The gradient of weights w, a part of nn->weights. */
struct ip_buf ip_nn_gradient(const struct ip_nn *nn, const struct ip_buf *w);

/* m with c channels; with h and w divided by n as well. */
struct ip_map ip_map_channels(const struct ip_map *m, size_t c);
struct ip_map ip_map_shrink(const struct ip_map *m, size_t n, size_t c);

/*
 * The layers. y's memory is the caller's; its channels say how many there
 * are to be. iphase/ops.h has the formulas, the layouts of weights, and what
 * may be computed in place. Buffers that may be absent are NULL.
 *
 * Backward, dx is a value like x, dy like y, each a gradient; dx NULL is not
 * wanted. Gradients of the weights named are added to what is there.
 */
int ip_nn_conv(struct ip_nn *nn, struct ip_value *y, const struct ip_value *x,
	const struct ip_buf *w, const struct ip_buf *bias, size_t k);
/* dx is added to if add. */
int ip_nn_conv_back(struct ip_nn *nn, struct ip_value *dx,
	const struct ip_value *dy, const struct ip_value *x,
	const struct ip_buf *w, const struct ip_buf *bias, size_t k, int add);
/* Channels from first on of y, which has twice the size of x. */
int ip_nn_conv_transpose(struct ip_nn *nn, struct ip_value *y,
	size_t first, size_t channels, const struct ip_value *x,
	const struct ip_buf *w);
int ip_nn_conv_transpose_back(struct ip_nn *nn, struct ip_value *dx,
	const struct ip_value *dy, size_t first, size_t channels,
	const struct ip_value *x, const struct ip_buf *w);
/* From channel first of y's pixels on: leaky(norm(x) + add). stats [b][c][2]
 * (ip_nn_stats) may be NULL where there will be no backward. */
int ip_nn_stats(struct ip_nn *nn, struct ip_buf *stats, const struct ip_map *m);
int ip_nn_instance_norm(struct ip_nn *nn, struct ip_value *y, size_t first,
	struct ip_buf *stats, const struct ip_value *x,
	const struct ip_value *add, double slope);
/* From y instead of x; dx (or dadd) may be dy if first is 0 and all of y. */
int ip_nn_instance_norm_back(struct ip_nn *nn, struct ip_value *dx,
	struct ip_value *dadd, const struct ip_value *dy,
	const struct ip_value *y, size_t first, const struct ip_buf *stats,
	const struct ip_value *add, double slope);
/* From channel first of y's pixels on: leaky(x (1 + scale) + shift + add), g of
 * scale and shift for each pixel, or for all of a picture if it has one. */
int ip_nn_modulate(struct ip_nn *nn, struct ip_value *y, size_t first,
	const struct ip_value *x, const struct ip_value *g,
	const struct ip_value *add, double slope);
/* dg is replaced; dx (or dadd) may be dy if first is 0 and all of y. */
int ip_nn_modulate_back(struct ip_nn *nn, struct ip_value *dx,
	struct ip_value *dg, struct ip_value *dadd, const struct ip_value *dy,
	const struct ip_value *y, size_t first, const struct ip_value *x,
	const struct ip_value *g, double slope);
int ip_nn_layer_norm(struct ip_nn *nn, struct ip_value *y, size_t first,
	const struct ip_value *x, const struct ip_buf *gamma,
	const struct ip_buf *beta);
/* dx is added to if add, and may else be dy. */
int ip_nn_layer_norm_back(struct ip_nn *nn, struct ip_value *dx,
	const struct ip_value *dy, size_t first, const struct ip_value *x,
	const struct ip_buf *gamma, const struct ip_buf *beta, int add);
/* pre gets what act was applied to; it may be NULL. */
int ip_nn_linear(struct ip_nn *nn, struct ip_value *y, struct ip_value *pre,
	const struct ip_value *x, const struct ip_buf *w,
	const struct ip_buf *bias, const struct ip_value *add,
	enum ip_act act);
/* pre is NULL if nothing was applied. */
int ip_nn_linear_back(struct ip_nn *nn, struct ip_value *dx,
	const struct ip_value *dy, const struct ip_value *pre,
	const struct ip_value *x, const struct ip_buf *w,
	const struct ip_buf *bias);
/* Windows of 7 tokens an axis, shifted by 3 if shift; see attention.c. */
int ip_nn_attention(struct ip_nn *nn, struct ip_value *y,
	const struct ip_value *qkv, const struct ip_buf *qkv_bias,
	const struct ip_buf *table, size_t heads, int shift);
int ip_nn_attention_back(struct ip_nn *nn, struct ip_value *dqkv,
	const struct ip_value *dy, const struct ip_value *qkv,
	const struct ip_buf *qkv_bias, const struct ip_buf *table,
	size_t heads, int shift);
int ip_nn_merge(struct ip_nn *nn, struct ip_value *y,
	const struct ip_value *x);
/* dx is added to if add. */
int ip_nn_merge_back(struct ip_nn *nn, struct ip_value *dx,
	const struct ip_value *dy, int add);
/* Means of x's channels from first on over the pixels that are one of y's,
 * whose map says how many channels and pixels there are to be. */
int ip_nn_shrink(struct ip_nn *nn, struct ip_value *y,
	const struct ip_value *x, size_t first);

#endif
