/* From counts to fractions of the beam, and maps of thickness. */
#include <math.h>
#include "core/core.h"
#include "measure/measure.h"

#define DEGREE (3.14159265358979323846 / 180)

int ip_prepare_share(double semiangle, double inner, double outer,
	double *share)
{
	double from = fmin(inner, semiangle), to = fmin(outer, semiangle);

	if (!(semiangle > 0) || !(inner >= 0) || !(outer > inner))
		return ip_fail(IP_EINVAL, "share: a detector from %g to %g mrad"
			" and a disc of %g mrad", inner, outer, semiangle);
	if (!(to > from))
		return ip_fail(IP_EPHYSICS, "share: a detector from %g mrad on"
			" sees nothing of an empty disc of %g mrad", inner,
			semiangle);
	*share = (to * to - from * from) / (semiangle * semiangle);
	return 0;
}

static int check_segments(const struct ip_tensor *t, const char *who)
{
	if (t->ndim != 3 && t->ndim != 4)
		return ip_fail(IP_EINVAL, "%s: %d axes, expected ([series,]"
			" segment, x, y)", who, t->ndim);
	return ip_measure_check(t, who);
}

int ip_prepare_linear(struct ip_tensor *segments, const double *gain,
	const double *offset)
{
	size_t n, pixels, i, all;
	double *v = segments->data;
	int rc = check_segments(segments, "gain");

	if (rc == 0 && (segments->dtype != IP_F64 ||
	    !ip_tensor_contiguous(segments)))
		rc = ip_fail(IP_EINVAL, "gain: expected contiguous float64");
	if (rc < 0)
		return rc;
	n = segments->shape[segments->ndim - 3];
	pixels = segments->shape[segments->ndim - 2] *
		segments->shape[segments->ndim - 1];
	all = ip_tensor_count(segments);
	for (i = 0; i < n; i++)
		if (!isfinite(gain[i]) || !isfinite(offset[i]))
			return ip_fail(IP_EINVAL, "gain: %g and offset %g of"
				" segment %zu", gain[i], offset[i], i);
	for (i = 0; i < all; i++)
		v[i] = (v[i] - offset[i / pixels % n]) * gain[i / pixels % n];
	return 0;
}

int ip_prepare_sum(const struct ip_tensor *segments, struct ip_prepare_sum *s)
{
	struct ip_tensor t = { 0 };
	size_t n, size, i, j, p;
	int rc = check_segments(segments, "sum");

	if (rc == 0)
		rc = ip_tensor_convert(&t, IP_F64, segments);
	if (rc < 0)
		return rc;
	n = t.shape[t.ndim - 3];
	size = t.shape[t.ndim - 2] * t.shape[t.ndim - 1];
	*s = (struct ip_prepare_sum){ 0, INFINITY, -INFINITY,
		ip_tensor_count(&t) / n, 0, 0 };
	for (i = 0; i < s->pixels; i++) {
		const double *v = (double *)t.data + i / size * n * size;
		double sum = 0;

		p = i % size;
		for (j = 0; j < n; j++) {
			sum += v[j * size + p];
			s->negative += v[j * size + p] < 0;
		}
		s->mean += sum;
		s->smallest = fmin(s->smallest, sum);
		s->largest = fmax(s->largest, sum);
		s->above += sum > 1;
	}
	s->mean /= (double)s->pixels;
	ip_tensor_free(&t);
	return 0;
}

int ip_prepare_wedge(const size_t size[2], double first, double last,
	double degree, struct ip_tensor *out)
{
	double c = cos(degree * DEGREE), s = sin(degree * DEGREE), *v;
	double w = (double)size[0] - 1, h = (double)size[1] - 1;
	double from = fmin(0, c * w) + fmin(0, s * h);
	double to = fmax(0, c * w) + fmax(0, s * h), at;
	size_t i, j;
	int rc;

	if (!size[0] || !size[1] || !isfinite(first) || !isfinite(last) ||
	    !isfinite(degree))
		return ip_fail(IP_EINVAL, "wedge: from %g to %g along %g degree"
			" over %zu x %zu pixels", first, last, degree, size[0],
			size[1]);
	rc = ip_tensor_new(out, IP_F64, 2, size);
	if (rc < 0)
		return rc;
	v = out->data;
	for (i = 0; i < size[0]; i++)
		for (j = 0; j < size[1]; j++) {
			at = c * (double)i + s * (double)j;
			at = to - from > 1e-9 ? (at - from) / (to - from) : 0;
			v[i * size[1] + j] = first + at * (last - first);
		}
	return 0;
}
