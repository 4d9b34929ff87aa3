/* The parts of iphase-convert. */
#ifndef IP_CLI_CONVERT_H
#define IP_CLI_CONVERT_H

#include <iphase/bundle.h>
#include <iphase/formats.h>
#include "cli.h"

enum ip_convert_axes { IP_CONVERT_AUTO, IP_CONVERT_XY, IP_CONVERT_YX };

/* What the options say; a number that was not given is NAN. */
struct ip_convert {
	const char *tensor, *dtype, *unit, *title;
	struct ip_texts attributes;
	struct ip_reals shape, order, index, range, pixel_size;
	int axes, store, map, colorbar, bare, table;
	long zoom;
	double energy, semiangle, inner, outer, rotation;
};

/* ---- reading ---- */

/* Everything in a file of any kind, as tensors. */
int ip_convert_load(const struct ip_cli *c, const struct ip_convert *o,
	const char *path, struct ip_bundle *b);
/* All operands, one image each, as the tensor segments. */
int ip_convert_segments(const struct ip_cli *c, const struct ip_convert *o,
	struct ip_bundle *b);

/* ---- models ---- */

/* Whether b is the weights of a network, and c's output can be its model. */
int ip_convert_is_model(const struct ip_cli *c, const struct ip_convert *o,
	const struct ip_bundle *b);
/* Checked, under their own names, with what PyTorch or iphase expects. */
int ip_convert_save_model(const struct ip_cli *c, const struct ip_convert *o,
	const struct ip_bundle *b);

/* ---- writing ---- */

/* b as the kind that c->output says. */
int ip_convert_save(const struct ip_cli *c, const struct ip_convert *o,
	const struct ip_bundle *b);
/* The tensor o->tensor, or the only one; *item is NULL if it is not clear
 * which, and that has been reported. */
int ip_convert_pick(const struct ip_convert *o, const struct ip_bundle *b,
	const struct ip_item **item);
/* How the options say that an item of b is drawn. */
int ip_convert_style(const struct ip_cli *c, const struct ip_convert *o,
	const struct ip_bundle *b, const struct ip_item *item,
	struct ip_picture_style *s);
/* The pictures of all operands as one .png, a row a file. */
int ip_convert_table(const struct ip_cli *c, const struct ip_convert *o);
/* A view of t with its last two axes exchanged. */
int ip_convert_swap(struct ip_tensor *view, const struct ip_tensor *t);

#endif
