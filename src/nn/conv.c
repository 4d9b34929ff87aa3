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

int ip_nn_conv_back(struct ip_nn *nn, struct ip_value *dx,
	const struct ip_value *dy, const struct ip_value *x,
	const struct ip_buf *w, const struct ip_buf *bias, size_t k, int add)
{
	struct ip_buf dw = ip_nn_gradient(nn, w), dbias = { 0 };

	if (ip_nn_measuring(nn))
		return IP_OK;
	if (bias)
		dbias = ip_nn_gradient(nn, bias);
	return nn->ops->conv_grad(nn->dev, dx ? &dx->buf : NULL, &dw,
		bias ? &dbias : NULL, &dy->buf, &x->buf, w, &x->map,
		dy->map.c, k, add);
}
