/* The parts of the loss that compare pixels and their neighbours'
 * differences. */
#include "opencl.h"

#define SOURCE "twofold+cuts+loss_space"

enum { PIXEL, DOWN, RIGHT, SUMS };

/* 1 / n; nothing to take the mean of gives 0 */
static double share(size_t n)
{
	return n == 0 ? 0 : 1 / (double)n;
}

static int compare(struct ip_dev *dev, const struct ip_buf *parts,
	const struct ip_buf *dp, const struct ip_buf *p, const struct ip_buf *t,
	const struct ip_map *m, const double weight[SUMS],
	const struct ip_cl_cut *cut)
{
	struct ip_cl_call c = ip_cl_call(dev, SOURCE, "compare", "");

	ip_cl_buf(&c, parts);
	ip_cl_buf(&c, dp);
	ip_cl_buf(&c, p);
	ip_cl_buf(&c, t);
	ip_cl_size(&c, m->h);
	ip_cl_size(&c, m->w * m->c);
	ip_cl_size(&c, m->c);
	for (int i = 0; i < SUMS; i++)
		ip_cl_real(&c, weight[i]);
	ip_cl_cut_set(&c, cut);
	ip_cl_room(&c, cut);
	return ip_cl_cut_run(&c, cut);
}

static int settle(struct ip_dev *dev, const struct ip_buf *out,
	const struct ip_buf *parts, const double each[SUMS],
	const struct ip_cl_cut *of)
{
	struct ip_cl_call c = ip_cl_call(dev, SOURCE, "settle", "");
	struct ip_cl_cut sums = ip_cl_cut_sums(dev, of);

	ip_cl_buf(&c, out);
	ip_cl_buf(&c, parts);
	for (int i = 0; i < SUMS; i++)
		ip_cl_real(&c, each[i]);
	ip_cl_cut_set(&c, &sums);
	ip_cl_room(&c, &sums);
	return ip_cl_cut_run(&c, &sums);
}

int ip_cl_loss_space(struct ip_dev *dev, struct ip_buf *parts,
	struct ip_buf *dp, const struct ip_buf *p, const struct ip_buf *t,
	const struct ip_map *m, const double *weight)
{
	size_t rows = m->b * m->h;
	double each[SUMS], times[SUMS];
	struct ip_cl_cut cut;
	struct ip_buf sums;
	int rc;

	if ((rc = ip_op_check_loss_space(parts, dp, p, t, m)) < 0)
		return rc;
	cut = ip_cl_cut(dev, 1, rows * m->w * m->c, 1);
	each[PIXEL] = share(cut.pixels);
	each[DOWN] = share(m->b * (m->h - 1) * m->w * m->c);
	each[RIGHT] = share(rows * (m->w - 1) * m->c);
	for (int i = 0; i < SUMS; i++)
		times[i] = weight[i > 0] * each[i];
	if ((rc = ip_cl_scratch(dev, &sums, cut.blocks * SUMS *
		sizeof(ip_real))) < 0 ||
		(rc = compare(dev, &sums, dp, p, t, m, times, &cut)) < 0)
		return rc;
	return settle(dev, parts, &sums, each, &cut);
}
