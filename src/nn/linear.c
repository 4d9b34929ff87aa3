/* Linear, with what follows it. */
#include "nn.h"

int ip_nn_linear(struct ip_nn *nn, struct ip_value *y, struct ip_value *pre,
	const struct ip_value *x, const struct ip_buf *w,
	const struct ip_buf *bias, const struct ip_value *add,
	enum ip_act act)
{
	if (ip_nn_measuring(nn))
		return IP_OK;
	return nn->ops->linear(nn->dev, &y->buf, pre ? &pre->buf : NULL,
		&x->buf, w, bias, add ? &add->buf : NULL, &x->map, y->map.c, act);
}

int ip_nn_linear_back(struct ip_nn *nn, struct ip_value *dx,
	const struct ip_value *dy, const struct ip_value *pre,
	const struct ip_value *x, const struct ip_buf *w,
	const struct ip_buf *bias)
{
	struct ip_buf dw = ip_nn_gradient(nn, w), dbias = { 0 };

	if (ip_nn_measuring(nn))
		return IP_OK;
	if (bias)
		dbias = ip_nn_gradient(nn, bias);
	return nn->ops->linear_grad(nn->dev, dx ? &dx->buf : NULL, &dw,
		bias ? &dbias : NULL, &dy->buf, pre ? &pre->buf : NULL,
		&x->buf, w, &x->map, dy->map.c);
}
