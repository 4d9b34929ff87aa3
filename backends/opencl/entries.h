/* What detectors sum, as kernels/entries.cl reads it. */
#ifndef IP_OPENCL_ENTRIES_H
#define IP_OPENCL_ENTRIES_H

#include "opencl.h"

/*
 * The entries of p's rows, parts of 'rows' rows one after the other, in each
 * channel by channel, row by row: where each part's channel begins, and the
 * end; each one's row, or that row's pixel; its weight.
 */
size_t ip_cl_entries_size(const struct ip_pixels *p, size_t rows);
void ip_cl_entries(void *to, const struct ip_pixels *p, size_t rows,
	int pixels);
/* An argument ENTRIES(e): where they were put. */
void ip_cl_entries_arg(struct ip_cl_call *c, const struct ip_buf *at,
	const struct ip_pixels *p, size_t rows);

#endif
