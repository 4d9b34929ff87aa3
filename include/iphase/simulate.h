/* Four-segment (and other) STEM images of a specimen by multislice. */
#ifndef IPHASE_SIMULATE_H
#define IPHASE_SIMULATE_H

#include <iphase/em.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Point (i, j) at start + (i/n, j/n) (end - start), Angstrom. */
struct ip_scan {
	double start[2], end[2];
	size_t n[2];
};

enum ip_method {
	IP_METHOD_AUTO,		/* whichever costs less */
	IP_METHOD_PROBES,	/* one multislice run a scan point */
	IP_METHOD_MATRIX	/* scattering matrix + Fourier-domain scan */
};

/*
 * Everything one run computes. The scattering matrix method is PRISM with
 * interpolation 1 (Ophus, Adv. Struct. Chem. Imag. 3 (2017) 13): exact, all
 * exit planes in one pass.
 */
struct ip_simulation {
	struct ip_potential *potential;
	struct ip_probe probe;
	const struct ip_detector *detectors;
	size_t detector_count;
	struct ip_scan scan;
	const size_t *planes;	/* slices passed, ascending; 0: the entrance */
	size_t plane_count;
	const struct ip_aberrations *sets; /* instead of probe.aberrations */
	size_t set_count;	/* 0: only probe.aberrations */
	double source_fwhm;	/* Gaussian source, Angstrom; 0: a point */
	enum ip_method method;
	size_t memory;		/* bytes for working memory; 0: 2 GiB */
};

/* What a run will do and need, told before it runs. */
struct ip_cost {
	enum ip_method method;	/* never AUTO */
	size_t waves;		/* plane waves or probes */
	size_t passes;		/* through the specimen */
	size_t memory;		/* bytes at the peak */
	double steps;		/* waves * slices, all passes */
};
int ip_simulate_cost(const struct ip_simulation *s, struct ip_cost *cost);

/*
 * images: (max(set_count, 1), plane_count, channels, scan nx, scan ny)
 * float64, fraction of the incident beam (COM: 1/Angstrom, not divided by
 * the intensity). source_fwhm needs MATRIX, or a PROBES scan that covers the
 * whole periodic box. IP_ELIMIT: does not fit the memory bound at all (the
 * message says what would).
 */
int ip_simulate(struct ip_dev *dev, const struct ip_simulation *s,
	struct ip_tensor *images);

/*
 * The wave behind slice plane - 1 for one probe position (or the plane wave
 * of unit amplitude if position is NULL), real space, (nx, ny) complex64.
 */
int ip_exit_wave(struct ip_dev *dev, const struct ip_simulation *s,
	const double *position, size_t plane, struct ip_tensor *wave);

/*
 * The truth of the images: the potential summed from the entrance down to
 * each plane, V Angstrom, band-limited as the simulation is, at the points of
 * scan: (plane_count, scan nx, scan ny) float64.
 */
int ip_potential_project(struct ip_potential *p, const size_t *planes,
	size_t plane_count, const struct ip_scan *scan, struct ip_tensor *sums);

#ifdef __cplusplus
}
#endif
#endif
