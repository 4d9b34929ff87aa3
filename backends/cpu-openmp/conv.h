/* What conv and its gradients share. */
#ifndef IP_CONV_H
#define IP_CONV_H

#include "cpu.h"

/*
 * y = x * w + bias, or that added to y. 'turned' is what gives the gradient of
 * x from that of y: w is [k][k][out][in.c], and its taps are taken in reverse.
 */
struct ip_conv {
	struct ip_map in;
	size_t out, k;
	const ip_real *x, *w, *bias;
	ip_real *y;
	int turned, add;
};

int ip_conv_run(struct ip_dev *dev, const struct ip_conv *conv);
/* dw [3][3][in.c][out] += the gradient; x a map 'in', dy one of out */
int ip_conv_dw(struct ip_dev *dev, ip_real *dw, const ip_real *x,
	const ip_real *dy, const struct ip_map *in, size_t out);

/*
 * A map in tiles of 4 x 4 pixels, of which the last of a line or a column may
 * be cut off. Functions take n channels of a tile, from 'first' on; patch is
 * room for 36 pixels of n or 'lanes' numbers, whichever is more.
 */
struct ip_tiles {
	const struct ip_loops *loops;
	struct ip_map map;
	size_t high, across;		/* tiles of a picture */
	size_t count;			/* of all pictures */
};

struct ip_tiles ip_tiles(const struct ip_map *map, size_t c);
/* v [36][n] as for loops->tile_in, from the pixels of x around the tile */
void ip_tiles_in(const struct ip_tiles *t, ip_real *v, size_t step,
	const ip_real *x, size_t tile, size_t first, size_t n, ip_real *patch);
/* y = m + bias as loops->tile_out has it, or added to y */
void ip_tiles_out(const struct ip_tiles *t, ip_real *y, const ip_real *m,
	size_t step, const ip_real *bias, int add, size_t tile, size_t first,
	size_t n, ip_real *patch);
/* d [36][n] as for loops->tile_dy */
void ip_tiles_dy(const struct ip_tiles *t, ip_real *d, size_t step,
	const ip_real *dy, size_t tile, size_t first, size_t n,
	ip_real *patch);

#endif
