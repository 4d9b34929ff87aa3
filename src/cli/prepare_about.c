/* iphase-prepare: what is known of microscope and specimen, and was done. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "prepare_tool.h"

int ip_prepare_note(struct ip_prepare_job *job, const char *fmt, ...)
{
	size_t n = job->history ? strlen(job->history) : 0;
	char text[1024], *all;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	all = realloc(job->history, n + strlen(text) + 3);
	if (!all)
		return ip_cli_error(IP_ENOMEM, "out of memory");
	sprintf(all + n, "%s%s", n ? "; " : "", text);
	job->history = all;
	if (job->cli->verbose)
		ip_cli_info("%s", text);
	return 0;
}

/* ---- numbers ---- */

int ip_prepare_set_pixel(struct ip_prepare_job *job, const double pixel[2])
{
	return isnan(pixel[0]) ? 0 : ip_attrs_f64(&job->attrs, "pixel_size",
		pixel, 2);
}

static int set_pixel_size(struct ip_prepare_job *job)
{
	const struct ip_reals *r = &job->o->pixel_size;
	double pixel[2];

	if (r->count == 0)
		return 0;
	if (r->count > 2 || !(r->v[0] > 0) || !(r->v[r->count - 1] > 0))
		return ip_cli_usage(job->cli, "--pixel-size: expected one or"
			" two lengths above 0");
	pixel[0] = r->v[0];
	pixel[1] = r->v[r->count - 1];
	return ip_prepare_set_pixel(job, pixel);
}

static int set_numbers(struct ip_prepare_job *job)
{
	const struct ip_prepare_options *o = job->o;
	const struct { const char *key; double v, least; } list[] = {
		{ "energy", o->energy * 1e3, 1e-9 },
		{ "semiangle", o->semiangle, 1e-9 },
		{ "inner", o->inner, 0 }, { "outer", o->outer, 1e-9 },
		{ "rotation", o->rotation, -INFINITY },
	};
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < sizeof list / sizeof *list; i++) {
		if (list[i].v < list[i].least)
			return ip_cli_usage(job->cli, "--%s: %g, expected a"
				" number above 0", list[i].key, list[i].v);
		if (!isnan(list[i].v))
			rc = ip_attrs_number(&job->attrs, list[i].key,
				list[i].v);
	}
	return rc;
}

/* Behind what the file says of aberrations, so that it counts. */
static int set_defocus(struct ip_prepare_job *job)
{
	const char *before = ip_attrs_get_text(&job->attrs, "aberrations");
	char text[1200];

	if (isnan(job->o->defocus))
		return 0;
	snprintf(text, sizeof text, "%.1100s%sC10=%.10g", before ? before : "",
		before && *before ? " " : "", -job->o->defocus);
	return ip_attrs_text(&job->attrs, "aberrations", text);
}

static int set_euler(struct ip_prepare_job *job)
{
	size_t three = 3;
	int rc;

	if (job->o->euler.count == 0)
		return 0;
	if (job->o->euler.count != 3)
		return ip_cli_usage(job->cli, "--euler: %zu numbers, expected"
			" RZ,RX,RY", job->o->euler.count);
	ip_tensor_free(&job->euler);
	rc = ip_tensor_new(&job->euler, IP_F64, 1, &three);
	if (rc == 0)
		memcpy(job->euler.data, job->o->euler.v, 3 * sizeof(double));
	return rc;
}

/*
 * The scan was turned against where the detector's rotation was measured. The
 * picture is what it is; seen from the scan the detector is turned back, which
 * costs nothing, where new pixels would.
 */
static int turn_scan(struct ip_prepare_job *job)
{
	double rotation = ip_attrs_get(&job->attrs, "rotation", NAN);
	double by = job->o->scan_rotation;
	int rc;

	if (isnan(by))
		return 0;
	if (isnan(rotation))
		return ip_cli_usage(job->cli, "--scan-rotation: where the"
			" detector is without it is not known: give"
			" --rotation");
	rc = ip_attrs_number(&job->attrs, "rotation", rotation - by);
	return rc < 0 ? rc : ip_prepare_note(job, "scan turned by %g degree:"
		" the detector's rotation was %g and is %g, pixels are as they"
		" were", by, rotation, rotation - by);
}

int ip_prepare_about(struct ip_prepare_job *job)
{
	int rc = set_numbers(job);

	if (rc == 0)
		rc = set_pixel_size(job);
	if (rc == 0)
		rc = set_defocus(job);
	if (rc == 0)
		rc = set_euler(job);
	return rc ? rc : turn_scan(job);
}

/* ---- what is missing ---- */

void ip_prepare_missing(const struct ip_prepare_job *job)
{
	static const char *const keys[] = { "energy", "semiangle", "inner",
		"outer", "rotation", "pixel_size" };
	char list[256] = "";
	size_t i, n = 0;

	if (!job->thickness.data)
		n = (size_t)snprintf(list, sizeof list, "thickness");
	if (!job->euler.data)
		n += (size_t)snprintf(list + n, sizeof list - n, "%seuler",
			n ? ", " : "");
	for (i = 0; i < sizeof keys / sizeof *keys; i++)
		if (!ip_attrs_find(&job->attrs, keys[i]))
			n += (size_t)snprintf(list + n, sizeof list - n,
				"%s%s", n ? ", " : "", keys[i]);
	if (n)
		ip_cli_warn("not known, neither from the input nor by an"
			" option: %s; iphase-infer or iphase-idpc will ask",
			list);
}
