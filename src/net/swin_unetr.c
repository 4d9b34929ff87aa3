/*
 * SwinUNETR: a Swin transformer whose hidden states feed a U of residual
 * blocks. With F = features, for x of h x w pixels:
 *
 *	x0 = 2x2 patches (F, h/2), x(k+1) = stage k (2 blocks, merging) of xk
 *	x0, x1, x2 through encoders 2, 3, 4; x4 through encoder 10; x3 as it is;
 *	x itself through encoder 1; decoders 5 to 1 double the size again, each
 *	beside the encoder of that size.
 *
 * Hidden states are layer-normed, without weights, on their way to encoders
 * only.
 */
#include <stdarg.h>
#include <stdio.h>
#include "swin_unetr.h"

/* ---- weights, in the order of PyTorch's state_dict ---- */

static void transformer_weights(struct ip_swin_unetr *u, struct ip_weights *ws)
{
	size_t f = u->shape.features, c = f, heads = 3;
	char prefix[64];
	int i, k;

	ip_weights_add(ws, &u->embed.w, IP_LAYOUT_PATCH, "swinViT.patch_embed",
		"proj.weight", f, u->shape.in, 2, 2);
	ip_weights_add(ws, &u->embed.b, IP_LAYOUT_PLAIN, "swinViT.patch_embed",
		"proj.bias", f, 0, 0, 0);
	for (k = 0; k < IP_STAGES_SWIN; k++, c *= 2, heads *= 2) {
		for (i = 0; i < 2; i++) {
			snprintf(prefix, sizeof(prefix),
				"swinViT.layers%d.0.blocks.%d", k + 1, i);
			ip_swin_block_weights(&u->stage[k].block[i], ws,
				prefix, c, heads, i);
		}
		snprintf(prefix, sizeof(prefix), "swinViT.layers%d.0."
			"downsample", k + 1);
		ip_patch_merging_weights(&u->stage[k].merging, ws, prefix, c);
	}
}

static void encoder_weights(struct ip_swin_unetr *u, struct ip_weights *ws)
{
	static const int number[IP_LEVELS] = { 1, 2, 3, 4, 10 };
	size_t f = u->shape.features;
	size_t in[IP_LEVELS] = { u->shape.in, f, 2 * f, 4 * f, 16 * f };
	char prefix[64];
	int i;

	for (i = 0; i < IP_LEVELS; i++) {
		snprintf(prefix, sizeof(prefix), "encoder%d.layer", number[i]);
		ip_unet_block_weights(u, &u->encoder[i], ws, prefix, in[i],
			i ? in[i] : f);
	}
}

static void decoder_weights(struct ip_swin_unetr *u, struct ip_weights *ws)
{
	size_t f = u->shape.features;
	char prefix[64];
	int i;

	for (i = IP_LEVELS - 1; i >= 0; i--) {
		size_t in = f << i, out = i ? in / 2 : f;

		snprintf(prefix, sizeof(prefix), "decoder%d", i + 1);
		ip_weights_add(ws, &u->decoder[i].up, IP_LAYOUT_UP, prefix,
			"transp_conv.conv.weight", in, out, 2, 2);
		snprintf(prefix, sizeof(prefix), "decoder%d.conv_block", i + 1);
		ip_unet_block_weights(u, &u->decoder[i].block, ws, prefix,
			2 * out, out);
	}
	ip_weights_add(ws, &u->out.w, IP_LAYOUT_CONV, "out.conv.conv", "weight",
		u->shape.out, f, 1, 1);
	ip_weights_add(ws, &u->out.b, IP_LAYOUT_PLAIN, "out.conv.conv", "bias",
		u->shape.out, 0, 0, 0);
}

void ip_swin_unetr_weights(struct ip_swin_unetr *u, struct ip_weights *ws)
{
	transformer_weights(u, ws);
	encoder_weights(u, ws);
	decoder_weights(u, ws);
}

/* ---- the run ---- */

struct run {
	struct ip_nn *nn;
	const struct ip_swin_unetr *u;
	struct ip_watcher *watcher;
	struct ip_swin_unetr_kept *k;
	int keep;			/* k is the caller's */
	int flat;
	size_t end[IP_LEVELS];		/* of each level on the stack */
};

static int seen(struct run *r, const struct ip_value *v, size_t first,
	const char *fmt, ...)
{
	char name[64];
	va_list ap;

	if (!r->watcher || ip_nn_measuring(r->nn))
		return IP_OK;
	va_start(ap, fmt);
	vsnprintf(name, sizeof(name), fmt, ap);
	va_end(ap);
	return r->watcher->fn(r->watcher, name, v, first, v->map.c - first);
}

/* What was taken since the mark is not needed any more, but by the way back. */
static void done(struct run *r, size_t mark)
{
	if (!r->keep)
		ip_nn_release(r->nn, mark);
}

/*
 * Maps that live long are taken when they are first written, the largest
 * before all else: when a decoder runs, everything above the level it reads
 * has done its work.
 */
static int take_level(struct run *r, int i)
{
	size_t f = r->u->shape.features;
	struct ip_map map = ip_map_shrink(&r->k->in.map, (size_t)1 << i,
		i ? f << i : 2 * f);
	int rc = ip_nn_map(r->nn, &r->k->level[i], &map);

	r->end[i] = ip_nn_mark(r->nn);
	return rc;
}

static int take_x(struct run *r, int k)
{
	struct ip_map map = ip_map_shrink(&r->k->in.map, (size_t)2 << k,
		r->u->shape.features << k);

	return ip_nn_map(r->nn, &r->k->x[k], &map);
}

/* Metadata in the size of level i, where a modulated network asks for them. */
static int know(struct run *r, int i)
{
	const struct ip_map *in = &r->k->in.map;
	size_t n = (size_t)1 << i, count = r->u->shape.in - IP_NET_SEGMENTS;
	struct ip_map map = { in->b, r->flat ? 1 : in->h / n,
		r->flat ? 1 : in->w / n, count };
	int rc = ip_nn_map(r->nn, &r->k->known[i], &map);

	return rc < 0 ? rc : ip_nn_shrink(r->nn, &r->k->known[i], &r->k->in,
		IP_NET_SEGMENTS);
}

static int know_all(struct run *r)
{
	int i, rc = IP_OK;

	if (r->u->shape.architecture != IP_MODULATED)
		return IP_OK;
	for (i = 0; rc == 0 && i <= IP_LEVELS; i++)
		rc = know(r, i);
	return rc;
}

/* Block b on x, into y from channel first on; k is for the way back. Level is
 * that of its size. */
static int block(struct run *r, const union ip_unet_block *b,
	struct ip_value *y, size_t first, size_t out, const struct ip_value *x,
	int level, union ip_unet_kept *k)
{
	return ip_unet_block(r->nn, r->u, b, y, first, out, x,
		&r->k->known[level], r->keep ? k : NULL);
}

static int first(struct run *r)
{
	size_t f = r->u->shape.features;
	int rc = take_level(r, 0);

	if (rc == 0)
		rc = block(r, &r->u->encoder[0], &r->k->level[0], f, f,
			&r->k->in, 0, &r->k->encoder[0]);
	return rc < 0 ? rc : seen(r, &r->k->level[0], f, "encoder1");
}

/* The 2 x 2 pixels of each patch side by side, new. */
static int patches(struct ip_nn *nn, struct ip_value *p,
	const struct ip_value *in)
{
	struct ip_map map = ip_map_shrink(&in->map, 2, 4 * in->map.c);
	int rc = ip_nn_map(nn, p, &map);

	return rc < 0 ? rc : ip_nn_merge(nn, p, in);
}

static int embed(struct run *r)
{
	struct ip_value p, *x = &r->k->x[0];
	size_t mark;
	int rc;

	if ((rc = take_x(r, 0)) < 0)
		return rc;
	mark = ip_nn_mark(r->nn);
	rc = patches(r->nn, &p, &r->k->in);
	if (rc == 0)
		rc = ip_nn_linear(r->nn, x, NULL, &p, &r->u->embed.w,
			&r->u->embed.b, NULL, IP_ACT_NONE);
	ip_nn_release(r->nn, mark);
	return rc < 0 ? rc : seen(r, x, 0, "patch_embed");
}

/* The hidden state x[k], normed, to where decoders find it. */
static int hidden(struct run *r, int k)
{
	struct ip_value *x = &r->k->x[k], n, *to = &r->k->level[k + 1];
	size_t mark, c = x->map.c;
	int rc;

	if ((rc = take_level(r, k + 1)) < 0)
		return rc;
	mark = ip_nn_mark(r->nn);
	if (k == 3) {
		rc = ip_nn_layer_norm(r->nn, to, c, x, NULL, NULL);
		return rc < 0 ? rc : seen(r, to, c, "x%d_out", k);
	}
	rc = ip_nn_map(r->nn, &n, &x->map);
	if (rc == 0)
		rc = ip_nn_layer_norm(r->nn, &n, 0, x, NULL, NULL);
	if (rc == 0)
		rc = seen(r, &n, 0, "x%d_out", k);
	if (rc == 0)
		rc = block(r, &r->u->encoder[k + 1], to, c, c, &n, k + 1,
			&r->k->encoder[k + 1]);
	if (rc == 0)
		rc = seen(r, to, c, "encoder%d", k + 2);
	done(r, mark);
	return rc;
}

/* A block's output has a place of its own if its input is to be kept. */
static int stage(struct run *r, int k)
{
	const struct ip_swin_stage *s = &r->u->stage[k];
	struct ip_value x = r->k->x[k], y = x;
	int i, rc = IP_OK;

	for (i = 0; rc == 0 && i < 2; i++, x = y) {
		if (r->keep)
			rc = ip_nn_map(r->nn, &y, &x.map);
		if (rc == 0)
			rc = ip_swin_block(r->nn, &s->block[i], &y, &x,
				r->keep ? &r->k->swin[k][i] : NULL);
		if (rc == 0)
			rc = seen(r, &y, 0, "layers%d.blocks.%d", k + 1, i);
	}
	r->k->merged[k] = y;
	if (rc == 0)
		rc = take_x(r, k + 1);
	if (rc == 0)
		rc = ip_patch_merging(r->nn, &s->merging, &r->k->x[k + 1], &y);
	return rc < 0 ? rc : seen(r, &r->k->x[k + 1], 0, "layers%d", k + 1);
}

/* Into the first half of level[i]: from below, grown. */
static int grow(struct run *r, int i, const struct ip_value *from)
{
	struct ip_value *to = &r->k->level[i];

	return ip_nn_conv_transpose(r->nn, to, 0, to->map.c / 2, from,
		&r->u->decoder[i].up);
}

static int bottom(struct run *r)
{
	struct ip_value *x = &r->k->x[IP_STAGES_SWIN], n = *x, y;
	size_t mark = ip_nn_mark(r->nn);
	int rc = r->keep ? ip_nn_map(r->nn, &n, &x->map) : IP_OK;

	if (rc == 0)
		rc = ip_nn_layer_norm(r->nn, &n, 0, x, NULL, NULL);
	if (rc == 0)
		rc = seen(r, &n, 0, "x%d_out", IP_STAGES_SWIN);
	if (rc == 0)
		rc = ip_nn_map(r->nn, &y, &x->map);
	if (rc == 0)
		rc = block(r, &r->u->encoder[IP_LEVELS - 1], &y, 0, y.map.c,
			&n, IP_LEVELS, &r->k->encoder[IP_LEVELS - 1]);
	if (rc == 0)
		rc = seen(r, &y, 0, "encoder10");
	if (rc == 0)
		rc = grow(r, IP_LEVELS - 1, &y);
	done(r, mark);
	return rc;
}

/* Decoder i + 1, and on into the next level or, from the last, into out. */
static int decode(struct run *r, int i, struct ip_value *out)
{
	const struct ip_value *x = &r->k->level[i];
	struct ip_map map = ip_map_channels(&x->map, x->map.c / 2);
	struct ip_value y;
	int rc;

	done(r, r->end[i]);
	rc = ip_nn_map(r->nn, &y, &map);
	if (rc == 0)
		rc = block(r, &r->u->decoder[i].block, &y, 0, map.c, x, i,
			&r->k->decoder[i]);
	if (rc == 0)
		rc = seen(r, &y, 0, "decoder%d", i + 1);
	if (rc == 0)
		rc = i ? grow(r, i - 1, &y) : ip_nn_conv(r->nn, out, &y,
			&r->u->out.w, &r->u->out.b, 1);
	return rc;
}

int ip_swin_unetr_run(struct ip_nn *nn, const struct ip_swin_unetr *u,
	struct ip_value *y, const struct ip_value *x, int flat,
	struct ip_watcher *w, struct ip_swin_unetr_kept *k)
{
	struct ip_swin_unetr_kept own;
	struct run r = { .nn = nn, .u = u, .watcher = w, .k = k ? k : &own,
		.keep = k != NULL, .flat = flat };
	size_t mark = ip_nn_mark(nn);
	int i, rc;

	r.k->in = *x;
	rc = know_all(&r);
	if (rc == 0)
		rc = first(&r);
	if (rc == 0)
		rc = embed(&r);
	for (i = 0; rc == 0 && i < IP_STAGES_SWIN; i++) {
		rc = hidden(&r, i);
		if (rc == 0)
			rc = stage(&r, i);
	}
	if (rc == 0)
		rc = bottom(&r);
	for (i = IP_LEVELS - 1; rc == 0 && i >= 0; i--)
		rc = decode(&r, i, y);
	done(&r, mark);
	return rc < 0 ? rc : seen(&r, y, 0, "out");
}

/* ---- the way back ---- */

struct back {
	struct ip_nn *nn;
	const struct ip_swin_unetr *u;
	const struct ip_swin_unetr_kept *k;
	struct ip_value level[IP_LEVELS];	/* gradients of k->level */
};

/* Back from the first half of level[i]; y is what grew into it. */
static int grow_back(struct back *b, int i, struct ip_value *dy,
	const struct ip_value *y)
{
	const struct ip_value *level = &b->level[i];

	return ip_nn_conv_transpose_back(b->nn, dy, level, 0,
		level->map.c / 2, y, &b->u->decoder[i].up);
}

/*
 * The largest level, which is done with before all others: the last decoder,
 * the encoder beside it, and dy, the gradient of the decoder below. dx, unless
 * NULL, gets what comes to the input by way of the encoder.
 */
static int top_back(struct back *b, struct ip_value *dx, struct ip_value *dy,
	const struct ip_value *dout)
{
	const union ip_unet_kept *k = &b->k->decoder[0];
	const struct ip_value *y = ip_unet_block_out(b->u, k);
	struct ip_value *level = &b->level[0], d;
	size_t all = ip_nn_mark(b->nn), mark;
	int rc = ip_nn_map(b->nn, level, &b->k->level[0].map);

	mark = ip_nn_mark(b->nn);
	if (rc == 0)
		rc = ip_nn_map(b->nn, &d, &y->map);
	if (rc == 0)
		rc = ip_nn_conv_back(b->nn, &d, dout, y, &b->u->out.w,
			&b->u->out.b, 1, 0);
	if (rc == 0)
		rc = ip_unet_block_back(b->nn, b->u, &b->u->decoder[0].block,
			level, &d, k);
	ip_nn_release(b->nn, mark);
	if (rc == 0)
		rc = ip_unet_block_back(b->nn, b->u, &b->u->encoder[0], dx,
			level, &b->k->encoder[0]);
	if (rc == 0)
		rc = grow_back(b, 0, dy, ip_unet_block_out(b->u,
			&b->k->decoder[1]));
	ip_nn_release(b->nn, all);
	return rc;
}

/* Decoder i + 1: dy is its output's gradient, and then that of the one below,
 * new, or of what grew into it. */
static int decode_back(struct back *b, int i, struct ip_value *dy)
{
	const struct ip_value *below = ip_unet_block_out(b->u,
		i + 1 < IP_LEVELS ? &b->k->decoder[i + 1] :
		&b->k->encoder[IP_LEVELS - 1]);
	int rc = ip_nn_map(b->nn, &b->level[i], &b->k->level[i].map);

	if (rc == 0)
		rc = ip_unet_block_back(b->nn, b->u, &b->u->decoder[i].block,
			&b->level[i], dy, &b->k->decoder[i]);
	if (rc == 0)
		rc = ip_nn_map(b->nn, dy, &below->map);
	return rc < 0 ? rc : grow_back(b, i, dy, below);
}

/* dx <- the gradient of x[4] */
static int bottom_back(struct back *b, struct ip_value *dx,
	struct ip_value *dy)
{
	int rc = ip_unet_block_back(b->nn, b->u,
		&b->u->encoder[IP_LEVELS - 1], dx, dy,
		&b->k->encoder[IP_LEVELS - 1]);

	return rc < 0 ? rc : ip_nn_layer_norm_back(b->nn, dx, dx, 0,
		&b->k->x[IP_STAGES_SWIN], NULL, NULL, 0);
}

/* dx <- the gradient of what stage k got, dy that of what it gave */
static int stage_back(struct back *b, int k, struct ip_value *dx,
	const struct ip_value *dy)
{
	const struct ip_swin_stage *s = &b->u->stage[k];
	int i, rc = ip_patch_merging_back(b->nn, &s->merging, dx, dy,
		&b->k->merged[k]);

	for (i = 1; rc == 0 && i >= 0; i--)
		rc = ip_swin_block_back(b->nn, &s->block[i], dx,
			&b->k->swin[k][i]);
	return rc;
}

/* dx <- dx + what comes to x[k] by way of its encoder */
static int hidden_back(struct back *b, int k, struct ip_value *dx)
{
	const struct ip_value *x = &b->k->x[k];
	struct ip_value *dy = &b->level[k + 1];
	size_t mark = ip_nn_mark(b->nn), c = x->map.c;
	struct ip_value dn;
	int rc;

	if (k == 3)
		return ip_nn_layer_norm_back(b->nn, dx, dy, c, x, NULL, NULL,
			1);
	rc = ip_nn_map(b->nn, &dn, &x->map);
	if (rc == 0)
		rc = ip_unet_block_back(b->nn, b->u, &b->u->encoder[k + 1],
			&dn, dy, &b->k->encoder[k + 1]);
	if (rc == 0)
		rc = ip_nn_layer_norm_back(b->nn, dx, &dn, 0, x, NULL, NULL,
			1);
	ip_nn_release(b->nn, mark);
	return rc;
}

/* d: the gradient of x[0]; dx, unless NULL, gets what comes to the input */
static int embed_back(struct back *b, struct ip_value *dx,
	const struct ip_value *d)
{
	size_t mark = ip_nn_mark(b->nn);
	struct ip_value p, dp;
	int rc = patches(b->nn, &p, &b->k->in);

	if (rc == 0 && dx)
		rc = ip_nn_map(b->nn, &dp, &p.map);
	if (rc == 0)
		rc = ip_nn_linear_back(b->nn, dx ? &dp : NULL, d, NULL, &p,
			&b->u->embed.w, &b->u->embed.b);
	if (rc == 0 && dx)
		rc = ip_nn_merge_back(b->nn, dx, &dp, 1);
	ip_nn_release(b->nn, mark);
	return rc;
}

int ip_swin_unetr_back(struct ip_nn *nn, const struct ip_swin_unetr *u,
	struct ip_value *dx, const struct ip_value *dy,
	const struct ip_swin_unetr_kept *k)
{
	struct back b = { .nn = nn, .u = u, .k = k };
	struct ip_value d[IP_STAGES_SWIN + 1], below;
	size_t mark = ip_nn_mark(nn);
	int i, rc = ip_nn_map(nn, &below, &ip_unet_block_out(u,
		&k->decoder[1])->map);

	if (rc == 0)
		rc = top_back(&b, dx, &below, dy);
	for (i = 1; rc == 0 && i < IP_LEVELS; i++)
		rc = decode_back(&b, i, &below);
	for (i = 0; rc == 0 && i <= IP_STAGES_SWIN; i++)
		rc = ip_nn_map(nn, &d[i], &k->x[i].map);
	if (rc == 0)
		rc = bottom_back(&b, &d[IP_STAGES_SWIN], &below);
	for (i = IP_STAGES_SWIN - 1; rc == 0 && i >= 0; i--) {
		rc = stage_back(&b, i, &d[i], &d[i + 1]);
		if (rc == 0)
			rc = hidden_back(&b, i, &d[i]);
	}
	if (rc == 0)
		rc = embed_back(&b, dx, &d[0]);
	ip_nn_release(nn, mark);
	return rc;
}
