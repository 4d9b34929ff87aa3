/* The gradient of modulate. */
#include "opencl.h"

#define SOURCE "twofold+cuts+modulate_grad"

static int settle(struct ip_dev *dev, const struct ip_buf *dg,
	const struct ip_buf *parts, const struct ip_cl_cut *cut)
{
	struct ip_cl_call c = ip_cl_call(dev, SOURCE, "settle", "");
	struct ip_cl_cut sums = ip_cl_cut_sums(dev, cut);

	ip_cl_buf(&c, dg);
	ip_cl_buf(&c, parts);
	ip_cl_cut_set(&c, &sums);
	ip_cl_room(&c, &sums);
	return ip_cl_cut_run(&c, &sums);
}

int ip_cl_modulate_grad(struct ip_dev *dev, struct ip_buf *dx,
	struct ip_buf *dg, struct ip_buf *dadd, const struct ip_buf *dy,
	const struct ip_buf *y, const struct ip_slot *slot,
	const struct ip_buf *x, const struct ip_buf *g,
	const struct ip_map *in, int flat, double slope)
{
	struct ip_cl_cut cut;
	struct ip_cl_call c;
	struct ip_buf parts;
	struct ip_slot from;
	int rc;

	if ((rc = ip_op_check_modulate_grad(dx, dg, dadd, dy, y, slot, x, g, in,
		flat, slope, &from)) < 0)
		return rc;
	cut = ip_cl_cut(dev, in->b, in->h * in->w, in->c);
	if (flat && (rc = ip_cl_scratch(dev, &parts, cut.b * cut.blocks * 2 *
		cut.c * sizeof(ip_real))) < 0)
		return rc;
	c = ip_cl_call(dev, SOURCE, "apply", "");
	ip_cl_buf(&c, dx);
	ip_cl_buf(&c, flat ? &parts : dg);
	ip_cl_buf(&c, dadd);
	ip_cl_slot(&c, dy, &from);
	ip_cl_part(&c, y, from.first);
	ip_cl_buf(&c, x);
	ip_cl_buf(&c, g);
	ip_cl_int(&c, flat);
	ip_cl_real(&c, slope);
	ip_cl_cut_set(&c, &cut);
	ip_cl_room(&c, &cut);
	rc = ip_cl_cut_run(&c, &cut);
	return rc < 0 || !flat ? rc : settle(dev, dg, &parts, &cut);
}
