/* A picture beyond its edges. */
#ifndef IP_SMEAR_H
#define IP_SMEAR_H

#include <stddef.h>

/*
 * v (n[0], n[1]) goes on to pixels lo .. hi, lo <= 0, hi >= n: *out
 * (hi[0] - lo[0], hi[1] - lo[1]), to be freed by ip_free.
 * An island, whose rim is empty, ends there: beyond is what is at the rim. A
 * crystal goes on by the translations that map the picture onto itself (it has
 * a correlation of 0.7 or more with itself there): a pixel is the one that some
 * of them lead to, nearest to a pixel's place. All else is mirrored.
 */
int ip_continue(const double *v, const size_t n[2], const long lo[2],
	const long hi[2], double **out);

#endif
