/* Patch merging: 2 x 2 pixels become one, normalised and mixed. */
#include "blocks.h"

void ip_patch_merging_weights(struct ip_patch_merging *p,
	struct ip_weights *ws, const char *prefix, size_t channels)
{
	size_t c = channels;

	ip_weights_add(ws, &p->reduction, IP_LAYOUT_PLAIN, prefix,
		"reduction.weight", 2 * c, 4 * c, 0, 0);
	ip_weights_add(ws, &p->norm.w, IP_LAYOUT_PLAIN, prefix, "norm.weight",
		4 * c, 0, 0, 0);
	ip_weights_add(ws, &p->norm.b, IP_LAYOUT_PLAIN, prefix, "norm.bias",
		4 * c, 0, 0, 0);
}

int ip_patch_merging(struct ip_nn *nn, const struct ip_patch_merging *p,
	struct ip_value *y, const struct ip_value *x)
{
	struct ip_map map = ip_map_shrink(&x->map, 2, 4 * x->map.c);
	size_t mark = ip_nn_mark(nn);
	struct ip_value m;
	int rc;

	rc = ip_nn_map(nn, &m, &map);
	if (rc == 0)
		rc = ip_nn_merge(nn, &m, x);
	if (rc == 0)
		rc = ip_nn_layer_norm(nn, &m, 0, &m, &p->norm.w, &p->norm.b);
	if (rc == 0)
		rc = ip_nn_linear(nn, y, NULL, &m, &p->reduction, NULL, NULL,
			IP_ACT_NONE);
	ip_nn_release(nn, mark);
	return rc;
}

int ip_patch_merging_back(struct ip_nn *nn, const struct ip_patch_merging *p,
	struct ip_value *dx, const struct ip_value *dy,
	const struct ip_value *x)
{
	struct ip_map map = ip_map_shrink(&x->map, 2, 4 * x->map.c);
	size_t mark = ip_nn_mark(nn);
	struct ip_value m, n, d;
	int rc;

	if ((rc = ip_nn_map(nn, &m, &map)) == 0 &&
		(rc = ip_nn_map(nn, &n, &map)) == 0 &&
		(rc = ip_nn_map(nn, &d, &map)) == 0 &&
		(rc = ip_nn_merge(nn, &m, x)) == 0 &&
		(rc = ip_nn_layer_norm(nn, &n, 0, &m, &p->norm.w,
			&p->norm.b)) == 0 &&
		(rc = ip_nn_linear_back(nn, &d, dy, NULL, &n, &p->reduction,
			NULL)) == 0 &&
		(rc = ip_nn_layer_norm_back(nn, &d, &d, 0, &m, &p->norm.w,
			&p->norm.b, 0)) == 0)
		rc = ip_nn_merge_back(nn, dx, &d, 0);
	ip_nn_release(nn, mark);
	return rc;
}
