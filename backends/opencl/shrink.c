/* Means over blocks of pixels. */
#include "opencl.h"

#define SOURCE "twofold+cuts+shrink"

int ip_cl_shrink(struct ip_dev *dev, struct ip_buf *y, const struct ip_buf *x,
	const struct ip_map *in, size_t first, size_t count, size_t rows,
	size_t columns)
{
	struct ip_cl_cut cut;
	struct ip_cl_call c;
	double share;
	int rc;

	if ((rc = ip_op_check_shrink(y, x, in, first, count, rows,
		columns)) < 0)
		return rc;
	cut = ip_cl_cut_whole(dev, in->b * (in->h / rows) * (in->w / columns),
		rows * columns, count);
	share = 1 / (double)cut.pixels;
	c = ip_cl_call(dev, SOURCE, "shrink", "");
	ip_cl_buf(&c, y);
	ip_cl_part(&c, x, first);
	ip_cl_size(&c, in->c);
	ip_cl_size(&c, columns);
	ip_cl_size(&c, in->w / columns);
	ip_cl_real(&c, share);
	ip_cl_real(&c, share - (double)(ip_real)share);
	ip_cl_cut_set(&c, &cut);
	ip_cl_room(&c, &cut);
	return ip_cl_cut_run(&c, &cut);
}
