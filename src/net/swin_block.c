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

/* n holds norm1(x) and then what attention gives. */
static int attend(struct ip_nn *nn, const struct ip_swin_block *s,
	struct ip_value *x, struct ip_value *n)
{
	struct ip_map map = ip_map_channels(&x->map, 3 * x->map.c);
	struct ip_value qkv;
	int rc;

	if ((rc = ip_nn_map(nn, &qkv, &map)) < 0 ||
		(rc = ip_nn_layer_norm(nn, n, 0, x, &s->norm1.w,
			&s->norm1.b)) < 0 ||
		(rc = ip_nn_linear(nn, &qkv, n, &s->qkv.w, &s->qkv.b, NULL,
			IP_ACT_NONE)) < 0 ||
		(rc = ip_nn_attention(nn, n, &qkv, &s->qkv.b, &s->table,
			s->heads, s->shift)) < 0)
		return rc;
	return ip_nn_linear(nn, x, n, &s->proj.w, &s->proj.b, x, IP_ACT_NONE);
}

static int perceive(struct ip_nn *nn, const struct ip_swin_block *s,
	struct ip_value *x, struct ip_value *n)
{
	struct ip_map map = ip_map_channels(&x->map, 4 * x->map.c);
	struct ip_value hidden;
	int rc;

	if ((rc = ip_nn_map(nn, &hidden, &map)) < 0 ||
		(rc = ip_nn_layer_norm(nn, n, 0, x, &s->norm2.w,
			&s->norm2.b)) < 0 ||
		(rc = ip_nn_linear(nn, &hidden, n, &s->linear1.w,
			&s->linear1.b, NULL, IP_ACT_GELU)) < 0)
		return rc;
	return ip_nn_linear(nn, x, &hidden, &s->linear2.w, &s->linear2.b, x,
		IP_ACT_NONE);
}

int ip_swin_block(struct ip_nn *nn, const struct ip_swin_block *s,
	struct ip_value *x)
{
	size_t all = ip_nn_mark(nn), mark;
	struct ip_value n;
	int rc;

	rc = ip_nn_map(nn, &n, &x->map);
	mark = ip_nn_mark(nn);
	if (rc == 0)
		rc = attend(nn, s, x, &n);
	ip_nn_release(nn, mark);
	if (rc == 0)
		rc = perceive(nn, s, x, &n);
	ip_nn_release(nn, all);
	return rc;
}
