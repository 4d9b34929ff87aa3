/* The convolutional block of a network, of its architecture. */
#include "swin_unetr.h"

static int modulated(const struct ip_swin_unetr *u)
{
	return u->shape.architecture == IP_MODULATED;
}

void ip_unet_block_weights(struct ip_swin_unetr *u, union ip_unet_block *b,
	struct ip_weights *ws, const char *prefix, size_t in, size_t out)
{
	if (modulated(u))
		ip_mod_block_weights(&b->mod, ws, prefix, in, out,
			u->shape.in - IP_NET_SEGMENTS);
	else
		ip_res_block_weights(&b->res, ws, prefix, in, out);
}

int ip_unet_block(struct ip_nn *nn, const struct ip_swin_unetr *u,
	const union ip_unet_block *b, struct ip_value *y, size_t first,
	size_t out, const struct ip_value *x, const struct ip_value *known,
	union ip_unet_kept *k)
{
	if (modulated(u))
		return ip_mod_block(nn, &b->mod, y, first, out, x, known,
			k ? &k->mod : NULL);
	return ip_res_block(nn, &b->res, y, first, out, x, k ? &k->res : NULL);
}

int ip_unet_block_back(struct ip_nn *nn, const struct ip_swin_unetr *u,
	const union ip_unet_block *b, struct ip_value *dx,
	struct ip_value *dy, const union ip_unet_kept *k)
{
	return modulated(u) ?
		ip_mod_block_back(nn, &b->mod, dx, dy, &k->mod) :
		ip_res_block_back(nn, &b->res, dx, dy, &k->res);
}

const struct ip_value *ip_unet_block_out(const struct ip_swin_unetr *u,
	const union ip_unet_kept *k)
{
	return modulated(u) ? &k->mod.y : &k->res.y;
}
