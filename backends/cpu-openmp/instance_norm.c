/*
 * Normalisation of each channel of each picture. The pixels come in blocks
 * that follow the shape alone, each of which gives means and sums of squared
 * deviations; these are added up in double, in order (T. F. Chan, G. H. Golub
 * and R. J. LeVeque, Am. Stat. 37, 242, 1983). So neither a mean far from zero
 * nor the number of threads touches the variance.
 */
#include <math.h>
#include <iphase/threads.h>
#include "cpu.h"

/* Reals a block, rows of it at least and at most, and columns a row that
 * fold() aims at: few numbers a column keep their sums in ip_real exact. */
enum { BLOCK = 16384, ROWS_MIN = 8, ROWS_MAX = 256, COLUMNS = 192 };

struct job {
	const struct ip_loops *loops;
	size_t b, pixels, c;
	struct ip_rows cut;
	double *moments;	/* [b][blocks + 1][2][fold c]: mean, squares of
				 * each block and of all */
	ip_real *coef;		/* [b][3][fold c] */
	ip_real *stats;		/* [b][c][2] */
	ip_real *y;
	struct ip_slot to;
	const ip_real *x, *add;
};

/* Few channels: some pixels together are a row of as many channels more. */
static size_t fold(size_t pixels, size_t c)
{
	size_t n = 1;

	while (n * c < COLUMNS && pixels % (2 * n) == 0)
		n *= 2;
	return n;
}

struct ip_rows ip_cpu_cut(size_t pixels, size_t c, int packed)
{
	struct ip_rows cut;

	cut.fold = packed ? fold(pixels, c) : 1;
	cut.rows = pixels / cut.fold;
	cut.columns = cut.fold * c;
	cut.block = BLOCK / cut.columns;
	if (cut.block < ROWS_MIN)
		cut.block = ROWS_MIN;
	if (cut.block > ROWS_MAX)
		cut.block = ROWS_MAX;
	cut.blocks = (cut.rows + cut.block - 1) / cut.block;
	return cut;
}

static void measure(const struct job *j, size_t unit)
{
	size_t columns = j->cut.columns;
	size_t picture = unit / j->cut.blocks, block = unit % j->cut.blocks;
	double *m = j->moments + (unit + picture) * 2 * columns;

	j->loops->moments(m, m + columns, j->x + (picture * j->cut.rows +
		block * j->cut.block) * columns, ip_cpu_rows(&j->cut, block),
		columns);
}

/* total[0] <- sums of the columns' means, each times its rows; total[1] <-
 * sums of their squares about the channels' means, once these are known. */
static void sum_means(const struct job *j, const double *m, double *total)
{
	size_t columns = j->cut.columns, block, i;

	for (i = 0; i < columns; i++)
		total[i] = 0;
	for (block = 0; block < j->cut.blocks; block++, m += 2 * columns) {
		double rows = (double)ip_cpu_rows(&j->cut, block);

		for (i = 0; i < columns; i++)
			total[i] += rows * m[i];
	}
	for (i = j->c; i < columns; i++)
		total[i % j->c] += total[i];
	for (i = 0; i < columns; i++)
		total[i] = i < j->c ? total[i] / (double)j->pixels :
			total[i - j->c];
}

static void sum_squares(const struct job *j, const double *m,
	const double *mean, double *total)
{
	size_t columns = j->cut.columns, block, i;

	for (i = 0; i < columns; i++)
		total[i] = 0;
	for (block = 0; block < j->cut.blocks; block++, m += 2 * columns) {
		double rows = (double)ip_cpu_rows(&j->cut, block);

		for (i = 0; i < columns; i++) {
			double d = m[i] - mean[i];

			total[i] += m[columns + i] + rows * d * d;
		}
	}
	for (i = j->c; i < columns; i++)
		total[i % j->c] += total[i];
}

/* What a picture's means and scales are: see struct ip_columns. */
static void settle(const struct job *j, size_t picture, double eps)
{
	size_t columns = j->cut.columns, i;
	double *m = j->moments + picture * (j->cut.blocks + 1) * 2 * columns;
	double *mean = m + j->cut.blocks * 2 * columns;
	double *square = mean + columns;
	ip_real *coef = j->coef + picture * 3 * columns;
	ip_real *stats = j->stats + picture * 2 * j->c;

	sum_means(j, m, mean);
	sum_squares(j, m, mean, square);
	for (i = 0; i < columns; i++) {
		size_t k = i % j->c;
		double scale = 1 / sqrt(square[k] / (double)j->pixels + eps);

		coef[i] = (ip_real)mean[k];
		coef[columns + i] = (ip_real)scale;
		coef[2 * columns + i] = (ip_real)(scale *
			((double)coef[i] - mean[k]));
		stats[2 * k] = coef[i];
		stats[2 * k + 1] = coef[columns + i];
	}
}

/* A packed map is written in rows as it was read, another pixel by pixel. */
static void apply(const struct job *j, size_t unit, ip_real slope)
{
	size_t columns = j->cut.columns;
	size_t picture = unit / j->cut.blocks, block = unit % j->cut.blocks;
	size_t rows = ip_cpu_rows(&j->cut, block);
	size_t first = picture * j->cut.rows + block * j->cut.block;
	ip_real *coef = j->coef + picture * 3 * columns;
	struct ip_columns a = { coef, coef + columns, coef + 2 * columns };
	const ip_real *x = j->x + first * columns;
	const ip_real *add = j->add == NULL ? NULL : j->add + first * columns;

	if (j->to.pitch == j->c)
		j->loops->normalise(j->y + first * columns, columns, x, add, &a,
			rows, columns, slope);
	else
		j->loops->normalise(j->y + first * j->cut.fold * j->to.pitch +
			j->to.first, j->to.pitch, x, add, &a, rows *
			j->cut.fold, j->c, slope);
}

static int run(struct ip_dev *dev, struct job *j, double eps, ip_real slope)
{
	size_t columns = j->cut.columns;
	size_t moments = 2 * columns * (j->cut.blocks + 1) * sizeof(double);
	long u, units = (long)(j->b * j->cut.blocks);
	char *memory = ip_cpu_scratch(dev, j->b * (moments + 3 * columns *
		sizeof(ip_real)));

	if (memory == NULL)
		return IP_ENOMEM;
	j->moments = (double *)(void *)memory;
	j->coef = (ip_real *)(void *)(memory + j->b * moments);
#pragma omp parallel for num_threads(ip_threads()) schedule(static)
	for (u = 0; u < units; u++)
		measure(j, (size_t)u);
#pragma omp parallel for num_threads(ip_threads()) schedule(static)
	for (u = 0; u < (long)j->b; u++)
		settle(j, (size_t)u, eps);
#pragma omp parallel for num_threads(ip_threads()) schedule(static)
	for (u = 0; u < units; u++)
		apply(j, (size_t)u, slope);
	return IP_OK;
}

int ip_cpu_instance_norm(struct ip_dev *dev, struct ip_buf *y,
	const struct ip_slot *slot, struct ip_buf *stats,
	const struct ip_buf *x, const struct ip_buf *add,
	const struct ip_map *in, double eps, double slope)
{
	static const char op[] = "instance_norm";
	struct job j;
	int rc;

	if ((rc = ip_cpu_check_map(op, "x", x, in, 0)) < 0 ||
		(add != NULL &&
		(rc = ip_cpu_check_map(op, "add", add, in, 0)) < 0) ||
		(rc = ip_cpu_check_slot(op, "y", y, in, slot, &j.to)) < 0 ||
		(rc = ip_cpu_check(op, "stats", stats, in->b, in->c, 2,
			sizeof(ip_real))) < 0)
		return rc;
	j.b = in->b;
	j.pixels = in->h * in->w;
	j.c = in->c;
	if (j.pixels == 1)
		return ip_fail(IP_EINVAL, "%s: pictures of a single pixel have "
			"no variance", op);
	j.loops = ip_loops();
	j.cut = ip_cpu_cut(j.pixels, j.c, 1);
	j.x = ip_cpu_at(x);
	j.add = add == NULL ? NULL : ip_cpu_at(add);
	j.y = ip_cpu_at(y);
	j.stats = ip_cpu_at(stats);
	return run(dev, &j, eps, (ip_real)slope);
}
