/* The norm of a gradient, squared. */
#include <iphase/threads.h>
#include "cpu.h"
#include "sizes.h"

/* Reals whose sum is one of those that are added up in order. */
enum { BLOCK = 16384 };

int ip_cpu_sum_squares(struct ip_dev *dev, struct ip_buf *sum,
	const struct ip_buf *x, size_t n)
{
	const struct ip_loops *loops = ip_loops();
	size_t blocks = (n + BLOCK - 1) / BLOCK, i;
	const ip_real *from;
	double *part, total = 0;
	long u;
	int rc;

	if ((rc = ip_op_check_sum_squares(sum, x, n)) < 0)
		return rc;
	/* one more, as no numbers are fine, but no bytes look like no memory */
	if ((part = ip_cpu_scratch(dev, (blocks + 1) * sizeof(*part))) == NULL)
		return IP_ENOMEM;
	from = ip_cpu_at(x);
#pragma omp parallel for num_threads(ip_threads()) schedule(static)
	for (u = 0; u < (long)blocks; u++) {
		size_t first = (size_t)u * BLOCK;

		part[u] = loops->sum_squares(from + first, least(BLOCK,
			n - first));
	}
	for (i = 0; i < blocks; i++)
		total += part[i];
	*(ip_real *)ip_cpu_at(sum) = (ip_real)total;
	return IP_OK;
}
