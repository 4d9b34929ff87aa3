#include "cpu.h"

int ip_cpu_conv_transpose_grad(struct ip_dev *dev, struct ip_buf *dx, struct ip_buf *dw, const struct ip_buf *dy, const struct ip_slot *slot, const struct ip_buf *x, const struct ip_buf *w, const struct ip_map *in, size_t out)
{
	(void)dx;
	(void)dw;
	(void)dy;
	(void)slot;
	(void)x;
	(void)w;
	(void)in;
	(void)out;
	(void)dev;
	return ip_fail(IP_ENOTSUP, "conv_transpose_grad");
}
