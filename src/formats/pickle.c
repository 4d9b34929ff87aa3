/* Python's pickle as data: the opcodes (Python's Lib/pickletools.py). */
#include <string.h>
#include "../core/core.h"
#include "bytes.h"
#include "pickle_stack.h"
#include "stream.h"

/* ---- arguments in the stream ---- */

static int take(struct ip_pickle *p, size_t n, const unsigned char **q)
{
	if (n > p->size - p->at)
		return ip_fail(IP_ETRUNCATED, "%s: offset %zu: the pickle ends"
			" within an opcode", p->what, p->op);
	*q = p->data + p->at;
	p->at += n;
	return 0;
}

/* An unsigned number of n bytes. */
static int take_number(struct ip_pickle *p, size_t n, uint64_t *v)
{
	const unsigned char *q = NULL;
	int rc;

	rc = take(p, n, &q);
	if (rc < 0)
		return rc;
	for (*v = 0; n > 0; n--)
		*v = *v << 8 | q[n - 1];
	return 0;
}

/* A string whose length takes n bytes. */
static int get_string(struct ip_pickle *p, size_t n)
{
	struct ip_pickle_object *o = NULL;
	const unsigned char *q = NULL;
	uint64_t length = 0;
	int rc;

	rc = take_number(p, n, &length);
	if (rc == 0 && length > p->size - p->at)
		rc = ip_fail(IP_ETRUNCATED, "%s: offset %zu: a string of %llu"
			" bytes reaches past the end of the pickle", p->what,
			p->op, (unsigned long long)length);
	if (rc == 0)
		rc = take(p, (size_t)length, &q);
	if (rc == 0 && ip_utf8_check(q, (size_t)length) < length)
		rc = ip_pickle_bad(p, "a string that is not UTF-8");
	if (rc == 0)
		rc = ip_pickle_push_new(p, IP_PICKLE_STRING, &o);
	if (rc < 0)
		return rc;
	o->v.at = (size_t)(q - p->data);
	o->count = (uint32_t)length;
	return 0;
}

/* Two's complement of n bytes. */
static int get_long(struct ip_pickle *p)
{
	uint64_t n = 0, v = 0;
	int rc;

	rc = take_number(p, 1, &n);
	if (rc == 0 && n > 8)
		rc = ip_fail(IP_ENOTSUP, "%s: offset %zu: an integer of %u"
			" bytes, at most 8 can be read", p->what, p->op,
			(unsigned)n);
	if (rc == 0)
		rc = take_number(p, (size_t)n, &v);
	if (rc < 0)
		return rc;
	if (n && n < 8 && v >> (8 * n - 1))
		v |= ~(uint64_t)0 << 8 * n;
	return ip_pickle_push_int(p, IP_PICKLE_INT, (int64_t)v);
}

static int get_int32(struct ip_pickle *p)
{
	uint64_t v = 0;
	int rc;

	rc = take_number(p, 4, &v);
	return rc < 0 ? rc : ip_pickle_push_int(p, IP_PICKLE_INT,
		(int64_t)v - (v >> 31 ? (int64_t)1 << 32 : 0));
}

static int get_unsigned(struct ip_pickle *p, size_t n)
{
	uint64_t v = 0;
	int rc;

	rc = take_number(p, n, &v);
	return rc < 0 ? rc : ip_pickle_push_int(p, IP_PICKLE_INT, (int64_t)v);
}

/* Eight bytes, the highest first. */
static int get_float(struct ip_pickle *p)
{
	struct ip_pickle_object *o = NULL;
	const unsigned char *q = NULL;
	uint64_t bits;
	int rc;

	rc = take(p, 8, &q);
	if (rc == 0)
		rc = ip_pickle_push_new(p, IP_PICKLE_FLOAT, &o);
	if (rc < 0)
		return rc;
	bits = (uint64_t)be32(q) << 32 | be32(q + 4);
	memcpy(&o->v.f, &bits, sizeof bits);
	return 0;
}

/* ---- the memo ---- */

static int put_memo(struct ip_pickle *p, size_t n)
{
	uint64_t index = 0;
	int rc;

	rc = take_number(p, n, &index);
	return rc < 0 ? rc : ip_pickle_memoize(p, index);
}

static int get_memo(struct ip_pickle *p, size_t n)
{
	uint64_t index = 0;
	int rc;

	rc = take_number(p, n, &index);
	if (rc < 0)
		return rc;
	if (index >= p->memo_room || !p->memo[index])
		return ip_fail(IP_EFORMAT, "%s: offset %zu: memo %llu was"
			" never set", p->what, p->op,
			(unsigned long long)index);
	return ip_pickle_push(p, p->memo[index] - 1);
}

/* ---- globals and calls ---- */

static int same(const char *name, const unsigned char *q, size_t n)
{
	return strlen(name) == n && memcmp(name, q, n) == 0;
}

/* What a file says, made fit for a message. */
static void printable(char *out, size_t size, const unsigned char *q, size_t n)
{
	size_t i;

	for (i = 0; i < n && i + 1 < size; i++)
		out[i] = q[i] < 32 || q[i] > 126 ? '?' : (char)q[i];
	out[i] = 0;
}

static int push_global(struct ip_pickle *p, const unsigned char *module,
	size_t m, const unsigned char *name, size_t n)
{
	const struct ip_pickle_global *g;
	struct ip_pickle_object *o = NULL;
	char shown[2][64];
	int rc;

	for (g = p->globals; g->module; g++)
		if (same(g->module, module, m) && same(g->name, name, n))
			break;
	if (!g->module) {
		printable(shown[0], sizeof shown[0], module, m);
		printable(shown[1], sizeof shown[1], name, n);
		return ip_fail(IP_ENOTSUP, "%s: offset %zu: the global '%s.%s'"
			" is not understood, and nothing is run; save just"
			" the state_dict of tensors", p->what, p->op,
			shown[0], shown[1]);
	}
	rc = ip_pickle_push_new(p, IP_PICKLE_GLOBAL, &o);
	if (rc == 0)
		o->v.global = g;
	return rc;
}

/* Up to the end of the line. */
static int take_line(struct ip_pickle *p, const unsigned char **q, size_t *n)
{
	const unsigned char *start = p->data + p->at;
	const unsigned char *end = memchr(start, '\n', p->size - p->at);

	if (!end)
		return ip_fail(IP_ETRUNCATED, "%s: offset %zu: the pickle ends"
			" within an opcode", p->what, p->op);
	*n = (size_t)(end - start);
	p->at += *n + 1;
	*q = start;
	return 0;
}

static int get_global(struct ip_pickle *p)
{
	const unsigned char *module = NULL, *name = NULL;
	size_t m = 0, n = 0;
	int rc;

	rc = take_line(p, &module, &m);
	if (rc == 0)
		rc = take_line(p, &name, &n);
	return rc < 0 ? rc : push_global(p, module, m, name, n);
}

static int get_stack_global(struct ip_pickle *p)
{
	const struct ip_pickle_object *module, *name;
	int rc;

	rc = ip_pickle_need(p, 2);
	if (rc < 0)
		return rc;
	module = ip_pickle_top(p, 2);
	name = ip_pickle_top(p, 1);
	if (module->kind != IP_PICKLE_STRING || name->kind != IP_PICKLE_STRING)
		return ip_pickle_bad(p, "the name of a global is no string");
	p->depth -= 2;
	return push_global(p, p->data + module->v.at, module->count,
		p->data + name->v.at, name->count);
}

/* Only what the caller's table allows, and that is just noted down. */
static int reduce(struct ip_pickle *p)
{
	const struct ip_pickle_object *f, *args;
	int rc;

	rc = ip_pickle_need(p, 2);
	if (rc < 0)
		return rc;
	f = ip_pickle_top(p, 2);
	args = ip_pickle_top(p, 1);
	if (f->kind != IP_PICKLE_GLOBAL || args->kind != IP_PICKLE_TUPLE)
		return ip_fail(IP_EFORMAT, "%s: offset %zu: a call of %s with"
			" %s, expected a global with a tuple", p->what, p->op,
			ip_pickle_kind_name(f->kind),
			ip_pickle_kind_name(args->kind));
	if (f->v.global->makes == IP_MAKES_CALL)
		return ip_pickle_wrap(p, IP_PICKLE_CALL, 2);
	if (f->v.global->makes == IP_MAKES_NOTHING || args->count)
		return ip_fail(IP_EFORMAT, "%s: offset %zu: a call of '%s.%s'"
			" with %u arguments is not understood", p->what, p->op,
			f->v.global->module, f->v.global->name, args->count);
	p->depth -= 2;
	return ip_pickle_wrap(p, IP_PICKLE_DICT, 0);
}

/* The attributes of a dict (OrderedDict's _metadata) are dropped. */
static int build(struct ip_pickle *p)
{
	int rc;

	rc = ip_pickle_need(p, 2);
	if (rc < 0)
		return rc;
	if (ip_pickle_top(p, 2)->kind != IP_PICKLE_DICT ||
	    ip_pickle_top(p, 1)->kind != IP_PICKLE_DICT)
		return ip_fail(IP_EFORMAT, "%s: offset %zu: attributes of %s"
			" from %s, expected a dict for both", p->what, p->op,
			ip_pickle_kind_name(ip_pickle_top(p, 2)->kind),
			ip_pickle_kind_name(ip_pickle_top(p, 1)->kind));
	p->depth--;
	return 0;
}

static int append_marked(struct ip_pickle *p, enum ip_pickle_kind kind)
{
	size_t n = 0;
	int rc;

	rc = ip_pickle_take_mark(p, &n);
	return rc < 0 ? rc : ip_pickle_append(p, kind, n);
}

/* ---- the stream ---- */

static int get_frame(struct ip_pickle *p)
{
	uint64_t n = 0;
	int rc;

	rc = take_number(p, 8, &n);
	if (rc == 0 && n > p->size - p->at)
		rc = ip_fail(IP_ETRUNCATED, "%s: offset %zu: a frame of %llu"
			" bytes reaches past the end of the pickle", p->what,
			p->op, (unsigned long long)n);
	return rc;
}

static int make_tuple(struct ip_pickle *p, size_t n)
{
	int rc;

	rc = ip_pickle_need(p, n);
	return rc < 0 ? rc : ip_pickle_wrap(p, IP_PICKLE_TUPLE, n);
}

static int marked_tuple(struct ip_pickle *p)
{
	size_t n = 0;
	int rc;

	rc = ip_pickle_take_mark(p, &n);
	return rc < 0 ? rc : ip_pickle_wrap(p, IP_PICKLE_TUPLE, n);
}

static int persistent(struct ip_pickle *p)
{
	int rc;

	rc = ip_pickle_need(p, 1);
	return rc < 0 ? rc : ip_pickle_wrap(p, IP_PICKLE_PERSISTENT, 1);
}

static int run_opcode(struct ip_pickle *p, int op)
{
	switch (op) {
	case '(': return ip_pickle_mark(p);
	case 'N': return ip_pickle_push_int(p, IP_PICKLE_NONE, 0);
	case 0x88: return ip_pickle_push_int(p, IP_PICKLE_BOOL, 1);
	case 0x89: return ip_pickle_push_int(p, IP_PICKLE_BOOL, 0);
	case 'J': return get_int32(p);
	case 'K': return get_unsigned(p, 1);
	case 'M': return get_unsigned(p, 2);
	case 0x8a: return get_long(p);
	case 'G': return get_float(p);
	case 'U': case 0x8c: return get_string(p, 1);
	case 'X': return get_string(p, 4);
	case 0x8d: return get_string(p, 8);
	case ')': return make_tuple(p, 0);
	case 0x85: return make_tuple(p, 1);
	case 0x86: return make_tuple(p, 2);
	case 0x87: return make_tuple(p, 3);
	case 't': return marked_tuple(p);
	case ']': return ip_pickle_wrap(p, IP_PICKLE_LIST, 0);
	case 'a': return ip_pickle_append(p, IP_PICKLE_LIST, 1);
	case 'e': return append_marked(p, IP_PICKLE_LIST);
	case '}': return ip_pickle_wrap(p, IP_PICKLE_DICT, 0);
	case 's': return ip_pickle_append(p, IP_PICKLE_DICT, 2);
	case 'u': return append_marked(p, IP_PICKLE_DICT);
	case 'h': return get_memo(p, 1);
	case 'j': return get_memo(p, 4);
	case 'q': return put_memo(p, 1);
	case 'r': return put_memo(p, 4);
	case 0x94: return ip_pickle_memoize(p, p->memoized);
	case 'c': return get_global(p);
	case 0x93: return get_stack_global(p);
	case 'R': return reduce(p);
	case 'b': return build(p);
	case 'Q': return persistent(p);
	case 0x95: return get_frame(p);
	}
	return ip_fail(IP_ENOTSUP, "%s: offset %zu: opcode 0x%02x is not one"
		" that a state_dict needs", p->what, p->op, (unsigned)op);
}

/* The first opcode says which protocol is spoken. */
static int get_protocol(struct ip_pickle *p)
{
	if (p->size < 2 || p->data[0] != 0x80)
		return ip_fail(IP_EFORMAT, "%s: not a pickle: it does not begin"
			" with 0x80", p->what);
	if (p->data[1] < 2 || p->data[1] > 4)
		return ip_fail(IP_ENOTSUP, "%s: protocol %d of pickle, expected"
			" 2, 3 or 4", p->what, p->data[1]);
	p->at = 2;
	return 0;
}

int ip_pickle_read(struct ip_pickle *p, const char *what,
	const struct ip_pickle_global *globals, const unsigned char *data,
	size_t size, const struct ip_pickle_object **out)
{
	int rc;

	memset(p, 0, sizeof *p);
	p->what = what;
	p->globals = globals;
	p->data = data;
	p->size = size;
	rc = get_protocol(p);
	while (rc == 0) {
		p->op = p->at;
		if (p->at == p->size)
			return ip_fail(IP_ETRUNCATED, "%s: offset %zu: the"
				" pickle ends without a stop", p->what, p->at);
		if (data[p->at] == '.')
			break;
		rc = run_opcode(p, data[p->at++]);
	}
	if (rc < 0)
		return rc;
	if (p->marked || p->depth != 1 || p->at + 1 != size)
		return ip_pickle_bad(p, "the stop is not the end of one"
			" object; the pickle is damaged");
	*out = ip_pickle_top(p, 1);
	return 0;
}
