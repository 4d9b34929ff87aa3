/* Normalisation of each pixel over its channels. */
#include <iphase/threads.h>
#include "cpu.h"

/* Reals that a thread takes at a time. */
enum { BLOCK = 16384 };

int ip_cpu_layer_norm(struct ip_dev *dev, struct ip_buf *y,
	const struct ip_slot *slot, const struct ip_buf *x,
	const struct ip_buf *gamma, const struct ip_buf *beta,
	const struct ip_map *in, double eps)
{
	const struct ip_loops *loops = ip_loops();
	size_t pixels = in->b * in->h * in->w, c = in->c;
	size_t block = c < BLOCK ? BLOCK / (c ? c : 1) : 1;
	const ip_real *from, *g, *b;
	struct ip_slot to;
	ip_real *out;
	long u;
	int rc;

	(void)dev;
	if ((rc = ip_op_check_layer_norm(y, slot, x, gamma, beta, in, &to)) < 0)
		return rc;
	from = ip_cpu_at(x);
	g = gamma == NULL ? NULL : ip_cpu_at(gamma);
	b = gamma == NULL ? NULL : ip_cpu_at(beta);
	out = (ip_real *)ip_cpu_at(y) + to.first;
#pragma omp parallel for num_threads(ip_threads()) schedule(static)
	for (u = 0; u < (long)((pixels + block - 1) / block); u++) {
		size_t p = (size_t)u * block;

		loops->layer_norm(out + p * to.pitch, to.pitch, from + p * c,
			g, b, pixels - p < block ? pixels - p : block, c, eps);
	}
	return IP_OK;
}
