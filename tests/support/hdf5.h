/* Small HDF5 files as other programs write them, made by libhdf5 itself. */
#ifndef IP_TEST_HDF5_H
#define IP_TEST_HDF5_H

#include <hdf5.h>

/* A new file, closed by H5Fclose; groups in it take little room. */
hid_t ip_test_h5_new(const char *path);

enum ip_test_h5 { IP_TEST_H5_PLAIN, IP_TEST_H5_CHUNKED, IP_TEST_H5_GZIP };
/* A dataset and the groups above it; data of the native type of memory. */
void ip_test_h5_put(hid_t file, const char *name, enum ip_test_h5 how,
	hid_t type, hid_t memory, int ndim, const hsize_t *dims,
	const void *data);
/* A dataset of one text of any length. */
void ip_test_h5_text(hid_t file, const char *name, const char *text);
void ip_test_h5_group(hid_t file, const char *name);
void ip_test_h5_attr_text(hid_t file, const char *object, const char *name,
	const char *text);
void ip_test_h5_attr(hid_t file, const char *object, const char *name,
	double v);

/* ---- whole files ---- */

#define IP_TEST_NX 4
#define IP_TEST_NY 3
/* The count of segment s (0 .. 3: A .. D) at (x, y). */
int ip_test_segment(int s, int x, int y);
/* UUID of image i: later images come first in the file. */
const char *ip_test_uuid(int i);
/*
 * The four segments of detector DF4, 300 kV, turned by theta (rad). Version 9
 * also has the differences, DPC, iDPC with and without a filter, two images of
 * HAADF, the first with two frames, and half a Fourier transform; version 11
 * has titles, and one image without.
 */
void ip_test_velox(const char *path, int version, double theta);
/* Without the derived images. */
void ip_test_velox_small(const char *path, int version);
/* Images "im" (y, x) and, as Prismatic orders axes, "com" (x, y, channel). */
void ip_test_emd1(const char *path);
/* "scan" (channel, y, x), packed. */
void ip_test_hspy(const char *path);

#endif
