/*
 * Convolutions. 1 x 1 are products of pixels with the weights. 3 x 3 are taken
 * by Winograd's F(4x4, 3x3): for a tile of 4 x 4 pixels of y, 36 numbers of
 * each input channel meet 36 of each weight, a quarter of the plain sum's
 * products. simd/conv_tiles.c has the transforms; between them lie, for each
 * of the 36, products of tiles with weights. The weights or the tiles,
 * whichever are fewer, are transformed once and kept; the others are, block by
 * block, so that they stay in the second-level cache.
 *
 * In float32 the error against double is 1.7 times the plain sum's for numbers
 * about zero, as large as that for positive ones: root of the mean square
 * 0.7, 0.9, 1.8e-6 of the result's for 48, 96, 384 channels, and at most 1.3,
 * 2.2, 3.6e-6 of the largest number.
 *
 * The gradient of x is such a convolution, too, of weights that are turned
 * while they are packed or transformed.
 *
 * What is computed for a pixel does not depend on the block it is in, nor on
 * the number of pictures, which must not decide between the two ways.
 * Scratch: up to 8 MiB of what is kept, for 768 channels, and 1 MiB a thread.
 */
#include <omp.h>
#include <iphase/threads.h>
#include "conv.h"
#include "sizes.h"

enum {
	PIXELS = 128,		/* of a unit of 1 x 1 */
	TILES = 64,		/* kept at a time; of larger pictures, none */
	KEPT = 1 << 21,		/* reals of weights that may be kept */
	NEAR = 1 << 17,		/* reals that stay near a processor */
	DEPTH = 64,		/* input channels whose weights are near */
	GAP = 16		/* reals, so that strides are no powers of 2 */
};

struct job {
	struct ip_conv c;
	size_t panel, panels;		/* columns a panel */
	size_t wide;			/* in.c, or more that is read */
	struct ip_tiles x, y;
	const struct ip_loops *loops;
};

/* Columns of a panel that there are. */
static size_t columns(const struct job *j, size_t panel)
{
	return least(j->panel, j->c.out - panel * j->panel);
}

/* ---- 1 x 1 ---- */

/* packed [panels][in.c][panel] <- w [in.c][out], zeros behind */
static void pack(const struct job *j, ip_real *packed, size_t panel)
{
	size_t depth = j->c.in.c, first = panel * j->panel;
	size_t n = columns(j, panel);

	if (j->c.turned)
		j->loops->pack(packed + first * depth, j->panel,
			j->c.w + first * depth, n, depth);
	else
		pack_panel(packed + first * depth, j->panel, j->c.w + first,
			j->c.out, depth, n);
}

/* unit: a panel of a block of pixels */
static void one_block(const struct job *j, const ip_real *packed, size_t unit)
{
	size_t depth = j->c.in.c, panel = unit % j->panels;
	size_t pixels = j->c.in.b * j->c.in.h * j->c.in.w;
	size_t at = unit / j->panels * PIXELS;
	struct ip_product p = { least(PIXELS, pixels - at), columns(j, panel),
		depth, depth, j->panel, 0, j->c.out, j->c.x + at * depth,
		packed + panel * depth * j->panel, NULL, NULL };

	p.c = j->c.y + at * j->c.out + panel * j->panel;
	if (j->c.bias)
		p.start = j->c.bias + panel * j->panel;
	if (j->c.add) {
		p.start = p.c;
		p.start_pitch = p.c_pitch;
	}
	j->loops->product(&p);
}

static int run_1x1(struct ip_dev *dev, const struct job *j)
{
	size_t pixels = j->c.in.b * j->c.in.h * j->c.in.w;
	ip_real *packed = ip_cpu_scratch(dev, j->panels * j->panel * j->c.in.c *
		sizeof(*packed));
	long i, blocks = (long)((pixels + PIXELS - 1) / PIXELS);

	if (packed == NULL)
		return IP_ENOMEM;
#pragma omp parallel for num_threads(ip_threads()) schedule(static)
	for (i = 0; i < (long)j->panels; i++)
		pack(j, packed, (size_t)i);
#pragma omp parallel for num_threads(ip_threads()) schedule(static)
	for (i = 0; i < blocks * (long)j->panels; i++)
		one_block(j, packed, (size_t)i);
	return IP_OK;
}

/* ---- 3 x 3 ---- */

/* The 36 products c = start + a b of 'rows' tiles. */
static void products(const struct job *j, struct ip_product p, size_t a_step,
	size_t b_step, size_t c_step)
{
	int i;

	for (i = 0; i < 36; i++) {
		j->loops->product(&p);
		p.a += a_step;
		p.b += b_step;
		p.c += c_step;
		if (p.start)
			p.start += c_step;
	}
}

/* What is where in scratch: reals, multiples of 16. */
struct layout {
	size_t tiles;			/* at a time */
	size_t u, v, m;			/* steps of the 36 */
	size_t patch;
};

/*
 * Weights kept: u [panels][36][in.c][panel]; each thread v [36][tiles][wide],
 * m [36][tiles][panels panel].
 */
static void few_weights(const struct job *j, const struct layout *l,
	const ip_real *u, size_t first, ip_real *room)
{
	ip_real *v = room, *m = v + 36 * l->v, *patch = m + 36 * l->m;
	size_t n = least(l->tiles, j->x.count - first), all, i;

	all = j->panels * j->panel;
	for (i = 0; i < n; i++)
		ip_tiles_in(&j->x, v + i * j->wide, l->v, j->c.x, first + i, 0,
			j->c.in.c, patch);
	for (i = 0; i < j->panels; i++) {
		struct ip_product p = { n, j->panel, j->c.in.c, j->wide,
			j->panel, 0, all, v, u + i * 36 * l->u, NULL,
			m + i * j->panel };

		products(j, p, l->v, l->u, l->m);
	}
	for (i = 0; i < n; i++)
		ip_tiles_out(&j->y, j->c.y, m + i * all, l->m, j->c.bias,
			j->c.add, first + i, 0, j->c.out, patch);
}

static void weights(const struct job *j, ip_real *u, size_t step,
	size_t panel, size_t first, size_t depth)
{
	size_t in = j->c.in.c, out = j->c.out, column = panel * j->panel;

	if (j->c.turned)
		j->loops->tile_weights_turned(u, step, j->panel, j->c.w +
			column * in + first, in * out, in, depth,
			columns(j, panel));
	else
		j->loops->tile_weights(u, step, j->panel, j->c.w +
			first * out + column, in * out, out, depth,
			columns(j, panel));
}

static int run_few_weights(struct ip_dev *dev, const struct job *j)
{
	struct layout l;
	size_t all = j->panels * j->panel, each, near;
	size_t chunks = (j->c.in.c + DEPTH - 1) / DEPTH;
	int threads = ip_threads();
	ip_real *u, *rooms;
	long i;

	near = NEAR / 36 / (j->wide + all) / 8 * 8;
	l.tiles = near < 8 ? 8 : near > TILES ? TILES : near;
	l.u = j->c.in.c * j->panel + GAP;
	l.v = up(l.tiles * j->wide, GAP) + GAP;
	l.m = l.tiles * all + GAP;
	l.patch = up(36 * (j->wide > all ? j->wide : all), GAP) + GAP;
	each = 36 * (l.v + l.m) + l.patch;
	u = ip_cpu_scratch(dev, (j->panels * 36 * l.u +
		(size_t)threads * each) * sizeof(*u));
	if (u == NULL)
		return IP_ENOMEM;
	rooms = u + j->panels * 36 * l.u;
#pragma omp parallel for num_threads(threads) schedule(static)
	for (i = 0; i < (long)(j->panels * chunks); i++) {
		size_t panel = (size_t)i / chunks;
		size_t first = (size_t)i % chunks * DEPTH;

		weights(j, u + panel * 36 * l.u + first * j->panel, l.u, panel,
			first, least(DEPTH, j->c.in.c - first));
	}
#pragma omp parallel for num_threads(threads) schedule(static)
	for (i = 0; i < (long)((j->x.count + l.tiles - 1) / l.tiles); i++)
		few_weights(j, &l, u, (size_t)i * l.tiles,
			rooms + (size_t)omp_get_thread_num() * each);
	return IP_OK;
}

/*
 * Tiles kept: v [36][tiles][wide]; each thread u [36][DEPTH][panel],
 * m [36][tiles][panel].
 */
static void few_tiles(const struct job *j, const struct layout *l,
	const ip_real *v, size_t first, size_t panel, ip_real *room)
{
	ip_real *u = room, *m = u + 36 * l->u, *patch = m + 36 * l->m;
	const ip_real *bias = j->c.bias ? j->c.bias + panel * j->panel : NULL;
	size_t n = least(l->tiles, j->x.count - first), c, i;

	for (c = 0; c < j->c.in.c; c += DEPTH) {
		struct ip_product p = { n, columns(j, panel),
			least(DEPTH, j->c.in.c - c), j->wide, j->panel,
			j->panel, j->panel, v + c, u, c ? m : NULL, m };

		weights(j, u, l->u, panel, c, p.depth);
		products(j, p, l->v, l->u, l->m);
	}
	for (i = 0; i < n; i++)
		ip_tiles_out(&j->y, j->c.y, m + i * j->panel, l->m, bias,
			j->c.add, first + i, panel * j->panel,
			columns(j, panel), patch);
}

static int run_few_tiles(struct ip_dev *dev, const struct job *j)
{
	struct layout l;
	size_t each, first;
	int threads = ip_threads();
	ip_real *v, *rooms;
	long i;

	l.tiles = least(TILES, j->x.count);
	l.u = DEPTH * j->panel + GAP;
	l.v = up(l.tiles * j->wide, GAP) + GAP;
	l.m = l.tiles * j->panel + GAP;
	l.patch = up(36 * (j->wide > j->panel ? j->wide : j->panel), GAP) + GAP;
	each = 36 * (l.u + l.m) + l.patch;
	v = ip_cpu_scratch(dev, (36 * l.v + (size_t)threads * each) *
		sizeof(*v));
	if (v == NULL)
		return IP_ENOMEM;
	rooms = v + 36 * l.v;
	for (first = 0; first < j->x.count; first += l.tiles) {
		long n = (long)least(l.tiles, j->x.count - first);

#pragma omp parallel for num_threads(threads) schedule(static)
		for (i = 0; i < n; i++)
			ip_tiles_in(&j->x, v + (size_t)i * j->wide, l.v,
				j->c.x, first + (size_t)i, 0, j->c.in.c, rooms +
				each * (size_t)omp_get_thread_num());
#pragma omp parallel for num_threads(threads) schedule(static)
		for (i = 0; i < (long)j->panels; i++)
			few_tiles(j, &l, v, first, (size_t)i, rooms + each *
				(size_t)omp_get_thread_num());
	}
	return IP_OK;
}

int ip_conv_run(struct ip_dev *dev, const struct ip_conv *conv)
{
	struct job j = { .c = *conv, .loops = ip_loops() };
	size_t lanes = j.loops->lanes;

	cut_panels(conv->out, lanes, &j.panel, &j.panels);
	if (conv->k == 1)
		return run_1x1(dev, &j);
	j.wide = conv->in.c > lanes ? conv->in.c : lanes;
	j.x = ip_tiles(&conv->in, conv->in.c);
	j.y = ip_tiles(&conv->in, conv->out);
	if (j.x.high * j.x.across <= TILES ||
		conv->in.c > KEPT / 36 / (j.panels * j.panel))
		return run_few_tiles(dev, &j);
	return run_few_weights(dev, &j);
}

int ip_cpu_conv(struct ip_dev *dev, struct ip_buf *y, const struct ip_buf *x,
	const struct ip_buf *w, const struct ip_buf *bias,
	const struct ip_map *in, size_t out, size_t k)
{
	struct ip_conv j = { *in, out, k, ip_cpu_at(x), ip_cpu_at(w),
		bias ? ip_cpu_at(bias) : NULL, ip_cpu_at(y), 0, 0 };
	int rc = ip_op_check_conv(y, x, w, bias, in, out, k);

	if (rc < 0)
		return rc;
	return ip_conv_run(dev, &j);
}
