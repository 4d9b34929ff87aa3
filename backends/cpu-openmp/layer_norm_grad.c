#include "cpu.h"

int ip_cpu_layer_norm_grad(struct ip_dev *dev, struct ip_buf *dx, struct ip_buf *dgamma, struct ip_buf *dbeta, const struct ip_buf *dy, const struct ip_slot *slot, const struct ip_buf *x, const struct ip_buf *gamma, const struct ip_map *in, double eps, int add)
{
	(void)dx;
	(void)dgamma;
	(void)dbeta;
	(void)dy;
	(void)slot;
	(void)x;
	(void)gamma;
	(void)in;
	(void)eps;
	(void)add;
	(void)dev;
	return ip_fail(IP_ENOTSUP, "layer_norm_grad");
}
