/* Patches of 2 x 2 pixels side by side. */
#include "nn.h"

int ip_nn_merge(struct ip_nn *nn, struct ip_value *y,
	const struct ip_value *x)
{
	if (ip_nn_measuring(nn))
		return IP_OK;
	return nn->ops->merge(nn->dev, &y->buf, &x->buf, &x->map);
}

int ip_nn_merge_back(struct ip_nn *nn, struct ip_value *dx,
	const struct ip_value *dy, int add)
{
	if (ip_nn_measuring(nn))
		return IP_OK;
	return nn->ops->merge_grad(nn->dev, &dx->buf, &dy->buf, &dx->map,
		add);
}
