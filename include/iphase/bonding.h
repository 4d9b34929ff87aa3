/*
 * The bonding term: what chemical bonds add to the electrostatic potential of
 * independent atoms. From a self-consistent calculation with pseudopotentials
 * (CP2K), as the difference between its Hartree potential and that of the
 * superposed free atoms of the same pseudopotentials: cores, which neither
 * has, and the ions' Gaussians, which both have, cancel, and what valence
 * electrons do in the crystal remains.
 *
 *     V(g) = V_independent(g) + [V_crystal(g) - V_free atoms(g)],  g != 0
 *
 * The term at g = 0 is lost in such a calculation: the mean inner potential
 * stays that of the independent atoms. Exchange and correlation are no part
 * of what fast electrons see. Volt, Angstrom, 1/Angstrom; positive where
 * electrons are attracted.
 */
#ifndef IPHASE_BONDING_H
#define IPHASE_BONDING_H

#include <iphase/bundle.h>
#include <iphase/em.h>
#include <iphase/formats.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- the potential of free atoms, by element ---- */

/*
 * One neutral atom of a pseudopotential with this many valence electrons:
 * v[i], V Angstrom^3, is the Fourier transform of its potential at
 * |g| = i * step, 0 <= i < count. v[0], its limit, is extrapolated.
 */
struct ip_free_atom {
	int z, valence;
	double step;
	size_t count;
	double *v;
};
/* One an element. */
struct ip_free_atoms {
	size_t count;
	struct ip_free_atom *atom;
};
void ip_free_atoms_free(struct ip_free_atoms *a);
/*
 * Add the atom of a cube that holds the Hartree potential of a single one,
 * |g| <= reach: the mean over all g of the same length, between them a spline.
 * IP_EFORMAT: not such a cube; IP_EPHYSICS: not a sphere, or its element is
 * there.
 */
int ip_free_atoms_add(struct ip_free_atoms *a, const struct ip_cube *cube,
	int valence, double reach);
/* At |g| = q, or NaN: no such element, or beyond what is known. */
double ip_free_atoms_at(const struct ip_free_atoms *a, int z, double q);

/* Tensors "Ga-q13" .. with the attribute step. b must be empty. */
int ip_free_atoms_save(const struct ip_free_atoms *a, struct ip_bundle *b);
/* path is for messages. */
int ip_free_atoms_load(struct ip_free_atoms *a, const char *path,
	const struct ip_bundle *b);

/* ---- the bonding term ---- */

/* V in a cube of CP2K's: Hartree, of an electron's energy. */
#define IP_CUBE_VOLT -27.211386

/* Its lattice and its atoms; of g and -g one is there, of 0 none. */
struct ip_bonding_term {
	int hkl[3];
	double v[2];	/* complex, V: times exp(+2 pi i g . r) */
};
struct ip_bonding {
	struct ip_structure crystal;
	size_t count;
	struct ip_bonding_term *term;	/* by |g|, ascending */
};
void ip_bonding_free(struct ip_bonding *b);

/* Beyond this |g| the term has died away; it ends there. */
#define IP_BONDING_REACH 2.0

/*
 * scf: the cube &V_HARTREE_CUBE of a self-consistent run of CP2K, Hartree, in
 * its sign (negative at the nuclei). free: the same of the superposed free
 * atoms (SCF_GUESS ATOMIC and MAX_SCF 1), of identical cell, grid, atoms,
 * cutoff and pseudopotentials. Refused are cubes of anything else (IP_EFORMAT),
 * with a NaN (IP_EINVAL), without the resolution (IP_ELIMIT), that do not fit
 * each other or their own atoms (IP_EPHYSICS): below 0.6 1/Angstrom scf must
 * look like independent atoms at its atoms' places, and between 1.25 and 2,
 * where bonds no longer matter, like free but for IP_BONDING_AGREE of it (root
 * mean square). names are for messages.
 */
int ip_bonding_from_cubes(struct ip_bonding *b, const struct ip_cube *scf,
	const struct ip_cube *free, const char *const names[2]);
#define IP_BONDING_AGREE 0.1
/* The same with free atoms from a table; IP_ENOTFOUND: not all are in it. */
int ip_bonding_from_atoms(struct ip_bonding *b, const struct ip_cube *scf,
	const struct ip_free_atoms *atoms, const char *name);

/* Tensors hkl (n, 3) and bonding (n) beside the atoms' that the caller adds
 * (numbers, positions, cell: the crystal). */
int ip_bonding_save(const struct ip_bonding *b, struct ip_bundle *out);
/* crystal is copied; path is for messages. */
int ip_bonding_load(struct ip_bonding *b, const char *path,
	const struct ip_bundle *in, const struct ip_structure *crystal);

/*
 * Whether b belongs to crystal: each vector of its cell is a sum of whole
 * vectors of b's to 1e-3, with b's atoms to 0.01 Angstrom, all there.
 * IP_EPHYSICS names what is not. multiple, if not NULL, gets these numbers:
 * vector i of the crystal is the sum of multiple[i][k] times vector k of b.
 */
int ip_bonding_fits(const struct ip_bonding *b,
	const struct ip_structure *crystal, int multiple[3][3]);

/*
 * b in the cell of crystal, to which it must belong, with its indices and
 * atoms: from a primitive cell to the conventional one, say.
 */
int ip_bonding_recast(struct ip_bonding *b, const struct ip_structure *crystal);

/*
 * Add b to every slice of p, which was made of a box that is full of crystal:
 * box, its cell a multiple of b's, is the crystal as it is, while p's atoms
 * are moved by -drift, Angstrom, from each slice to the next. IP_EPHYSICS:
 * b is not the box's; IP_EINVAL: p has one, or was made from slices.
 */
int ip_potential_bond(struct ip_potential *p, const struct ip_structure *box,
	const struct ip_bonding *b, const double drift[2]);

/* ---- reflections ---- */

/*
 * v: the Fourier coefficient of a crystal's independent atoms at rest, V,
 * complex, of exp(+2 pi i g . r).
 */
void ip_crystal_coefficient(const struct ip_structure *crystal,
	enum ip_factors set, const int hkl[3], double v[2]);

#ifdef __cplusplus
}
#endif
#endif
