/* A moving average of weights. */
#include "opencl.h"

int ip_cl_blend(struct ip_dev *dev, struct ip_buf *y, const struct ip_buf *x,
	size_t n, double share)
{
	struct ip_cl_call c;
	int rc = ip_op_check_blend(y, x, n);

	if (rc < 0)
		return rc;
	c = ip_cl_call(dev, "blend", "blend", "");
	ip_cl_buf(&c, y);
	ip_cl_buf(&c, x);
	ip_cl_size(&c, n);
	ip_cl_real(&c, share);
	return ip_cl_run(&c, n);
}
