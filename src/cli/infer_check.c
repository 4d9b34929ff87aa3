/* iphase-infer: how far an answer can be trusted, picture by picture. */
#include <stdio.h>
#include <string.h>
#include "infer_tool.h"

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
	double relative = ip_trust_spread(potential, spread);
	int rc = put(m, out, i, "potential_spread", spread);

	if (rc == 0)
		rc = put_one(m, out, i, "spread", relative);
	if (rc == 0)
		printf("%s: picture %zu: spread over turns: %.4g of the mean"
			" potential\n", m->path, i, relative);
	return rc;
}

/* ---- the consistency ---- */

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
	struct ip_microscope q;
	int rc = ip_trust_microscope(m, job->o->displacement, &q);

	if (rc == 0)
		rc = ip_trust_check(job->dev, in, potential, job->zone ||
			job->smear, &q, (size_t)job->o->regions, &c);
	if (rc == 0)
		rc = put_consistency(m, out, i, &c);
	ip_consistency_free(&c);
	return rc;
}
