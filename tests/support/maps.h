/* Maps of pixels in tests of the network's ops. */
#ifndef IP_TEST_MAPS_H
#define IP_TEST_MAPS_H

#include <float.h>
#include "room.h"

/* What rounding to ip_real may do, relative. */
#define IP_TEST_EPSILON (sizeof(ip_real) == 4 ? FLT_EPSILON : DBL_EPSILON)

/* A new map [b][h][w][c] of (b, c, h, w); x is freed. */
double *ip_test_nhwc(double *x, size_t b, size_t c, size_t h, size_t w);
/* Weights of k taps as the ops want them, (k, c, o), of PyTorch's (o, c, k);
 * x is freed. */
double *ip_test_taps(double *x, size_t o, size_t c, size_t k);

/* What x has at slot (NULL: packed), new: [pixels][c]. */
double *ip_test_packed(const double *x, const struct ip_slot *slot,
	size_t pixels, size_t c);

/*
 * r, written through slot (NULL: packed) by an op that gives want
 * [pixels][c], holds that, and what it held in r->host elsewhere.
 */
void ip_test_expect_slot(const char *what, struct ip_test_room *r,
	const struct ip_slot *slot, const double *want, size_t pixels,
	size_t c, double tolerance);

/*
 * Whole windows, [.][tokens][channels], put where attention's shift and cut
 * find them in map, [pixels][channels]; or the way back.
 */
void ip_test_place(double *map, double *windows, const struct ip_windows *s,
	size_t channels, int way_back);

/* run under every instruction set that there is, or once on another backend
 * (IPHASE_BACKEND); the sum of its results. */
int ip_test_every_isa(int (*run)(const char *isa));

#endif
