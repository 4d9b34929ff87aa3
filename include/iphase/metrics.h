/* How far a potential is from the true one. */
#ifndef IPHASE_METRICS_H
#define IPHASE_METRICS_H

#include <iphase/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The reference project's figures, in its order and arithmetic (float32 means,
 * Pearson in double). "norm" is in units of scale, "abs" in V Angstrom.
 */
struct ip_metrics_reference {
	double mae_norm, rmse_norm, psnr_norm, pearson_norm, peak_pcterr_norm;
	double mae_abs, rmse_abs, peak_pcterr_abs;
	double max_gt_abs, max_pred_abs, mean_gt_abs, mean_pred_abs;
};
/*
 * prediction (normalised) and truth (V Angstrom): (H, W), any real dtype.
 * clip01: both are clipped to 0..1 after normalisation. A peak error of fewer
 * than ten pixels is NAN.
 */
int ip_metrics_reference(const struct ip_tensor *prediction,
	const struct ip_tensor *truth, double scale, int clip01,
	struct ip_metrics_reference *m);

/*
 * Figures that no divisor flatters, in double. All of prediction and truth in
 * V Angstrom.
 */
struct ip_metrics {
	double psnr;		/* dB, of the truth's own range (max - min) */
	double mae;		/* mean |error| over mean |truth| */
	double pearson;
	double peak;		/* mean |error| / |truth| where truth is in its
				 * highest half per cent */
	double ssim;		/* Z. Wang et al., IEEE TIP 13 (2004) 600: Gaussian
				 * window of sigma 1.5, the truth's range */
	double max, max_truth, mean, mean_truth;
	double slope, offset;	/* of the best fit truth = slope p + offset */
};
int ip_metrics(const struct ip_tensor *prediction,
	const struct ip_tensor *truth, struct ip_metrics *m);
/* The same of slope p + offset: iDPC has no scale and mean of its own. */
int ip_metrics_fitted(const struct ip_tensor *prediction,
	const struct ip_tensor *truth, struct ip_metrics *m);

#ifdef __cplusplus
}
#endif
#endif
