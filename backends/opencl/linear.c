/* Products of a map's pixels with one matrix. */
#include "gemm.h"

int ip_cl_linear(struct ip_dev *dev, struct ip_buf *y, struct ip_buf *pre,
	const struct ip_buf *x, const struct ip_buf *w,
	const struct ip_buf *bias, const struct ip_buf *add,
	const struct ip_map *in, size_t out, enum ip_act act)
{
	struct ip_cl_gemm g = { .c = y, .pre = pre, .a = x, .b = w,
		.bias = bias, .add = add, .map = *in, .n = out, .taps = 1,
		.columns = 1, .gelu = act == IP_ACT_GELU };
	int rc = ip_op_check_linear(y, pre, x, w, bias, add, in, out, act);

	return rc < 0 ? rc : ip_cl_gemm(dev, &g);
}
