/* Scale and shift of features, by what is known of the specimen. */
#include "blocks.h"

enum { HIDDEN = 16 };

void ip_modulation_weights(struct ip_modulation *p, struct ip_weights *ws,
	const char *prefix, size_t known, size_t channels)
{
	ip_weights_add(ws, &p->hidden.w, IP_LAYOUT_PLAIN, prefix,
		"hidden.weight", HIDDEN, known, 0, 0);
	ip_weights_add(ws, &p->hidden.b, IP_LAYOUT_PLAIN, prefix,
		"hidden.bias", HIDDEN, 0, 0, 0);
	ip_weights_add(ws, &p->out.w, IP_LAYOUT_PLAIN, prefix, "scale.weight",
		2 * channels, HIDDEN, 0, 0);
	ip_weights_add(ws, &p->out.b, IP_LAYOUT_PLAIN, prefix, "scale.bias",
		2 * channels, 0, 0, 0);
}

/* g <- scales and shifts for c channels; hidden, and before GELU pre, which may
 * be NULL, are what they are made of. All new. */
static int scales(struct ip_nn *nn, const struct ip_modulation *p,
	struct ip_value *pre, struct ip_value *hidden, struct ip_value *g,
	const struct ip_value *known, size_t c)
{
	struct ip_map map = ip_map_channels(&known->map, HIDDEN);
	struct ip_map two = ip_map_channels(&known->map, 2 * c);
	int rc;

	if ((rc = pre ? ip_nn_map(nn, pre, &map) : IP_OK) == 0 &&
		(rc = ip_nn_map(nn, hidden, &map)) == 0 &&
		(rc = ip_nn_map(nn, g, &two)) == 0 &&
		(rc = ip_nn_linear(nn, hidden, pre, known, &p->hidden.w,
			&p->hidden.b, NULL, IP_ACT_GELU)) == 0)
		rc = ip_nn_linear(nn, g, NULL, hidden, &p->out.w, &p->out.b,
			NULL, IP_ACT_NONE);
	return rc;
}

int ip_modulation(struct ip_nn *nn, const struct ip_modulation *p,
	struct ip_value *y, size_t first, const struct ip_value *x,
	const struct ip_value *known, const struct ip_value *add, double slope)
{
	size_t mark = ip_nn_mark(nn);
	struct ip_value hidden, g;
	int rc = scales(nn, p, NULL, &hidden, &g, known, x->map.c);

	if (rc == 0)
		rc = ip_nn_modulate(nn, y, first, x, &g, add, slope);
	ip_nn_release(nn, mark);
	return rc;
}

int ip_modulation_back(struct ip_nn *nn, const struct ip_modulation *p,
	struct ip_value *dx, struct ip_value *dadd, const struct ip_value *dy,
	const struct ip_value *y, size_t first, const struct ip_value *x,
	const struct ip_value *known, double slope)
{
	size_t mark = ip_nn_mark(nn);
	struct ip_value pre, hidden, g, dg, dhidden;
	int rc = scales(nn, p, &pre, &hidden, &g, known, x->map.c);

	if (rc == 0 && (rc = ip_nn_map(nn, &dg, &g.map)) == 0 &&
		(rc = ip_nn_map(nn, &dhidden, &hidden.map)) == 0 &&
		(rc = ip_nn_modulate_back(nn, dx, &dg, dadd, dy, y, first, x,
			&g, slope)) == 0 &&
		(rc = ip_nn_linear_back(nn, &dhidden, &dg, NULL, &hidden,
			&p->out.w, &p->out.b)) == 0)
		rc = ip_nn_linear_back(nn, NULL, &dhidden, &pre, known,
			&p->hidden.w, &p->hidden.b);
	ip_nn_release(nn, mark);
	return rc;
}
