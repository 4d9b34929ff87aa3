/* The R2 of maxima, where there is one. */
#include <math.h>
#include "evaluate.h"

double ip_eval_r2(const double *prediction, const double *truth, size_t n)
{
	double lo = INFINITY, hi = -INFINITY;

	for (size_t i = 0; i < n; i++) {
		lo = fmin(lo, truth[i]);
		hi = fmax(hi, truth[i]);
	}
	/* where pixels happen to lie makes maxima differ, too */
	return n < 3 || !(hi - lo > 0.01 * fabs(hi)) ? NAN :
		ip_metrics_r2(prediction, truth, n);
}
