/*
 * The gradient of layer_norm. With xhat = (x - mean) scale and h = dy gamma it
 * is dx = scale (h - mean(h) - xhat mean(h xhat)), the means over the channels
 * of a pixel. gamma's and beta's are sums over the pixels, taken in blocks
 * that follow the shape and then in order.
 */
#include <math.h>
#include <iphase/threads.h>
#include "cpu.h"

/* Reals a block, and pixels at most. */
enum { BLOCK = 16384, PIXELS = 256 };

struct job {
	size_t pixels, c, block, blocks;
	struct ip_slot from;
	const ip_real *dy, *x, *gamma;
	ip_real *dx, *dgamma, *dbeta;
	double eps, *sums;	/* [blocks][2][c], gamma's and beta's */
	int add;
};

static void pixel(const struct job *j, ip_real *dx, const ip_real *dy,
	const ip_real *x, double *sums)
{
	double mean = 0, square = 0, h = 0, hx = 0, scale, n = (double)j->c;
	size_t i;

	for (i = 0; i < j->c; i++)
		mean += (double)x[i] / n;
	for (i = 0; i < j->c; i++)
		square += ((double)x[i] - mean) * ((double)x[i] - mean) / n;
	scale = 1 / sqrt(square + j->eps);
	for (i = 0; i < j->c; i++) {
		double g = (double)dy[i], xhat = ((double)x[i] - mean) * scale;

		if (j->gamma != NULL) {
			sums[i] += g * xhat;
			sums[j->c + i] += g;
			g *= (double)j->gamma[i];
		}
		h += g / n;
		hx += g * xhat / n;
	}
	for (i = 0; i < j->c; i++) {
		double g = (double)dy[i] * (j->gamma ? (double)j->gamma[i] : 1);
		double xhat = ((double)x[i] - mean) * scale;

		g = scale * (g - h - xhat * hx);
		dx[i] = (ip_real)(j->add ? (double)dx[i] + g : g);
	}
}

static void block(const struct job *j, size_t u)
{
	size_t p, end = (u + 1) * j->block, i;
	double *sums = j->sums == NULL ? NULL : j->sums + u * 2 * j->c;

	for (i = 0; sums != NULL && i < 2 * j->c; i++)
		sums[i] = 0;
	for (p = u * j->block; p < end && p < j->pixels; p++)
		pixel(j, j->dx + p * j->c, j->dy + p * j->from.pitch +
			j->from.first, j->x + p * j->c, sums);
}

static int run(struct ip_dev *dev, struct job *j)
{
	size_t i, k;
	long u;

	if (j->gamma != NULL && (j->sums = ip_cpu_scratch(dev, j->blocks * 2 *
		j->c * sizeof(*j->sums))) == NULL)
		return IP_ENOMEM;
#pragma omp parallel for num_threads(ip_threads()) schedule(static)
	for (u = 0; u < (long)j->blocks; u++)
		block(j, (size_t)u);
	for (i = 0; j->gamma != NULL && i < j->c; i++) {
		double scale = 0, shift = 0;

		for (k = 0; k < j->blocks; k++) {
			scale += j->sums[2 * k * j->c + i];
			shift += j->sums[(2 * k + 1) * j->c + i];
		}
		j->dgamma[i] += (ip_real)scale;
		j->dbeta[i] += (ip_real)shift;
	}
	return IP_OK;
}

int ip_cpu_layer_norm_grad(struct ip_dev *dev, struct ip_buf *dx,
	struct ip_buf *dgamma, struct ip_buf *dbeta, const struct ip_buf *dy,
	const struct ip_slot *slot, const struct ip_buf *x,
	const struct ip_buf *gamma, const struct ip_map *in, double eps,
	int add)
{
	static const char op[] = "layer_norm_grad";
	size_t real = sizeof(ip_real);
	struct job j = { 0 };
	int rc;

	if ((gamma == NULL) != (dgamma == NULL) ||
		(gamma == NULL) != (dbeta == NULL))
		return ip_fail(IP_EINVAL, "%s: gamma, dgamma and dbeta: some "
			"without the others", op);
	if ((rc = ip_cpu_check_map(op, "x", x, in, 0)) < 0 ||
		(rc = ip_cpu_check_map(op, "dx", dx, in, 0)) < 0 ||
		(rc = ip_cpu_check_slot(op, dy, in, slot, &j.from)) < 0 ||
		(gamma != NULL &&
		((rc = ip_cpu_check(op, "gamma", gamma, in->c, 1, 1, real)) <
		0 || (rc = ip_cpu_check(op, "dgamma", dgamma, in->c, 1, 1,
		real)) < 0 || (rc = ip_cpu_check(op, "dbeta", dbeta, in->c, 1,
		1, real)) < 0)))
		return rc;
	j.pixels = in->b * in->h * in->w;
	j.c = in->c;
	j.block = j.c < BLOCK ? BLOCK / j.c : 1;
	if (j.block > PIXELS)
		j.block = PIXELS;
	j.blocks = (j.pixels + j.block - 1) / j.block;
	j.dy = ip_cpu_at(dy);
	j.x = ip_cpu_at(x);
	j.dx = ip_cpu_at(dx);
	if (gamma != NULL) {
		j.gamma = ip_cpu_at(gamma);
		j.dgamma = ip_cpu_at(dgamma);
		j.dbeta = ip_cpu_at(dbeta);
	}
	j.eps = eps;
	j.add = add;
	return run(dev, &j);
}
