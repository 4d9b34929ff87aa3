/*
 * Velox files: /Data/Image/UUID with Data (y, x, frame) and Metadata, a JSON
 * text a frame. All else of the format is in JSON texts, too, whose numbers
 * are strings.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "../core/core.h"
#include "emd_velox.h"
#include "number.h"

#define IMAGES "/Data/Image"

/* ---- JSON ---- */

static const json_t *find(const json_t *j, const char *keys)
{
	const char *end;
	char key[64];
	size_t n;

	for (; j && *keys; keys = *end ? end + 1 : end) {
		end = keys + strcspn(keys, "/");
		n = (size_t)(end - keys);
		if (n >= sizeof key)
			return NULL;
		memcpy(key, keys, n);
		key[n] = '\0';
		j = json_object_get(j, key);
	}
	return j;
}

const char *ip_velox_text(const json_t *j, const char *keys)
{
	const char *s = json_string_value(find(j, keys));

	return s && s[0] ? s : NULL;
}

int ip_velox_number(const json_t *j, const char *keys, double *v)
{
	const json_t *found = find(j, keys);
	const char *s = json_string_value(found), *end;

	*v = json_number_value(found);
	if (s) {
		end = s + strlen(s);
		if (ip_number_get(&s, end, v) != 0 || s != end)
			*v = NAN;
	}
	if (found && (s || json_is_number(found)) && isfinite(*v))
		return 1;
	*v = 0;
	return 0;
}

/* ---- images ---- */

static int list_images(struct ip_velox *v)
{
	struct ip_h5_names names = { 0 };
	size_t i;
	int rc;

	rc = ip_h5_list(v->f, IMAGES, &names);
	if (rc == 0 && names.count)
		rc = ip_grow(&v->images, &v->cap, names.count,
			sizeof *v->images);
	for (i = 0; i < names.count && rc == 0; i++) {
		v->images[i].uuid = names.v[i];
		names.v[i] = NULL;
		v->count++;
	}
	ip_h5_names_free(&names);
	return rc;
}

static void free_images(struct ip_velox *v)
{
	struct ip_velox_image *m;
	size_t i;

	for (i = 0; i < v->count; i++) {
		m = &v->images[i];
		ip_free(m->uuid);
		ip_free(m->name);
		ip_tensor_free(&m->t);
		ip_attrs_free(&m->own);
		ip_attrs_free(&m->setup);
	}
	ip_free(v->images);
}

/* (y, x, frame) as [frame, x, y]; one frame gives no axis. */
static int turn(struct ip_tensor *t)
{
	static const int perms[][3] = { { 1, 0 }, { 2, 1, 0 } };
	int rc;

	rc = ip_emd_turn(t, perms[t->ndim - 2]);
	if (rc == 0 && t->ndim == 3 && t->shape[0] == 1) {
		t->ndim = 2;
		memmove(t->shape, t->shape + 1, 2 * sizeof t->shape[0]);
		memmove(t->stride, t->stride + 1, 2 * sizeof t->stride[0]);
		t->shape[2] = 0;
		t->stride[2] = 0;
	}
	return rc;
}

static int read_data(struct ip_velox *v, struct ip_velox_image *m)
{
	char *name = ip_format(IMAGES "/%s/Data", m->uuid);
	struct ip_tensor head = { 0 };
	int rc;

	if (!name)
		return IP_ENOMEM;
	rc = ip_h5_head(v->f, name, &head);
	if (rc == 0 && head.ndim != 2 && head.ndim != 3)
		rc = IP_H5_OTHER;
	if (rc == 0)
		rc = ip_h5_read(v->f, name, &m->t);
	if (rc == 0)
		rc = turn(&m->t);
	if (rc == IP_H5_OTHER)
		ip_info("%s: %s is no image (a half transform?), left out",
			ip_h5_path(v->f), name);
	ip_free(name);
	return rc;
}

/* The first frame's; *meta is NULL if there is none. */
static int read_metadata(struct ip_velox *v, const struct ip_velox_image *m,
	json_t **meta)
{
	char *name = ip_format(IMAGES "/%s/Metadata", m->uuid);
	struct ip_tensor t = { 0 };
	json_error_t why;
	const char *end;
	size_t n;
	int rc;

	if (!name)
		return IP_ENOMEM;
	rc = ip_h5_read_first(v->f, name, &t);
	if (rc == 0 && (n = ip_tensor_count(&t)) > 0 && t.dtype == IP_U8) {
		end = memchr(t.data, '\0', n);
		n = end ? (size_t)(end - (char *)t.data) : n;
		*meta = json_loadb(t.data, n, 0, &why);
		if (!*meta)
			rc = ip_fail(IP_EFORMAT, "%s: %s: no JSON: line %d: %s",
				ip_h5_path(v->f), name, why.line, why.text);
	}
	ip_tensor_free(&t);
	ip_free(name);
	return rc < 0 ? rc : 0;
}

static int read_image(struct ip_velox *v, struct ip_velox_image *m)
{
	json_t *meta = NULL;
	int rc;

	rc = read_data(v, m);
	if (rc != 0)
		return rc < 0 ? rc : 0;
	rc = read_metadata(v, m, &meta);
	if (rc == 0)
		rc = ip_velox_setup(m, meta);
	json_decref(meta);
	return rc;
}

/* ---- the bundle ---- */

static int by_name(const void *p, const void *q)
{
	const struct ip_velox_image *a = p, *b = q;
	int less;

	if (!a->t.data || !b->t.data)
		return !a->t.data - !b->t.data;
	if (a->rank != b->rank)
		return a->rank - b->rank;
	less = strcmp(a->name, b->name);
	return less ? less : strcmp(a->uuid, b->uuid);
}

static int same_attr(const struct ip_attr *a, const struct ip_attr *b)
{
	size_t word = a->type == IP_ATTR_TEXT ? 1 : 8;

	return b && a->type == b->type && a->count == b->count &&
		memcmp(a->v.text, b->v.text, a->count * word) == 0;
}

static int set_attr(struct ip_attrs *a, struct ip_attr *v)
{
	const struct ip_attrs one = { .items = v, .count = 1 };

	return ip_attrs_copy(a, &one);
}

/* An attribute that all images have alike is one of the bundle. */
static int share_attrs(const struct ip_velox *v, struct ip_bundle *b)
{
	const struct ip_attrs *first = &v->images[0].setup;
	size_t i, k;
	int rc = 0;

	for (i = 0; i < first->count && rc == 0; i++) {
		for (k = 1; k < b->count; k++)
			if (!same_attr(&first->items[i], ip_attrs_find(
			    &v->images[k].setup, first->items[i].key)))
				break;
		if (k == b->count)
			rc = set_attr(&b->attrs, &first->items[i]);
	}
	return rc;
}

/* The others, and pixel_size always, stay with their images. */
static int keep_attrs(const struct ip_velox_image *m,
	const struct ip_bundle *b, struct ip_item *item)
{
	struct ip_attr *a = m->setup.items;
	size_t i;
	int rc;

	rc = ip_attrs_copy(&item->attrs, &m->own);
	for (i = 0; i < m->setup.count && rc == 0; i++, a++)
		if (strcmp(a->key, "pixel_size") == 0 ||
		    !ip_attrs_find(&b->attrs, a->key))
			rc = set_attr(&item->attrs, a);
	return rc;
}

/* A name used before gets " 2", " 3" .. */
static int add_image(struct ip_velox_image *m, struct ip_bundle *b)
{
	char *name = ip_strdup(m->name);
	int k, rc;

	for (k = 2; name && ip_bundle_find(b, name); k++) {
		ip_free(name);
		name = ip_format("%s %d", m->name, k);
	}
	if (!name)
		return IP_ENOMEM;
	rc = ip_bundle_add(b, name, &m->t, NULL);
	ip_free(name);
	return rc;
}

static int add_images(struct ip_velox *v, struct ip_bundle *b)
{
	size_t i;
	int rc = 0;

	if (v->count)
		qsort(v->images, v->count, sizeof *v->images, by_name);
	for (i = 0; i < v->count && rc == 0 && v->images[i].t.data; i++)
		rc = add_image(&v->images[i], b);
	if (rc == 0 && b->count == 0)
		return ip_fail(IP_ENOTFOUND, "%s: a Velox file without an"
			" image", ip_h5_path(v->f));
	if (rc == 0)
		rc = share_attrs(v, b);
	for (i = 0; i < b->count && rc == 0; i++)
		rc = keep_attrs(&v->images[i], b, &b->items[i]);
	return rc;
}

/* What Velox writes has a /Version in JSON and images by their uuids. */
static int is_velox(struct ip_h5 *f)
{
	json_t *j = NULL;
	char *text;
	double version;
	int rc;

	rc = ip_h5_kind(f, "/Data");
	if (rc >= 0)
		rc = rc == IP_H5_GROUP ? ip_h5_text(f, "/Version", &text) :
			IP_H5_OTHER;
	if (rc != 0)
		return rc;
	j = json_loads(text, 0, NULL);
	ip_free(text);
	rc = ip_velox_number(j, "version", &version) ? 0 : IP_H5_OTHER;
	json_decref(j);
	return rc;
}

int ip_emd_velox(struct ip_h5 *f, struct ip_bundle *b)
{
	struct ip_velox v = { .f = f };
	size_t i;
	int rc;

	rc = is_velox(f);
	if (rc != 0)
		return rc;
	rc = list_images(&v);
	if (rc >= 0)
		rc = ip_velox_names(&v);
	for (i = 0; i < v.count && rc == 0; i++)
		rc = read_image(&v, &v.images[i]);
	if (rc == 0)
		rc = add_images(&v, b);
	free_images(&v);
	return rc;
}
