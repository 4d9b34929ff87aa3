/* The gradient of instance_norm. */
#include "opencl.h"

#define SOURCE "twofold+cuts+instance_norm_grad"

struct job {
	struct ip_dev *dev;
	const struct ip_buf *dy, *y, *stats, *add;
	struct ip_slot from;
	double slope;
	struct ip_cl_cut cut;
	struct ip_buf parts, coef;
};

static int make_room(struct job *j)
{
	size_t each = j->cut.c * sizeof(ip_real);
	size_t parts = j->cut.b * j->cut.blocks * 2 * each;
	int rc = ip_cl_scratch(j->dev, &j->parts, parts + j->cut.b * 3 * each);

	j->coef = j->parts;
	j->coef.offset += parts;
	return rc;
}

static int measure(const struct job *j)
{
	struct ip_cl_call c = ip_cl_call(j->dev, SOURCE, "measure", "");

	ip_cl_buf(&c, &j->parts);
	ip_cl_slot(&c, j->dy, &j->from);
	ip_cl_part(&c, j->y, j->from.first);
	ip_cl_buf(&c, j->add);
	ip_cl_real(&c, j->slope);
	ip_cl_real(&c, 1 / j->slope);
	ip_cl_cut_set(&c, &j->cut);
	ip_cl_room(&c, &j->cut);
	return ip_cl_cut_run(&c, &j->cut);
}

static int settle(const struct job *j)
{
	struct ip_cl_call c = ip_cl_call(j->dev, SOURCE, "settle", "");
	struct ip_cl_cut sums = ip_cl_cut_sums(j->dev, &j->cut);

	ip_cl_buf(&c, &j->coef);
	ip_cl_buf(&c, j->stats);
	ip_cl_buf(&c, &j->parts);
	ip_cl_size(&c, j->cut.pixels);
	ip_cl_cut_set(&c, &sums);
	ip_cl_room(&c, &sums);
	return ip_cl_cut_run(&c, &sums);
}

static int apply(const struct job *j, const struct ip_buf *dx,
	const struct ip_buf *dadd)
{
	struct ip_cl_call c = ip_cl_call(j->dev, SOURCE, "apply", "");

	ip_cl_buf(&c, dx);
	ip_cl_buf(&c, dadd);
	ip_cl_slot(&c, j->dy, &j->from);
	ip_cl_part(&c, j->y, j->from.first);
	ip_cl_buf(&c, j->add);
	ip_cl_buf(&c, &j->coef);
	ip_cl_real(&c, j->slope);
	ip_cl_real(&c, 1 / j->slope);
	ip_cl_cut_set(&c, &j->cut);
	return ip_cl_cut_run(&c, &j->cut);
}

int ip_cl_instance_norm_grad(struct ip_dev *dev, struct ip_buf *dx,
	struct ip_buf *dadd, const struct ip_buf *dy, const struct ip_buf *y,
	const struct ip_slot *slot, const struct ip_buf *stats,
	const struct ip_buf *add, const struct ip_map *in, double slope)
{
	struct job j = { dev, dy, y, stats, add, { 0, 0 }, slope, { 0 },
		{ NULL, 0, 0 }, { NULL, 0, 0 } };
	int rc;

	if ((rc = ip_op_check_instance_norm_grad(dx, dadd, dy, y, slot, stats,
		add, in, slope, &j.from)) < 0)
		return rc;
	j.cut = ip_cl_cut(dev, in->b, in->h * in->w, in->c);
	if ((rc = make_room(&j)) < 0 || (rc = measure(&j)) < 0 ||
		(rc = settle(&j)) < 0)
		return rc;
	return apply(&j, dx, dadd);
}
