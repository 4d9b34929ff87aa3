/* A probe on a grid in k, put through weak gratings, in double. */
#ifndef IP_TEST_WAVES_H
#define IP_TEST_WAVES_H

#include <complex.h>
#include <stddef.h>
#include <fftw3.h>

/* 160 A at 200 kV, 20 mrad: 2 k0 is 255 pixels, an aperture of 51,000. */
enum { IP_TEST_WAVES = 480 };
#define IP_TEST_WAVES_BOX 160.0		/* Angstrom */

struct ip_test_waves {
	double complex *probe;	/* [IP_TEST_WAVES][IP_TEST_WAVES] */
	double complex *psi;	/* the same, behind a grating */
	fftw_plan to_k, to_r;	/* of psi; of the probe */
};

/* Room; the probe is the caller's to fill, in k, FFT order, then to_r. */
void ip_test_waves_open(struct ip_test_waves *w);
void ip_test_waves_close(struct ip_test_waves *w);
/* Index i, FFT order, as a frequency, 1/Angstrom. */
double ip_test_waves_k(size_t i);
/*
 * The aperture of radius k0, soft by a pixel of the k grid: an area as good
 * as exact, at the price of a rim that counts a little less.
 */
double ip_test_waves_aperture(double k, double k0);
/* psi, in k: behind exp(i e cos(2 pi (gx i + gy j)/N + at)). */
void ip_test_waves_grating(struct ip_test_waves *w, int gx, int gy, double at,
	double e);

#endif
