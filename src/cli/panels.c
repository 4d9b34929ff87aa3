/* Potentials beside what they were found from, in one picture. */
#include <math.h>
#include <stdio.h>
#include <iphase/formats.h>
#include "panels.h"

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

/* The potentials in one scale, so that they can be compared. */
static int draw(const char *path, struct ip_tensor *t, size_t n,
	double pixel_size, const char *unit)
{
	static const char *const what[] = { "segments, sum", "potential, ",
		"truth, " };
	size_t i, side = t->shape[0] > t->shape[1] ? t->shape[0] : t->shape[1];
	struct ip_picture_style style[3] = { { 0 } };
	double lo = INFINITY, hi = -INFINITY;
	char title[3][40];
	int rc = 0;

	for (i = 1; rc == 0 && i < n; i++)
		rc = widen(&t[i], &lo, &hi);
	for (i = 0; rc == 0 && i < n; i++) {
		snprintf(title[i], sizeof *title, "%s%s", what[i], i ? unit :
			"");
		style[i].map = i ? IP_MAP_VIRIDIS : IP_MAP_GRAY;
		style[i].lo = i ? lo : 0;
		style[i].hi = i ? hi : 0;
		style[i].pixel_size = pixel_size;
		style[i].zoom = side < SIDE ? (int)((SIDE + side / 2) / side) :
			1;
		style[i].title = title[i];
	}
	return rc < 0 ? rc : ip_png_panels(path, t, style, n, n);
}

int ip_cli_panels(const char *path, const struct ip_tensor *segments,
	const struct ip_tensor *potential, const struct ip_tensor *truth,
	double pixel_size, const char *unit)
{
	struct ip_tensor t[3] = { { 0 }, *potential, *truth };
	int rc = sum_segments(segments, &t[0]);

	if (rc == 0)
		rc = draw(path, t, truth->data ? 3 : 2, pixel_size, unit);
	ip_tensor_free(&t[0]);
	return rc;
}
