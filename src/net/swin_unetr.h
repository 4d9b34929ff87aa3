/* The network: its blocks, and a run through them. */
#ifndef IP_SWIN_UNETR_H
#define IP_SWIN_UNETR_H

#include "blocks.h"

enum { IP_STAGES_SWIN = 4, IP_LEVELS = 5 };

/* The convolutional block of either architecture. */
union ip_unet_block {
	struct ip_res_block res;
	struct ip_mod_block mod;
};
union ip_unet_kept {
	struct ip_res_kept res;
	struct ip_mod_kept mod;
};

struct ip_swin_unetr {
	struct ip_net_shape shape;
	struct ip_affine embed;
	struct ip_swin_stage {
		struct ip_swin_block block[2];
		struct ip_patch_merging merging;
	} stage[IP_STAGES_SWIN];
	union ip_unet_block encoder[IP_LEVELS];	/* 1, 2, 3, 4, 10 */
	struct ip_swin_decoder {
		struct ip_buf up;
		union ip_unet_block block;
	} decoder[IP_LEVELS];			/* 1 to 5 */
	struct ip_affine out;
};

/* ---- unet_block.c: as ip_res_block and ip_mod_block have it ---- */

void ip_unet_block_weights(struct ip_swin_unetr *u, union ip_unet_block *b,
	struct ip_weights *ws, const char *prefix, size_t in, size_t out);
int ip_unet_block(struct ip_nn *nn, const struct ip_swin_unetr *u,
	const union ip_unet_block *b, struct ip_value *y, size_t first,
	size_t out, const struct ip_value *x, const struct ip_value *known,
	union ip_unet_kept *k);
int ip_unet_block_back(struct ip_nn *nn, const struct ip_swin_unetr *u,
	const union ip_unet_block *b, struct ip_value *dx,
	struct ip_value *dy, const union ip_unet_kept *k);
/* The y that was given. */
const struct ip_value *ip_unet_block_out(const struct ip_swin_unetr *u,
	const union ip_unet_kept *k);

/* ---- swin_unetr.c ---- */

/* All the weights of a network of u->shape; ws is empty. */
void ip_swin_unetr_weights(struct ip_swin_unetr *u, struct ip_weights *ws);

/* Is told of every stage: channels from first on of v's pixels. */
struct ip_watcher {
	int (*fn)(struct ip_watcher *w, const char *stage,
		const struct ip_value *v, size_t first, size_t channels);
};

/* What a run keeps for the way back: values on the stack. */
struct ip_swin_unetr_kept {
	struct ip_value in;
	/* what decoder i + 1 reads: from below, then the encoder of its size */
	struct ip_value level[IP_LEVELS];
	struct ip_value x[IP_STAGES_SWIN + 1];	/* before each stage */
	struct ip_value merged[IP_STAGES_SWIN];	/* what each stage merges */
	struct ip_swin_kept swin[IP_STAGES_SWIN][2];
	/* metadata, in the size of each level and of what is below */
	struct ip_value known[IP_LEVELS + 1];
	union ip_unet_kept encoder[IP_LEVELS], decoder[IP_LEVELS];
};

/*
 * y (out channels) of x; w may be NULL, k too: nothing is kept. flat: see
 * ip_net_flat.
 */
int ip_swin_unetr_run(struct ip_nn *nn, const struct ip_swin_unetr *u,
	struct ip_value *y, const struct ip_value *x, int flat,
	struct ip_watcher *w, struct ip_swin_unetr_kept *k);
/* Add the gradients of all weights, dy that of the output; dx, unless NULL,
 * becomes that of the input. */
int ip_swin_unetr_back(struct ip_nn *nn, const struct ip_swin_unetr *u,
	struct ip_value *dx, const struct ip_value *dy,
	const struct ip_swin_unetr_kept *k);

#endif
