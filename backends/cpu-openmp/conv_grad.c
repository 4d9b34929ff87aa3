#include "cpu.h"

int ip_cpu_conv_grad(struct ip_dev *dev, struct ip_buf *dx, struct ip_buf *dw, struct ip_buf *dbias, const struct ip_buf *dy, const struct ip_buf *x, const struct ip_buf *w, const struct ip_map *in, size_t out, size_t k, int add)
{
	(void)dx;
	(void)dw;
	(void)dbias;
	(void)dy;
	(void)x;
	(void)w;
	(void)in;
	(void)out;
	(void)k;
	(void)add;
	(void)dev;
	return ip_fail(IP_ENOTSUP, "conv_grad");
}
