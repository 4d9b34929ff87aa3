/* How attention and its gradient share out windows. */
#ifndef IP_CL_WINDOWS_H
#define IP_CL_WINDOWS_H

#include "opencl.h"

/*
 * A work group takes a head of 'per' windows. Its room is local memory if it
 * fits there; else each of the 'groups' has one in scratch.
 */
struct ip_cl_windows {
	struct ip_windows s;
	size_t high, across, all;	/* windows along the axes; of a batch */
	size_t per, blocks, groups;	/* blocks times heads */
	size_t room;			/* reals */
	int local;
	char options[48];
};

/* vectors and squares: how many of [tokens][dim] and [tokens][tokens] a room
 * has; extra: reals that a group needs besides. IP_ELIMIT, reported. */
int ip_cl_windows(struct ip_dev *dev, struct ip_cl_windows *w,
	const struct ip_windows *s, size_t vectors, size_t squares,
	size_t extra);
/* The last arguments of both kernels; room is where scratch has room for all
 * groups, if that is not local. */
void ip_cl_windows_arguments(struct ip_cl_call *c,
	const struct ip_cl_windows *w, const struct ip_buf *room);
int ip_cl_windows_run(struct ip_cl_call *c, const struct ip_cl_windows *w);

#endif
