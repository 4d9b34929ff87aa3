/* Linear, with what follows it. */
#include "nn.h"

int ip_nn_linear(struct ip_nn *nn, struct ip_value *y,
	const struct ip_value *x, const struct ip_buf *w,
	const struct ip_buf *bias, const struct ip_value *add,
	enum ip_act act)
{
	if (ip_nn_measuring(nn))
		return IP_OK;
	return nn->ops->linear(nn->dev, &y->buf, NULL, &x->buf, w, bias,
		add ? &add->buf : NULL, &x->map, y->map.c, act);
}
