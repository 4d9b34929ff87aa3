/*
 * Features times one number plus another. If these are the same all over a
 * picture, this is what instance_norm does last, without a mean.
 */
#include <iphase/threads.h>
#include "cpu.h"

/* Scale and shift of all columns of a row, from those of a pixel. */
static void settle(const struct ip_affine *a, ip_real *coef, const ip_real *g)
{
	size_t columns = a->cut.columns, i;

	for (i = 0; i < columns; i++) {
		coef[i] = 0;
		coef[columns + i] = 1 + g[i % a->c];
		coef[2 * columns + i] = g[a->c + i % a->c];
	}
}

static int run_flat(struct ip_dev *dev, struct ip_affine *a, const ip_real *g)
{
	size_t each = 3 * a->cut.columns, i;
	ip_real *coef = ip_cpu_scratch(dev, a->b * each * sizeof(*coef));

	if (coef == NULL)
		return IP_ENOMEM;
	for (i = 0; i < a->b; i++)
		settle(a, coef + i * each, g + i * 2 * a->c);
	a->coef = coef;
	ip_cpu_affine(a);
	return IP_OK;
}

static void apply(const struct ip_affine *a, const ip_real *g, size_t unit)
{
	size_t picture = unit / a->cut.blocks, block = unit % a->cut.blocks;
	size_t first = picture * a->cut.rows + block * a->cut.block;

	a->loops->modulate(a->y + first * a->to.pitch + a->to.first,
		a->to.pitch, a->x + first * a->c, g + first * 2 * a->c,
		a->add == NULL ? NULL : a->add + first * a->c,
		ip_cpu_rows(&a->cut, block), a->c, a->slope);
}

static int run_pixels(const struct ip_affine *a, const ip_real *g)
{
	long u, units = (long)(a->b * a->cut.blocks);

#pragma omp parallel for num_threads(ip_threads()) schedule(static)
	for (u = 0; u < units; u++)
		apply(a, g, (size_t)u);
	return IP_OK;
}

int ip_cpu_modulate(struct ip_dev *dev, struct ip_buf *y,
	const struct ip_slot *slot, const struct ip_buf *x,
	const struct ip_buf *g, const struct ip_buf *add,
	const struct ip_map *in, int flat, double slope)
{
	struct ip_affine a = { 0 };
	int rc;

	if ((rc = ip_op_check_modulate(y, slot, x, g, add, in, flat,
		&a.to)) < 0)
		return rc;
	a.loops = ip_loops();
	a.b = in->b;
	a.c = in->c;
	a.cut = ip_cpu_cut(in->h * in->w, in->c, flat);
	a.x = ip_cpu_at(x);
	a.add = add == NULL ? NULL : ip_cpu_at(add);
	a.y = ip_cpu_at(y);
	a.slope = (ip_real)slope;
	return flat ? run_flat(dev, &a, ip_cpu_at(g)) :
		run_pixels(&a, ip_cpu_at(g));
}
