/* Small files of training data. */
#ifndef IP_TEST_PICTURES_H
#define IP_TEST_PICTURES_H

#include <iphase/dataset.h>
#include <iphase/status.h>
#include "support/support.h"

/*
 * What iphase-simulate writes, of random numbers that seed decides: count
 * pictures of h x w; for one without a series. Segments in 0.01 .. 0.07,
 * potential_beam in 0 .. 9000, potential_zone a hundredth of it, thickness 20,
 * 40, .. nm, euler 10, 0.5, -0.25 (all pictures), energy 200 kV, pixel 0.1 A,
 * material M<seed>.
 */
void ip_test_data(struct ip_bundle *b, size_t count, size_t h, size_t w,
	uint64_t seed);
/* The same into an .ipt of the scratch folder; its path, to be freed. */
char *ip_test_data_file(const char *name, size_t count, size_t h, size_t w,
	uint64_t seed);
/* One picture as the reference has it: input float16. */
void ip_test_reference(struct ip_bundle *b, size_t h, size_t w, uint64_t seed);

/* Replace the tensor called name by one of value everywhere, or take it out
 * (ndim < 0). */
void ip_test_replace(struct ip_bundle *b, const char *name,
	enum ip_dtype dtype, int ndim, const size_t *shape, double value);
/* The bundle as an .ipt, which frees it; its path, to be freed. */
char *ip_test_bundle_file(const char *name, struct ip_bundle *b);

/* The dataset of paths; fails the test unless it opens. */
struct ip_dataset *ip_test_dataset(const char *const *paths, size_t n);

#endif
