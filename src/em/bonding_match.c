/* Whether a bonding term is that of a crystal. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "core/core.h"
#include "crystal/crystal.h"
#include "em/bonding.h"

#define SAME_VECTOR 1e-3	/* of its length */
#define SAME_PLACE 0.01		/* Angstrom */

/* v in the cell's vectors. */
static void fractions(const double cell[3][3], const double v[3], double f[3])
{
	for (int i = 0; i < 3; i++) {
		int hkl[3] = { i == 0, i == 1, i == 2 };
		double g[3];
		ip_reflection(cell, hkl, g);
		f[i] = ip_dot(g, v);
	}
}

/* f in Angstrom, but for whole vectors of the cell. */
static double distance(const double cell[3][3], const double f[3])
{
	double r[3] = { 0 };

	for (int i = 0; i < 3; i++)
		for (int k = 0; k < 3; k++)
			r[k] += (f[i] - nearbyint(f[i])) * cell[i][k];
	return sqrt(ip_dot(r, r));
}

static int match_cell(const struct ip_bonding *b,
	const struct ip_structure *crystal, int m[3][3])
{
	const double (*cell)[3] = (const double (*)[3])b->crystal.cell;

	for (int i = 0; i < 3; i++) {
		const double *v = crystal->cell[i];
		double f[3], apart;
		fractions(cell, v, f);
		for (int k = 0; k < 3; k++)
			m[i][k] = (int)nearbyint(fmax(-1e6, fmin(1e6, f[k])));
		apart = distance(cell, f);
		if (!(apart < SAME_VECTOR * sqrt(ip_dot(v, v))))
			return ip_fail(IP_EPHYSICS, "bonding term: vector %d "
				"of the crystal's cell, (%g, %g, %g) Angstrom, "
				"is %.3g Angstrom from a lattice vector of the "
				"term's; expected less than %g of its length",
				i + 1, v[0], v[1], v[2], apart, SAME_VECTOR);
	}
	return 0;
}

static long determinant(int m[3][3])
{
	long d = 0;

	for (int i = 0; i < 3; i++) {
		int j = (i + 1) % 3, k = (i + 2) % 3;
		d += (long)m[0][i] * ((long)m[1][j] * m[2][k] -
			(long)m[1][k] * m[2][j]);
	}
	return d;
}

/* Atom a of the crystal among those of the term. */
static int match_atom(const struct ip_bonding *b,
	const struct ip_structure *crystal, int m[3][3], size_t i)
{
	const double (*cell)[3] = (const double (*)[3])b->crystal.cell;
	const struct ip_atom *a = &crystal->atoms[i];
	double f[3], g[3] = { 0 }, h[3], nearest = INFINITY;

	/* by fractions, so that a strained cell has its atoms all the same */
	fractions((const double (*)[3])crystal->cell, a->r, f);
	for (int j = 0; j < 3; j++)
		for (int k = 0; k < 3; k++)
			g[k] += f[j] * m[j][k];
	for (size_t j = 0; j < b->crystal.count; j++) {
		const struct ip_atom *q = &b->crystal.atoms[j];
		fractions(cell, q->r, h);
		for (int k = 0; k < 3; k++)
			h[k] -= g[k];
		if (q->z == a->z)
			nearest = fmin(nearest, distance(cell, h));
	}
	if (!(nearest < SAME_PLACE) || a->occupancy != 1)
		return ip_fail(IP_EPHYSICS, "bonding term: atom %zu of the "
			"crystal, %s at (%g, %g, %g) Angstrom, is %.3g "
			"Angstrom from one of the term's; expected less than "
			"%g, and whole atoms", i + 1, ip_element_symbol(a->z),
			a->r[0], a->r[1], a->r[2], nearest, SAME_PLACE);
	return 0;
}

int ip_bonding_fits(const struct ip_bonding *b,
	const struct ip_structure *crystal, int multiple[3][3])
{
	int m[3][3], rc = match_cell(b, crystal, m);

	if (rc == 0 && (double)labs(determinant(m)) *
			(double)b->crystal.count != (double)crystal->count)
		rc = ip_fail(IP_EPHYSICS, "bonding term: %zu atoms in a cell "
			"of which the crystal's is %ld; the crystal has %zu, "
			"expected %.0f", b->crystal.count, labs(determinant(m)),
			crystal->count, (double)labs(determinant(m)) *
			(double)b->crystal.count);
	for (size_t i = 0; rc == 0 && i < crystal->count; i++)
		rc = match_atom(b, crystal, m, i);
	for (int i = 0; rc == 0 && multiple && i < 9; i++)
		multiple[i / 3][i % 3] = m[i / 3][i % 3];
	return rc;
}

void ip_bonding_indices(int multiple[3][3], const int hkl[3], int out[3])
{
	for (int i = 0; i < 3; i++)
		out[i] = multiple[i][0] * hkl[0] + multiple[i][1] * hkl[1] +
			multiple[i][2] * hkl[2];
}

int ip_bonding_recast(struct ip_bonding *b, const struct ip_structure *crystal)
{
	struct ip_structure own = { 0 };
	int m[3][3], rc = ip_bonding_fits(b, crystal, m);

	if (rc == 0)
		rc = ip_structure_copy(&own, crystal);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < b->count; i++) {
		int h[3];
		memcpy(h, b->term[i].hkl, sizeof h);
		ip_bonding_indices(m, h, b->term[i].hkl);
	}
	ip_structure_free(&b->crystal);
	b->crystal = own;
	return ip_bonding_sort(b->term, b->count,
		(const double (*)[3])own.cell);
}
