/* iphase-prepare: frames to one picture, segments in their order. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "prepare_tool.h"
#include "segments.h"

void ip_prepare_replace(struct ip_tensor *t, struct ip_tensor *r)
{
	ip_tensor_free(t);
	*t = *r;
	memset(r, 0, sizeof *r);
}

/* ---- segments in their order ---- */

/* --segment-order */
static int order_option(struct ip_prepare_job *job)
{
	size_t order[4];
	int rc;

	if (job->o->order.count == 0)
		return 0;
	rc = ip_cli_segment_order(job->cli, &job->o->order, 4, order);
	if (rc == 0)
		rc = ip_cli_reorder(&job->segments, order);
	return rc ? rc : ip_prepare_note(job, "segment order %zu,%zu,%zu,%zu",
		order[0], order[1], order[2], order[3]);
}

/* ---- frames ---- */

static int find_drift(struct ip_prepare_job *job)
{
	const double *v;
	double most = 0;
	size_t t;
	int rc = ip_prepare_drift(&job->frames, (enum ip_drift_reference)
		(job->o->align - 1), &job->drift);

	if (rc < 0)
		return rc;
	v = job->drift.data;
	for (t = 0; t < job->frames.shape[0]; t++) {
		most = fmax(most, hypot(v[2 * t], v[2 * t + 1]));
		if (job->cli->verbose)
			ip_cli_info("frame %zu: drift %.3f, %.3f pixels", t,
				v[2 * t], v[2 * t + 1]);
	}
	return ip_prepare_note(job, "aligned to the %s: drift of up to %.3f"
		" pixels", job->o->align == 1 ? "first frame" :
		"mean of the frames before", most);
}

static int average(struct ip_prepare_job *job)
{
	size_t frames = job->frames.shape[0];
	const size_t *n;
	int rc = 0;

	if (job->o->align && frames > 1)
		rc = find_drift(job);
	if (rc == 0)
		rc = ip_prepare_average(&job->frames, job->drift.data ?
			&job->drift : NULL, job->at, &job->segments);
	if (rc < 0 || frames == 1)
		return rc;
	n = job->segments.shape + 1;
	job->whole &= n[0] == job->size[0] && n[1] == job->size[1];
	return ip_prepare_note(job, "mean of %zu frames, %zu x %zu pixels from"
		" (%zu, %zu) on", frames, n[0], n[1], job->at[0], job->at[1]);
}

/* ---- what goes with them ---- */

/* t ([T,] W, H) at the pixels that are left, its own memory. */
static int cut(const struct ip_prepare_job *job, struct ip_tensor *t)
{
	const size_t *n = job->segments.shape + job->segments.ndim - 2;
	struct ip_tensor v, own = { 0 };
	int rc = ip_prepare_crop(t, job->at, n, &v);

	if (rc == 0)
		rc = ip_tensor_convert(&own, IP_F64, &v);
	if (rc == 0)
		ip_prepare_replace(t, &own);
	return rc;
}

static int cut_truth(struct ip_prepare_job *job)
{
	int i, rc = 0;

	for (i = 0; rc == 0 && i < IP_PREPARE_TRUTHS; i++) {
		struct ip_tensor *t = &job->truth[i];

		if (!t->data)
			continue;
		if (!job->o->series && t->shape[0] > 1) {
			memset(t, 0, sizeof *t);	/* of no one picture */
			continue;
		}
		if (!job->o->series)
			rc = ip_tensor_at(t, t, 0, 0);
		if (rc == 0)
			rc = cut(job, t);
	}
	return rc;
}

/* Angles for each picture are one set if they are all the same. */
static int cut_euler(struct ip_prepare_job *job)
{
	struct ip_tensor *e = &job->euler;
	const double *v = e->data;
	size_t i;

	if (!e->data || e->ndim == 1 || (job->o->series &&
	    e->shape[0] == job->frames.shape[0]))
		return 0;
	for (i = 3; i < 3 * e->shape[0]; i++)
		if (v[i] != v[i % 3])
			return ip_cli_usage(job->cli, "%zu pictures of several"
				" orientations have no mean: give --series",
				job->frames.shape[0]);
	e->ndim = 1;
	e->shape[0] = 3;
	e->stride[0] = 1;
	return 0;
}

int ip_prepare_frames(struct ip_prepare_job *job)
{
	int rc;

	if (job->o->series && job->o->align)
		return ip_cli_usage(job->cli, "--series keeps its pictures"
			" apart: --align is for frames of one");
	rc = job->o->series ? ip_tensor_convert(&job->segments, IP_F64,
		&job->frames) : average(job);
	if (rc == 0)
		rc = cut_truth(job);
	if (rc == 0)
		rc = cut_euler(job);
	if (rc == 0 && job->thickness.ndim > 1)
		rc = cut(job, &job->thickness);
	return rc ? rc : order_option(job);
}
