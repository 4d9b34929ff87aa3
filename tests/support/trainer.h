/* A network that learns, under test. */
#ifndef IP_TEST_TRAINER_H
#define IP_TEST_TRAINER_H

#include <iphase/train.h>
#include "network.h"

/* The golden network (feature size 12) and two pictures for it. */
struct ip_test_trainer {
	struct ip_dev *dev;
	struct ip_trainer *t;
	struct ip_bundle golden;	/* model_steps.npz */
	struct ip_tensor x, target;
};
void ip_test_trainer_open(struct ip_test_trainer *t,
	const struct ip_learning *how);
void ip_test_trainer_close(struct ip_test_trainer *t);

/* Tensor NAME of golden numbers, of any real type, as float64, new. */
struct ip_tensor ip_test_f64(const struct ip_tensor *t);

/*
 * The gradients of t, after one call of ip_trainer_learn that gave dx, against
 * "PREFIX/NAME" of golden, all of a tensor or some numbers evenly from its
 * first to its last: the difference's length relative to the tensor's, beside
 * what rounding in the file may do. Returns how many were compared.
 */
int ip_test_trainer_gradients(struct ip_test_trainer *t,
	const struct ip_bundle *golden, const char *prefix,
	const struct ip_tensor *dx, double tolerance);

/* All numbers of its weights, or what is like them, one tensor behind another,
 * new. */
double *ip_test_trainer_numbers(struct ip_test_trainer *t,
	enum ip_trained what, size_t *n);

#endif
