/* A moving average of weights. */
#include "opencl.h"

int ip_cl_blend(struct ip_dev *dev, struct ip_buf *y, const struct ip_buf *x,
	size_t n, double share)
{
	struct ip_cl_call c;
	int rc;

	if ((rc = ip_op_check("blend", "y", y, n, 1, 1, sizeof(ip_real))) < 0 ||
		(rc = ip_op_check("blend", "x", x, n, 1, 1,
			sizeof(ip_real))) < 0)
		return rc;
	c = ip_cl_call(dev, "blend", "blend", "");
	ip_cl_buf(&c, y);
	ip_cl_buf(&c, x);
	ip_cl_size(&c, n);
	ip_cl_real(&c, share);
	return ip_cl_run(&c, n);
}
