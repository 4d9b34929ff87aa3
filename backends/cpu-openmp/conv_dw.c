/*
 * The gradient of a 3 x 3 convolution's weights, by the transpose of the
 * tiles' algorithm (see conv.c): a tile's 36 numbers of each input channel,
 * times the 36 of the gradient of each output channel, summed over the tiles,
 * are the gradient of the 36 that a weight became. A unit is a band of input
 * channels, a panel of output channels and a part of the tiles; parts' sums
 * are added up in their order, as in outer.c. Each unit transforms its tiles
 * anew, a few at a time, so that all it works on stays in the second-level
 * cache.
 *
 * In float32 no number is off by more than 1e-5 of the largest (t_conv_grad).
 * Scratch: up to 4 MiB of parts' sums, and 0.8 MiB a thread.
 */
#include <omp.h>
#include <string.h>
#include <iphase/threads.h>
#include "conv.h"
#include "outer.h"
#include "sizes.h"

enum {
	TILES = 32,		/* transformed at a time */
	ROWS = 48,		/* input channels of a unit, at most */
	PART = 128,		/* tiles of a part, at least */
	KEPT = 1 << 20,		/* reals of all parts' sums, at most */
	GAP = 16		/* reals, so that strides are no powers of 2 */
};

struct job {
	struct ip_tiles x, y;
	const struct ip_loops *loops;
	size_t high, bands;		/* rows a unit; units that make all */
	size_t wide;			/* high, or more that is read */
	size_t panel, panels;		/* columns a unit, whole vectors */
	size_t part, parts;		/* tiles a part */
	size_t u, v, d;			/* steps of the 36 */
	const ip_real *from_x, *from_dy;
	ip_real *dw, *sums;		/* [9][in][out]; [parts] of them */
};

/* Where in the sum of which part, and from which tiles. */
struct unit {
	size_t part, row, rows, column, columns;
};

static struct unit unit(const struct job *j, size_t i)
{
	struct unit u = { i / j->panels / j->bands,
		i / j->panels % j->bands * j->high, 0,
		i % j->panels * j->panel, 0 };

	u.rows = least(j->high, j->x.map.c - u.row);
	u.columns = least(j->panel, j->y.map.c - u.column);
	return u;
}

/* u [36][high][panel] of a unit; v [36][TILES][wide], d [36][TILES][panel] */
static void sum_tiles(const struct job *j, const struct unit *n, ip_real *u,
	ip_real *v, ip_real *d, ip_real *patch)
{
	size_t at = n->part * j->part, k;
	size_t end = least(at + j->part, j->x.count);
	struct ip_product p = { n->rows, up(n->columns, j->loops->lanes), 0,
		j->wide, j->panel, j->panel, j->panel, NULL, NULL, NULL, NULL };
	int first = 1;

	for (; at < end; at += p.depth, first = 0) {
		p.depth = least(TILES, end - at);
		for (k = 0; k < p.depth; k++) {
			ip_tiles_in(&j->x, v + k * j->wide, j->v, j->from_x,
				at + k, n->row, n->rows, patch);
			ip_tiles_dy(&j->y, d + k * j->panel, j->d, j->from_dy,
				at + k, n->column, n->columns, patch);
		}
		for (k = 0; k < 36; k++) {
			p.a = v + k * j->v;
			p.b = d + k * j->d;
			p.c = u + k * j->u;
			p.start = first ? NULL : p.c;
			j->loops->product_turned(&p);
		}
	}
}

static void run_unit(const struct job *j, size_t i, ip_real *room)
{
	ip_real *u = room, *v = u + 36 * j->u, *d = v + 36 * j->v;
	ip_real *patch = d + 36 * j->d, *to = j->dw;
	size_t in = j->x.map.c, out = j->y.map.c, k;
	struct unit n = unit(j, i);

	sum_tiles(j, &n, u, v, d, patch);
	if (j->parts > 1)
		to = j->sums + n.part * 9 * in * out;
	to += n.row * out + n.column;
	for (k = 0; j->parts > 1 && k < 9 * n.rows; k++)
		memset(to + k / n.rows * in * out + k % n.rows * out, 0,
			n.columns * sizeof(*to));
	j->loops->tile_dw(to, in * out, out, u, j->u, j->panel, n.rows,
		n.columns);
}

static int run(struct ip_dev *dev, struct job *j)
{
	size_t rows = 9 * j->x.map.c, each, sums = 0;
	int threads = ip_threads();
	ip_real *rooms;
	long i;

	j->u = j->high * j->panel + GAP;
	j->v = up(TILES * j->wide, GAP) + GAP;
	j->d = TILES * j->panel + GAP;
	each = 36 * (j->u + j->v + j->d + up(j->wide > j->panel ? j->wide :
		j->panel, GAP));
	if (j->parts > 1)
		sums = up(j->parts * rows * j->y.map.c, GAP);
	j->sums = ip_cpu_scratch(dev, (sums + (size_t)threads * each) *
		sizeof(*j->sums));
	if (j->sums == NULL)
		return IP_ENOMEM;
	rooms = j->sums + sums;
#pragma omp parallel for num_threads(threads) schedule(static)
	for (i = 0; i < (long)(j->parts * j->bands * j->panels); i++)
		run_unit(j, (size_t)i, rooms + (size_t)omp_get_thread_num() *
			each);
	if (j->parts > 1)
		ip_cpu_add_parts(j->dw, j->sums, j->parts, rows, j->y.map.c);
	return IP_OK;
}

int ip_conv_dw(struct ip_dev *dev, ip_real *dw, const ip_real *x,
	const ip_real *dy, const struct ip_map *in, size_t out)
{
	struct job j = { .x = ip_tiles(in, in->c), .y = ip_tiles(in, out),
		.loops = ip_loops(), .from_x = x, .from_dy = dy, .dw = dw };
	size_t lanes = j.loops->lanes;

	cut_panels(out, lanes, &j.panel, &j.panels);
	cut_alike(in->c, ROWS, &j.high, &j.bands);
	j.wide = j.high > lanes ? j.high : lanes;
	cut_parts(j.x.count, PART, KEPT / 9 / in->c / out, &j.part, &j.parts);
	return run(dev, &j);
}
