/* The transposed convolution that doubles a map: one product with the weights
 * of the four places of a 2 x 2 block. */
#include "gemm.h"

int ip_cl_conv_transpose(struct ip_dev *dev, struct ip_buf *y,
	const struct ip_slot *slot, const struct ip_buf *x,
	const struct ip_buf *w, const struct ip_map *in, size_t out)
{
	struct ip_cl_gemm g = { .c = y, .a = x, .b = w, .map = *in,
		.n = 4 * out, .taps = 1, .columns = 1, .doubled = 1 };
	int rc = ip_op_check_doubled("conv_transpose", x, in, w, "y", y, out,
		slot, &g.slot);

	return rc < 0 ? rc : ip_cl_gemm(dev, &g);
}
