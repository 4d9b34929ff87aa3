#include "cpu.h"

int ip_cpu_loss_space(struct ip_dev *dev, struct ip_buf *parts, struct ip_buf *dp, const struct ip_buf *p, const struct ip_buf *t, const struct ip_map *m, const double *weight)
{
	(void)parts;
	(void)dp;
	(void)p;
	(void)t;
	(void)m;
	(void)weight;
	(void)dev;
	return ip_fail(IP_ENOTSUP, "loss_space");
}
