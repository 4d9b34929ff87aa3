/* The mean cell of a picture that repeats itself, by Fourier coefficients. */
#ifndef IP_STUDY_CELL_MEAN_H
#define IP_STUDY_CELL_MEAN_H

#include <stddef.h>

struct ip_cell_term {
	long h[2];
	double g[2];		/* 1/Angstrom */
};

/*
 *	c(g) = sum over pixels of w(r) v(r) exp(-2 pi i g . r) / area,
 * where the weights w of a point and of all that the lattice makes of it add up
 * to 1 and fall to 0 at the picture's edge: of a picture that repeats itself
 * that is exact, however few cells there are and wherever they are cut off. r
 * counts from the first pixel. The series is that of the cell,
 *	v(r) = c(0) + 2 sum over the other terms of re(c(g) exp(2 pi i g . r)),
 * for of g and -g there is one term; the first is 0.
 */
struct ip_cell_mean {
	size_t n[2];
	double pixel[2];	/* Angstrom */
	double a[2][2], b[2][2];	/* lattice, pixels; reciprocal */
	double area;		/* of a cell, pixels */
	double *w;		/* (n[0], n[1]) */
	struct ip_cell_term *term;
	size_t terms;
};

/*
 * Pictures (n[0], n[1]) of a lattice a, pixels, whose cell fits into them. Of
 * the g that pixels can show those up to cutoff, 1/Angstrom. IP_ENOMEM.
 */
int ip_cell_mean_open(struct ip_cell_mean *m, const size_t n[2],
	const double pixel[2], const double a[2][2], double cutoff);
void ip_cell_mean_close(struct ip_cell_mean *m);
/* c complex [terms] of v (n[0], n[1]). IP_ENOMEM. */
int ip_cell_mean_of(const struct ip_cell_mean *m, const double *v, double *c);
/* The mean square of the series of c but for its mean. */
double ip_cell_mean_variance(const struct ip_cell_mean *m, const double *c);

#endif
