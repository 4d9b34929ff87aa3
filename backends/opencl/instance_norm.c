/* Normalisation of each channel of each picture. */
#include "opencl.h"

#define SOURCE "twofold+cuts+instance_norm"

/* What the kernels hand on, behind each other in the scratch. */
struct room {
	struct ip_buf parts, coef;
};

static int make_room(struct ip_dev *dev, struct room *r,
	const struct ip_cl_cut *cut)
{
	size_t each = 3 * cut->c * sizeof(ip_real);
	size_t parts = cut->b * cut->blocks * each;
	int rc = ip_cl_scratch(dev, &r->parts, parts + cut->b * each);

	r->coef = r->parts;
	r->coef.offset += parts;
	return rc;
}

static int measure(struct ip_dev *dev, const struct room *r,
	const struct ip_buf *x, const struct ip_cl_cut *cut)
{
	struct ip_cl_call c = ip_cl_call(dev, SOURCE, "measure", "");

	ip_cl_buf(&c, &r->parts);
	ip_cl_buf(&c, x);
	ip_cl_cut_set(&c, cut);
	ip_cl_room(&c, cut);
	return ip_cl_cut_run(&c, cut);
}

static int settle(struct ip_dev *dev, const struct room *r,
	const struct ip_buf *stats, const struct ip_cl_cut *cut, double eps)
{
	struct ip_cl_call c = ip_cl_call(dev, SOURCE, "settle", "");
	struct ip_cl_cut sums = ip_cl_cut_sums(dev, cut);

	ip_cl_buf(&c, &r->coef);
	ip_cl_buf(&c, stats);
	ip_cl_buf(&c, &r->parts);
	ip_cl_size(&c, cut->block);
	ip_cl_size(&c, cut->pixels);
	ip_cl_real(&c, eps);
	ip_cl_cut_set(&c, &sums);
	ip_cl_room(&c, &sums);
	return ip_cl_cut_run(&c, &sums);
}

int ip_cl_instance_norm(struct ip_dev *dev, struct ip_buf *y,
	const struct ip_slot *slot, struct ip_buf *stats,
	const struct ip_buf *x, const struct ip_buf *add,
	const struct ip_map *in, double eps, double slope)
{
	struct ip_cl_cut cut;
	struct ip_slot to;
	struct ip_cl_call c;
	struct room r;
	int rc;

	if ((rc = ip_op_check_instance_norm(y, slot, stats, x, add, in,
		&to)) < 0)
		return rc;
	cut = ip_cl_cut(dev, in->b, in->h * in->w, in->c);
	if ((rc = make_room(dev, &r, &cut)) < 0 ||
		(rc = measure(dev, &r, x, &cut)) < 0 ||
		(rc = settle(dev, &r, stats, &cut, eps)) < 0)
		return rc;
	c = ip_cl_call(dev, SOURCE, "apply", "");
	ip_cl_slot(&c, y, &to);
	ip_cl_buf(&c, x);
	ip_cl_buf(&c, add);
	ip_cl_buf(&c, &r.coef);
	ip_cl_real(&c, slope);
	ip_cl_cut_set(&c, &cut);
	return ip_cl_cut_run(&c, &cut);
}
