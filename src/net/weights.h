/* The weights of a network: names, shapes, and where they are. */
#ifndef IP_WEIGHTS_H
#define IP_WEIGHTS_H

#include <iphase/network.h>

/*
 * How the axes of PyTorch's layout are ordered on a device:
 * PLAIN   as they are
 * CONV    (out, in, row, column) as [row][column][in][out]
 * PATCH   (out, in, row, column) as [out][column][row][in], for op merge
 * UP      (in, out, row, column) as [row][column][out][in]
 */
enum ip_layout { IP_LAYOUT_PLAIN, IP_LAYOUT_CONV, IP_LAYOUT_PATCH,
	IP_LAYOUT_UP };

/* One tensor; buf is where its place on the device is noted. */
struct ip_weight {
	struct ip_net_weight is;
	enum ip_layout layout;
	struct ip_buf *buf;
};

#define IP_WEIGHTS_MAX 256

/* In the order of PyTorch's state_dict. */
struct ip_weights {
	size_t count;
	struct ip_weight item[IP_WEIGHTS_MAX];
};

/* Add "PREFIX.NAME"; unused axes of the shape are 0. */
void ip_weights_add(struct ip_weights *ws, struct ip_buf *buf,
	enum ip_layout layout, const char *prefix, const char *name, size_t a,
	size_t b, size_t c, size_t d);

/* Device memory for all, in bytes; they lie in it one after another. */
size_t ip_weights_size(const struct ip_weights *ws);
/* Every weight's buf becomes its part of all. */
void ip_weights_place(const struct ip_weights *ws, const struct ip_buf *all);
/* To where they were placed, from b, which has been checked. give: b loses
 * each tensor on the way. */
int ip_weights_put(const struct ip_weights *ws, struct ip_dev *dev,
	const struct ip_bundle *b, int give);
/* Add them to b, under their names behind prefix. */
int ip_weights_get(const struct ip_weights *ws, struct ip_dev *dev,
	const char *prefix, struct ip_bundle *b);
/* IP_EFORMAT, naming it, at a tensor that b lacks, should not have, or has in
 * another shape, or with a value that is not finite. */
int ip_weights_check(const struct ip_weights *ws, const struct ip_bundle *b);

#endif
