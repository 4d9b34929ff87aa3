/* What the files of iDPC share. */
#ifndef IP_EM_IDPC_H
#define IP_EM_IDPC_H

#include <stddef.h>
#include <iphase/idpc.h>

#define IP_PI 3.14159265358979323846

/* The disc and the detector in 1/Angstrom. */
struct ip_idpc_geometry {
	double k0;	/* radius of the disc */
	double k1, k2;	/* its lit part that the detector sees, k1 < k2 <= k0 */
	double factor;	/* shift = factor * sum_j share_j u_j */
};

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

#endif
