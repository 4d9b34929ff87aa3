/* What the files of this folder share. */
#ifndef IP_STUDY_H
#define IP_STUDY_H

#include <iphase/metrics.h>

/* Two pictures in C order, as float32 or float64; n = h * w. */
struct ip_pair {
	size_t h, w, n;
	struct ip_tensor prediction, truth;
};
/*
 * IP_EINVAL: not two pictures (H, W) of real numbers of one shape, empty, or
 * not finite (after conversion, too).
 */
int ip_pair_load(struct ip_pair *p, enum ip_dtype dtype,
	const struct ip_tensor *prediction, const struct ip_tensor *truth);
void ip_pair_free(struct ip_pair *p);

/*
 * The value below which a share (0 to 1) of v lies, as numpy.percentile has
 * it: interpolated linearly between the two nearest. n > 0; v is sorted.
 */
double ip_quantile(double *v, size_t n, double share);

/*
 * Mean of SSIM over all windows that lie wholly in the pictures (h, w) of
 * dynamic range range > 0; NAN if none does.
 */
int ip_ssim(const double *a, const double *b, size_t h, size_t w,
	double range, double *ssim);

#endif
