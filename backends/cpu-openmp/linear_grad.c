/*
 * Gradients of linear: with d that of what the activation was applied to,
 * dx = d w and dw = d' x. Slab by slab of pixels, d is made once, for both
 * products. A number of dx is the sum over the channels in their order. One of
 * dw is that over blocks of pixels, in 'parts' if dw is small, as many as the
 * shape wants, which are added up in their order: so neither depends on the
 * number of threads, all of which have work, by pixels where these are many
 * and by channels where those are.
 */
#include <omp.h>
#include <string.h>
#include <iphase/threads.h>
#include "outer.h"
#include "sizes.h"

enum {
	KEPT = 1 << 19,		/* bytes of d in a slab, about */
	MADE = 16,		/* pixels of d made at a time */
	ROWS = 64,		/* pixels of a unit of dx, as in linear */
	BLOCK = 128,		/* pixels summed before they are added to dw */
	HIGH = 96,		/* rows of dw of a unit, at most */
	UNITS = 16,		/* of dw, if there are twice as many blocks */
	LINE = 64 / sizeof(ip_real)
};

struct linear_grad {
	size_t rows, in, out;		/* pixels of all pictures; channels */
	const ip_real *dy, *pre, *x, *w;
	ip_real *dx, *dw, *dbias;
	const struct ip_loops *loops;
	size_t panel, panels;		/* columns of x and w a unit */
	size_t high, bands;		/* rows of dw a unit */
	size_t parts;			/* of a slab's pixels */
	int in_place;			/* x needs no packing */
	size_t slab;			/* pixels, whole blocks */
	size_t first, now;		/* this slab's */
	size_t pitch;			/* of d: no power of 2, or its columns
					 * would share few places of a cache */
	ip_real *packed;		/* [panels][out][panel] of w */
	ip_real *d;			/* [slab][pitch] */
	ip_real *sums;			/* [slab / MADE][pitch] of its columns */
	ip_real *some;			/* [parts][out][in] of dw */
	double *bias;			/* [out] */
	ip_real *rooms;			/* [threads][BLOCK][panel] */
};

/* to [n][panel] <- a panel's columns of from [n][in], zeros behind */
static void pack(const struct linear_grad *j, ip_real *to,
	const ip_real *from, size_t n, size_t panel)
{
	size_t column = panel * j->panel;

	pack_panel(to, j->panel, from + column, j->in, n,
		least(j->panel, j->in - column));
}

static void make_d(const struct linear_grad *j, size_t unit)
{
	size_t at = unit * MADE, rows = least(MADE, j->now - at);
	size_t from = (j->first + at) * j->out;
	ip_real *sum = j->sums + unit * j->pitch;

	memset(sum, 0, j->pitch * sizeof(*sum));
	j->loops->slope(j->d + at * j->pitch, j->pitch, j->dy + from,
		j->pre ? j->pre + from : NULL, rows, j->out, sum);
}

static void add_bias(const struct linear_grad *j)
{
	size_t at, o;

	for (at = 0; at < j->now; at += MADE)
		for (o = 0; o < j->out; o++)
			j->bias[o] += (double)j->sums[at / MADE * j->pitch + o];
}

static void make_dx(const struct linear_grad *j, size_t unit)
{
	size_t row = unit / j->panels * ROWS, panel = unit % j->panels;
	size_t column = panel * j->panel;
	struct ip_product p = { least(ROWS, j->now - row),
		least(j->panel, j->in - column), j->out, j->pitch, j->panel, 0,
		j->in, j->d + row * j->pitch, j->packed + column * j->out,
		NULL, j->dx + (j->first + row) * j->in + column };

	j->loops->product(&p);
}

/* A panel of a band of rows, of a part of the slab's pixels. */
static void add_dw(const struct linear_grad *j, size_t unit, ip_real *room)
{
	size_t blocks = j->slab / BLOCK, band = unit / j->panels % j->bands;
	size_t part = unit / j->panels / j->bands, panel = unit % j->panels;
	size_t at = part * blocks / j->parts * BLOCK;
	size_t end = least((part + 1) * blocks / j->parts * BLOCK, j->now);
	struct ip_product p = { least(j->high, j->out - band * j->high),
		least(j->panel, j->in - panel * j->panel), 0, j->pitch,
		j->in_place ? j->in : j->panel, j->in, j->in, NULL, room, NULL,
		NULL };

	p.c = (j->parts > 1 ? j->some + part * j->out * j->in : j->dw) +
		band * j->high * j->in + panel * j->panel;
	p.start = j->parts > 1 && j->first == 0 ? NULL : p.c;
	for (; at < end; at += BLOCK, p.start = p.c) {
		p.depth = least(BLOCK, end - at);
		p.a = j->d + at * j->pitch + band * j->high;
		if (j->in_place)
			p.b = j->x + (j->first + at) * j->in + panel * j->panel;
		else
			pack(j, room, j->x + (j->first + at) * j->in, p.depth,
				panel);
		j->loops->product_turned(&p);
	}
}

/* Long ones before short ones: threads take what is next. */
static void one_slab(const struct linear_grad *j, int threads)
{
	size_t made = (j->now + MADE - 1) / MADE;
	size_t dx = j->dx ? (j->now + ROWS - 1) / ROWS * j->panels : 0;
	size_t dw = j->parts * j->bands * j->panels;
	long i;

#pragma omp parallel for num_threads(threads) schedule(static)
	for (i = 0; i < (long)made; i++)
		make_d(j, (size_t)i);
#pragma omp parallel for num_threads(threads) schedule(dynamic)
	for (i = 0; i <= (long)(dw + dx); i++) {
		size_t n = (size_t)i;

		if (n < dw)
			add_dw(j, n, j->rooms + (size_t)omp_get_thread_num() *
				BLOCK * j->panel);
		else if (n < dw + dx)
			make_dx(j, n - dw);
		else if (j->dbias != NULL)
			add_bias(j);
	}
}

static void run(struct linear_grad *j)
{
	int threads = ip_threads();
	size_t o;
	long i;

	memset(j->bias, 0, j->out * sizeof(*j->bias));
#pragma omp parallel for num_threads(threads) schedule(static)
	for (i = 0; i < (long)(j->dx ? j->panels : 0); i++)
		pack(j, j->packed + (size_t)i * j->out * j->panel, j->w,
			j->out, (size_t)i);
	for (j->first = 0; j->first < j->rows; j->first += j->now) {
		j->now = least(j->slab, j->rows - j->first);
		one_slab(j, threads);
	}
	if (j->parts > 1)
		ip_cpu_add_parts(j->dw, j->some, j->parts, j->out, j->in);
	for (o = 0; j->dbias != NULL && o < j->out; o++)
		j->dbias[o] += (ip_real)j->bias[o];
}

/* How the work is cut, by the shape alone. */
static void cut(struct linear_grad *j)
{
	size_t units;

	cut_panels(j->in, j->loops->lanes, &j->panel, &j->panels);
	j->in_place = (uintptr_t)(const void *)j->x % 64 == 0 &&
		j->in % LINE == 0 && j->in / LINE % 8 != 0;
	cut_alike(j->out, HIGH, &j->high, &j->bands);
	j->pitch = up(j->out, LINE);
	if (j->pitch / LINE % 2 == 0)
		j->pitch += LINE;
	j->slab = KEPT / sizeof(ip_real) / j->pitch / BLOCK * BLOCK;
	j->slab = j->slab ? j->slab : BLOCK;
	j->slab = least(j->slab, up(j->rows, BLOCK));
	units = j->bands * j->panels;
	j->parts = least(j->slab / BLOCK / 2, (UNITS + units - 1) / units);
	j->parts = j->parts ? j->parts : 1;
}

/* Returns the size; with memory NULL it only counts. */
static size_t settle(struct linear_grad *j, char *memory)
{
	size_t used = 0, real = sizeof(ip_real);

	j->packed = take(memory, &used, j->dx ? j->panels * j->out * j->panel *
		real : 0);
	j->d = take(memory, &used, j->slab * j->pitch * real);
	j->sums = take(memory, &used, j->slab / MADE * j->pitch * real);
	j->some = take(memory, &used, j->parts > 1 ? j->parts * j->out * j->in *
		real : 0);
	j->bias = take(memory, &used, j->out * sizeof(*j->bias));
	j->rooms = take(memory, &used, (size_t)ip_threads() * BLOCK *
		j->panel * real);
	return used;
}

int ip_cpu_linear_grad(struct ip_dev *dev, struct ip_buf *dx,
	struct ip_buf *dw, struct ip_buf *dbias, const struct ip_buf *dy,
	const struct ip_buf *pre, const struct ip_buf *x,
	const struct ip_buf *w, const struct ip_map *in, size_t out)
{
	struct linear_grad j = { .rows = in->b * in->h * in->w, .in = in->c,
		.out = out, .dy = ip_cpu_at(dy), .pre = pre ? ip_cpu_at(pre) :
		NULL, .x = ip_cpu_at(x), .w = ip_cpu_at(w), .dx = dx ?
		ip_cpu_at(dx) : NULL, .dw = ip_cpu_at(dw), .dbias = dbias ?
		ip_cpu_at(dbias) : NULL, .loops = ip_loops() };
	char *memory;
	int rc;

	if ((rc = ip_op_check_linear_grad(dx, dw, dbias, dy, pre, x, w, in,
		out)) < 0)
		return rc;
	cut(&j);
	memory = ip_cpu_scratch(dev, settle(&j, NULL));
	if (memory == NULL)
		return IP_ENOMEM;
	settle(&j, memory);
	run(&j);
	return IP_OK;
}
