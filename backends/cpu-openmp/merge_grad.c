/* Each pixel back to the 2 x 2 pixels that it was merged from. */
#include <iphase/threads.h>
#include "cpu.h"

static void one_pixel(ip_real *to, const ip_real *from, size_t c, int add)
{
	size_t k;

	for (k = 0; k < c; k++)
		to[k] = add ? to[k] + from[k] : from[k];
}

/* Two rows [w][c] of dx, of dy [w / 2][4][c]. */
static void one_row(ip_real *upper, ip_real *lower, const ip_real *dy,
	size_t w, size_t c, int add)
{
	size_t j;

	for (j = 0; j < w; j += 2, dy += 4 * c) {
		one_pixel(upper + j * c, dy, c, add);
		one_pixel(lower + j * c, dy + c, c, add);
		one_pixel(upper + (j + 1) * c, dy + 2 * c, c, add);
		one_pixel(lower + (j + 1) * c, dy + 3 * c, c, add);
	}
}

int ip_cpu_merge_grad(struct ip_dev *dev, struct ip_buf *dx,
	const struct ip_buf *dy, const struct ip_map *in, int add)
{
	size_t row = in->w * in->c;
	const ip_real *from;
	ip_real *to;
	long i;
	int rc;

	(void)dev;
	if ((rc = ip_op_check_blocks("merge_grad", "dx", dx, "dy", dy,
			in)) < 0)
		return rc;
	from = ip_cpu_at(dy);
	to = ip_cpu_at(dx);
#pragma omp parallel for num_threads(ip_threads()) schedule(static)
	for (i = 0; i < (long)(in->b * in->h / 2); i++)
		one_row(to + 2 * (size_t)i * row,
			to + (2 * (size_t)i + 1) * row,
			from + 2 * (size_t)i * row, in->w, in->c, add);
	return IP_OK;
}
