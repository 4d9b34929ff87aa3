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
	struct ip_affine a;
	size_t pixels;
	double *moments;	/* [b][blocks + 1][2][fold c]: mean, squares of
				 * each block and of all */
	ip_real *stats;		/* [b][c][2] */
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

double *ip_cpu_add_blocks(double *sums, const struct ip_rows *cut, size_t c,
	size_t picture)
{
	size_t columns = cut->columns, k, i;

	sums += picture * cut->blocks * 2 * columns;
	for (k = 1; k < cut->blocks; k++)
		for (i = 0; i < 2 * columns; i++)
			sums[i] += sums[2 * k * columns + i];
	for (i = c; i < columns; i++) {
		sums[i % c] += sums[i];
		sums[columns + i % c] += sums[columns + i];
	}
	return sums;
}

static void measure(const struct job *j, size_t unit)
{
	size_t columns = j->a.cut.columns;
	size_t picture = unit / j->a.cut.blocks, block = unit % j->a.cut.blocks;
	double *m = j->moments + (unit + picture) * 2 * columns;

	j->a.loops->moments(m, m + columns, j->a.x + (picture * j->a.cut.rows +
		block * j->a.cut.block) * columns, ip_cpu_rows(&j->a.cut,
		block), columns);
}

/* total[0] <- sums of the columns' means, each times its rows; total[1] <-
 * sums of their squares about the channels' means, once these are known. */
static void sum_means(const struct job *j, const double *m, double *total)
{
	size_t columns = j->a.cut.columns, block, i;

	for (i = 0; i < columns; i++)
		total[i] = 0;
	for (block = 0; block < j->a.cut.blocks; block++, m += 2 * columns) {
		double rows = (double)ip_cpu_rows(&j->a.cut, block);

		for (i = 0; i < columns; i++)
			total[i] += rows * m[i];
	}
	for (i = j->a.c; i < columns; i++)
		total[i % j->a.c] += total[i];
	for (i = 0; i < columns; i++)
		total[i] = i < j->a.c ? total[i] / (double)j->pixels :
			total[i - j->a.c];
}

static void sum_squares(const struct job *j, const double *m,
	const double *mean, double *total)
{
	size_t columns = j->a.cut.columns, block, i;

	for (i = 0; i < columns; i++)
		total[i] = 0;
	for (block = 0; block < j->a.cut.blocks; block++, m += 2 * columns) {
		double rows = (double)ip_cpu_rows(&j->a.cut, block);

		for (i = 0; i < columns; i++) {
			double d = m[i] - mean[i];

			total[i] += m[columns + i] + rows * d * d;
		}
	}
	for (i = j->a.c; i < columns; i++)
		total[i % j->a.c] += total[i];
}

/* What a picture's means and scales are: see struct ip_columns. */
static void settle(const struct job *j, size_t picture, double eps)
{
	size_t columns = j->a.cut.columns, i;
	double *m = j->moments + picture * (j->a.cut.blocks + 1) * 2 * columns;
	double *mean = m + j->a.cut.blocks * 2 * columns;
	double *square = mean + columns;
	ip_real *coef = j->a.coef + picture * 3 * columns;
	ip_real *stats = j->stats + picture * 2 * j->a.c;

	sum_means(j, m, mean);
	sum_squares(j, m, mean, square);
	for (i = 0; i < columns; i++) {
		size_t k = i % j->a.c;
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
static void apply(const struct ip_affine *a, size_t unit)
{
	size_t columns = a->cut.columns;
	size_t picture = unit / a->cut.blocks, block = unit % a->cut.blocks;
	size_t rows = ip_cpu_rows(&a->cut, block);
	size_t first = picture * a->cut.rows + block * a->cut.block;
	const ip_real *coef = a->coef + picture * 3 * columns;
	struct ip_columns k = { coef, coef + columns, coef + 2 * columns };
	const ip_real *x = a->x + first * columns;
	const ip_real *add = a->add == NULL ? NULL : a->add + first * columns;

	if (a->to.pitch == a->c)
		a->loops->normalise(a->y + first * columns, columns, x, add, &k,
			rows, columns, a->slope);
	else
		a->loops->normalise(a->y + first * a->cut.fold * a->to.pitch +
			a->to.first, a->to.pitch, x, add, &k, rows *
			a->cut.fold, a->c, a->slope);
}

void ip_cpu_affine(const struct ip_affine *a)
{
	long u, units = (long)(a->b * a->cut.blocks);

#pragma omp parallel for num_threads(ip_threads()) schedule(static)
	for (u = 0; u < units; u++)
		apply(a, (size_t)u);
}

static int run(struct ip_dev *dev, struct job *j, double eps)
{
	size_t columns = j->a.cut.columns, b = j->a.b;
	size_t moments = 2 * columns * (j->a.cut.blocks + 1) * sizeof(double);
	long u, units = (long)(b * j->a.cut.blocks);
	char *memory = ip_cpu_scratch(dev, b * (moments + 3 * columns *
		sizeof(ip_real)));

	if (memory == NULL)
		return IP_ENOMEM;
	j->moments = (double *)(void *)memory;
	j->a.coef = (ip_real *)(void *)(memory + b * moments);
#pragma omp parallel for num_threads(ip_threads()) schedule(static)
	for (u = 0; u < units; u++)
		measure(j, (size_t)u);
#pragma omp parallel for num_threads(ip_threads()) schedule(static)
	for (u = 0; u < (long)b; u++)
		settle(j, (size_t)u, eps);
	ip_cpu_affine(&j->a);
	return IP_OK;
}

int ip_cpu_instance_norm(struct ip_dev *dev, struct ip_buf *y,
	const struct ip_slot *slot, struct ip_buf *stats,
	const struct ip_buf *x, const struct ip_buf *add,
	const struct ip_map *in, double eps, double slope)
{
	struct job j;
	int rc;

	if ((rc = ip_op_check_instance_norm(y, slot, stats, x, add, in,
		&j.a.to)) < 0)
		return rc;
	j.pixels = in->h * in->w;
	j.a.loops = ip_loops();
	j.a.b = in->b;
	j.a.c = in->c;
	j.a.cut = ip_cpu_cut(j.pixels, in->c, 1);
	j.a.x = ip_cpu_at(x);
	j.a.add = add == NULL ? NULL : ip_cpu_at(add);
	j.a.y = ip_cpu_at(y);
	j.a.slope = (ip_real)slope;
	j.stats = ip_cpu_at(stats);
	return run(dev, &j, eps);
}
