/* The transforms of kernels/fft.cl as the host sees them. */
#ifndef IP_OPENCL_FFT_H
#define IP_OPENCL_FFT_H

#include "opencl.h"

/* Those of n points, whose factors are 2, 3, 5, 7: a device keeps what they
 * take. */
struct ip_cl_fft {
	size_t n, radices;
	struct ip_buf table;
};
int ip_cl_fft(struct ip_dev *dev, struct ip_cl_fft *f, size_t n);

/* Local memory that a work group may take, in bytes. */
size_t ip_cl_fft_local(const struct ip_dev *dev);
/* Items of a work group that has so many points. */
size_t ip_cl_fft_items(const struct ip_dev *dev, size_t points);

/*
 * How lines are given to work groups: 'lines' each, one behind the other or,
 * columns, side by side. A group goes from tile to tile, 'groups' apart.
 */
struct ip_cl_tile {
	size_t lines, items, groups;
	size_t room;		/* bytes a group */
	int far;		/* they don't fit local memory */
	struct ip_buf memory;	/* far: of all groups, to be set */
};
/*
 * 'lines' lines in each of 'parts' parts, which share no tile. A group has
 * 'both' times as many lines in its room as in its tile.
 */
struct ip_cl_tile ip_cl_tile(const struct ip_dev *dev, size_t n, size_t lines,
	size_t parts, int columns, size_t both);
/* Bytes of memory for either, one after the other. */
size_t ip_cl_tile_memory(const struct ip_cl_tile *a,
	const struct ip_cl_tile *b);

/* A call of a kernel whose first argument is ROOM_ARG; of FFT(f); the run. */
struct ip_cl_call ip_cl_tile_call(struct ip_dev *dev, const char *source,
	const char *kernel, const struct ip_cl_tile *t);
void ip_cl_fft_arg(struct ip_cl_call *c, const struct ip_cl_fft *f);
int ip_cl_tile_run(struct ip_cl_call *c, const struct ip_cl_tile *t);

/* The next size bytes of 'all' from *at on, for an op's scratch in parts. With
 * all NULL it only counts. */
struct ip_buf ip_cl_piece(const struct ip_buf *all, size_t *at, size_t size);

/* Scratch that a batch of what an op goes through should take: less than the
 * cache of a large GPU. */
#define IP_CL_BATCH ((size_t)32 << 20)
/* How many at once, of n that take 'each' bytes; at least one. */
size_t ip_cl_batch(size_t n, size_t each);

#endif
