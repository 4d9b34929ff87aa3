/* What iphase-prepare writes. */
#include <stdio.h>
#include <string.h>
#include <iphase/formats.h>
#include <iphase/ipt.h>
#include "prepare_tool.h"

/* A copy of t, if it is there. */
static int add(struct ip_bundle *b, const char *name, enum ip_dtype dtype,
	const struct ip_tensor *t, const char *unit, const char *axes)
{
	struct ip_tensor own = { 0 };
	struct ip_item *item;
	int rc;

	if (!t->data)
		return 0;
	rc = ip_tensor_convert(&own, dtype, t);
	if (rc == 0)
		rc = ip_bundle_add(b, name, &own, &item);
	ip_tensor_free(&own);
	if (rc == 0)
		rc = ip_attrs_text(&item->attrs, "unit", unit);
	return rc < 0 || !axes ? rc : ip_attrs_text(&item->attrs, "axes", axes);
}

/* What is no longer true of a picture that was cut, turned or flipped. */
static int outdated(const struct ip_prepare_job *job, const char *key)
{
	static const char *const placed[] = { "box", "scan_start", "mirrors",
		"lattice" };
	size_t i;

	if (strcmp(key, "dose") == 0)	/* it would make counts of fractions */
		return 1;
	for (i = 0; i < sizeof placed / sizeof *placed; i++)
		if (strcmp(key, placed[i]) == 0)
			return !job->whole || job->o->flip.count;
	return 0;
}

static int add_attrs(const struct ip_prepare_job *job, struct ip_attrs *to)
{
	const struct ip_attrs *a = &job->attrs;
	const char *before = ip_attrs_get_text(a, "command");
	const char *past = ip_attrs_get_text(&job->about->attrs, "history");
	const struct ip_attr *dose = ip_attrs_find(a, "dose");
	char text[8192];
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < a->count; i++) {
		const struct ip_attrs one = { 1, &a->items[i] };

		if (!outdated(job, one.items->key))
			rc = ip_attrs_copy(to, &one);
	}
	if (rc == 0 && dose)
		rc = ip_attrs_number(to, "measured_dose", ip_attrs_get_one(a,
			"dose", 0, 0));
	if (rc == 0 && !job->whole && ip_attrs_find(a, "periodic"))
		rc = ip_attrs_number(to, "periodic", 0);
	if (rc == 0 && before)
		rc = ip_attrs_text(to, "input_command", before);
	snprintf(text, sizeof text, "%.4000s%s%.4000s", past ? past : "",
		past ? "; " : "", job->history ? job->history : "");
	if (rc == 0)
		rc = ip_attrs_text(to, "history", text);
	return rc < 0 ? rc : ip_cli_provenance(job->cli, to);
}

int ip_prepare_save(struct ip_prepare_job *job, const char *path)
{
	const int many = job->o->series;
	const char *map = many ? "picture,x,y" : "x,y";
	struct ip_bundle b = { 0 };
	int rc = add_attrs(job, &b.attrs);

	if (rc == 0)
		rc = add(&b, "segments", IP_F32, &job->segments, "fraction of"
			" the incident beam", many ? "picture,segment,x,y" :
			"segment,x,y");
	if (rc == 0)
		rc = add(&b, "potential_beam", IP_F32,
			&job->truth[IP_PREPARE_BEAM], "V Angstrom", map);
	if (rc == 0)
		rc = add(&b, "potential_zone", IP_F32,
			&job->truth[IP_PREPARE_ZONE], "V Angstrom per nm", map);
	if (rc == 0)
		rc = add(&b, "thickness", IP_F64, &job->thickness, "nm", NULL);
	if (rc == 0)
		rc = add(&b, "euler", IP_F64, &job->euler, "degree", NULL);
	if (rc == 0)
		rc = add(&b, "drift", IP_F64, &job->drift, "pixel",
			"frame,xy");
	if (rc == 0)
		rc = ip_cli_has_ext(path, ".npz") ? ip_npz_write(path, &b, 1) :
			ip_ipt_save(path, &b, 0);
	ip_bundle_free(&b);
	return rc;
}
