/* Sizes of what work is cut into, and of the rooms it is done in. */
#ifndef IP_SIZES_H
#define IP_SIZES_H

#include <string.h>
#include <iphase/real.h>
#include "core/sizes.h"

/* n in as few pieces of 'most' or less as there can be, alike. */
static inline void cut_alike(size_t n, size_t most, size_t *piece,
	size_t *pieces)
{
	*pieces = (n + most - 1) / most;
	*piece = (n + *pieces - 1) / *pieces;
}

/* n in parts of at least 'shortest', up to 'most' of them: one or more. */
static inline void cut_parts(size_t n, size_t shortest, size_t most,
	size_t *part, size_t *parts)
{
	*parts = least(n / shortest, most);
	*parts = *parts > 1 ? *parts : 1;
	*part = (n + *parts - 1) / *parts;
	*parts = (n + *part - 1) / *part;
}

/* Columns as loops->product wants them: in panels of up to three vectors. */
static inline void cut_panels(size_t columns, size_t lanes, size_t *panel,
	size_t *panels)
{
	cut_alike((columns + lanes - 1) / lanes, 3, panel, panels);
	*panel *= lanes;
}

/* to [rows][panel] <- the first n columns of from, whose rows are pitch apart,
 * zeros behind. */
static inline void pack_panel(ip_real *to, size_t panel, const ip_real *from,
	size_t pitch, size_t rows, size_t n)
{
	for (; rows > 0; rows--, to += panel, from += pitch) {
		memcpy(to, from, n * sizeof(*to));
		if (n < panel)
			memset(to + n, 0, (panel - n) * sizeof(*to));
	}
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
