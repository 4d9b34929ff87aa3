/* Each pixel back to the 2 x 2 pixels that it was merged from. */
#include "opencl.h"

int ip_cl_merge_grad(struct ip_dev *dev, struct ip_buf *dx,
	const struct ip_buf *dy, const struct ip_map *in, int add)
{
	size_t n = in->b * in->h * in->w * in->c;
	struct ip_cl_call c;
	int rc = ip_op_check_blocks("merge_grad", "dx", dx, "dy", dy, in);

	if (rc < 0)
		return rc;
	c = ip_cl_call(dev, "merge_grad", "merge_grad", "");
	ip_cl_buf(&c, dx);
	ip_cl_buf(&c, dy);
	ip_cl_size(&c, n);
	ip_cl_size(&c, in->w);
	ip_cl_size(&c, in->c);
	ip_cl_int(&c, add);
	return ip_cl_run(&c, n);
}
