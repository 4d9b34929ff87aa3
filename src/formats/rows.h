/* Pictures: rows from the top in files, [x, y] in memory. */
#ifndef IP_FORMATS_ROWS_H
#define IP_FORMATS_ROWS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <iphase/bundle.h>
#include <iphase/tensor.h>
#include "../core/core.h"

/* Where pictures lie in a file, one behind another. */
struct ip_rows {
	FILE *f;
	const char *path;
	uint64_t offset;	/* the caller has checked that all is there */
	int swap;		/* numbers in the other byte order */
};

/*
 * h rows of w elements of size bytes (1, 2, 4 or 8), each row pitch elements
 * after the one before, to x, y of the picture out, whose columns are high.
 */
void ip_rows_put(void *out, size_t high, size_t x, size_t y, const void *rows,
	size_t pitch, size_t w, size_t h, size_t size);
/* A new tensor for dim[2] pictures of dim[0] x dim[1]: one has no axis of its
 * own. */
int ip_rows_new(struct ip_tensor *t, enum ip_dtype dtype, const size_t dim[3]);
/* All pictures of t ([..,] W, H), which is new. */
int ip_rows_read(const struct ip_rows *r, struct ip_tensor *t);

/* Of the numbers that were written. */
struct ip_rows_range {
	double min, max, sum, squares;
};

/* Whether t can be written as pictures; dim: W, H and how many. */
int ip_rows_check(const char *path, const struct ip_tensor *t, size_t dim[3]);
/* As little-endian float32; t ([n,] W, H) may be a view of any real dtype.
 * range may be NULL. */
int ip_rows_write(struct ip_outfile *o, const struct ip_tensor *t,
	struct ip_rows_range *range);

/* Angstrom of a unit of length (n bytes of text), or 0 if it is none. */
double ip_length_unit(const char *unit, size_t n);
/* pixel_size, if both sizes (Angstrom) are lengths: above 0 and finite. */
int ip_pixel_size(struct ip_attrs *a, const double size[2]);

#endif
