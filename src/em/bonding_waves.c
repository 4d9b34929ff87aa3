/* The bonding term as waves across a beam, and what a slice has of them. */
#include <math.h>
#include "core/core.h"
#include "crystal/crystal.h"
#include "em/bonding.h"

#define PI 3.14159265358979323846
#define SAME 1e-5	/* of an index, but for rounding */

/* A term in the crystal's cell, seen along axes, over the cell a. */
static int wave_of(const struct ip_structure *crystal, const int hkl[3],
	double axes[3][3], const double a[2][2], struct ip_bond_wave *w)
{
	double g[3], h;

	ip_reflection((const double (*)[3])crystal->cell, hkl, g);
	for (int k = 0; k < 3; k++)
		w->g[k] = ip_dot(axes[k], g);
	for (int i = 0; i < 2; i++) {
		h = w->g[0] * a[i][0] + w->g[1] * a[i][1];
		w->h[i] = (int)nearbyint(h);
		if (!(fabs(h - w->h[i]) < SAME))
			return ip_fail(IP_EPHYSICS, "bonding term: %d %d %d of "
				"the crystal is not of the lattice across the "
				"beam", hkl[0], hkl[1], hkl[2]);
	}
	return 0;
}

int ip_bond_waves_new(struct ip_bond_wave **out, const struct ip_bonding *b,
	const struct ip_structure *crystal, double axes[3][3],
	const double a[2][2])
{
	int multiple[3][3], hkl[3], rc;
	struct ip_bond_wave *w;

	if ((rc = ip_bonding_fits(b, crystal, multiple)) < 0)
		return rc;
	if (!(w = ip_alloc_array(b->count, sizeof *w)))
		return IP_ENOMEM;
	for (size_t i = 0; rc == 0 && i < b->count; i++) {
		ip_bonding_indices(multiple, b->term[i].hkl, hkl);
		rc = wave_of(crystal, hkl, axes, a, &w[i]);
		/* of g and -g one is there, and real parts are taken */
		w[i].v[0] = 2 * b->term[i].v[0];
		w[i].v[1] = 2 * b->term[i].v[1];
	}
	if (rc < 0)
		ip_free(w);
	else
		*out = w;
	return rc;
}

void ip_bond_waves_add(const struct ip_bond_wave *w, size_t count, double dz,
	size_t below, size_t slice, double *vg)
{
	for (size_t i = 0; i < count; i++) {
		double x = PI * w[i].g[2] * dz;
		double s = x == 0 ? dz : dz * sin(x) / x;
		double turn = 2 * PI * (w[i].g[2] * dz * ((double)below + 0.5) +
			w[i].drift * (double)slice);
		double re = s * cos(turn), im = s * sin(turn);
		double c = w[i].v[0] * im + w[i].v[1] * re;
		vg[2 * w[i].at] += w[i].v[0] * re - w[i].v[1] * im;
		vg[2 * w[i].at + 1] += w[i].conjugate ? -c : c;
	}
}
