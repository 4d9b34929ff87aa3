/* Frames moved back, and their mean. */
#include <math.h>
#include <string.h>
#include "core/core.h"
#include "measure/measure.h"

/* The pixels of the first frame that all frames cover. */
static int covered(const struct ip_tensor *frames, const double *drift,
	size_t at[2], size_t size[2])
{
	size_t t;
	int d;

	for (d = 0; d < 2; d++) {
		double n = (double)frames->shape[2 + d], lo = 0, hi = n - 1;

		for (t = 0; drift && t < frames->shape[0]; t++) {
			lo = fmax(lo, ceil(-drift[2 * t + d] - 1e-9));
			hi = fmin(hi, floor(n - 1 - drift[2 * t + d] + 1e-9));
		}
		if (hi < lo)
			return ip_fail(IP_EPHYSICS, "average: no pixel is in"
				" all of %zu frames", frames->shape[0]);
		at[d] = (size_t)lo;
		size[d] = (size_t)(hi - lo) + 1;
	}
	return 0;
}

/* One frame, moved back, onto sum (segments, W', H'). */
static int add_frame(const struct ip_tensor *frame, const double *shift,
	const size_t at[2], struct ip_tensor *sum)
{
	struct ip_sampling how = { .step = { 1, 1 } };
	struct ip_tensor one = { 0 };
	size_t i;
	int d, rc;

	for (d = 0; d < 2; d++) {
		how.start[d] = (double)at[d] + (shift ? shift[d] : 0);
		how.size[d] = sum->shape[1 + d];
	}
	if (shift)
		rc = ip_prepare_sample(frame, &how, &one);
	else
		rc = ip_tensor_convert(&one, IP_F64, frame);
	for (i = 0; rc == 0 && i < ip_tensor_count(sum); i++)
		((double *)sum->data)[i] += ((double *)one.data)[i];
	ip_tensor_free(&one);
	return rc;
}

static int check(const struct ip_tensor *frames, const struct ip_tensor *drift)
{
	if (frames->ndim != 4)
		return ip_fail(IP_EINVAL, "average: %d axes, expected (frame,"
			" segment, x, y)", frames->ndim);
	if (drift && (drift->ndim != 2 || drift->dtype != IP_F64 ||
	    drift->shape[0] != frames->shape[0] || drift->shape[1] != 2 ||
	    !ip_tensor_contiguous(drift)))
		return ip_fail(IP_EINVAL, "average: drift of another shape than"
			" (%zu, 2)", frames->shape[0]);
	if (drift && ip_tensor_check_finite(drift, "drift") < 0)
		return IP_EINVAL;
	return ip_measure_check(frames, "average");
}

int ip_prepare_average(const struct ip_tensor *frames,
	const struct ip_tensor *drift, size_t at[2], struct ip_tensor *out)
{
	const double *shift = drift ? drift->data : NULL;
	struct ip_tensor sum = { 0 }, one;
	size_t shape[3], first[2], t, i;
	int rc = check(frames, drift);

	if (rc == 0)
		rc = covered(frames, shift, first, shape + 1);
	if (rc < 0)
		return rc;
	shape[0] = frames->shape[1];
	rc = ip_tensor_new(&sum, IP_F64, 3, shape);
	for (t = 0; rc == 0 && t < frames->shape[0]; t++) {
		rc = ip_tensor_at(&one, frames, 0, t);
		if (rc == 0)
			rc = add_frame(&one, shift ? shift + 2 * t : NULL,
				first, &sum);
	}
	if (rc < 0) {
		ip_tensor_free(&sum);
		return rc;
	}
	for (i = 0; i < ip_tensor_count(&sum); i++)
		((double *)sum.data)[i] /= (double)frames->shape[0];
	memcpy(at, first, sizeof first);
	*out = sum;
	return 0;
}
