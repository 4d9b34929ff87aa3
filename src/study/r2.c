/* The coefficient of determination. */
#include <math.h>
#include <iphase/metrics.h>

double ip_metrics_r2(const double *p, const double *t, size_t n)
{
	double mean = 0, error = 0, spread = 0, r2;
	size_t i, same = 0;

	for (i = 0; i < n; i++) {
		mean += t[i] / (double)n;
		same += t[i] == t[0];
	}
	for (i = 0; i < n; i++) {
		error += (p[i] - t[i]) * (p[i] - t[i]);
		spread += (t[i] - mean) * (t[i] - mean);
	}
	/* equal values have no spread, though rounding gives them some */
	r2 = same == n ? NAN : 1 - error / spread;
	return isfinite(r2) ? r2 : NAN;
}
