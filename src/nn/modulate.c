/* Scale and shift of features, what is added to them, and leaky ReLU. */
#include "nn.h"

/* Whether g has one pixel for all of a picture's. */
static int is_flat(const struct ip_value *g)
{
	return g->map.h == 1 && g->map.w == 1;
}

int ip_nn_modulate(struct ip_nn *nn, struct ip_value *y, size_t first,
	const struct ip_value *x, const struct ip_value *g,
	const struct ip_value *add, double slope)
{
	struct ip_slot slot = { y->map.c, first };

	if (ip_nn_measuring(nn))
		return IP_OK;
	return nn->ops->modulate(nn->dev, &y->buf, &slot, &x->buf, &g->buf,
		add ? &add->buf : NULL, &x->map, is_flat(g), slope);
}

int ip_nn_modulate_back(struct ip_nn *nn, struct ip_value *dx,
	struct ip_value *dg, struct ip_value *dadd, const struct ip_value *dy,
	const struct ip_value *y, size_t first, const struct ip_value *x,
	const struct ip_value *g, double slope)
{
	struct ip_slot slot = { dy->map.c, first };

	if (ip_nn_measuring(nn))
		return IP_OK;
	return nn->ops->modulate_grad(nn->dev, &dx->buf, &dg->buf,
		dadd ? &dadd->buf : NULL, &dy->buf, &y->buf, &slot, &x->buf,
		&g->buf, &x->map, is_flat(g), slope);
}
