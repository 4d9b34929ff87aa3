/* Between the parts of src/crystal. */
#ifndef IP_CRYSTAL_H
#define IP_CRYSTAL_H

#include <iphase/structure.h>

void ip_cross(const double a[3], const double b[3], double c[3]);
double ip_dot(const double a[3], const double b[3]);
/* out = a b, which it must not share memory with */
void ip_matrix_multiply(double a[3][3], double b[3][3], double out[3][3]);

int ip_cell_present(const double cell[3][3]);	/* some number is not zero */
/*
 * IP_EPHYSICS if two atoms, or an atom and a periodic image, are closer than
 * least > 0 and no alternatives: the occupancies so close to one atom, its own
 * included, are more than 1 + IP_OCCUPANCY_SLACK. The numbers of s have been
 * checked.
 */
int ip_structure_distances(const struct ip_structure *s, double least);
/* The same search for others' messages: 1 and a pair, i <= j, or 0. */
struct ip_pair {
	size_t i, j;
	double distance;	/* Angstrom */
	double occupancy;	/* found so close to one of them, in all */
	int image;		/* through the cell's boundary */
};
int ip_structure_close_pair(const struct ip_structure *s, double least,
	struct ip_pair *pair);

#endif
