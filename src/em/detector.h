/* Detectors, pixel by pixel. */
#ifndef IP_DETECTOR_H
#define IP_DETECTOR_H

#include <iphase/em.h>

/* A pixel adds weight |psi|^2 to a channel. */
struct ip_entry {
	uint32_t channel;
	ip_real weight;
};
enum { IP_ENTRIES = 2 };	/* the most of one detector */

/*
 * What detector d, its channels from base on, does at (kx, ky), 1/Angstrom:
 * the number of entries e gets.
 */
size_t ip_detector_entries(const struct ip_detector *d, size_t base,
	double wavelength, double kx, double ky, struct ip_entry *e);
/* IP_EINVAL: no ring; IP_EPHYSICS: beyond cutoff, 1/Angstrom. */
int ip_detector_check(const struct ip_detector *d, double cutoff,
	double wavelength);

#endif
