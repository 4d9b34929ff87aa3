/*
 * Ramps of thickness: a crystal whose entrance surface is flat and whose exit
 * surface is not, so slowly that each place looks like a crystal of the
 * thickness that it has there. Between two exit planes of a series pictures are
 * interpolated in a straight line.
 */
#include <math.h>
#include <string.h>
#include "augment.h"
#include "core/core.h"

/* Planes further apart than this, nm, are not interpolated between. */
#define STEP_MOST 5.0
#define TURN (2 * 3.14159265358979323846)

static int follows(const double *a, const double *b)
{
	return b[0] > a[0] && b[0] - a[0] <= STEP_MOST &&
		memcmp(a + 1, b + 1, 3 * sizeof(*a)) == 0;
}

/* Where the ramp that begins at picture i ends: drawn. */
static size_t other_end(const struct ip_data_file *f, size_t i, uint64_t key)
{
	size_t lo = i, hi = i;

	while (lo > 0 && follows(f->series[lo - 1], f->series[lo]))
		lo--;
	while (hi + 1 < f->count && follows(f->series[hi], f->series[hi + 1]))
		hi++;
	return lo + (size_t)(ip_change_uniform(key, IP_CHANGE_RAMP_END) *
		(double)(hi - lo + 1));
}

/* t (h, w), nm: from, in the direction phi, to to. */
static void slope(double *t, size_t h, size_t w, double from, double to,
	double phi)
{
	double c = cos(phi), s = sin(phi);
	double a = fabs(c) * ((double)h - 1), b = fabs(s) * ((double)w - 1);
	double begin = (c < 0 ? -a : 0) + (s < 0 ? -b : 0);
	double length = a + b > 0 ? a + b : 1;

	for (size_t i = 0; i < h; i++)
		for (size_t j = 0; j < w; j++)
			t[i * w + j] = from + (to - from) * ((double)i * c +
				(double)j * s - begin) / length;
}

/* How much plane p of lo .. hi counts where it is t nm thick. */
static double share_of(const struct ip_data_file *f, size_t p, size_t lo,
	size_t hi, double t)
{
	double at = f->series[p][0];

	if (t < at && p > lo)
		return fmax(0, 1 - (at - t) / (at - f->series[p - 1][0]));
	if (t > at && p < hi)
		return fmax(0, 1 - (t - at) / (f->series[p + 1][0] - at));
	return 1;
}

/* s += plane, pixel by pixel as much as it counts. */
static void add_plane(const struct ip_data_file *f, size_t p, size_t lo,
	size_t hi, const struct ip_sample *plane, struct ip_sample *s)
{
	const double *t = s->thickness.data;
	size_t pixels = f->h * f->w, i, k;
	const float *from = plane->segments.data, *v = plane->truth.data;
	float *to = s->segments.data, *u = s->truth.data;

	for (i = 0; i < pixels; i++) {
		float share = (float)share_of(f, p, lo, hi, t[i]);

		for (k = 0; k < IP_NET_SEGMENTS; k++)
			to[k * pixels + i] += share * from[k * pixels + i];
		u[i] += share * v[i];
	}
}

static int interpolate(const struct ip_data_file *f, enum ip_truth truth,
	size_t lo, size_t hi, struct ip_sample *s)
{
	struct ip_sample plane = { 0 };
	int rc = 0;

	for (size_t p = lo; rc == 0 && p <= hi; p++) {
		rc = ip_data_file_get(f, truth, p, &plane);
		if (rc == 0)
			add_plane(f, p, lo, hi, &plane, s);
		ip_sample_free(&plane);
	}
	return rc;
}

int ip_ramp_get(const struct ip_data_file *f, enum ip_truth truth, size_t i,
	double share, uint64_t key, struct ip_sample *s)
{
	size_t shape[3] = { IP_NET_SEGMENTS, f->h, f->w }, end = i;
	int rc;

	if (f->series && ip_change_uniform(key, IP_CHANGE_RAMP) < share)
		end = other_end(f, i, key);
	if (end == i)
		return ip_data_file_get(f, truth, i, s);
	*s = (struct ip_sample){ .incident = f->incident };
	memcpy(s->euler, f->series[i] + 1, sizeof(s->euler));
	rc = ip_tensor_new(&s->segments, IP_F32, 3, shape);
	if (rc == 0)
		rc = ip_tensor_new(&s->truth, IP_F32, 2, shape + 1);
	if (rc == 0)
		rc = ip_tensor_new(&s->thickness, IP_F64, 2, shape + 1);
	if (rc == 0) {
		slope(s->thickness.data, f->h, f->w, f->series[i][0],
			f->series[end][0], TURN * ip_change_uniform(key,
			IP_CHANGE_RAMP_PHI));
		rc = interpolate(f, truth, i < end ? i : end, i < end ? end :
			i, s);
	}
	if (rc < 0)
		ip_sample_free(s);
	return rc;
}
