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
 * IP_EFORMAT: no Hartree potential by its title, not finite, or its mean is
 * not 0; IP_ELIMIT: the grid does not reach so far.
 */
int ip_spectrum_new(struct ip_spectrum *s, const struct ip_cube *cube,
	double reach, const char *name);
void ip_spectrum_free(struct ip_spectrum *s);

/* Indices of g in the cell of which ip_bonding_fits gave multiple. */
void ip_bonding_indices(int multiple[3][3], const int hkl[3], int out[3]);

#endif
