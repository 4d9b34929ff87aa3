/* JSON's strings, as written and read (RFC 8259). */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include "../core/core.h"
#include "json.h"
#include "stream.h"

/* ---- writing ---- */

static void put(struct ip_json_text *t, const char *s, size_t n)
{
	if (t->rc == 0)
		t->rc = ip_grow(&t->p, &t->cap, t->n + n + 1, 1);
	if (t->rc < 0)
		return;
	memcpy(t->p + t->n, s, n);
	t->n += n;
}

void ip_json_put(struct ip_json_text *t, const char *s)
{
	put(t, s, strlen(s));
}

void ip_json_put_string(struct ip_json_text *t, const char *s)
{
	size_t n = strlen(s), i, m;
	char escape[8];
	uint32_t c;

	ip_json_put(t, "\"");
	for (i = 0; i < n; i += m) {
		m = ip_utf8_get((const unsigned char *)s + i, n - i, &c);
		if (m == 0) {	/* a file name of an older encoding, say */
			ip_json_put(t, "\\ufffd");
			m = 1;
		} else if (c < 32 || c == '"' || c == '\\') {
			snprintf(escape, sizeof escape, "\\u%04x", c & 0xff);
			ip_json_put(t, escape);
		} else {
			put(t, s + i, m);
		}
	}
	ip_json_put(t, "\"");
}

/* ---- reading ---- */

void ip_json_skip(struct ip_json *q)
{
	while (q->p < q->end && strchr(" \t\r\n", *q->p) && *q->p)
		q->p++;
}

int ip_json_take(struct ip_json *q, const char *s)
{
	size_t n = strlen(s);

	ip_json_skip(q);
	if ((size_t)(q->end - q->p) < n || memcmp(q->p, s, n) != 0)
		return 0;
	q->p += n;
	return 1;
}

static int hex4(struct ip_json *q, uint32_t *c)
{
	int i, d;

	if (q->end - q->p < 4)
		return IP_JSON_OTHER;
	*c = 0;
	for (i = 0; i < 4; i++) {
		d = *q->p++;
		if (d >= '0' && d <= '9')
			d -= '0';
		else if ((d | 32) >= 'a' && (d | 32) <= 'f')
			d = (d | 32) - 'a' + 10;
		else
			return IP_JSON_OTHER;
		*c = *c << 4 | (uint32_t)d;
	}
	return 0;
}

/* The character behind a backslash. */
static int escape(struct ip_json *q, uint32_t *c)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *at;
	uint32_t low;

	if (q->p == q->end)
		return IP_JSON_OTHER;
	if (*q->p != 'u') {
		at = *q->p ? strchr(from, *q->p) : NULL;
		if (!at)
			return IP_JSON_OTHER;
		*c = (unsigned char)to[at - from];
		q->p++;
		return 0;
	}
	q->p++;
	if (hex4(q, c))
		return IP_JSON_OTHER;
	if ((*c & ~0x3ffu) == 0xd800) {
		if (q->end - q->p < 2 || *q->p++ != '\\' || *q->p++ != 'u' ||
		    hex4(q, &low) || (low & ~0x3ffu) != 0xdc00)
			return IP_JSON_OTHER;
		*c = 0x10000 + ((*c & 0x3ff) << 10) + (low & 0x3ff);
	}
	return 0;
}

int ip_json_string(struct ip_json *q, char **out)
{
	unsigned char *s;
	size_t n = 0, m;
	const char *p;
	uint32_t c;

	*out = NULL;
	if (!ip_json_take(q, "\""))
		return IP_JSON_OTHER;
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
	return IP_JSON_OTHER;
}
