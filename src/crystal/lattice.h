/* Lattices: from a zone axis or a plane to a cell along the beam. */
#ifndef IP_LATTICE_H
#define IP_LATTICE_H

/*
 * Three vectors of the lattice in its own basis, a basis again and
 * right-handed: 0 and 1 span the plane (hkl), the shortest two (and obtuse
 * where both choices are as short), 2 leads to the next plane along +(hkl).
 * hkl coprime.
 */
void ip_lattice_basis(const double cell[3][3], const int hkl[3],
	int vectors[3][3]);
/*
 * The plane, coprime indices up to most, whose normal lies within angle (rad)
 * of [uvw]; 0 if there is none.
 */
int ip_lattice_plane(const double cell[3][3], const int uvw[3], int most,
	double angle, int hkl[3]);
/* The axis, indices up to most, with such a plane that is nearest to uvw;
 * its angle to uvw, rad, or -1. */
double ip_lattice_nearest(const double cell[3][3], const int uvw[3], int most,
	double angle, int axis[3]);
void ip_lattice_vector(const double cell[3][3], const int n[3], double r[3]);
/* Divide by the common divisor; 0 for three zeros. */
int ip_lattice_coprime(int n[3]);

#endif
