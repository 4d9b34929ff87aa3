#include "cpu.h"

int ip_cpu_loss_fourier(struct ip_dev *dev, struct ip_buf *part, struct ip_buf *dp, const struct ip_buf *p, const struct ip_buf *t, const struct ip_map *m, int orthonormal, double weight)
{
	(void)part;
	(void)dp;
	(void)p;
	(void)t;
	(void)m;
	(void)orthonormal;
	(void)weight;
	(void)dev;
	return ip_fail(IP_ENOTSUP, "loss_fourier");
}
