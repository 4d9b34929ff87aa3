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
		ip_res_block_weights(&u->encoder[i], ws, prefix, in[i],
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
		ip_res_block_weights(&u->decoder[i].block, ws, prefix, 2 * out,
			out);
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
	struct ip_map in;
	/* what decoder i + 1 reads: from below, then the encoder of its size */
	struct ip_value level[IP_LEVELS];
	size_t end[IP_LEVELS];		/* of each on the stack */
	struct ip_value x[IP_STAGES_SWIN + 1];
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

/*
 * Maps that live long are taken when they are first written, the largest
 * before all else: when a decoder runs, everything above the level it reads
 * has done its work.
 */
static int take_level(struct run *r, int i)
{
	size_t f = r->u->shape.features;
	struct ip_map map = ip_map_shrink(&r->in, (size_t)1 << i,
		i ? f << i : 2 * f);
	int rc = ip_nn_map(r->nn, &r->level[i], &map);

	r->end[i] = ip_nn_mark(r->nn);
	return rc;
}

static int take_x(struct run *r, int k)
{
	struct ip_map map = ip_map_shrink(&r->in, (size_t)2 << k,
		r->u->shape.features << k);

	return ip_nn_map(r->nn, &r->x[k], &map);
}

static int first(struct run *r, const struct ip_value *in)
{
	size_t f = r->u->shape.features;
	int rc = take_level(r, 0);

	if (rc == 0)
		rc = ip_res_block(r->nn, &r->u->encoder[0], &r->level[0], f, f,
			in);
	return rc < 0 ? rc : seen(r, &r->level[0], f, "encoder1");
}

static int embed(struct run *r, const struct ip_value *in)
{
	struct ip_map map = ip_map_shrink(&in->map, 2, 4 * in->map.c);
	struct ip_value patches;
	size_t mark;
	int rc;

	if ((rc = take_x(r, 0)) < 0)
		return rc;
	mark = ip_nn_mark(r->nn);
	rc = ip_nn_map(r->nn, &patches, &map);
	if (rc == 0)
		rc = ip_nn_merge(r->nn, &patches, in);
	if (rc == 0)
		rc = ip_nn_linear(r->nn, &r->x[0], &patches, &r->u->embed.w,
			&r->u->embed.b, NULL, IP_ACT_NONE);
	ip_nn_release(r->nn, mark);
	return rc < 0 ? rc : seen(r, &r->x[0], 0, "patch_embed");
}

/* The hidden state x[k], normed, to where decoders find it. */
static int hidden(struct run *r, int k)
{
	struct ip_value *x = &r->x[k], n, *to = &r->level[k + 1];
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
		rc = ip_res_block(r->nn, &r->u->encoder[k + 1], to, c, c, &n);
	if (rc == 0)
		rc = seen(r, to, c, "encoder%d", k + 2);
	ip_nn_release(r->nn, mark);
	return rc;
}

static int stage(struct run *r, int k)
{
	const struct ip_swin_stage *s = &r->u->stage[k];
	int i, rc = IP_OK;

	for (i = 0; rc == 0 && i < 2; i++) {
		rc = ip_swin_block(r->nn, &s->block[i], &r->x[k]);
		if (rc == 0)
			rc = seen(r, &r->x[k], 0, "layers%d.blocks.%d", k + 1,
				i);
	}
	if (rc == 0)
		rc = take_x(r, k + 1);
	if (rc == 0)
		rc = ip_patch_merging(r->nn, &s->merging, &r->x[k + 1],
			&r->x[k]);
	return rc < 0 ? rc : seen(r, &r->x[k + 1], 0, "layers%d", k + 1);
}

/* Into the first half of level[i]: from below, grown. */
static int grow(struct run *r, int i, const struct ip_value *from)
{
	return ip_nn_conv_transpose(r->nn, &r->level[i], 0,
		r->level[i].map.c / 2, from, &r->u->decoder[i].up);
}

static int bottom(struct run *r)
{
	struct ip_value *x = &r->x[IP_STAGES_SWIN], y;
	size_t mark = ip_nn_mark(r->nn);
	int rc;

	rc = ip_nn_layer_norm(r->nn, x, 0, x, NULL, NULL);
	if (rc == 0)
		rc = seen(r, x, 0, "x%d_out", IP_STAGES_SWIN);
	if (rc == 0)
		rc = ip_nn_map(r->nn, &y, &x->map);
	if (rc == 0)
		rc = ip_res_block(r->nn, &r->u->encoder[IP_LEVELS - 1], &y, 0,
			y.map.c, x);
	if (rc == 0)
		rc = seen(r, &y, 0, "encoder10");
	if (rc == 0)
		rc = grow(r, IP_LEVELS - 1, &y);
	ip_nn_release(r->nn, mark);
	return rc;
}

/* Decoder i + 1, and on into the next level or, from the last, into out. */
static int decode(struct run *r, int i, struct ip_value *out)
{
	const struct ip_value *x = &r->level[i];
	struct ip_map map = ip_map_channels(&x->map, x->map.c / 2);
	struct ip_value y;
	int rc;

	ip_nn_release(r->nn, r->end[i]);
	rc = ip_nn_map(r->nn, &y, &map);
	if (rc == 0)
		rc = ip_res_block(r->nn, &r->u->decoder[i].block, &y, 0,
			map.c, x);
	if (rc == 0)
		rc = seen(r, &y, 0, "decoder%d", i + 1);
	if (rc == 0)
		rc = i ? grow(r, i - 1, &y) : ip_nn_conv(r->nn, out, &y,
			&r->u->out.w, &r->u->out.b, 1);
	return rc;
}

int ip_swin_unetr_run(struct ip_nn *nn, const struct ip_swin_unetr *u,
	struct ip_value *y, const struct ip_value *x, struct ip_watcher *w)
{
	struct run r = { .nn = nn, .u = u, .watcher = w, .in = x->map };
	size_t mark = ip_nn_mark(nn);
	int i, rc;

	rc = first(&r, x);
	if (rc == 0)
		rc = embed(&r, x);
	for (i = 0; rc == 0 && i < IP_STAGES_SWIN; i++) {
		rc = hidden(&r, i);
		if (rc == 0)
			rc = stage(&r, i);
	}
	if (rc == 0)
		rc = bottom(&r);
	for (i = IP_LEVELS - 1; rc == 0 && i >= 0; i--)
		rc = decode(&r, i, y);
	ip_nn_release(nn, mark);
	return rc < 0 ? rc : seen(&r, y, 0, "out");
}
