/* Convolution. */
#include "nn.h"

int ip_nn_conv(struct ip_nn *nn, struct ip_value *y, const struct ip_value *x,
	const struct ip_buf *w, const struct ip_buf *bias, size_t k)
{
	if (ip_nn_measuring(nn))
		return IP_OK;
	return nn->ops->conv(nn->dev, &y->buf, &x->buf, w, bias, &x->map,
		y->map.c, k);
}
