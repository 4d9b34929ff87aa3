/*
 * The gradient of instance_norm. What f was applied to is v = y for y > 0,
 * else y / slope, and xhat = v - add the normalised x. With g = dy f'(v),
 *
 *	dadd = g, dx = scale (g - mean(g) - xhat mean(g xhat)),
 *
 * the means over the pixels of a picture's channel. As in instance_norm, they
 * come from blocks that follow the shape alone, added up in double in order.
 */
#include <iphase/threads.h>
#include "cpu.h"

struct job {
	const struct ip_loops *loops;
	struct ip_rows cut;
	size_t b, c;
	double *sums;		/* [b][blocks][2][columns] of g and g xhat */
	ip_real *coef;		/* [b][3][columns]: see struct ip_norm_grad */
	const ip_real *stats;
	struct ip_norm_grad n;	/* of all pictures */
};

/* A block, but for its coefficients and sums. */
static struct ip_norm_grad block(const struct job *j, size_t unit)
{
	size_t picture = unit / j->cut.blocks, k = unit % j->cut.blocks;
	size_t first = picture * j->cut.rows + k * j->cut.block;
	struct ip_norm_grad n = j->n;

	n.rows = ip_cpu_rows(&j->cut, k);
	n.dy += first * n.pitch;
	n.y += first * n.pitch;
	n.dx += first * n.columns;
	if (n.add != NULL)
		n.add += first * n.columns;
	if (n.dadd != NULL)
		n.dadd += first * n.columns;
	return n;
}

static void measure(const struct job *j, size_t unit)
{
	struct ip_norm_grad n = block(j, unit);

	n.g = j->sums + unit * 2 * n.columns;
	n.product = n.g + n.columns;
	j->loops->norm_grad_sums(&n);
}

static void settle(const struct job *j, size_t picture)
{
	size_t columns = j->cut.columns, i;
	const double *sums = ip_cpu_add_blocks(j->sums, &j->cut, j->c, picture);
	double pixels = (double)(j->cut.rows * j->cut.fold);
	ip_real *coef = j->coef + picture * 3 * columns;
	const ip_real *stats = j->stats + picture * 2 * j->c;

	for (i = 0; i < columns; i++) {
		double scale = (double)stats[2 * (i % j->c) + 1];

		coef[i] = (ip_real)scale;
		coef[columns + i] = (ip_real)(scale * sums[i % j->c] / pixels);
		coef[2 * columns + i] = (ip_real)(scale *
			sums[columns + i % j->c] / pixels);
	}
}

static void apply(const struct job *j, size_t unit)
{
	struct ip_norm_grad n = block(j, unit);

	n.scale = j->coef + unit / j->cut.blocks * 3 * n.columns;
	n.constant = n.scale + n.columns;
	n.linear = n.constant + n.columns;
	j->loops->norm_grad(&n);
}

static int run(struct ip_dev *dev, struct job *j)
{
	size_t sums = 2 * j->cut.columns * j->cut.blocks * sizeof(double);
	long u, units = (long)(j->b * j->cut.blocks);
	char *memory = ip_cpu_scratch(dev, j->b * (sums + 3 *
		j->cut.columns * sizeof(ip_real)));

	if (memory == NULL)
		return IP_ENOMEM;
	j->sums = (double *)(void *)memory;
	j->coef = (ip_real *)(void *)(memory + j->b * sums);
#pragma omp parallel for num_threads(ip_threads()) schedule(static)
	for (u = 0; u < units; u++)
		measure(j, (size_t)u);
#pragma omp parallel for num_threads(ip_threads()) schedule(static)
	for (u = 0; u < (long)j->b; u++)
		settle(j, (size_t)u);
#pragma omp parallel for num_threads(ip_threads()) schedule(static)
	for (u = 0; u < units; u++)
		apply(j, (size_t)u);
	return IP_OK;
}

int ip_cpu_instance_norm_grad(struct ip_dev *dev, struct ip_buf *dx,
	struct ip_buf *dadd, const struct ip_buf *dy, const struct ip_buf *y,
	const struct ip_slot *slot, const struct ip_buf *stats,
	const struct ip_buf *add, const struct ip_map *in, double slope)
{
	struct ip_slot from;
	struct job j = { 0 };
	int rc;

	if ((rc = ip_op_check_instance_norm_grad(dx, dadd, dy, y, slot, stats,
		add, in, slope, &from)) < 0)
		return rc;
	j.loops = ip_loops();
	j.b = in->b;
	j.c = in->c;
	j.cut = ip_cpu_cut(in->h * in->w, in->c, from.pitch == in->c);
	j.stats = ip_cpu_at(stats);
	j.n.columns = j.cut.columns;
	j.n.pitch = from.pitch * j.cut.fold;
	j.n.dy = (const ip_real *)ip_cpu_at(dy) + from.first;
	j.n.y = (const ip_real *)ip_cpu_at(y) + from.first;
	j.n.add = add == NULL ? NULL : ip_cpu_at(add);
	j.n.slope = (ip_real)slope;
	j.n.inverse = (ip_real)(1 / slope);
	j.n.dx = ip_cpu_at(dx);
	j.n.dadd = dadd == NULL ? NULL : ip_cpu_at(dadd);
	return run(dev, &j);
}
