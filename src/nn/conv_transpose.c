/* Transposed convolution: twice the size. */
#include "nn.h"

int ip_nn_conv_transpose(struct ip_nn *nn, struct ip_value *y,
	size_t first, size_t channels, const struct ip_value *x,
	const struct ip_buf *w)
{
	struct ip_slot slot = { y->map.c, first };

	if (ip_nn_measuring(nn))
		return IP_OK;
	return nn->ops->conv_transpose(nn->dev, &y->buf, &slot, &x->buf, w,
		&x->map, channels);
}

int ip_nn_conv_transpose_back(struct ip_nn *nn, struct ip_value *dx,
	const struct ip_value *dy, size_t first, size_t channels,
	const struct ip_value *x, const struct ip_buf *w)
{
	struct ip_buf dw = ip_nn_gradient(nn, w);
	struct ip_slot slot = { dy->map.c, first };

	if (ip_nn_measuring(nn))
		return IP_OK;
	return nn->ops->conv_transpose_grad(nn->dev, &dx->buf, &dw, &dy->buf,
		&slot, &x->buf, w, &x->map, channels);
}
