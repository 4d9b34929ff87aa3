/* Features times one number plus another. */
#include "opencl.h"

int ip_cl_modulate(struct ip_dev *dev, struct ip_buf *y,
	const struct ip_slot *slot, const struct ip_buf *x,
	const struct ip_buf *g, const struct ip_buf *add,
	const struct ip_map *in, int flat, double slope)
{
	struct ip_cl_cut cut;
	struct ip_cl_call c;
	struct ip_slot to;
	int rc;

	if ((rc = ip_op_check_modulate(y, slot, x, g, add, in, flat, &to)) < 0)
		return rc;
	cut = ip_cl_cut(dev, in->b, in->h * in->w, in->c);
	c = ip_cl_call(dev, "twofold+cuts+modulate", "modulate", "");
	ip_cl_slot(&c, y, &to);
	ip_cl_buf(&c, x);
	ip_cl_buf(&c, g);
	ip_cl_buf(&c, add);
	ip_cl_int(&c, flat);
	ip_cl_real(&c, slope);
	ip_cl_cut_set(&c, &cut);
	return ip_cl_cut_run(&c, &cut);
}
