/* Layer norm over channels. */
#include "nn.h"

#define EPS 1e-5

int ip_nn_layer_norm(struct ip_nn *nn, struct ip_value *y, size_t first,
	const struct ip_value *x, const struct ip_buf *gamma,
	const struct ip_buf *beta)
{
	struct ip_slot slot = { y->map.c, first };

	if (ip_nn_measuring(nn))
		return IP_OK;
	return nn->ops->layer_norm(nn->dev, &y->buf, &slot, &x->buf, gamma,
		beta, &x->map, EPS);
}

int ip_nn_layer_norm_back(struct ip_nn *nn, struct ip_value *dx,
	const struct ip_value *dy, size_t first, const struct ip_value *x,
	const struct ip_buf *gamma, const struct ip_buf *beta, int add)
{
	struct ip_slot slot = { dy->map.c, first };
	struct ip_buf dgamma = { 0 }, dbeta = { 0 };

	if (ip_nn_measuring(nn))
		return IP_OK;
	if (gamma) {
		dgamma = ip_nn_gradient(nn, gamma);
		dbeta = ip_nn_gradient(nn, beta);
	}
	return nn->ops->layer_norm_grad(nn->dev, &dx->buf,
		gamma ? &dgamma : NULL, gamma ? &dbeta : NULL, &dy->buf, &slot,
		&x->buf, gamma, &x->map, EPS, add);
}
