/* How the pixels of maps are shared out among work groups: see opencl.h. */
#include "opencl.h"

/* Items a group at most and, where there is less to do, at least; rows of
 * pixels that an item takes at least and at most, blocks that a picture has
 * unless it takes less. */
enum { ITEMS = 256, ITEMS_MIN = 32, ROWS = 16, ROWS_MAX = 256, BLOCKS = 1024 };

/* Channels side by side whose blocks' sums one group adds up. */
enum { SUMMED = 8 };

/* Of a pixel by itself, what an item takes before it gets neighbours. */
enum { CHANNELS = 4 };

size_t ip_cl_items(const struct ip_dev *dev)
{
	size_t items = ITEMS;

	while (items > dev->group && items > 1)
		items /= 2;
	return items;
}

/* In chunks of at most 'most' channels, all pixels in one block. */
static struct ip_cl_cut whole(const struct ip_dev *dev, size_t b,
	size_t pixels, size_t c, size_t most)
{
	struct ip_cl_cut cut = { b, pixels, c, ip_cl_items(dev), 0, 0, 0,
		pixels ? pixels : 1, 1 };

	if (most > cut.items)
		most = cut.items;
	cut.chunks = pieces_of(c, most);
	cut.width = pieces_of(c, cut.chunks);
	while (cut.items > ITEMS_MIN && cut.items / 2 / cut.width >= pixels)
		cut.items /= 2;
	cut.lanes = cut.items / cut.width;
	return cut;
}

struct ip_cl_cut ip_cl_cut_whole(const struct ip_dev *dev, size_t b,
	size_t pixels, size_t c)
{
	return whole(dev, b, pixels, c, c);
}

struct ip_cl_cut ip_cl_cut(const struct ip_dev *dev, size_t b, size_t pixels,
	size_t c)
{
	struct ip_cl_cut cut = whole(dev, b, pixels, c, c);
	size_t rows = pieces_of(pixels, cut.lanes * BLOCKS);

	if (rows < ROWS)
		rows = ROWS;
	if (rows > ROWS_MAX)
		rows = ROWS_MAX;
	cut.block = rows * cut.lanes;
	cut.blocks = pieces_of(pixels, cut.block);
	return cut;
}

struct ip_cl_cut ip_cl_cut_sums(const struct ip_dev *dev,
	const struct ip_cl_cut *of)
{
	return whole(dev, of->b, of->blocks, of->c, SUMMED);
}

void ip_cl_cut_set(struct ip_cl_call *c, const struct ip_cl_cut *cut)
{
	ip_cl_size(c, cut->pixels);
	ip_cl_size(c, cut->c);
	ip_cl_size(c, cut->width);
	ip_cl_size(c, cut->lanes);
	ip_cl_size(c, cut->block);
}

int ip_cl_cut_run(struct ip_cl_call *c, const struct ip_cl_cut *cut)
{
	const size_t groups[3] = { cut->b * cut->blocks, cut->chunks, 1 };
	const size_t items[3] = { cut->items, 1, 1 };

	return ip_cl_run_groups(c, groups, items);
}

void ip_cl_room(struct ip_cl_call *c, const struct ip_cl_cut *cut)
{
	ip_cl_local(c, 2 * cut->items * sizeof(ip_real));
}

struct ip_cl_rows ip_cl_rows(const struct ip_dev *dev, size_t pixels, size_t c)
{
	struct ip_cl_rows r = { pixels, ip_cl_items(dev), 1 };

	while (r.lanes < r.items && r.lanes * CHANNELS < c)
		r.lanes *= 2;
	return r;
}

int ip_cl_rows_run(struct ip_cl_call *c, const struct ip_cl_rows *r)
{
	const size_t groups[3] = { pieces_of(r->pixels, r->items / r->lanes),
		1, 1 };
	const size_t items[3] = { r->items, 1, 1 };

	ip_cl_local(c, 2 * r->items * sizeof(ip_real));
	return ip_cl_run_groups(c, groups, items);
}

void ip_cl_part(struct ip_cl_call *c, const struct ip_buf *buf, size_t first)
{
	struct ip_buf from = *buf;

	from.offset += first * sizeof(ip_real);
	ip_cl_buf(c, &from);
}

void ip_cl_slot(struct ip_cl_call *c, const struct ip_buf *buf,
	const struct ip_slot *slot)
{
	ip_cl_part(c, buf, slot->first);
	ip_cl_size(c, slot->pitch);
}
