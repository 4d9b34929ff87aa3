/* A small specimen with everything that a simulation needs. */
#ifndef IP_TEST_FIXTURE_H
#define IP_TEST_FIXTURE_H

#include "golden.h"

/*
 * Float32 waves through some ten slices: each slice rounds a wave to 6e-8,
 * and a segment sums hundreds of pixels; 5e-6 of the beam is the bound that
 * is promised, a tenth of it is seen.
 */
#define IP_TEST_FLOAT_TOLERANCE 5e-6

struct ip_test_fixture {
	struct ip_structure atoms;
	struct ip_detector d[4];
	size_t planes[4];
	struct ip_simulation s;
};

/*
 * 24 atoms in a box of nx/8 x ny/8 x 24 Angstrom, potential of nx x ny points
 * in 12 slices; 200 keV, 20 mrad, quadrants 10-50 mrad, the last plane, a scan
 * of 10 x 9 points over the box.
 */
void ip_test_fixture_open(struct ip_test_fixture *f, size_t nx, size_t ny);
/* The potential anew, of what f->atoms are now. */
void ip_test_fixture_potential(struct ip_test_fixture *f, size_t nx, size_t ny,
	enum ip_deposit deposit);
void ip_test_fixture_close(struct ip_test_fixture *f);

/* ip_test_max_abs of two results of one shape. */
double ip_test_distance(const struct ip_tensor *a, const struct ip_tensor *b);

#endif
