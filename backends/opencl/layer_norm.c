/* Normalisation of each pixel over its channels. */
#include "opencl.h"

#define SOURCE "twofold+cuts+layer_norm"

int ip_cl_layer_norm(struct ip_dev *dev, struct ip_buf *y,
	const struct ip_slot *slot, const struct ip_buf *x,
	const struct ip_buf *gamma, const struct ip_buf *beta,
	const struct ip_map *in, double eps)
{
	struct ip_cl_rows rows;
	struct ip_cl_call c;
	struct ip_slot to;
	int rc;

	if ((rc = ip_op_check_layer_norm(y, slot, x, gamma, beta, in, &to)) < 0)
		return rc;
	rows = ip_cl_rows(dev, in->b * in->h * in->w, in->c);
	c = ip_cl_call(dev, SOURCE, "layer_norm", "");
	ip_cl_slot(&c, y, &to);
	ip_cl_buf(&c, x);
	ip_cl_buf(&c, gamma);
	ip_cl_buf(&c, beta);
	ip_cl_size(&c, rows.pixels);
	ip_cl_size(&c, in->c);
	ip_cl_size(&c, rows.lanes);
	ip_cl_real(&c, eps);
	return ip_cl_rows_run(&c, &rows);
}
