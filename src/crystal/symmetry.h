/* Symmetry operators of a crystal: from text to the atoms of a cell. */
#ifndef IP_SYMMETRY_H
#define IP_SYMMETRY_H

#include <stddef.h>
#include <stdint.h>

/* Translations in 1/120 of a cell: all of the space groups, and fifths. */
#define IP_SYMOP_PARTS 120
#define IP_SYMOPS_MAX 1024	/* 192 in a conventional cell */

/* Fractional coordinates f become r f + t / IP_SYMOP_PARTS. */
struct ip_symop {
	int r[3][3], t[3];	/* 0 <= t < IP_SYMOP_PARTS */
};

struct ip_symmetry {
	struct ip_symop *op;	/* each once */
	uint16_t *product;	/* op[product[i * count + j]]: first j, then i */
	size_t count;
};

/* "-y,x-y,z+1/2" of n bytes; NULL, or what was expected instead. */
const char *ip_symop_parse(const char *text, size_t n, struct ip_symop *op);

/*
 * A group of n operators in a cell; what (a file) goes into messages.
 * IP_EFORMAT if they are no group, IP_EPHYSICS if one does not keep the
 * lengths and angles of the cell. Frees nothing of op, but moves them about.
 */
int ip_symmetry_init(struct ip_symmetry *s, const char *what,
	struct ip_symop *op, size_t n, const double cell[3][3]);
void ip_symmetry_free(struct ip_symmetry *s);

/*
 * The images of a site. Those less than tolerance (Angstrom) from it are the
 * site itself, which is moved to their mean; moved is how far. f in and out;
 * out (room for s->count) gets the n images, the site first, in [0, 1).
 * Nonzero if the images that are so near are not one point either then.
 */
int ip_symmetry_orbit(const struct ip_symmetry *s, const double cell[3][3],
	double tolerance, double f[3], double (*out)[3], size_t *n,
	double *moved);

#endif
