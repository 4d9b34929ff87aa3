/* Shifted-window attention. */
#include "nn.h"

enum { WINDOW = 7, SHIFT = 3 };

/* A map no longer than a window is one window along that axis, unshifted. */
static struct ip_windows windows(const struct ip_map *map, size_t heads,
	int shift)
{
	struct ip_windows s = { .b = map->b, .h = map->h, .w = map->w,
		.heads = heads, .dim = map->c / heads, .reach = WINDOW };
	size_t side[2] = { s.h, s.w };
	int axis;

	for (axis = 0; axis < 2; axis++) {
		s.window[axis] = side[axis] > WINDOW ? WINDOW : side[axis];
		s.shift[axis] = side[axis] > WINDOW && shift ? SHIFT : 0;
	}
	return s;
}

int ip_nn_attention(struct ip_nn *nn, struct ip_value *y,
	const struct ip_value *qkv, const struct ip_buf *qkv_bias,
	const struct ip_buf *table, size_t heads, int shift)
{
	struct ip_windows s = windows(&y->map, heads, shift);

	if (ip_nn_measuring(nn))
		return IP_OK;
	return nn->ops->attention(nn->dev, &y->buf, &qkv->buf, qkv_bias,
		table, &s);
}

int ip_nn_attention_back(struct ip_nn *nn, struct ip_value *dqkv,
	const struct ip_value *dy, const struct ip_value *qkv,
	const struct ip_buf *qkv_bias, const struct ip_buf *table,
	size_t heads, int shift)
{
	struct ip_windows s = windows(&dy->map, heads, shift);
	struct ip_buf dbias = ip_nn_gradient(nn, qkv_bias);
	struct ip_buf dtable = ip_nn_gradient(nn, table);

	if (ip_nn_measuring(nn))
		return IP_OK;
	return nn->ops->attention_grad(nn->dev, &dqkv->buf, &dbias, &dtable,
		&dy->buf, &qkv->buf, qkv_bias, table, &s);
}
