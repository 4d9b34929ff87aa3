/* Potentials beside what they were found from, in one picture. */
#include <math.h>
#include <stdio.h>
#include "panels.h"

#define SIDE 250	/* smaller pictures are drawn larger */

int ip_cli_sum_segments(const struct ip_tensor *segments,
	struct ip_tensor *sum)
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
	for (i = 0; i < segments->shape[0] * n; i++)
		to[i % n] += from[i];
	ip_tensor_free(&v);
	return rc;
}

int ip_cli_widen(const struct ip_tensor *t, double *lo, double *hi)
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

void ip_cli_panel(struct ip_picture_style *s, const struct ip_tensor *t,
	const double *range, double pixel_size, const char *title)
{
	size_t side = t->shape[0] > t->shape[1] ? t->shape[0] : t->shape[1];

	s->map = range ? IP_MAP_VIRIDIS : IP_MAP_GRAY;
	s->lo = range ? range[0] : 0;
	s->hi = range ? range[1] : 0;
	s->pixel_size = pixel_size;
	s->zoom = side < SIDE ? (int)((SIDE + side / 2) / side) : 1;
	s->title = title;
}

/* The potentials in one scale, so that they can be compared. */
static const struct panel { const char *title; int scale, unit; } panel[] = {
	{ "segments, sum", 0, 0 }, { "potential, ", 1, 1 },
	{ "truth, ", 1, 1 }, { "spread, ", 2, 1 },
	{ "residual of segments", 2, 0 },
};
#define PANELS (sizeof panel / sizeof *panel)

/* all: of PANELS, {0} what there is not. */
static int draw(const char *path, const struct ip_tensor *all,
	double pixel_size, const char *unit)
{
	struct ip_picture_style style[PANELS] = { { 0 } };
	struct ip_tensor t[PANELS] = { { 0 } };
	double range[2] = { INFINITY, -INFINITY }, own[PANELS][2];
	char title[PANELS][40];
	size_t i, n = 0;
	int rc = 0;

	for (i = 0; rc == 0 && i < PANELS; i++)
		if (all[i].data && panel[i].scale == 1)
			rc = ip_cli_widen(&all[i], &range[0], &range[1]);
	for (i = 0; rc == 0 && i < PANELS; i++) {
		if (!all[i].data)
			continue;
		own[n][0] = INFINITY;
		own[n][1] = -INFINITY;
		if (panel[i].scale == 2)
			rc = ip_cli_widen(&all[i], &own[n][0], &own[n][1]);
		snprintf(title[n], sizeof *title, "%s%s", panel[i].title,
			panel[i].unit ? unit : "");
		ip_cli_panel(&style[n], &all[i], panel[i].scale == 0 ? NULL :
			panel[i].scale == 1 ? range : own[n], pixel_size,
			title[n]);
		t[n++] = all[i];
	}
	return rc < 0 ? rc : ip_png_panels(path, t, style, n, n);
}

int ip_cli_panels(const char *path, const struct ip_tensor *segments,
	const struct ip_tensor *potential, const struct ip_tensor *truth,
	const struct ip_tensor *more, double pixel_size, const char *unit)
{
	struct ip_tensor t[PANELS] = { { 0 }, *potential, *truth };
	int rc = ip_cli_sum_segments(segments, &t[0]);

	if (more) {
		t[3] = more[0];
		t[4] = more[1];
	}
	if (rc == 0)
		rc = draw(path, t, pixel_size, unit);
	ip_tensor_free(&t[0]);
	return rc;
}
