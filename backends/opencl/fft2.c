/* Whole 2-D transforms: rows, then columns. */
#include "fft.h"

int ip_cl_fft2(struct ip_dev *dev, struct ip_buf *x, size_t nx, size_t ny,
	size_t batch, int sign)
{
	struct ip_cl_tile rows, columns;
	struct ip_cl_fft fx, fy;
	struct ip_cl_call c;
	struct ip_buf room;
	int rc = ip_op_check_fft2(x, nx, ny, batch, sign);

	if (rc < 0 || batch == 0)
		return rc;
	if ((rc = ip_cl_fft(dev, &fx, nx)) < 0 ||
		(rc = ip_cl_fft(dev, &fy, ny)) < 0)
		return rc;
	rows = ip_cl_tile(dev, ny, batch * nx, 1, 0, 1);
	columns = ip_cl_tile(dev, nx, ny, batch, 1, 1);
	if ((rc = ip_cl_scratch(dev, &room, ip_cl_tile_memory(&rows,
		&columns))) < 0)
		return rc;
	rows.memory = columns.memory = room;
	c = ip_cl_tile_call(dev, "fft+fft2", "rows", &rows);
	ip_cl_buf(&c, x);
	ip_cl_fft_arg(&c, &fy);
	ip_cl_size(&c, batch * nx);
	ip_cl_size(&c, rows.lines);
	ip_cl_int(&c, sign > 0);
	if ((rc = ip_cl_tile_run(&c, &rows)) < 0)
		return rc;
	c = ip_cl_tile_call(dev, "fft+fft2", "columns", &columns);
	ip_cl_buf(&c, x);
	ip_cl_fft_arg(&c, &fx);
	ip_cl_size(&c, ny);
	ip_cl_size(&c, batch);
	ip_cl_size(&c, columns.lines);
	ip_cl_int(&c, sign > 0);
	return ip_cl_tile_run(&c, &columns);
}
