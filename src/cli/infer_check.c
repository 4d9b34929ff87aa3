/* iphase-infer: how far an answer can be trusted, picture by picture. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <iphase/consistency.h>
#include "aberrations.h"
#include "infer_tool.h"

#define DEGREE (3.14159265358979323846 / 180)

/* ---- what the file says of the microscope ---- */

/* Number i of key; NAN with an error if there is none and it must be there. */
static int read_one(const struct ip_measured *m, const char *key, size_t i,
	double *v)
{
	*v = ip_attrs_get_one(&m->b.attrs, key, i, NAN);
	return isfinite(*v) ? 0 : ip_cli_error(IP_ENOTFOUND, "%s: no attribute"
		" %s in it, which --check takes; iphase-convert"
		" --attribute=%s=NUMBER writes it", m->path, key, key);
}

static int read_required(const struct ip_measured *m, struct ip_microscope *q)
{
	int rc = read_one(m, "energy", 0, &q->probe.energy);

	if (rc == 0)
		rc = read_one(m, "semiangle", 0, &q->probe.semiangle);
	if (rc == 0)
		rc = read_one(m, "inner", 0, &q->inner);
	if (rc == 0)
		rc = read_one(m, "outer", 0, &q->outer);
	for (size_t a = 0; rc == 0 && a < 2; a++)
		rc = read_one(m, "pixel_size", a, &q->pixel_size[a]);
	return rc;
}

int ip_infer_microscope(const struct ip_infer_job *job,
	const struct ip_measured *m, struct ip_microscope *q)
{
	const struct ip_attrs *a = &m->b.attrs;
	const char *edge = ip_attrs_get_text(a, "aperture");
	const char *text = ip_attrs_get_text(a, "aberrations");
	int rc;

	memset(q, 0, sizeof *q);
	rc = read_required(m, q);
	if (rc)
		return rc;
	q->probe.hard = edge && strcmp(edge, "hard") == 0;
	q->rotation = DEGREE * ip_attrs_get(a, "rotation", 0);
	q->focal_spread = ip_attrs_get(a, "focal_spread", 0);
	q->source_fwhm = ip_attrs_get(a, "source_fwhm", 0);
	q->displacement = job->o->displacement;
	for (size_t i = 0; i < 2; i++) {
		q->probe.tilt[i] = ip_attrs_get_one(a, "beam_tilt", i, 0);
		q->offset[i] = ip_attrs_get_one(a, "detector_offset", i, 0);
	}
	return text ? ip_cli_aberrations(text, &q->probe.aberrations) : 0;
}

/* ---- where it goes ---- */

/* A new tensor of the result: of each picture n numbers of shape, if they are
 * a series. */
static int add(struct ip_bundle *out, const struct ip_measured *m,
	const char *name, enum ip_dtype type, int n, const size_t *shape,
	const char *unit)
{
	size_t all[5] = { m->count };
	struct ip_tensor t = { 0 };
	struct ip_item *item;
	int rc;

	memcpy(all + m->series, shape, (size_t)n * sizeof *shape);
	rc = ip_tensor_new(&t, type, n + m->series, all);
	if (rc == 0)
		rc = ip_bundle_add(out, name, &t, &item);
	ip_tensor_free(&t);
	return rc < 0 ? rc : ip_attrs_text(&item->attrs, "unit", unit);
}

int ip_infer_trust(const struct ip_infer_job *job,
	const struct ip_measured *m, struct ip_bundle *out)
{
	size_t shape[3] = { IP_NET_SEGMENTS, m->h, m->w }, wide[3] = {
		job->model.shape.out, m->h, m->w };
	int one = job->model.shape.out == 1, rc = 0;

	if (job->o->ensemble) {
		rc = add(out, m, "potential_spread", IP_F32, one ? 2 : 3,
			wide + one, job->zone ? "V Angstrom per nm" :
			"V Angstrom");
		if (rc == 0)
			rc = add(out, m, "spread", IP_F64, 0, shape,
				"of the mean potential");
	}
	if (rc < 0 || !job->o->check)
		return rc;
	rc = add(out, m, "segments_predicted", IP_F32, 3, shape,
		"fraction of the incident beam");
	if (rc == 0)
		rc = add(out, m, "residual", IP_F32, 2, shape + 1,
			"fraction of the incident beam");
	if (rc == 0)
		rc = add(out, m, "consistency", IP_F64, 0, shape,
			"of the segments' contrast");
	return rc < 0 ? rc : add(out, m, "displacement", IP_F64, 0, shape,
		"Angstrom^2");
}

/* Picture i of the tensor of that name, = from. */
static int put(const struct ip_measured *m, struct ip_bundle *out, size_t i,
	const char *name, const struct ip_tensor *from)
{
	struct ip_tensor to = ip_bundle_find(out, name)->tensor;
	int rc = m->series ? ip_tensor_at(&to, &to, 0, i) : 0;

	return rc < 0 ? rc : ip_tensor_copy(&to, from);
}

static int put_one(const struct ip_measured *m, struct ip_bundle *out,
	size_t i, const char *name, double v)
{
	struct ip_tensor t;
	int rc = ip_tensor_wrap(&t, IP_F64, 0, NULL, &v);

	return rc < 0 ? rc : put(m, out, i, name, &t);
}

/* ---- the spread ---- */

int ip_infer_put_spread(const struct ip_measured *m, struct ip_bundle *out,
	size_t i, const struct ip_tensor *potential,
	const struct ip_tensor *spread)
{
	const float *v = potential->data, *s = spread->data;
	double sum = 0, squares = 0, n = (double)ip_tensor_count(spread);
	double relative;
	int rc = put(m, out, i, "potential_spread", spread);

	for (size_t k = 0; k < ip_tensor_count(spread); k++) {
		sum += (double)v[k];
		squares += (double)s[k] * (double)s[k];
	}
	relative = sum != 0 ? sqrt(squares / n) / fabs(sum / n) : NAN;
	if (rc == 0)
		rc = put_one(m, out, i, "spread", relative);
	if (rc == 0)
		printf("%s: picture %zu: spread over turns: %.4g of the mean"
			" potential\n", m->path, i, relative);
	return rc;
}

/* ---- the consistency ---- */

/* Along the beam to along the zone axis, whose smear is in it: no tilt. */
static int per_nm(struct ip_measurement *in, const struct ip_tensor *beam,
	struct ip_tensor *zone)
{
	struct ip_tensor nm = { 0 };
	int rc = ip_tensor_convert(zone, IP_F64, beam);
	const double *t;
	double *v = zone->data;

	if (rc == 0)
		rc = ip_tensor_convert(&nm, IP_F64, &in->thickness);
	t = nm.data;
	for (size_t i = 0, one = ip_tensor_count(&nm) == 1; rc == 0 &&
	    i < ip_tensor_count(zone); i++)
		v[i] = t[one ? 0 : i] > 0 ? v[i] / t[one ? 0 : i] : 0;
	in->euler[1] = in->euler[2] = 0;
	ip_tensor_free(&nm);
	return rc;
}

static int put_consistency(const struct ip_measured *m, struct ip_bundle *out,
	size_t i, const struct ip_consistency *c)
{
	int rc = put(m, out, i, "segments_predicted", &c->predicted);

	if (rc == 0)
		rc = put(m, out, i, "residual", &c->residual);
	if (rc == 0)
		rc = put_one(m, out, i, "consistency", c->ratio);
	if (rc == 0)
		rc = put_one(m, out, i, "displacement", c->displacement);
	if (rc == 0)
		printf("%s: picture %zu: consistency %.4g: residual %.4g of"
			" the beam, contrast %.4g; %zu of %zu regions%s,"
			" displacement %g A^2\n", m->path, i, c->ratio, c->rms,
			c->contrast, c->looked, c->regions, c->crystal ?
			" of a crystal" : "", c->displacement);
	return rc;
}

int ip_infer_check(const struct ip_infer_job *job,
	const struct ip_measured *m, size_t i, const struct ip_measurement *in,
	const struct ip_tensor *potential, struct ip_bundle *out)
{
	struct ip_consistency c = { .ratio = 0 };
	struct ip_measurement same = *in;
	struct ip_tensor zone = { 0 }, first = *potential;
	struct ip_microscope q;
	int rc = ip_infer_microscope(job, m, &q);

	if (rc == 0 && potential->ndim == 3)	/* of several outputs */
		rc = ip_tensor_at(&first, potential, 0, 0);
	if (rc == 0 && !job->zone && !job->smear)
		rc = per_nm(&same, &first, &zone);
	if (rc == 0)
		rc = ip_consistency(job->dev, zone.data ? &zone : &first,
			&same, &q, (size_t)job->o->regions, &c);
	if (rc == 0)
		rc = put_consistency(m, out, i, &c);
	ip_consistency_free(&c);
	ip_tensor_free(&zone);
	return rc;
}
