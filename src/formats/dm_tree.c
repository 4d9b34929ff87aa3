/*
 * DM3 and DM4: a header, and a tree of groups and values. Versions differ in
 * how long counts are, and in that 4 says how long a tag is, which we do not
 * need. The format is not published; this follows what has been found out
 * about it (C. Boothroyd, G. Jefferis).
 */
#include <string.h>
#include "../core/core.h"
#include "bytes.h"
#include "dm.h"
#include "stream.h"

#define INFO_MAX 256	/* numbers that say what a value is */

enum { GROUP = 20, VALUE = 21 };
enum { STRUCT = 15, STRING = 18, ARRAY = 20 };

/* ---- bytes ---- */

static int get(struct ip_dm_tree *t, void *p, size_t n)
{
	if (n > t->size - t->pos)
		return ip_fail(IP_ETRUNCATED, "%s: offset %llu: the file ends"
			" inside its tree of tags", t->path,
			(unsigned long long)t->pos);
	t->pos += n;
	return ip_input_next(t->f, t->path, p, n);
}

static int go(struct ip_dm_tree *t, uint64_t pos)
{
	if (pos != t->pos && fseeko(t->f, (off_t)pos, SEEK_SET) != 0)
		return ip_fail_errno(IP_EIO, "%s: cannot be read", t->path);
	t->pos = pos;
	return 0;
}

/* A count: 4 bytes, 8 in version 4. */
static int get_count(struct ip_dm_tree *t, uint64_t *v)
{
	unsigned char b[8];
	size_t n = t->version == 4 ? 8 : 4;
	int rc = get(t, b, n);

	if (rc < 0)
		return rc;
	*v = be32(b);
	if (n == 8)
		*v = *v << 32 | be32(b + 4);
	return 0;
}

static int bad(const struct ip_dm_tree *t, const char *what)
{
	return ip_fail(IP_EFORMAT, "%s: offset %llu: %s; the file is damaged",
		t->path, (unsigned long long)t->pos, what);
}

/* ---- what a value is ---- */

/* Bytes of a number; 0 if type is none. */
static size_t number_size(uint64_t type)
{
	static const unsigned char sizes[] = { 0, 0, 2, 4, 2, 4, 4, 8, 1, 1, 1,
		8, 8 };

	return type < sizeof sizes ? sizes[type] : 0;
}

/*
 * Bytes of the type that info[*at] begins, of n numbers in all; *at moves
 * behind it. Nonzero if it is none, or too big to be true.
 */
static int type_size(const uint64_t *info, size_t n, size_t *at, int depth,
	uint64_t *bytes)
{
	uint64_t fields, one, type, i;

	if (*at >= n || depth > 4)
		return 1;
	type = info[(*at)++];
	*bytes = number_size(type);
	if (type == STRUCT) {	/* of a name's length, fields, and for each
				 * field a name's length and its type */
		if (n - *at < 2)
			return 1;
		fields = info[*at + 1];
		*at += 2;
		for (i = 0; i < fields; i++) {
			(*at)++;
			if (type_size(info, n, at, depth + 1, &one) ||
			    one > UINT64_C(1) << 50)
				return 1;
			*bytes += one;
		}
		return fields == 0;
	}
	if (type == ARRAY && type_size(info, n, at, depth + 1, bytes))
		return 1;
	if (type == STRING)
		*bytes = 1;
	if (type == ARRAY || type == STRING) {
		if (*at >= n || *bytes == 0 || (info[*at] > 0 && *bytes >
		    (UINT64_C(1) << 60) / info[*at]))
			return 1;
		*bytes *= info[(*at)++];
		return 0;
	}
	return *bytes == 0;
}

static int get_info(struct ip_dm_tree *t, uint64_t *info, size_t *n)
{
	unsigned char b[4];
	uint64_t count = 0;
	size_t i;
	int rc = get(t, b, 4);

	if (rc == 0 && memcmp(b, "%%%%", 4) != 0)
		rc = bad(t, "no %%%% before a value");
	if (rc == 0)
		rc = get_count(t, &count);
	if (rc == 0 && (count < 1 || count > INFO_MAX))
		rc = bad(t, "a value of no type that is known");
	for (i = 0; rc == 0 && i < count; i++)
		rc = get_count(t, &info[i]);
	*n = (size_t)count;
	return rc;
}

static int get_value(struct ip_dm_tree *t, struct ip_dm_value *v)
{
	uint64_t info[INFO_MAX];
	size_t n, at = 0;
	int rc = get_info(t, info, &n);

	if (rc < 0)
		return rc;
	v->array = info[0] == ARRAY || info[0] == STRING;
	v->type = info[0] == STRING ? 9 : (int)info[info[0] == ARRAY && n > 1];
	if (type_size(info, n, &at, 0, &v->bytes) || at != n)
		return bad(t, "a value of no type that is known");
	v->count = v->array ? info[n - 1] : 1;
	v->offset = t->pos;
	if (v->bytes > t->size - t->pos)
		return ip_fail(IP_ETRUNCATED, "%s: offset %llu: a value of"
			" %llu bytes, but the file has %llu", t->path,
			(unsigned long long)t->pos,
			(unsigned long long)v->bytes,
			(unsigned long long)t->size);
	return 0;
}

/* ---- the tree ---- */

static int get_group(struct ip_dm_tree *t, uint64_t *left)
{
	unsigned char flags[2];	/* sorted, open: of no use here */
	int rc = get(t, flags, 2);

	if (rc == 0)
		rc = get_count(t, left);
	/* each tag has three bytes or more */
	if (rc == 0 && *left > (t->size - t->pos) / 3)
		rc = bad(t, "a group of more tags than the file has room for");
	return rc;
}

/* The kind of a tag, and its name as the next level. */
static int get_tag(struct ip_dm_tree *t, int *kind)
{
	struct ip_dm_level *l = &t->level[t->depth];
	unsigned char b[3];
	uint64_t length, end;
	size_t n;
	int rc = get(t, b, 3);

	if (rc < 0)
		return rc;
	*kind = b[0];
	if (*kind != GROUP && *kind != VALUE)
		return bad(t, "neither a group nor a value");
	n = (size_t)b[1] << 8 | b[2];
	if (n > t->size - t->pos)
		return bad(t, "a name that does not end");
	end = t->pos + n;
	memset(l->name, 0, sizeof l->name);
	if (n < sizeof l->name)
		rc = get(t, l->name, n);
	if (rc == 0)
		rc = go(t, end);
	if (rc == 0 && t->version == 4)
		rc = get_count(t, &length);
	return rc;
}

static int get_header(struct ip_dm_tree *t)
{
	unsigned char b[8];
	uint64_t root;
	int rc = get(t, b, 4);

	if (rc < 0)
		return rc;
	t->version = (int)(be32(b) & 0xff);
	if (be32(b) != 3 && be32(b) != 4)
		return ip_fail(IP_EFORMAT, "%s: version %lu, expected a DM3 or"
			" DM4 file of Digital Micrograph", t->path,
			(unsigned long)be32(b));
	rc = get_count(t, &root);
	if (rc == 0)
		rc = get(t, b, 4);
	if (rc < 0)
		return rc;
	t->little = be32(b) == 1;
	if (be32(b) > 1)
		return bad(t, "the byte order is neither 0 nor 1");
	/* 16 bytes, in version 4 some more, do not count as the tree */
	if (root > t->size || root + 16 > t->size)
		ip_warn("%s: %llu bytes, fewer than its header says; the end"
			" is missing", t->path, (unsigned long long)t->size);
	return 0;
}

/* Pass over tags until a value has been read; depth 0 at the end. */
static int next_value(struct ip_dm_tree *t, struct ip_dm_value *v)
{
	struct ip_dm_level *up, *l;
	int kind, rc;

	while (t->depth > 0) {
		up = &t->level[t->depth - 1];
		if (up->left == 0) {
			t->depth--;
			continue;
		}
		up->left--;
		if (t->depth == IP_DM_DEPTH)
			return bad(t, "too many groups in groups");
		l = &t->level[t->depth];
		rc = get_tag(t, &kind);
		if (rc < 0)
			return rc;
		l->index++;
		t->depth++;
		if (kind == VALUE)
			return get_value(t, v);
		if (t->depth < IP_DM_DEPTH)
			t->level[t->depth].index = (uint64_t)-1;
		rc = get_group(t, &l->left);
		if (rc < 0)
			return rc;
	}
	return 0;
}

int ip_dm_walk(struct ip_dm_tree *t,
	int (*visit)(struct ip_dm_tree *t, const struct ip_dm_value *v,
	void *ctx), void *ctx)
{
	struct ip_dm_value v;
	int rc = get_header(t);

	t->level[0].name[0] = '\0';	/* the root */
	t->level[1].index = (uint64_t)-1;
	t->depth = 1;
	if (rc == 0)
		rc = get_group(t, &t->level[0].left);
	while (rc == 0) {
		rc = next_value(t, &v);
		if (rc < 0 || t->depth == 0)
			break;
		rc = visit(t, &v, ctx);
		t->depth--;
		if (rc == 0)
			rc = go(t, v.offset + v.bytes);
	}
	return rc;
}

int ip_dm_at(const struct ip_dm_tree *t, const char *path)
{
	int i;
	size_t n;

	for (i = 1; i < t->depth; i++) {
		n = strcspn(path, "/");
		if (!(n == 1 && *path == '*') &&
		    (strlen(t->level[i].name) != n ||
		    memcmp(t->level[i].name, path, n) != 0))
			return 0;
		path += n;
		if (*path == '/')
			path++;
		else if (i + 1 < t->depth)
			return 0;
	}
	return *path == '\0';
}

/* ---- values ---- */

int ip_dm_number(struct ip_dm_tree *t, const struct ip_dm_value *v, double *d)
{
	unsigned char b[8];
	uint32_t half;
	uint64_t u;
	float f;
	int rc;

	if (v->array || number_size((uint64_t)v->type) == 0)
		return bad(t, "not a number where one is needed");
	rc = get(t, b, (size_t)v->bytes);
	if (rc < 0)
		return rc;
	if (!t->little)
		swap_words(b, 1, (size_t)v->bytes);
	switch (v->type) {
	case 2: *d = (int16_t)le16(b); break;
	case 3: *d = (int32_t)le32(b); break;
	case 4: *d = le16(b); break;
	case 5: *d = le32(b); break;
	case 6:
		half = le32(b);
		memcpy(&f, &half, 4);
		*d = f;
		break;
	case 7:
		u = le64(b);
		memcpy(d, &u, 8);
		break;
	case 11: *d = (double)(int64_t)le64(b); break;
	case 12: *d = (double)le64(b); break;
	default: *d = b[0];
	}
	return 0;
}

int ip_dm_text(struct ip_dm_tree *t, const struct ip_dm_value *v, char *s,
	size_t size)
{
	size_t n = 0, m, step = v->type == 4 ? 2 : 1;
	unsigned char b[2] = { 0 }, utf[4];
	uint64_t i;
	uint32_t c;
	int rc = 0;

	s[0] = '\0';
	if (!v->array || (v->type != 4 && v->type != 9))
		return 0;
	for (i = 0; i < v->count && rc == 0; i++) {
		rc = get(t, b, step);
		c = step == 1 ? b[0] : t->little ? le16(b) :
			(uint32_t)b[0] << 8 | b[1];
		if (c == 0)
			break;
		m = ip_utf8_put(utf, c < ' ' || c == 127 ? '?' : c);
		if (m == 0) {	/* half of a pair, outside the plane */
			utf[0] = '?';
			m = 1;
		}
		if (n + m >= size)
			break;
		memcpy(s + n, utf, m);
		n += m;
	}
	s[n] = '\0';
	return rc;
}
