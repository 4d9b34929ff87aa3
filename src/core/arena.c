/* The arena: measure, then take. */
#include <stdint.h>
#include "core.h"

#define ALIGN 64u

void ip_arena_init(struct ip_arena *a, void *base, size_t size)
{
	a->base = base;
	a->size = size;
	a->used = a->peak = 0;
}

int ip_arena_take(struct ip_arena *a, size_t n, void **p)
{
	size_t end;

	*p = NULL;
	if (n > SIZE_MAX - ALIGN + 1 ||
	    ip_add_size(a->used, (n + ALIGN - 1) / ALIGN * ALIGN, &end))
		return ip_fail(IP_ELIMIT, "arena: %zu bytes more than can be"
			" addressed", n);
	if (a->base && end > a->size)
		return ip_fail(IP_ELIMIT, "arena: %zu bytes wanted, %zu of"
			" %zu free", n, a->size - a->used, a->size);
	if (a->base)
		*p = a->base + a->used;
	a->used = end;
	if (end > a->peak)
		a->peak = end;
	return 0;
}

size_t ip_arena_mark(const struct ip_arena *a)
{
	return a->used;
}

void ip_arena_release(struct ip_arena *a, size_t mark)
{
	if (mark < a->used)
		a->used = mark;
}
