/* Changes of a picture: what is drawn, and how it is done. */
#ifndef IP_TRAIN_AUGMENT_H
#define IP_TRAIN_AUGMENT_H

#include "dataset.h"

/* What is done to one picture, in this order. */
struct ip_change {
	int flip;		/* x to -x ... */
	double line, rotation;	/* ... by the crystal's mirror along this line;
				 * of the detector; degree */
	int quarters;		/* then so many quarter turns, from x to y */
	double electrons;	/* in a pixel; 0: no noise */
	size_t at[2], size[2];	/* of that the part from there on, which goes
				 * round at the edges of a periodic picture */
	uint64_t key;		/* of the noise */
};

/* What is drawn of a key: each by its own number, so that none of them changes
 * the others. */
enum ip_change_number { IP_CHANGE_FLIP, IP_CHANGE_LINE, IP_CHANGE_TURN,
	IP_CHANGE_AT_X, IP_CHANGE_AT_Y, IP_CHANGE_DOSE, IP_CHANGE_FACTOR,
	IP_CHANGE_SIGMA, IP_CHANGE_RAMP, IP_CHANGE_RAMP_END,
	IP_CHANGE_RAMP_PHI, IP_CHANGE_EMPTY };
double ip_change_uniform(uint64_t key, enum ip_change_number what);

/* What key decides. how fits f, as ip_example_check says. */
struct ip_change ip_change_draw(const struct ip_data_file *f,
	const struct ip_augmentation *how, uint64_t key);
/* All but the part; s is replaced, and stays as it was on failure. */
int ip_change_apply(const struct ip_change *c, struct ip_sample *s);
/* The part of pictures t (n, h, w), which is replaced likewise. */
int ip_change_cut(const struct ip_change *c, struct ip_tensor *t);

/*
 * The reference's changes of the four segments in x (channels, h, w) float32,
 * which have been scaled to 0 .. 1: Gaussian smoothing, a factor and Gaussian
 * noise.
 */
int ip_change_reference(struct ip_tensor *x, uint64_t key);

/* Picture i of f; or, with the probability share, one of the same crystal as a
 * ramp of thickness that begins there, where f has a series for that. */
int ip_ramp_get(const struct ip_data_file *f, enum ip_truth truth, size_t i,
	double share, uint64_t key, struct ip_sample *s);

#endif
