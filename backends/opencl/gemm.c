/*
 * Products of matrices by a kernel of our own. What a number of c is does not
 * depend on the tile that it is made in, so the fastest of the tiles that the
 * device can do is taken. Sums over pixels are taken in parts, so that small
 * matrices of large maps give enough work groups; their number depends on the
 * shape only.
 */
#include "gemm.h"

enum {
	KT = 8,			/* depth brought at a time */
	FULL = 256,		/* groups that fill a device, about */
	UNITS = 2048,		/* parts times tiles of TILE_M x TILE_N */
	TILE_M = 64, TILE_N = 48,
	LEAST = 128		/* pixels of a part */
};

/* Rows and columns of an item; items of a group. */
struct tile { size_t rm, rn, gm, gn; };
static const struct tile tiles[] = {
	/* channels are multiples of 12 in most networks */
	{ 8, 12, 16, 8 }, { 4, 12, 32, 4 }, { 4, 12, 16, 4 }, { 4, 12, 32, 2 },
	{ 4, 4, 32, 4 },
	/* of small matrices and small devices */
	{ 4, 4, 4, 4 },
};

struct size { size_t m, n, depth, part, parts; };

static size_t groups(const struct tile *t, const struct size *s)
{
	return pieces_of(s->m, t->rm * t->gm) * pieces_of(s->n, t->rn * t->gn) *
		s->parts;
}

static int possible(const struct ip_dev *dev, const struct tile *t)
{
	size_t lines = (t->rm * t->gm + 4) + (t->rn * t->gn + 4);

	return t->gm * t->gn <= dev->group &&
		KT * lines * sizeof(ip_real) <= dev->local;
}

/*
 * About what a tile takes, in instructions: a device that is not full waits for
 * one group as for FULL, and half a warp as for a whole one; a step of the
 * depth is products, fours that are read from local memory, and numbers that
 * are brought there.
 */
static double price(const struct tile *t, const struct size *s)
{
	double g = (double)groups(t, s), rm = (double)t->rm;
	double rn = (double)t->rn, gm = (double)t->gm, gn = (double)t->gn;

	return (g > FULL ? g : FULL) * (gm * gn > 32 ? gm * gn : 32) *
		(rm * rn + 1.5 * (rm + rn) + 10 * (rm / gn + rn / gm));
}

static const struct tile *choose(const struct ip_dev *dev,
	const struct size *s)
{
	size_t count = sizeof(tiles) / sizeof(tiles[0]), i;
	const struct tile *best = &tiles[count - 1];

	for (i = 0; i < count; i++)
		if (possible(dev, &tiles[i]) &&
			price(&tiles[i], s) < price(best, s))
			best = &tiles[i];
	return best;
}

static struct size size_of(const struct ip_cl_gemm *g)
{
	size_t pixels = g->map.b * g->map.h * g->map.w, tiles_all;
	size_t wide = (size_t)g->taps * g->map.c;
	struct size s = { pixels, g->n, wide, wide, 1 };

	if (!g->turned)
		return s;
	s.m = wide;
	s.depth = pixels;
	tiles_all = pieces_of(s.m, TILE_M) * pieces_of(s.n, TILE_N);
	s.parts = least(pieces_of(UNITS, tiles_all), pieces_of(pixels, LEAST));
	s.part = up(pieces_of(pixels, s.parts), KT);
	s.parts = pieces_of(pixels, s.part);
	return s;
}

/* All indices are uint; the ops have checked that these products fit. */
static int check(const struct ip_cl_gemm *g, const struct size *s)
{
	size_t pixels = g->map.b * g->map.h * g->map.w;
	size_t doubled = g->taps == 4 || g->doubled ? 4 * pixels *
		g->slot.pitch : 0;
	int rc;

	if ((rc = ip_cl_fits(pixels * g->map.c)) < 0 ||
		(rc = ip_cl_fits(doubled)) < 0 ||
		(rc = ip_cl_fits(s->depth * s->n)) < 0 ||
		(rc = ip_cl_fits(s->m * s->n)) < 0)
		return rc;
	return IP_OK;
}

/* Whether fours of columns are 16-byte aligned: buffers and pictures begin at
 * such places then. */
static int whole(const struct ip_cl_gemm *g)
{
	if (g->doubled)
		return g->n % 16 == 0 && g->slot.pitch % 4 == 0 &&
			g->slot.first % 4 == 0;
	return g->n % 4 == 0;
}

static int run(struct ip_dev *dev, const struct ip_cl_gemm *g,
	const struct size *s)
{
	const struct tile *t = choose(dev, s);
	size_t grid[3] = { groups(t, s) / s->parts, 1, s->parts };
	size_t items[3] = { t->gm * t->gn, 1, 1 };
	struct ip_cl_call c;
	char options[160];

	snprintf(options, sizeof options, "-D RM=%zu -D RN=%zu -D GM=%zu"
		" -D GN=%zu -D KT=%d -D TAPS=%d -D TURNED=%d -D COLUMNS=%d"
		" -D SLOPE=%d", t->rm, t->rn, t->gm, t->gn, (int)KT, g->taps,
		g->turned, g->columns, g->slope != NULL);
	c = ip_cl_call(dev, "gelu+gemm", "gemm", options);
	ip_cl_buf(&c, g->c);
	ip_cl_buf(&c, g->pre);
	ip_cl_buf(&c, g->a);
	ip_cl_buf(&c, g->slope);
	ip_cl_buf(&c, g->b);
	ip_cl_buf(&c, g->bias);
	ip_cl_buf(&c, g->add);
	ip_cl_size(&c, s->m);
	ip_cl_size(&c, s->n);
	ip_cl_size(&c, s->depth);
	ip_cl_size(&c, s->part);
	ip_cl_size(&c, g->map.h);
	ip_cl_size(&c, g->map.w);
	ip_cl_size(&c, g->map.c);
	ip_cl_size(&c, g->slot.pitch);
	ip_cl_size(&c, g->slot.first);
	ip_cl_int(&c, g->gelu);
	ip_cl_int(&c, g->doubled);
	ip_cl_int(&c, whole(g));
	return ip_cl_run_groups(&c, grid, items);
}

int ip_cl_gemm(struct ip_dev *dev, const struct ip_cl_gemm *g)
{
	struct size s = size_of(g);
	struct ip_cl_gemm one = *g;
	struct ip_buf parts;
	int rc = check(g, &s);

	if (rc < 0)
		return rc;
	if (g->turned)
		one.add = g->c;
	if (s.parts == 1)
		return run(dev, &one, &s);
	if ((rc = ip_cl_scratch(dev, &parts, s.parts * s.m * s.n *
		sizeof(ip_real))) < 0)
		return rc;
	one.c = &parts;
	one.add = NULL;
	if ((rc = run(dev, &one, &s)) < 0)
		return rc;
	return ip_cl_add_parts(dev, g->c, &parts, s.m * s.n, s.parts);
}
