/* Amorphous layers by random sequential addition. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <iphase/disorder.h>
#include <iphase/random.h>
#include "core/core.h"
#include "boxes.h"
#include "supercell.h"

#define PI 3.14159265358979323846
#define AVOGADRO 0.602214076	/* Angstrom^3 g/cm^3 to g/mol (SI 2019) */
#define MOST_PACKED 0.3		/* of the slab, in spheres */
#define TRIES 1000		/* an atom, in the mean */

struct slab {
	const struct ip_amorphous *layer;
	uint64_t seed;
	double a[2][2], top;	/* the lattice; depth of the slab's start */
	struct ip_atom *atoms;
	size_t count, all;
	struct ip_boxes boxes;
};

/* Place number n of the slab; the two sides draw apart. */
static void draw(const struct slab *s, uint64_t n, double r[3])
{
	double f[3];

	for (int k = 0; k < 3; k++)
		f[k] = ip_uniform(s->seed, IP_STREAM_AMORPHOUS, (n * 2 +
			(s->layer->side == IP_SIDE_EXIT)) << 2 | (uint64_t)k);
	r[0] = f[0] * s->a[0][0] + f[1] * s->a[1][0];
	r[1] = f[1] * s->a[1][1];
	r[2] = ip_supercell_depth(s->top + s->layer->thickness,
		s->top + f[2] * s->layer->thickness);
}

static int anyone(size_t i, void *ctx)
{
	(void)i;
	(void)ctx;
	return 1;
}

static int fill(struct slab *s)
{
	size_t first = s->count, wanted = s->all - first;

	for (uint64_t n = 0; s->count < s->all && n < TRIES * wanted; n++) {
		struct ip_atom *a = &s->atoms[s->count];
		*a = (struct ip_atom){ .z = s->layer->z, .occupancy = 1 };
		draw(s, n, a->r);
		if (!ip_boxes_near(&s->boxes, a->r, anyone, NULL))
			ip_boxes_enter(&s->boxes, s->count++);
	}
	if (s->count == s->all)
		return 0;
	return ip_fail(IP_EPHYSICS, "amorphous layer: room for %.4g of %g "
		"g/cm^3 with atoms %g Angstrom apart and from the crystal; "
		"take less of either, or more Angstrom than %g",
		s->layer->density * (double)(s->count - first) /
		(double)wanted, s->layer->density, s->layer->distance,
		s->layer->thickness);
}

/* The atoms there are, of which those near the slab go into boxes. */
static int prepare(struct slab *s, const struct ip_repeat_cell *c)
{
	const struct ip_amorphous *l = s->layer;
	double down = l->side == IP_SIDE_ENTRANCE ? l->thickness : 0;
	double end = s->top + l->thickness;
	int rc;

	memcpy(s->atoms, c->atoms, c->count * sizeof *s->atoms);
	for (size_t i = 0; i < c->count; i++)
		s->atoms[i].r[2] = ip_supercell_depth(c->period + l->thickness,
			s->atoms[i].r[2] + down);
	rc = ip_boxes_init(&s->boxes, c, s->top, end, l->distance, s->atoms,
		s->all, s->all - s->count);
	for (size_t i = 0; rc == 0 && i < c->count; i++)
		if (s->atoms[i].r[2] > s->top - l->distance &&
				s->atoms[i].r[2] < end + l->distance)
			ip_boxes_enter(&s->boxes, i);
	return rc;
}

/* Whether spheres so large find room; n, the atoms. */
static int check_packing(const struct ip_repeat_cell *c,
	const struct ip_amorphous *l, size_t *n)
{
	double mass = ip_element_mass(l->z), d = l->distance;
	double each = l->density * AVOGADRO / mass;
	double packed = each * PI / 6 * d * d * d;
	double atoms = floor(each * c->a[0][0] * c->a[1][1] * l->thickness +
		0.5);

	if (!(packed <= MOST_PACKED))
		return ip_fail(IP_EPHYSICS, "amorphous layer: %g g/cm^3 of %s "
			"cannot be had by random addition of atoms %g Angstrom "
			"apart; expected up to %.4g g/cm^3, or up to %.4g "
			"Angstrom", l->density, ip_element_symbol(l->z), d,
			l->density * MOST_PACKED / packed,
			d * cbrt(MOST_PACKED / packed));
	if (atoms < 1)
		return ip_fail(IP_EPHYSICS, "amorphous layer: %g Angstrom of "
			"%g g/cm^3 hold no atom; take more", l->thickness,
			l->density);
	if (!(atoms + (double)c->count <= IP_SUPERCELL_ATOMS))
		return ip_fail(IP_ELIMIT, "amorphous layer: %.3g atoms on a "
			"supercell of %zu; expected %d in all", atoms,
			c->count, IP_SUPERCELL_ATOMS);
	*n = (size_t)atoms;
	return 0;
}

static int check(const struct ip_repeat_cell *c, const struct ip_amorphous *l,
	size_t *n)
{
	int rc = ip_supercell_check("amorphous layer", c);

	if (rc < 0)
		return rc;
	if (l->side != IP_SIDE_ENTRANCE && l->side != IP_SIDE_EXIT)
		return ip_fail(IP_EINVAL, "amorphous layer: side %d; expected "
			"entrance or exit", (int)l->side);
	if (!(ip_element_mass(l->z) > 0))
		return ip_fail(IP_ENOTFOUND, "amorphous layer: no standard "
			"mass for atomic number %d", l->z);
	if (!(l->thickness > 0 && l->density > 0 && l->distance > 0 &&
			isfinite(l->thickness * l->density * l->distance)))
		return ip_fail(IP_EINVAL, "amorphous layer: %g Angstrom of "
			"%g g/cm^3, atoms %g Angstrom apart; expected all "
			"above 0", l->thickness, l->density, l->distance);
	if (l->distance > ip_repeat_width(c))
		return ip_fail(IP_EPHYSICS, "amorphous layer: a supercell "
			"%.4g Angstrom wide, but atoms %g Angstrom apart; "
			"take more cells", ip_repeat_width(c), l->distance);
	return check_packing(c, l, n);
}

int ip_amorphous_add(struct ip_repeat_cell *c,
	const struct ip_amorphous *layer, uint64_t seed)
{
	struct slab s = { .layer = layer, .seed = seed, .count = c->count };
	size_t n = 0;
	int rc = check(c, layer, &n);

	if (rc < 0)
		return rc;
	memcpy(s.a, c->a, sizeof s.a);
	s.all = c->count + n;
	s.top = layer->side == IP_SIDE_ENTRANCE ? 0 : c->period;
	if (!(s.atoms = malloc(s.all * sizeof *s.atoms)))
		return ip_fail(IP_ENOMEM, "amorphous layer: no memory for %zu "
			"atoms", s.all);
	if ((rc = prepare(&s, c)) == 0)
		rc = fill(&s);
	ip_boxes_free(&s.boxes);
	if (rc < 0) {
		free(s.atoms);
		return rc;
	}
	free(c->atoms);
	c->atoms = s.atoms;
	c->count = s.all;
	c->period += layer->thickness;
	return 0;
}
