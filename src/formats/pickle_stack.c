/* The objects of a pickle, and the stack and memo that hold them. */
#include <string.h>
#include "../core/core.h"
#include "pickle_stack.h"

/* Far more than a state_dict of as many tensors as an archive may hold. */
#define OBJECTS_MAX (1u << 22)

int ip_pickle_bad(const struct ip_pickle *p, const char *what)
{
	return ip_fail(IP_EFORMAT, "%s: offset %zu: %s", p->what, p->op, what);
}

static int new_object(struct ip_pickle *p, enum ip_pickle_kind kind,
	struct ip_pickle_object **o)
{
	int rc;

	if (p->count == OBJECTS_MAX)
		return ip_fail(IP_ELIMIT, "%s: offset %zu: more than %u"
			" objects", p->what, p->op, OBJECTS_MAX);
	rc = ip_grow(&p->objects, &p->object_room, p->count + 1,
		sizeof *p->objects);
	if (rc < 0)
		return rc;
	*o = &p->objects[p->count++];
	(*o)->kind = kind;
	return 0;
}

int ip_pickle_push(struct ip_pickle *p, uint32_t index)
{
	int rc;

	rc = ip_grow(&p->stack, &p->stack_room, p->depth + 1,
		sizeof *p->stack);
	if (rc == 0)
		p->stack[p->depth++] = index;
	return rc;
}

int ip_pickle_push_new(struct ip_pickle *p, enum ip_pickle_kind kind,
	struct ip_pickle_object **o)
{
	int rc;

	rc = new_object(p, kind, o);
	return rc < 0 ? rc : ip_pickle_push(p, (uint32_t)(p->count - 1));
}

int ip_pickle_push_int(struct ip_pickle *p, enum ip_pickle_kind kind,
	int64_t i)
{
	struct ip_pickle_object *o = NULL;
	int rc;

	rc = ip_pickle_push_new(p, kind, &o);
	if (rc == 0)
		o->v.i = i;
	return rc;
}

int ip_pickle_need(const struct ip_pickle *p, size_t n)
{
	size_t floor = p->marked ? p->marks[p->marked - 1] : 0;

	if (p->depth - floor < n)
		return ip_pickle_bad(p, "too few objects on the stack; the"
			" pickle is damaged");
	return 0;
}

struct ip_pickle_object *ip_pickle_top(const struct ip_pickle *p, size_t n)
{
	return &p->objects[p->stack[p->depth - n]];
}

int ip_pickle_take_mark(struct ip_pickle *p, size_t *n)
{
	if (!p->marked)
		return ip_pickle_bad(p, "no mark on the stack; the pickle"
			" is damaged");
	*n = p->depth - p->marks[--p->marked];
	return 0;
}

int ip_pickle_mark(struct ip_pickle *p)
{
	int rc;

	rc = ip_grow(&p->marks, &p->mark_room, p->marked + 1,
		sizeof *p->marks);
	if (rc == 0)
		p->marks[p->marked++] = (uint32_t)p->depth;
	return rc;
}

/* Append the top n of the stack to o's children, and take them off. */
static int adopt(struct ip_pickle *p, uint32_t index, size_t n)
{
	struct ip_pickle_object *o = &p->objects[index];
	size_t total = o->count + n, room;
	int rc;

	if (total > o->room) {	/* move to the end, with room to grow */
		room = o->room ? 2 * total : total;
		rc = ip_grow(&p->children, &p->child_room, p->used + room,
			sizeof *p->children);
		if (rc < 0)
			return rc;
		memcpy(p->children + p->used, p->children + o->v.at,
			o->count * sizeof *p->children);
		o->v.at = p->used;
		o->room = (uint32_t)room;
		p->used += room;
	}
	memcpy(p->children + o->v.at + o->count, p->stack + p->depth - n,
		n * sizeof *p->stack);
	o->count = (uint32_t)total;
	p->depth -= n;
	return 0;
}

int ip_pickle_wrap(struct ip_pickle *p, enum ip_pickle_kind kind, size_t n)
{
	struct ip_pickle_object *o;
	uint32_t index;
	int rc;

	rc = new_object(p, kind, &o);
	if (rc < 0)
		return rc;
	index = (uint32_t)(p->count - 1);
	rc = n ? adopt(p, index, n) : 0;
	return rc < 0 ? rc : ip_pickle_push(p, index);
}

int ip_pickle_append(struct ip_pickle *p, enum ip_pickle_kind kind, size_t n)
{
	int rc;

	rc = ip_pickle_need(p, n + 1);
	if (rc < 0)
		return rc;
	if (ip_pickle_top(p, n + 1)->kind != kind)
		return ip_fail(IP_EFORMAT, "%s: offset %zu: items for %s,"
			" expected %s", p->what, p->op,
			ip_pickle_kind_name(ip_pickle_top(p, n + 1)->kind),
			ip_pickle_kind_name(kind));
	if (kind == IP_PICKLE_DICT && n % 2)
		return ip_pickle_bad(p, "a key without a value; the pickle"
			" is damaged");
	return n ? adopt(p, p->stack[p->depth - n - 1], n) : 0;
}

/* Writers count the memo up, so that no index reaches the stream's size. */
int ip_pickle_memoize(struct ip_pickle *p, uint64_t index)
{
	int rc;

	rc = ip_pickle_need(p, 1);
	if (rc == 0 && index >= p->size)
		rc = ip_fail(IP_EFORMAT, "%s: offset %zu: memo %llu is out of"
			" range", p->what, p->op, (unsigned long long)index);
	if (rc == 0)
		rc = ip_grow(&p->memo, &p->memo_room, (size_t)index + 1,
			sizeof *p->memo);
	if (rc < 0)
		return rc;
	p->memoized += !p->memo[index];
	p->memo[index] = p->stack[p->depth - 1] + 1;
	return 0;
}

void ip_pickle_free(struct ip_pickle *p)
{
	ip_free(p->objects);
	ip_free(p->children);
	ip_free(p->stack);
	ip_free(p->marks);
	ip_free(p->memo);
	memset(p, 0, sizeof *p);
}

const struct ip_pickle_object *ip_pickle_child(const struct ip_pickle *p,
	const struct ip_pickle_object *o, size_t i)
{
	return &p->objects[p->children[o->v.at + i]];
}

int ip_pickle_is(const struct ip_pickle *p, const struct ip_pickle_object *o,
	const char *text)
{
	return o->kind == IP_PICKLE_STRING &&
		strlen(text) == o->count &&
		memcmp(text, p->data + o->v.at, o->count) == 0;
}

const char *ip_pickle_kind_name(enum ip_pickle_kind kind)
{
	static const char *const names[] = { "None", "a bool", "an integer",
		"a float", "a string", "a tuple", "a list", "a dict",
		"a global", "a call", "a persistent id" };

	return names[kind];
}
