/* iphase-prepare: the specimen's thickness, pixel by pixel if it varies. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <iphase/measured.h>
#include "prepare_tool.h"

#define SAME_FIELD 0.02	/* by how much a map's sides may differ in ratio */

/* A map of file, one picture, as it is. */
static int read_map(const char *option, const char *path, struct ip_tensor *t)
{
	struct ip_bundle b = { 0 };
	const struct ip_item *item;
	int rc = ip_cli_load(path, 0, &b);

	if (rc < 0)
		return rc;
	item = b.count == 1 ? &b.items[0] : ip_bundle_find(&b, "thickness");
	if (!item)
		rc = ip_cli_error(IP_ENOTFOUND, "--%s: %s has %zu tensors and"
			" none of them is 'thickness'", option, path, b.count);
	else if (!ip_tensor_is_real(&item->tensor) || item->tensor.ndim != 2 ||
	    ip_tensor_count(&item->tensor) == 0)
		rc = ip_cli_error(IP_EFORMAT, "--%s: '%s' of %s has %d axes,"
			" expected one picture", option, item->name, path,
			item->tensor.ndim);
	else
		rc = ip_tensor_convert(t, IP_F64, &item->tensor);
	ip_bundle_free(&b);
	return rc;
}

/* The map at the size of the frames, of which it must show the field. */
static int fit_map(struct ip_prepare_job *job, const char *option,
	const char *path, const struct ip_tensor *map)
{
	struct ip_tensor v;
	double x, y;
	int rc = ip_prepare_flipped(job, map, &v);

	if (rc)
		return rc;
	x = (double)v.shape[0] / (double)job->size[0];
	y = (double)v.shape[1] / (double)job->size[1];
	if (fabs(x / y - 1) > SAME_FIELD)
		return ip_cli_error(IP_EFORMAT, "--%s: %s has %zu x %zu pixels,"
			" which is not the field of %zu x %zu", option, path,
			v.shape[0], v.shape[1], job->size[0], job->size[1]);
	rc = ip_prepare_fit(&v, job->size, IP_LINEAR, &job->thickness);
	return rc < 0 ? rc : ip_prepare_note(job, "thickness: map of %zu x %zu"
		" pixels", v.shape[0], v.shape[1]);
}

/* A number, one for each picture, or a file. */
static int from_text(struct ip_prepare_job *job, const char *option,
	const char *text)
{
	struct ip_tensor map = { 0 };
	struct ip_reals r = { 0 };
	int rc;

	if (ip_cli_reals(text, &r) == 0) {
		rc = ip_tensor_new(&job->thickness, IP_F64, r.count > 1,
			&r.count);
		if (rc == 0)
			memcpy(job->thickness.data, r.v, r.count *
				sizeof *r.v);
		free(r.v);
		return rc;
	}
	rc = read_map(option, text, &map);
	if (rc == 0)
		rc = fit_map(job, option, text, &map);
	ip_tensor_free(&map);
	return rc;
}

/* t/lambda times the mean free path. */
static int from_lambda(struct ip_prepare_job *job)
{
	double path = job->o->mean_free_path, *v;
	size_t i;
	int rc = from_text(job, "t-over-lambda", job->o->t_over_lambda);

	if (rc)
		return rc;
	v = job->thickness.data;
	for (i = 0; i < ip_tensor_count(&job->thickness); i++)
		v[i] *= path;
	return ip_prepare_note(job, "thickness: t/lambda times %g nm", path);
}

static int from_wedge(struct ip_prepare_job *job)
{
	const struct ip_reals *w = &job->o->wedge;
	double degree = w->count > 2 ? w->v[2] : 0;
	int rc = ip_prepare_wedge(job->size, w->v[0], w->v[1], degree,
		&job->thickness);

	return rc < 0 ? rc : ip_prepare_note(job, "thickness: wedge from %g to"
		" %g nm along %g degree", w->v[0], w->v[1], degree);
}

/* What the file says. */
static int from_file(struct ip_prepare_job *job)
{
	const struct ip_item *item = NULL;
	struct ip_tensor v;
	int i, rc;

	for (i = 0; !item && i < 2; i++)
		item = ip_bundle_find(job->about, ip_measured_name(
			IP_MEASURED_THICKNESS, i));
	if (!item || !ip_tensor_is_real(&item->tensor) ||
	    ip_tensor_count(&item->tensor) == 0)
		return 0;
	v = item->tensor;
	if (v.ndim > 1) {
		rc = ip_prepare_flipped(job, &item->tensor, &v);
		if (rc)
			return rc;
	}
	return ip_tensor_convert(&job->thickness, IP_F64, &v);
}

static int check_options(const struct ip_prepare_job *job)
{
	const struct ip_prepare_options *o = job->o;
	const struct ip_cli *c = job->cli;

	if ((o->thickness != NULL) + (o->t_over_lambda != NULL) +
	    (o->wedge.count > 0) > 1)
		return ip_cli_usage(c, "give one of --thickness,"
			" --t-over-lambda and --wedge");
	if ((o->t_over_lambda != NULL) != !isnan(o->mean_free_path))
		return ip_cli_usage(c, "--t-over-lambda and --mean-free-path"
			" belong together");
	if (o->t_over_lambda && !(o->mean_free_path > 0))
		return ip_cli_usage(c, "--mean-free-path: %g, expected nm above"
			" 0", o->mean_free_path);
	if (o->wedge.count && o->wedge.count != 2 && o->wedge.count != 3)
		return ip_cli_usage(c, "--wedge: %zu numbers, expected T0,T1 or"
			" T0,T1,DEG", o->wedge.count);
	return 0;
}

/* Numbers for each picture only if pictures stay apart. */
static int check_thickness(const struct ip_prepare_job *job)
{
	const struct ip_tensor *t = &job->thickness;
	size_t i, n = ip_tensor_count(t), frames = job->frames.shape[0];
	int map = t->ndim >= 2 && t->shape[t->ndim - 2] == job->size[0] &&
		t->shape[t->ndim - 1] == job->size[1];

	if (t->ndim == 1 && n == frames && n > 1 && !job->o->series)
		return ip_cli_usage(job->cli, "%zu pictures of %zu thicknesses"
			" have no mean: give --series", frames, n);
	if (t->ndim > (map ? 3 : 1) || (!map && n != 1 && n != frames) ||
	    (map && t->ndim == 3 && t->shape[0] != 1 &&
	    (t->shape[0] != frames || !job->o->series)))
		return ip_cli_error(IP_EFORMAT, "the thickness has %zu numbers"
			" in %d axes, expected one, one for each of %zu"
			" pictures, or a map of %zu x %zu", n, t->ndim, frames,
			job->size[0], job->size[1]);
	for (i = 0; i < n; i++)
		if (!(((double *)t->data)[i] >= 0) ||
		    isinf(((double *)t->data)[i]))
			return ip_cli_error(IP_EPHYSICS, "the thickness is %g"
				" nm at %zu of %zu, expected 0 or more",
				((double *)t->data)[i], i, n);
	return 0;
}

int ip_prepare_thickness(struct ip_prepare_job *job)
{
	const struct ip_prepare_options *o = job->o;
	int rc = check_options(job);

	if (rc)
		return rc;
	if (o->thickness)
		rc = from_text(job, "thickness", o->thickness);
	else if (o->t_over_lambda)
		rc = from_lambda(job);
	else if (o->wedge.count)
		rc = from_wedge(job);
	else
		rc = from_file(job);
	if (rc || !job->thickness.data)
		return rc;
	rc = check_thickness(job);
	/* one number that stands in an axis of its own */
	if (rc == 0 && ip_tensor_count(&job->thickness) == 1)
		job->thickness.ndim = 0;
	return rc;
}
