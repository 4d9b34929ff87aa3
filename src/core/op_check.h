/* What every op refuses, of whichever backend. */
#ifndef IP_OP_CHECK_H
#define IP_OP_CHECK_H

#include <iphase/op_types.h>

/* IP_EINVAL unless buf has size bytes from offset on, to be put or got. */
int ip_op_check_range(const char *what, const struct ip_buf *buf,
	size_t offset, size_t size);
/* IP_EINVAL unless buf holds a * b * c elements of size bytes. */
int ip_op_check(const char *op, const char *what, const struct ip_buf *buf,
	size_t a, size_t b, size_t c, size_t size);
/* A map of ip_real with c channels a pixel; in->c if c is 0. Empty maps are
 * refused. */
int ip_op_check_map(const char *op, const char *what,
	const struct ip_buf *buf, const struct ip_map *in, size_t c);
/* Numbers to scale and to shift the channels of the map in by, in that order:
 * those of each pixel, or of each picture if flat. One like in was checked
 * before, so that twice its channels can be counted. */
int ip_op_check_scales(const char *op, const char *what,
	const struct ip_buf *g, const struct ip_map *in, int flat);
/* Where the map m is written: *where, the packed map if slot is NULL. */
int ip_op_check_slot(const char *op, const char *what,
	const struct ip_buf *buf, const struct ip_map *m,
	const struct ip_slot *slot, struct ip_slot *where);
/* Maps like in, one of whole pictures, one of merged blocks of 2 x 2 pixels. */
int ip_op_check_blocks(const char *op, const char *whole,
	const struct ip_buf *x, const char *merged, const struct ip_buf *y,
	const struct ip_map *in);
/* The map x like in, w [4][out][in->c], and the map of twice as many rows and
 * columns and of out channels, in a slot. */
int ip_op_check_doubled(const char *op, const struct ip_buf *x,
	const struct ip_map *in, const struct ip_buf *w, const char *doubled,
	const struct ip_buf *y, size_t out, const struct ip_slot *slot,
	struct ip_slot *where);
/* Sizes that can be transformed. */
enum { IP_GRID_MAX = 1 << 16 };
int ip_op_check_grid(const char *op, size_t nx, size_t ny);
int ip_op_check_band(const char *op, const struct ip_band *band);
/* Every channel in range, first ascending; every pixel inside the band too. */
int ip_op_check_channels(const char *op, const struct ip_pixels *p);
int ip_op_check_pixels(const char *op, const struct ip_pixels *p,
	const struct ip_band *band);

/* What an op refuses of its arguments: the scattering's, and loss_fourier. */
int ip_op_check_fft2(const struct ip_buf *x, size_t nx, size_t ny,
	size_t batch, int sign);
int ip_op_check_transmission(const struct ip_buf *t, const struct ip_buf *v,
	const struct ip_buf *aperture, const struct ip_band *band, size_t n);
int ip_op_check_multislice(const struct ip_buf *waves, const struct ip_buf *t,
	const struct ip_buf *prop, int per_wave, const struct ip_band *band,
	size_t n, size_t first, size_t count);
int ip_op_check_detect(const struct ip_buf *out, const struct ip_buf *waves,
	const struct ip_pixels *pixels, const struct ip_band *band, size_t n);
int ip_op_check_gather(const struct ip_buf *s, const struct ip_buf *waves,
	const struct ip_pixels *pixels, const struct ip_band *band, size_t n,
	size_t column, size_t columns);
int ip_op_check_scan(const struct ip_buf *out, const struct ip_buf *s,
	const struct ip_buf *coef, const uint32_t *place,
	const struct ip_pixels *pixels, size_t columns, size_t sx, size_t sy);
int ip_op_check_loss_fourier(const struct ip_buf *part, const struct ip_buf *dp,
	const struct ip_buf *p, const struct ip_buf *t, const struct ip_map *m);
/* ---- of one op each: matrix ---- */

int ip_op_check_linear(const struct ip_buf *y, const struct ip_buf *pre,
	const struct ip_buf *x, const struct ip_buf *w,
	const struct ip_buf *bias, const struct ip_buf *add,
	const struct ip_map *in, size_t out, enum ip_act act);
int ip_op_check_linear_grad(const struct ip_buf *dx, const struct ip_buf *dw,
	const struct ip_buf *dbias, const struct ip_buf *dy,
	const struct ip_buf *pre, const struct ip_buf *x,
	const struct ip_buf *w, const struct ip_map *in, size_t out);
int ip_op_check_conv(const struct ip_buf *y, const struct ip_buf *x,
	const struct ip_buf *w, const struct ip_buf *bias,
	const struct ip_map *in, size_t out, size_t k);
int ip_op_check_conv_grad(const struct ip_buf *dx, const struct ip_buf *dw,
	const struct ip_buf *dbias, const struct ip_buf *dy,
	const struct ip_buf *x, const struct ip_buf *w,
	const struct ip_map *in, size_t out, size_t k);
/* where: of dy */
int ip_op_check_conv_transpose_grad(const struct ip_buf *dx,
	const struct ip_buf *dw, const struct ip_buf *dy,
	const struct ip_slot *slot, const struct ip_buf *x,
	const struct ip_buf *w, const struct ip_map *in, size_t out,
	struct ip_slot *where);
int ip_op_check_attention(const struct ip_buf *y, const struct ip_buf *qkv,
	const struct ip_buf *qkv_bias, const struct ip_buf *table,
	const struct ip_windows *s);
int ip_op_check_attention_grad(const struct ip_buf *dqkv,
	const struct ip_buf *dqkv_bias, const struct ip_buf *dtable,
	const struct ip_buf *dy, const struct ip_buf *qkv,
	const struct ip_buf *qkv_bias, const struct ip_buf *table,
	const struct ip_windows *s);

/* ---- maps: all that an op refuses; where it writes or reads y ---- */
int ip_op_check_instance_norm(const struct ip_buf *y,
	const struct ip_slot *slot, const struct ip_buf *stats,
	const struct ip_buf *x, const struct ip_buf *add,
	const struct ip_map *in, struct ip_slot *to);
int ip_op_check_instance_norm_grad(const struct ip_buf *dx,
	const struct ip_buf *dadd, const struct ip_buf *dy,
	const struct ip_buf *y, const struct ip_slot *slot,
	const struct ip_buf *stats, const struct ip_buf *add,
	const struct ip_map *in, double slope, struct ip_slot *from);
int ip_op_check_layer_norm(const struct ip_buf *y, const struct ip_slot *slot,
	const struct ip_buf *x, const struct ip_buf *gamma,
	const struct ip_buf *beta, const struct ip_map *in, struct ip_slot *to);
int ip_op_check_layer_norm_grad(const struct ip_buf *dx,
	const struct ip_buf *dgamma, const struct ip_buf *dbeta,
	const struct ip_buf *dy, const struct ip_slot *slot,
	const struct ip_buf *x, const struct ip_buf *gamma,
	const struct ip_map *in, struct ip_slot *from);
int ip_op_check_modulate(const struct ip_buf *y, const struct ip_slot *slot,
	const struct ip_buf *x, const struct ip_buf *g,
	const struct ip_buf *add, const struct ip_map *in, int flat,
	struct ip_slot *to);
int ip_op_check_modulate_grad(const struct ip_buf *dx,
	const struct ip_buf *dg, const struct ip_buf *dadd,
	const struct ip_buf *dy, const struct ip_buf *y,
	const struct ip_slot *slot, const struct ip_buf *x,
	const struct ip_buf *g, const struct ip_map *in, int flat,
	double slope, struct ip_slot *from);
int ip_op_check_shrink(const struct ip_buf *y, const struct ip_buf *x,
	const struct ip_map *in, size_t first, size_t count, size_t rows,
	size_t columns);
int ip_op_check_loss_space(const struct ip_buf *parts, const struct ip_buf *dp,
	const struct ip_buf *p, const struct ip_buf *t, const struct ip_map *m);
int ip_op_check_sum_squares(const struct ip_buf *sum, const struct ip_buf *x,
	size_t n);
int ip_op_check_adamw(const struct ip_buf *p, const struct ip_buf *m,
	const struct ip_buf *v, const struct ip_buf *g, size_t n,
	const struct ip_adamw *how);
int ip_op_check_blend(const struct ip_buf *y, const struct ip_buf *x, size_t n);
int ip_op_check_fill(const struct ip_buf *x, size_t n);

#endif
