/*
 * The gradient of modulate. Where scale and shift are the same all over a
 * picture, theirs are sums over blocks of pixels that follow the shape alone,
 * added up in double in order.
 */
#include <iphase/threads.h>
#include "cpu.h"

struct job {
	const struct ip_loops *loops;
	struct ip_rows cut;
	size_t b, c;
	int flat;
	double *sums;		/* flat: [b][blocks][2][columns] */
	ip_real *scale;		/* flat: [b][columns] */
	struct ip_modulate_grad n;	/* of all pictures */
};

static void apply(const struct job *j, size_t unit)
{
	size_t picture = unit / j->cut.blocks, k = unit % j->cut.blocks;
	size_t first = picture * j->cut.rows + k * j->cut.block;
	struct ip_modulate_grad n = j->n;

	n.rows = ip_cpu_rows(&j->cut, k);
	n.dy += first * n.pitch;
	n.y += first * n.pitch;
	n.x += first * n.columns;
	n.dx += first * n.columns;
	if (n.dadd != NULL)
		n.dadd += first * n.columns;
	if (j->flat) {
		n.scale = j->scale + picture * n.columns;
		n.product = j->sums + unit * 2 * n.columns;
		n.sum = n.product + n.columns;
		j->loops->modulate_grad_flat(&n);
	} else {
		n.g += first * 2 * n.columns;
		n.dg += first * 2 * n.columns;
		j->loops->modulate_grad(&n);
	}
}

static void settle(const struct job *j, size_t picture)
{
	const double *sums = ip_cpu_add_blocks(j->sums, &j->cut, j->c, picture);
	ip_real *dg = j->n.dg + picture * 2 * j->c;
	size_t i;

	for (i = 0; i < j->c; i++) {
		dg[i] = (ip_real)sums[i];
		dg[j->c + i] = (ip_real)sums[j->cut.columns + i];
	}
}

/* What the flat case works in. */
static int prepare(struct ip_dev *dev, struct job *j)
{
	size_t columns = j->cut.columns, i;
	size_t sums = 2 * columns * j->cut.blocks * sizeof(double);
	char *memory = ip_cpu_scratch(dev, j->b * (sums + columns *
		sizeof(ip_real)));

	if (memory == NULL)
		return IP_ENOMEM;
	j->sums = (double *)(void *)memory;
	j->scale = (ip_real *)(void *)(memory + j->b * sums);
	for (i = 0; i < j->b * columns; i++)
		j->scale[i] = 1 + j->n.g[i / columns * 2 * j->c +
			i % columns % j->c];
	return IP_OK;
}

static int run(struct ip_dev *dev, struct job *j)
{
	long u, units = (long)(j->b * j->cut.blocks);
	int rc;

	if (j->flat && (rc = prepare(dev, j)) < 0)
		return rc;
#pragma omp parallel for num_threads(ip_threads()) schedule(static)
	for (u = 0; u < units; u++)
		apply(j, (size_t)u);
	if (!j->flat)
		return IP_OK;
#pragma omp parallel for num_threads(ip_threads()) schedule(static)
	for (u = 0; u < (long)j->b; u++)
		settle(j, (size_t)u);
	return IP_OK;
}

int ip_cpu_modulate_grad(struct ip_dev *dev, struct ip_buf *dx,
	struct ip_buf *dg, struct ip_buf *dadd, const struct ip_buf *dy,
	const struct ip_buf *y, const struct ip_slot *slot,
	const struct ip_buf *x, const struct ip_buf *g,
	const struct ip_map *in, int flat, double slope)
{
	struct ip_slot from;
	struct job j = { 0 };
	int rc;

	if ((rc = ip_op_check_modulate_grad(dx, dg, dadd, dy, y, slot, x, g, in,
		flat, slope, &from)) < 0)
		return rc;
	j.loops = ip_loops();
	j.b = in->b;
	j.c = in->c;
	j.flat = flat;
	j.cut = ip_cpu_cut(in->h * in->w, in->c, flat && from.pitch == in->c);
	j.n.columns = j.cut.columns;
	j.n.pitch = from.pitch * j.cut.fold;
	j.n.dy = (const ip_real *)ip_cpu_at(dy) + from.first;
	j.n.y = (const ip_real *)ip_cpu_at(y) + from.first;
	j.n.x = ip_cpu_at(x);
	j.n.g = ip_cpu_at(g);
	j.n.slope = (ip_real)slope;
	j.n.dx = ip_cpu_at(dx);
	j.n.dg = ip_cpu_at(dg);
	j.n.dadd = dadd == NULL ? NULL : ip_cpu_at(dadd);
	return run(dev, &j);
}
