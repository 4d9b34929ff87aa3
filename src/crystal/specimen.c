/* The reference's island of unit cells in a vacuum box. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "core/core.h"
#include <iphase/specimen.h>

static void turn(struct ip_structure *s, double m[3][3])
{
	size_t i;
	int j;

	for (i = 0; i < s->count; i++) {
		double *r = s->atoms[i].r, v[3];

		for (j = 0; j < 3; j++)
			v[j] = m[j][0] * r[0] + m[j][1] * r[1] + m[j][2] * r[2];
		memcpy(r, v, sizeof(v));
	}
}

static void bounds(const struct ip_structure *s, double lo[3], double hi[3])
{
	size_t i;
	int j;

	for (j = 0; j < 3; j++)
		lo[j] = hi[j] = s->atoms[0].r[j];
	for (i = 1; i < s->count; i++)
		for (j = 0; j < 3; j++) {
			lo[j] = fmin(lo[j], s->atoms[i].r[j]);
			hi[j] = fmax(hi[j], s->atoms[i].r[j]);
		}
}

static void shift(struct ip_structure *s, const double d[3])
{
	size_t i;
	int j;

	for (i = 0; i < s->count; i++)
		for (j = 0; j < 3; j++)
			s->atoms[i].r[j] += d[j];
}

/* The middle of the atoms' extent in x and y to the middle of the field. */
static void centre(struct ip_structure *s, const double fov[2])
{
	double lo[3], hi[3], d[3] = { 0, 0, 0 };
	int j;

	bounds(s, lo, hi);
	for (j = 0; j < 2; j++)
		d[j] = fov[j] / 2 - (lo[j] + hi[j]) / 2;
	shift(s, d);
}

static int check(const struct ip_structure *cell, const struct ip_island *how)
{
	int j, rc;

	if ((rc = ip_structure_check(cell, 0.5)) < 0)
		return rc;
	if (!(fabs(ip_cell_volume(cell->cell)) > 1e-6))
		return ip_fail(IP_EPHYSICS, "island: the cell has no volume");
	if (fabs(cell->cell[2][0]) + fabs(cell->cell[2][1]) >
		1e-6 * fabs(cell->cell[2][2]) || cell->cell[2][2] <= 0)
		return ip_fail(IP_EINVAL, "island: the third cell vector "
			"(%g, %g, %g) must lie along +z, the beam",
			cell->cell[2][0], cell->cell[2][1], cell->cell[2][2]);
	if (fabs(cell->cell[0][2]) + fabs(cell->cell[1][2]) >
		1e-6 * cell->cell[2][2])
		return ip_fail(IP_EINVAL, "island: the first two cell vectors "
			"must lie in the x, y plane");
	if (!(how->thickness > 0 && how->thickness <= 10000))
		return ip_fail(IP_EPHYSICS, "thickness: %g nm; expected above "
			"0, up to 10000", how->thickness);
	if (how->repeat < 0 || how->repeat > 1000)
		return ip_fail(IP_EINVAL, "repeat: %d cells; expected 0 to "
			"1000", how->repeat);
	if (!(how->extra >= 0 && how->vacuum >= 0) ||
		!isfinite(how->extra + how->vacuum))
		return ip_fail(IP_EINVAL, "island: extra %g and vacuum %g "
			"must not be negative", how->extra, how->vacuum);
	for (j = 0; j < 3; j++)
		if (!isfinite(how->euler[j]))
			return ip_fail(IP_EINVAL, "Euler angles: not finite");
	for (j = 0; j < 2; j++)
		if (!(how->fov[j] > 0 && how->fov[j] <= 1e5))
			return ip_fail(IP_EINVAL, "field of view: %g Angstrom",
				how->fov[j]);
	return IP_OK;
}

/* Cells (i, j, k) in that order; atoms deeper than depth left out. */
static int stack(const struct ip_structure *cell, int repeat, double depth,
	struct ip_structure *out)
{
	double lo[3], hi[3], c = cell->cell[2][2];
	size_t layers, n, a;
	int i, j, d;
	size_t k;

	bounds(cell, lo, hi);
	layers = (size_t)ceil(depth / c) + 1;
	if (ip_mul_size((size_t)repeat * (size_t)repeat, layers, &n) ||
		ip_mul_size(n, cell->count, &n) || n > 50000000)
		return ip_fail(IP_ELIMIT, "island: more than 5e7 atoms");
	if ((out->atoms = malloc(n * sizeof(*out->atoms))) == NULL)
		return ip_fail(IP_ENOMEM, "island: no memory for %zu atoms", n);
	out->count = 0;
	for (i = 0; i < repeat; i++)
		for (j = 0; j < repeat; j++)
			for (k = 0; k < layers; k++)
				for (a = 0; a < cell->count; a++) {
					struct ip_atom t = cell->atoms[a];

					for (d = 0; d < 3; d++)
						t.r[d] += i * cell->cell[0][d] +
							j * cell->cell[1][d] +
							(double)k *
							cell->cell[2][d];
					if (t.r[2] - lo[2] <= depth)
						out->atoms[out->count++] = t;
				}
	return IP_OK;
}

/* One island of a given repeat, inside its box or not. */
static int build(const struct ip_structure *cell, const struct ip_island *how,
	int repeat, struct ip_structure *box)
{
	double about_z[3] = { how->euler[0], 0, 0 };
	double tilt[3] = { 0, how->euler[1], how->euler[2] };
	double m[3][3], lo[3], hi[3], up[3] = { 0, 0, 0 };
	int rc;

	memset(box, 0, sizeof(*box));
	if ((rc = stack(cell, repeat, 10 * how->thickness + how->extra, box))
		< 0)
		return rc;
	ip_euler_matrix(about_z, m);
	turn(box, m);
	centre(box, how->fov);
	bounds(box, lo, hi);
	up[2] = how->vacuum - lo[2];
	shift(box, up);
	box->cell[0][0] = how->fov[0];
	box->cell[1][1] = how->fov[1];
	box->cell[2][2] = hi[2] - lo[2] + 2 * how->vacuum;
	ip_euler_matrix(tilt, m);
	turn(box, m);
	centre(box, how->fov);
	return IP_OK;
}

/* Whether the atoms keep margin from the field's edges. */
static int fits(const struct ip_structure *box, double margin)
{
	double lo[3], hi[3];

	bounds(box, lo, hi);
	return lo[0] >= margin && lo[1] >= margin &&
		hi[0] <= box->cell[0][0] - margin &&
		hi[1] <= box->cell[1][1] - margin;
}

/* The largest repeat that keeps the margin, as it lies in one thin layer
 * and in the whole: the tilt makes the whole wider. */
static int largest(const struct ip_structure *cell,
	const struct ip_island *how, int *repeat)
{
	struct ip_structure box;
	int n, rc, ok = 1;

	for (n = 1; ok && n <= 1000; n++) {
		if ((rc = build(cell, how, n, &box)) < 0)
			return rc;
		ok = fits(&box, IP_ISLAND_MARGIN);
		ip_structure_free(&box);
	}
	*repeat = n - 2;
	if (*repeat < 1)
		return ip_fail(IP_EPHYSICS, "island: not one cell fits the "
			"field of %g x %g Angstrom; take a larger one",
			how->fov[0], how->fov[1]);
	return IP_OK;
}

/* Where the plane of the topmost atoms crosses the middle of the field. */
static double surface_of(const struct ip_structure *box, double m[3][3])
{
	double depth, top = INFINITY;

	for (size_t i = 0; i < box->count; i++) {
		depth = 0;
		for (int j = 0; j < 3; j++)
			depth += m[j][2] * box->atoms[i].r[j];
		top = fmin(top, depth);
	}
	for (int j = 0; j < 2; j++)
		top -= m[j][2] * box->cell[j][j] / 2;
	return top / m[2][2];
}

int ip_island_build(const struct ip_structure *cell,
	const struct ip_island *how, struct ip_structure *box,
	double *surface)
{
	double m[3][3], tilt[3], lo[3], hi[3];
	struct ip_structure out;
	int repeat = how->repeat, rc;

	if ((rc = check(cell, how)) < 0 ||
		(repeat == 0 && (rc = largest(cell, how, &repeat)) < 0) ||
		(rc = build(cell, how, repeat, &out)) < 0)
		return rc;
	bounds(&out, lo, hi);
	if (!fits(&out, 0) || lo[2] < 0 || hi[2] >= out.cell[2][2]) {
		ip_structure_free(&out);
		return ip_fail(IP_EPHYSICS, "island: the atoms need %.1f x "
			"%.1f Angstrom and z from %.1f to %.1f, the box is "
			"%g x %g x %.1f; take fewer cells, a larger field, "
			"less tilt or more vacuum", hi[0] - lo[0],
			hi[1] - lo[1], lo[2], hi[2], how->fov[0], how->fov[1],
			out.cell[2][2]);
	}
	tilt[0] = 0;
	tilt[1] = how->euler[1];
	tilt[2] = how->euler[2];
	ip_euler_matrix(tilt, m);
	if (surface != NULL)
		*surface = surface_of(&out, m);
	*box = out;
	return IP_OK;
}

int ip_island_upright(const struct ip_structure *box, const double euler[3],
	double surface, struct ip_structure *upright)
{
	double m[3][3], middle[3] = { box->cell[0][0] / 2, box->cell[1][1] / 2,
		surface };
	int rc;

	memset(upright, 0, sizeof *upright);
	if ((rc = ip_structure_copy(upright, box)) < 0)
		return rc;
	ip_euler_matrix(euler, m);
	for (size_t i = 0; i < box->count; i++) {
		double *r = upright->atoms[i].r, depth = 0;

		for (int k = 0; k < 3; k++)
			depth += m[k][2] * (r[k] - middle[k]);
		for (int k = 0; k < 2; k++)
			r[k] -= depth * m[k][2];
		r[2] = surface + depth;
	}
	return 0;
}
