/* Atoms in a cell: copies, and what no specimen can be. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <iphase/structure.h>
#include "../core/core.h"
#include "crystal.h"

#define FAR 1e9		/* Angstrom: further off no digit of a bond is left */

void ip_structure_free(struct ip_structure *s)
{
	free(s->atoms);
	memset(s, 0, sizeof *s);
}

int ip_structure_copy(struct ip_structure *dst, const struct ip_structure *src)
{
	struct ip_structure s = *src;

	s.atoms = NULL;
	if (src->count) {
		s.atoms = calloc(src->count, sizeof *s.atoms);
		if (!s.atoms)
			return ip_fail(IP_ENOMEM, "out of memory: %zu atoms",
				src->count);
		memcpy(s.atoms, src->atoms, src->count * sizeof *s.atoms);
	}
	*dst = s;
	return 0;
}

void ip_cross(const double a[3], const double b[3], double c[3])
{
	c[0] = a[1] * b[2] - a[2] * b[1];
	c[1] = a[2] * b[0] - a[0] * b[2];
	c[2] = a[0] * b[1] - a[1] * b[0];
}

double ip_dot(const double a[3], const double b[3])
{
	return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

double ip_cell_volume(const double cell[3][3])
{
	double c[3];

	ip_cross(cell[1], cell[2], c);
	return ip_dot(cell[0], c);
}

int ip_cell_present(const double cell[3][3])
{
	int i, k;

	for (i = 0; i < 3; i++)
		for (k = 0; k < 3; k++)
			if (cell[i][k] != 0)
				return 1;
	return 0;
}

int ip_cell_check(const char *what, const double cell[3][3])
{
	double v, box = 1;
	int i, k;

	for (i = 0; i < 3; i++) {
		for (k = 0; k < 3; k++)
			if (!isfinite(cell[i][k]))
				return ip_fail(IP_EINVAL, "%s: cell vector %d"
					" is not finite", what, i);
		box *= sqrt(ip_dot(cell[i], cell[i]));
	}
	v = ip_cell_volume(cell);
	/* three vectors in a plane up to the rounding of six digits, or a cell
	 * that no atom would fit */
	if (!isfinite(v) || !(fabs(v) > 1e-6 * box) || fabs(v) < 1e-3)
		return ip_fail(IP_EPHYSICS, "%s: a cell of %g A^3; its three"
			" vectors must span a volume", what, v);
	return 0;
}

static int check_atom(const struct ip_atom *a, size_t i)
{
	int k;

	for (k = 0; k < 3; k++)
		if (!(fabs(a->r[k]) < FAR))
			return ip_fail(IP_EINVAL, "atom %zu: position %g A,"
				" expected a number below %g", i, a->r[k], FAR);
	if (!isfinite(a->u) || a->u < 0)
		return ip_fail(IP_EINVAL, "atom %zu: displacement %g A,"
			" expected 0 or more", i, a->u);
	if (!(a->occupancy > 0 && a->occupancy <= 1))
		return ip_fail(IP_EINVAL, "atom %zu: occupancy %g, expected"
			" more than 0, at most 1", i, a->occupancy);
	if (!ip_element_symbol(a->z))
		return ip_fail(IP_ENOTFOUND, "atom %zu: atomic number %d,"
			" expected 1 to 103", i, a->z);
	return 0;
}

int ip_structure_check(const struct ip_structure *s, double min_distance)
{
	size_t i;
	int rc;

	if (s->count == 0)
		return ip_fail(IP_EINVAL, "structure: no atoms");
	if (!isfinite(min_distance))
		return ip_fail(IP_EINVAL, "structure: least distance is not"
			" finite");
	for (i = 0; i < s->count; i++) {
		rc = check_atom(&s->atoms[i], i);
		if (rc < 0)
			return rc;
	}
	if (ip_cell_present(s->cell)) {
		rc = ip_cell_check("structure", s->cell);
		if (rc < 0)
			return rc;
	}
	return min_distance > 0 ? ip_structure_distances(s, min_distance) : 0;
}
