/* Instance norm, what is added to it, and leaky ReLU. */
#include "nn.h"

#define EPS 1e-5

int ip_nn_stats(struct ip_nn *nn, struct ip_buf *stats, const struct ip_map *m)
{
	return ip_nn_numbers(nn, stats, 2 * m->b * m->c);
}

int ip_nn_instance_norm(struct ip_nn *nn, struct ip_value *y, size_t first,
	struct ip_buf *stats, const struct ip_value *x,
	const struct ip_value *add, double slope)
{
	struct ip_slot slot = { y->map.c, first };
	size_t mark = ip_nn_mark(nn);
	struct ip_buf own;
	int rc = IP_OK;

	if (!stats)
		rc = ip_nn_stats(nn, &own, &x->map);
	if (rc == 0 && !ip_nn_measuring(nn))
		rc = nn->ops->instance_norm(nn->dev, &y->buf, &slot,
			stats ? stats : &own, &x->buf, add ? &add->buf : NULL,
			&x->map, EPS, slope);
	ip_nn_release(nn, mark);
	return rc;
}

int ip_nn_instance_norm_back(struct ip_nn *nn, struct ip_value *dx,
	struct ip_value *dadd, const struct ip_value *dy,
	const struct ip_value *y, size_t first, const struct ip_buf *stats,
	const struct ip_value *add, double slope)
{
	struct ip_slot slot = { dy->map.c, first };

	if (ip_nn_measuring(nn))
		return IP_OK;
	return nn->ops->instance_norm_grad(nn->dev, &dx->buf,
		dadd ? &dadd->buf : NULL, &dy->buf, &y->buf, &slot, stats,
		add ? &add->buf : NULL, &dx->map, slope);
}
