/* Crystals, runs on their repeat cells, and the same as supercells. */
#ifndef IP_TEST_REPEAT_H
#define IP_TEST_REPEAT_H

#include <iphase/disorder.h>
#include "support/golden.h"

/* Free with ip_structure_free. */
void ip_test_gan(struct ip_structure *s);	/* P6_3mc, u > 0 */
void ip_test_knbo3(struct ip_structure *s);	/* cubic, atoms at rest */
void ip_test_licoo2(struct ip_structure *s);	/* R-3m, hexagonal cell */
/* Monoclinic, no symmetry; the third vector leans by a third of the first. */
void ip_test_leaning(struct ip_structure *s);
/* s, hexagonal, as its cell a, a + 2 b, c. */
void ip_test_double(struct ip_structure *s);

/* m0 x m1 of GaN's oblique cells (iphase/disorder.h), its depth Angstrom. */
void ip_test_gan_supercell(struct ip_repeat_cell *c, size_t m0, size_t m1,
	double depth);

/* A crystal, its cell along the beam, and a run on it. */
struct ip_test_repeat {
	struct ip_structure crystal;
	struct ip_repeat_cell cell;
	struct ip_period *period;
	struct ip_detector d[2];	/* quadrants 10 .. 50 mrad; all */
	struct ip_repeat r;		/* 200 kV, 20 mrad; no planes yet */
};
/* n0 x n1 points; zone NULL: plane (001). t owns the atoms of s then. */
void ip_test_repeat_open(struct ip_test_repeat *t, struct ip_structure *s,
	const int zone[3], size_t n0, size_t n1, double slice);
/* A k grid of m[0] x m[1] points, the beam's tilt, mrad, and its planes. */
void ip_test_repeat_set(struct ip_test_repeat *t, const size_t m[2],
	const double tilt[2], const size_t *planes, size_t count);
/* GaN's oblique cell, tilted by (4, 7) mrad, k grid m0 x m1. */
void ip_test_repeat_gan(struct ip_test_repeat *t, size_t m0, size_t m1,
	const size_t *planes, size_t count);
void ip_test_repeat_close(struct ip_test_repeat *t);

void ip_test_repeat_run(const struct ip_repeat *r,
	struct ip_repeat_series *s);
/*
 * t->r.waves cells of an orthogonal repeat cell, periods deep, moved by
 * shift from one to the next, as slices of t's thickness.
 */
void ip_test_supercell(const struct ip_test_repeat *t, size_t periods,
	struct ip_potential **p);
/* The largest difference to it, at 7 x 6 points, in fractions of the beam. */
double ip_test_against_supercell(const struct ip_test_repeat *t);
/*
 * The same to t->r.waves cells made by ip_supercell_build, of any lattice, as
 * deep as the last plane, with one k point.
 */
double ip_test_as_supercell(const struct ip_test_repeat *t);

/*
 * The tilted run of a hexagonal crystal on its oblique cell, against that on
 * the orthogonal cell twice as large, on the same points: 3 x 6 cells.
 */
double ip_test_oblique(void (*crystal)(struct ip_structure *), size_t points,
	double slice, const size_t *planes, size_t plane_count);

#endif
