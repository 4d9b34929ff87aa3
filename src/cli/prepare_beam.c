/* iphase-prepare: from counts to fractions of the incident beam. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <iphase/measured.h>
#include "prepare_tool.h"

/* ---- the segments' own amplifiers ---- */

static int four(const struct ip_prepare_job *job, const char *option,
	const struct ip_reals *r, double otherwise, double to[4])
{
	if (r->count != 0 && r->count != 1 && r->count != 4)
		return ip_cli_usage(job->cli, "--%s: %zu numbers, expected one"
			" or four", option, r->count);
	for (size_t i = 0; i < 4; i++)
		to[i] = r->count ? r->v[r->count > 1 ? i : 0] : otherwise;
	return 0;
}

static int linear(struct ip_prepare_job *job)
{
	const struct ip_prepare_options *o = job->o;
	double gain[4], offset[4];
	int rc = four(job, "gain", &o->gain, 1, gain);

	if (rc == 0)
		rc = four(job, "offset", &o->offset, 0, offset);
	if (rc || (!o->gain.count && !o->offset.count))
		return rc;
	rc = ip_prepare_linear(&job->segments, gain, offset);
	return rc < 0 ? rc : ip_prepare_note(job, "segments less %g,%g,%g,%g,"
		" times %g,%g,%g,%g", offset[0], offset[1], offset[2],
		offset[3], gain[0], gain[1], gain[2], gain[3]);
}

/* ---- all of the beam ---- */

static int scale(struct ip_prepare_job *job, double factor)
{
	const double gain[4] = { factor, factor, factor, factor };
	const double offset[4] = { 0, 0, 0, 0 };

	return ip_prepare_linear(&job->segments, gain, offset);
}

/* X,Y,W,H of an option, in pixels of the first frame, within the picture. */
int ip_prepare_region(const struct ip_prepare_job *job, const char *option,
	const struct ip_reals *r, size_t at[2], size_t size[2])
{
	const size_t *n = job->segments.shape + job->segments.ndim - 2;
	size_t v[4] = { 0 };
	int i, bad = r->count != 4;

	for (i = 0; !bad && i < 4; i++) {
		bad = !(r->v[i] >= (i > 1) && r->v[i] < 1e9) ||
			r->v[i] != floor(r->v[i]);
		v[i] = bad ? 0 : (size_t)r->v[i];
	}
	if (bad)
		return ip_cli_usage(job->cli, "--%s: expected X,Y,W,H, whole"
			" numbers of pixels", option);
	for (i = 0; i < 2; i++) {
		if (v[i] < job->at[i] || v[i] + v[i + 2] > job->at[i] + n[i])
			return ip_cli_usage(job->cli, "--%s: %zu x %zu pixels"
				" from (%zu, %zu) on, but there are %zu x %zu"
				" from (%zu, %zu) on", option, v[2], v[3],
				v[0], v[1], n[0], n[1], job->at[0],
				job->at[1]);
		at[i] = v[i] - job->at[i];
		size[i] = v[i + 2];
	}
	return 0;
}

/* The share of the beam that the detector sees in vacuum. */
static int vacuum_share(const struct ip_prepare_job *job, double *share)
{
	static const char *const keys[] = { "semiangle", "inner", "outer" };
	double v[3];

	for (int i = 0; i < 3; i++) {
		v[i] = ip_attrs_get(&job->attrs, keys[i], NAN);
		if (isnan(v[i]))
			return ip_cli_usage(job->cli, "--vacuum: what the"
				" detector sees of the beam takes --%s",
				keys[i]);
	}
	return ip_prepare_share(v[0], v[1], v[2], share);
}

static int by_vacuum(struct ip_prepare_job *job)
{
	struct ip_prepare_sum s;
	struct ip_tensor v;
	size_t at[2], size[2];
	double share = 0;
	int rc = ip_prepare_region(job, "vacuum", &job->o->vacuum, at, size);

	if (rc == 0)
		rc = vacuum_share(job, &share);
	if (rc == 0)
		rc = ip_prepare_crop(&job->segments, at, size, &v);
	if (rc == 0)
		rc = ip_prepare_sum(&v, &s);
	if (rc)
		return rc;
	if (!(s.mean > 0))
		return ip_cli_error(IP_EPHYSICS, "--vacuum: the segments add up"
			" to %g there, expected more than 0", s.mean);
	rc = scale(job, share / s.mean);
	return rc < 0 ? rc : ip_prepare_note(job, "vacuum at %zu x %zu pixels"
		" from (%g, %g) on: %g is %g of the beam", size[0], size[1],
		job->o->vacuum.v[0], job->o->vacuum.v[1], s.mean, share);
}

static int by_reference(struct ip_prepare_job *job)
{
	double all = job->o->reference;
	int rc;

	if (!(all > 0))
		return ip_cli_usage(job->cli, "--reference: %g, expected what"
			" all of the beam is, above 0", all);
	rc = scale(job, 1 / all);
	return rc < 0 ? rc : ip_prepare_note(job, "%g is all of the beam", all);
}

static int by_total(struct ip_prepare_job *job)
{
	double part = job->o->total;
	struct ip_prepare_sum s;
	int rc;

	if (!(part > 0 && part <= 1))
		return ip_cli_usage(job->cli, "--total: %g, expected a fraction"
			" of the beam", part);
	rc = ip_prepare_sum(&job->segments, &s);
	if (rc < 0)
		return rc;
	if (!(s.mean > 0))
		return ip_cli_error(IP_EPHYSICS, "--total: the mean of the"
			" segments' sum is %g, expected more than 0", s.mean);
	ip_cli_warn("--total: how much of the beam the specimen scatters out of"
		" the detector is taken on trust; --vacuum or --reference"
		" measure it");
	rc = scale(job, part / s.mean);
	return rc < 0 ? rc : ip_prepare_note(job, "mean of the sum, %g, taken"
		" for %g of the beam", s.mean, part);
}

/* As a simulation with a dose says itself. */
static int by_dose(struct ip_prepare_job *job)
{
	double all = ip_measured_incident(&job->attrs);
	int rc;

	if (all == 1)
		return 0;
	rc = scale(job, 1 / all);
	return rc < 0 ? rc : ip_prepare_note(job, "by the file's"
		" dose %g electrons a pixel are all of the beam", all);
}

/* ---- what came of it ---- */

static int report(struct ip_prepare_job *job)
{
	struct ip_prepare_sum s;
	size_t values;
	int rc = ip_prepare_sum(&job->segments, &s);

	if (rc < 0)
		return rc;
	values = 4 * s.pixels;
	if (s.mean > 1)
		return ip_cli_error(IP_EPHYSICS, "the segments add up to %g of"
			" the beam in the mean: these are no fractions of it;"
			" give --vacuum, --reference or --total, or correct"
			" --gain and --offset", s.mean);
	if (!(s.mean > 0))
		return ip_cli_error(IP_EPHYSICS, "the segments add up to %g of"
			" the beam in the mean, expected more than 0; see"
			" --offset", s.mean);
	if (s.negative)
		ip_cli_warn("%zu of %zu values are below 0 (%.2g %%): is"
			" --offset right?", s.negative, values, 100. *
			(double)s.negative / (double)values);
	if (s.above)
		ip_cli_warn("the segments add up to more than all of the beam"
			" at %zu of %zu pixels (%.2g %%), at most to %.3g of"
			" it: noise, or another calibration than the"
			" picture's", s.above, s.pixels, 100. *
			(double)s.above / (double)s.pixels, s.largest);
	ip_cli_info("the segments add up to %.4g of the beam in the mean,"
		" %.4g to %.4g", s.mean, s.smallest, s.largest);
	return 0;
}

int ip_prepare_calibrate(struct ip_prepare_job *job)
{
	const struct ip_prepare_options *o = job->o;
	int rc;

	if ((o->vacuum.count > 0) + !isnan(o->reference) + !isnan(o->total) > 1)
		return ip_cli_usage(job->cli, "give one of --vacuum,"
			" --reference and --total");
	rc = linear(job);
	if (rc)
		return rc;
	if (o->vacuum.count)
		rc = by_vacuum(job);
	else if (!isnan(o->reference))
		rc = by_reference(job);
	else if (!isnan(o->total))
		rc = by_total(job);
	else
		rc = by_dose(job);
	return rc ? rc : report(job);
}
