/* Prediction and truth, checked and laid out. */
#include <stdlib.h>
#include <string.h>
#include "../core/core.h"
#include "study.h"

static int load(struct ip_tensor *to, enum ip_dtype dtype,
	const struct ip_tensor *from, const char *what)
{
	int rc;

	if (!from->data || from->ndim != 2 || ip_tensor_count(from) == 0)
		return ip_fail(IP_EINVAL, "metrics: the %s is no picture of"
			" two axes (it has %d)", what, from->ndim);
	if (from->dtype == IP_C64 || from->dtype == IP_TEXT)
		return ip_fail(IP_EINVAL, "metrics: the %s is %s, expected"
			" real numbers", what, ip_dtype_name(from->dtype));
	rc = ip_tensor_convert(to, dtype, from);
	if (rc < 0)
		return rc;
	rc = ip_tensor_check_finite(to, what);
	if (rc < 0)
		ip_tensor_free(to);
	return rc;
}

int ip_pair_load(struct ip_pair *out, enum ip_dtype dtype,
	const struct ip_tensor *prediction, const struct ip_tensor *truth)
{
	struct ip_pair p;
	int rc;

	memset(&p, 0, sizeof p);
	rc = load(&p.prediction, dtype, prediction, "prediction");
	if (rc == 0)
		rc = load(&p.truth, dtype, truth, "truth");
	if (rc < 0)
		goto fail;
	p.h = p.truth.shape[0];
	p.w = p.truth.shape[1];
	p.n = p.h * p.w;
	if (p.prediction.shape[0] != p.h || p.prediction.shape[1] != p.w) {
		rc = ip_fail(IP_EINVAL, "metrics: a prediction of %zu x %zu"
			" pixels, but a truth of %zu x %zu",
			p.prediction.shape[0], p.prediction.shape[1], p.h,
			p.w);
		goto fail;
	}
	*out = p;
	return 0;
fail:
	ip_pair_free(&p);
	return rc;
}

void ip_pair_free(struct ip_pair *p)
{
	ip_tensor_free(&p->prediction);
	ip_tensor_free(&p->truth);
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double ip_quantile(double *v, size_t n, double share)
{
	double at = share * (double)(n - 1);
	size_t i = (size_t)at;

	qsort(v, n, sizeof *v, ascending);
	if (i + 1 >= n)
		return v[n - 1];
	return v[i] + (v[i + 1] - v[i]) * (at - (double)i);
}
