/* The residual block of the convolutional branch. */
#include "blocks.h"

#define SLOPE 0.01	/* of leaky ReLU */

void ip_res_block_weights(struct ip_res_block *r, struct ip_weights *ws,
	const char *prefix, size_t in, size_t out)
{
	r->project = in != out;
	ip_weights_add(ws, &r->conv1, IP_LAYOUT_CONV, prefix,
		"conv1.conv.weight", out, in, 3, 3);
	ip_weights_add(ws, &r->conv2, IP_LAYOUT_CONV, prefix,
		"conv2.conv.weight", out, out, 3, 3);
	if (r->project)
		ip_weights_add(ws, &r->conv3, IP_LAYOUT_CONV, prefix,
			"conv3.conv.weight", out, in, 1, 1);
}

/* t <- what goes around; t has done its work before. */
static int around(struct ip_nn *nn, const struct ip_res_block *r,
	struct ip_value *t, const struct ip_value *x)
{
	int rc = ip_nn_conv(nn, t, x, &r->conv3, NULL, 1);

	return rc < 0 ? rc : ip_nn_instance_norm(nn, t, 0, t, NULL, 1);
}

int ip_res_block(struct ip_nn *nn, const struct ip_res_block *r,
	struct ip_value *y, size_t first, size_t out, const struct ip_value *x)
{
	struct ip_map map = ip_map_channels(&x->map, out);
	size_t mark = ip_nn_mark(nn);
	struct ip_value t, u = *y;
	int rc;

	rc = ip_nn_map(nn, &t, &map);
	if (rc == 0 && y->map.c != out)
		rc = ip_nn_map(nn, &u, &map);
	if (rc == 0)
		rc = ip_nn_conv(nn, &t, x, &r->conv1, NULL, 3);
	if (rc == 0)
		rc = ip_nn_instance_norm(nn, &t, 0, &t, NULL, SLOPE);
	if (rc == 0)
		rc = ip_nn_conv(nn, &u, &t, &r->conv2, NULL, 3);
	if (rc == 0 && r->project)
		rc = around(nn, r, &t, x);
	if (rc == 0)
		rc = ip_nn_instance_norm(nn, y, first, &u, r->project ? &t : x,
			SLOPE);
	ip_nn_release(nn, mark);
	return rc;
}
