/* What was measured, as the network was trained to see it. */
#include <math.h>
#include <string.h>
#include "core/core.h"
#include "infer.h"

#define EPSILON 1e-8f	/* the reference's, so that a flat picture is 0 */
#define SMALL 1e-5f	/* ranges for which that counts: 0.1 % */

static int check_segments(const struct ip_tensor *s)
{
	if (!s->data || !ip_tensor_is_real(s) || s->ndim != 3)
		return ip_fail(IP_EINVAL, "segments: %d axes of %s, expected "
			"real numbers (segment, x, y)", s->ndim,
			ip_dtype_name(s->dtype));
	if (s->shape[0] != IP_NET_SEGMENTS)
		return ip_fail(IP_EINVAL, "segments: %zu, expected %d",
			s->shape[0], IP_NET_SEGMENTS);
	if (ip_tensor_count(s) == 0)
		return ip_fail(IP_EINVAL, "segments: an empty picture, %zu x "
			"%zu", s->shape[1], s->shape[2]);
	return ip_tensor_check_finite(s, "segments");
}

static int check_rest(const struct ip_measurement *in)
{
	const struct ip_tensor *t = &in->thickness;
	const size_t *s = in->segments.shape;
	int i;

	if (!t->data || !ip_tensor_is_real(t) || (ip_tensor_count(t) != 1 &&
		(t->ndim != 2 || t->shape[0] != s[1] || t->shape[1] != s[2])))
		return ip_fail(IP_EINVAL, "thickness: expected one number, or "
			"a map of %zu x %zu like the segments", s[1], s[2]);
	if (!(in->incident >= 0 && isfinite(in->incident)))
		return ip_fail(IP_EINVAL, "the incident beam: %g, expected 0 or more",
			in->incident);
	for (i = 0; i < 3; i++)
		if (!isfinite(in->euler[i]))
			return ip_fail(IP_EINVAL, "Euler angle %d is not "
				"finite: expected degrees", i);
	return ip_tensor_check_finite(t, "thickness");
}

/* v[n] becomes 0 .. 1, in the reference's arithmetic. */
static int normalise(float *v, size_t n)
{
	float lo = v[0], hi = v[0], range;
	size_t i;

	for (i = 1; i < n; i++) {
		lo = v[i] < lo ? v[i] : lo;
		hi = v[i] > hi ? v[i] : hi;
	}
	range = hi - lo;
	if (!isfinite(range))
		return ip_fail(IP_EINVAL, "segments: values from %g to %g, "
			"beyond the range of float32", (double)lo, (double)hi);
	if (range > 0 && range < SMALL)
		ip_warn("segments: their values differ by %g only, so that "
			"the %g that is added to it counts; give larger "
			"numbers", (double)range, (double)EPSILON);
	for (i = 0; i < n; i++)
		v[i] = (v[i] - lo) / (range + EPSILON);
	return IP_OK;
}

/*
 * Fractions of the beam to numbers of the order of 1: a quadrant of a detector
 * from half the semiangle on sees about a fifth of the beam, and a crystal
 * changes that by some hundredths.
 */
static int centre(float *v, size_t n, double beam)
{
	double sum = 0, pixels = (double)(n / IP_NET_SEGMENTS);
	double all = beam > 0 ? beam : 1;
	size_t i;

	for (i = 0; i < n; i++) {
		sum += (double)v[i];
		v[i] = (float)((double)v[i] / all - 0.2) * 20;
	}
	if (!(sum <= pixels * all))	/* single pixels may, by their noise */
		return ip_fail(IP_EINVAL, "segments: all four are %g on "
			"average, more than the incident beam, which is %g: "
			"expected fractions of it, or what it is in their "
			"unit (--beam)", sum / pixels, all);
	return IP_OK;
}

static int put_segments(struct ip_tensor *x, const struct ip_measurement *in,
	enum ip_metadata mode)
{
	const struct ip_tensor *s = &in->segments;
	struct ip_tensor part;
	int rc = ip_tensor_slice(&part, x, 0, 0, IP_NET_SEGMENTS);

	if (rc == 0)
		rc = ip_tensor_copy(&part, s);
	if (rc < 0)
		return rc;
	if (mode != IP_METADATA_TILT3)
		return normalise(x->data, ip_tensor_count(s));
	return centre(x->data, ip_tensor_count(s), in->incident);
}

/* Into map v[n]: thickness / 100 nm. */
static int put_thickness(float *v, size_t n, const struct ip_tensor *t)
{
	size_t i, one = ip_tensor_count(t) == 1;
	struct ip_tensor f = { 0 };
	const float *from;
	int rc = ip_tensor_convert(&f, IP_F32, t);

	from = f.data;
	for (i = 0; rc == 0 && i < n; i++) {
		v[i] = from[one ? 0 : i] / 100;
		if (v[i] < 0)
			rc = ip_fail(IP_EINVAL, "thickness: %g nm, expected 0 "
				"or more", (double)from[one ? 0 : i]);
	}
	ip_tensor_free(&f);
	return rc;
}

/*
 * Where the zone axis leans to: turned by rx about x, then by ry about y, it is
 * (sin ry cos rx, -sin rx, cos ry cos rx). Angles may be given beyond 180
 * degree, so they are not taken as they are.
 */
static void put_tilt(float *v, size_t n, const double *euler)
{
	const double degree = 3.14159265358979323846 / 180;
	double rx = euler[1] * degree, ry = euler[2] * degree;
	float a[2] = { (float)(atan2(sin(ry), cos(ry)) / degree),
		(float)(-atan2(sin(rx), cos(rx) * cos(ry)) / degree) };
	size_t i;

	for (i = 0; i < 2 * n; i++)
		v[i] = a[i / n];
}

/* The angles in float32, as the reference has them. */
static void put_euler(float *v, size_t n, const double *euler,
	enum ip_metadata mode)
{
	const float pi = 3.14159265358979323846f;
	size_t i, k, maps = ip_metadata_channels(mode) - 1;
	float a[6];

	for (k = 0; k < 3; k++) {
		float degree = (float)euler[k], r = degree * pi / 180;

		a[k] = mode == IP_METADATA_RAW4 ? degree / 360 :
			(float)sin((double)r);
		a[k + 3] = (float)cos((double)r);
	}
	for (k = 0; k < maps; k++)
		for (i = 0; i < n; i++)
			v[k * n + i] = a[k];
}

int ip_infer_features(const struct ip_measurement *in, enum ip_metadata mode,
	struct ip_tensor *x)
{
	size_t shape[3], n;
	struct ip_tensor r = { 0 };
	float *v;
	int rc;

	if ((rc = check_segments(&in->segments)) < 0 ||
		(rc = check_rest(in)) < 0)
		return rc;
	shape[0] = IP_NET_SEGMENTS + ip_metadata_channels(mode);
	shape[1] = in->segments.shape[1];
	shape[2] = in->segments.shape[2];
	n = shape[1] * shape[2];
	if ((rc = ip_tensor_new(&r, IP_F32, 3, shape)) < 0)
		return rc;
	v = r.data;
	rc = put_segments(&r, in, mode);
	if (rc == 0)
		rc = put_thickness(v + IP_NET_SEGMENTS * n, n, &in->thickness);
	if (rc < 0) {
		ip_tensor_free(&r);
		return rc;
	}
	v += (IP_NET_SEGMENTS + 1) * n;
	if (mode == IP_METADATA_TILT3)
		put_tilt(v, n, in->euler);
	else
		put_euler(v, n, in->euler, mode);
	*x = r;
	return IP_OK;
}
