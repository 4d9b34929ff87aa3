/* Means over blocks of pixels. */
#include "nn.h"

int ip_nn_shrink(struct ip_nn *nn, struct ip_value *y,
	const struct ip_value *x, size_t first)
{
	if (ip_nn_measuring(nn))
		return IP_OK;
	return nn->ops->shrink(nn->dev, &y->buf, &x->buf, &x->map, first,
		y->map.c, x->map.h / y->map.h, x->map.w / y->map.w);
}
