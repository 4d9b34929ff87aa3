/* iphase-infer: a model on a device, and measurements through it. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "infer_tool.h"

#define MIB 1048576.0

/* ---- what serves for all ---- */

/* --thickness: numbers, or a file with a map. */
static int read_thickness(const char *text, struct ip_tensor *t)
{
	struct ip_bundle b = { 0 };
	const struct ip_item *item;
	struct ip_reals r = { 0 };
	int rc;

	if (ip_cli_reals(text, &r) == 0) {
		rc = ip_tensor_new(t, IP_F64, r.count > 1, &r.count);
		if (rc == 0)
			memcpy(t->data, r.v, r.count * sizeof *r.v);
		free(r.v);
		return rc;
	}
	rc = ip_cli_load(text, 0, &b);
	if (rc < 0)
		return rc;
	item = b.count == 1 ? &b.items[0] : ip_bundle_find(&b, "thickness");
	rc = item ? ip_tensor_convert(t, IP_F64, &item->tensor) :
		ip_cli_error(IP_ENOTFOUND, "--thickness: no tensor 'thickness'"
			" in %s", text);
	ip_bundle_free(&b);
	return rc;
}

static int read_options(struct ip_infer_job *job)
{
	const struct ip_infer_options *o = job->o;
	size_t three = 3;
	int rc = 0;

	if (o->thickness)
		rc = read_thickness(o->thickness, &job->thickness);
	if (rc == 0 && o->euler.count) {
		rc = ip_tensor_new(&job->euler, IP_F64, 1, &three);
		if (rc == 0)
			memcpy(job->euler.data, o->euler.v, 3 *
				sizeof(double));
	}
	job->how.tile = (size_t)o->tile;
	job->how.overlap = (size_t)o->overlap;
	if (!isnan(o->memory))
		job->how.memory = (size_t)(o->memory * MIB);
	return rc;
}

/* --truth: along the beam follows from along the zone axis, not back. */
static int choose_truth(struct ip_infer_job *job)
{
	int zone = ip_cli_is_zone(&job->model.attrs, "truth");

	if (!zone && job->o->truth == 2)
		return ip_cli_usage(job->cli, "--truth=zone: %s answers with"
			" the potential along the beam", job->o->model);
	job->smear = zone && job->o->truth == 1;
	job->zone = zone && !job->smear;
	return 0;
}

int ip_infer_begin(struct ip_infer_job *job)
{
	const struct ip_infer_options *o = job->o;
	struct ip_model *m = &job->model;
	int rc = read_options(job);

	if (rc == 0)
		rc = ip_cli_model_load(o->model, m);
	if (rc < 0)
		return rc;
	if (o->metadata)
		m->metadata = (enum ip_metadata)(o->metadata - 1);
	if (IP_NET_SEGMENTS + ip_metadata_channels(m->metadata) != m->shape.in)
		return ip_cli_error(IP_EINVAL, "--metadata: %s makes %zu"
			" inputs with the segments, but %s takes %zu",
			ip_metadata_name(m->metadata), 4 +
			ip_metadata_channels(m->metadata), o->model,
			m->shape.in);
	if (!isnan(o->scale))
		m->scale = o->scale;
	rc = choose_truth(job);
	if (rc)
		return rc;
	if (job->cli->verbose)
		ip_cli_info("%s: feature size %zu, %zu inputs, %s, scale %g"
			" V Angstrom%s", o->model, m->shape.features,
			m->shape.in, ip_metadata_name(m->metadata), m->scale,
			job->zone || job->smear ? " per nm" : "");
	rc = ip_dev_open(&job->dev, job->cli->backend);
	return rc < 0 ? rc : ip_net_open(&job->net, job->dev, &m->shape,
		&m->weights);
}

void ip_infer_end(struct ip_infer_job *job)
{
	ip_net_close(job->net);
	ip_dev_close(job->dev);
	ip_model_free(&job->model);
	ip_tensor_free(&job->thickness);
	ip_tensor_free(&job->euler);
}

/* ---- tiles against the whole ---- */

static int show_plan(const struct ip_infer_job *job,
	const struct ip_measured *m)
{
	const struct ip_tensor *s = &m->segments->tensor;
	size_t h = s->shape[s->ndim - 2], w = s->shape[s->ndim - 1];
	struct ip_tiling_plan p;
	int rc = ip_infer_plan(job->net, h, w, &job->how, &p);

	if (rc < 0)
		return rc;
	ip_cli_check_memory(job->dev, p.memory.weights + p.memory.work,
		"--memory=MIB cuts a picture into tiles");
	if (!job->cli->verbose)
		return 0;
	ip_cli_info("%s: %zu of %zu x %zu pixels, each in %zu x %zu tiles of"
		" %zu x %zu, overlapping by %zu; %.1f MiB, %.1f of them"
		" weights", m->path, m->count, h, w, p.rows, p.columns, p.h,
		p.w, p.overlap, (double)(p.memory.weights + p.memory.work) /
		MIB, (double)p.memory.weights / MIB);
	return 0;
}

/* How far tiled is from the whole, in units of the whole's range. */
static void compare(const struct ip_tensor *tiled,
	const struct ip_tensor *whole, int zone, const char *path, size_t i)
{
	const float *a = tiled->data, *b = whole->data;
	size_t n = ip_tensor_count(whole), k;
	double lo = INFINITY, hi = -INFINITY, sum = 0, most = 0, d;

	for (k = 0; k < n; k++) {
		d = (double)a[k] - (double)b[k];
		sum += d * d;
		most = fmax(most, fabs(d));
		lo = fmin(lo, (double)b[k]);
		hi = fmax(hi, (double)b[k]);
	}
	d = hi > lo ? hi - lo : 1;
	printf("%s: picture %zu: tiles against the whole: RMS %.3g, largest"
		" %.3g, of its range of %.6g V Angstrom%s\n", path, i,
		sqrt(sum / (double)n) / d, most / d, hi - lo, zone ?
		" per nm" : "");
}

static int check_tiles(const struct ip_infer_job *job,
	const struct ip_measurement *in, const struct ip_tensor *tiled,
	const char *path, size_t i)
{
	struct ip_tensor whole = { 0 };
	int rc = ip_infer(job->net, &job->model, in, NULL, &whole, NULL);

	if (rc == 0)
		compare(tiled, &whole, job->zone || job->smear, path, i);
	ip_tensor_free(&whole);
	return rc;
}

/* ---- one input ---- */

static int check_known(const struct ip_cli *c, const struct ip_measured *m)
{
	if (!m->thickness)
		return ip_cli_usage(c, "%s: the thickness is not known: give"
			" --thickness=NM", m->path);
	if (!m->euler)
		return ip_cli_usage(c, "%s: the Euler angles are not known:"
			" give --euler=RZ,RX,RY (0,0,0 for none)", m->path);
	return 0;
}

/* What --check and --ensemble must know, before anything is computed. */
static int check_trust(const struct ip_infer_job *job,
	const struct ip_measured *m)
{
	struct ip_microscope q;
	int rc = 0;

	if (job->o->ensemble)
		rc = ip_trust_square(m, "--ensemble");
	return rc == 0 && job->o->check ? ip_trust_microscope(m, NAN, &q) : rc;
}

static int read_input(struct ip_infer_job *job, int i, struct ip_measured *m)
{
	const struct ip_cli *c = job->cli;
	int rc = job->o->images ? ip_measured_images(m, c, &job->o->source) :
		ip_measured_open(m, c->operands[i]);

	if (rc == 0 && job->zone)
		rc = ip_measured_zone(m);
	if (rc == 0)
		rc = check_trust(job, m);
	if (rc)
		return rc;
	if (!isnan(job->o->beam))
		m->incident = job->o->beam;
	if (job->thickness.data)
		m->thickness = &job->thickness;
	if (job->euler.data)
		m->euler = &job->euler;
	rc = check_known(c, m);
	return rc ? rc : ip_infer_warn(job, m);
}

static int infer(const struct ip_infer_job *job, const struct ip_measured *m,
	const struct ip_measurement *in, struct ip_tensor *y,
	struct ip_tensor *spread, struct ip_tiling_plan *plan)
{
	if (!job->o->ensemble)
		return ip_infer(job->net, &job->model, in, &job->how, y, plan);
	return ip_infer_ensemble(job->net, &job->model, in,
		ip_attrs_get(&m->b.attrs, "rotation", 0), &job->how, y, spread,
		plan);
}

/* Picture i into its place in out. */
static int run_picture(const struct ip_infer_job *job,
	const struct ip_measured *m, size_t i, struct ip_bundle *out,
	struct ip_tiling_plan *plan)
{
	struct ip_tensor y = { 0 }, spread = { 0 }, truth;
	struct ip_tensor to = ip_bundle_find(out, "potential")->tensor;
	struct ip_measurement in;
	int rc = ip_measured_picture(m, i, &in, &truth);

	if (rc == 0)
		rc = infer(job, m, &in, &y, &spread, plan);
	if (rc == 0 && job->o->check_tiles)
		rc = check_tiles(job, &in, &y, m->path, i);
	if (rc == 0 && job->o->check)
		rc = ip_infer_check(job, m, i, &in, &y, out);
	if (rc == 0 && job->smear)
		rc = ip_measured_beam(m, &in, &y);
	if (rc == 0 && job->smear && spread.data)
		rc = ip_measured_beam(m, &in, &spread);
	if (rc == 0 && spread.data)
		rc = ip_infer_put_spread(m, out, i, &y, &spread);
	if (rc == 0 && m->series)
		rc = ip_tensor_at(&to, &to, 0, i);
	if (rc == 0)
		rc = ip_tensor_copy(&to, &y);
	ip_tensor_free(&y);
	ip_tensor_free(&spread);
	return rc;
}

/* Everything is computed before anything is written. */
static int run_pictures(const struct ip_infer_job *job,
	const struct ip_measured *m, struct ip_bundle *out,
	struct ip_tiling_plan *plan)
{
	size_t i, many = m->count > 1;
	int rc = ip_infer_result(job, m, out);

	if (rc == 0)
		rc = ip_infer_trust(job, m, out);
	for (i = 0; rc == 0 && i < m->count; i++) {
		if (many)
			ip_cli_progress("pictures", i, m->count);
		rc = run_picture(job, m, i, out, plan);
	}
	if (rc == 0 && many)
		ip_cli_progress("pictures", m->count, m->count);
	return rc;
}

int ip_infer_input(struct ip_infer_job *job, int i, const char *path,
	const char *prefix)
{
	struct ip_bundle out = { 0 };
	struct ip_tiling_plan plan;
	struct ip_measured m = { 0 };
	size_t k;
	int rc = read_input(job, i, &m);

	if (rc == 0)
		rc = show_plan(job, &m);
	if (rc == 0)
		rc = run_pictures(job, &m, &out, &plan);
	if (rc == 0 && path)
		rc = ip_infer_save(job, &m, &plan, path, &out);
	for (k = 0; rc == 0 && prefix && k < m.count; k++)
		rc = ip_infer_draw(&m, k, &out, prefix, job->zone ? "V A/nm" :
			"V A");
	ip_bundle_free(&out);
	ip_measured_close(&m);
	return rc;
}
