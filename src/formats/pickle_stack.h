/* The stack machine that a pickle is written for. */
#ifndef IP_FORMATS_PICKLE_STACK_H
#define IP_FORMATS_PICKLE_STACK_H

#include "pickle.h"

/* Report what, at the running opcode; IP_EFORMAT. */
int ip_pickle_bad(const struct ip_pickle *p, const char *what);

/* Object index, which exists, on top. */
int ip_pickle_push(struct ip_pickle *p, uint32_t index);
/* A new object on top; *o until the next new one. */
int ip_pickle_push_new(struct ip_pickle *p, enum ip_pickle_kind kind,
	struct ip_pickle_object **o);
int ip_pickle_push_int(struct ip_pickle *p, enum ip_pickle_kind kind,
	int64_t i);

/* That there are n objects above the last mark; IP_EFORMAT. */
int ip_pickle_need(const struct ip_pickle *p, size_t n);
/* The n-th object from the top, 1 the top, which must exist. */
struct ip_pickle_object *ip_pickle_top(const struct ip_pickle *p, size_t n);

int ip_pickle_mark(struct ip_pickle *p);
/* Take the last mark away; *n objects lay above it. */
int ip_pickle_take_mark(struct ip_pickle *p, size_t *n);

/* An object of kind takes the place of the top n (needed), its children. */
int ip_pickle_wrap(struct ip_pickle *p, enum ip_pickle_kind kind, size_t n);
/* The top n objects go into the list or dict (kind) below them. */
int ip_pickle_append(struct ip_pickle *p, enum ip_pickle_kind kind, size_t n);
/* The top object under number index. */
int ip_pickle_memoize(struct ip_pickle *p, uint64_t index);

#endif
