/*
 * Python's pickle as data: a stream is read into objects, and nothing is ever
 * run. What a stream may name is a table of the caller's.
 */
#ifndef IP_FORMATS_PICKLE_H
#define IP_FORMATS_PICKLE_H

#include <stddef.h>
#include <stdint.h>

/* What a call of a global makes. */
enum ip_pickle_makes { IP_MAKES_NOTHING, IP_MAKES_DICT, IP_MAKES_CALL };

struct ip_pickle_global {
	const char *module, *name;
	enum ip_pickle_makes makes;
	int id;			/* the caller's */
};

enum ip_pickle_kind {
	IP_PICKLE_NONE, IP_PICKLE_BOOL, IP_PICKLE_INT, IP_PICKLE_FLOAT,
	IP_PICKLE_STRING,	/* bytes at .. at + count of the stream */
	IP_PICKLE_TUPLE, IP_PICKLE_LIST,
	IP_PICKLE_DICT,		/* children: key, value, key, value .. */
	IP_PICKLE_GLOBAL,
	IP_PICKLE_CALL,		/* children: the global, the tuple of arguments */
	IP_PICKLE_PERSISTENT	/* child: the id */
};

/* Objects may contain themselves: whoever follows children must not recurse. */
struct ip_pickle_object {
	enum ip_pickle_kind kind;
	uint32_t count, room;		/* children, room for how many */
	union {
		int64_t i;		/* INT, BOOL */
		double f;
		size_t at;		/* STRING; else the first child */
		const struct ip_pickle_global *global;
	} v;
};

struct ip_pickle {
	const char *what;		/* for messages, the caller's */
	const unsigned char *data;	/* the caller's, must outlive it */
	size_t size;
	const struct ip_pickle_global *globals;	/* ends with module NULL */
	struct ip_pickle_object *objects;
	uint32_t *children;		/* indices of objects */
	uint32_t *stack, *marks, *memo;	/* memo: index + 1, 0 is unset */
	size_t count, used, depth, marked, memoized;
	size_t object_room, child_room, stack_room, mark_room, memo_room;
	size_t at, op;			/* the next byte; the running opcode */
};

/*
 * Read data[0..size): protocols 2 to 4, as much of them as dictionaries of
 * arrays need. *top is the object that the stream stands for. Memory is less
 * than 200 bytes a byte of data. p is to be freed also on failure.
 */
int ip_pickle_read(struct ip_pickle *p, const char *what,
	const struct ip_pickle_global *globals, const unsigned char *data,
	size_t size, const struct ip_pickle_object **top);
void ip_pickle_free(struct ip_pickle *p);	/* {0} is fine */

const struct ip_pickle_object *ip_pickle_child(const struct ip_pickle *p,
	const struct ip_pickle_object *o, size_t i);
/* Whether o is the string text. */
int ip_pickle_is(const struct ip_pickle *p, const struct ip_pickle_object *o,
	const char *text);
/* "a dict", for messages. */
const char *ip_pickle_kind_name(enum ip_pickle_kind kind);

#endif
