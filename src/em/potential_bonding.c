/* The bonding term on the slices of a box that is full of crystal. */
#include <math.h>
#include <stdlib.h>
#include "core/core.h"
#include "em/potential.h"

/*
 * To its point of the half plane [nx][ny/2 + 1], whose mirror image is added
 * later but for the first column: there, real parts are taken of one.
 */
static int place(const struct ip_grid *g, struct ip_bond_wave *w)
{
	int nx = (int)g->n[0], ny = (int)g->n[1], h = w->h[0], k = w->h[1];

	if (2 * abs(h) >= nx || 2 * abs(k) >= ny)
		return 0;
	w->conjugate = k < 0;
	if (k < 0) {
		h = -h;
		k = -k;
	}
	if (k > 0) {
		w->v[0] /= 2;
		w->v[1] /= 2;
	}
	w->at = (size_t)(h < 0 ? h + nx : h) * (size_t)(ny / 2 + 1) +
		(size_t)k;
	return 1;
}

int ip_potential_bond(struct ip_potential *p, const struct ip_structure *box,
	const struct ip_bonding *b, const double drift[2])
{
	double axes[3][3] = { { 1, 0, 0 }, { 0, 1, 0 }, { 0, 0, 1 } };
	double a[2][2] = { { p->grid.length[0], 0 },
		{ 0, p->grid.length[1] } };
	int rc;

	if (p->given || p->wave)
		return ip_fail(IP_EINVAL, "bonding term: expected a potential "
			"of atoms, once");
	rc = ip_bond_waves_new(&p->wave, b, box, axes, (const double (*)[2])a);
	for (size_t i = 0; rc == 0 && i < b->count; i++) {
		struct ip_bond_wave w = p->wave[i];
		w.drift = w.g[0] * drift[0] + w.g[1] * drift[1];
		if (place(&p->grid, &w))
			p->wave[p->waves++] = w;
	}
	return rc;
}
