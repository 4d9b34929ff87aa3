/* iphase-prepare: what a model was trained on. */
#include <math.h>
#include <stdio.h>
#include "measurement.h"
#include "prepare_tool.h"

#define SLACK 0.01	/* rounding is no reason to warn */

/* Smallest and largest number of an attribute, or NAN. */
static void range_of(const struct ip_attrs *a, const char *key, double r[2])
{
	const struct ip_attr *at = ip_attrs_find(a, key);
	size_t i;

	r[0] = r[1] = NAN;
	for (i = 0; at && at->type != IP_ATTR_TEXT && i < at->count; i++) {
		r[0] = fmin(r[0], ip_attrs_get_one(a, key, i, NAN));
		r[1] = fmax(r[1], ip_attrs_get_one(a, key, i, NAN));
	}
}

/* What of v is nearest within the range. */
static double nearest(double v, const double r[2])
{
	return fmax(r[0], fmin(r[1], v));
}

static int within(double v, const double r[2])
{
	return v >= r[0] - SLACK * fabs(r[0]) && v <= r[1] + SLACK * fabs(r[1]);
}

/* Energy and angles that differ; what the model does not say is passed over. */
static void warn_differs(const struct ip_prepare_job *job,
	const struct ip_attrs *model)
{
	static const struct { const char *key, *unit; double by; } list[] = {
		{ "energy", "kV", 1e-3 }, { "semiangle", "mrad", 1 },
		{ "inner", "mrad", 1 }, { "outer", "mrad", 1 },
	};
	double r[2], v, by;
	size_t i;

	for (i = 0; i < sizeof list / sizeof *list; i++) {
		range_of(model, list[i].key, r);
		v = ip_attrs_get(&job->attrs, list[i].key, NAN);
		by = list[i].by;
		if (isnan(r[0]) || isnan(v) || within(v, r))
			continue;
		if (r[0] == r[1])
			ip_cli_warn("%s: %s %g %s, but the model was trained on"
				" %g", job->o->model, list[i].key, v * by,
				list[i].unit, r[0] * by);
		else
			ip_cli_warn("%s: %s %g %s, but the model was trained on"
				" %g to %g", job->o->model, list[i].key,
				v * by, list[i].unit, r[0] * by, r[1] * by);
	}
}

/* Its pixels; those of the picture, if they are among the model's. */
static int choose_pixel(const struct ip_prepare_job *job,
	const struct ip_attrs *model, double pixel[2])
{
	double r[2], now[2];

	range_of(model, "pixel_size", r);
	ip_prepare_pixel(job, now);
	if (isnan(r[0])) {
		ip_cli_warn("%s does not say on which pixels it was trained:"
			" they stay as they are, or give --resample",
			job->o->model);
		return 0;
	}
	if (isnan(now[0]))
		return ip_cli_usage(job->cli, "how large the pixels are is not"
			" known: give --pixel-size");
	if (within(now[0], r) && within(now[1], r))
		return 0;
	pixel[0] = pixel[1] = nearest(sqrt(now[0] * now[1]), r);
	return 0;
}

int ip_prepare_model(struct ip_prepare_job *job, double pixel[2],
	double *rotation)
{
	struct ip_model m = { 0 };
	int rc = ip_cli_model_load(job->o->model, &m);

	if (rc < 0)
		return rc;
	warn_differs(job, &m.attrs);
	if (isnan(*rotation))
		*rotation = ip_attrs_get(&m.attrs, "rotation", 0);
	if (isnan(pixel[0]))
		rc = choose_pixel(job, &m.attrs, pixel);
	ip_model_free(&m);
	return rc;
}
