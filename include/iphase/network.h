/*
 * The SwinUNETR in two dimensions (A. Hatamizadeh et al., arXiv 2201.01266), as
 * MONAI computes it, over the ops of a backend.
 */
#ifndef IPHASE_NETWORK_H
#define IPHASE_NETWORK_H

#include <iphase/backend.h>
#include <iphase/bundle.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * SWIN_UNETR  MONAI's
 * MODULATED   ours: the same but for its residual blocks, in which scale and
 *             shift of each channel follow from the metadata, that is every
 *             input behind the first IP_NET_SEGMENTS, behind each norm
 *             (E. Perez et al., AAAI 2018), and what goes around is not normed.
 *             So metadata reach every level, as maps too, and scale is kept
 */
enum ip_architecture { IP_SWIN_UNETR, IP_MODULATED };
const char *ip_architecture_name(enum ip_architecture a); /* "swin_unetr" */
int ip_architecture_parse(const char *name, enum ip_architecture *a);

#define IP_NET_SEGMENTS 4	/* images that the network sees first */

/* Pictures in and out, and channels of the first stage, a multiple of 12. */
struct ip_net_shape {
	size_t in, out, features;
	enum ip_architecture architecture;
};

/* Pictures are computed in sizes that are multiples of this. */
#define IP_NET_STEP 32

struct ip_net;	/* weights on a device; for one call at a time */

/*
 * Tensor i of a network's weights, in the order of PyTorch's state_dict,
 * under its names; IP_ENOTFOUND past the last. Not among them are the
 * relative_position_index tables, which are known.
 */
struct ip_net_weight {
	char name[80];
	int ndim;
	size_t shape[4];
};
int ip_net_weight(const struct ip_net_shape *s, size_t i,
	struct ip_net_weight *w);

/*
 * The shape of the network that such weights belong to. IP_EFORMAT if they
 * are no SwinUNETR's, or one that is missing, not among them, or of another
 * shape: it is named, with what was expected.
 */
int ip_net_shape_of(const struct ip_bundle *weights, struct ip_net_shape *s);

/*
 * A network on dev with weights float16, 32 or 64, finite, checked as
 * ip_net_shape_of does. Each is given back once it is on the device, so that
 * memory holds them once: weights is empty afterwards, also after a failure.
 * dev must outlive the network.
 */
int ip_net_open(struct ip_net **net, struct ip_dev *dev,
	const struct ip_net_shape *s, struct ip_bundle *weights);
void ip_net_close(struct ip_net *net);		/* NULL is fine */
struct ip_net_shape ip_net_shape(const struct ip_net *net);

/* Device memory in bytes: of the weights, and of one run beside them. */
struct ip_net_memory {
	size_t weights, work;
};
/*
 * What a run of n pictures of h x w will take, before it is run. IP_EINVAL
 * unless h and w are multiples of IP_NET_STEP and not both equal to it.
 */
int ip_net_memory(const struct ip_net *net, size_t n, size_t h, size_t w,
	struct ip_net_memory *m);

/*
 * y (n, out, h, w) = the network of x (n, in, h, w), both float32 (float64 in
 * the double test build) and contiguous; y is the caller's, of the right
 * shape. Sizes as in ip_net_memory. IP_EINVAL: another number of channels, a
 * size that does not fit, a value of x that is not finite.
 */
int ip_net_run(struct ip_net *net, const struct ip_tensor *x,
	struct ip_tensor *y);

/*
 * See what every stage gives: fn gets each stage's name ("layers1.blocks.0",
 * "encoder2") and map (n, c, h, w) as it is computed, and stops the run by a
 * negative status. fn NULL ends it.
 */
void ip_net_watch(struct ip_net *net,
	int (*fn)(void *ctx, const char *stage, const struct ip_tensor *map),
	void *ctx);

#ifdef __cplusplus
}
#endif
#endif
