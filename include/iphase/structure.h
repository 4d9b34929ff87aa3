/* Atoms in a cell. */
#ifndef IPHASE_STRUCTURE_H
#define IPHASE_STRUCTURE_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ip_atom {
	double r[3];	/* Angstrom, Cartesian */
	double u;	/* rms displacement along one axis, Angstrom; 0 static */
	int z;		/* atomic number */
};

/* cell[i] is the i-th cell vector, Angstrom; all zero means no cell. */
struct ip_structure {
	double cell[3][3];
	size_t count;
	struct ip_atom *atoms;	/* malloc'ed, owned */
};

void ip_structure_free(struct ip_structure *s);
int ip_structure_copy(struct ip_structure *dst, const struct ip_structure *src);
double ip_cell_volume(const double cell[3][3]);	/* signed, Angstrom^3 */

/*
 * Refuse what no specimen can be: no atoms (IP_EINVAL), a non-finite number,
 * an unknown element (IP_ENOTFOUND), and, where there is a cell, one without
 * volume or two atoms closer than min_distance Angstrom, periodic images
 * included (IP_EPHYSICS). Names the atoms.
 */
int ip_structure_check(const struct ip_structure *s, double min_distance);

const char *ip_element_symbol(int z);		/* NULL if unknown, 1..103 */
int ip_element_number(const char *symbol);	/* or IP_ENOTFOUND */

#ifdef __cplusplus
}
#endif
#endif
