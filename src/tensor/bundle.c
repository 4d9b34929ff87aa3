/* Attributes, and named tensors that carry them. */
#include <string.h>
#include <iphase/bundle.h>
#include "../core/core.h"

/* Arrays grow at the powers of two, so that they need not note their room. */
static int room(void *items, size_t count, size_t size)
{
	size_t cap = count;

	if (count & (count - 1))
		return 0;
	return ip_grow(items, &cap, count + 1, size);
}

const struct ip_attr *ip_attrs_find(const struct ip_attrs *a, const char *key)
{
	size_t i;

	for (i = 0; i < a->count; i++)
		if (strcmp(a->items[i].key, key) == 0)
			return &a->items[i];
	return NULL;
}

/* Takes over value, which holds count values of type; frees it on failure. */
static int set(struct ip_attrs *a, const char *key, enum ip_attr_type type,
	void *value, size_t count)
{
	struct ip_attr *at;
	int rc = IP_ENOMEM;

	if (!value)
		return IP_ENOMEM;
	if (!key[0]) {
		rc = ip_fail(IP_EINVAL, "attribute without a key");
		goto fail;
	}
	at = (struct ip_attr *)ip_attrs_find(a, key);
	if (at) {
		ip_free(at->v.text);
	} else {
		if (room(&a->items, a->count, sizeof *a->items) < 0)
			goto fail;
		at = &a->items[a->count];
		at->key = ip_strdup(key);
		if (!at->key)
			goto fail;
		a->count++;
	}
	at->type = type;
	at->count = count;
	at->v.text = value;
	return 0;
fail:
	ip_free(value);
	return rc;
}

/* A copy of n elements; never NULL for n = 0. */
static void *copy_of(const void *v, size_t n, size_t size)
{
	void *p = ip_alloc_array(n, size);

	if (p && n)
		memcpy(p, v, n * size);
	return p;
}

int ip_attrs_text(struct ip_attrs *a, const char *key, const char *text)
{
	return set(a, key, IP_ATTR_TEXT, ip_strdup(text), strlen(text));
}

int ip_attrs_f64(struct ip_attrs *a, const char *key, const double *v,
	size_t n)
{
	return set(a, key, IP_ATTR_F64, copy_of(v, n, sizeof *v), n);
}

int ip_attrs_i64(struct ip_attrs *a, const char *key, const int64_t *v,
	size_t n)
{
	return set(a, key, IP_ATTR_I64, copy_of(v, n, sizeof *v), n);
}

int ip_attrs_number(struct ip_attrs *a, const char *key, double v)
{
	return ip_attrs_f64(a, key, &v, 1);
}

double ip_attrs_get_one(const struct ip_attrs *a, const char *key, size_t i,
	double fallback)
{
	const struct ip_attr *at = ip_attrs_find(a, key);

	if (!at || at->type == IP_ATTR_TEXT || at->count == 0)
		return fallback;
	i = i < at->count ? i : at->count - 1;
	return at->type == IP_ATTR_F64 ? at->v.f64[i] : (double)at->v.i64[i];
}

double ip_attrs_get(const struct ip_attrs *a, const char *key, double fallback)
{
	const struct ip_attr *at = ip_attrs_find(a, key);

	return at && at->count == 1 ? ip_attrs_get_one(a, key, 0, fallback) :
		fallback;
}

const char *ip_attrs_get_text(const struct ip_attrs *a, const char *key)
{
	const struct ip_attr *at = ip_attrs_find(a, key);

	return at && at->type == IP_ATTR_TEXT ? at->v.text : NULL;
}

int ip_attrs_copy(struct ip_attrs *dst, const struct ip_attrs *src)
{
	const struct ip_attr *at;
	size_t i;
	int rc = 0;

	for (i = 0; i < src->count && rc == 0; i++) {
		at = &src->items[i];
		if (at->type == IP_ATTR_TEXT)
			rc = ip_attrs_text(dst, at->key, at->v.text);
		else if (at->type == IP_ATTR_F64)
			rc = ip_attrs_f64(dst, at->key, at->v.f64, at->count);
		else
			rc = ip_attrs_i64(dst, at->key, at->v.i64, at->count);
	}
	return rc;
}

void ip_attrs_free(struct ip_attrs *a)
{
	size_t i;

	for (i = 0; i < a->count; i++) {
		ip_free(a->items[i].key);
		ip_free(a->items[i].v.text);
	}
	ip_free(a->items);
	memset(a, 0, sizeof *a);
}

struct ip_item *ip_bundle_find(const struct ip_bundle *b, const char *name)
{
	size_t i;

	for (i = 0; i < b->count; i++)
		if (strcmp(b->items[i].name, name) == 0)
			return &b->items[i];
	return NULL;
}

int ip_bundle_add(struct ip_bundle *b, const char *name, struct ip_tensor *t,
	struct ip_item **item)
{
	struct ip_tensor own = *t;
	struct ip_item *it;
	char *copy;
	int rc;

	if (!name[0])
		return ip_fail(IP_EINVAL, "bundle: a tensor without a name");
	if (ip_bundle_find(b, name))
		return ip_fail(IP_EINVAL, "bundle: two tensors named '%s'",
			name);
	copy = ip_strdup(name);
	if (!copy)
		return IP_ENOMEM;
	rc = room(&b->items, b->count, sizeof *b->items);
	if (rc == 0 && !t->owner)
		rc = ip_tensor_convert(&own, t->dtype, t);
	if (rc < 0) {
		ip_free(copy);
		return rc;
	}
	it = &b->items[b->count++];
	memset(it, 0, sizeof *it);
	it->name = copy;
	it->tensor = own;
	memset(t, 0, sizeof *t);
	if (item)
		*item = it;
	return 0;
}

void ip_bundle_free(struct ip_bundle *b)
{
	size_t i;

	for (i = 0; i < b->count; i++) {
		ip_free(b->items[i].name);
		ip_tensor_free(&b->items[i].tensor);
		ip_attrs_free(&b->items[i].attrs);
	}
	ip_free(b->items);
	ip_attrs_free(&b->attrs);
	memset(b, 0, sizeof *b);
}
