/* Models to files. */
#include <string.h>
#include <strings.h>
#include <iphase/formats.h>
#include <iphase/ipt.h>
#include "core/core.h"
#include "model.h"

#define HALF_END 65520.0	/* from here on a float16 would be infinite */

static int has_ext(const char *path, const char *ext)
{
	size_t n = strlen(path), m = strlen(ext);

	return n >= m && strcasecmp(path + n - m, ext) == 0;
}

static int put_weight(struct ip_bundle *b, const struct ip_item *item,
	enum ip_dtype dtype)
{
	double most = ip_model_largest(&item->tensor);
	struct ip_tensor t = { 0 };
	int rc;

	if (dtype == IP_F16 && !(most < HALF_END))
		return ip_fail(IP_EINVAL, "the weights' '%s' has a value of "
			"%g, which float16 cannot hold", item->name, most);
	rc = ip_tensor_convert(&t, dtype, &item->tensor);
	if (rc == 0)
		rc = ip_bundle_add(b, item->name, &t, NULL);
	ip_tensor_free(&t);
	return rc;
}

/* PyTorch keeps it behind the table of biases. */
static int put_index(struct ip_bundle *b, const char *bias)
{
	size_t n = strlen(bias), m = strlen(IP_BIAS_TABLE);
	struct ip_tensor t = { 0 };
	char *name;
	int rc;

	if (n < m || strcmp(bias + n - m, IP_BIAS_TABLE) != 0)
		return IP_OK;
	if ((name = ip_format("%.*s" IP_INDEX_TABLE, (int)(n - m), bias)) ==
		NULL)
		return IP_ENOMEM;
	rc = ip_model_index(&t);
	if (rc == 0)
		rc = ip_bundle_add(b, name, &t, NULL);
	ip_tensor_free(&t);
	ip_free(name);
	return rc;
}

static int put_weights(struct ip_bundle *b, const struct ip_model *m,
	enum ip_dtype dtype, int index)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < m->weights.count; i++) {
		rc = put_weight(b, &m->weights.items[i], dtype);
		if (rc == 0 && index)
			rc = put_index(b, m->weights.items[i].name);
	}
	return rc;
}

static int put_attrs(struct ip_attrs *a, const struct ip_model *m)
{
	const struct { const char *key; size_t v; } numbers[] = {
		{ "inputs", m->shape.in }, { "outputs", m->shape.out },
		{ "feature_size", m->shape.features },
	};
	size_t i;
	int rc = ip_attrs_text(a, "architecture",
		ip_architecture_name(m->shape.architecture));

	for (i = 0; rc == 0 && i < 3; i++) {
		int64_t v = (int64_t)numbers[i].v;

		rc = ip_attrs_i64(a, numbers[i].key, &v, 1);
	}
	if (rc == 0)
		rc = ip_attrs_text(a, "metadata",
			ip_metadata_name(m->metadata));
	if (rc == 0)
		rc = ip_attrs_number(a, "scale", m->scale);
	return rc < 0 ? rc : ip_attrs_copy(a, &m->attrs);
}

/* Whether there is more to tell than the weights. */
static int has_more(const struct ip_model *m)
{
	static const char *const key[] = { "energy", "pixel_size", "thickness",
		"materials", "provenance" };
	size_t i;
	int more = m->scale != IP_MODEL_SCALE;

	for (i = 0; i < sizeof(key) / sizeof(*key); i++)
		more |= ip_attrs_find(&m->attrs, key[i]) != NULL;
	return more;
}

int ip_model_save(const char *path, const struct ip_model *m,
	enum ip_dtype dtype)
{
	int ipt = has_ext(path, ".ipt"), npz = has_ext(path, ".npz"), rc;
	struct ip_bundle b = { 0 };

	if (!ipt && !npz && !has_ext(path, ".safetensors"))
		return ip_fail(IP_EINVAL, "%s: a model's file must end in "
			".ipt, .safetensors or .npz", path);
	if (dtype != IP_F32 && dtype != IP_F16)
		return ip_fail(IP_EINVAL, "%s: weights of %s: expected float32 "
			"or float16", path, ip_dtype_name(dtype));
	rc = put_weights(&b, m, dtype, !ipt);
	if (rc == 0 && !npz)
		rc = put_attrs(&b.attrs, m);
	if (rc == 0)
		rc = ipt ? ip_ipt_save(path, &b, 0) : npz ?
			ip_npz_write(path, &b, 1) :
			ip_safetensors_write(path, &b);
	ip_bundle_free(&b);
	if (rc == 0 && npz && has_more(m))
		ip_warn("%s: has the weights only; .ipt and .safetensors also "
			"keep the scale and what is known of the training",
			path);
	return rc;
}
