/* A step of AdamW. */
#include <math.h>
#include <iphase/threads.h>
#include "cpu.h"
#include "sizes.h"

/* Reals that a thread takes at a time. */
enum { BLOCK = 16384 };

int ip_cpu_adamw(struct ip_dev *dev, struct ip_buf *p, struct ip_buf *m,
	struct ip_buf *v, const struct ip_buf *g, size_t n,
	const struct ip_adamw *how)
{
	const struct ip_loops *loops = ip_loops();
	struct ip_step s;
	ip_real *weight, *first, *second;
	const ip_real *grad;
	long u;
	int rc;

	(void)dev;
	if ((rc = ip_op_check_adamw(p, m, v, g, n, how)) < 0)
		return rc;
	s.scale = (ip_real)how->scale;
	s.share1 = (ip_real)(1 - how->beta1);
	s.share2 = (ip_real)(1 - how->beta2);
	s.rate = (ip_real)(how->rate /
		(1 - pow(how->beta1, (double)how->step)));
	s.root = (ip_real)(1 /
		sqrt(1 - pow(how->beta2, (double)how->step)));
	s.eps = (ip_real)how->eps;
	s.decay = (ip_real)(how->rate * how->decay);
	weight = ip_cpu_at(p);
	first = ip_cpu_at(m);
	second = ip_cpu_at(v);
	grad = ip_cpu_at(g);
#pragma omp parallel for num_threads(ip_threads()) schedule(static)
	for (u = 0; u < (long)((n + BLOCK - 1) / BLOCK); u++) {
		size_t i = (size_t)u * BLOCK;

		loops->adamw(weight + i, first + i, second + i, grad + i,
			least(BLOCK, n - i), &s);
	}
	return IP_OK;
}
