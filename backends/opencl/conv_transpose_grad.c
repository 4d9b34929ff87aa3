/* The gradients of conv_transpose, whose places are taken together too. */
#include "gemm.h"

int ip_cl_conv_transpose_grad(struct ip_dev *dev, struct ip_buf *dx,
	struct ip_buf *dw, const struct ip_buf *dy, const struct ip_slot *slot,
	const struct ip_buf *x, const struct ip_buf *w,
	const struct ip_map *in, size_t out)
{
	struct ip_cl_gemm g = { .c = dx, .a = dy, .b = w,
		.map = { in->b, in->h, in->w, out }, .n = in->c, .taps = 4 };
	int rc = ip_op_check_conv_transpose_grad(dx, dw, dy, slot, x, w, in,
		out, &g.slot);

	if (rc < 0 || (dx && (rc = ip_cl_gemm(dev, &g)) < 0) || !dw)
		return rc;
	g.c = dw;
	g.b = x;
	g.turned = 1;
	return ip_cl_gemm(dev, &g);
}
