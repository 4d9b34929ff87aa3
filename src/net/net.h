/* The inside of a network, for those who train it. */
#ifndef IP_NET_H
#define IP_NET_H

#include "swin_unetr.h"

struct ip_net {
	struct ip_swin_unetr u;
	struct ip_nn nn;
	struct ip_buf weights;
	struct ip_watcher watcher;
	int (*watch)(void *ctx, const char *stage,
		const struct ip_tensor *map);
	void *ctx;
};

/* All weights of a network of shape s, new; their places are in u. */
int ip_net_list(const struct ip_net_shape *s, struct ip_swin_unetr *u,
	struct ip_weights **ws);

/* IP_EINVAL, as ip_net_memory and ip_net_run say. */
int ip_net_check_size(size_t n, size_t h, size_t w);
int ip_net_check_pictures(const struct ip_tensor *x);
int ip_net_check_tensors(const struct ip_net *net, const struct ip_tensor *x,
	const struct ip_tensor *y);

/* Pictures (n, c, h, w) as a map, new; a map's numbers to y (n, c, h, w). */
int ip_net_to_map(struct ip_tensor *map, const struct ip_tensor *x);
int ip_net_from_map(struct ip_tensor *y, const struct ip_tensor *map);
struct ip_map ip_net_map(const struct ip_tensor *map);
/*
 * Whether a modulated network need see only one pixel of each picture's
 * metadata, the channels behind the segments of the map from; 0 if that is not
 * known yet (NULL), which takes the most memory.
 */
int ip_net_flat(const struct ip_net_shape *s, const struct ip_map *m,
	const void *from);

#endif
