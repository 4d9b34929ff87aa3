/* Blocks of 2 x 2 pixels to one pixel each. */
#include "opencl.h"

int ip_cl_merge(struct ip_dev *dev, struct ip_buf *y, const struct ip_buf *x,
	const struct ip_map *in)
{
	size_t n = in->b * in->h * in->w * in->c;
	struct ip_cl_call c;
	int rc = ip_op_check_blocks("merge", "x", x, "y", y, in);

	if (rc < 0)
		return rc;
	c = ip_cl_call(dev, "merge", "merge", "");
	ip_cl_buf(&c, y);
	ip_cl_buf(&c, x);
	ip_cl_size(&c, n);
	ip_cl_size(&c, in->w);
	ip_cl_size(&c, in->c);
	return ip_cl_run(&c, n);
}
