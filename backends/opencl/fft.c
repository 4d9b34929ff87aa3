/* Transforms: their tables, and how lines are given to work groups. */
#include <math.h>
#include "fft.h"

#define PI 3.14159265358979323846
enum {
	LOCAL = 48 * 1024,	/* what every GPU has */
	SPARE = 2560,		/* of it: 256 pairs to add up in, the driver */
	POINTS = 2048,		/* of a group, if it may choose */
	SIDE = 4,		/* columns: a sector of 32 bytes */
	FAR_GROUPS = 256,
	FAR_MEMORY = 256 << 20
};

/* ---- tables ---- */

/* 8 as long as it goes, but 4 4 rather than 8 2. */
static size_t radices_of(size_t n)
{
	static const size_t radix[] = { 8, 4, 2, 3, 5, 7 };
	size_t all = 0, at = 0, i;

	for (i = 0; i < 6; i++)
		while (n % radix[i] == 0 && !(radix[i] == 8 && n % 16 == 0 &&
			n % 32 != 0)) {
			all |= (radix[i] - 1) << at;
			at += 3;
			n /= radix[i];
		}
	return all;
}

static int put_table(struct ip_dev *dev, struct ip_cl_fft *f)
{
	ip_real *table = ip_alloc_array(f->n, 2 * sizeof *table);
	size_t size = f->n * 2 * sizeof *table, k;
	int rc;

	if (!table)
		return IP_ENOMEM;
	for (k = 0; k < f->n; k++) {
		double turn = -2 * PI * (double)k / (double)f->n;

		table[2 * k] = (ip_real)cos(turn);
		table[2 * k + 1] = (ip_real)sin(turn);
	}
	rc = ip_cl_alloc(dev, &f->table, size);
	if (rc == 0 && (rc = ip_cl_put(dev, &f->table, 0, table, size)) < 0)
		ip_cl_free(dev, &f->table);
	ip_free(table);
	return rc;
}

int ip_cl_fft(struct ip_dev *dev, struct ip_cl_fft *f, size_t n)
{
	size_t i;
	int rc;

	for (i = 0; i < dev->fft_count; i++)
		if (dev->ffts[i].n == n) {
			*f = dev->ffts[i];
			return IP_OK;
		}
	if ((rc = ip_grow(&dev->ffts, &dev->fft_cap, dev->fft_count + 1,
		sizeof(*dev->ffts))) < 0)
		return rc;
	*f = (struct ip_cl_fft){ n, radices_of(n), { NULL, 0, 0 } };
	if ((rc = put_table(dev, f)) < 0)
		return rc;
	dev->ffts[dev->fft_count++] = *f;
	return IP_OK;
}

/* ---- tiles ---- */

size_t ip_cl_fft_local(const struct ip_dev *dev)
{
	size_t local = least(dev->local, LOCAL);

	return local > SPARE ? local - SPARE : 0;
}

size_t ip_cl_fft_items(const struct ip_dev *dev, size_t points)
{
	size_t items = ip_cl_items(dev);

	while (items > 64 && items > points / 4)
		items /= 2;
	return items;
}

struct ip_cl_tile ip_cl_tile(const struct ip_dev *dev, size_t n, size_t lines,
	size_t parts, int columns, size_t both)
{
	size_t line = both * 2 * (columns ? n : n | 1) * 2 * sizeof(ip_real);
	size_t fit = ip_cl_fft_local(dev) / line, tiles;
	size_t want = POINTS / (n * both), few = columns ? SIDE : 1;
	struct ip_cl_tile t = { 0 };

	t.far = fit == 0;
	t.lines = most(want, few);
	if (!t.far)
		t.lines = least(t.lines, fit);
	if (columns && t.lines > SIDE)
		t.lines -= t.lines % SIDE;
	t.lines = least(t.lines, lines);
	t.room = t.lines * line;
	t.items = ip_cl_fft_items(dev, n * t.lines * both);
	tiles = pieces_of(lines, t.lines) * parts;
	t.groups = tiles;
	if (t.far)
		t.groups = least(least(tiles, FAR_GROUPS),
			t.room < FAR_MEMORY ? FAR_MEMORY / t.room : 1);
	return t;
}

static size_t memory_of(const struct ip_cl_tile *t)
{
	return t->far ? t->groups * t->room : 0;
}

size_t ip_cl_tile_memory(const struct ip_cl_tile *a, const struct ip_cl_tile *b)
{
	return most(memory_of(a), memory_of(b));
}

struct ip_cl_call ip_cl_tile_call(struct ip_dev *dev, const char *source,
	const char *kernel, const struct ip_cl_tile *t)
{
	struct ip_cl_call c = ip_cl_call(dev, source, kernel,
		t->far ? "-D FAR" : "");

	if (t->far)
		ip_cl_buf(&c, &t->memory);
	else
		ip_cl_local(&c, t->room);
	return c;
}

void ip_cl_fft_arg(struct ip_cl_call *c, const struct ip_cl_fft *f)
{
	ip_cl_buf(c, &f->table);
	ip_cl_size(c, f->n);
	ip_cl_size(c, f->radices);
}

int ip_cl_tile_run(struct ip_cl_call *c, const struct ip_cl_tile *t)
{
	const size_t groups[3] = { t->groups, 1, 1 };
	const size_t items[3] = { t->items, 1, 1 };

	return ip_cl_run_groups(c, groups, items);
}

/* ---- scratch ---- */

struct ip_buf ip_cl_piece(const struct ip_buf *all, size_t *at, size_t size)
{
	struct ip_buf part = { NULL, 0, size };

	if (all) {
		part = *all;
		part.offset += *at;
		part.size = size;
	}
	*at += up(size, 64);
	return part;
}

size_t ip_cl_batch(size_t n, size_t each)
{
	size_t all = each < IP_CL_BATCH ? IP_CL_BATCH / (each ? each : 1) : 1;

	return least(n, all);
}
