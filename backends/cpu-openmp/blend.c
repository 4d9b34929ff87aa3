#include "cpu.h"

int ip_cpu_blend(struct ip_dev *dev, struct ip_buf *y, const struct ip_buf *x, size_t n, double share)
{
	(void)y;
	(void)x;
	(void)n;
	(void)share;
	(void)dev;
	return ip_fail(IP_ENOTSUP, "blend");
}
