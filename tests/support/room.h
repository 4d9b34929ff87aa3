/* Buffers of numbers for tests of ops, watched on both sides. */
#ifndef IP_TEST_ROOM_H
#define IP_TEST_ROOM_H

#include <iphase/backend.h>
#include "support.h"

/*
 * n reals in device memory, a part of a greater buffer whose other bytes must
 * stay as they are; host holds what they were made of.
 */
struct ip_test_room {
	struct ip_dev *dev;
	struct ip_buf whole, buf;
	double *host;
	size_t n;
};

/* Random numbers of [-scale, scale), as ip_real has them. */
struct ip_test_room ip_test_room(struct ip_dev *dev, size_t n, uint64_t seed,
	double scale);
/* These numbers, rounded to ip_real; x is freed. */
struct ip_test_room ip_test_room_of(struct ip_dev *dev, double *x, size_t n);
/* What it holds now, in host too; fails if anything beside it changed. */
const double *ip_test_room_get(struct ip_test_room *r);
void ip_test_room_drop(struct ip_test_room *r);

/* What host has, new; free() it. */
double *ip_test_room_copy(const struct ip_test_room *r);
/* These n numbers, or zeros if x is NULL, instead of its own; x is freed. */
void ip_test_room_put(struct ip_test_room *r, double *x);
/* It holds what host has: nothing was written to it since. */
void ip_test_room_untouched(struct ip_test_room *r);

/* Both, and what is beside them, have the same bytes. */
void ip_test_room_same(const struct ip_test_room *a,
	const struct ip_test_room *b);
/* As many bytes as a has are the same in b. */
void ip_test_buf_same(struct ip_dev *dev, const struct ip_buf *a,
	const struct ip_buf *b);
/* Third n of buf: one of three pictures. */
struct ip_buf ip_test_third(struct ip_buf buf, size_t n);
double ip_test_dot(const double *a, const double *b, size_t n);

/* All of r against want, not its own host, relative to the largest. */
void ip_test_room_expect(const char *what, struct ip_test_room *r,
	const double *want, double tolerance);

#endif
