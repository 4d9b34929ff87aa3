/* What the files of preparing measurements share. */
#ifndef IP_MEASURE_MEASURE_H
#define IP_MEASURE_MEASURE_H

#include <iphase/prepare.h>

/* Real, with pictures that are not empty; who is for the message. */
int ip_measure_check(const struct ip_tensor *t, const char *who);
/* Pictures before the last two axes. */
size_t ip_measure_count(const struct ip_tensor *t);
/* A new one like t, of pictures of another size. */
int ip_measure_new(const struct ip_tensor *t, const size_t size[2],
	struct ip_tensor *out);

/* ---- weights of old pixels in a new one ---- */

/* The most that ip_measure_taps gives for new pixels step old ones wide. */
size_t ip_measure_most_taps(enum ip_kernel kernel, double step);
/*
 * At place at of an axis of n pixels: their indices and weights, whose sum is
 * 1; how many there are.
 */
size_t ip_measure_taps(enum ip_kernel kernel, double at, double step, size_t n,
	size_t *index, double *weight);

/* from [n[0]][n[1]] to [size[0]][size[1]], as ip_prepare_sample. */
int ip_measure_sample(const struct ip_sampling *how, const double *from,
	const size_t n[2], double *to);

#endif
