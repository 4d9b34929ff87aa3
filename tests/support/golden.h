/* Golden files of the physics, and what simulations under test share. */
#ifndef IP_TEST_GOLDEN_H
#define IP_TEST_GOLDEN_H

#include <iphase/bundle.h>
#include <iphase/simulate.h>
#include <iphase/status.h>
#include "support.h"

/* tests/golden/NAME. */
void ip_test_golden(const char *name, struct ip_bundle *b);
/*
 * Tensor key as float64 (complex: pairs), to be freed with free(); fails the
 * test if it has not count numbers.
 */
double *ip_test_numbers(const struct ip_bundle *b, const char *key,
	size_t count);
/* The atoms Z, xyz_d in the orthogonal cell cell_d. */
void ip_test_atoms(const struct ip_bundle *b, struct ip_structure *s);
/* grid of n0 x n1 points over the cell of s. */
struct ip_grid ip_test_grid(const struct ip_structure *s, size_t n0,
	size_t n1);

/* The field's usual detector: quadrants, inner .. outer mrad. */
struct ip_detector ip_test_quadrants(double inner, double outer);
/* A beam of energy eV, semiangle mrad, soft aperture, no aberrations. */
struct ip_probe ip_test_probe(double energy, double semiangle);
/* n0 x n1 points over the whole box of p. */
struct ip_scan ip_test_scan(const struct ip_potential *p, size_t n0,
	size_t n1);
/* Run s on cpu-openmp; fails the test unless it succeeds. Free the data. */
void ip_test_simulate(const struct ip_simulation *s, struct ip_tensor *images);
/* The largest |a - b| of n; NaN gives infinity. */
double ip_test_max_abs(const double *a, const double *b, size_t n);

#endif
