/* The gradient of layer_norm. */
#include "opencl.h"

#define SOURCE "twofold+cuts+layer_norm_grad"

struct job {
	struct ip_dev *dev;
	const struct ip_buf *dy, *x, *gamma;
	struct ip_slot from;
	struct ip_cl_rows rows;
	struct ip_cl_cut cut;
	struct ip_buf coef, parts;
};

/* What the kernels hand on, behind each other in the scratch. */
static int make_room(struct job *j)
{
	size_t coef = j->rows.pixels * 5 * sizeof(ip_real);
	size_t parts = j->gamma ? j->cut.blocks * 2 * j->cut.c *
		sizeof(ip_real) : 0;
	int rc = ip_cl_scratch(j->dev, &j->coef, coef + parts);

	j->parts = j->coef;
	j->parts.offset += coef;
	return rc;
}

static int measure(const struct job *j, double eps)
{
	struct ip_cl_call c = ip_cl_call(j->dev, SOURCE, "measure",
		"");

	ip_cl_buf(&c, &j->coef);
	ip_cl_slot(&c, j->dy, &j->from);
	ip_cl_buf(&c, j->x);
	ip_cl_buf(&c, j->gamma);
	ip_cl_size(&c, j->rows.pixels);
	ip_cl_size(&c, j->cut.c);
	ip_cl_size(&c, j->rows.lanes);
	ip_cl_real(&c, eps);
	return ip_cl_rows_run(&c, &j->rows);
}

static int apply(const struct job *j, const struct ip_buf *dx, int add)
{
	struct ip_cl_call c = ip_cl_call(j->dev, SOURCE, "apply",
		"");

	ip_cl_buf(&c, dx);
	ip_cl_buf(&c, j->gamma ? &j->parts : NULL);
	ip_cl_slot(&c, j->dy, &j->from);
	ip_cl_buf(&c, j->x);
	ip_cl_buf(&c, j->gamma);
	ip_cl_buf(&c, &j->coef);
	ip_cl_int(&c, add);
	ip_cl_cut_set(&c, &j->cut);
	ip_cl_room(&c, &j->cut);
	return ip_cl_cut_run(&c, &j->cut);
}

static int settle(const struct job *j, const struct ip_buf *dgamma,
	const struct ip_buf *dbeta)
{
	struct ip_cl_call c = ip_cl_call(j->dev, SOURCE, "settle",
		"");
	struct ip_cl_cut sums = ip_cl_cut_sums(j->dev, &j->cut);

	ip_cl_buf(&c, dgamma);
	ip_cl_buf(&c, dbeta);
	ip_cl_buf(&c, &j->parts);
	ip_cl_cut_set(&c, &sums);
	ip_cl_room(&c, &sums);
	return ip_cl_cut_run(&c, &sums);
}

int ip_cl_layer_norm_grad(struct ip_dev *dev, struct ip_buf *dx,
	struct ip_buf *dgamma, struct ip_buf *dbeta, const struct ip_buf *dy,
	const struct ip_slot *slot, const struct ip_buf *x,
	const struct ip_buf *gamma, const struct ip_map *in, double eps,
	int add)
{
	size_t pixels = in->b * in->h * in->w;
	struct job j = { dev, dy, x, gamma, { 0, 0 }, { 0 }, { 0 },
		{ NULL, 0, 0 }, { NULL, 0, 0 } };
	int rc;

	if ((rc = ip_op_check_layer_norm_grad(dx, dgamma, dbeta, dy, slot, x,
		gamma, in, &j.from)) < 0)
		return rc;
	j.rows = ip_cl_rows(dev, pixels, in->c);
	j.cut = ip_cl_cut(dev, 1, pixels, in->c);
	if ((rc = make_room(&j)) < 0 || (rc = measure(&j, eps)) < 0 ||
		(rc = apply(&j, dx, add)) < 0 || !gamma)
		return rc;
	return settle(&j, dgamma, dbeta);
}
