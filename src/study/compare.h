/* What was predicted of a part of a picture against what was measured. */
#ifndef IP_STUDY_COMPARE_H
#define IP_STUDY_COMPARE_H

#include <stddef.h>

/* Four segments of n[0] x n[1] pixels each. */
struct ip_compared {
	const double *predicted, *measured;
	size_t n[2];
	double pixel[2];		/* Angstrom */
	const double (*lattice)[2];	/* of a crystal, pixels, or NULL */
	double cutoff;	/* 1/Angstrom: what a picture of a crystal can show */
};

/*
 * Onto *squares the sum over pixels and segments of (predicted - measured)^2,
 * and onto *spread that of (measured - its segment's mean)^2. Of a crystal both
 * are those of the mean cell up to the cutoff, times the pixels, so that noise,
 * which is different in each cell, counts little. IP_ENOMEM.
 */
int ip_compare(const struct ip_compared *p, double *squares, double *spread);

#endif
