/* Shifted-window attention. */
#include "nn.h"

enum { WINDOW = 7, SHIFT = 3 };

/* A map no longer than a window is one window along that axis, unshifted. */
int ip_nn_attention(struct ip_nn *nn, struct ip_value *y,
	const struct ip_value *qkv, const struct ip_buf *qkv_bias,
	const struct ip_buf *table, size_t heads, int shift)
{
	struct ip_windows s = { .b = y->map.b, .h = y->map.h, .w = y->map.w,
		.heads = heads, .dim = y->map.c / heads, .reach = WINDOW };
	size_t side[2] = { s.h, s.w };
	int axis;

	if (ip_nn_measuring(nn))
		return IP_OK;
	for (axis = 0; axis < 2; axis++) {
		s.window[axis] = side[axis] > WINDOW ? WINDOW : side[axis];
		s.shift[axis] = side[axis] > WINDOW && shift ? SHIFT : 0;
	}
	return nn->ops->attention(nn->dev, &y->buf, &qkv->buf, qkv_bias,
		table, &s);
}
