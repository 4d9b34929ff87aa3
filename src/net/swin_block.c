/*
 * The block of a Swin transformer: Z. Liu et al., ICCV 2021 (arXiv
 * 2103.14030), equation 3.
 */
#include "blocks.h"

enum { REACH = 7, PLACES = (2 * REACH - 1) * (2 * REACH - 1) };

static void pair(struct ip_weights *ws, struct ip_affine *p, const char *prefix,
	const char *w, const char *b, size_t out, size_t in)
{
	ip_weights_add(ws, &p->w, IP_LAYOUT_PLAIN, prefix, w, out, in, 0, 0);
	ip_weights_add(ws, &p->b, IP_LAYOUT_PLAIN, prefix, b, out, 0, 0, 0);
}

void ip_swin_block_weights(struct ip_swin_block *s, struct ip_weights *ws,
	const char *prefix, size_t channels, size_t heads, int shift)
{
	size_t c = channels;

	s->heads = heads;
	s->shift = shift;
	pair(ws, &s->norm1, prefix, "norm1.weight", "norm1.bias", c, 0);
	ip_weights_add(ws, &s->table, IP_LAYOUT_PLAIN, prefix,
		"attn.relative_position_bias_table", PLACES, heads, 0, 0);
	pair(ws, &s->qkv, prefix, "attn.qkv.weight", "attn.qkv.bias", 3 * c, c);
	pair(ws, &s->proj, prefix, "attn.proj.weight", "attn.proj.bias", c, c);
	pair(ws, &s->norm2, prefix, "norm2.weight", "norm2.bias", c, 0);
	pair(ws, &s->linear1, prefix, "mlp.linear1.weight", "mlp.linear1.bias",
		4 * c, c);
	pair(ws, &s->linear2, prefix, "mlp.linear2.weight", "mlp.linear2.bias",
		c, 4 * c);
}

/* n <- norm1(x); mixed, which may be n, <- what attention gives. */
static int attend(struct ip_nn *nn, const struct ip_swin_block *s,
	struct ip_value *y, const struct ip_value *x, struct ip_value *n,
	struct ip_value *qkv, struct ip_value *mixed)
{
	int rc;

	if ((rc = ip_nn_layer_norm(nn, n, 0, x, &s->norm1.w,
			&s->norm1.b)) < 0 ||
		(rc = ip_nn_linear(nn, qkv, NULL, n, &s->qkv.w, &s->qkv.b,
			NULL, IP_ACT_NONE)) < 0 ||
		(rc = ip_nn_attention(nn, mixed, qkv, &s->qkv.b, &s->table,
			s->heads, s->shift)) < 0)
		return rc;
	return ip_nn_linear(nn, y, NULL, mixed, &s->proj.w, &s->proj.b, x,
		IP_ACT_NONE);
}

/* hidden, and pre if it is wanted, for n = norm2(x) */
static int hide(struct ip_nn *nn, const struct ip_swin_block *s,
	struct ip_value *hidden, struct ip_value *pre, struct ip_value *n,
	const struct ip_value *x)
{
	int rc = ip_nn_layer_norm(nn, n, 0, x, &s->norm2.w, &s->norm2.b);

	return rc < 0 ? rc : ip_nn_linear(nn, hidden, pre, n, &s->linear1.w,
		&s->linear1.b, NULL, IP_ACT_GELU);
}

static int perceive(struct ip_nn *nn, const struct ip_swin_block *s,
	struct ip_value *y, const struct ip_value *x, struct ip_value *n)
{
	struct ip_map map = ip_map_channels(&x->map, 4 * x->map.c);
	struct ip_value hidden;
	int rc;

	if ((rc = ip_nn_map(nn, &hidden, &map)) < 0 ||
		(rc = hide(nn, s, &hidden, NULL, n, x)) < 0)
		return rc;
	return ip_nn_linear(nn, y, NULL, &hidden, &s->linear2.w,
		&s->linear2.b, x, IP_ACT_NONE);
}

static int keep(struct ip_nn *nn, struct ip_swin_kept *k,
	const struct ip_value *x)
{
	struct ip_map map = ip_map_channels(&x->map, 3 * x->map.c);
	int rc;

	k->x = *x;
	if ((rc = ip_nn_map(nn, &k->qkv, &map)) < 0 ||
		(rc = ip_nn_map(nn, &k->mixed, &x->map)) < 0)
		return rc;
	return ip_nn_map(nn, &k->middle, &x->map);
}

int ip_swin_block(struct ip_nn *nn, const struct ip_swin_block *s,
	struct ip_value *y, const struct ip_value *x, struct ip_swin_kept *k)
{
	struct ip_map map = ip_map_channels(&x->map, 3 * x->map.c);
	struct ip_value n, qkv, *middle = k ? &k->middle : y;
	size_t all, mark;
	int rc = k ? keep(nn, k, x) : IP_OK;

	all = ip_nn_mark(nn);
	if (rc == 0)
		rc = ip_nn_map(nn, &n, &x->map);
	mark = ip_nn_mark(nn);
	if (rc == 0 && !k)
		rc = ip_nn_map(nn, &qkv, &map);
	if (rc == 0)
		rc = attend(nn, s, middle, x, &n, k ? &k->qkv : &qkv,
			k ? &k->mixed : &n);
	ip_nn_release(nn, mark);
	if (rc == 0)
		rc = perceive(nn, s, y, middle, &n);
	ip_nn_release(nn, all);
	return rc;
}

/* ---- backward: what is cheap to make again was not kept ---- */

static int perceive_back(struct ip_nn *nn, const struct ip_swin_block *s,
	struct ip_value *d, const struct ip_swin_kept *k)
{
	struct ip_map map = ip_map_channels(&d->map, 4 * d->map.c);
	struct ip_value n, dn, pre, hidden, dhidden;
	int rc;

	if ((rc = ip_nn_map(nn, &n, &d->map)) < 0 ||
		(rc = ip_nn_map(nn, &dn, &d->map)) < 0 ||
		(rc = ip_nn_map(nn, &pre, &map)) < 0 ||
		(rc = ip_nn_map(nn, &hidden, &map)) < 0 ||
		(rc = ip_nn_map(nn, &dhidden, &map)) < 0 ||
		(rc = hide(nn, s, &hidden, &pre, &n, &k->middle)) < 0 ||
		(rc = ip_nn_linear_back(nn, &dhidden, d, NULL, &hidden,
			&s->linear2.w, &s->linear2.b)) < 0 ||
		(rc = ip_nn_linear_back(nn, &dn, &dhidden, &pre, &n,
			&s->linear1.w, &s->linear1.b)) < 0)
		return rc;
	return ip_nn_layer_norm_back(nn, d, &dn, 0, &k->middle, &s->norm2.w,
		&s->norm2.b, 1);
}

static int attend_back(struct ip_nn *nn, const struct ip_swin_block *s,
	struct ip_value *d, const struct ip_swin_kept *k)
{
	struct ip_value n, dn, dmixed, dqkv;
	int rc;

	if ((rc = ip_nn_map(nn, &n, &d->map)) < 0 ||
		(rc = ip_nn_map(nn, &dn, &d->map)) < 0 ||
		(rc = ip_nn_map(nn, &dmixed, &d->map)) < 0 ||
		(rc = ip_nn_map(nn, &dqkv, &k->qkv.map)) < 0 ||
		(rc = ip_nn_layer_norm(nn, &n, 0, &k->x, &s->norm1.w,
			&s->norm1.b)) < 0 ||
		(rc = ip_nn_linear_back(nn, &dmixed, d, NULL, &k->mixed,
			&s->proj.w, &s->proj.b)) < 0 ||
		(rc = ip_nn_attention_back(nn, &dqkv, &dmixed, &k->qkv,
			&s->qkv.b, &s->table, s->heads, s->shift)) < 0 ||
		(rc = ip_nn_linear_back(nn, &dn, &dqkv, NULL, &n, &s->qkv.w,
			&s->qkv.b)) < 0)
		return rc;
	return ip_nn_layer_norm_back(nn, d, &dn, 0, &k->x, &s->norm1.w,
		&s->norm1.b, 1);
}

int ip_swin_block_back(struct ip_nn *nn, const struct ip_swin_block *s,
	struct ip_value *d, const struct ip_swin_kept *k)
{
	size_t mark = ip_nn_mark(nn);
	int rc = perceive_back(nn, s, d, k);

	ip_nn_release(nn, mark);
	if (rc == 0)
		rc = attend_back(nn, s, d, k);
	ip_nn_release(nn, mark);
	return rc;
}
