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

/* Free what s holds; {0} is fine. */
void ip_structure_free(struct ip_structure *s);
/* dst gets atoms of its own; on failure it is not touched. */
int ip_structure_copy(struct ip_structure *dst, const struct ip_structure *src);
/* Signed, Angstrom^3. */
double ip_cell_volume(const double cell[3][3]);
/* IP_EINVAL if not finite, IP_EPHYSICS if without volume; what has this cell. */
int ip_cell_check(const char *what, const double cell[3][3]);

/*
 * Refuse what no specimen can be: no atoms (IP_EINVAL), a non-finite number,
 * an unknown element (IP_ENOTFOUND), and, where there is a cell, one without
 * volume or two atoms closer than min_distance Angstrom, periodic images
 * included (IP_EPHYSICS). Names the atoms.
 */
int ip_structure_check(const struct ip_structure *s, double min_distance);

/* "Ga" for 31; NULL if unknown. There are 1 to 103. */
const char *ip_element_symbol(int z);
/* 31 for "Ga", in any case of letters; or IP_ENOTFOUND. */
int ip_element_number(const char *symbol);
/* Standard atomic weight, g/mol, of IUPAC's table of 2021; 0 if it has none:
 * Tc, Pm, Po to Ac, all above U. */
double ip_element_mass(int z);

#ifdef __cplusplus
}
#endif
#endif
