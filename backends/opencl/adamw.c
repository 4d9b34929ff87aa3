/* A step of AdamW. */
#include <math.h>
#include "opencl.h"

int ip_cl_adamw(struct ip_dev *dev, struct ip_buf *p, struct ip_buf *m,
	struct ip_buf *v, const struct ip_buf *g, size_t n,
	const struct ip_adamw *how)
{
	struct ip_cl_call c;
	int rc;

	if ((rc = ip_op_check_adamw(p, m, v, g, n, how)) < 0)
		return rc;
	c = ip_cl_call(dev, "adamw", "adamw", "");
	ip_cl_buf(&c, p);
	ip_cl_buf(&c, m);
	ip_cl_buf(&c, v);
	ip_cl_buf(&c, g);
	ip_cl_size(&c, n);
	ip_cl_real(&c, how->scale);
	ip_cl_real(&c, 1 - how->beta1);
	ip_cl_real(&c, 1 - how->beta2);
	ip_cl_real(&c, how->rate / (1 - pow(how->beta1, (double)how->step)));
	ip_cl_real(&c, 1 / sqrt(1 - pow(how->beta2, (double)how->step)));
	ip_cl_real(&c, how->eps);
	ip_cl_real(&c, how->rate * how->decay);
	return ip_cl_run(&c, n);
}
