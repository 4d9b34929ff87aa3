/* Cubes under test: golden ones, and such as a calculation would write. */
#ifndef IP_TEST_CUBE_H
#define IP_TEST_CUBE_H

#include <iphase/bonding.h>
#include "support/golden.h"

/* tests/golden/NAME, an .ipt that iphase-convert made of a cube. */
void ip_test_cube(const char *name, struct ip_cube *c);

/* One wave of a potential, and its opposite: v exp(2 pi i g . r), V. */
struct ip_test_wave { int hkl[3]; double v[2]; };
/*
 * A Hartree potential in CP2K's sign on n0 x n1 x n2 points: at each atom of s
 * a pseudo-atom, ip_test_pseudo, and the waves. Owns atoms of its own.
 */
void ip_test_cube_make(struct ip_cube *c, const struct ip_structure *s,
	const size_t n[3], const struct ip_test_wave *waves, size_t count);
/* Its Fourier transform, V Angstrom^3: the atom's, ever less at high q. */
double ip_test_pseudo(int z, double q);

#endif
