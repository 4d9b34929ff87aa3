/* Between the repeat cell, the supercell and what changes its atoms. */
#ifndef IP_SUPERCELL_H
#define IP_SUPERCELL_H

#include <iphase/repeat.h>

/* Angstrom: places that differ by less are the same, but for rounding. */
#define IP_SAME_PLACE 1e-7
#define IP_SUPERCELL_ATOMS 50000000	/* at most */

/* Whole lattice vectors off until (x, y) lies in the cell; what is at an
 * edge but for rounding is at 0. */
void ip_repeat_wrap(const struct ip_repeat_cell *c, double r[2]);

/* Across it, between the nearer two of opposite sides. */
double ip_repeat_width(const struct ip_repeat_cell *c);
/* z, or the nearest number with 0 <= z < period. */
double ip_supercell_depth(double period, double z);

/* IP_EINVAL for a lattice that is not a repeat cell's, and for no atoms. */
int ip_supercell_check(const char *what, const struct ip_repeat_cell *c);
/*
 * Take out the atoms i that gone(c, i, how) says; removed, which may be
 * NULL, is how many. IP_EPHYSICS, c untouched, if none would be left.
 */
int ip_supercell_remove(const char *what, struct ip_repeat_cell *c,
	int (*gone)(const struct ip_repeat_cell *c, size_t i,
	const void *how), const void *how, size_t *removed);

#endif
