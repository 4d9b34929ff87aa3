/* How a map is cut into windows: what attention and its gradient share. */
#ifndef IP_WINDOWS_H
#define IP_WINDOWS_H

#include "cpu.h"

struct ip_cut {
	struct ip_windows s;
	size_t tokens, pitch;		/* of a window; in full vectors */
	size_t channels;		/* heads dim */
	size_t across[2], windows;	/* along each axis; of all pictures */
	const ip_real *qkv, *qkv_bias;	/* the map, and padding's */
	ip_real scale;			/* of q k', log2 e in it */
	/* log2 e is in these as well: logits are powers of two */
	ip_real *bias;			/* [heads][key][pitch] */
	ip_real *mask;			/* [4][key][pitch]: last in rows + 2
					 * last in columns */
};

/* A token that is in no picture. */
#define IP_CUT_PADDING SIZE_MAX

/* Of what op has checked. IP_EINVAL for too many tokens, IP_ENOMEM. */
int ip_cut_init(struct ip_cut *c, const char *op, const struct ip_buf *qkv,
	const struct ip_buf *qkv_bias, const struct ip_buf *table,
	const struct ip_windows *s);
void ip_cut_free(struct ip_cut *c);
/* The pixel, counted through all pictures, of each token of 'window', counted
 * through rows, columns and pictures; and where its q, k and v are. */
void ip_cut_find(const struct ip_cut *c, size_t window, size_t *pixel,
	const ip_real **in);
/* Its mask; NULL: it needs none. */
const ip_real *ip_cut_mask(const struct ip_cut *c, size_t window);
/* Where the bias of a query and key is in the table, of head 0. */
size_t ip_cut_place(const struct ip_cut *c, size_t query, size_t key);

#endif
