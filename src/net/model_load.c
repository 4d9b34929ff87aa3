/* Models from files: any form, checked. */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <iphase/formats.h>
#include <iphase/ipt.h>
#include "core/core.h"
#include "ipt/format.h"
#include "model.h"

#define MODULE "module."
#define FIRST "swinViT.patch_embed.proj.weight"

/* ---- names ---- */

/* Without any "module.", which a wrapped network puts before its names. */
static char *bare_name(const char *name)
{
	char *s = ip_strdup(name), *at = s;

	while (at && (at = strstr(at, MODULE)) != NULL)
		memmove(at, at + strlen(MODULE), strlen(at + strlen(MODULE)) +
			1);
	return s;
}

int ip_model_is(const struct ip_bundle *b)
{
	size_t i;

	for (i = 0; i < b->count; i++)
		if (ip_ends_with(b->items[i].name, FIRST) &&
			b->items[i].tensor.ndim == 4)
			return 1;
	return 0;
}

/* ---- tensors ---- */

/* The table of every block is the same: other values mean another network. */
static int check_index(const char *name, const struct ip_tensor *t)
{
	struct ip_tensor want = { 0 }, got = { 0 };
	int rc = ip_model_index(&want), same = 0;

	if (rc == 0 && t->ndim == 2 && t->shape[0] == 49 &&
		t->shape[1] == 49 && t->dtype <= IP_I64) {
		rc = ip_tensor_convert(&got, IP_I64, t);
		same = rc == 0 && !memcmp(got.data, want.data,
			ip_tensor_count(&want) * sizeof(int64_t));
	}
	ip_tensor_free(&got);
	ip_tensor_free(&want);
	if (rc == 0 && !same)
		rc = ip_fail(IP_EFORMAT, "the weights' '%s' is not the table "
			"of a window of 7 x 7: 49 x 49 integers", name);
	return rc;
}

/* A copy of item, float32 if it is of fractional numbers. */
static int take(struct ip_bundle *to, const char *name,
	const struct ip_item *item)
{
	const struct ip_tensor *t = &item->tensor;
	int real = t->dtype >= IP_F16 && t->dtype <= IP_F64;
	double most = ip_model_largest(t);
	struct ip_tensor copy = { 0 };
	int rc;

	if (isfinite(most) && most > FLT_MAX)
		return ip_fail(IP_EFORMAT, "the weights' '%s' has a value of "
			"%g, which float32 cannot hold", name, most);
	rc = ip_tensor_convert(&copy, real ? IP_F32 : t->dtype, t);
	if (rc == 0)
		rc = ip_bundle_add(to, name, &copy, NULL);
	ip_tensor_free(&copy);
	return rc;
}

static int take_all(struct ip_bundle *to, const struct ip_bundle *from)
{
	const struct ip_item *item;
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < from->count; i++) {
		char *name;

		item = &from->items[i];
		if ((name = bare_name(item->name)) == NULL)
			return IP_ENOMEM;
		if (ip_ends_with(name, IP_INDEX_TABLE))
			rc = check_index(name, &item->tensor);
		else if (ip_bundle_find(to, name))
			rc = ip_fail(IP_EFORMAT, "the weights hold '%s' "
				"twice, with and without '" MODULE "'", name);
		else
			rc = take(to, name, item);
		ip_free(name);
	}
	return rc;
}

/* From their order in a file into the network's. */
static int sort(struct ip_model *m, struct ip_bundle *from)
{
	struct ip_net_weight w;
	size_t i, count = from->count;
	int rc = 0;

	for (i = 0; rc == 0 && i < count; i++) {
		rc = ip_net_weight(&m->shape, i, &w);
		if (rc == 0)
			rc = ip_bundle_add(&m->weights, w.name,
				&ip_bundle_find(from, w.name)->tensor, NULL);
	}
	return rc;
}

/* ---- attributes ---- */

static int check_number(const struct ip_attrs *a, const char *key, size_t is)
{
	double v = ip_attrs_get(a, key, (double)is);

	return v == (double)is ? IP_OK : ip_fail(IP_EFORMAT, "the model's "
		"attribute %s is %g, but its weights are those of %zu", key, v,
		is);
}

static int check_kind(const struct ip_model *m, const struct ip_attrs *a)
{
	const char *kind = ip_attrs_get_text(a, "architecture");
	const char *is = ip_architecture_name(m->shape.architecture);
	int rc;

	if (kind && strcmp(kind, is) != 0)
		return ip_fail(IP_ENOTSUP, "a model of architecture '%s': "
			"its weights are those of %s", kind, is);
	if ((rc = check_number(a, "inputs", m->shape.in)) == 0 &&
		(rc = check_number(a, "outputs", m->shape.out)) == 0)
		rc = check_number(a, "feature_size", m->shape.features);
	return rc;
}

static int take_mode(struct ip_model *m, const struct ip_attrs *a)
{
	const char *mode = ip_attrs_get_text(a, "metadata");
	size_t i;
	int rc;

	if (mode && (rc = ip_metadata_parse(mode, &m->metadata)) < 0)
		return IP_EFORMAT;
	for (i = 0; !mode && i <= IP_METADATA_TILT3; i++)
		if (m->shape.in == IP_NET_SEGMENTS + ip_metadata_channels(i))
			m->metadata = (enum ip_metadata)i;
	if (m->shape.in != IP_NET_SEGMENTS + ip_metadata_channels(m->metadata))
		return ip_fail(IP_EFORMAT, "a network of %zu inputs: expected "
			"4 segments and the metadata, %s11 (sincos7), 8 "
			"(raw4) or 7 (tilt3)", m->shape.in, mode ? "that its file names: "
			: "");
	m->scale = ip_attrs_get(a, "scale", IP_MODEL_SCALE);
	if (!(m->scale > 0) || !isfinite(m->scale))
		return ip_fail(IP_EFORMAT, "the model's scale is %g: expected "
			"a number above 0, V Angstrom", m->scale);
	return IP_OK;
}

/* All but those that have become members. */
static int take_attrs(struct ip_model *m, const struct ip_attrs *a)
{
	static const char *const known[] = { "architecture", "inputs",
		"outputs", "feature_size", "metadata", "scale" };
	const size_t n = sizeof(known) / sizeof(*known);
	struct ip_attrs one = { 1, NULL };
	size_t i, j;
	int rc;

	if ((rc = check_kind(m, a)) < 0 || (rc = take_mode(m, a)) < 0)
		return rc;
	for (i = 0; rc == 0 && i < a->count; i++) {
		for (j = 0; j < n; j++)
			if (strcmp(a->items[i].key, known[j]) == 0)
				break;
		one.items = &a->items[i];
		if (j == n)
			rc = ip_attrs_copy(&m->attrs, &one);
	}
	return rc;
}

/* ---- the whole ---- */

int ip_model_from(const struct ip_bundle *b, struct ip_model *m)
{
	struct ip_bundle all = { 0 };
	struct ip_model r = { 0 };
	int rc = take_all(&all, b);

	if (rc == 0)
		rc = ip_net_shape_of(&all, &r.shape);
	if (rc == 0)
		rc = sort(&r, &all);
	if (rc == 0)
		rc = take_attrs(&r, &b->attrs);
	ip_bundle_free(&all);
	if (rc < 0)
		ip_model_free(&r);
	else
		*m = r;
	return rc;
}

/* The first bytes, and a checksum over all. */
static int look(const char *path, unsigned char head[16], uint32_t *crc)
{
	FILE *f = fopen(path, "rb");
	size_t n = f ? fread(head, 1, 16, f) : 0;
	char block[16384];

	if (!f)
		return ip_fail_errno(IP_EIO, "%s", path);
	*crc = ip_crc32(0, head, n);
	while ((n = fread(block, 1, sizeof(block), f)) > 0)
		*crc = ip_crc32(*crc, block, n);
	if (ferror(f)) {
		int rc = ip_fail_errno(IP_EIO, "%s", path);

		fclose(f);
		return rc;
	}
	fclose(f);
	return IP_OK;
}

static int read_any(const char *path, const unsigned char *head,
	struct ip_bundle *b)
{
	int torch, rc;

	if (memcmp(head, "\211IPT", 4) == 0)
		return ip_ipt_load(path, b);
	if (memcmp(head, "PK\003\004", 4) == 0) {
		rc = ip_torch_is(path, &torch);
		return rc < 0 ? rc : torch ? ip_torch_read(path, b) :
			ip_npz_read(path, b);
	}
	if (head[0] == 0x80)	/* a bare pickle: says which PyTorch wrote it */
		return ip_torch_read(path, b);
	if (head[8] == '{')
		return ip_safetensors_read(path, b);
	return ip_fail(IP_EFORMAT, "%s: no model: expected an .ipt file, a "
		"PyTorch checkpoint, .safetensors or .npz", path);
}

int ip_model_load(const char *path, struct ip_model *m)
{
	unsigned char head[16] = { 0 };
	struct ip_bundle b = { 0 };
	uint32_t crc;
	int rc = look(path, head, &crc);

	if (rc == 0)
		rc = read_any(path, head, &b);
	if (rc == 0)
		rc = ip_model_from(&b, m);
	if (rc == 0)
		m->crc32 = crc;
	ip_bundle_free(&b);
	return rc;
}
