/*
 * Products of a map's pixels with one matrix, in blocks of one picture's rows
 * and of columns that follow the shapes alone. A block is computed in scratch
 * and finished there, while it is in cache.
 */
#include <limits.h>
#include <math.h>
#include <omp.h>
#include <iphase/threads.h>
#include "core/blas.h"
#include "cpu.h"

enum { ROWS = 128, COLUMNS = 384 };

struct linear {
	size_t pixels, in, out;		/* pixels of a picture */
	size_t row_blocks, column_blocks;
	const ip_real *x, *w, *bias, *add;
	ip_real *y, *pre;
	enum ip_act act;
};

/* c [rows][columns] = x w', rows of x and w in.c long */
static void product(const struct linear *j, ip_real *c, const ip_real *x,
	size_t rows, const ip_real *w, size_t columns)
{
	int m = (int)rows, n = (int)columns, k = (int)j->in;

#ifdef IP_DOUBLE
	cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, m, n, k, 1, x, k,
		w, k, 0, c, n);
#else
	cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, m, n, k, 1, x, k,
		w, k, 0, c, n);
#endif
}

static ip_real gelu(ip_real x)
{
	double v = (double)x;

	return (ip_real)(0.5 * v * (1 + erf(v * 0.70710678118654752440)));
}

/* A row of a block, 'at' its place in y. */
static void finish(const struct linear *j, const ip_real *c, size_t at,
	size_t first, size_t columns)
{
	size_t i;

	for (i = 0; i < columns; i++) {
		ip_real v = c[i];

		if (j->bias)
			v += j->bias[first + i];
		if (j->pre)
			j->pre[at + i] = v;
		if (j->act == IP_ACT_GELU)
			v = gelu(v);
		j->y[at + i] = j->add ? v + j->add[at + i] : v;
	}
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static void one_block(const struct linear *j, size_t block, ip_real *c)
{
	size_t first = block % j->column_blocks * COLUMNS;
	size_t rest = block / j->column_blocks;
	size_t row = rest % j->row_blocks * ROWS, picture = rest / j->row_blocks;
	size_t rows = least(ROWS, j->pixels - row);
	size_t columns = least(COLUMNS, j->out - first), r;

	row += picture * j->pixels;
	product(j, c, j->x + row * j->in, rows, j->w + first * j->in, columns);
	for (r = 0; r < rows; r++)
		finish(j, c + r * columns, (row + r) * j->out + first, first,
			columns);
}

static int check(const struct ip_buf *y, const struct ip_buf *pre,
	const struct ip_buf *x, const struct ip_buf *w,
	const struct ip_buf *bias, const struct ip_buf *add,
	const struct ip_map *in, size_t out, enum ip_act act)
{
	static const char op[] = "linear";
	size_t real = sizeof(ip_real);
	int rc;

	if (out == 0 || out > INT_MAX || in->c > INT_MAX)
		return ip_fail(IP_EINVAL, "%s: %zu to %zu channels, expected 1 "
			"to %d", op, in->c, out, INT_MAX);
	if (act != IP_ACT_NONE && act != IP_ACT_GELU)
		return ip_fail(IP_EINVAL, "%s: activation %d is unknown", op,
			(int)act);
	if ((rc = ip_cpu_check_map(op, "x", x, in, 0)) < 0 ||
		(rc = ip_cpu_check_map(op, "y", y, in, out)) < 0 ||
		(rc = ip_cpu_check(op, "w", w, out, in->c, 1, real)) < 0 ||
		(bias && (rc = ip_cpu_check(op, "bias", bias, out, 1, 1,
			real)) < 0) ||
		(add && (rc = ip_cpu_check_map(op, "add", add, in, out)) < 0) ||
		(pre && (rc = ip_cpu_check_map(op, "pre", pre, in, out)) < 0))
		return rc;
	return IP_OK;
}

int ip_cpu_linear(struct ip_dev *dev, struct ip_buf *y, struct ip_buf *pre,
	const struct ip_buf *x, const struct ip_buf *w,
	const struct ip_buf *bias, const struct ip_buf *add,
	const struct ip_map *in, size_t out, enum ip_act act)
{
	struct linear j = { in->h * in->w, in->c, out, 0, 0, ip_cpu_at(x),
		ip_cpu_at(w), bias ? ip_cpu_at(bias) : NULL,
		add ? ip_cpu_at(add) : NULL, ip_cpu_at(y),
		pre ? ip_cpu_at(pre) : NULL, act };
	size_t room = ROWS * least(COLUMNS, out);
	int threads = ip_threads(), rc;
	ip_real *memory;
	long i;

	if ((rc = check(y, pre, x, w, bias, add, in, out, act)) < 0)
		return rc;
	j.row_blocks = (j.pixels + ROWS - 1) / ROWS;
	j.column_blocks = (out + COLUMNS - 1) / COLUMNS;
	memory = ip_cpu_scratch(dev, (size_t)threads * room * sizeof(ip_real));
	if (memory == NULL)
		return IP_ENOMEM;
	ip_blas_single();
#pragma omp parallel for num_threads(threads) schedule(static)
	for (i = 0; i < (long)(in->b * j.row_blocks * j.column_blocks); i++)
		one_block(&j, (size_t)i,
			memory + (size_t)omp_get_thread_num() * room);
	return IP_OK;
}
