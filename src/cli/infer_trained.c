/* iphase-infer: whether a model knows such pictures. */
#include <math.h>
#include <stdio.h>
#include "infer_tool.h"
#include "trained.h"

#define SAID_NOTHING (1u << (2 * IP_QUANTITIES))	/* of the bits told */

/*
 * What each model and each picture should say. Of the angles many do not, and
 * are passed over.
 */
static int is_needed(int q)
{
	return q == IP_ENERGY || q == IP_PIXEL_SIZE || q == IP_THICKNESS;
}

static int range_of_tensor(const struct ip_tensor *t, struct ip_range *r)
{
	struct ip_tensor v = { 0 };
	size_t i, n = ip_tensor_count(t);
	int rc = ip_tensor_convert(&v, IP_F64, t);

	for (i = 0; rc == 0 && i < n; i++)
		ip_range_widen(r, ((double *)v.data)[i]);
	ip_tensor_free(&v);
	return rc;
}

/* One quantity: is, against what the model was trained on. */
static void compare(struct ip_infer_job *job, const char *path, int q,
	const struct ip_range *is, const struct ip_range *trained)
{
	unsigned unknown = isnan(is->lo), bit = 1u << (2 * q + (int)unknown);

	if (isnan(trained->lo) || (job->told & bit) ||
	    (unknown ? !is_needed(q) : ip_range_covers(trained, is)))
		return;
	job->told |= bit;
	ip_range_warn(path, (enum ip_quantity)q, is, trained);
}

static void warn_silent(struct ip_infer_job *job,
	const struct ip_range *trained)
{
	char list[96] = "";
	size_t n = 0;
	int q;

	for (q = 0; q < IP_QUANTITIES; q++)
		if (isnan(trained[q].lo) && is_needed(q))
			n += (size_t)snprintf(list + n, sizeof list - n,
				"%s%s", n ? ", " : "",
				ip_quantity_name((enum ip_quantity)q));
	if (n == 0 || (job->told & SAID_NOTHING))
		return;
	job->told |= SAID_NOTHING;
	ip_cli_warn("%s does not say on what it was trained (%s): whether it"
		" knows such pictures is not known", job->o->model, list);
}

int ip_infer_warn(struct ip_infer_job *job, const struct ip_measured *m)
{
	struct ip_range is[IP_QUANTITIES], trained[IP_QUANTITIES];
	int q, rc;

	for (q = 0; q < IP_QUANTITIES; q++) {
		trained[q] = ip_range_of(&job->model.attrs,
			(enum ip_quantity)q);
		is[q] = ip_range_of(&m->b.attrs, (enum ip_quantity)q);
	}
	is[IP_THICKNESS] = (struct ip_range){ NAN, NAN };
	rc = range_of_tensor(m->thickness, &is[IP_THICKNESS]);
	if (rc < 0)
		return rc;
	warn_silent(job, trained);
	for (q = 0; q < IP_QUANTITIES; q++)
		compare(job, m->path, q, &is[q], &trained[q]);
	return 0;
}
