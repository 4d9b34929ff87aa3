/* What the files of iDPC share. */
#ifndef IP_EM_IDPC_H
#define IP_EM_IDPC_H

#include <complex.h>
#include <stddef.h>
#include <stdint.h>
#include <iphase/em.h>
#include <iphase/idpc.h>

#define IP_PI 3.14159265358979323846

/* The disc and the detector in 1/Angstrom. */
struct ip_idpc_geometry {
	double k0;	/* radius of the disc */
	double k1, k2;	/* its lit part that the detector sees, k1 < k2 <= k0 */
	double factor;	/* shift = factor * sum_j share_j u_j */
};

/* Energy, pixels, rotation and high pass, for an error of method who. */
int ip_idpc_check_scan(const struct ip_idpc *how, const char *who);

/* Check how against n segments and work its angles out. */
int ip_idpc_geometry(const struct ip_idpc *how, size_t n,
	struct ip_idpc_geometry *g);

/* The direction of segment j's middle against the scan's +x, rad. */
double ip_idpc_azimuth(const struct ip_idpc *how, size_t n, size_t j);

/*
 * dx, dy [nx][ny], 1/Angstrom -> phase, rad, of zero mean, and ddpc,
 * rad/Angstrom^2, the divergence of the phase's gradient.
 */
int ip_idpc_integrate(const struct ip_idpc *how, const double *dx,
	const double *dy, size_t nx, size_t ny, double *phase, double *ddpc);

/* Take the mean, or the least-squares plane, off d [nx][ny]. */
void ip_idpc_background(double *d, size_t nx, size_t ny, enum ip_background b);

/* In place, x [nx][ny] complex, unnormalised, any size; sign -1 or 1. */
int ip_idpc_fft2(double *x, size_t nx, size_t ny, int sign);

/* Frequency of index i of n points d apart, signed, 1/Angstrom. */
double ip_idpc_frequency(size_t i, size_t n, double d);

/*
 * The slope of f at point i of n, h apart, points stride apart in memory, by
 * differences of 2 radius points, fewer near an end; radius 1 to 4.
 */
double ip_idpc_slope(const double *f, size_t i, size_t n, size_t stride,
	size_t radius, double h);

/* 1 - exp(-k^2/2s^2), or 1 where s is 0. */
double ip_idpc_high_pass(const struct ip_idpc *how, double k2);

/* ---- OBF: the probe and the detector on a grid in k ---- */

/*
 * Pixel (i, j), |i| <= reach[0], |j| <= reach[1], at k = (i, j) dk. Each
 * counts by the part of it that lies in the disc, or in a segment.
 */
struct ip_obf_lens {
	const struct ip_obf *how;
	struct ip_detector detector;	/* not flipped: place() does that */
	double wavelength, k0, dk[2];
	long reach[2], size[2];		/* size: points of the transforms */
	long every[2];			/* the step asked for is every * dk */
	double area;			/* of the disc, pixels */
	int16_t *corner;		/* what the pixels' corners lie in */
	double complex *wave;		/* disc exp(-i chi) */
	double complex *probe;		/* transform of wave at -k */
};

/* The grid's spacing divides step, 1/Angstrom, where that is not 0. */
int ip_obf_lens_open(struct ip_obf_lens *l, const struct ip_obf *how,
	const double step[2]);
void ip_obf_lens_close(struct ip_obf_lens *l);

/* What segment j has of the empty beam. */
double ip_obf_lens_share(const struct ip_obf_lens *l, int j);

/*
 * x [size[0]][size[1]]: overlap of segment j's piece of the disc with the disc
 * moved by each frequency.
 */
int ip_obf_lens_overlap(const struct ip_obf_lens *l, int j, double complex *x);

/* Transfer at frequency (qx, qy) in steps, from segment j's x. */
double complex ip_obf_lens_transfer(const struct ip_obf_lens *l,
	const double complex *x, long qx, long qy);

#endif
