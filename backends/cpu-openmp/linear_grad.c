/* Gradients of linear. */
#include <math.h>
#include <iphase/threads.h>
#include "cpu.h"

struct linear_grad {
	size_t rows, in, out;		/* pixels of all pictures; channels */
	const ip_real *dy, *pre, *x, *w;
	ip_real *dx, *dw, *dbias;
};

/* Of the loss with respect to what GELU was applied to. */
static double inner(const struct linear_grad *j, size_t i)
{
	double dy = (double)j->dy[i], v;

	if (j->pre == NULL)
		return dy;
	v = (double)j->pre[i];
	return dy * (0.5 * erfc(v * -0.70710678118654752440) +
		v * 0.39894228040143267794 * exp(-0.5 * v * v));
}

static void one_pixel(const struct linear_grad *j, size_t p)
{
	ip_real *dx = j->dx + p * j->in;
	size_t o, i;

	for (i = 0; i < j->in; i++)
		dx[i] = 0;
	for (o = 0; o < j->out; o++) {
		ip_real d = (ip_real)inner(j, p * j->out + o);

		for (i = 0; i < j->in; i++)
			dx[i] += d * j->w[o * j->in + i];
	}
}

/* A row of dw and its number of dbias. */
static void one_row(const struct linear_grad *j, size_t o)
{
	ip_real *dw = j->dw + o * j->in;
	double sum = 0;
	size_t p, i;

	for (p = 0; p < j->rows; p++) {
		ip_real d = (ip_real)inner(j, p * j->out + o);

		sum += (double)d;
		for (i = 0; i < j->in; i++)
			dw[i] += d * j->x[p * j->in + i];
	}
	if (j->dbias != NULL)
		j->dbias[o] += (ip_real)sum;
}

static int check(const struct ip_buf *dx, const struct ip_buf *dw,
	const struct ip_buf *dbias, const struct ip_buf *dy,
	const struct ip_buf *pre, const struct ip_buf *x,
	const struct ip_buf *w, const struct ip_map *in, size_t out)
{
	static const char op[] = "linear_grad";
	size_t real = sizeof(ip_real);
	int rc;

	if (out == 0)
		return ip_fail(IP_EINVAL, "%s: %zu to %zu channels", op, in->c,
			out);
	if ((rc = ip_cpu_check_map(op, "x", x, in, 0)) < 0 ||
		(rc = ip_cpu_check_map(op, "dy", dy, in, out)) < 0 ||
		(rc = ip_cpu_check(op, "w", w, out, in->c, 1, real)) < 0 ||
		(rc = ip_cpu_check(op, "dw", dw, out, in->c, 1, real)) < 0 ||
		(dx && (rc = ip_cpu_check_map(op, "dx", dx, in, 0)) < 0) ||
		(dbias && (rc = ip_cpu_check(op, "dbias", dbias, out, 1, 1,
			real)) < 0) ||
		(pre && (rc = ip_cpu_check_map(op, "pre", pre, in, out)) < 0))
		return rc;
	return IP_OK;
}

int ip_cpu_linear_grad(struct ip_dev *dev, struct ip_buf *dx,
	struct ip_buf *dw, struct ip_buf *dbias, const struct ip_buf *dy,
	const struct ip_buf *pre, const struct ip_buf *x,
	const struct ip_buf *w, const struct ip_map *in, size_t out)
{
	struct linear_grad j = { in->b * in->h * in->w, in->c, out,
		ip_cpu_at(dy), pre ? ip_cpu_at(pre) : NULL, ip_cpu_at(x),
		ip_cpu_at(w), dx ? ip_cpu_at(dx) : NULL, ip_cpu_at(dw),
		dbias ? ip_cpu_at(dbias) : NULL };
	long i;
	int rc;

	(void)dev;
	if ((rc = check(dx, dw, dbias, dy, pre, x, w, in, out)) < 0)
		return rc;
#pragma omp parallel for num_threads(ip_threads()) schedule(static)
	for (i = 0; i < (long)(dx ? j.rows : 0); i++)
		one_pixel(&j, (size_t)i);
#pragma omp parallel for num_threads(ip_threads()) schedule(static)
	for (i = 0; i < (long)out; i++)
		one_row(&j, (size_t)i);
	return IP_OK;
}
