/* Sums of outer products over the pixels of maps: gradients of weights. */
#ifndef IP_OUTER_H
#define IP_OUTER_H

#include "cpu.h"

/* Pixels, 'width' a line: pixels and lines are so many reals apart. */
struct ip_pixel_lines {
	const ip_real *at;
	size_t width, pixel, line;
};

/*
 * sum [maps][rows][columns] += the sums over pixels of a' b, each of the maps a
 * having rows and b having columns numbers of each pixel. IP_ENOMEM; scratch
 * is used.
 */
int ip_cpu_outer(struct ip_dev *dev, ip_real *sum, size_t maps, size_t rows,
	size_t columns, size_t pixels, const struct ip_pixel_lines *a,
	const struct ip_pixel_lines *b);

/* sum [rows][columns] += sums [parts][rows][columns], in their order */
void ip_cpu_add_parts(ip_real *sum, const ip_real *sums, size_t parts,
	size_t rows, size_t columns);

#endif
