/* The bonding term on the slices of a repeat cell or a supercell. */
#include <math.h>
#include <string.h>
#include "core/core.h"
#include "em/bonding.h"
#include "em/repeat.h"

#define PI 3.14159265358979323846
#define SAME 1e-5	/* 1/Angstrom, and of an index: but for rounding */

/*
 * A term with g in the frame of the cell; nothing where the grid is too
 * coarse for it. IP_EPHYSICS: not of this lattice.
 */
static int put_term(struct ip_period *p, const double g[3], const double v[2])
{
	struct ip_wave_term *t = &p->term[p->terms];
	double h[2], shift = g[0] * p->shift[0] + g[1] * p->shift[1];
	size_t at = 0;

	for (int i = 0; i < 2; i++) {
		h[i] = g[0] * p->a[i][0] + g[1] * p->a[i][1];
		if (fabs(h[i] - nearbyint(h[i])) > SAME)
			return ip_fail(IP_EPHYSICS, "bonding term: (%g, %g, "
				"%g) 1/Angstrom is not of the repeat cell's "
				"lattice", g[0], g[1], g[2]);
		at = at * p->n[i] + (size_t)(fmod(nearbyint(h[i]),
			(double)p->n[i]) + (double)p->n[i]) % p->n[i];
	}
	if (fabs(p->g[at] - hypot(g[0], g[1])) > SAME)
		return 0;
	/* twice: of g and -g one is there, and real parts are taken */
	*t = (struct ip_wave_term){ at, g[2], shift, { 2 * v[0], 2 * v[1] } };
	p->terms++;
	return 0;
}

int ip_period_bond(struct ip_period *p, const struct ip_repeat_cell *c,
	const struct ip_structure *crystal, const struct ip_bonding *b,
	size_t first, size_t count)
{
	double frame[3][3], g[3], turned[3];
	int multiple[3][3], hkl[3];
	int rc = ip_bonding_fits(b, crystal, multiple);

	if (rc == 0 && (p->given || p->term || count == 0 ||
			first + count > p->slices))
		rc = ip_fail(IP_EINVAL, "bonding term: slices %zu to %zu of "
			"%zu; expected a period of atoms, once", first,
			first + count, p->slices);
	if (rc < 0)
		return rc;
	if (!(p->term = ip_alloc_array(b->count, sizeof *p->term)))
		return IP_ENOMEM;
	p->bonded[0] = first;
	p->bonded[1] = first + count;
	ip_repeat_axes(c, crystal, frame);
	for (size_t i = 0; rc == 0 && i < b->count; i++) {
		ip_bonding_indices(multiple, b->term[i].hkl, hkl);
		ip_reflection((const double (*)[3])crystal->cell, hkl, g);
		for (int k = 0; k < 3; k++)
			turned[k] = frame[k][0] * g[0] + frame[k][1] * g[1] +
				frame[k][2] * g[2];
		rc = put_term(p, turned, b->term[i].v);
	}
	return rc;
}

/*
 * The integral over the slice of v exp(2 pi i gz z), z from the crystal's
 * entrance surface; and like its atoms moved by -shift i / slices.
 */
void ip_period_add_bonding(const struct ip_period *p, size_t slice, double *vg)
{
	double dz = ip_period_thickness(p);

	if (slice < p->bonded[0] || slice >= p->bonded[1])
		return;
	for (size_t i = 0; i < p->terms; i++) {
		const struct ip_wave_term *t = &p->term[i];
		double x = PI * t->gz * dz, s = x == 0 ? dz : dz * sin(x) / x;
		double from = (double)(slice - p->bonded[0]);
		double turn = 2 * PI * (t->gz * dz * (from + 0.5) +
			t->shift * (double)slice / (double)p->slices);
		double re = s * cos(turn), im = s * sin(turn);
		vg[2 * t->at] += t->v[0] * re - t->v[1] * im;
		vg[2 * t->at + 1] += t->v[0] * im + t->v[1] * re;
	}
}
