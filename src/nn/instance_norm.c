/* Instance norm, what is added to it, and leaky ReLU. */
#include "nn.h"

#define EPS 1e-5

int ip_nn_instance_norm(struct ip_nn *nn, struct ip_value *y, size_t first,
	const struct ip_value *x, const struct ip_value *add, double slope)
{
	struct ip_slot slot = { y->map.c, first };
	size_t mark = ip_nn_mark(nn);
	struct ip_buf stats;
	int rc;

	rc = ip_nn_numbers(nn, &stats, 2 * x->map.b * x->map.c);
	if (rc == 0 && !ip_nn_measuring(nn))
		rc = nn->ops->instance_norm(nn->dev, &y->buf, &slot, &stats,
			&x->buf, add ? &add->buf : NULL, &x->map, EPS, slope);
	ip_nn_release(nn, mark);
	return rc;
}
