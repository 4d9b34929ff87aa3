/* The pictures of iphase-infer. */
#include <math.h>
#include <stdio.h>
#include <iphase/formats.h>
#include "infer_tool.h"

#define SIDE 250	/* smaller pictures are drawn larger */

static int sum_segments(const struct ip_tensor *segments, struct ip_tensor *sum)
{
	struct ip_tensor v = { 0 };
	size_t i, n;
	double *to, *from;
	int rc = ip_tensor_convert(&v, IP_F64, segments);

	if (rc == 0)
		rc = ip_tensor_new(sum, IP_F64, 2, segments->shape + 1);
	n = rc < 0 ? 0 : ip_tensor_count(sum);
	to = sum->data;
	from = v.data;
	for (i = 0; i < 4 * n; i++)
		to[i % n] += from[i];
	ip_tensor_free(&v);
	return rc;
}

static int widen(const struct ip_tensor *t, double *lo, double *hi)
{
	struct ip_tensor v = { 0 };
	int rc = ip_tensor_convert(&v, IP_F64, t);
	size_t i, n = ip_tensor_count(t);

	for (i = 0; rc == 0 && i < n; i++) {
		*lo = fmin(*lo, ((double *)v.data)[i]);
		*hi = fmax(*hi, ((double *)v.data)[i]);
	}
	ip_tensor_free(&v);
	return rc;
}

static double pixel_size(const struct ip_measured *m)
{
	const struct ip_attr *p = ip_attrs_find(&m->b.attrs, "pixel_size");

	return p && p->type == IP_ATTR_F64 && p->count > 0 && p->v.f64[0] > 0 ?
		p->v.f64[0] : 0;
}

/* The potentials in one scale, so that they can be compared. */
static int draw(const struct ip_measured *m, const struct ip_tensor *sum,
	const struct ip_tensor *potential, const struct ip_tensor *truth,
	const char *path)
{
	static const char *const title[] = { "segments, sum",
		"potential, V A", "truth, V A" };
	size_t n = truth->data ? 3 : 2, i, side = sum->shape[0] > sum->shape[1]
		? sum->shape[0] : sum->shape[1];
	struct ip_tensor t[3] = { *sum, *potential, *truth };
	struct ip_picture_style style[3] = { { 0 } };
	double lo = INFINITY, hi = -INFINITY;
	int rc = 0;

	for (i = 1; rc == 0 && i < n; i++)
		rc = widen(&t[i], &lo, &hi);
	for (i = 0; rc == 0 && i < n; i++) {
		style[i].map = i ? IP_MAP_VIRIDIS : IP_MAP_GRAY;
		style[i].lo = i ? lo : 0;
		style[i].hi = i ? hi : 0;
		style[i].pixel_size = pixel_size(m);
		style[i].zoom = side < SIDE ? (int)((SIDE + side / 2) / side) :
			1;
		style[i].title = title[i];
	}
	return rc < 0 ? rc : ip_png_panels(path, t, style, n, n);
}

int ip_infer_draw(const struct ip_measured *m, size_t i,
	const struct ip_tensor *potential, const char *prefix)
{
	struct ip_tensor sum = { 0 }, one = *potential, truth;
	struct ip_measurement in;
	char path[4096];
	int n, rc;

	n = m->series ? snprintf(path, sizeof path, "%s-%03zu-potential.png",
		prefix, i) : snprintf(path, sizeof path, "%s-potential.png",
		prefix);
	if (n >= (int)sizeof path)
		return ip_cli_error(IP_EINVAL, "--png: the name is too long");
	rc = ip_measured_picture(m, i, &in, &truth);
	if (rc == 0 && m->series)
		rc = ip_tensor_at(&one, potential, 0, i);
	if (rc == 0 && one.ndim == 3)	/* of several outputs the first */
		rc = ip_tensor_at(&one, &one, 0, 0);
	if (rc == 0)
		rc = sum_segments(&in.segments, &sum);
	if (rc == 0)
		rc = draw(m, &sum, &one, &truth, path);
	ip_tensor_free(&sum);
	return rc;
}
