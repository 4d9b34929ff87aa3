/* The residual block of a modulated network. */
#include <stdio.h>
#include "blocks.h"

void ip_mod_block_weights(struct ip_mod_block *r, struct ip_weights *ws,
	const char *prefix, size_t in, size_t out, size_t known)
{
	char name[64];

	ip_res_block_weights(&r->conv, ws, prefix, in, out);
	for (int i = 0; i < 2; i++) {
		snprintf(name, sizeof(name), "%s.modulation%d", prefix, i + 1);
		ip_modulation_weights(&r->modulation[i], ws, name, known, out);
	}
}

/* What stays, but for x, y and known. Norms are in place: n is their result. */
static int take(struct ip_nn *nn, const struct ip_mod_block *r,
	struct ip_mod_kept *k, const struct ip_map *map)
{
	int i, rc = ip_nn_map(nn, &k->t, map);

	for (i = 0; rc == 0 && i < 2; i++) {
		rc = ip_nn_map(nn, &k->n[i], map);
		if (rc == 0)
			rc = ip_nn_stats(nn, &k->stats[i], map);
	}
	k->z = k->x;
	return rc == 0 && r->conv.project ? ip_nn_map(nn, &k->z, map) : rc;
}

static const struct ip_buf *weights_of(const struct ip_mod_block *r, int i)
{
	return i ? &r->conv.conv2 : &r->conv.conv1;
}

/* y, from channel first on, <- leaky(modulated(norm(conv(x))) + add) */
static int branch(struct ip_nn *nn, const struct ip_mod_block *r, int i,
	struct ip_value *y, size_t first, const struct ip_value *x,
	const struct ip_value *add, struct ip_mod_kept *k)
{
	int rc = ip_nn_conv(nn, &k->n[i], x, weights_of(r, i), NULL, 3);

	if (rc == 0)
		rc = ip_nn_instance_norm(nn, &k->n[i], 0, &k->stats[i],
			&k->n[i], NULL, 1);
	return rc < 0 ? rc : ip_modulation(nn, &r->modulation[i], y, first,
		&k->n[i], &k->known, add, IP_RES_SLOPE);
}

int ip_mod_block(struct ip_nn *nn, const struct ip_mod_block *r,
	struct ip_value *y, size_t first, size_t out, const struct ip_value *x,
	const struct ip_value *known, struct ip_mod_kept *kept)
{
	struct ip_map map = ip_map_channels(&x->map, out);
	size_t mark = ip_nn_mark(nn);
	struct ip_mod_kept own, *k = kept ? kept : &own;
	int rc;

	k->x = *x;
	k->y = *y;
	k->first = first;
	k->known = *known;
	rc = take(nn, r, k, &map);
	if (kept)
		mark = ip_nn_mark(nn);
	if (rc == 0)
		rc = branch(nn, r, 0, &k->t, 0, x, NULL, k);
	if (rc == 0 && r->conv.project)
		rc = ip_nn_conv(nn, &k->z, x, &r->conv.conv3, NULL, 1);
	if (rc == 0)
		rc = branch(nn, r, 1, y, first, &k->t, &k->z, k);
	ip_nn_release(nn, mark);
	return rc;
}

/* Back from dy (of y) to dx (of x), by way of dn; dx is added to if add. */
static int branch_back(struct ip_nn *nn, const struct ip_mod_block *r, int i,
	struct ip_value *dx, struct ip_value *dadd, struct ip_value *dn,
	const struct ip_value *dy, const struct ip_value *y, size_t first,
	const struct ip_value *x, const struct ip_mod_kept *k, int add)
{
	int rc = ip_modulation_back(nn, &r->modulation[i], dn, dadd, dy, y,
		first, &k->n[i], &k->known, IP_RES_SLOPE);

	if (rc == 0)
		rc = ip_nn_instance_norm_back(nn, dn, NULL, dn, &k->n[i], 0,
			&k->stats[i], NULL, 1);
	return rc < 0 ? rc : ip_nn_conv_back(nn, dx, dn, x, weights_of(r, i),
		NULL, 3, add);
}

int ip_mod_block_back(struct ip_nn *nn, const struct ip_mod_block *r,
	struct ip_value *dx, struct ip_value *dy, const struct ip_mod_kept *k)
{
	size_t mark = ip_nn_mark(nn);
	struct ip_value dn, dz, dt;
	int rc;

	if ((rc = ip_nn_map(nn, &dn, &k->t.map)) < 0 ||
		(rc = ip_nn_map(nn, &dt, &k->t.map)) < 0 ||
		(r->conv.project && (rc = ip_nn_map(nn, &dz, &k->t.map)) < 0))
		return rc;
	rc = branch_back(nn, r, 1, &dt, r->conv.project ? &dz : dx, &dn, dy,
		&k->y, k->first, &k->t, k, 0);
	if (rc == 0)
		rc = branch_back(nn, r, 0, dx, NULL, &dn, &dt, &k->t, 0,
			&k->x, k, !r->conv.project);
	if (rc == 0 && r->conv.project)
		rc = ip_nn_conv_back(nn, dx, &dz, &k->x, &r->conv.conv3, NULL,
			1, 1);
	ip_nn_release(nn, mark);
	return rc;
}
