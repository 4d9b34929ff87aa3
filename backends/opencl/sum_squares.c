/* The norm of a gradient, squared. */
#include "opencl.h"

#define SOURCE "twofold+cuts+sum_squares"

int ip_cl_sum_squares(struct ip_dev *dev, struct ip_buf *sum,
	const struct ip_buf *x, size_t n)
{
	struct ip_cl_cut cut = ip_cl_cut(dev, 1, n, 1), sums;
	struct ip_buf parts;
	struct ip_cl_call c;
	int rc;

	if ((rc = ip_op_check_sum_squares(sum, x, n)) < 0 ||
		(rc = ip_cl_scratch(dev, &parts, cut.blocks *
			sizeof(ip_real))) < 0)
		return rc;
	c = ip_cl_call(dev, SOURCE, "squares", "");
	ip_cl_buf(&c, &parts);
	ip_cl_buf(&c, x);
	ip_cl_cut_set(&c, &cut);
	ip_cl_room(&c, &cut);
	if ((rc = ip_cl_cut_run(&c, &cut)) < 0)
		return rc;
	sums = ip_cl_cut_sums(dev, &cut);
	c = ip_cl_call(dev, SOURCE, "settle", "");
	ip_cl_buf(&c, sum);
	ip_cl_buf(&c, &parts);
	ip_cl_cut_set(&c, &sums);
	ip_cl_room(&c, &sums);
	return ip_cl_cut_run(&c, &sums);
}
