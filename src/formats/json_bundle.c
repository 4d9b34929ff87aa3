/* Attributes as JSON (RFC 8259; NaN as Python writes). */
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../core/core.h"
#include "json.h"
#include "number.h"

/* ---- writing ---- */

static void put_value(struct ip_json_text *t, const struct ip_attr *a)
{
	char number[IP_NUMBER_MAX];
	size_t i;

	if (a->type == IP_ATTR_TEXT) {
		ip_json_put_string(t, a->v.text);
		return;
	}
	if (a->count != 1)
		ip_json_put(t, "[");
	for (i = 0; i < a->count; i++) {
		if (a->type == IP_ATTR_F64)
			ip_number_put(number, a->v.f64[i]);
		else
			snprintf(number, sizeof number, "%lld",
				(long long)a->v.i64[i]);
		if (i)
			ip_json_put(t, ", ");
		ip_json_put(t, number);
	}
	if (a->count != 1)
		ip_json_put(t, "]");
}

static void put_attrs(struct ip_json_text *t, const struct ip_attrs *a)
{
	size_t i;

	ip_json_put(t, "{");
	for (i = 0; i < a->count; i++) {
		if (i)
			ip_json_put(t, ", ");
		ip_json_put_string(t, a->items[i].key);
		ip_json_put(t, ": ");
		put_value(t, &a->items[i]);
	}
	ip_json_put(t, "}");
}

int ip_json_put_bundle(const struct ip_bundle *b, char **text, size_t *n)
{
	struct ip_json_text t = { 0 };
	size_t i, any = b->attrs.count, first = 1;

	*text = NULL;
	*n = 0;
	for (i = 0; i < b->count; i++)
		any += b->items[i].attrs.count;
	if (!any)
		return 0;
	ip_json_put(&t, "{\"attributes\": ");
	put_attrs(&t, &b->attrs);
	ip_json_put(&t, ", \"tensors\": {");
	for (i = 0; i < b->count; i++) {
		if (!b->items[i].attrs.count)
			continue;
		if (!first)
			ip_json_put(&t, ", ");
		first = 0;
		ip_json_put_string(&t, b->items[i].name);
		ip_json_put(&t, ": ");
		put_attrs(&t, &b->items[i].attrs);
	}
	ip_json_put(&t, "}}");
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
	struct ip_json in;
	struct ip_bundle *b;
	int apply;
};

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

	ip_json_skip(&q->in);
	if (ip_grow(&v->f64, &v->fcap, v->n + 1, sizeof *v->f64) < 0 ||
	    ip_grow(&v->i64, &v->icap, v->n + 1, sizeof *v->i64) < 0)
		return IP_ENOMEM;
	start = q->in.p;
	if (ip_json_take(&q->in, "NaN"))
		x = NAN;
	else if (ip_json_take(&q->in, "Infinity"))
		x = INFINITY;
	else if (ip_json_take(&q->in, "-Infinity"))
		x = -INFINITY;
	else if (ip_number_get(&q->in.p, q->in.end, &x))
		return IP_JSON_OTHER;
	n = (size_t)(q->in.p - start);
	for (p = start; p < q->in.p; p++)
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

	if (!ip_json_take(&q->in, "["))
		return get_number(q, v);
	v->real = ip_json_take(&q->in, "]");
	if (v->real)	/* empty: of no type; call it real */
		return 0;
	do {
		rc = get_number(q, v);
		if (rc)
			return rc;
	} while (ip_json_take(&q->in, ","));
	return ip_json_take(&q->in, "]") ? 0 : IP_JSON_OTHER;
}

static int get_value(struct parser *q, struct ip_attrs *a, const char *key)
{
	struct numbers v = { 0 };
	char *s = NULL;
	int rc;

	ip_json_skip(&q->in);
	if (q->in.p < q->in.end && *q->in.p == '"') {
		rc = ip_json_string(&q->in, &s);
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

	if (!ip_json_take(&q->in, "{"))
		return IP_JSON_OTHER;
	if (ip_json_take(&q->in, "}"))
		return 0;
	do {
		rc = ip_json_string(&q->in, &key);
		if (rc == 0 && (!key[0] || !ip_json_take(&q->in, ":")))
			rc = IP_JSON_OTHER;
		if (rc == 0)
			rc = item(q, a, key);
		ip_free(key);
	} while (rc == 0 && ip_json_take(&q->in, ","));
	if (rc == 0 && !ip_json_take(&q->in, "}"))
		rc = IP_JSON_OTHER;
	return rc;
}

static int get_tensor(struct parser *q, struct ip_attrs *unused,
	const char *name)
{
	struct ip_item *it = ip_bundle_find(q->b, name);

	(void)unused;
	return it ? get_object(q, &it->attrs, get_value) : IP_JSON_OTHER;
}

static int take_key(struct parser *q, const char *quoted)
{
	return ip_json_take(&q->in, quoted) && ip_json_take(&q->in, ":");
}

static int get_bundle(const char *text, size_t n, struct ip_bundle *b,
	int apply)
{
	struct parser q = { { text, text + n }, b, apply };
	int rc;

	if (!ip_json_take(&q.in, "{") || !take_key(&q, "\"attributes\""))
		return IP_JSON_OTHER;
	rc = get_object(&q, &b->attrs, get_value);
	if (rc)
		return rc;
	if (!ip_json_take(&q.in, ",") || !take_key(&q, "\"tensors\""))
		return IP_JSON_OTHER;
	rc = get_object(&q, NULL, get_tensor);
	if (rc)
		return rc;
	if (!ip_json_take(&q.in, "}"))
		return IP_JSON_OTHER;
	ip_json_skip(&q.in);
	return q.in.p == q.in.end ? 0 : IP_JSON_OTHER;
}

int ip_json_check_bundle(const char *text, size_t n, const struct ip_bundle *b)
{
	return get_bundle(text, n, (struct ip_bundle *)b, 0);
}

int ip_json_get_bundle(const char *text, size_t n, struct ip_bundle *b)
{
	return get_bundle(text, n, b, 1);
}
