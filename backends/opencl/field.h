/* What transmission and multislice share: a band of waves in two passes. */
#ifndef IP_OPENCL_FIELD_H
#define IP_OPENCL_FIELD_H

#include "fft.h"

/* Scratch: z [batch][2 hx + 1][ny], and the rooms of lines that are long. */
struct ip_cl_field {
	struct ip_band band;
	size_t bx, batch;		/* arrays at once */
	struct ip_cl_fft x, y;
	struct ip_buf z, room;
};
/* For n arrays. */
int ip_cl_field(struct ip_dev *dev, struct ip_cl_field *f,
	const struct ip_band *band, size_t n);
/* Tiles of n arrays' columns along x, and of their rows along y. */
struct ip_cl_tile ip_cl_field_columns(const struct ip_dev *dev,
	const struct ip_cl_field *f, size_t n);
struct ip_cl_tile ip_cl_field_rows(const struct ip_dev *dev,
	const struct ip_cl_field *f, size_t n);

#endif
