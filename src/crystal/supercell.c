/* Supercells: a crystal's repeat cell, many cells wide and a specimen deep. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <iphase/disorder.h>
#include "core/core.h"
#include "supercell.h"

#define MOST_CELLS 1000

int ip_supercell_check(const char *what, const struct ip_repeat_cell *c)
{
	if (!(c->a[0][0] > 0 && c->a[1][1] > 0 && c->a[0][1] == 0 &&
			c->period > 0 && isfinite(c->a[0][0] * c->a[1][1]) &&
			isfinite(c->a[1][0]) && isfinite(c->period)))
		return ip_fail(IP_EINVAL, "%s: a cell of (%g, %g), (%g, %g), "
			"period %g Angstrom; expected the first vector along "
			"+x, the second above it", what, c->a[0][0],
			c->a[0][1], c->a[1][0], c->a[1][1], c->period);
	if (c->count == 0)
		return ip_fail(IP_EINVAL, "%s: a cell without atoms", what);
	return 0;
}

double ip_repeat_width(const struct ip_repeat_cell *c)
{
	return fmin(c->a[1][1], c->a[0][0] * c->a[1][1] /
		hypot(c->a[1][0], c->a[1][1]));
}

double ip_supercell_depth(double period, double z)
{
	return fmin(fmax(z, 0), nextafter(period, 0));
}

int ip_supercell_remove(const char *what, struct ip_repeat_cell *c,
	int (*gone)(const struct ip_repeat_cell *c, size_t i,
	const void *how), const void *how, size_t *removed)
{
	size_t kept = 0, i, n;

	for (i = 0; i < c->count; i++)
		kept += !gone(c, i, how);
	if (kept == 0)
		return ip_fail(IP_EPHYSICS, "%s: would take out all %zu "
			"atoms", what, c->count);
	for (i = n = 0; i < c->count; i++)
		if (!gone(c, i, how))
			c->atoms[n++] = c->atoms[i];
	if (removed)
		*removed = c->count - kept;
	c->count = kept;
	return 0;
}

static int by_depth(const void *a, const void *b)
{
	const struct ip_atom *p = a, *q = b;

	for (int i = 2; i >= 0; i--)
		if (p->r[i] != q->r[i])
			return p->r[i] < q->r[i] ? -1 : 1;
	return (p->z > q->z) - (p->z < q->z);
}

static int check(const struct ip_repeat_cell *cell, const size_t cells[2],
	double depth, double *most)
{
	int rc = ip_supercell_check("supercell", cell);

	if (rc < 0)
		return rc;
	for (int i = 0; i < 2; i++)
		if (cells[i] < 1 || cells[i] > MOST_CELLS)
			return ip_fail(IP_EINVAL, "supercell: %zu cells; "
				"expected 1 to %d", cells[i], MOST_CELLS);
	if (!(depth > 0 && isfinite(depth)))
		return ip_fail(IP_EINVAL, "supercell: depth %g Angstrom; "
			"expected above 0", depth);
	*most = ceil(depth / cell->period) * (double)(cells[0] * cells[1]) *
		(double)cell->count;
	if (!(*most <= IP_SUPERCELL_ATOMS))
		return ip_fail(IP_ELIMIT, "supercell: %.3g atoms in %zu x %zu "
			"cells %g Angstrom deep; expected %d at most; take "
			"fewer cells or less depth", *most, cells[0],
			cells[1], depth, IP_SUPERCELL_ATOMS);
	return 0;
}

/* One atom of the crystal's cell in period k, in all cells of its layer. */
static void lay(struct ip_repeat_cell *out, const struct ip_repeat_cell *cell,
	const size_t cells[2], const struct ip_atom *atom, double k)
{
	for (size_t i = 0; i < cells[0] * cells[1]; i++) {
		struct ip_atom a = *atom;
		double m[2] = { (double)(i / cells[1]),
			(double)(i % cells[1]) };
		for (int d = 0; d < 2; d++)
			a.r[d] += m[0] * cell->a[0][d] + m[1] * cell->a[1][d] +
				k * cell->shift[d];
		a.r[2] += k * cell->period;
		ip_repeat_wrap(out, a.r);
		out->atoms[out->count++] = a;
	}
}

/* From the top down, so that less depth is the same list ended earlier. */
static void fill(struct ip_repeat_cell *out, const struct ip_repeat_cell *cell,
	const size_t cells[2], const struct ip_atom *sorted)
{
	for (double k = 0; k * cell->period < out->period; k++)
		for (size_t i = 0; i < cell->count; i++) {
			if (sorted[i].r[2] + k * cell->period >=
					out->period - IP_SAME_PLACE)
				return;
			lay(out, cell, cells, &sorted[i], k);
		}
}

int ip_supercell_build(struct ip_repeat_cell *out,
	const struct ip_repeat_cell *cell, const size_t cells[2], double depth)
{
	struct ip_repeat_cell c = *cell;
	struct ip_atom *sorted;
	double most = 0;
	int rc = check(cell, cells, depth, &most);

	if (rc < 0)
		return rc;
	c.count = 0;
	c.period = depth;
	memset(c.shift, 0, sizeof c.shift);
	for (int i = 0; i < 2; i++) {
		for (int d = 0; d < 2; d++)
			c.a[i][d] *= (double)cells[i];
		for (int d = 0; d < 3; d++)
			c.vectors[i][d] *= (int)cells[i];
	}
	sorted = ip_alloc_array(cell->count, sizeof *sorted);
	if (!sorted)
		return IP_ENOMEM;
	c.atoms = malloc((size_t)most * sizeof *c.atoms);
	if (c.atoms) {
		memcpy(sorted, cell->atoms, cell->count * sizeof *sorted);
		qsort(sorted, cell->count, sizeof *sorted, by_depth);
		fill(&c, cell, cells, sorted);
	}
	ip_free(sorted);
	if (!c.atoms)
		return ip_fail(IP_ENOMEM, "supercell: no memory for %.0f "
			"atoms", most);
	if (c.count == 0) {
		free(c.atoms);
		return ip_fail(IP_EPHYSICS, "supercell: no atom lies above "
			"depth %g Angstrom; take more depth", depth);
	}
	*out = c;
	return 0;
}
