/* Mirror planes of a crystal that contain the beam's axis. */
#include <math.h>
#include <iphase/repeat.h>
#include "core/core.h"
#include "crystal.h"

#define PI 3.14159265358979323846
#define NEAR 0.005	/* Angstrom: cells and places are given rounded */
#define SAME 1e-3	/* of occupancies and displacements */

/* The reflection in the line at angle phi: (c, s; s, -c). */
struct line {
	double phi, c, s;
};

static struct line line_along(double x, double y)
{
	struct line l;

	l.phi = atan2(y, x);
	l.phi += l.phi < 0 ? PI : 0;
	l.phi = l.phi > PI - 1e-9 || l.phi < 1e-9 ? 0 : l.phi;
	l.c = cos(2 * l.phi);
	l.s = sin(2 * l.phi);
	return l;
}

static void reflect(const struct line *l, const double r[2], double out[2])
{
	out[0] = l->c * r[0] + l->s * r[1];
	out[1] = l->s * r[0] - l->c * r[1];
}

/* Whether d, but for a vector of the lattice, is no distance. */
static int is_none(const struct ip_repeat_cell *c, const double d[3])
{
	double n = nearbyint(d[2] / c->period), z = d[2] - n * c->period;
	double x = d[0] - n * c->shift[0], y = d[1] - n * c->shift[1];
	double n1 = nearbyint(y / c->a[1][1]), n0;

	y -= n1 * c->a[1][1];
	x -= n1 * c->a[1][0];
	n0 = nearbyint(x / c->a[0][0]);
	x -= n0 * c->a[0][0];
	return x * x + y * y + z * z < NEAR * NEAR;
}

static int keeps_lattice(const struct ip_repeat_cell *c, const struct line *l)
{
	const double *vectors[3] = { c->a[0], c->a[1], c->shift };
	double d[3] = { 0, 0, 0 };

	for (int i = 0; i < 3; i++) {
		reflect(l, vectors[i], d);
		/* of the shift, which leads down the beam, the change */
		for (int k = 0; i == 2 && k < 2; k++)
			d[k] -= c->shift[k];
		if (!is_none(c, d))
			return 0;
	}
	return 1;
}

static int same_kind(const struct ip_atom *a, const struct ip_atom *b)
{
	return a->z == b->z && fabs(a->occupancy - b->occupancy) < SAME &&
		fabs(a->u - b->u) < SAME;
}

/* Whether atom i, reflected and moved by t, is an atom of its kind. */
static int has_image(const struct ip_repeat_cell *c, const struct line *l,
	const double t[3], size_t i)
{
	const struct ip_atom *a = &c->atoms[i], *b;
	double r[3], d[3];

	reflect(l, a->r, r);
	r[2] = a->r[2];
	for (b = c->atoms; b < c->atoms + c->count; b++) {
		for (int k = 0; k < 3; k++)
			d[k] = r[k] + t[k] - b->r[k];
		if (same_kind(a, b) && is_none(c, d))
			return 1;
	}
	return 0;
}

/*
 * Some translation across the beam must go with the reflection: one that leads
 * atom first to another of its kind, at its depth but for whole periods.
 */
static int keeps_atoms(const struct ip_repeat_cell *c, const struct line *l,
	size_t first)
{
	const struct ip_atom *a = &c->atoms[first], *b;
	double r[2], t[3] = { 0, 0, 0 }, n;
	size_t i;

	reflect(l, a->r, r);
	for (b = c->atoms; b < c->atoms + c->count; b++) {
		n = nearbyint((b->r[2] - a->r[2]) / c->period);
		if (!same_kind(a, b) ||
		    fabs(b->r[2] - a->r[2] - n * c->period) > NEAR)
			continue;
		for (int k = 0; k < 2; k++)
			t[k] = b->r[k] - n * c->shift[k] - r[k];
		for (i = 0; i < c->count && has_image(c, l, t, i); i++)
			;
		if (i == c->count)
			return 1;
	}
	return 0;
}

/* An atom of the kind that has fewest: it has fewest images to try. */
static size_t rarest(const struct ip_repeat_cell *c)
{
	size_t i, j, n, least = c->count + 1, found = 0;

	for (i = 0; i < c->count; i++) {
		for (n = 0, j = 0; j < c->count; j++)
			n += (size_t)same_kind(&c->atoms[i], &c->atoms[j]);
		if (n < least) {
			least = n;
			found = i;
		}
	}
	return found;
}

int ip_repeat_mirrors(const struct ip_repeat_cell *c, double phi[6])
{
	/* lines of two shortest vectors' lattice lie along one of these */
	static const int rows[6][2] = { { 1, 0 }, { 0, 1 }, { 1, 1 },
		{ 1, -1 }, { 1, 2 }, { 2, 1 } };
	size_t first = rarest(c);
	int i, j, n = 0;

	for (i = 0; c->count && i < 6; i++) {
		struct line l = line_along(rows[i][0] * c->a[0][0] +
			rows[i][1] * c->a[1][0], rows[i][1] * c->a[1][1]);

		if (!keeps_lattice(c, &l) || !keeps_atoms(c, &l, first))
			continue;
		for (j = n++; j > 0 && phi[j - 1] > l.phi; j--)
			phi[j] = phi[j - 1];
		phi[j] = l.phi;
	}
	return n;
}
