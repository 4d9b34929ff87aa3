/* The golden network (feature size 12) and what it is held against. */
#ifndef IP_TEST_NETWORK_H
#define IP_TEST_NETWORK_H

#include <iphase/infer.h>
#include "golden.h"

/* tests/golden/model_weights.npz on cpu-openmp. */
struct ip_test_network {
	struct ip_dev *dev;
	struct ip_net *net;
};
void ip_test_network_open(struct ip_test_network *t);
void ip_test_network_close(struct ip_test_network *t);

/* Weights of any shape, random, of the size that PyTorch begins with. */
void ip_test_network_weights(struct ip_bundle *b, const struct ip_net_shape *s,
	uint64_t seed);
void ip_test_network_same(const struct ip_net_shape *a,
	const struct ip_net_shape *b);
/* (n, c, h, w) in [0, 1), of type IP_REAL_DTYPE. */
struct ip_tensor ip_test_network_pictures(size_t n, size_t c, size_t h,
	size_t w, uint64_t seed);
/* Segments h x w of random numbers, thickness 12 nm. */
struct ip_measurement ip_test_measurement(size_t h, size_t w);
void ip_test_measurement_free(struct ip_measurement *in);
/* The network of x, new; fails the test unless it succeeds. */
struct ip_tensor ip_test_network_run(struct ip_net *net,
	const struct ip_tensor *x);

/*
 * Run the picture "SIZE/input" of model_forward.npz; fails the test if
 * "SIZE/output" or any "SIZE/STAGE" is further off than the tolerances,
 * relative to the largest value. Returns how many were compared.
 */
int ip_test_network_golden(const char *size, double output, double stage);

#endif
