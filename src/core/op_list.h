/* The functions of struct ip_ops as a backend has them, one a file. */
#ifndef IP_OP_LIST_H
#define IP_OP_LIST_H

#include <iphase/ops.h>

#define IP_OP_PROTOTYPES(prefix) \
int prefix##fft2(struct ip_dev *, struct ip_buf *, size_t, size_t, size_t, int); \
int prefix##transmission(struct ip_dev *, struct ip_buf *, \
	const struct ip_buf *, const struct ip_buf *, const struct ip_band *, \
	double, size_t); \
int prefix##multislice(struct ip_dev *, struct ip_buf *, const struct ip_buf *, \
	const struct ip_buf *, int, const struct ip_band *, size_t, size_t, \
	size_t); \
int prefix##detect(struct ip_dev *, struct ip_buf *, const struct ip_buf *, \
	const struct ip_pixels *, const struct ip_band *, size_t); \
int prefix##gather(struct ip_dev *, struct ip_buf *, const struct ip_buf *, \
	const struct ip_pixels *, const struct ip_band *, size_t, size_t, \
	size_t); \
int prefix##scan(struct ip_dev *, struct ip_buf *, const struct ip_buf *, \
	const struct ip_buf *, const uint32_t *, const struct ip_pixels *, \
	size_t, size_t, size_t); \
int prefix##conv(struct ip_dev *, struct ip_buf *, const struct ip_buf *, \
	const struct ip_buf *, const struct ip_buf *, const struct ip_map *, \
	size_t, size_t); \
int prefix##conv_transpose(struct ip_dev *, struct ip_buf *, \
	const struct ip_slot *, const struct ip_buf *, const struct ip_buf *, \
	const struct ip_map *, size_t); \
int prefix##instance_norm(struct ip_dev *, struct ip_buf *, \
	const struct ip_slot *, struct ip_buf *, const struct ip_buf *, \
	const struct ip_buf *, const struct ip_map *, double, double); \
int prefix##modulate(struct ip_dev *, struct ip_buf *, const struct ip_slot *, \
	const struct ip_buf *, const struct ip_buf *, const struct ip_buf *, \
	const struct ip_map *, int, double); \
int prefix##layer_norm(struct ip_dev *, struct ip_buf *, \
	const struct ip_slot *, const struct ip_buf *, const struct ip_buf *, \
	const struct ip_buf *, const struct ip_map *, double); \
int prefix##linear(struct ip_dev *, struct ip_buf *, struct ip_buf *, \
	const struct ip_buf *, const struct ip_buf *, const struct ip_buf *, \
	const struct ip_buf *, const struct ip_map *, size_t, enum ip_act); \
int prefix##attention(struct ip_dev *, struct ip_buf *, const struct ip_buf *, \
	const struct ip_buf *, const struct ip_buf *, const struct ip_windows *); \
int prefix##merge(struct ip_dev *, struct ip_buf *, const struct ip_buf *, \
	const struct ip_map *); \
int prefix##shrink(struct ip_dev *, struct ip_buf *, const struct ip_buf *, \
	const struct ip_map *, size_t, size_t, size_t, size_t); \
int prefix##conv_grad(struct ip_dev *, struct ip_buf *, struct ip_buf *, \
	struct ip_buf *, const struct ip_buf *, const struct ip_buf *, \
	const struct ip_buf *, const struct ip_map *, size_t, size_t, int); \
int prefix##conv_transpose_grad(struct ip_dev *, struct ip_buf *, \
	struct ip_buf *, const struct ip_buf *, const struct ip_slot *, \
	const struct ip_buf *, const struct ip_buf *, const struct ip_map *, \
	size_t); \
int prefix##instance_norm_grad(struct ip_dev *, struct ip_buf *, \
	struct ip_buf *, const struct ip_buf *, const struct ip_buf *, \
	const struct ip_slot *, const struct ip_buf *, const struct ip_buf *, \
	const struct ip_map *, double); \
int prefix##modulate_grad(struct ip_dev *, struct ip_buf *, struct ip_buf *, \
	struct ip_buf *, const struct ip_buf *, const struct ip_buf *, \
	const struct ip_slot *, const struct ip_buf *, const struct ip_buf *, \
	const struct ip_map *, int, double); \
int prefix##layer_norm_grad(struct ip_dev *, struct ip_buf *, \
	struct ip_buf *, struct ip_buf *, const struct ip_buf *, \
	const struct ip_slot *, const struct ip_buf *, const struct ip_buf *, \
	const struct ip_map *, double, int); \
int prefix##linear_grad(struct ip_dev *, struct ip_buf *, struct ip_buf *, \
	struct ip_buf *, const struct ip_buf *, const struct ip_buf *, \
	const struct ip_buf *, const struct ip_buf *, const struct ip_map *, \
	size_t); \
int prefix##attention_grad(struct ip_dev *, struct ip_buf *, \
	struct ip_buf *, struct ip_buf *, const struct ip_buf *, \
	const struct ip_buf *, const struct ip_buf *, const struct ip_buf *, \
	const struct ip_windows *); \
int prefix##merge_grad(struct ip_dev *, struct ip_buf *, \
	const struct ip_buf *, const struct ip_map *, int); \
int prefix##loss_space(struct ip_dev *, struct ip_buf *, struct ip_buf *, \
	const struct ip_buf *, const struct ip_buf *, const struct ip_map *, \
	const double *); \
int prefix##loss_fourier(struct ip_dev *, struct ip_buf *, struct ip_buf *, \
	const struct ip_buf *, const struct ip_buf *, const struct ip_map *, int, \
	double); \
int prefix##sum_squares(struct ip_dev *, struct ip_buf *, \
	const struct ip_buf *, size_t); \
int prefix##adamw(struct ip_dev *, struct ip_buf *, struct ip_buf *, \
	struct ip_buf *, const struct ip_buf *, size_t, const struct ip_adamw *); \
int prefix##blend(struct ip_dev *, struct ip_buf *, const struct ip_buf *, \
	size_t, double); \
int prefix##fill(struct ip_dev *, struct ip_buf *, size_t, double);

#endif
