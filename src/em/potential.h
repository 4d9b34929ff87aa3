/* Inside a potential: atoms by slice, and the factor tables they share. */
#ifndef IP_POTENTIAL_H
#define IP_POTENTIAL_H

#include "bonding.h"

/* Atoms of one element, displacement and occupancy, and their table. */
struct ip_species {
	int z;
	double u, occupancy;
	double *table;	/* [nx][ny/2 + 1]: what multiplies the structure factor */
};

struct ip_site { double x, y; };	/* Angstrom */

struct ip_potential {
	struct ip_grid grid;
	size_t slices;
	double thickness;
	double *given;			/* [slices][nx][ny], or NULL: atoms */
	enum ip_deposit deposit;
	size_t species_count;
	struct ip_species *species;
	struct ip_site *sites;		/* by slice, then by species */
	size_t *first;			/* [slices * species_count + 1] */
	size_t waves;			/* of the bonding term, if it has one */
	struct ip_bond_wave *wave;
};

/*
 * half [nx][ny/2 + 1] complex += the structure factor of count sites, exact
 * or deposited, times the table. work: ip_structure_factor_work doubles.
 */
int ip_structure_factor(double *half, const struct ip_potential *p,
	const struct ip_species *species, const struct ip_site *sites,
	size_t count, double *work);
size_t ip_structure_factor_work(const struct ip_potential *p, size_t sites);

/* Index i of an axis of n points as a signed frequency index. */
static inline double ip_signed_index(size_t i, size_t n)
{
	return i < (n + 1) / 2 ? (double)i : (double)i - (double)n;
}

#endif
