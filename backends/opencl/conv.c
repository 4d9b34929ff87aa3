/* Convolutions: products of pixels, or of those around them, with weights. */
#include "gemm.h"

int ip_cl_conv(struct ip_dev *dev, struct ip_buf *y, const struct ip_buf *x,
	const struct ip_buf *w, const struct ip_buf *bias,
	const struct ip_map *in, size_t out, size_t k)
{
	struct ip_cl_gemm g = { .c = y, .a = x, .b = w, .bias = bias,
		.map = *in, .n = out, .taps = (int)(k * k) };
	int rc = ip_op_check_conv(y, x, w, bias, in, out, k);

	return rc < 0 ? rc : ip_cl_gemm(dev, &g);
}
