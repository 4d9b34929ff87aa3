/* The header of a safetensors file. */
#include <string.h>
#include "../core/core.h"
#include "json.h"
#include "safetensors.h"

#define TENSORS_MAX 16384u	/* names are compared pairwise */

const struct ip_safetensors_type ip_safetensors_types[] = {
	{ "F64", IP_F64, 1 }, { "F32", IP_F32, 1 }, { "F16", IP_F16, 1 },
	{ "BF16", IP_U16, 0 }, { "I64", IP_I64, 1 }, { "I32", IP_I32, 1 },
	{ "I16", IP_I16, 1 }, { "I8", IP_I8, 1 }, { "U64", IP_U64, 1 },
	{ "U32", IP_U32, 1 }, { "U16", IP_U16, 1 }, { "U8", IP_U8, 1 },
	{ "BOOL", IP_U8, 0 }, { "C64", IP_C64, 1 }, { NULL, IP_U8, 0 }
};

struct parser {
	const char *path, *start;
	struct ip_json in;
	struct ip_safetensors_header *h;
	int metadata;		/* seen */
};

static int bad(const struct parser *r, const char *expected)
{
	return ip_fail(IP_EFORMAT, "%s: offset %zu: expected %s in the header",
		r->path, (size_t)(r->in.p - r->start) + 8, expected);
}

static int get_string(struct parser *r, const char *what, char **s)
{
	int rc = ip_json_string(&r->in, s);

	return rc > 0 ? bad(r, what) : rc;
}

static int get_size(struct parser *r, uint64_t *v)
{
	struct ip_json *q = &r->in;
	const char *start;
	uint64_t digit;

	ip_json_skip(q);
	start = q->p;
	for (*v = 0; q->p < q->end && *q->p >= '0' && *q->p <= '9'; q->p++) {
		digit = (uint64_t)(*q->p - '0');
		if (*v > (INT64_MAX - digit) / 10)
			return bad(r, "a smaller number");
		*v = 10 * *v + digit;
	}
	return q->p == start ? bad(r, "a whole number") : 0;
}

static int get_shape(struct parser *r, struct ip_safetensors_entry *e)
{
	uint64_t v;
	int rc;

	if (!ip_json_take(&r->in, "["))
		return bad(r, "'[' of a shape");
	if (ip_json_take(&r->in, "]"))
		return 0;
	do {
		rc = get_size(r, &v);
		if (rc == 0 && (uint64_t)(size_t)v != v)
			rc = bad(r, "a smaller number");
		if (rc < 0)
			return rc;
		if (e->ndim == IP_MAX_DIMS)
			return ip_fail(IP_ENOTSUP, "%s: tensor '%s' has more"
				" than %d dimensions", r->path, e->name,
				IP_MAX_DIMS);
		e->shape[e->ndim++] = (size_t)v;
	} while (ip_json_take(&r->in, ","));
	return ip_json_take(&r->in, "]") ? 0 : bad(r, "']' of a shape");
}

static int get_offsets(struct parser *r, struct ip_safetensors_entry *e)
{
	int rc;

	if (!ip_json_take(&r->in, "["))
		return bad(r, "'[' of data_offsets");
	rc = get_size(r, &e->begin);
	if (rc == 0 && !ip_json_take(&r->in, ","))
		rc = bad(r, "two data_offsets");
	if (rc == 0)
		rc = get_size(r, &e->end);
	if (rc == 0 && !ip_json_take(&r->in, "]"))
		rc = bad(r, "']' of data_offsets");
	return rc;
}

static int get_type(struct parser *r, struct ip_safetensors_entry *e)
{
	const struct ip_safetensors_type *t = ip_safetensors_types;
	char *name;
	int rc;

	rc = get_string(r, "the name of a dtype", &name);
	if (rc < 0)
		return rc;
	while (t->name && strcmp(t->name, name) != 0)
		t++;
	if (!t->name)
		rc = ip_fail(IP_ENOTSUP, "%s: tensor '%s' has dtype '%.16s',"
			" which cannot be read", r->path, e->name, name);
	e->type = t;
	ip_free(name);
	return rc;
}

/* {"dtype": .., "shape": .., "data_offsets": ..}, in any order. */
static int get_entry(struct parser *r, struct ip_safetensors_entry *e)
{
	static const char *const keys[] = { "\"dtype\"", "\"shape\"",
		"\"data_offsets\"" };
	static int (*const get[])(struct parser *,
		struct ip_safetensors_entry *) = { get_type, get_shape,
		get_offsets };
	unsigned seen = 0, k;
	int rc;

	if (!ip_json_take(&r->in, "{"))
		return bad(r, "'{' of a tensor");
	do {
		for (k = 0; k < 3 && !ip_json_take(&r->in, keys[k]); k++)
			;
		if (k == 3 || seen & 1u << k)
			return bad(r, "dtype, shape and data_offsets, each"
				" once");
		seen |= 1u << k;
		if (!ip_json_take(&r->in, ":"))
			return bad(r, "':'");
		rc = get[k](r, e);
		if (rc < 0)
			return rc;
	} while (ip_json_take(&r->in, ","));
	if (!ip_json_take(&r->in, "}"))
		return bad(r, "'}' of a tensor");
	return seen == 7 ? 0 : bad(r, "dtype, shape and data_offsets");
}

static int get_metadata(struct parser *r)
{
	char *key = NULL, *value = NULL;
	int rc;

	if (r->metadata++)
		return bad(r, "__metadata__ only once");
	if (!ip_json_take(&r->in, "{"))
		return bad(r, "'{' of __metadata__");
	if (ip_json_take(&r->in, "}"))
		return 0;
	do {
		rc = get_string(r, "a key of __metadata__", &key);
		if (rc == 0 && (!key[0] || ip_attrs_find(&r->h->metadata, key)))
			rc = bad(r, "a new key of __metadata__");
		if (rc == 0 && !ip_json_take(&r->in, ":"))
			rc = bad(r, "':'");
		if (rc == 0)
			rc = get_string(r, "a text in __metadata__", &value);
		if (rc == 0)
			rc = ip_attrs_text(&r->h->metadata, key, value);
		ip_free(key);
		ip_free(value);
		key = value = NULL;
	} while (rc == 0 && ip_json_take(&r->in, ","));
	if (rc == 0 && !ip_json_take(&r->in, "}"))
		rc = bad(r, "'}' of __metadata__");
	return rc;
}

/* One tensor, whose name becomes r's. */
static int get_tensor(struct parser *r, char *name)
{
	struct ip_safetensors_header *h = r->h;
	struct ip_safetensors_entry *e;
	size_t i;
	int rc = 0;

	for (i = 0; i < h->count && rc == 0; i++)
		if (strcmp(h->entries[i].name, name) == 0)
			rc = ip_fail(IP_EFORMAT, "%s: two tensors are called"
				" '%s'", r->path, name);
	if (rc == 0 && !name[0])
		rc = bad(r, "a name of the tensor");
	if (rc == 0 && h->count == TENSORS_MAX)
		rc = ip_fail(IP_ELIMIT, "%s: more than %u tensors", r->path,
			TENSORS_MAX);
	if (rc == 0)
		rc = ip_grow(&h->entries, &h->room, h->count + 1,
			sizeof *h->entries);
	if (rc < 0) {
		ip_free(name);
		return rc;
	}
	e = &h->entries[h->count++];
	e->name = name;
	return get_entry(r, e);
}

/* NAME: {..} */
static int get_member(struct parser *r)
{
	char *name = NULL;
	int rc;

	rc = get_string(r, "the name of a tensor", &name);
	if (rc == 0 && !ip_json_take(&r->in, ":"))
		rc = bad(r, "':'");
	if (rc == 0 && strcmp(name, IP_SAFETENSORS_METADATA) != 0)
		return get_tensor(r, name);
	ip_free(name);
	return rc < 0 ? rc : get_metadata(r);
}

int ip_safetensors_parse(const char *path, const char *text, size_t n,
	struct ip_safetensors_header *h)
{
	struct parser r = { path, text, { text, text + n }, h, 0 };
	int rc;

	if (n == 0 || *text != '{')
		return bad(&r, "'{'");
	r.in.p++;
	if (!ip_json_take(&r.in, "}")) {
		do {
			rc = get_member(&r);
			if (rc < 0)
				return rc;
		} while (ip_json_take(&r.in, ","));
		if (!ip_json_take(&r.in, "}"))
			return bad(&r, "',' or '}'");
	}
	ip_json_skip(&r.in);
	return r.in.p == r.in.end ? 0 : bad(&r, "nothing after the last '}'");
}

void ip_safetensors_header_free(struct ip_safetensors_header *h)
{
	size_t i;

	for (i = 0; i < h->count; i++)
		ip_free(h->entries[i].name);
	ip_free(h->entries);
	ip_attrs_free(&h->metadata);
}
