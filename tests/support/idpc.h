/* What the tests of iDPC share. */
#ifndef IP_TEST_IDPC_H
#define IP_TEST_IDPC_H

#include <iphase/idpc.h>

/* 200 kV, 20 mrad, detector 0 to 50 mrad, 0.2 A, rigid, periodic, kept. */
struct ip_idpc ip_test_idpc(void);

/* The same beam; four segments of 0 to 25 mrad in one ring, pixels of 0.1 A. */
struct ip_obf ip_test_obf(void);
/* Two rings of three, mirrored, off the axis, turned; an aberrated probe. */
struct ip_obf ip_test_obf_awkward(void);
/* S of the header, of transfers b [n][2] and shares [n]. */
double ip_test_obf_contrast(const double *b, const double *share, int n);

/* Zeroed float64 of shape (nx, ny), (n, nx, ny). */
struct ip_tensor ip_test_image(size_t nx, size_t ny);
struct ip_tensor ip_test_images(size_t n, size_t nx, size_t ny);
double *ip_test_values(const struct ip_tensor *t);

/*
 * Three kinds of atoms on a lattice without a mirror, as a phase: a picture
 * whose edges cut cells anywhere, IP_TEST_NX by IP_TEST_NY pixels of 0.2 A.
 * dx, dy get its gradient over 2 pi.
 */
enum { IP_TEST_NX = 60, IP_TEST_NY = 70, IP_TEST_N = 60 * 70 };
void ip_test_object(double *dx, double *dy, double *phase);
/* Its Laplacian, rad/Angstrom^2. */
void ip_test_laplacian(double *laplace);

#endif
