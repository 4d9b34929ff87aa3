/* The residual block of the convolutional branch. */
#include "blocks.h"

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

static int around(struct ip_nn *nn, const struct ip_res_block *r,
	struct ip_value *z, struct ip_buf *stats, const struct ip_value *x)
{
	int rc = ip_nn_conv(nn, z, x, &r->conv3, NULL, 1);

	return rc < 0 ? rc : ip_nn_instance_norm(nn, z, 0, stats, z, NULL, 1);
}

/* What stays: t, z unless that is x, and what norms divided by. */
static int keep(struct ip_nn *nn, const struct ip_res_block *r,
	struct ip_res_kept *k, const struct ip_map *map)
{
	int i, rc = ip_nn_map(nn, &k->t, map);

	k->z = k->x;
	if (rc == 0 && r->project)
		rc = ip_nn_map(nn, &k->z, map);
	for (i = 0; rc == 0 && i < 3; i++)
		rc = ip_nn_stats(nn, &k->stats[i], map);
	return rc;
}

/* k NULL: what goes around takes the place of t, which has done its work. */
int ip_res_block(struct ip_nn *nn, const struct ip_res_block *r,
	struct ip_value *y, size_t first, size_t out, const struct ip_value *x,
	struct ip_res_kept *k)
{
	struct ip_map map = ip_map_channels(&x->map, out);
	struct ip_buf *stats = k ? k->stats : NULL;
	size_t mark = ip_nn_mark(nn);
	struct ip_value t, u = *y, z;
	int rc;

	if (k) {
		k->x = *x;
		k->y = *y;
		k->first = first;
		rc = keep(nn, r, k, &map);
		t = k->t;
		z = k->z;
		mark = ip_nn_mark(nn);
	} else {
		rc = ip_nn_map(nn, &t, &map);
		z = r->project ? t : *x;
	}
	if (rc == 0 && y->map.c != out)
		rc = ip_nn_map(nn, &u, &map);
	if (rc == 0)
		rc = ip_nn_conv(nn, &t, x, &r->conv1, NULL, 3);
	if (rc == 0)
		rc = ip_nn_instance_norm(nn, &t, 0, stats, &t, NULL, IP_RES_SLOPE);
	if (rc == 0)
		rc = ip_nn_conv(nn, &u, &t, &r->conv2, NULL, 3);
	if (rc == 0 && r->project)
		rc = around(nn, r, &z, stats ? stats + 2 : NULL, x);
	if (rc == 0)
		rc = ip_nn_instance_norm(nn, y, first, stats ? stats + 1 :
			NULL, &u, &z, IP_RES_SLOPE);
	ip_nn_release(nn, mark);
	return rc;
}

/* dx <- gradients by way of the two convolutions, on top of what is there if
 * add; du that of what the second one gave. */
static int through(struct ip_nn *nn, const struct ip_res_block *r,
	struct ip_value *dx, const struct ip_value *du,
	const struct ip_res_kept *k, int add)
{
	size_t mark = ip_nn_mark(nn);
	struct ip_value dt;
	int rc;

	if ((rc = ip_nn_map(nn, &dt, &k->t.map)) == 0 &&
		(rc = ip_nn_conv_back(nn, &dt, du, &k->t, &r->conv2, NULL, 3,
			0)) == 0 &&
		(rc = ip_nn_instance_norm_back(nn, &dt, NULL, &dt, &k->t, 0,
			&k->stats[0], NULL, IP_RES_SLOPE)) == 0)
		rc = ip_nn_conv_back(nn, dx, &dt, &k->x, &r->conv1, NULL, 3,
			add);
	ip_nn_release(nn, mark);
	return rc;
}

/*
 * du takes the place of dy where that is a map by itself. Without a projection
 * the gradient around is dx, and then added to.
 */
int ip_res_block_back(struct ip_nn *nn, const struct ip_res_block *r,
	struct ip_value *dx, struct ip_value *dy,
	const struct ip_res_kept *k)
{
	size_t mark = ip_nn_mark(nn);
	struct ip_value du = *dy, dz;
	int rc = IP_OK;

	if (dy->map.c != k->t.map.c)
		rc = ip_nn_map(nn, &du, &k->t.map);
	if (rc == 0 && r->project)
		rc = ip_nn_map(nn, &dz, &k->t.map);
	if (rc == 0)
		rc = ip_nn_instance_norm_back(nn, &du, r->project ? &dz : dx,
			dy, &k->y, k->first, &k->stats[1], &k->z, IP_RES_SLOPE);
	if (rc == 0)
		rc = through(nn, r, dx, &du, k, !r->project);
	if (rc == 0 && r->project)
		rc = ip_nn_instance_norm_back(nn, &dz, NULL, &dz, &k->z, 0,
			&k->stats[2], NULL, 1);
	if (rc == 0 && r->project)
		rc = ip_nn_conv_back(nn, dx, &dz, &k->x, &r->conv3, NULL, 1,
			1);
	ip_nn_release(nn, mark);
	return rc;
}
