/* JSON, as much of it as attributes need (RFC 8259; NaN as Python writes). */
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../core/core.h"
#include "json.h"
#include "number.h"
#include "stream.h"

/* ---- writing ---- */

struct text {
	char *p;
	size_t n, cap;
	int rc;		/* the first failure; later puts do nothing */
};

static void put(struct text *t, const char *s, size_t n)
{
	if (t->rc == 0)
		t->rc = ip_grow(&t->p, &t->cap, t->n + n + 1, 1);
	if (t->rc < 0)
		return;
	memcpy(t->p + t->n, s, n);
	t->n += n;
}

static void put_raw(struct text *t, const char *s)
{
	put(t, s, strlen(s));
}

static void put_string(struct text *t, const char *s)
{
	size_t n = strlen(s), i, m;
	char escape[8];
	uint32_t c;

	put_raw(t, "\"");
	for (i = 0; i < n; i += m) {
		m = ip_utf8_get((const unsigned char *)s + i, n - i, &c);
		if (m == 0) {	/* a file name of an older encoding, say */
			put_raw(t, "\\ufffd");
			m = 1;
		} else if (c < 32 || c == '"' || c == '\\') {
			snprintf(escape, sizeof escape, "\\u%04x", c & 0xff);
			put_raw(t, escape);
		} else {
			put(t, s + i, m);
		}
	}
	put_raw(t, "\"");
}

static void put_value(struct text *t, const struct ip_attr *a)
{
	char number[IP_NUMBER_MAX];
	size_t i;

	if (a->type == IP_ATTR_TEXT) {
		put_string(t, a->v.text);
		return;
	}
	if (a->count != 1)
		put_raw(t, "[");
	for (i = 0; i < a->count; i++) {
		if (a->type == IP_ATTR_F64)
			ip_number_put(number, a->v.f64[i]);
		else
			snprintf(number, sizeof number, "%lld",
				(long long)a->v.i64[i]);
		if (i)
			put_raw(t, ", ");
		put_raw(t, number);
	}
	if (a->count != 1)
		put_raw(t, "]");
}

static void put_attrs(struct text *t, const struct ip_attrs *a)
{
	size_t i;

	put_raw(t, "{");
	for (i = 0; i < a->count; i++) {
		if (i)
			put_raw(t, ", ");
		put_string(t, a->items[i].key);
		put_raw(t, ": ");
		put_value(t, &a->items[i]);
	}
	put_raw(t, "}");
}

int ip_json_put_bundle(const struct ip_bundle *b, char **text, size_t *n)
{
	struct text t = { 0 };
	size_t i, any = b->attrs.count, first = 1;

	*text = NULL;
	*n = 0;
	for (i = 0; i < b->count; i++)
		any += b->items[i].attrs.count;
	if (!any)
		return 0;
	put_raw(&t, "{\"attributes\": ");
	put_attrs(&t, &b->attrs);
	put_raw(&t, ", \"tensors\": {");
	for (i = 0; i < b->count; i++) {
		if (!b->items[i].attrs.count)
			continue;
		if (!first)
			put_raw(&t, ", ");
		first = 0;
		put_string(&t, b->items[i].name);
		put_raw(&t, ": ");
		put_attrs(&t, &b->items[i].attrs);
	}
	put_raw(&t, "}}");
	if (t.rc < 0) {
		ip_free(t.p);
		return t.rc;
	}
	*text = t.p;
	*n = t.n;
	return 0;
}

/* ---- reading ---- */

/* apply 0: only look, so that nothing is changed by a text that is bad. */
struct parser {
	const char *p, *end;
	struct ip_bundle *b;
	int apply;
};

enum { NOT_OURS = 1 };	/* no error: the text is something else */

static void skip(struct parser *q)
{
	while (q->p < q->end && strchr(" \t\r\n", *q->p) && *q->p)
		q->p++;
}

static int take(struct parser *q, const char *s)
{
	size_t n = strlen(s);

	skip(q);
	if ((size_t)(q->end - q->p) < n || memcmp(q->p, s, n) != 0)
		return 0;
	q->p += n;
	return 1;
}

static int hex4(struct parser *q, uint32_t *c)
{
	int i, d;

	if (q->end - q->p < 4)
		return NOT_OURS;
	*c = 0;
	for (i = 0; i < 4; i++) {
		d = *q->p++;
		if (d >= '0' && d <= '9')
			d -= '0';
		else if ((d | 32) >= 'a' && (d | 32) <= 'f')
			d = (d | 32) - 'a' + 10;
		else
			return NOT_OURS;
		*c = *c << 4 | (uint32_t)d;
	}
	return 0;
}

/* The character behind a backslash. */
static int escape(struct parser *q, uint32_t *c)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *at;
	uint32_t low;

	if (q->p == q->end)
		return NOT_OURS;
	if (*q->p != 'u') {
		at = *q->p ? strchr(from, *q->p) : NULL;
		if (!at)
			return NOT_OURS;
		*c = (unsigned char)to[at - from];
		q->p++;
		return 0;
	}
	q->p++;
	if (hex4(q, c))
		return NOT_OURS;
	if ((*c & ~0x3ffu) == 0xd800) {
		if (q->end - q->p < 2 || *q->p++ != '\\' || *q->p++ != 'u' ||
		    hex4(q, &low) || (low & ~0x3ffu) != 0xdc00)
			return NOT_OURS;
		*c = 0x10000 + ((*c & 0x3ff) << 10) + (low & 0x3ff);
	}
	return 0;
}

/* A string into new memory. */
static int get_string(struct parser *q, char **out)
{
	unsigned char *s;
	size_t n = 0, m;
	const char *p;
	uint32_t c;

	*out = NULL;
	if (!take(q, "\""))
		return NOT_OURS;
	for (p = q->p; p < q->end && *p != '"'; p++)
		if (*p == '\\' && p + 1 < q->end)
			p++;
	/* an escape is never shorter than what it stands for */
	s = ip_alloc((size_t)(p - q->p) + 4);
	if (!s)
		return IP_ENOMEM;
	while (q->p < q->end && *q->p != '"') {
		m = ip_utf8_get((const unsigned char *)q->p,
			(size_t)(q->end - q->p), &c);
		q->p += m;
		if (m == 0 || (c == '\\' && escape(q, &c)) || c == 0 ||
		    (m = ip_utf8_put(s + n, c)) == 0)
			goto bad;
		n += m;
	}
	if (q->p == q->end)
		goto bad;
	q->p++;
	s[n] = 0;
	*out = (char *)s;
	return 0;
bad:
	ip_free(s);
	return NOT_OURS;
}

struct numbers {
	double *f64;
	int64_t *i64;
	size_t n, fcap, icap;
	int real;	/* one of them is no integer */
};

static int get_number(struct parser *q, struct numbers *v)
{
	const char *start, *p;
	double x = 0;
	char digits[32];
	size_t n;

	skip(q);
	if (ip_grow(&v->f64, &v->fcap, v->n + 1, sizeof *v->f64) < 0 ||
	    ip_grow(&v->i64, &v->icap, v->n + 1, sizeof *v->i64) < 0)
		return IP_ENOMEM;
	start = q->p;
	if (take(q, "NaN"))
		x = NAN;
	else if (take(q, "Infinity"))
		x = INFINITY;
	else if (take(q, "-Infinity"))
		x = -INFINITY;
	else if (ip_number_get(&q->p, q->end, &x))
		return NOT_OURS;
	n = (size_t)(q->p - start);
	for (p = start; p < q->p; p++)
		v->real |= *p != '-' && (*p < '0' || *p > '9');
	if (n >= sizeof digits) {
		v->real = 1;
	} else if (!v->real) {
		memcpy(digits, start, n);
		digits[n] = 0;
		errno = 0;
		v->i64[v->n] = strtoll(digits, NULL, 10);
		v->real |= errno != 0;
	}
	v->f64[v->n++] = x;
	return 0;
}

static int get_numbers(struct parser *q, struct numbers *v)
{
	int rc;

	if (!take(q, "["))
		return get_number(q, v);
	v->real = take(q, "]");
	if (v->real)	/* empty: of no type; call it real */
		return 0;
	do {
		rc = get_number(q, v);
		if (rc)
			return rc;
	} while (take(q, ","));
	return take(q, "]") ? 0 : NOT_OURS;
}

static int get_value(struct parser *q, struct ip_attrs *a, const char *key)
{
	struct numbers v = { 0 };
	char *s = NULL;
	int rc;

	skip(q);
	if (q->p < q->end && *q->p == '"') {
		rc = get_string(q, &s);
		if (rc == 0 && q->apply)
			rc = ip_attrs_text(a, key, s);
		ip_free(s);
		return rc;
	}
	rc = get_numbers(q, &v);
	if (rc == 0 && q->apply)
		rc = v.real ? ip_attrs_f64(a, key, v.f64, v.n) :
			ip_attrs_i64(a, key, v.i64, v.n);
	ip_free(v.f64);
	ip_free(v.i64);
	return rc;
}

/* {KEY: item, ..}, item called for each. */
static int get_object(struct parser *q, struct ip_attrs *a,
	int (*item)(struct parser *, struct ip_attrs *, const char *))
{
	char *key;
	int rc = 0;

	if (!take(q, "{"))
		return NOT_OURS;
	if (take(q, "}"))
		return 0;
	do {
		rc = get_string(q, &key);
		if (rc == 0 && (!key[0] || !take(q, ":")))
			rc = NOT_OURS;
		if (rc == 0)
			rc = item(q, a, key);
		ip_free(key);
	} while (rc == 0 && take(q, ","));
	if (rc == 0 && !take(q, "}"))
		rc = NOT_OURS;
	return rc;
}

static int get_tensor(struct parser *q, struct ip_attrs *unused,
	const char *name)
{
	struct ip_item *it = ip_bundle_find(q->b, name);

	(void)unused;
	return it ? get_object(q, &it->attrs, get_value) : NOT_OURS;
}

static int get_bundle(const char *text, size_t n, struct ip_bundle *b,
	int apply)
{
	struct parser q = { text, text + n, b, apply };
	int rc;

	if (!take(&q, "{") || !take(&q, "\"attributes\"") || !take(&q, ":"))
		return NOT_OURS;
	rc = get_object(&q, &b->attrs, get_value);
	if (rc)
		return rc;
	if (!take(&q, ",") || !take(&q, "\"tensors\"") || !take(&q, ":"))
		return NOT_OURS;
	rc = get_object(&q, NULL, get_tensor);
	if (rc)
		return rc;
	if (!take(&q, "}"))
		return NOT_OURS;
	skip(&q);
	return q.p == q.end ? 0 : NOT_OURS;
}

int ip_json_check_bundle(const char *text, size_t n, const struct ip_bundle *b)
{
	return get_bundle(text, n, (struct ip_bundle *)b, 0);
}

int ip_json_get_bundle(const char *text, size_t n, struct ip_bundle *b)
{
	return get_bundle(text, n, b, 1);
}
