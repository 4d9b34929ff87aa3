/* The bonding term on the slices of a repeat cell or a supercell. */
#include <math.h>
#include "core/core.h"
#include "em/bonding.h"
#include "em/repeat.h"

#define SAME 1e-5	/* 1/Angstrom: but for rounding */

/* Index h of an axis of n points. */
static size_t wrapped(int h, size_t n)
{
	int m = h % (int)n;

	return (size_t)(m < 0 ? m + (int)n : m);
}

/* Those that the grid is fine enough for, to their points. */
static void place(struct ip_period *p, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct ip_bond_wave w = p->wave[i];
		w.at = wrapped(w.h[0], p->n[0]) * p->n[1] +
			wrapped(w.h[1], p->n[1]);
		w.drift = (w.g[0] * p->shift[0] + w.g[1] * p->shift[1]) /
			(double)p->slices;
		if (fabs(p->g[w.at] - hypot(w.g[0], w.g[1])) < SAME)
			p->wave[p->waves++] = w;
	}
}

int ip_period_bond(struct ip_period *p, const struct ip_repeat_cell *c,
	const struct ip_structure *crystal, const struct ip_bonding *b,
	size_t first, size_t count)
{
	double axes[3][3];
	int rc;

	if (p->given || p->wave || count == 0 || first + count > p->slices)
		return ip_fail(IP_EINVAL, "bonding term: slices %zu to %zu of "
			"%zu; expected a period of atoms, once", first,
			first + count, p->slices);
	ip_repeat_axes(c, crystal, axes);
	rc = ip_bond_waves_new(&p->wave, b, crystal, axes,
		(const double (*)[2])p->a);
	if (rc < 0)
		return rc;
	p->bonded[0] = first;
	p->bonded[1] = first + count;
	place(p, b->count);
	return 0;
}

void ip_period_add_bonding(const struct ip_period *p, size_t slice, double *vg)
{
	if (slice >= p->bonded[0] && slice < p->bonded[1])
		ip_bond_waves_add(p->wave, p->waves, ip_period_thickness(p),
			slice - p->bonded[0], slice, vg);
}
