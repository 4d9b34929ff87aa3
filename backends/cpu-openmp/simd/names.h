/* Names that differ from one instruction set to another. */
#ifndef IP_NAMES_H
#define IP_NAMES_H

#include "loops.h"

#define PASTE_(a, b) a##_##b
#define PASTE(a, b) PASTE_(a, b)
#define NAME(a) PASTE(a, IP_SIMD_ISA)

/* lanes.c */
void NAME(ip_lanes_forth)(const struct ip_lanes *f, ip_real *work,
	const ip_real *in, const size_t *in_at, int sign);
void NAME(ip_lanes_back)(const struct ip_lanes *f, ip_real *work, int sign);
void NAME(ip_lanes_pass)(const struct ip_pass *p);

/* norm.c */
void NAME(ip_norm_moments)(double *mean, double *squares, const ip_real *x,
	size_t rows, size_t columns);
void NAME(ip_norm_columns)(ip_real *y, size_t pitch, const ip_real *x,
	const ip_real *add, const struct ip_columns *a, size_t rows,
	size_t columns, ip_real slope);
void NAME(ip_norm_rows)(ip_real *y, size_t pitch, const ip_real *x,
	const ip_real *gamma, const ip_real *beta, size_t rows, size_t c,
	double eps);

/* norm_grad.c */
void NAME(ip_norm_grad_sums)(const struct ip_norm_grad *n);
void NAME(ip_norm_grad)(const struct ip_norm_grad *n);
void NAME(ip_layer_grad)(const struct ip_layer_grad *n);

/* modulate.c */
void NAME(ip_modulate)(ip_real *y, size_t pitch, const ip_real *x,
	const ip_real *g, const ip_real *add, size_t rows, size_t columns,
	ip_real slope);
void NAME(ip_modulate_grad)(const struct ip_modulate_grad *n);
void NAME(ip_modulate_grad_flat)(const struct ip_modulate_grad *n);

/* attention.c */
void NAME(ip_attend)(const struct ip_head *a);

/* attention_grad.c */
void NAME(ip_attend_grad)(const struct ip_head_grad *a);

/* linear.c */
void NAME(ip_linear_pack)(ip_real *to, size_t pitch, const ip_real *w,
	size_t columns, size_t depth);
void NAME(ip_linear_finish)(const struct ip_finish *f);
void NAME(ip_linear_slope)(ip_real *d, size_t pitch, const ip_real *dy,
	const ip_real *pre, size_t rows, size_t n, ip_real *sum);

/* conv_product.c */
void NAME(ip_conv_product)(const struct ip_product *p);
void NAME(ip_conv_product_turned)(const struct ip_product *p);

/* conv_tiles.c */
void NAME(ip_conv_tile_in)(ip_real *v, size_t step, const ip_real *x,
	size_t row, size_t pitch, size_t n);
void NAME(ip_conv_tile_out)(ip_real *y, size_t row, size_t pitch,
	const ip_real *m, size_t step, const ip_real *bias, int add, size_t n);
void NAME(ip_conv_tile_dy)(ip_real *d, size_t step, const ip_real *dy,
	size_t row, size_t pitch, size_t n);

/* conv_weights.c */
void NAME(ip_conv_tile_weights)(ip_real *u, size_t step, size_t pitch,
	const ip_real *w, size_t tap, size_t out, size_t depth, size_t n);
void NAME(ip_conv_tile_weights_turned)(ip_real *u, size_t step, size_t pitch,
	const ip_real *w, size_t tap, size_t row, size_t depth, size_t n);
void NAME(ip_conv_tile_dw)(ip_real *dw, size_t tap, size_t out,
	const ip_real *u, size_t step, size_t pitch, size_t rows, size_t n);

/* sum_squares.c */
double NAME(ip_sum_squares)(const ip_real *x, size_t n);

/* adamw.c */
void NAME(ip_adamw)(ip_real *p, ip_real *m, ip_real *v, const ip_real *g,
	size_t n, const struct ip_step *step);

extern const struct ip_loops NAME(ip_loops);

#endif
