#include "cpu.h"

int ip_cpu_attention_grad(struct ip_dev *dev, struct ip_buf *dqkv, struct ip_buf *dqkv_bias, struct ip_buf *dtable, const struct ip_buf *dy, const struct ip_buf *qkv, const struct ip_buf *qkv_bias, const struct ip_buf *table, const struct ip_windows *s)
{
	(void)dqkv;
	(void)dqkv_bias;
	(void)dtable;
	(void)dy;
	(void)qkv;
	(void)qkv_bias;
	(void)table;
	(void)s;
	(void)dev;
	return ip_fail(IP_ENOTSUP, "attention_grad");
}
