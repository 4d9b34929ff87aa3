/* Inside the bonding term: what is known of a cube's potential. */
#ifndef IP_BONDING_H
#define IP_BONDING_H

#include <iphase/bonding.h>

/* The Fourier series of a cube's potential, all of |g| <= reach. */
struct ip_spectrum {
	size_t count;
	struct ip_bonding_term *term;	/* of g and -g one; by |g| */
	double *q;			/* |g| of each */
};
/*
 * IP_EFORMAT: no Hartree potential by its title, or its mean is not 0;
 * IP_EINVAL: not finite; IP_ELIMIT: the grid does not reach so far.
 */
int ip_spectrum_new(struct ip_spectrum *s, const struct ip_cube *cube,
	double reach, const char *name);
void ip_spectrum_free(struct ip_spectrum *s);

/* By |g|, ascending, then by indices. */
int ip_bonding_sort(struct ip_bonding_term *t, size_t count,
	const double cell[3][3]);
/* Indices of g in the cell of which ip_bonding_fits gave multiple. */
void ip_bonding_indices(int multiple[3][3], const int hkl[3], int out[3]);

/* ---- across a beam ---- */

/* A wave v exp(2 pi i g . r), of which the real part counts. */
struct ip_bond_wave {
	int h[2];		/* g across, in the cell's vectors */
	double g[3];		/* z along the beam */
	double v[2];
	/* the maker's: where it goes on a grid, as its conjugate or not, and
	 * the turns of its phase from slice to slice by which that is moved */
	size_t at;
	int conjugate;
	double drift;
};
/*
 * b's terms (b->count; ip_free them) as seen along axes in crystal's frame,
 * over the cell a of a lattice that has them.
 */
int ip_bond_waves_new(struct ip_bond_wave **w, const struct ip_bonding *b,
	const struct ip_structure *crystal, double axes[3][3],
	const double a[2][2]);
/*
 * vg, complex, += the integrals over a slice, dz thick, that lies so many
 * slices below the crystal's surface; slice counts from the specimen's.
 */
void ip_bond_waves_add(const struct ip_bond_wave *w, size_t count, double dz,
	size_t below, size_t slice, double *vg);

#endif
