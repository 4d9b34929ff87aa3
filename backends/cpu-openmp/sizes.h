/* Sizes of what work is cut into, and of the rooms it is done in. */
#ifndef IP_SIZES_H
#define IP_SIZES_H

#include <stddef.h>

static inline size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* n or more, a multiple of unit */
static inline size_t up(size_t n, size_t unit)
{
	return (n + unit - 1) / unit * unit;
}

/* Columns as loops->product wants them: in as few panels of up to three
 * vectors as there can be, alike. */
static inline void cut_panels(size_t columns, size_t lanes, size_t *panel,
	size_t *panels)
{
	size_t vectors = (columns + lanes - 1) / lanes;

	*panels = (vectors + 2) / 3;
	*panel = (vectors + *panels - 1) / *panels * lanes;
}

/* The next n bytes of memory, 64-byte aligned as it is, from *used; NULL if
 * memory is, to count only. */
static inline void *take(char *memory, size_t *used, size_t n)
{
	size_t at = *used;

	*used += up(n, 64);
	return memory ? memory + at : NULL;
}

#endif
