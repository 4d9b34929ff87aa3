#include "cpu.h"

int ip_cpu_instance_norm_grad(struct ip_dev *dev, struct ip_buf *dx, struct ip_buf *dadd, const struct ip_buf *dy, const struct ip_buf *y, const struct ip_slot *slot, const struct ip_buf *stats, const struct ip_buf *add, const struct ip_map *in, double slope)
{
	(void)dx;
	(void)dadd;
	(void)dy;
	(void)y;
	(void)slot;
	(void)stats;
	(void)add;
	(void)in;
	(void)slope;
	(void)dev;
	return ip_fail(IP_ENOTSUP, "instance_norm_grad");
}
