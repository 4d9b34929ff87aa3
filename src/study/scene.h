/*
 * What a part of a picture is put through the scattering as: a repeat cell of
 * one slice, which the picture's potential is in.
 */
#ifndef IP_STUDY_SCENE_H
#define IP_STUDY_SCENE_H

#include <iphase/repeat.h>

/* A picture of a potential, and what it goes on with: {0} but for v, n, pixel,
 * margin. */
struct ip_scene_picture {
	const double *v;	/* (n[0], n[1]), V Angstrom per nm */
	size_t n[2];
	double pixel[2];	/* Angstrom */
	double margin;		/* of boxes, Angstrom */
	double *wide;		/* with surroundings, once a box wants them;
				 * to be freed */
	long low[2];		/* its first pixel */
	size_t width;		/* pixels of its rows */
};

/* Pixels at .. at + n, and what of them is to be put through. */
struct ip_scene_part {
	size_t at[2], n[2];
	double slice;		/* Angstrom thick */
	double displacement;	/* square Angstrom: of atoms along an axis */
	double cutoff;		/* of the waves, 1/Angstrom */
};

struct ip_scene {
	struct ip_period *period;	/* one slice */
	size_t waves[2];
	double rotation;		/* of its frame, rad */
	double start[2];		/* the part's first pixel, Angstrom */
	double lattice[2][2];		/* of a crystal's cell, pixels */
};
void ip_scene_free(struct ip_scene *s);

/*
 * A periodic box of the part and a margin of what is around it, blended at its
 * edges, as iphase/consistency.h says of the picture's. IP_ELIMIT: too large.
 */
int ip_scene_of_box(struct ip_scene_picture *p, const struct ip_scene_part *r,
	struct ip_scene *s);

/*
 * The crystal's own cell: the mean over the cells that are in a window of
 * IP_CONSISTENCY_CRYSTAL about the part, if the potential there repeats itself
 * but for a share of `stray` of its variance. 1: it does not.
 */
int ip_scene_of_cell(const struct ip_scene_picture *p,
	const struct ip_scene_part *r, double stray, struct ip_scene *s);

#endif
