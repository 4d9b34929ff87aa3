/*
 * The gradient of layer_norm. With xhat = (x - mean) scale and h = dy gamma it
 * is dx = scale (h - mean(h) - xhat mean(h xhat)), the means over the channels
 * of a pixel. gamma's and beta's are sums over the pixels, taken in blocks
 * that follow the shape and then in order.
 */
#include <math.h>
#include <iphase/threads.h>
#include "cpu.h"
#include "sizes.h"

/* Reals a block, and pixels at most; sums begin at whole cache lines. */
enum { BLOCK = 16384, PIXELS = 256, LINE = 16 };

struct job {
	const struct ip_loops *loops;
	struct ip_layer_grad n;	/* of all pixels; sums: [blocks][2][pitch] */
	size_t block, blocks;
	ip_real *dgamma, *dbeta;
};

static void block(const struct job *j, size_t u)
{
	struct ip_layer_grad n = j->n;
	size_t p = u * j->block;

	n.rows = least(n.rows - p, j->block);
	n.dy += p * n.pitch;
	n.x += p * n.c;
	n.dx += p * n.c;
	n.sums += u * 2 * n.sums_pitch;
	j->loops->layer_norm_grad(&n);
}

static int run(struct ip_dev *dev, struct job *j)
{
	size_t pitch = j->n.sums_pitch, i, k;
	long u;

	j->n.sums = ip_cpu_scratch(dev, j->blocks * 2 * pitch *
		sizeof(*j->n.sums));
	if (j->n.sums == NULL)
		return IP_ENOMEM;
#pragma omp parallel for num_threads(ip_threads()) schedule(static)
	for (u = 0; u < (long)j->blocks; u++)
		block(j, (size_t)u);
	for (i = 0; j->dgamma != NULL && i < j->n.c; i++) {
		double scale = 0, shift = 0;

		for (k = 0; k < j->blocks; k++) {
			scale += (double)j->n.sums[2 * k * pitch + i];
			shift += (double)j->n.sums[(2 * k + 1) * pitch + i];
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
	struct job j = { 0 };
	struct ip_slot from;
	int rc;

	if ((rc = ip_op_check_layer_norm_grad(dx, dgamma, dbeta, dy, slot, x,
		gamma, in, &from)) < 0)
		return rc;
	j.loops = ip_loops();
	j.n.rows = in->b * in->h * in->w;
	j.n.c = in->c;
	j.n.pitch = from.pitch;
	j.n.sums_pitch = up(in->c, LINE);
	j.n.dy = (const ip_real *)ip_cpu_at(dy) + from.first;
	j.n.x = ip_cpu_at(x);
	j.n.dx = ip_cpu_at(dx);
	j.n.eps = eps;
	j.n.add = add;
	if (gamma != NULL) {
		j.n.gamma = ip_cpu_at(gamma);
		j.dgamma = ip_cpu_at(dgamma);
		j.dbeta = ip_cpu_at(dbeta);
	}
	j.block = in->c < BLOCK ? least(BLOCK / in->c, PIXELS) : 1;
	j.blocks = (j.n.rows + j.block - 1) / j.block;
	return run(dev, &j);
}
