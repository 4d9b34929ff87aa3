/* What the ops refuse that go over maps pixel by pixel, and over arrays. */
#include <iphase/backend.h>
#include "core.h"
#include "op_check.h"

/* n reals */
static int array(const char *op, const char *what, const struct ip_buf *buf,
	size_t n)
{
	return ip_op_check(op, what, buf, n, 1, 1, sizeof(ip_real));
}

static int single_pixel(const char *op, const struct ip_map *in)
{
	if (in->h * in->w == 1)
		return ip_fail(IP_EINVAL, "%s: pictures of a single pixel have "
			"no variance", op);
	return IP_OK;
}

static int steep(const char *op, double slope)
{
	if (!(slope > 0))
		return ip_fail(IP_EINVAL, "%s: slope %g, expected above 0", op,
			slope);
	return IP_OK;
}

/* ---- normalisations ---- */

int ip_op_check_instance_norm(const struct ip_buf *y,
	const struct ip_slot *slot, const struct ip_buf *stats,
	const struct ip_buf *x, const struct ip_buf *add,
	const struct ip_map *in, struct ip_slot *to)
{
	static const char op[] = "instance_norm";
	int rc;

	if ((rc = ip_op_check_map(op, "x", x, in, 0)) < 0 ||
		(add != NULL &&
		(rc = ip_op_check_map(op, "add", add, in, 0)) < 0) ||
		(rc = ip_op_check_slot(op, "y", y, in, slot, to)) < 0 ||
		(rc = ip_op_check(op, "stats", stats, in->b, in->c, 2,
			sizeof(ip_real))) < 0)
		return rc;
	return single_pixel(op, in);
}

int ip_op_check_instance_norm_grad(const struct ip_buf *dx,
	const struct ip_buf *dadd, const struct ip_buf *dy,
	const struct ip_buf *y, const struct ip_slot *slot,
	const struct ip_buf *stats, const struct ip_buf *add,
	const struct ip_map *in, double slope, struct ip_slot *from)
{
	static const char op[] = "instance_norm_grad";
	int rc;

	if ((rc = ip_op_check_map(op, "dx", dx, in, 0)) < 0 ||
		(dadd != NULL &&
		(rc = ip_op_check_map(op, "dadd", dadd, in, 0)) < 0) ||
		(add != NULL &&
		(rc = ip_op_check_map(op, "add", add, in, 0)) < 0) ||
		(rc = ip_op_check_slot(op, "y", y, in, slot, from)) < 0 ||
		(rc = ip_op_check_map(op, "dy", dy, in, from->pitch)) < 0 ||
		(rc = ip_op_check(op, "stats", stats, in->b, in->c, 2,
			sizeof(ip_real))) < 0 ||
		(rc = single_pixel(op, in)) < 0)
		return rc;
	return steep(op, slope);
}

int ip_op_check_layer_norm(const struct ip_buf *y, const struct ip_slot *slot,
	const struct ip_buf *x, const struct ip_buf *gamma,
	const struct ip_buf *beta, const struct ip_map *in, struct ip_slot *to)
{
	static const char op[] = "layer_norm";
	int rc;

	if ((gamma == NULL) != (beta == NULL))
		return ip_fail(IP_EINVAL, "%s: gamma and beta: one without the "
			"other", op);
	if ((rc = ip_op_check_map(op, "x", x, in, 0)) < 0 ||
		(rc = ip_op_check_slot(op, "y", y, in, slot, to)) < 0 ||
		(gamma != NULL &&
		((rc = array(op, "gamma", gamma, in->c)) < 0 ||
		(rc = array(op, "beta", beta, in->c)) < 0)))
		return rc;
	return IP_OK;
}

static int affine(const char *op, const struct ip_buf *dgamma,
	const struct ip_buf *dbeta, const struct ip_buf *gamma, size_t c)
{
	int rc;

	if ((gamma == NULL) != (dgamma == NULL) ||
		(gamma == NULL) != (dbeta == NULL))
		return ip_fail(IP_EINVAL, "%s: gamma, dgamma and dbeta: some "
			"without the others", op);
	if (gamma != NULL && ((rc = array(op, "gamma", gamma, c)) < 0 ||
		(rc = array(op, "dgamma", dgamma, c)) < 0 ||
		(rc = array(op, "dbeta", dbeta, c)) < 0))
		return rc;
	return IP_OK;
}

int ip_op_check_layer_norm_grad(const struct ip_buf *dx,
	const struct ip_buf *dgamma, const struct ip_buf *dbeta,
	const struct ip_buf *dy, const struct ip_slot *slot,
	const struct ip_buf *x, const struct ip_buf *gamma,
	const struct ip_map *in, struct ip_slot *from)
{
	static const char op[] = "layer_norm_grad";
	int rc;

	if ((rc = ip_op_check_map(op, "x", x, in, 0)) < 0 ||
		(rc = ip_op_check_map(op, "dx", dx, in, 0)) < 0 ||
		(rc = ip_op_check_slot(op, "dy", dy, in, slot, from)) < 0)
		return rc;
	return affine(op, dgamma, dbeta, gamma, in->c);
}

/* ---- scales, shifts, blocks of pixels ---- */

int ip_op_check_modulate(const struct ip_buf *y, const struct ip_slot *slot,
	const struct ip_buf *x, const struct ip_buf *g,
	const struct ip_buf *add, const struct ip_map *in, int flat,
	struct ip_slot *to)
{
	static const char op[] = "modulate";
	int rc;

	if ((rc = ip_op_check_map(op, "x", x, in, 0)) < 0 ||
		(rc = ip_op_check_scales(op, "g", g, in, flat)) < 0 ||
		(add != NULL &&
		(rc = ip_op_check_map(op, "add", add, in, 0)) < 0))
		return rc;
	return ip_op_check_slot(op, "y", y, in, slot, to);
}

int ip_op_check_modulate_grad(const struct ip_buf *dx,
	const struct ip_buf *dg, const struct ip_buf *dadd,
	const struct ip_buf *dy, const struct ip_buf *y,
	const struct ip_slot *slot, const struct ip_buf *x,
	const struct ip_buf *g, const struct ip_map *in, int flat,
	double slope, struct ip_slot *from)
{
	static const char op[] = "modulate_grad";
	int rc;

	if ((rc = ip_op_check_map(op, "dx", dx, in, 0)) < 0 ||
		(rc = ip_op_check_map(op, "x", x, in, 0)) < 0 ||
		(rc = ip_op_check_scales(op, "g", g, in, flat)) < 0 ||
		(rc = ip_op_check_scales(op, "dg", dg, in, flat)) < 0 ||
		(dadd != NULL &&
		(rc = ip_op_check_map(op, "dadd", dadd, in, 0)) < 0) ||
		(rc = ip_op_check_slot(op, "y", y, in, slot, from)) < 0 ||
		(rc = ip_op_check_map(op, "dy", dy, in, from->pitch)) < 0)
		return rc;
	return steep(op, slope);
}

int ip_op_check_shrink(const struct ip_buf *y, const struct ip_buf *x,
	const struct ip_map *in, size_t first, size_t count, size_t rows,
	size_t columns)
{
	static const char op[] = "shrink";
	struct ip_map to = { in->b, 0, 0, count };
	int rc;

	if ((rc = ip_op_check_map(op, "x", x, in, 0)) < 0)
		return rc;
	if (count == 0 || first > in->c || count > in->c - first)
		return ip_fail(IP_EINVAL, "%s: %zu channels from the %zuth on, "
			"of %zu", op, count, first, in->c);
	if (rows == 0 || columns == 0 || in->h % rows || in->w % columns)
		return ip_fail(IP_EINVAL, "%s: %zu x %zu pixels are no whole "
			"number of blocks of %zu x %zu", op, in->h, in->w,
			rows, columns);
	to.h = in->h / rows;
	to.w = in->w / columns;
	return ip_op_check_map(op, "y", y, &to, 0);
}

/* ---- training ---- */

int ip_op_check_loss_space(const struct ip_buf *parts, const struct ip_buf *dp,
	const struct ip_buf *p, const struct ip_buf *t, const struct ip_map *m)
{
	static const char op[] = "loss_space";
	int rc;

	if ((rc = array(op, "parts", parts, 2)) < 0 ||
		(rc = ip_op_check_map(op, "p", p, m, 0)) < 0 ||
		(rc = ip_op_check_map(op, "t", t, m, 0)) < 0)
		return rc;
	return ip_op_check_map(op, "dp", dp, m, 0);
}

int ip_op_check_sum_squares(const struct ip_buf *sum, const struct ip_buf *x,
	size_t n)
{
	static const char op[] = "sum_squares";
	int rc = array(op, "sum", sum, 1);

	return rc < 0 ? rc : array(op, "x", x, n);
}

int ip_op_check_adamw(const struct ip_buf *p, const struct ip_buf *m,
	const struct ip_buf *v, const struct ip_buf *g, size_t n,
	const struct ip_adamw *how)
{
	static const char op[] = "adamw";
	int rc;

	if ((rc = array(op, "p", p, n)) < 0 ||
		(rc = array(op, "m", m, n)) < 0 ||
		(rc = array(op, "v", v, n)) < 0 ||
		(rc = array(op, "g", g, n)) < 0)
		return rc;
	if (how->step == 0)
		return ip_fail(IP_EINVAL, "%s: step 0, the first is 1", op);
	if (!(how->beta1 >= 0 && how->beta1 < 1) ||
		!(how->beta2 >= 0 && how->beta2 < 1))
		return ip_fail(IP_EINVAL, "%s: betas %g and %g, expected [0, "
			"1)", op, how->beta1, how->beta2);
	return IP_OK;
}

int ip_op_check_blend(const struct ip_buf *y, const struct ip_buf *x, size_t n)
{
	static const char op[] = "blend";
	int rc = array(op, "y", y, n);

	return rc < 0 ? rc : array(op, "x", x, n);
}

int ip_op_check_fill(const struct ip_buf *x, size_t n)
{
	return array("fill", "x", x, n);
}
