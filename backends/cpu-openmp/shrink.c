/*
 * Means over blocks of pixels. Each row of the picture is summed by itself,
 * then the rows of a block are, all in double: so one pixel a picture is work
 * for all threads, too.
 */
#include <iphase/threads.h>
#include "cpu.h"

struct job {
	size_t w, c;		/* of x */
	size_t first, count;
	size_t rows, columns;	/* of a block */
	size_t wide;		/* numbers a row of y */
	const ip_real *x;
	ip_real *y;
	double *sums;		/* [b][h][wide] */
};

static void sum_row(const struct job *j, size_t row)
{
	const ip_real *x = j->x + row * j->w * j->c + j->first;
	double *sum = j->sums + row * j->wide;
	size_t i, p, k;

	for (i = 0; i < j->wide; i += j->count) {
		for (k = 0; k < j->count; k++)
			sum[i + k] = 0;
		for (p = 0; p < j->columns; p++, x += j->c)
			for (k = 0; k < j->count; k++)
				sum[i + k] += (double)x[k];
	}
}

/* Its sums end up in those of the first row. */
static void mean_row(const struct job *j, size_t row)
{
	double *sum = j->sums + row * j->rows * j->wide;
	double share = 1 / ((double)j->rows * (double)j->columns);
	size_t i, r;

	for (r = 1; r < j->rows; r++)
		for (i = 0; i < j->wide; i++)
			sum[i] += sum[r * j->wide + i];
	for (i = 0; i < j->wide; i++)
		j->y[row * j->wide + i] = (ip_real)(sum[i] * share);
}

int ip_cpu_shrink(struct ip_dev *dev, struct ip_buf *y, const struct ip_buf *x,
	const struct ip_map *in, size_t first, size_t count, size_t rows,
	size_t columns)
{
	struct job j = { in->w, in->c, first, count, rows, columns, 0,
		ip_cpu_at(x), ip_cpu_at(y), NULL };
	long r, all = (long)(in->b * in->h);
	int rc;

	if ((rc = ip_op_check_shrink(y, x, in, first, count, rows,
		columns)) < 0)
		return rc;
	j.wide = in->w / columns * count;
	j.sums = ip_cpu_scratch(dev, in->b * in->h * j.wide * sizeof(double));
	if (j.sums == NULL)
		return IP_ENOMEM;
#pragma omp parallel for num_threads(ip_threads()) schedule(static)
	for (r = 0; r < all; r++)
		sum_row(&j, (size_t)r);
#pragma omp parallel for num_threads(ip_threads()) schedule(static)
	for (r = 0; r < all / (long)rows; r++)
		mean_row(&j, (size_t)r);
	return IP_OK;
}
