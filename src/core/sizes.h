/* Arithmetic of sizes that backends share. */
#ifndef IP_CORE_SIZES_H
#define IP_CORE_SIZES_H

#include <stddef.h>

static inline size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static inline size_t most(size_t a, size_t b)
{
	return a > b ? a : b;
}

/* In how many pieces of 'of' n is, the last of which may be shorter. */
static inline size_t pieces_of(size_t n, size_t of)
{
	return (n + of - 1) / of;
}

/* n or more, a multiple of unit */
static inline size_t up(size_t n, size_t unit)
{
	return pieces_of(n, unit) * unit;
}

#endif
