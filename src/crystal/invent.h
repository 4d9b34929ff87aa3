/* Between the parts of a crystal's invention. */
#ifndef IP_INVENT_H
#define IP_INVENT_H

#include <stdint.h>

enum { IP_INVENT_ATOMS = 32, IP_INVENT_OPS = 3, IP_INVENT_KINDS = 4 };

/* (x, y, z) -> (m (x, y) + t, sign z + t[2]), fractions of the cell */
struct ip_invent_op {
	int m[2][2], sign;
	double t[3];
};

struct ip_invent_atom {
	double f[3];		/* fractions, 0 <= f < 1 */
	double u;
	int z;
};

struct ip_invention {
	uint64_t seed, number;
	uint32_t drawn;		/* numbers, so far */
	double a[2][2], c;	/* Angstrom */
	int op_count, kinds, sites, count;
	int z[IP_INVENT_KINDS];
	struct ip_invent_op op[IP_INVENT_OPS];
	struct ip_invent_atom atom[IP_INVENT_ATOMS];
};

/* [0, 1); a whole number below n. */
double ip_invent_draw(struct ip_invention *v);
int ip_invent_below(struct ip_invention *v, int n);

/* The cell, and symmetries that its lattice has. */
void ip_invent_cell(struct ip_invention *v);

#endif
