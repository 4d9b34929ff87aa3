/* Gradients against central differences. */
#ifndef IP_TEST_SLOPE_H
#define IP_TEST_SLOPE_H

#include "room.h"

/*
 * grad, that of loss with respect to the numbers of x, at count places all
 * over x, by moving one number at a time by +-1e-5. In double precision, with
 * numbers about 1, that is good to 1e-9 or so of the largest: x is not
 * changed. Fails where it is off by 1e-7 of the largest.
 */
void ip_test_slope(const char *what, double (*loss)(void *of), void *of,
	struct ip_test_room *x, const double *grad, size_t count);

#endif
