/* Atoms in a cell. */
#ifndef IPHASE_STRUCTURE_H
#define IPHASE_STRUCTURE_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Atoms of several elements that share a site (La0.7Sr0.3) stand at one place,
 * each with its occupancy. Each scatters by that part of its factor: a
 * potential that is the mean over all ways to fill the sites.
 */
struct ip_atom {
	double r[3];	/* Angstrom, Cartesian */
	double u;	/* rms displacement along one axis, Angstrom; 0: none */
	int z;		/* atomic number */
	double occupancy;	/* mean number there: 0 < occupancy <= 1 */
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
/* g = h b1 + k b2 + l b3 of cell, 1/Angstrom; its length. */
double ip_reflection(const double cell[3][3], const int hkl[3], double g[3]);
/* IP_EINVAL: not finite; IP_EPHYSICS: no volume; what has this cell. */
int ip_cell_check(const char *what, const double cell[3][3]);

/*
 * Refuse what no specimen can be: no atoms (IP_EINVAL), a non-finite number,
 * an occupancy outside (0, 1], an unknown element (IP_ENOTFOUND), and, where
 * there is a cell, one without volume (IP_EPHYSICS). Atoms closer to each
 * other than min_distance Angstrom, periodic images included, are one site,
 * filled by one or the other: occupancies of more than 1 + IP_OCCUPANCY_SLACK
 * in all around an atom are IP_EPHYSICS. Names the atoms.
 */
int ip_structure_check(const struct ip_structure *s, double min_distance);
#define IP_OCCUPANCY_SLACK 1e-3	/* three thirds, in digits, are not quite 1 */

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
