/* What iphase-infer writes. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <iphase/formats.h>
#include <iphase/ipt.h>
#include "infer_tool.h"

/* ---- tensors ---- */

static int add(struct ip_bundle *b, const char *name, struct ip_tensor *t,
	const char *unit, struct ip_item **item)
{
	int rc = ip_bundle_add(b, name, t, item);

	ip_tensor_free(t);
	return rc < 0 ? rc : ip_attrs_text(&(*item)->attrs, "unit", unit);
}

/* A copy, with the attributes that its own file gives it. */
static int add_copy(struct ip_bundle *b, const char *name,
	const struct ip_tensor *from, const char *unit)
{
	struct ip_tensor t = { 0 };
	struct ip_item *item;
	int rc = ip_tensor_convert(&t, from->dtype, from);

	return rc < 0 ? rc : add(b, name, &t, unit, &item);
}

/* The axes of the segments, as their maker calls them, without theirs. */
static int add_axes(struct ip_item *item, const struct ip_measured *m)
{
	const char *from = ip_attrs_get_text(&m->segments->attrs, "axes");
	const char *at = from ? strstr(from, "segment,") : NULL;
	char text[128];

	if (!at || item->tensor.ndim != 2 + m->series)
		return 0;
	snprintf(text, sizeof text, "%.*s%s", (int)(at - from), from, at +
		strlen("segment,"));
	return ip_attrs_text(&item->attrs, "axes", text);
}

int ip_infer_result(const struct ip_infer_job *job,
	const struct ip_measured *m, struct ip_bundle *out)
{
	const struct ip_tensor *s = &m->segments->tensor;
	struct ip_tensor t = { 0 };
	const char *unit = job->zone ? "V Angstrom per nm" : "V Angstrom";
	struct ip_item *item;
	size_t shape[4];
	int n = 0, rc;

	if (m->series)
		shape[n++] = m->count;
	if (job->model.shape.out > 1)
		shape[n++] = job->model.shape.out;
	shape[n++] = s->shape[s->ndim - 2];
	shape[n++] = s->shape[s->ndim - 1];
	rc = ip_tensor_new(&t, IP_F32, n, shape);
	if (rc == 0)
		rc = add(out, "potential", &t, unit, &item);
	if (rc == 0)
		rc = add_axes(item, m);
	if (rc == 0)
		rc = add_copy(out, "thickness", m->thickness, "nm");
	if (rc == 0)
		rc = add_copy(out, "euler", m->euler, "degree");
	if (rc == 0 && m->truth)
		rc = add_copy(out, job->zone ? "potential_zone" :
			"potential_beam", m->truth, unit);
	return rc;
}

/* ---- attributes ---- */

static int set_text(struct ip_attrs *a, const char *key, const char *value,
	int rc)
{
	return rc < 0 || !value ? rc : ip_attrs_text(a, key, value);
}

static int add_model(struct ip_attrs *a, const struct ip_infer_job *job)
{
	const char *path = job->o->model, *slash = strrchr(path, '/');
	const struct ip_model *m = &job->model;
	char crc[16], text[IP_CLI_MATERIALS];
	int rc;

	snprintf(crc, sizeof crc, "%08" PRIx32, m->crc32);
	rc = ip_attrs_text(a, "model", slash ? slash + 1 : path);
	rc = set_text(a, "model_crc32", crc, rc);
	rc = set_text(a, "model_metadata", ip_metadata_name(m->metadata), rc);
	rc = set_text(a, "model_materials", ip_cli_materials(&m->attrs, text,
		sizeof text), rc);
	rc = set_text(a, "model_truth", job->smear ? "potential_beam" :
		ip_attrs_get_text(&m->attrs, "truth"), rc);
	rc = set_text(a, "model_provenance", ip_attrs_get_text(&m->attrs,
		"provenance"), rc);
	/* (one unit of what it says is no V Angstrom of what is written) */
	return rc < 0 || job->smear ? rc : ip_attrs_number(a, "model_scale",
		m->scale);
}

static int add_tiles(struct ip_attrs *a, const struct ip_tiling_plan *p)
{
	int64_t tile[2] = { (int64_t)p->h, (int64_t)p->w };
	int64_t tiles[2] = { (int64_t)p->rows, (int64_t)p->columns };
	int64_t overlap = (int64_t)p->overlap;
	int rc = ip_attrs_i64(a, "tile", tile, 2);

	if (rc == 0)
		rc = ip_attrs_i64(a, "tiles", tiles, 2);
	return rc < 0 ? rc : ip_attrs_i64(a, "tile_overlap", &overlap, 1);
}

/* What the input said, then what was done. */
int ip_infer_save(const struct ip_infer_job *job, const struct ip_measured *m,
	const struct ip_tiling_plan *plan, const char *path,
	struct ip_bundle *out)
{
	struct ip_attrs *a = &out->attrs;
	int rc = ip_attrs_copy(a, &m->b.attrs);

	rc = set_text(a, "input_command", ip_attrs_get_text(&m->b.attrs,
		"command"), rc);
	if (rc == 0)
		rc = ip_cli_provenance(job->cli, a);
	if (rc == 0)
		rc = add_model(a, job);
	if (rc == 0)
		rc = add_tiles(a, plan);
	if (rc < 0)
		return rc;
	return ip_cli_has_ext(path, ".npz") ? ip_npz_write(path, out, 1) :
		ip_ipt_save(path, out, 0);
}
