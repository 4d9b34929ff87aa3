/* iphase-infer: whether a model knows such pictures. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "infer_tool.h"

/* A range of one value, and rounding, are no reason to warn. */
#define SLACK 0.01

enum { ENERGY, PIXEL_SIZE, THICKNESS, QUANTITIES };
static const struct { const char *key, *name, *unit; double by; }
quantity[QUANTITIES] = {
	[ENERGY] = { "energy", "beam energy", "kV", 1e-3 },
	[PIXEL_SIZE] = { "pixel_size", "pixel size", "Angstrom", 1 },
	[THICKNESS] = { "thickness", "thickness", "nm", 1 },
};
#define SAID_NOTHING (1u << (2 * QUANTITIES))	/* of the bits told */

struct range {
	double lo, hi;	/* NAN: not known */
};

static void widen(struct range *r, double v)
{
	r->lo = fmin(r->lo, v);	/* of NAN and a number, the number */
	r->hi = fmax(r->hi, v);
}

static struct range range_of(const struct ip_attrs *a, const char *key)
{
	const struct ip_attr *at = ip_attrs_find(a, key);
	struct range r = { NAN, NAN };
	size_t i;

	for (i = 0; at && at->type == IP_ATTR_F64 && i < at->count; i++)
		widen(&r, at->v.f64[i]);
	for (i = 0; at && at->type == IP_ATTR_I64 && i < at->count; i++)
		widen(&r, (double)at->v.i64[i]);
	return r;
}

static int range_of_tensor(const struct ip_tensor *t, struct range *r)
{
	struct ip_tensor v = { 0 };
	size_t i, n = ip_tensor_count(t);
	int rc = ip_tensor_convert(&v, IP_F64, t);

	for (i = 0; rc == 0 && i < n; i++)
		widen(r, ((double *)v.data)[i]);
	ip_tensor_free(&v);
	return rc;
}

static void text_of(char *text, size_t size, const struct range *r, int q)
{
	double by = quantity[q].by;

	if (r->lo == r->hi)
		snprintf(text, size, "%g %s", r->lo * by, quantity[q].unit);
	else
		snprintf(text, size, "%g to %g %s", r->lo * by, r->hi * by,
			quantity[q].unit);
}

/* One quantity: is, against what the model was trained on. */
static void compare(struct ip_infer_job *job, const char *path, int q,
	const struct range *is, const struct range *trained)
{
	unsigned unknown = isnan(is->lo), bit = 1u << (2 * q + (int)unknown);
	char a[96], b[96];

	if (isnan(trained->lo) || (job->told & bit) || (!unknown &&
	    is->lo >= trained->lo - SLACK * fabs(trained->lo) &&
	    is->hi <= trained->hi + SLACK * fabs(trained->hi)))
		return;
	job->told |= bit;
	text_of(a, sizeof a, is, q);
	text_of(b, sizeof b, trained, q);
	if (unknown)
		ip_cli_warn("%s: its %s is not known; the model was trained on"
			" %s", path, quantity[q].name, b);
	else
		ip_cli_warn("%s: %s %s, but the model was trained on %s", path,
			quantity[q].name, a, b);
}

static void warn_silent(struct ip_infer_job *job, const struct range *trained)
{
	char list[96] = "";
	size_t n = 0;
	int q;

	for (q = 0; q < QUANTITIES; q++)
		if (isnan(trained[q].lo))
			n += (size_t)snprintf(list + n, sizeof list - n,
				"%s%s", n ? ", " : "", quantity[q].name);
	if (n == 0 || (job->told & SAID_NOTHING))
		return;
	job->told |= SAID_NOTHING;
	ip_cli_warn("%s does not say on what it was trained (%s): whether it"
		" knows such pictures is not known", job->o->model, list);
}

int ip_infer_warn(struct ip_infer_job *job, const struct ip_measured *m)
{
	struct range is[QUANTITIES], trained[QUANTITIES];
	int q, rc;

	for (q = 0; q < QUANTITIES; q++) {
		trained[q] = range_of(&job->model.attrs, quantity[q].key);
		is[q] = range_of(&m->b.attrs, quantity[q].key);
	}
	is[THICKNESS] = (struct range){ NAN, NAN };
	rc = range_of_tensor(m->thickness, &is[THICKNESS]);
	if (rc < 0)
		return rc;
	warn_silent(job, trained);
	for (q = 0; q < QUANTITIES; q++)
		compare(job, m->path, q, &is[q], &trained[q]);
	return 0;
}
