/* One number everywhere. */
#include "opencl.h"

int ip_cl_fill(struct ip_dev *dev, struct ip_buf *x, size_t n, double value)
{
	struct ip_cl_call c;
	int rc = ip_op_check_fill(x, n);

	if (rc < 0)
		return rc;
	c = ip_cl_call(dev, "fill", "fill", "");
	ip_cl_buf(&c, x);
	ip_cl_size(&c, n);
	ip_cl_real(&c, value);
	return ip_cl_run(&c, n);
}
