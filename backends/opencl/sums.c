/* Sums of columns, in parts whose number depends on the shape only. */
#include "gemm.h"

enum { COLUMNS = 16, PARTS = 256, LEAST = 64 };	/* rows of a part */

int ip_cl_add_parts(struct ip_dev *dev, struct ip_buf *y,
	const struct ip_buf *parts, size_t n, size_t count)
{
	struct ip_cl_call c = ip_cl_call(dev, "gelu+twofold+sums", "add_parts",
		"-D LANES=1");

	ip_cl_buf(&c, y);
	ip_cl_buf(&c, parts);
	ip_cl_size(&c, n);
	ip_cl_size(&c, count);
	return ip_cl_run(&c, n);
}

int ip_cl_sum_columns(struct ip_dev *dev, struct ip_buf *y,
	const struct ip_buf *x, const struct ip_buf *pre, size_t rows,
	size_t n)
{
	size_t lanes = dev->group >= 256 ? 16 : 1, part, count;
	size_t grid[3] = { pieces_of(n, COLUMNS), 1, 1 };
	size_t items[3] = { COLUMNS * lanes, 1, 1 };
	struct ip_buf parts;
	struct ip_cl_call c;
	int rc = ip_cl_fits(rows * n);

	if (rc < 0)
		return rc;
	part = most(pieces_of(rows, PARTS), LEAST);
	count = grid[1] = pieces_of(rows, part);
	if ((rc = ip_cl_scratch(dev, &parts, count * n * sizeof(ip_real))) < 0)
		return rc;
	c = ip_cl_call(dev, "gelu+twofold+sums", "sum_columns", lanes == 16 ?
		"-D LANES=16" : "-D LANES=1");
	ip_cl_buf(&c, &parts);
	ip_cl_buf(&c, x);
	ip_cl_buf(&c, pre);
	ip_cl_size(&c, rows);
	ip_cl_size(&c, n);
	ip_cl_size(&c, part);
	if ((rc = ip_cl_run_groups(&c, grid, items)) < 0)
		return rc;
	return ip_cl_add_parts(dev, y, &parts, n, count);
}
