/* One number everywhere. */
#include <string.h>
#include <iphase/threads.h>
#include "cpu.h"
#include "sizes.h"

/* Reals that a thread takes at a time. */
enum { BLOCK = 16384 };

int ip_cpu_fill(struct ip_dev *dev, struct ip_buf *x, size_t n, double value)
{
	ip_real *to, real = (ip_real)value;
	long u;
	int rc;

	(void)dev;
	if ((rc = ip_op_check_fill(x, n)) < 0)
		return rc;
	to = ip_cpu_at(x);
#pragma omp parallel for num_threads(ip_threads()) schedule(static)
	for (u = 0; u < (long)((n + BLOCK - 1) / BLOCK); u++) {
		size_t i = (size_t)u * BLOCK;
		size_t end = i + least(BLOCK, n - i);

		if (real == 0)		/* faster, and what is mostly wanted */
			memset(to + i, 0, (end - i) * sizeof(*to));
		else
			for (; i < end; i++)
				to[i] = real;
	}
	return IP_OK;
}
