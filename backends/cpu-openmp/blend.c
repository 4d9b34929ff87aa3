/* A moving average of weights. */
#include <iphase/threads.h>
#include "cpu.h"
#include "sizes.h"

/* Reals that a thread takes at a time. */
enum { BLOCK = 16384 };

int ip_cpu_blend(struct ip_dev *dev, struct ip_buf *y, const struct ip_buf *x,
	size_t n, double share)
{
	ip_real *to, part = (ip_real)share;
	const ip_real *from;
	long u;
	int rc;

	(void)dev;
	if ((rc = ip_op_check_blend(y, x, n)) < 0)
		return rc;
	to = ip_cpu_at(y);
	from = ip_cpu_at(x);
#pragma omp parallel for num_threads(ip_threads()) schedule(static)
	for (u = 0; u < (long)((n + BLOCK - 1) / BLOCK); u++) {
		size_t i, first = (size_t)u * BLOCK;
		size_t end = first + least(BLOCK, n - first);

#pragma omp simd
		for (i = first; i < end; i++)
			to[i] += part * (from[i] - to[i]);
	}
	return IP_OK;
}
