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

/* Reals a block, and pixels at least and at most. */
enum { BLOCK = 16384, PIXELS_MIN = 8, PIXELS_MAX = 256 };

struct job {
	size_t b, pixels, c;
	size_t block, blocks;	/* pixels of a block, blocks of a picture */
	double *sums;		/* [b][blocks][2][c] of g and g xhat */
	double *means;		/* [b][2][c] */
	ip_real *dx, *dadd;
	const ip_real *dy, *y, *stats, *add;
	struct ip_slot from;
	ip_real slope;
};

struct at { size_t first, count, picture; };
static struct at where(const struct job *j, size_t unit)
{
	struct at at = { 0, 0, unit / j->blocks };
	size_t block = unit % j->blocks, left = j->pixels - block * j->block;

	at.first = at.picture * j->pixels + block * j->block;
	at.count = left < j->block ? left : j->block;
	return at;
}

static void sums_of(const struct job *j, size_t unit)
{
	struct at at = where(j, unit);
	double *sums = j->sums + unit * 2 * j->c;
	size_t p, i;

	for (i = 0; i < 2 * j->c; i++)
		sums[i] = 0;
	for (p = at.first; p < at.first + at.count; p++) {
		const ip_real *y = j->y + p * j->from.pitch + j->from.first;
		const ip_real *dy = j->dy + p * j->from.pitch + j->from.first;

		for (i = 0; i < j->c; i++) {
			int on = y[i] > 0;
			ip_real g = on ? dy[i] : j->slope * dy[i];
			ip_real v = on ? y[i] : y[i] / j->slope;

			if (j->add != NULL)
				v -= j->add[p * j->c + i];
			sums[i] += (double)g;
			sums[j->c + i] += (double)g * (double)v;
		}
	}
}

static void settle(const struct job *j, size_t picture)
{
	const double *sums = j->sums + picture * j->blocks * 2 * j->c;
	double *means = j->means + picture * 2 * j->c;
	size_t k, i;

	for (i = 0; i < 2 * j->c; i++)
		means[i] = 0;
	for (k = 0; k < j->blocks; k++, sums += 2 * j->c)
		for (i = 0; i < 2 * j->c; i++)
			means[i] += sums[i];
	for (i = 0; i < 2 * j->c; i++)
		means[i] /= (double)j->pixels;
}

static void apply(const struct job *j, size_t unit)
{
	struct at at = where(j, unit);
	const double *means = j->means + at.picture * 2 * j->c;
	const ip_real *stats = j->stats + at.picture * 2 * j->c;
	size_t p, i;

	for (p = at.first; p < at.first + at.count; p++) {
		const ip_real *y = j->y + p * j->from.pitch + j->from.first;
		const ip_real *dy = j->dy + p * j->from.pitch + j->from.first;

		for (i = 0; i < j->c; i++) {
			int on = y[i] > 0;
			ip_real g = on ? dy[i] : j->slope * dy[i];
			ip_real v = on ? y[i] : y[i] / j->slope;

			if (j->add != NULL)
				v -= j->add[p * j->c + i];
			if (j->dadd != NULL)
				j->dadd[p * j->c + i] = g;
			j->dx[p * j->c + i] = stats[2 * i + 1] * (g -
				(ip_real)means[i] - v * (ip_real)means[j->c +
				i]);
		}
	}
}

static int run(struct ip_dev *dev, struct job *j)
{
	size_t each = 2 * j->c;
	long u, units = (long)(j->b * j->blocks);

	j->sums = ip_cpu_scratch(dev, j->b * (j->blocks + 1) * each *
		sizeof(double));
	if (j->sums == NULL)
		return IP_ENOMEM;
	j->means = j->sums + j->b * j->blocks * each;
#pragma omp parallel for num_threads(ip_threads()) schedule(static)
	for (u = 0; u < units; u++)
		sums_of(j, (size_t)u);
#pragma omp parallel for num_threads(ip_threads()) schedule(static)
	for (u = 0; u < (long)j->b; u++)
		settle(j, (size_t)u);
#pragma omp parallel for num_threads(ip_threads()) schedule(static)
	for (u = 0; u < units; u++)
		apply(j, (size_t)u);
	return IP_OK;
}

static int check(const struct ip_buf *dx, const struct ip_buf *dadd,
	const struct ip_buf *dy, const struct ip_buf *y,
	const struct ip_slot *slot, const struct ip_buf *stats,
	const struct ip_buf *add, const struct ip_map *in, double slope,
	struct ip_slot *from)
{
	static const char op[] = "instance_norm_grad";
	int rc;

	if ((rc = ip_cpu_check_map(op, "dx", dx, in, 0)) < 0 ||
		(dadd != NULL &&
		(rc = ip_cpu_check_map(op, "dadd", dadd, in, 0)) < 0) ||
		(add != NULL &&
		(rc = ip_cpu_check_map(op, "add", add, in, 0)) < 0) ||
		(rc = ip_cpu_check_slot(op, y, in, slot, from)) < 0 ||
		(rc = ip_cpu_check_map(op, "dy", dy, in, from->pitch)) < 0 ||
		(rc = ip_cpu_check(op, "stats", stats, in->b, in->c, 2,
			sizeof(ip_real))) < 0)
		return rc;
	if (in->h * in->w == 1)
		return ip_fail(IP_EINVAL, "%s: pictures of a single pixel have "
			"no variance", op);
	if (!(slope > 0))
		return ip_fail(IP_EINVAL, "%s: slope %g, expected above 0", op,
			slope);
	return IP_OK;
}

int ip_cpu_instance_norm_grad(struct ip_dev *dev, struct ip_buf *dx,
	struct ip_buf *dadd, const struct ip_buf *dy, const struct ip_buf *y,
	const struct ip_slot *slot, const struct ip_buf *stats,
	const struct ip_buf *add, const struct ip_map *in, double slope)
{
	struct job j = { 0 };
	int rc;

	if ((rc = check(dx, dadd, dy, y, slot, stats, add, in, slope,
		&j.from)) < 0)
		return rc;
	j.b = in->b;
	j.pixels = in->h * in->w;
	j.c = in->c;
	j.block = BLOCK / j.c;
	if (j.block < PIXELS_MIN)
		j.block = PIXELS_MIN;
	if (j.block > PIXELS_MAX)
		j.block = PIXELS_MAX;
	j.blocks = (j.pixels + j.block - 1) / j.block;
	j.dx = ip_cpu_at(dx);
	j.dadd = dadd == NULL ? NULL : ip_cpu_at(dadd);
	j.dy = ip_cpu_at(dy);
	j.y = ip_cpu_at(y);
	j.stats = ip_cpu_at(stats);
	j.add = add == NULL ? NULL : ip_cpu_at(add);
	j.slope = (ip_real)slope;
	return run(dev, &j);
}
