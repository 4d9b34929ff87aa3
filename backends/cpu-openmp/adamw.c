#include "cpu.h"

int ip_cpu_adamw(struct ip_dev *dev, struct ip_buf *p, struct ip_buf *m, struct ip_buf *v, const struct ip_buf *g, size_t n, const struct ip_adamw *how)
{
	(void)p;
	(void)m;
	(void)v;
	(void)g;
	(void)n;
	(void)how;
	(void)dev;
	return ip_fail(IP_ENOTSUP, "adamw");
}
