/* Attributes and tensor declarations as bytes. */
#include <string.h>
#include "../core/core.h"
#include "format.h"

/* ---- out ---- */

int ip_bytes_add(struct ip_bytes *b, const void *p, size_t n)
{
	size_t need;

	if (ip_add_size(b->n, n, &need) ||
	    ip_grow(&b->p, &b->cap, need, 1) < 0)
		return IP_ENOMEM;
	if (n)
		memcpy(b->p + b->n, p, n);
	b->n = need;
	return 0;
}

static int add32(struct ip_bytes *b, uint32_t v)
{
	unsigned char p[4];

	ip_put32(p, v);
	return ip_bytes_add(b, p, sizeof p);
}

static int add64(struct ip_bytes *b, uint64_t v)
{
	unsigned char p[8];

	ip_put64(p, v);
	return ip_bytes_add(b, p, sizeof p);
}

/* Bytes of one well-formed UTF-8 character at p, no control character; or 0. */
static size_t utf8_step(const unsigned char *p, size_t left)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint32_t c = p[0];
	size_t n, i;

	if (c < 0x80)
		return c >= 0x20 && c != 0x7f;
	n = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
	if (c < 0xc2 || c > 0xf4 || n > left)
		return 0;
	c &= 0x7fu >> n;
	for (i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3f);
	}
	return c < least[n] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000) ?
		0 : n;
}

/* Names and keys: 1 to 255 bytes of UTF-8 without control characters. */
static int name_ok(const char *s, size_t n)
{
	const unsigned char *p = (const unsigned char *)s;
	size_t i, step;

	if (n == 0 || n > IP_IPT_NAME_MAX)
		return 0;
	for (i = 0; i < n; i += step) {
		step = utf8_step(p + i, n - i);
		if (step == 0)
			return 0;
	}
	return 1;
}

static size_t value_size(enum ip_attr_type type)
{
	return type == IP_ATTR_TEXT ? 1 : 8;
}

int ip_ipt_attrs_put(struct ip_bytes *b, const struct ip_attrs *a)
{
	const struct ip_attr *at;
	size_t count = a ? a->count : 0, i, n;
	int rc;

	if (count > IP_IPT_ATTRS_MAX)
		return ip_fail(IP_ELIMIT, "%zu attributes, at most %d fit",
			count, IP_IPT_ATTRS_MAX);
	rc = add32(b, (uint32_t)count);
	for (i = 0; i < count && rc == 0; i++) {
		at = &a->items[i];
		n = strlen(at->key);
		if (!name_ok(at->key, n))
			return ip_fail(IP_EINVAL, "attribute '%s': a key is 1"
				" to %d bytes of UTF-8", at->key,
				IP_IPT_NAME_MAX);
		if (at->count > IP_IPT_META_MAX)
			return ip_fail(IP_ELIMIT, "attribute '%s': too long",
				at->key);
		if (add32(b, at->type) < 0 || add32(b, (uint32_t)n) < 0 ||
		    add64(b, at->count) < 0 ||
		    ip_bytes_add(b, at->key, n) < 0)
			return IP_ENOMEM;
		rc = ip_bytes_add(b, at->v.text,
			at->count * value_size(at->type));
	}
	if (rc == 0 && b->n > IP_IPT_META_MAX)
		return ip_fail(IP_ELIMIT, "attributes: %zu bytes, at most %llu"
			" fit", b->n, (unsigned long long)IP_IPT_META_MAX);
	return rc;
}

int ip_ipt_tensor_put(struct ip_bytes *b, const char *name,
	const struct ip_tensor *t, int flags, const struct ip_attrs *a)
{
	size_t n = strlen(name);
	int d;

	if (!name_ok(name, n))
		return ip_fail(IP_EINVAL, "tensor '%s': a name is 1 to %d"
			" bytes of UTF-8", name, IP_IPT_NAME_MAX);
	if (add32(b, t->dtype) < 0 || add32(b, (uint32_t)t->ndim) < 0 ||
	    add32(b, (uint32_t)flags) < 0 || add32(b, (uint32_t)n) < 0)
		return IP_ENOMEM;
	for (d = 0; d < t->ndim; d++)
		if (add64(b, d == 0 && flags ? 0 : t->shape[d]) < 0)
			return IP_ENOMEM;
	if (ip_bytes_add(b, name, n) < 0)
		return IP_ENOMEM;
	return ip_ipt_attrs_put(b, a);
}

/* ---- in ---- */

/* What is left of a payload. p becomes NULL when it is asked for more. */
struct cursor {
	const unsigned char *p;
	size_t left;
};

static const unsigned char *take(struct cursor *c, uint64_t n)
{
	const unsigned char *p = c->p;

	if (!p || n > c->left) {
		c->p = NULL;
		return NULL;
	}
	c->p += n;
	c->left -= (size_t)n;
	return p;
}

static uint32_t take32(struct cursor *c)
{
	const unsigned char *p = take(c, 4);

	return p ? ip_get32(p) : 0;
}

static uint64_t take64(struct cursor *c)
{
	const unsigned char *p = take(c, 8);

	return p ? ip_get64(p) : 0;
}

/* n bytes as a string; NULL (and rc) unless they are a name or plain text. */
static char *take_text(struct cursor *c, uint64_t n, int is_name, int *rc)
{
	const unsigned char *p = take(c, n);
	char *s;

	*rc = IP_EFORMAT;
	if (!p || memchr(p, 0, (size_t)n) ||
	    (is_name && !name_ok((const char *)p, (size_t)n)))
		return NULL;
	*rc = IP_ENOMEM;
	s = ip_alloc((size_t)n + 1);
	if (!s)
		return NULL;
	memcpy(s, p, (size_t)n);
	*rc = 0;
	return s;
}

static int get_value(struct cursor *c, const char *key, uint32_t type,
	uint64_t count, struct ip_attrs *a)
{
	const unsigned char *p;
	char *text;
	void *copy;
	int rc;

	if (type == IP_ATTR_TEXT) {
		text = take_text(c, count, 0, &rc);
		if (text)
			rc = ip_attrs_text(a, key, text);
		ip_free(text);
		return rc;
	}
	if (type != IP_ATTR_F64 && type != IP_ATTR_I64)
		return IP_EFORMAT;
	if (count > c->left / 8)
		return IP_EFORMAT;
	p = take(c, 8 * count);
	if (!p)
		return IP_EFORMAT;
	copy = ip_alloc((size_t)count * 8);	/* p is not aligned */
	if (!copy)
		return IP_ENOMEM;
	memcpy(copy, p, (size_t)count * 8);
	rc = type == IP_ATTR_F64 ? ip_attrs_f64(a, key, copy, (size_t)count) :
		ip_attrs_i64(a, key, copy, (size_t)count);
	ip_free(copy);
	return rc;
}

static int get_attrs(struct cursor *c, struct ip_attrs *a)
{
	uint32_t count = take32(c), type, key_size, i;
	uint64_t n;
	char *key;
	int rc = 0;

	if (!c->p || count > IP_IPT_ATTRS_MAX)
		return IP_EFORMAT;
	for (i = 0; i < count && rc == 0; i++) {
		type = take32(c);
		key_size = take32(c);
		n = take64(c);
		key = take_text(c, key_size, 1, &rc);
		if (!key)
			return rc;
		rc = ip_attrs_find(a, key) ? IP_EFORMAT :
			get_value(c, key, type, n, a);
		ip_free(key);
	}
	return rc;
}

int ip_ipt_attrs_get(const unsigned char *p, size_t n, struct ip_attrs *a)
{
	struct cursor c = { p, n };
	int rc;

	rc = get_attrs(&c, a);
	if (rc == 0 && c.left)
		rc = IP_EFORMAT;
	if (rc < 0)
		ip_attrs_free(a);
	return rc;
}

/* The first axis of a growing tensor is 0 here; its rows cannot be empty. */
static int get_shape(struct cursor *c, struct ip_tensor *t, int grows)
{
	uint64_t n = ip_dtype_size(t->dtype), s;
	int d, empty = 0;

	for (d = 0; d < t->ndim; d++) {
		s = take64(c);
		if (s > INT64_MAX || (d == 0 && grows && s != 0))
			return IP_EFORMAT;
		t->shape[d] = (size_t)s;
		empty |= s == 0 && !(d == 0 && grows);
	}
	for (d = grows; d < t->ndim && !empty; d++) {
		if (n > INT64_MAX / t->shape[d])
			return IP_EFORMAT;
		n *= t->shape[d];
	}
	return c->p && !(empty && grows) ? 0 : IP_EFORMAT;
}

static int get_tensor(struct cursor *c, struct ip_item *item, int *flags)
{
	uint32_t dtype = take32(c), ndim = take32(c), fl = take32(c);
	uint32_t name_size = take32(c);
	int rc;

	if (!c->p || dtype > IP_TEXT || ip_dtype_size(dtype) == 0 ||
	    ndim > IP_MAX_DIMS || (dtype == IP_TEXT && ndim != 1) ||
	    fl & ~(uint32_t)IP_IPT_GROWS || (fl && ndim == 0))
		return IP_EFORMAT;
	item->tensor.dtype = dtype;
	item->tensor.ndim = (int)ndim;
	*flags = (int)fl;
	rc = get_shape(c, &item->tensor, fl & IP_IPT_GROWS);
	if (rc < 0)
		return rc;
	item->name = take_text(c, name_size, 1, &rc);
	return item->name ? get_attrs(c, &item->attrs) : rc;
}

int ip_ipt_tensor_get(const unsigned char *p, size_t n, struct ip_item *item,
	int *flags)
{
	struct cursor c = { p, n };
	int rc;

	memset(item, 0, sizeof *item);
	rc = get_tensor(&c, item, flags);
	if (rc == 0 && c.left)
		rc = IP_EFORMAT;
	if (rc < 0) {
		ip_free(item->name);
		ip_attrs_free(&item->attrs);
		memset(item, 0, sizeof *item);
	}
	return rc;
}
