/*
 * Amorphous layers by random sequential addition. Boxes at least as wide as
 * two atoms must be apart: whoever is too near is in one of the 27 around.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <iphase/disorder.h>
#include <iphase/random.h>
#include "core/core.h"
#include "supercell.h"

#define PI 3.14159265358979323846
#define AVOGADRO 0.602214076	/* Angstrom^3 g/cm^3 to g/mol (SI 2019) */
#define MOST_PACKED 0.3		/* of the slab, in spheres */
#define TRIES 1000		/* an atom, in the mean */
#define NOBODY SIZE_MAX

struct slab {
	const struct ip_amorphous *layer;
	uint64_t seed;
	double a[2][2], top;	/* the lattice; depth of the slab's start */
	struct ip_atom *atoms;
	size_t count, all;
	double base;		/* depth where the boxes begin */
	size_t n[3];
	double to[3];		/* boxes: along a[0], a[1]; an Angstrom deep */
	size_t *head, *next;
};

/* ---- boxes ---- */

static void fraction(const struct slab *s, const double r[3], double f[2])
{
	f[1] = r[1] / s->a[1][1];
	f[0] = (r[0] - f[1] * s->a[1][0]) / s->a[0][0];
}

static size_t clip(double x, size_t n)
{
	return x < 0 ? 0 : x >= (double)n ? n - 1 : (size_t)x;
}

static void locate(const struct slab *s, const double r[3], size_t at[3])
{
	double f[2];

	fraction(s, r, f);
	at[0] = clip(f[0] * s->to[0], s->n[0]);
	at[1] = clip(f[1] * s->to[1], s->n[1]);
	at[2] = clip((r[2] - s->base) * s->to[2], s->n[2]);
}

static size_t *box(const struct slab *s, const size_t at[3])
{
	return &s->head[(at[2] * s->n[1] + at[1]) * s->n[0] + at[0]];
}

static void enter(struct slab *s, size_t i)
{
	size_t at[3], *first;

	locate(s, s->atoms[i].r, at);
	first = box(s, at);
	s->next[i] = *first;
	*first = i;
}

/* Against one box, moved by the lattice vector off. */
static int near_in(const struct slab *s, const double r[3], size_t first,
	const double off[2])
{
	double least = s->layer->distance * s->layer->distance, d[3];

	for (size_t i = first; i != NOBODY; i = s->next[i]) {
		const double *q = s->atoms[i].r;
		d[0] = q[0] + off[0] - r[0];
		d[1] = q[1] + off[1] - r[1];
		d[2] = q[2] - r[2];
		if (d[0] * d[0] + d[1] * d[1] + d[2] * d[2] < least)
			return 1;
	}
	return 0;
}

/* A step of -1, 0 or 1 boxes, and the cells it leads across. */
static double across(size_t *at, int by, size_t n)
{
	double cells = 0;

	if (by < 0 && *at == 0)
		cells = -1;
	else if (by > 0 && *at == n - 1)
		cells = 1;
	*at = cells < 0 ? n - 1 : cells > 0 ? 0 : *at + (size_t)by;
	return cells;
}

static int crowded(const struct slab *s, const double r[3])
{
	size_t at[3], to[3];

	locate(s, r, at);
	for (int i = 0; i < 27; i++) {
		double m[2], off[2];
		memcpy(to, at, sizeof to);
		if (across(&to[2], i % 3 - 1, s->n[2]) != 0)
			continue;
		m[0] = across(&to[0], i / 3 % 3 - 1, s->n[0]);
		m[1] = across(&to[1], i / 9 - 1, s->n[1]);
		for (int k = 0; k < 2; k++)
			off[k] = m[0] * s->a[0][k] + m[1] * s->a[1][k];
		if (near_in(s, r, *box(s, to), off))
			return 1;
	}
	return 0;
}

/* Large enough to hold an atom, in the mean: no more boxes than atoms. */
static int boxes(struct slab *s, size_t wanted)
{
	double thick = s->layer->thickness, area = s->a[0][0] * s->a[1][1];
	double edge = fmax(s->layer->distance, cbrt(area * thick /
		(double)wanted));
	/* across the two vectors, and a margin for the crystal's surface */
	double wide[3] = { area / hypot(s->a[1][0], s->a[1][1]),
		s->a[1][1], thick + 2 * s->layer->distance };
	size_t all;

	s->base = s->top - s->layer->distance;
	for (int i = 0; i < 3; i++) {
		s->n[i] = (size_t)fmax(1, floor(wide[i] / edge));
		s->to[i] = (double)s->n[i] / (i < 2 ? 1 : wide[i]);
	}
	all = s->n[0] * s->n[1] * s->n[2];
	s->head = ip_alloc_array(all, sizeof *s->head);
	s->next = ip_alloc_array(s->all, sizeof *s->next);
	if (!s->head || !s->next)
		return IP_ENOMEM;
	for (size_t i = 0; i < all; i++)
		s->head[i] = NOBODY;
	for (size_t i = 0; i < s->count; i++)
		if (s->atoms[i].r[2] > s->base && s->atoms[i].r[2] <
				s->base + wide[2])
			enter(s, i);
	return 0;
}

/* ---- the layer ---- */

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

static int fill(struct slab *s)
{
	size_t first = s->count, wanted = s->all - first;

	for (uint64_t n = 0; s->count < s->all && n < TRIES * wanted; n++) {
		struct ip_atom *a = &s->atoms[s->count];
		*a = (struct ip_atom){ .z = s->layer->z };
		draw(s, n, a->r);
		if (!crowded(s, a->r))
			enter(s, s->count++);
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
	double wide;
	int rc = ip_supercell_check("amorphous layer", c);

	if (rc < 0)
		return rc;
	if (l->side != IP_SIDE_ENTRANCE && l->side != IP_SIDE_EXIT)
		return ip_fail(IP_EINVAL, "amorphous layer: side %d",
			(int)l->side);
	if (!(ip_element_mass(l->z) > 0))
		return ip_fail(IP_ENOTFOUND, "amorphous layer: no mass is "
			"known for atomic number %d", l->z);
	if (!(l->thickness > 0 && l->density > 0 && l->distance > 0 &&
			isfinite(l->thickness * l->density * l->distance)))
		return ip_fail(IP_EINVAL, "amorphous layer: %g Angstrom of "
			"%g g/cm^3, atoms %g Angstrom apart; expected all "
			"above 0", l->thickness, l->density, l->distance);
	wide = fmin(c->a[1][1], c->a[0][0] * c->a[1][1] /
		hypot(c->a[1][0], c->a[1][1]));
	if (l->distance > wide)
		return ip_fail(IP_EPHYSICS, "amorphous layer: a supercell "
			"%.4g Angstrom wide, but atoms %g Angstrom apart; "
			"take more cells", wide, l->distance);
	return check_packing(c, l, n);
}

int ip_amorphous_add(struct ip_repeat_cell *c,
	const struct ip_amorphous *layer, uint64_t seed)
{
	struct slab s = { .layer = layer, .seed = seed, .count = c->count };
	int front = layer->side == IP_SIDE_ENTRANCE, rc;
	size_t n = 0;

	if ((rc = check(c, layer, &n)) < 0)
		return rc;
	memcpy(s.a, c->a, sizeof s.a);
	s.all = c->count + n;
	s.top = front ? 0 : c->period;
	if (!(s.atoms = malloc(s.all * sizeof *s.atoms)))
		return ip_fail(IP_ENOMEM, "amorphous layer: no memory for %zu "
			"atoms", s.all);
	memcpy(s.atoms, c->atoms, c->count * sizeof *s.atoms);
	for (size_t i = 0; front && i < c->count; i++)
		s.atoms[i].r[2] = ip_supercell_depth(c->period +
			layer->thickness, s.atoms[i].r[2] + layer->thickness);
	if ((rc = boxes(&s, n)) == 0)
		rc = fill(&s);
	ip_free(s.head);
	ip_free(s.next);
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
