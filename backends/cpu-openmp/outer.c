/*
 * Sums of outer products over pixels. Pixels are summed in 'parts', as many as
 * the shape wants, which are added up in their order: so threads have work
 * where the sum is small, and sums do not grow long. Pixels are read where
 * they are, or packed block by block where the product would find them in
 * pieces too short.
 */
#include <omp.h>
#include <string.h>
#include <iphase/threads.h>
#include "outer.h"
#include "sizes.h"

enum {
	PIXELS = 128,		/* of one product */
	LINE = 64,		/* pixels not to be packed, at least */
	ROWS = 96,		/* of a unit, at most */
	PART = 1024,		/* pixels of a part, at least */
	KEPT = 1 << 20		/* reals of all parts' sums, at most */
};

struct job {
	const struct ip_loops *loops;
	size_t maps, rows, columns, pixels;
	const struct ip_pixel_lines *a, *b;
	size_t high, bands;		/* rows a unit; units that make a map */
	size_t panel, panels;		/* columns a unit, whole vectors */
	size_t part, parts;		/* pixels a part */
	ip_real *sum, *sums;		/* [maps][rows][columns]; [parts] */
	ip_real *rooms;
	size_t each;			/* reals a thread's room */
};

/*
 * Numbers first .. first + count of n pixels from p on, *pitch apart and
 * followed by those that make whole: where they are, or else packed in room.
 */
static const ip_real *block(const struct ip_pixel_lines *from, size_t p,
	size_t n, size_t first, size_t count, size_t whole, size_t *pitch,
	ip_real *room)
{
	size_t line = p / from->width, column = p % from->width;
	const ip_real *at = from->at + first;
	ip_real *to = room;

	*pitch = from->pixel;
	if (n <= from->width - column && count == whole)
		return at + line * from->line + column * from->pixel;
	*pitch = whole;
	for (; n > 0; n--, to += whole) {
		memcpy(to, at + line * from->line + column * from->pixel,
			count * sizeof(*to));
		memset(to + count, 0, (whole - count) * sizeof(*to));
		if (++column == from->width) {
			line++;
			column = 0;
		}
	}
	return room;
}

/* Pixels of the product at 'at'. */
static size_t depth(const struct job *j, size_t at, size_t end)
{
	size_t line = j->a->width - at % j->a->width;

	if (j->a->width >= LINE)
		end = least(end, at + line);
	return least(PIXELS, end - at);
}

/* A panel of a band of rows of a map, summed over a part of the pixels. */
static void run_unit(const struct job *j, size_t unit, ip_real *room)
{
	size_t column = unit % j->panels * j->panel, band = unit / j->panels;
	size_t row = band % j->bands * j->high;
	size_t map = band / j->bands % j->maps;
	size_t part = band / j->bands / j->maps;
	size_t at = part * j->part, end = least(at + j->part, j->pixels);
	struct ip_product p = { least(j->high, j->rows - row),
		least(j->panel, j->columns - column), 0, 0, 0, j->columns,
		j->columns, NULL, NULL, NULL, NULL };

	p.c = (j->parts > 1 ? j->sums + part * j->maps * j->rows * j->columns :
		j->sum) + (map * j->rows + row) * j->columns + column;
	p.start = j->parts > 1 ? NULL : p.c;
	for (; at < end; at += p.depth) {
		p.depth = depth(j, at, end);
		p.a = block(j->a + map, at, p.depth, row, p.rows, p.rows,
			&p.a_pitch, room + PIXELS * j->panel);
		p.b = block(j->b, at, p.depth, column, p.columns,
			up(p.columns, j->loops->lanes), &p.b_pitch, room);
		j->loops->product_turned(&p);
		p.start = p.c;
	}
}

/* Row by row: those of all parts meet one of sum that is near. */
void ip_cpu_add_parts(ip_real *sum, const ip_real *sums, size_t parts,
	size_t rows, size_t columns)
{
	long row;

#pragma omp parallel for num_threads(ip_threads()) schedule(static)
	for (row = 0; row < (long)rows; row++) {
		size_t at = (size_t)row * columns, p, i;

		for (p = 0; p < parts; p++)
			for (i = at; i < at + columns; i++)
				sum[i] += sums[p * rows * columns + i];
	}
}

static int run(struct ip_dev *dev, struct job *j)
{
	size_t rows = j->maps * j->rows, sums = 0;
	int threads = ip_threads();
	long i;

	j->each = up(PIXELS * (j->high + j->panel), 16);
	if (j->parts > 1)
		sums = up(j->parts * rows * j->columns, 16);
	j->sums = ip_cpu_scratch(dev, (sums + (size_t)threads * j->each) *
		sizeof(*j->sums));
	if (j->sums == NULL)
		return IP_ENOMEM;
	j->rooms = j->sums + sums;
#pragma omp parallel for num_threads(threads) schedule(static)
	for (i = 0; i < (long)(j->parts * j->maps * j->bands * j->panels); i++)
		run_unit(j, (size_t)i, j->rooms +
			(size_t)omp_get_thread_num() * j->each);
	if (j->parts > 1)
		ip_cpu_add_parts(j->sum, j->sums, j->parts, rows, j->columns);
	return IP_OK;
}

int ip_cpu_outer(struct ip_dev *dev, ip_real *sum, size_t maps, size_t rows,
	size_t columns, size_t pixels, const struct ip_pixel_lines *a,
	const struct ip_pixel_lines *b)
{
	struct job j = { .loops = ip_loops(), .maps = maps, .rows = rows,
		.columns = columns, .pixels = pixels, .a = a, .b = b,
		.sum = sum };

	cut_panels(columns, j.loops->lanes, &j.panel, &j.panels);
	cut_alike(rows, ROWS, &j.high, &j.bands);
	cut_parts(pixels, PART, KEPT / maps / rows / columns, &j.part,
		&j.parts);
	return run(dev, &j);
}
