/* The cell that a perfect crystal repeats across and along the beam. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <iphase/repeat.h>
#include "core/core.h"
#include "crystal.h"
#include "lattice.h"
#include "supercell.h"

#define MOST_PLANE 30	/* indices of a plane perpendicular to an axis */
#define MOST_AXIS 5	/* indices of an axis that a message names */
#define SQUARE 1e-4	/* rad: perpendicular */
#define DEGREES (180 / 3.14159265358979323846)
#define MOST_INDEX 1000

static int check(const struct ip_structure *crystal, const char *what,
	const int n[3])
{
	int rc;

	if (!ip_cell_present(crystal->cell))
		return ip_fail(IP_EINVAL, "repeat cell: the structure has no "
			"cell");
	if ((rc = ip_structure_check(crystal, 0)) < 0)
		return rc;
	for (int i = 0; i < 3; i++)
		if (n[i] < -MOST_INDEX || n[i] > MOST_INDEX)
			return ip_fail(IP_EINVAL, "repeat cell: %s %d,%d,%d; "
				"expected indices up to %d", what, n[0], n[1],
				n[2], MOST_INDEX);
	if (n[0] == 0 && n[1] == 0 && n[2] == 0)
		return ip_fail(IP_EINVAL, "repeat cell: %s 0,0,0 is no "
			"direction", what);
	return 0;
}

/* x along the first vector, z along the beam. */
void ip_repeat_axes(const struct ip_repeat_cell *c,
	const struct ip_structure *crystal, double frame[3][3])
{
	const double (*cell)[3] = (const double (*)[3])crystal->cell;
	double b[3], length;

	ip_lattice_vector(cell, c->vectors[0], frame[0]);
	ip_lattice_vector(cell, c->vectors[1], b);
	ip_cross(frame[0], b, frame[2]);
	for (int i = 0; i < 3; i += 2) {
		length = sqrt(ip_dot(frame[i], frame[i]));
		for (int k = 0; k < 3; k++)
			frame[i][k] /= length;
	}
	ip_cross(frame[2], frame[0], frame[1]);
}

static void turned(double frame[3][3], const double r[3], double out[3])
{
	double v[3] = { ip_dot(frame[0], r), ip_dot(frame[1], r),
		ip_dot(frame[2], r) };

	memcpy(out, v, sizeof v);
}

void ip_repeat_wrap(const struct ip_repeat_cell *c, double r[2])
{
	double e[2] = { IP_SAME_PLACE / c->a[0][0],
		IP_SAME_PLACE / c->a[1][1] };
	double f[2];

	f[1] = r[1] / c->a[1][1];
	f[0] = (r[0] - f[1] * c->a[1][0]) / c->a[0][0];
	for (int i = 0; i < 2; i++) {
		f[i] -= floor(f[i] + e[i]);
		if (fabs(f[i]) < e[i])
			f[i] = 0;
	}
	r[0] = f[0] * c->a[0][0] + f[1] * c->a[1][0];
	r[1] = f[1] * c->a[1][1];
}

static void fill(struct ip_repeat_cell *c, const struct ip_structure *crystal)
{
	double frame[3][3], r[3];

	ip_repeat_axes(c, crystal, frame);
	for (int i = 0; i < 3; i++) {
		ip_lattice_vector(crystal->cell, c->vectors[i], r);
		turned(frame, r, r);
		if (i == 2) {
			c->period = r[2];
			ip_repeat_wrap(c, r);
			memcpy(c->shift, r, sizeof c->shift);
			continue;
		}
		for (int k = 0; k < 2; k++)
			c->a[i][k] = fabs(r[k]) < IP_SAME_PLACE ? 0 : r[k];
	}
	for (size_t i = 0; i < crystal->count; i++) {
		struct ip_atom *a = &c->atoms[i];
		double n;

		*a = crystal->atoms[i];
		turned(frame, a->r, r);
		n = floor((r[2] + IP_SAME_PLACE) / c->period);
		r[2] -= n * c->period;
		r[0] -= n * c->shift[0];
		r[1] -= n * c->shift[1];
		if (fabs(r[2]) < IP_SAME_PLACE)
			r[2] = 0;
		ip_repeat_wrap(c, r);
		memcpy(a->r, r, sizeof r);
	}
}

static int build(struct ip_repeat_cell *out,
	const struct ip_structure *crystal, const int hkl[3])
{
	struct ip_repeat_cell c = { .count = crystal->count };

	ip_lattice_basis(crystal->cell, hkl, c.vectors);
	if (!(c.atoms = malloc(c.count * sizeof *c.atoms)))
		return ip_fail(IP_ENOMEM, "repeat cell: no memory for %zu "
			"atoms", c.count);
	fill(&c, crystal);
	*out = c;
	return 0;
}

int ip_repeat_plane(struct ip_repeat_cell *c,
	const struct ip_structure *crystal, const int hkl[3])
{
	int h[3] = { hkl[0], hkl[1], hkl[2] }, rc = check(crystal, "plane", h);

	if (rc < 0)
		return rc;
	ip_lattice_coprime(h);
	return build(c, crystal, h);
}

int ip_repeat_zone(struct ip_repeat_cell *c,
	const struct ip_structure *crystal, const int uvw[3])
{
	int u[3] = { uvw[0], uvw[1], uvw[2] }, h[3], near[3];
	int rc = check(crystal, "axis", u);
	double angle;

	if (rc < 0)
		return rc;
	ip_lattice_coprime(u);
	if (ip_lattice_plane(crystal->cell, u, MOST_PLANE, SQUARE, h))
		return build(c, crystal, h);
	angle = ip_lattice_nearest(crystal->cell, u, MOST_AXIS, SQUARE, near);
	if (angle < 0)
		return ip_fail(IP_EPHYSICS, "repeat cell: no two lattice "
			"vectors are perpendicular to [%d %d %d], nor to any "
			"axis with indices up to %d; take the normal of a "
			"plane (hkl)", u[0], u[1], u[2], MOST_AXIS);
	return ip_fail(IP_EPHYSICS, "repeat cell: no two lattice vectors are "
		"perpendicular to [%d %d %d]; the nearest axis that has two is "
		"[%d %d %d], %.2f degrees away; or take the normal of a plane "
		"(hkl)", u[0], u[1], u[2], near[0], near[1], near[2],
		angle * DEGREES);
}

int ip_repeat_cell_copy(struct ip_repeat_cell *dst,
	const struct ip_repeat_cell *src)
{
	struct ip_repeat_cell c = *src;

	if (!(c.atoms = malloc((c.count + !c.count) * sizeof *c.atoms)))
		return ip_fail(IP_ENOMEM, "repeat cell: no memory for %zu "
			"atoms", c.count);
	if (c.count)
		memcpy(c.atoms, src->atoms, c.count * sizeof *c.atoms);
	*dst = c;
	return 0;
}

void ip_repeat_cell_free(struct ip_repeat_cell *c)
{
	free(c->atoms);
	memset(c, 0, sizeof *c);
}
