/*
 * Sums of outer products over pixels. Pixels are summed in 'parts', as many as
 * the shape wants, which are added up in their order: so threads have work
 * where the sum is small, and sums do not grow long. A block of pixels is
 * packed so that its product reads memory in order, from the nearest cache.
 */
#include <omp.h>
#include <string.h>
#include <iphase/threads.h>
#include "outer.h"

enum {
	PIXELS = 128,		/* packed at a time */
	ROWS = 96,		/* of a unit, at most */
	PART = 1024,		/* pixels of a part, at least */
	KEPT = 1 << 20		/* reals of all parts' sums, at most */
};

struct job {
	const struct ip_loops *loops;
	size_t rows, columns, pixels;
	struct ip_pixel_lines a, b;
	size_t high, bands;		/* rows a unit; units that make all */
	size_t panel, panels;		/* columns a unit, whole vectors */
	size_t part, parts;		/* pixels a part */
	ip_real *sum, *sums;		/* [rows][columns]; [parts] of them */
	ip_real *rooms;
	size_t each;			/* reals a thread's room */
};

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* to [n][pitch] <- numbers first .. first + count of n pixels from p on */
static void pack(ip_real *to, size_t pitch, const struct ip_pixel_lines *from,
	size_t p, size_t n, size_t first, size_t count)
{
	size_t line = p / from->width, column = p % from->width;
	const ip_real *at = from->at + line * from->line + column *
		from->pixel + first;

	for (; n > 0; n--, to += pitch) {
		memcpy(to, at, count * sizeof(*to));
		if (count < pitch)
			memset(to + count, 0, (pitch - count) * sizeof(*to));
		at += from->pixel;
		if (++column == from->width) {
			at += from->line - from->width * from->pixel;
			column = 0;
		}
	}
}

/* A panel of a band of rows, summed over a part of the pixels. */
static void run_unit(const struct job *j, size_t unit, ip_real *room)
{
	size_t part = unit / j->panels / j->bands;
	size_t row = unit / j->panels % j->bands * j->high;
	size_t column = unit % j->panels * j->panel;
	size_t at = part * j->part, end = least(at + j->part, j->pixels);
	ip_real *b = room + PIXELS * j->panel;
	struct ip_product p = { least(j->high, j->rows - row),
		least(j->panel, j->columns - column), 0, j->high, j->panel,
		j->columns, j->columns, b, room, NULL, NULL };

	p.c = (j->parts > 1 ? j->sums + part * j->rows * j->columns : j->sum) +
		row * j->columns + column;
	p.start = j->parts > 1 ? NULL : p.c;
	for (; at < end; at += p.depth) {
		p.depth = least(PIXELS, end - at);
		pack(b, j->high, &j->a, at, p.depth, row, p.rows);
		pack(room, j->panel, &j->b, at, p.depth, column, p.columns);
		j->loops->product_turned(&p);
		p.start = p.c;
	}
}

static void add_parts(const struct job *j, size_t row)
{
	size_t size = j->rows * j->columns, at = row * j->columns, p, i;

	for (p = 0; p < j->parts; p++)
		for (i = at; i < at + j->columns; i++)
			j->sum[i] += j->sums[p * size + i];
}

static int run(struct ip_dev *dev, struct job *j)
{
	size_t sums = j->parts > 1 ? (j->parts * j->rows * j->columns + 15) /
		16 * 16 : 0;
	int threads = ip_threads();
	long i;

	j->each = (PIXELS * (j->high + j->panel) + 15) / 16 * 16;
	j->sums = ip_cpu_scratch(dev, (sums + (size_t)threads * j->each) *
		sizeof(*j->sums));
	if (j->sums == NULL)
		return IP_ENOMEM;
	j->rooms = j->sums + sums;
#pragma omp parallel for num_threads(threads) schedule(static)
	for (i = 0; i < (long)(j->parts * j->bands * j->panels); i++)
		run_unit(j, (size_t)i, j->rooms +
			(size_t)omp_get_thread_num() * j->each);
	if (j->parts == 1)
		return IP_OK;
#pragma omp parallel for num_threads(threads) schedule(static)
	for (i = 0; i < (long)j->rows; i++)
		add_parts(j, (size_t)i);
	return IP_OK;
}

int ip_cpu_outer(struct ip_dev *dev, ip_real *sum, size_t rows,
	size_t columns, size_t pixels, const struct ip_pixel_lines *a,
	const struct ip_pixel_lines *b)
{
	struct job j = { .loops = ip_loops(), .rows = rows, .columns = columns,
		.pixels = pixels, .a = *a, .b = *b, .sum = sum };
	size_t lanes = j.loops->lanes;
	size_t vectors = (columns + lanes - 1) / lanes;

	j.panels = (vectors + 2) / 3;
	j.panel = (vectors + j.panels - 1) / j.panels * lanes;
	j.bands = (rows + ROWS - 1) / ROWS;
	j.high = (rows + j.bands - 1) / j.bands;
	j.parts = least(pixels / PART, KEPT / rows / columns);
	j.parts = j.parts > 1 ? j.parts : 1;
	j.part = (pixels + j.parts - 1) / j.parts;
	j.parts = (pixels + j.part - 1) / j.part;
	return run(dev, &j);
}
