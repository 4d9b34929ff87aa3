/* Counting statistics. */
#include <math.h>
#include "core/core.h"
#include <iphase/em.h>
#include <iphase/random.h>
#include <iphase/threads.h>

/* Counts are exact in float64, and Poisson numbers have that bound. */
#define COUNTS_MOST 1e15

/* Small negative values are rounding; more, and these are no intensities. */
static int check(const double *v, size_t n, double dose)
{
	double low = 0, high = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		low = fmin(low, v[i]);
		high = fmax(high, v[i]);
	}
	if (low < -1e-3 * high)
		return ip_fail(IP_EINVAL, "dose: images have values down to "
			"%g; only intensities can be counted", low);
	if (!(high * dose <= COUNTS_MOST))
		return ip_fail(IP_ELIMIT, "dose: %g counts at a scan point; "
			"expected at most %g", high * dose, COUNTS_MOST);
	return IP_OK;
}

int ip_dose_apply(struct ip_tensor *images, double dose, uint64_t seed)
{
	size_t n = ip_tensor_count(images);
	double *v = images->data;
	long i;
	int rc;

	if (images->dtype != IP_F64 || !ip_tensor_contiguous(images))
		return ip_fail(IP_EINVAL, "dose: contiguous float64 images "
			"are expected");
	if (!(dose > 0) || !isfinite(dose))
		return ip_fail(IP_EINVAL, "dose: %g electrons a scan point; "
			"expected a positive number", dose);
	if ((rc = ip_tensor_check_finite(images, "images")) < 0 ||
		(rc = check(v, n, dose)) < 0)
		return rc;
#pragma omp parallel for num_threads(ip_threads()) schedule(static)
	for (i = 0; i < (long)n; i++)
		v[i] = (double)ip_poisson(seed, IP_STREAM_DOSE, (uint64_t)i,
			v[i] > 0 ? v[i] * dose : 0);
	return IP_OK;
}
