/* safetensors files, written. */
#include <stdio.h>
#include <string.h>
#include <iphase/formats.h>
#include "../core/core.h"
#include "bytes.h"
#include "json.h"
#include "safetensors.h"
#include "stream.h"

static int check(const char *path, const struct ip_bundle *b)
{
	const char *name;
	size_t i;

	for (i = 0; i < b->count; i++) {
		name = b->items[i].name;
		if (strcmp(name, IP_SAFETENSORS_METADATA) == 0)
			return ip_fail(IP_EINVAL, "%s: a tensor cannot be"
				" called '%s'; rename it", path, name);
		if (ip_utf8_check(name, strlen(name)) < strlen(name))
			return ip_fail(IP_EINVAL, "%s: the name of tensor %zu"
				" is not UTF-8", path, i);
		if (b->items[i].tensor.dtype == IP_TEXT)
			return ip_fail(IP_ENOTSUP, "%s: '%s' is text, which"
				" safetensors cannot hold", path, name);
	}
	return 0;
}

static size_t bytes_of(const struct ip_tensor *t)
{
	return ip_tensor_count(t) * ip_dtype_size(t->dtype);
}

/*
 * The tensor whose data follow those of tensor i; the first for i = count;
 * count behind the last. Readers map the data, where numbers must lie at
 * multiples of their size: the widest come first, and else it is b's order.
 */
static size_t next(const struct ip_bundle *b, size_t i)
{
	size_t size = i < b->count ?
		ip_dtype_size(b->items[i].tensor.dtype) : 8;

	i = i < b->count ? i + 1 : 0;
	for (; size > 0; size /= 2, i = 0)
		for (; i < b->count; i++)
			if (ip_dtype_size(b->items[i].tensor.dtype) == size)
				return i;
	return b->count;
}

/* Whether there is more than texts of the whole. */
static int has_more(const struct ip_bundle *b)
{
	size_t i;

	for (i = 0; i < b->count; i++)
		if (b->items[i].attrs.count)
			return 1;
	for (i = 0; i < b->attrs.count; i++)
		if (b->attrs.items[i].type != IP_ATTR_TEXT ||
		    strcmp(b->attrs.items[i].key,
		    IP_SAFETENSORS_ATTRIBUTES) == 0)
			return 1;
	return 0;
}

static void put_pair(struct ip_json_text *t, const char **comma,
	const char *key, const char *value)
{
	ip_json_put(t, *comma);
	ip_json_put_string(t, key);
	ip_json_put(t, ": ");
	ip_json_put_string(t, value);
	*comma = ", ";
}

static void put_metadata(struct ip_json_text *t, const struct ip_bundle *b)
{
	const struct ip_attr *a = b->attrs.items;
	const char *comma = "";
	char *text = NULL;
	int more = has_more(b);
	size_t i, n;

	if (t->rc < 0 || (!more && !b->attrs.count))
		return;
	if (more)
		t->rc = ip_json_put_bundle(b, &text, &n);
	ip_json_put_string(t, IP_SAFETENSORS_METADATA);
	ip_json_put(t, ": {");
	for (i = 0; i < b->attrs.count; i++, a++)
		if (a->type == IP_ATTR_TEXT &&
		    strcmp(a->key, IP_SAFETENSORS_ATTRIBUTES) != 0)
			put_pair(t, &comma, a->key, a->v.text);
	if (text)
		put_pair(t, &comma, IP_SAFETENSORS_ATTRIBUTES, text);
	ip_json_put(t, b->count ? "}, " : "}");
	ip_free(text);
}

static void put_entry(struct ip_json_text *t, const struct ip_item *it,
	uint64_t begin)
{
	const struct ip_safetensors_type *type = ip_safetensors_types;
	const struct ip_tensor *x = &it->tensor;
	char number[64];
	int d;

	while (!type->write || type->dtype != x->dtype)
		type++;
	ip_json_put_string(t, it->name);
	ip_json_put(t, ": {\"dtype\": \"");
	ip_json_put(t, type->name);
	ip_json_put(t, "\", \"shape\": [");
	for (d = 0; d < x->ndim; d++) {
		snprintf(number, sizeof number, "%s%zu", d ? ", " : "",
			x->shape[d]);
		ip_json_put(t, number);
	}
	snprintf(number, sizeof number, "], \"data_offsets\": [%llu, %llu]}",
		(unsigned long long)begin,
		(unsigned long long)begin + bytes_of(x));
	ip_json_put(t, number);
}

/* The header, padded so that the data begin at a multiple of 8. */
static int put_header(struct ip_json_text *t, const struct ip_bundle *b)
{
	uint64_t *begin, at = 0;
	size_t i;

	begin = ip_alloc_array(b->count, sizeof *begin);
	if (!begin)
		return IP_ENOMEM;
	for (i = next(b, b->count); i < b->count; i = next(b, i)) {
		begin[i] = at;
		at += bytes_of(&b->items[i].tensor);
	}
	ip_json_put(t, "{");
	put_metadata(t, b);
	for (i = 0; i < b->count; i++) {
		if (i)
			ip_json_put(t, ", ");
		put_entry(t, &b->items[i], begin[i]);
	}
	ip_json_put(t, "}");
	while (t->rc == 0 && t->n % 8)
		ip_json_put(t, " ");
	ip_free(begin);
	return t->rc;
}

static int write_all(struct ip_outfile *o, const struct ip_bundle *b,
	const struct ip_json_text *t)
{
	struct ip_sink s = ip_sink_file(o);
	unsigned char head[8];
	size_t i;
	int rc;

	put64(head, t->n);
	rc = ip_outfile_write(o, head, 8);
	if (rc == 0)
		rc = ip_outfile_write(o, t->p, t->n);
	for (i = next(b, b->count); i < b->count && rc == 0; i = next(b, i))
		rc = ip_sink_tensor(&s, &b->items[i].tensor);
	return rc;
}

int ip_safetensors_write(const char *path, const struct ip_bundle *b)
{
	struct ip_json_text t = { 0 };
	struct ip_outfile *o = NULL;
	int rc;

	rc = check(path, b);
	if (rc == 0)
		rc = put_header(&t, b);
	if (rc == 0 && t.n > IP_SAFETENSORS_HEADER_MAX)
		rc = ip_fail(IP_ELIMIT, "%s: a header of %zu bytes, at most %u"
			" are allowed", path, t.n, IP_SAFETENSORS_HEADER_MAX);
	if (rc == 0)
		rc = ip_outfile_open(&o, path);
	if (rc < 0) {
		ip_free(t.p);
		return rc;
	}
	rc = write_all(o, b, &t);
	ip_free(t.p);
	if (rc < 0) {
		ip_outfile_abort(o);
		return rc;
	}
	return ip_outfile_commit(o);
}
