/* safetensors files, read and checked. */
#include <stdlib.h>
#include <string.h>
#include <iphase/formats.h>
#include "../core/core.h"
#include "bytes.h"
#include "json.h"
#include "safetensors.h"
#include "stream.h"

struct reader {
	const char *path;
	FILE *file;
	uint64_t data, size;	/* where the data begin, their bytes */
	char *text;		/* the header */
	struct ip_safetensors_header header;
};

/* ---- where the data are ---- */

static int check_size(const struct reader *r,
	const struct ip_safetensors_entry *e)
{
	size_t n = ip_dtype_size(e->type->dtype);
	int d, over = 0, empty = 0;

	for (d = 0; d < e->ndim; d++)
		empty |= e->shape[d] == 0;
	for (d = 0; d < e->ndim && !empty; d++)
		over |= ip_mul_size(n, e->shape[d], &n);
	n = empty ? 0 : n;
	if (over || e->end < e->begin || e->end - e->begin != n)
		return ip_fail(IP_EFORMAT, "%s: tensor '%s': bytes %llu to %llu"
			" of the data are not those of its shape", r->path,
			e->name, (unsigned long long)e->begin,
			(unsigned long long)e->end);
	if (e->end > r->size)
		return ip_fail(IP_ETRUNCATED, "%s: tensor '%s' ends at byte"
			" %llu of the data, the file at %llu", r->path,
			e->name, (unsigned long long)e->end,
			(unsigned long long)r->size);
	return 0;
}

static int by_place(const void *p, const void *q)
{
	const struct ip_safetensors_entry *const *s = p, *const *t = q;
	const struct ip_safetensors_entry *a = *s, *b = *t;

	if (a->begin != b->begin)
		return a->begin < b->begin ? -1 : 1;
	return a->end < b->end ? -1 : a->end > b->end;
}

/* Side by side the tensors must fill the data, in any order. */
static int check_places(const struct reader *r)
{
	const struct ip_safetensors_entry **order;
	uint64_t at = 0;
	size_t i;
	int rc = 0;

	for (i = 0; i < r->header.count && rc == 0; i++)
		rc = check_size(r, &r->header.entries[i]);
	if (rc < 0)
		return rc;
	order = ip_alloc_array(r->header.count, sizeof *order);
	if (!order)
		return IP_ENOMEM;
	for (i = 0; i < r->header.count; i++)
		order[i] = &r->header.entries[i];
	qsort(order, r->header.count, sizeof *order, by_place);
	for (i = 0; i < r->header.count && order[i]->begin == at; i++)
		at = order[i]->end;
	if (i < r->header.count)
		rc = ip_fail(IP_EFORMAT, "%s: tensor '%s' begins at byte %llu"
			" of the data, expected %llu: the end of the one"
			" before it", r->path, order[i]->name,
			(unsigned long long)order[i]->begin,
			(unsigned long long)at);
	else if (at != r->size)
		rc = ip_fail(IP_EFORMAT, "%s: %llu bytes follow the last"
			" tensor", r->path, (unsigned long long)(r->size - at));
	ip_free(order);
	return rc;
}

/* ---- files ---- */

static int open_file(struct reader *r, const char *path)
{
	unsigned char head[8];
	uint64_t size, n;
	int rc;

	r->path = path;
	rc = ip_input_open(&r->file, &size, path);
	if (rc < 0)
		return rc;
	if (size < 8)
		return ip_fail(IP_ETRUNCATED, "%s: %llu bytes, too short for"
			" the length of a header", path,
			(unsigned long long)size);
	rc = ip_input_read(r->file, path, 0, head, 8);
	if (rc < 0)
		return rc;
	n = le64(head);
	if (n > IP_SAFETENSORS_HEADER_MAX)
		return ip_fail(IP_ELIMIT, "%s: a header of %llu bytes, at most"
			" %u can be right", path, (unsigned long long)n,
			IP_SAFETENSORS_HEADER_MAX);
	if (n > size - 8)
		return ip_fail(IP_ETRUNCATED, "%s: a header of %llu bytes"
			" reaches past the end of the file", path,
			(unsigned long long)n);
	r->data = 8 + n;
	r->size = size - r->data;
	r->text = ip_alloc((size_t)n + 1);
	if (!r->text)
		return IP_ENOMEM;
	rc = ip_input_read(r->file, path, 8, r->text, (size_t)n);
	return rc < 0 ? rc : ip_safetensors_parse(path, r->text, (size_t)n,
		&r->header);
}

static int get_data(const struct reader *r,
	const struct ip_safetensors_entry *e, struct ip_bundle *b)
{
	size_t word = ip_dtype_word(e->type->dtype);
	size_t n = (size_t)(e->end - e->begin);
	struct ip_tensor t = { 0 };
	int rc;

	rc = ip_tensor_new(&t, e->type->dtype, e->ndim, e->shape);
	if (rc == 0 && n)
		rc = ip_input_read(r->file, r->path, r->data + e->begin,
			t.data, n);
	if (rc == 0 && !host_little())
		swap_words(t.data, n / word, word);
	if (rc == 0 && strcmp(e->type->name, "BF16") == 0)
		rc = ip_bfloat_widen(&t);
	if (rc == 0)
		rc = ip_bundle_add(b, e->name, &t, NULL);
	ip_tensor_free(&t);
	return rc;
}

/*
 * What ip_safetensors_write made of numbers and of the tensors' attributes
 * comes first, in its order; the texts, among them those of others, follow.
 */
static int get_attributes(const struct reader *r, struct ip_bundle *b)
{
	const char *text = ip_attrs_get_text(&r->header.metadata,
		IP_SAFETENSORS_ATTRIBUTES);
	const struct ip_attr *a = r->header.metadata.items;
	size_t i;
	int rc = 0, ours = 0;

	if (text) {
		rc = ip_json_check_bundle(text, strlen(text), b);
		if (rc < 0)
			return rc;
		ours = rc == 0;
		rc = ours ? ip_json_get_bundle(text, strlen(text), b) : 0;
	}
	for (i = 0; i < r->header.metadata.count && rc == 0; i++, a++)
		if (!ours || strcmp(a->key, IP_SAFETENSORS_ATTRIBUTES) != 0)
			rc = ip_attrs_text(&b->attrs, a->key, a->v.text);
	return rc;
}

int ip_safetensors_read(const char *path, struct ip_bundle *b)
{
	struct ip_bundle result = { 0 };
	struct reader r = { 0 };
	size_t i;
	int rc;

	rc = open_file(&r, path);
	if (rc == 0)
		rc = check_places(&r);
	for (i = 0; i < r.header.count && rc == 0; i++)
		rc = get_data(&r, &r.header.entries[i], &result);
	if (rc == 0)
		rc = get_attributes(&r, &result);
	ip_safetensors_header_free(&r.header);
	ip_free(r.text);
	if (r.file)
		fclose(r.file);
	if (rc < 0)
		ip_bundle_free(&result);
	else
		*b = result;
	return rc;
}
