#include "cpu.h"

int ip_cpu_merge_grad(struct ip_dev *dev, struct ip_buf *dx, const struct ip_buf *dy, const struct ip_map *in, int add)
{
	(void)dx;
	(void)dy;
	(void)in;
	(void)add;
	(void)dev;
	return ip_fail(IP_ENOTSUP, "merge_grad");
}
