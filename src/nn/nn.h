/*
 * Layers over the ops of a device: one a file, each forward a call of the op
 * of the same name on values, which know their own shape.
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
};

/* IP_ENOTSUP, naming it, if the device lacks an op of the network. */
int ip_nn_open(struct ip_nn *nn, struct ip_dev *dev);
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

/* m with c channels; with h and w divided by n as well. */
struct ip_map ip_map_channels(const struct ip_map *m, size_t c);
struct ip_map ip_map_shrink(const struct ip_map *m, size_t n, size_t c);

/*
 * The layers. y's memory is the caller's; its channels say how many there
 * are to be. iphase/ops.h has the formulas, the layouts of weights, and what
 * may be computed in place. Buffers that may be absent are NULL.
 */
int ip_nn_conv(struct ip_nn *nn, struct ip_value *y, const struct ip_value *x,
	const struct ip_buf *w, const struct ip_buf *bias, size_t k);
/* Channels from first on of y, which has twice the size of x. */
int ip_nn_conv_transpose(struct ip_nn *nn, struct ip_value *y,
	size_t first, size_t channels, const struct ip_value *x,
	const struct ip_buf *w);
/* From channel first of y's pixels on: leaky(norm(x) + add). */
int ip_nn_instance_norm(struct ip_nn *nn, struct ip_value *y, size_t first,
	const struct ip_value *x, const struct ip_value *add, double slope);
int ip_nn_layer_norm(struct ip_nn *nn, struct ip_value *y, size_t first,
	const struct ip_value *x, const struct ip_buf *gamma,
	const struct ip_buf *beta);
int ip_nn_linear(struct ip_nn *nn, struct ip_value *y,
	const struct ip_value *x, const struct ip_buf *w,
	const struct ip_buf *bias, const struct ip_value *add,
	enum ip_act act);
/* Windows of 7 tokens an axis, shifted by 3 if shift; see attention.c. */
int ip_nn_attention(struct ip_nn *nn, struct ip_value *y,
	const struct ip_value *qkv, const struct ip_buf *qkv_bias,
	const struct ip_buf *table, size_t heads, int shift);
int ip_nn_merge(struct ip_nn *nn, struct ip_value *y,
	const struct ip_value *x);

#endif
