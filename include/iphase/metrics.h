/* How far a potential is from the true one. */
#ifndef IPHASE_METRICS_H
#define IPHASE_METRICS_H

#include <iphase/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * All take pictures (H, W) of any real dtype and strides, and return
 * IP_EINVAL, leaving *m alone, if the two differ in shape, are empty or hold
 * values that are not finite. No figure is ever infinite.
 */

/*
 * The reference project's figures, in its order and arithmetic (pixels in
 * float32, Pearson in double). "norm" is in units of scale, "abs" in
 * V Angstrom. psnr takes a data range of scale, and is 99 from a mean squared
 * error of 1e-12 down. peak_pcterr is the mean of |error| / |truth| where the
 * truth is in its highest half per cent, NAN if those are fewer than ten
 * pixels; a part of 1, for all its name.
 */
struct ip_metrics_reference {
	double mae_norm, rmse_norm, psnr_norm, pearson_norm, peak_pcterr_norm;
	double mae_abs, rmse_abs, peak_pcterr_abs;
	double max_gt_abs, max_pred_abs, mean_gt_abs, mean_pred_abs;
};
/*
 * prediction: in units of scale; truth: V Angstrom. clip01: both are clipped
 * to 0..1 after normalisation. IP_EINVAL also if float32 overflows.
 */
int ip_metrics_reference(const struct ip_tensor *prediction,
	const struct ip_tensor *truth, double scale, int clip01,
	struct ip_metrics_reference *m);

/*
 * Figures that no divisor flatters, in double. All of prediction and truth in
 * V Angstrom. NAN is what a picture does not define: psnr and ssim of a truth
 * of one value only, pearson of such a truth or prediction, mae of a truth of
 * zeros, peak where one of the highest truths is 0, ssim of a picture of
 * fewer than 11 pixels a side.
 */
struct ip_metrics {
	double psnr;		/* dB, of the truth's own range (max - min);
				 * errors below DBL_EPSILON of that count as
				 * that: never above 313.1 */
	double mae;		/* mean |error| over mean |truth| */
	double pearson;		/* -1 .. 1 */
	double peak;		/* mean of |error| / |truth| where truth is in
				 * its highest half per cent */
	double ssim;		/* Z. Wang et al., IEEE TIP 13 (2004) 600: the
				 * mean over all whole windows, 11 x 11 Gaussian
				 * of sigma 1.5, K 0.01 and 0.03, L the truth's
				 * range */
	double max, max_truth, mean, mean_truth;
	double std_truth;	/* its standard deviation */
	double slope, offset;	/* of the least squares fit
				 * truth = slope prediction + offset; slope is
				 * 0 if either has one value only */
};
int ip_metrics(const struct ip_tensor *prediction,
	const struct ip_tensor *truth, struct ip_metrics *m);
/*
 * The same of slope prediction + offset, for what has no scale and mean of its
 * own, like iDPC. pearson stays that of prediction itself, so that a reversed
 * contrast is seen to be one.
 */
int ip_metrics_fitted(const struct ip_tensor *prediction,
	const struct ip_tensor *truth, struct ip_metrics *m);

/*
 * Coefficient of determination of n true values t by predicted ones p:
 * 1 - sum (p - t)^2 / sum (t - mean t)^2; NAN if all t are equal or a value is
 * not finite.
 */
double ip_metrics_r2(const double *p, const double *t, size_t n);

/*
 * Whether y rises with x: the correlation of their ranks, of which equal
 * values share the mean (C. Spearman, Am. J. Psychol. 15 (1904) 72). The 95 %
 * interval is tanh(atanh r +- 1.96 se) with the standard error se =
 * sqrt((1 + r^2/2) / (n - 3)) of D. G. Bonett and T. A. Wright, Psychometrika
 * 65 (2000) 23; at r = -1 and 1 it has no width. All NAN if n is below 4, if x
 * or y has one value only, or a value is not finite. n numbers each;
 * IP_ENOMEM.
 */
struct ip_spearman {
	double r, low, high;
	size_t n;
};
int ip_metrics_spearman(const double *x, const double *y, size_t n,
	struct ip_spearman *s);

#ifdef __cplusplus
}
#endif
#endif
