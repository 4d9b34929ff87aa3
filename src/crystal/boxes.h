/*
 * Neighbours in a slab that is periodic across the beam, not along it. Boxes
 * are at least as wide as two atoms may be apart to be neighbours, so that
 * these are in the 27 around.
 */
#ifndef IP_BOXES_H
#define IP_BOXES_H

#include <stddef.h>
#include <iphase/repeat.h>

struct ip_boxes {
	double a[2][2], distance;
	double base;		/* depth where the boxes begin */
	size_t n[3];
	double to[3];		/* boxes: along a[0], a[1]; an Angstrom deep */
	const struct ip_atom *atoms;
	size_t *head, *next;
};

/*
 * Around depths from to `to` of the lattice of c, for atoms, most of them, of
 * which none is in a box yet; some `expected` will be. distance is at most
 * ip_repeat_width(c).
 */
int ip_boxes_init(struct ip_boxes *b, const struct ip_repeat_cell *c,
	double from, double to, double distance, const struct ip_atom *atoms,
	size_t most, size_t expected);
void ip_boxes_free(struct ip_boxes *b);	/* {0} is fine */
/* Put atom i into its box; its x and y lie in the cell. */
void ip_boxes_enter(struct ip_boxes *b, size_t i);
/*
 * visit(i, ctx) for each atom of the boxes closer to r than distance, images
 * included, until it returns other than 0: that, or 0.
 */
int ip_boxes_near(const struct ip_boxes *b, const double r[3],
	int (*visit)(size_t i, void *ctx), void *ctx);

#endif
