/* Blocks of 2 x 2 pixels to one pixel each. */
#include <string.h>
#include <iphase/threads.h>
#include "cpu.h"

/* out [w / 2][4][c], of two rows [w][c] */
static void one_row(ip_real *out, const ip_real *upper, const ip_real *lower,
	size_t w, size_t c)
{
	size_t j, size = c * sizeof(*out);

	for (j = 0; j < w; j += 2, out += 4 * c) {
		memcpy(out, upper + j * c, size);
		memcpy(out + c, lower + j * c, size);
		memcpy(out + 2 * c, upper + (j + 1) * c, size);
		memcpy(out + 3 * c, lower + (j + 1) * c, size);
	}
}

int ip_cpu_merge(struct ip_dev *dev, struct ip_buf *y, const struct ip_buf *x,
	const struct ip_map *in)
{
	size_t row = in->w * in->c;
	const ip_real *from;
	ip_real *out;
	long i;
	int rc;

	(void)dev;
	if ((rc = ip_op_check_blocks("merge", "x", x, "y", y, in)) < 0)
		return rc;
	from = ip_cpu_at(x);
	out = ip_cpu_at(y);
#pragma omp parallel for num_threads(ip_threads()) schedule(static)
	for (i = 0; i < (long)(in->b * in->h / 2); i++)
		one_row(out + 2 * (size_t)i * row, from + 2 * (size_t)i * row,
			from + (2 * (size_t)i + 1) * row, in->w, in->c);
	return IP_OK;
}
