/*
 * The dictionary in the header of a .npy file: a Python literal with the keys
 * descr, fortran_order and shape in any order (NumPy Enhancement Proposal 1).
 */
#include <string.h>
#include "../core/core.h"
#include "npy.h"

struct parser {
	const char *what, *start, *p, *end;
	size_t offset;		/* of start in the file */
};

static int bad(const struct parser *q, const char *expected)
{
	size_t at = q->offset + (size_t)(q->p - q->start);

	if (q->p == q->end)
		return ip_fail(IP_EFORMAT, "%s: offset %zu: the array header"
			" ends, expected %s", q->what, at, expected);
	return ip_fail(IP_EFORMAT, "%s: offset %zu: found '%.*s' in the array"
		" header, expected %s", q->what, at,
		(int)(q->end - q->p < 12 ? q->end - q->p : 12), q->p, expected);
}

static void skip(struct parser *q)
{
	while (q->p < q->end && (*q->p == ' ' || *q->p == '\t' ||
	    *q->p == '\n' || *q->p == '\r'))
		q->p++;
}

/* Take c if it comes next. */
static int take(struct parser *q, char c)
{
	skip(q);
	if (q->p == q->end || *q->p != c)
		return 0;
	q->p++;
	return 1;
}

static int take_word(struct parser *q, const char *word)
{
	size_t n = strlen(word);

	skip(q);
	if ((size_t)(q->end - q->p) < n || memcmp(q->p, word, n) != 0)
		return 0;
	q->p += n;
	return 1;
}

/* A quoted string without escapes. */
static int string(struct parser *q, const char **s, size_t *n)
{
	char quote;

	skip(q);
	if (q->p == q->end || (*q->p != '\'' && *q->p != '"'))
		return bad(q, "a quoted word");
	quote = *q->p++;
	*s = q->p;
	while (q->p < q->end && *q->p != quote && *q->p != '\\')
		q->p++;
	if (q->p == q->end || *q->p == '\\')
		return bad(q, "a closing quote");
	*n = (size_t)(q->p - *s);
	q->p++;
	return 0;
}

static int number(struct parser *q, size_t *v)
{
	size_t n = 0;

	skip(q);
	if (q->p == q->end || *q->p < '0' || *q->p > '9')
		return bad(q, "a number of elements");
	for (; q->p < q->end && *q->p >= '0' && *q->p <= '9'; q->p++)
		if (ip_mul_size(n, 10, &n) ||
		    ip_add_size(n, (size_t)(*q->p - '0'), &n))
			return bad(q, "a number of elements that fits");
	if (q->p < q->end && *q->p == 'L')	/* written by Python 2 */
		q->p++;
	*v = n;
	return 0;
}

static int shape(struct parser *q, struct ip_npy_head *h)
{
	int rc;

	h->ndim = 0;
	if (!take(q, '('))
		return bad(q, "'(' of a shape");
	while (!take(q, ')')) {
		if (h->ndim == IP_MAX_DIMS)
			return ip_fail(IP_ENOTSUP, "%s: an array of more than"
				" %d dimensions", q->what, IP_MAX_DIMS);
		rc = number(q, &h->shape[h->ndim]);
		if (rc < 0)
			return rc;
		h->ndim++;
		if (take(q, ','))
			continue;
		if (h->ndim == 1)	/* (3) is no tuple */
			return bad(q, "',' after the length");
		if (!take(q, ')'))
			return bad(q, "',' or ')'");
		break;
	}
	return 0;
}

static int refuse(const struct parser *q, const char *s, size_t n,
	const char *why)
{
	return ip_fail(IP_ENOTSUP, "%s: array of type '%.*s': %s", q->what,
		(int)(n < 40 ? n : 40), s, why);
}

/* Which sizes a kind has; the size of text is free. */
static int known(char kind, size_t item)
{
	switch (kind) {
	case 'f': return item == 2 || item == 4 || item == 8;
	case 'i': case 'u':
		return item == 1 || item == 2 || item == 4 || item == 8;
	case 'b': return item == 1;
	case 'c': return item == 8 || item == 16;
	case 'U': case 'S': return 1;
	}
	return 0;
}

static int descr(struct parser *q, struct ip_npy_head *h)
{
	const char *s;
	size_t n, i, size = 0;
	int rc;

	skip(q);
	if (q->p < q->end && *q->p == '[')
		return ip_fail(IP_ENOTSUP, "%s: an array of records; save each"
			" field as an array of its own", q->what);
	rc = string(q, &s, &n);
	if (rc < 0)
		return rc;
	i = n > 0 && s[0] && strchr("<>|=", s[0]) ? 1 : 0;
	h->order = i ? s[0] : '|';
	if (h->order == '=')
		return refuse(q, s, n, "says no byte order");
	if (i < n && s[i] == 'O')
		return refuse(q, s, n, "Python objects are pickled, and"
			" reading them could run a program; save numbers");
	if (n < i + 2)
		return refuse(q, s, n, "not known");
	h->kind = s[i];
	for (i++; i < n && s[i] >= '0' && s[i] <= '9'; i++) {
		size = size * 10 + (size_t)(s[i] - '0');
		if (size > 0x7fffffff)
			return refuse(q, s, n, "elements too large");
	}
	if (i < n || !strchr("fiubcUS", h->kind) || !h->kind ||
	    !known(h->kind, size))
		return refuse(q, s, n, "expected float of 2, 4 or 8 bytes,"
			" integer, bool, complex of 8 or 16 bytes, or text");
	h->item = h->kind == 'U' ? 4 * size : size;
	if (h->order == '|' && size > 1 && h->kind != 'S')
		return refuse(q, s, n, "says no byte order");
	return 0;
}

static int flag(struct parser *q, int *v)
{
	if (take_word(q, "False"))
		*v = 0;
	else if (take_word(q, "True"))
		*v = 1;
	else
		return bad(q, "True or False");
	return 0;
}

static int entry(struct parser *q, struct ip_npy_head *h, int *seen)
{
	static const char *const keys[] = { "descr", "fortran_order", "shape" };
	const char *s;
	size_t n;
	int i, rc;

	rc = string(q, &s, &n);
	if (rc < 0)
		return rc;
	for (i = 0; i < 3; i++)
		if (strlen(keys[i]) == n && memcmp(s, keys[i], n) == 0)
			break;
	if (i == 3 || *seen & 1 << i)
		return ip_fail(IP_EFORMAT, "%s: offset %zu: the array header"
			" has %s key '%.*s', expected descr, fortran_order and"
			" shape", q->what, q->offset + (size_t)(s - q->start),
			i == 3 ? "an unknown" : "twice the",
			(int)(n < 40 ? n : 40), s);
	*seen |= 1 << i;
	if (!take(q, ':'))
		return bad(q, "':'");
	return i == 0 ? descr(q, h) : i == 1 ? flag(q, &h->fortran) :
		shape(q, h);
}

int ip_npy_parse(const char *what, size_t offset, const char *text, size_t n,
	struct ip_npy_head *h)
{
	struct parser q = { what, text, text, text + n, offset };
	int seen = 0, rc;

	memset(h, 0, sizeof *h);
	if (!take(&q, '{'))
		return bad(&q, "'{'");
	while (!take(&q, '}')) {
		rc = entry(&q, h, &seen);
		if (rc < 0)
			return rc;
		if (take(&q, ','))
			continue;
		if (!take(&q, '}'))
			return bad(&q, "',' or '}'");
		break;
	}
	if (seen != 7)
		return ip_fail(IP_EFORMAT, "%s: the array header lacks '%s'",
			what, !(seen & 1) ? "descr" : !(seen & 2) ?
			"fortran_order" : "shape");
	skip(&q);
	while (q.p < q.end && *q.p == '\0')	/* padding of some writers */
		q.p++;
	return q.p == q.end ? 0 : bad(&q, "its end");
}
