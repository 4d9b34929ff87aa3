/* The kinds of HDF5 files that ip_emd_read tells apart. */
#ifndef IP_FORMATS_EMD_H
#define IP_FORMATS_EMD_H

#include <iphase/bundle.h>
#include "hdf5.h"

/* ip_emd_read in this very process: for its own child, and for fuzzing. */
int ip_emd_read_here(const char *path, struct ip_bundle *b);

/* Each adds to b; IP_H5_OTHER, and b as it was, if the file is another kind. */
int ip_emd_velox(struct ip_h5 *f, struct ip_bundle *b);
int ip_emd_berkeley(struct ip_h5 *f, struct ip_bundle *b);
int ip_emd_hspy(struct ip_h5 *f, struct ip_bundle *b);
int ip_emd_any(struct ip_h5 *f, struct ip_bundle *b);

/* Angstrom in one of a unit of length ("nm", "[n_m]"), or 0 if it is none. */
double ip_emd_angstrom(const char *unit);

/* Put the axes of t into this order (axis d will be perm[d] of now). */
int ip_emd_turn(struct ip_tensor *t, const int *perm);

/* An axis of a file in its order; name and unit may be NULL. */
struct ip_emd_axis {
	char *name, *unit;	/* to be freed */
	double step;		/* 0 if unknown */
};
void ip_emd_axes_free(struct ip_emd_axis *axes, int n);
/*
 * Turn t to [.., x, y] and add it to b, with pixel_size if x and y have
 * lengths. x and y are the axes of such names, or the last two as (y, x).
 * The order of the file stays in the attribute file_shape.
 */
int ip_emd_add(struct ip_bundle *b, const char *name, struct ip_tensor *t,
	const struct ip_emd_axis *axes, struct ip_item **item);

#endif
