/* Gradients of linear: with d that of what the activation was applied to,
 * dx = d w, dw = d' x, and dbias the sum of d's rows. d is never stored. */
#include "gemm.h"

int ip_cl_linear_grad(struct ip_dev *dev, struct ip_buf *dx,
	struct ip_buf *dw, struct ip_buf *dbias, const struct ip_buf *dy,
	const struct ip_buf *pre, const struct ip_buf *x,
	const struct ip_buf *w, const struct ip_map *in, size_t out)
{
	struct ip_cl_gemm g = { .c = dx, .a = dy, .slope = pre, .b = w,
		.map = { in->b, in->h, in->w, out }, .n = in->c, .taps = 1 };
	int rc = ip_op_check_linear_grad(dx, dw, dbias, dy, pre, x, w, in, out);

	if (rc < 0 || (dx && (rc = ip_cl_gemm(dev, &g)) < 0))
		return rc;
	g.c = dw;
	g.b = x;
	g.turned = 1;
	if ((rc = ip_cl_gemm(dev, &g)) < 0)
		return rc;
	return dbias ? ip_cl_sum_columns(dev, dbias, dy, pre, in->b * in->h *
		in->w, out) : IP_OK;
}
