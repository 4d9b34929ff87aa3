/* Images of a detector's segments, and their pixels. */
#ifndef IP_CLI_SEGMENTS_H
#define IP_CLI_SEGMENTS_H

#include <iphase/bundle.h>
#include "cli.h"

/*
 * --segment-order: segment i is image order[i] of n; as they are, if r is
 * empty. IP_CLI_USAGE, reported, unless each of them stands in r once.
 */
int ip_cli_segment_order(const struct ip_cli *c, const struct ip_reals *r,
	size_t n, size_t *order);
/* Segment order[i] of t ([..,] S, x, y), a view or not, becomes segment i of a
 * new one in its place, float64. */
int ip_cli_reorder(struct ip_tensor *t, const size_t *order);
/* t, a view or not, gets a first axis of length 1. */
void ip_cli_lift(struct ip_tensor *t);
/* The sides of a pixel, Angstrom: 1, or 0 and NAN if a does not say them. */
int ip_cli_pixel_size(const struct ip_attrs *a, double size[2]);

#endif
