/* The residual block of a modulated network. */
#include <stdlib.h>
#include "blocks.h"

#define SLOPE 0.01	/* of leaky ReLU */

static int norm_kind(void)
{
	const char *s = getenv("IP_NORM");
	return s ? atoi(s) : 0;
}

void ip_mod_block_weights(struct ip_mod_block *r, struct ip_weights *ws,
	const char *prefix, size_t in, size_t out, size_t known)
{
	char name[64];

	r->project = in != out;
	ip_weights_add(ws, &r->conv1, IP_LAYOUT_CONV, prefix,
		"conv1.weight", out, in, 3, 3);
	ip_weights_add(ws, &r->conv2, IP_LAYOUT_CONV, prefix,
		"conv2.weight", out, out, 3, 3);
	if (r->project)
		ip_weights_add(ws, &r->conv3, IP_LAYOUT_CONV, prefix,
			"conv3.weight", out, in, 1, 1);
	for (int i = 0; i < 2; i++) {
		snprintf(name, sizeof(name), "%s.modulation%d", prefix, i + 1);
		ip_modulation_weights(&r->modulation[i], ws, name, known, out);
	}
}

/* y <- leaky(modulated(norm(x)) + add); x <- norm(x) */
static int normed(struct ip_nn *nn, struct ip_value *n, const struct ip_value *x, struct ip_buf *stats)
{
	switch (norm_kind()) {
	case 1: return ip_nn_instance_norm(nn, n, 0, stats, x, NULL, 1);
	case 2: return ip_nn_layer_norm(nn, n, 0, x, NULL, NULL);
	}
	return 0;
}

static int normed_back(struct ip_nn *nn, struct ip_value *dx, const struct ip_value *n, const struct ip_value *x, const struct ip_buf *stats)
{
	switch (norm_kind()) {
	case 1: return ip_nn_instance_norm_back(nn, dx, NULL, dx, n, 0, stats, NULL, 1);
	case 2: return ip_nn_layer_norm_back(nn, dx, dx, 0, x, NULL, NULL, 0);
	}
	return 0;
}

int ip_mod_block(struct ip_nn *nn, const struct ip_mod_block *r,
	struct ip_value *y, size_t first, size_t out, const struct ip_value *x,
	const struct ip_value *known, struct ip_mod_kept *k)
{
	struct ip_map map = ip_map_channels(&x->map, out);
	struct ip_mod_kept own;
	size_t mark = ip_nn_mark(nn);
	struct ip_value z = *x;
	int i, rc = IP_OK, many = norm_kind() == 2;
	int release = k == NULL;

	k = k ? k : &own;
	k->x = *x;
	k->y = *y;
	k->first = first;
	k->known = *known;
	for (i = 0; rc == 0 && i < 2; i++) {
		rc = ip_nn_map(nn, &k->a[i], &map);
		k->n[i] = k->a[i];
		if (rc == 0 && many)
			rc = ip_nn_map(nn, &k->n[i], &map);
		if (rc == 0)
			rc = ip_nn_stats(nn, &k->stats[i], &map);
	}
	if (rc == 0)
		rc = ip_nn_stats(nn, &k->stats[2], &map);
	if (rc == 0)
		rc = ip_nn_map(nn, &k->t, &map);
	if (rc == 0 && r->project) {
		rc = ip_nn_map(nn, &k->z, &map);
		k->zn = k->z;
		if (rc == 0 && many)
			rc = ip_nn_map(nn, &k->zn, &map);
	}
	size_t keep = ip_nn_mark(nn);
	if (rc == 0)
		rc = ip_nn_conv(nn, &k->a[0], x, &r->conv1, NULL, 3);
	if (rc == 0)
		rc = normed(nn, &k->n[0], &k->a[0], &k->stats[0]);
	if (rc == 0)
		rc = ip_modulation(nn, &r->modulation[0], &k->t, 0, &k->n[0], known,
			NULL, SLOPE);
	if (rc == 0)
		rc = ip_nn_conv(nn, &k->a[1], &k->t, &r->conv2, NULL, 3);
	if (rc == 0)
		rc = normed(nn, &k->n[1], &k->a[1], &k->stats[1]);
	if (rc == 0 && r->project) {
		rc = ip_nn_conv(nn, &k->z, x, &r->conv3, NULL, 1);
		if (rc == 0)
			rc = normed(nn, &k->zn, &k->z, &k->stats[2]);
		z = k->zn;
	}
	if (rc == 0)
		rc = ip_modulation(nn, &r->modulation[1], y, first, &k->n[1], known,
			&z, SLOPE);
	ip_nn_release(nn, release ? mark : keep);
	return rc;
}

int ip_mod_block_back(struct ip_nn *nn, const struct ip_mod_block *r,
	struct ip_value *dx, struct ip_value *dy, const struct ip_mod_kept *k)
{
	size_t mark = ip_nn_mark(nn);
	struct ip_value du, dz, dt;
	struct ip_value *around = r->project ? &dz : dx;
	int rc;

	if ((rc = ip_nn_map(nn, &du, &k->t.map)) < 0 ||
		(rc = ip_nn_map(nn, &dt, &k->t.map)) < 0 ||
		(r->project && (rc = ip_nn_map(nn, &dz, &k->t.map)) < 0))
		return rc;
	if ((rc = ip_modulation_back(nn, &r->modulation[1], &du, around, dy,
			&k->y, k->first, &k->n[1], &k->known, SLOPE)) == 0 &&
		(rc = normed_back(nn, &du, &k->n[1], &k->a[1], &k->stats[1])) == 0 &&
		(rc = ip_nn_conv_back(nn, &dt, &du, &k->t, &r->conv2, NULL, 3,
			0)) == 0 &&
		(rc = ip_modulation_back(nn, &r->modulation[0], &dt, NULL, &dt,
			&k->t, 0, &k->n[0], &k->known, SLOPE)) == 0 &&
		(rc = normed_back(nn, &dt, &k->n[0], &k->a[0], &k->stats[0])) == 0)
		rc = ip_nn_conv_back(nn, dx, &dt, &k->x, &r->conv1, NULL, 3,
			!r->project);
	if (rc == 0 && r->project) {
		rc = normed_back(nn, &dz, &k->zn, &k->z, &k->stats[2]);
		if (rc == 0)
			rc = ip_nn_conv_back(nn, dx, &dz, &k->x, &r->conv3, NULL, 1, 1);
	}
	ip_nn_release(nn, mark);
	return rc;
}
