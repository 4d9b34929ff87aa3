/* Specimen, scan and microscope turned together, in quarters of a circle. */
#ifndef IP_NET_TURN_H
#define IP_NET_TURN_H

#include <iphase/infer.h>

struct ip_turn {
	int flip;		/* first x to -x ... */
	double line, rotation;	/* ... by the crystal's mirror along this line;
				 * of the detector; degree */
	int quarters;		/* then so many quarter turns, from x to y */
};

/* Whether a detector of this rotation, degree, has a mirror image that is its
 * own segments in another order: *n eighths of a circle. */
int ip_turn_eighths(double rotation, int *n);
/*
 * Of the crystal C turned by R: the mirror M gives M R C = (M R S) C, with S a
 * mirror of the crystal, S C = C; a quarter turn Q gives (Q R) C. Of a crystal
 * without such a mirror rx and ry are still those of its mirror image.
 */
void ip_turn_euler(const struct ip_turn *t, double euler[3]);
/* The picture src (H, W) into dst. */
int ip_turn_map(const struct ip_turn *t, struct ip_tensor *dst,
	const struct ip_tensor *src);
/* The same into a new one. */
int ip_turn_new_map(const struct ip_turn *t, struct ip_tensor *dst,
	const struct ip_tensor *src);
/* Segments src (4, H, W) into new ones. */
int ip_turn_segments(const struct ip_turn *t, struct ip_tensor *dst,
	const struct ip_tensor *src);

#endif
