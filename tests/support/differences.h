/* Gradients against central differences, for tests in double precision. */
#ifndef IP_TEST_DIFFERENCES_H
#define IP_TEST_DIFFERENCES_H

#include "maps.h"

/*
 * grad [x->n] against the differences of loss(of) when the numbers of x change
 * one by one by +-step, relative to the largest.
 */
void ip_test_expect_differences(const char *what, struct ip_test_room *x,
	const double *grad, double step, double tolerance,
	double (*loss)(void *of), void *of);

/* The sum of weight [pixels][c] times what r holds at slot. */
double ip_test_weighted(struct ip_test_room *r, const struct ip_slot *slot,
	const double *weight, size_t pixels, size_t c);

#endif
