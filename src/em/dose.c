/* Counting statistics. */
#include <math.h>
#include "core/core.h"
#include <iphase/em.h>
#include <iphase/random.h>

int ip_dose_apply(struct ip_tensor *images, double dose, uint64_t seed)
{
	size_t n = ip_tensor_count(images), i;
	double *v = images->data;
	int rc;

	if (images->dtype != IP_F64 || !ip_tensor_contiguous(images))
		return ip_fail(IP_EINVAL, "dose: contiguous float64 images "
			"are expected");
	if (!(dose > 0) || !isfinite(dose))
		return ip_fail(IP_EINVAL, "dose: %g electrons a scan point; "
			"expected a positive number", dose);
	if ((rc = ip_tensor_check_finite(images, "images")) < 0)
		return rc;
#pragma omp parallel for schedule(static)
	for (i = 0; i < n; i++)
		v[i] = (double)ip_poisson(seed, IP_STREAM_DOSE, i,
			v[i] > 0 ? v[i] * dose : 0);
	return IP_OK;
}
