/*
 * Products of a map's pixels with one matrix, in blocks of rows and columns.
 * Each number is the sum over the channels in their order, whatever block it
 * falls into, so that it depends neither on threads nor on the batch. The
 * matrix is turned into panels first, once a call; a block is finished while
 * it is in the first-level cache.
 */
#include <omp.h>
#include <iphase/threads.h>
#include "cpu.h"
#include "sizes.h"

/* Pixels of a block: with a panel's columns they fill half that cache. */
enum { ROWS = 64 };

struct linear {
	size_t rows, in, out;		/* pixels of all pictures; channels */
	size_t row_blocks;
	size_t panel, panels;		/* columns a panel */
	const ip_real *x, *w, *bias, *add;
	ip_real *y, *pre;
	enum ip_act act;
	const struct ip_loops *loops;
	ip_real *packed;		/* [panels][in][panel] */
};

static void pack(const struct linear *j, size_t i)
{
	j->loops->pack(j->packed + i * j->in * j->panel, j->panel,
		j->w + i * j->panel * j->in,
		least(j->panel, j->out - i * j->panel), j->in);
}

/* tile is scratch */
static void one_block(const struct linear *j, size_t block, ip_real *tile)
{
	size_t row = block / j->panels * ROWS;
	size_t first = block % j->panels * j->panel;
	size_t at = row * j->out + first;
	size_t columns = least(j->panel, j->out - first);
	size_t rows = least(ROWS, j->rows - row);
	int plain = j->act == IP_ACT_NONE && !j->add && !j->pre;
	struct ip_product p = { rows, columns, j->in, j->in, j->panel, 0,
		plain ? j->out : j->panel, j->x + row * j->in,
		j->packed + first * j->in, j->bias ? j->bias + first : NULL,
		plain ? j->y + at : tile };
	struct ip_finish f = { rows, columns, j->panel, j->out, tile,
		j->add ? j->add + at : NULL, j->y + at,
		j->pre ? j->pre + at : NULL, j->act == IP_ACT_GELU };

	j->loops->product(&p);
	if (!plain)
		j->loops->finish(&f);
}

static int run(struct ip_dev *dev, struct linear *j)
{
	size_t weights = j->panels * j->in * j->panel;
	size_t tile = ROWS * j->panel, real = sizeof(ip_real);
	int threads = ip_threads();
	ip_real *tiles;
	long i;

	weights = up(weights, 16);
	j->packed = ip_cpu_scratch(dev, (weights + (size_t)threads * tile) *
		real);
	if (j->packed == NULL)
		return IP_ENOMEM;
	tiles = j->packed + weights;
#pragma omp parallel for num_threads(threads) schedule(static)
	for (i = 0; i < (long)j->panels; i++)
		pack(j, (size_t)i);
#pragma omp parallel for num_threads(threads) schedule(static)
	for (i = 0; i < (long)(j->row_blocks * j->panels); i++)
		one_block(j, (size_t)i,
			tiles + (size_t)omp_get_thread_num() * tile);
	return IP_OK;
}

int ip_cpu_linear(struct ip_dev *dev, struct ip_buf *y, struct ip_buf *pre,
	const struct ip_buf *x, const struct ip_buf *w,
	const struct ip_buf *bias, const struct ip_buf *add,
	const struct ip_map *in, size_t out, enum ip_act act)
{
	struct linear j = { in->b * in->h * in->w, in->c, out, 0, 0, 0,
		ip_cpu_at(x), ip_cpu_at(w), bias ? ip_cpu_at(bias) : NULL,
		add ? ip_cpu_at(add) : NULL, ip_cpu_at(y),
		pre ? ip_cpu_at(pre) : NULL, act, ip_loops(), NULL };
	int rc;

	if ((rc = ip_op_check_linear(y, pre, x, w, bias, add, in, out,
		act)) < 0)
		return rc;
	j.row_blocks = (j.rows + ROWS - 1) / ROWS;
	j.panel = 3 * j.loops->lanes;
	j.panels = (out + j.panel - 1) / j.panel;
	return run(dev, &j);
}
