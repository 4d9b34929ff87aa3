/* The bonding term of a crystal, from the cubes of two runs or a table. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "core/core.h"
#include "crystal/crystal.h"
#include "em/bonding.h"

#define PI 3.14159265358979323846
/*
 * 1/Angstrom: below the first a crystal of pseudopotentials still looks like
 * one of whole atoms; from the second on bonds no longer matter.
 */
#define LOW 0.6
#define QUIET 1.25
/* There it is 0.36 to 0.68 of the atoms', and like them to 0.94 or more, in
 * nine crystals of data/potentials; hydrogen and helium have no cores. */
#define LEAST 0.2
#define MOST 1.1
#define LIKE 0.8
#define SAME_CELL 1e-5		/* of two cubes of one cell, Angstrom */
#define CLOSEST 0.5		/* two atoms, Angstrom */

void ip_bonding_free(struct ip_bonding *b)
{
	ip_structure_free(&b->crystal);
	ip_free(b->term);
	*b = (struct ip_bonding){ 0 };
}

/* sum over atoms of f(z, |g|) exp(-2 pi i g . r) / volume. */
static void superpose(const struct ip_structure *crystal, const int hkl[3],
	double (*f)(const void *table, int z, double q), const void *table,
	double v[2])
{
	const double (*cell)[3] = (const double (*)[3])crystal->cell;
	double g[3], q = ip_reflection(cell, hkl, g);
	double volume = fabs(ip_cell_volume(cell));

	v[0] = v[1] = 0;
	for (size_t i = 0; i < crystal->count; i++) {
		const struct ip_atom *a = &crystal->atoms[i];
		double p = -2 * PI * ip_dot(g, a->r);
		double w = a->occupancy * f(table, a->z, q) / volume;
		v[0] += w * cos(p);
		v[1] += w * sin(p);
	}
}

static double independent(const void *set, int z, double q)
{
	return ip_factor(*(const enum ip_factors *)set, z, q) / IP_KAPPA;
}

static double of_table(const void *table, int z, double q)
{
	return ip_free_atoms_at(table, z, q);
}

void ip_crystal_coefficient(const struct ip_structure *crystal,
	enum ip_factors set, const int hkl[3], double v[2])
{
	superpose(crystal, hkl, independent, &set, v);
}

/* ---- checks ---- */

/* What two series have in common in a range of |g|. */
struct likeness {
	double slope;	/* x is y times this, by least squares */
	double apart;	/* rms of x - y over that of y */
	double angle;	/* cosine between them: 1 for the same shape */
};

static struct likeness compare(const struct ip_spectrum *x,
	const struct ip_bonding_term *y, double from, double to)
{
	double xx = 0, yy = 0, xy = 0;

	for (size_t i = 0; i < x->count; i++) {
		const double *a = x->term[i].v, *b = y[i].v;
		if (x->q[i] < from || x->q[i] > to)
			continue;
		xx += a[0] * a[0] + a[1] * a[1];
		yy += b[0] * b[0] + b[1] * b[1];
		xy += a[0] * b[0] + a[1] * b[1];
	}
	return (struct likeness){ xy / yy, sqrt(fmax(0, xx + yy - 2 * xy) /
		yy), xy / sqrt(xx * yy) };
}

/*
 * The atoms stand where the potential is: it has the shape of the independent
 * atoms', and, with fewer electrons, hardly more.
 */
static int check_atoms(const struct ip_spectrum *s,
	const struct ip_structure *crystal, const char *name)
{
	struct ip_bonding_term *iam = ip_alloc_array(s->count, sizeof *iam);
	struct likeness l;

	if (!iam)
		return IP_ENOMEM;
	for (size_t i = 0; i < s->count; i++)
		ip_crystal_coefficient(crystal, IP_KIRKLAND, s->term[i].hkl,
			iam[i].v);
	l = compare(s, iam, 0, LOW);
	ip_free(iam);
	if (!(l.angle > LIKE && l.slope > LEAST && l.slope < MOST))
		return ip_fail(IP_EPHYSICS, "%s: up to %g 1/Angstrom its "
			"potential is %.3g times that of independent atoms at "
			"its atoms' places, with a correlation of %.2f; "
			"expected %g to %g, and more than %g: is it in "
			"Hartree, in CP2K's sign, and are cell and atoms its "
			"own?", name, LOW, l.slope, l.angle, LEAST, MOST, LIKE);
	ip_debug("%s: up to %g 1/A %.2f times independent atoms, correlation "
		"%.2f", name, LOW, l.slope, l.angle);
	return 0;
}

static int check_agreement(const struct ip_spectrum *s,
	const struct ip_bonding_term *free, const char *name,
	const char *other)
{
	struct likeness l = compare(s, free, QUIET, IP_BONDING_REACH);

	if (!(l.apart < IP_BONDING_AGREE))
		return ip_fail(IP_EPHYSICS, "%s: between %g and %g 1/Angstrom "
			"its potential is %.3g times that of %s, and differs "
			"from it by %.2g of it; expected 1, and less than %g, "
			"as bonds do not reach there: are units, positions, "
			"cutoff and pseudopotentials the same?", name, QUIET,
			IP_BONDING_REACH, l.slope, other, l.apart,
			IP_BONDING_AGREE);
	ip_debug("%s: from %g to %g 1/A it differs from %s by %.3f of it",
		name, QUIET, IP_BONDING_REACH, other, l.apart);
	return 0;
}

static int check_same(const struct ip_cube *a, const struct ip_cube *b,
	const char *const names[2])
{
	const struct ip_structure *p = &a->structure, *q = &b->structure;
	double apart = 0;

	for (int i = 0; i < 9; i++)
		apart = fmax(apart, fabs(p->cell[i / 3][i % 3] -
			q->cell[i / 3][i % 3]));
	if (memcmp(a->grid.shape, b->grid.shape, 3 * sizeof(size_t)))
		return ip_fail(IP_EPHYSICS, "%s: %zu x %zu x %zu points, and "
			"%s: %zu x %zu x %zu; expected the same grid",
			names[0], a->grid.shape[0], a->grid.shape[1],
			a->grid.shape[2], names[1], b->grid.shape[0],
			b->grid.shape[1], b->grid.shape[2]);
	if (apart > SAME_CELL)
		return ip_fail(IP_EPHYSICS, "%s and %s: cells %g Angstrom "
			"apart; expected the same", names[0], names[1], apart);
	if (p->count != q->count)
		return ip_fail(IP_EPHYSICS, "%s: %zu atoms, and %s: %zu; "
			"expected the same", names[0], p->count, names[1],
			q->count);
	for (size_t i = 0; i < p->count; i++) {
		const struct ip_atom *u = &p->atoms[i], *v = &q->atoms[i];
		if (u->z != v->z || hypot(hypot(u->r[0] - v->r[0], u->r[1] -
				v->r[1]), u->r[2] - v->r[2]) > SAME_CELL)
			return ip_fail(IP_EPHYSICS, "%s and %s: atom %zu "
				"differs; expected the same crystal",
				names[0], names[1], i + 1);
	}
	return 0;
}

/* ---- the term ---- */

/* scf becomes the difference, and b takes it over. */
static int subtract(struct ip_bonding *b, struct ip_spectrum *scf,
	const struct ip_bonding_term *free, const struct ip_structure *crystal)
{
	int rc = ip_structure_copy(&b->crystal, crystal);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < scf->count; i++)
		for (int k = 0; k < 2; k++)
			scf->term[i].v[k] -= free[i].v[k];
	b->count = scf->count;
	b->term = scf->term;
	scf->term = NULL;
	return 0;
}

static int begin(struct ip_spectrum *s, const struct ip_cube *scf,
	const char *name)
{
	int rc = ip_structure_check(&scf->structure, CLOSEST);

	if (rc == 0)
		rc = ip_spectrum_new(s, scf, IP_BONDING_REACH, name);
	return rc ? rc : check_atoms(s, &scf->structure, name);
}

int ip_bonding_from_cubes(struct ip_bonding *b, const struct ip_cube *scf,
	const struct ip_cube *free, const char *const names[2])
{
	struct ip_spectrum s = { 0 }, f = { 0 };
	int rc = check_same(scf, free, names);

	*b = (struct ip_bonding){ 0 };
	if (rc == 0)
		rc = begin(&s, scf, names[0]);
	if (rc == 0)
		rc = ip_spectrum_new(&f, free, IP_BONDING_REACH, names[1]);
	if (rc == 0)
		rc = check_agreement(&s, f.term, names[0], names[1]);
	if (rc == 0)
		rc = subtract(b, &s, f.term, &scf->structure);
	ip_spectrum_free(&s);
	ip_spectrum_free(&f);
	return rc;
}

int ip_bonding_from_atoms(struct ip_bonding *b, const struct ip_cube *scf,
	const struct ip_free_atoms *atoms, const char *name)
{
	struct ip_spectrum s = { 0 };
	struct ip_bonding_term *free = NULL;
	int rc = begin(&s, scf, name);

	*b = (struct ip_bonding){ 0 };
	for (size_t i = 0; rc == 0 && i < scf->structure.count; i++)
		if (isnan(ip_free_atoms_at(atoms, scf->structure.atoms[i].z,
				IP_BONDING_REACH)))
			rc = ip_fail(IP_ENOTFOUND, "%s: the table of free "
				"atoms has no %s up to %g 1/Angstrom; give "
				"the cube of the superposed free atoms", name,
				ip_element_symbol(scf->structure.atoms[i].z),
				IP_BONDING_REACH);
	if (rc == 0 && !(free = ip_alloc_array(s.count, sizeof *free)))
		rc = IP_ENOMEM;
	for (size_t i = 0; rc == 0 && i < s.count; i++)
		superpose(&scf->structure, s.term[i].hkl, of_table, atoms,
			free[i].v);
	if (rc == 0)
		rc = check_agreement(&s, free, name,
			"the free atoms of the table");
	if (rc == 0)
		rc = subtract(b, &s, free, &scf->structure);
	ip_free(free);
	ip_spectrum_free(&s);
	return rc;
}
