/* The gradients of convolutions. That of x is a convolution of dy with w
 * turned round. */
#include "gemm.h"

int ip_cl_conv_grad(struct ip_dev *dev, struct ip_buf *dx, struct ip_buf *dw,
	struct ip_buf *dbias, const struct ip_buf *dy, const struct ip_buf *x,
	const struct ip_buf *w, const struct ip_map *in, size_t out, size_t k,
	int add)
{
	struct ip_cl_gemm of_x = { .c = dx, .a = dy, .b = w,
		.add = add ? dx : NULL, .map = { in->b, in->h, in->w, out },
		.n = in->c, .taps = (int)(k * k), .columns = 1 };
	struct ip_cl_gemm of_w = { .c = dw, .a = x, .b = dy, .map = *in,
		.n = out, .taps = (int)(k * k), .turned = 1 };
	int rc = ip_op_check_conv_grad(dx, dw, dbias, dy, x, w, in, out, k);

	if (rc < 0 || (dx && (rc = ip_cl_gemm(dev, &of_x)) < 0) ||
		(dw && (rc = ip_cl_gemm(dev, &of_w)) < 0))
		return rc;
	return dbias ? ip_cl_sum_columns(dev, dbias, dy, NULL, in->b * in->h *
		in->w, out) : IP_OK;
}
