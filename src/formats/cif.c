/*
 * Crystals from CIF: cell, operators and sites become the atoms of one cell,
 * a along x, b in the plane of x and y. What a file says twice (volume,
 * formula) is compared, since what is missing in it would not show otherwise.
 */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <iphase/formats.h>
#include "../core/core.h"
#include "../crystal/crystal.h"
#include "../crystal/symmetry.h"
#include "cif.h"

#define PI 3.14159265358979323846
#define TOLERANCE IP_CIF_TOLERANCE
#define MOVED 0.02		/* Angstrom: more than rounding, worth a word */
#define ATOMS_MAX 5000000

struct cif {
	const char *path;
	struct ip_cif_block b;
	double cell[3][3];
	struct ip_symmetry symmetry;
	struct ip_cif_site *sites;
	size_t count;
	size_t *first;		/* the first atom of each site */
	size_t cap;		/* atoms there is room for */
};

/* ---- the cell ---- */

static int get_measure(const struct cif *c, enum ip_cif_key key, double above,
	double below, const char *expected, double *v)
{
	int known, rc;

	rc = ip_cif_real(c->path, &c->b, key, 0, v, &known);
	if (rc == 0 && !known)
		return ip_fail(IP_EFORMAT, "%s: no %s in data block '%.*s'",
			c->path, ip_cif_key_name(key), (int)c->b.name.n,
			c->b.name.p);
	if (rc == 0 && !(*v > above && *v < below))
		rc = ip_cif_bad(c->path, key, c->b.key[key].v, expected);
	return rc;
}

/* Of degrees, without rounding where it is rational. */
static double cosine(double angle)
{
	if (angle == 90)
		return 0;
	if (angle == 60 || angle == 120)
		return angle < 90 ? 0.5 : -0.5;
	return cos(angle * PI / 180);
}

static void set_cell(const double length[3], const double cosines[3],
	double cell[3][3])
{
	double ca = cosines[0], cb = cosines[1], cg = cosines[2];
	double sg = sqrt(1 - cg * cg), y = (ca - cb * cg) / sg;

	memset(cell, 0, 9 * sizeof **cell);
	cell[0][0] = length[0];
	cell[1][0] = length[1] * cg;
	cell[1][1] = length[1] * sg;
	cell[2][0] = length[2] * cb;
	cell[2][1] = length[2] * y;
	/* 0 for three angles that no cell has: refused as without volume */
	cell[2][2] = length[2] * sqrt(fmax(0, 1 - cb * cb - y * y));
}

static int get_cell(struct cif *c)
{
	double length[3] = { 0 }, cosines[3] = { 0 }, angle = 0, v = 0, given;
	int i, known, rc = 0;

	for (i = 0; i < 3 && rc == 0; i++)
		rc = get_measure(c, (enum ip_cif_key)(IP_CIF_LENGTH_A + i),
			0.5, 1e5, "a length in Angstrom", &length[i]);
	for (i = 0; i < 3 && rc == 0; i++) {
		rc = get_measure(c, (enum ip_cif_key)(IP_CIF_ALPHA + i), 0,
			180, "an angle in degrees", &angle);
		cosines[i] = cosine(angle);
	}
	if (rc < 0)
		return rc;
	set_cell(length, cosines, c->cell);
	rc = ip_cell_check(c->path, (const double (*)[3])c->cell);
	if (rc == 0)
		rc = ip_cif_real(c->path, &c->b, IP_CIF_VOLUME, 0, &given,
			&known);
	if (rc < 0 || !known)
		return rc;
	v = ip_cell_volume((const double (*)[3])c->cell);
	if (!(fabs(given - v) <= 0.01 * v))
		ip_warn("%s: lengths and angles make a cell of %g A^3, but"
			" %s is %g", c->path, v,
			ip_cif_key_name(IP_CIF_VOLUME), given);
	return 0;
}

/* ---- symmetry ---- */

static int is_p1(const struct ip_cif_text *t)
{
	char s[3] = "";
	size_t i, n = 0;

	for (i = 0; i < t->n && n < 3; i++)
		if (!isspace((unsigned char)t->p[i]))
			s[n++] = (char)tolower((unsigned char)t->p[i]);
	return (n == 2 && s[0] == 'p' && s[1] == '1') || (n == 1 && *s == '1');
}

/* A space group other than P1 that is named; NULL if there is none. */
static const struct ip_cif_text *named_group(const struct cif *c)
{
	const struct ip_cif_text *t;
	int k;

	for (k = IP_CIF_GROUP; k <= IP_CIF_HALL_OLD; k++) {
		t = ip_cif_get(&c->b, (enum ip_cif_key)k, 0);
		if (t && !is_p1(t))
			return t;
	}
	return NULL;
}

static int get_operators(const struct cif *c, enum ip_cif_key key,
	struct ip_symop *op, size_t n)
{
	const struct ip_cif_text *t = c->b.key[key].v;
	const char *expected;
	size_t i;

	for (i = 0; i < n; i++) {
		expected = ip_symop_parse(t[i].p, t[i].n, &op[i]);
		if (expected)
			return ip_cif_bad(c->path, key, &t[i], expected);
	}
	return 0;
}

static int get_symmetry(struct cif *c)
{
	const struct ip_cif_text *group = named_group(c);
	enum ip_cif_key key = c->b.key[IP_CIF_OPERATOR].count ?
		IP_CIF_OPERATOR : IP_CIF_OPERATOR_OLD;
	size_t n = c->b.key[key].count;
	struct ip_symop *op;
	int rc;

	if (n == 0 && group)
		return ip_fail(IP_ENOTSUP, "%s: space group '%.*s' without its"
			" operators (%s): write the file again with operators,"
			" or with all atoms of the cell as P 1", c->path,
			group->n < 40 ? (int)group->n : 40, group->p,
			ip_cif_key_name(IP_CIF_OPERATOR));
	if (n > IP_SYMOPS_MAX)
		return ip_fail(IP_ELIMIT, "%s: line %lu: %zu symmetry"
			" operators, expected up to %d", c->path,
			(unsigned long)c->b.key[key].v[0].line, n,
			IP_SYMOPS_MAX);
	if (n == 1 && group)
		ip_warn("%s: one symmetry operator, but space group '%.*s'",
			c->path, (int)group->n, group->p);
	op = ip_alloc_array(n ? n : 1, sizeof *op);
	if (!op)
		return IP_ENOMEM;
	rc = n ? get_operators(c, key, op, n) : 0;
	if (n == 0)
		ip_symop_parse("x,y,z", 5, op);
	if (rc == 0)
		rc = ip_symmetry_init(&c->symmetry, c->path, op, n ? n : 1,
			(const double (*)[3])c->cell);
	ip_free(op);
	return rc;
}

/* ---- atoms ---- */

static int make_room(struct cif *c, struct ip_structure *r, size_t more)
{
	size_t need = r->count + more;
	struct ip_atom *atoms;

	if (need > ATOMS_MAX)
		return ip_fail(IP_ELIMIT, "%s: more than %d atoms in the cell",
			c->path, ATOMS_MAX);
	if (need <= c->cap)
		return 0;
	need = 2 * need;
	atoms = realloc(r->atoms, need * sizeof *atoms);
	if (!atoms)
		return ip_fail(IP_ENOMEM, "out of memory: %zu atoms", need);
	memset(atoms + c->cap, 0, (need - c->cap) * sizeof *atoms);
	r->atoms = atoms;
	c->cap = need;
	return 0;
}

static void put_atom(const struct cif *c, const struct ip_cif_site *s,
	const double f[3], struct ip_atom *a)
{
	int k;

	for (k = 0; k < 3; k++)
		a->r[k] = f[0] * c->cell[0][k] + f[1] * c->cell[1][k] +
			f[2] * c->cell[2][k];
	a->u = s->known ? sqrt(s->u) : 0;
	a->z = s->z;
	a->occupancy = s->occupancy;
}

static unsigned long line_of(const struct cif *c, const struct ip_cif_site *s)
{
	return (unsigned long)c->b.key[IP_CIF_X].v[s->row].line;
}

static int expand_site(struct cif *c, struct ip_cif_site *s,
	double (*images)[3], struct ip_structure *r)
{
	const struct ip_cif_text *name = ip_cif_name(&c->b, s->row);
	double moved;
	size_t i, n;
	int rc;

	if (ip_symmetry_orbit(&c->symmetry, (const double (*)[3])c->cell,
	    TOLERANCE, s->f, images, &n, &moved))
		return ip_fail(IP_EPHYSICS, "%s: line %lu: images of site"
			" '%.*s' are within %g A of each other, but not at one"
			" point: round its coordinates to the special position"
			" it is near", c->path, line_of(c, s), (int)name->n,
			name->p, 2 * TOLERANCE);
	if (moved > MOVED)
		ip_warn("%s: line %lu: site '%.*s' has been moved by %.3f A to"
			" its special position", c->path, line_of(c, s),
			(int)name->n, name->p, moved);
	rc = make_room(c, r, n);
	for (i = 0; i < n && rc == 0; i++)
		put_atom(c, s, images[i], &r->atoms[r->count++]);
	return rc;
}

static int expand(struct cif *c, struct ip_structure *r)
{
	double (*images)[3];
	size_t i;
	int rc = 0;

	images = ip_alloc_array(c->symmetry.count, sizeof *images);
	if (!images)
		return IP_ENOMEM;
	c->first = ip_alloc_array(c->count, sizeof *c->first);
	if (!c->first)
		rc = IP_ENOMEM;
	for (i = 0; i < c->count && rc == 0; i++) {
		c->first[i] = r->count;
		if (c->sites[i].occupancy > 0)
			rc = expand_site(c, &c->sites[i], images, r);
	}
	ip_free(images);
	if (rc == 0 && r->count == 0)
		rc = ip_fail(IP_EFORMAT, "%s: no site is occupied", c->path);
	memcpy(r->cell, c->cell, sizeof r->cell);
	return rc;
}

/* The last that begins there: those before it at the same atom are empty. */
static const struct ip_cif_site *site_of(const struct cif *c, size_t atom)
{
	size_t i = c->count - 1;

	while (c->first[i] > atom)
		i--;
	return &c->sites[i];
}

static int check_overlap(const struct cif *c, const struct ip_structure *r)
{
	const struct ip_cif_site *a, *b;
	const struct ip_cif_text *na, *nb;
	struct ip_pair pair;
	int rc = ip_structure_close_pair(r, TOLERANCE, &pair);

	if (rc <= 0)
		return rc;
	a = site_of(c, pair.i);
	b = site_of(c, pair.j);
	na = ip_cif_name(&c->b, a->row);
	nb = ip_cif_name(&c->b, b->row);
	return ip_fail(IP_EPHYSICS, "%s: sites '%.*s' (line %lu) and '%.*s'"
		" (line %lu) are one place (%.2g A apart), with occupancies of"
		" %g in all; expected 1 at most", c->path, (int)na->n, na->p,
		line_of(c, a), (int)nb->n, nb->p, line_of(c, b), pair.distance,
		pair.occupancy);
}

/* ---- what the file says beside ---- */

static void tell_displacements(const struct cif *c)
{
	size_t i, known = 0, mean = 0, all = 0;

	for (i = 0; i < c->count; i++)
		if (c->sites[i].occupancy > 0) {
			all++;
			known += c->sites[i].known;
			mean += c->sites[i].mean;
		}
	if (mean)
		ip_info("%s: of anisotropic displacements (%zu sites) the mean"
			" over all directions is taken", c->path, mean);
	if (known == 0)
		ip_info("%s: no displacements of atoms; they stand still",
			c->path);
	else if (known < all)
		ip_warn("%s: %zu of %zu sites have no displacement; their"
			" atoms stand still", c->path, all - known, all);
}

int ip_cif_read(const char *path, struct ip_structure *out)
{
	struct ip_structure r = { 0 };
	struct cif c = { .path = path };
	struct ip_scan s;
	int rc;

	rc = ip_scan_open(&s, path);
	if (rc < 0)
		return rc;
	rc = ip_cif_block_read(&s, &c.b);
	if (rc == 0)
		rc = get_cell(&c);
	if (rc == 0)
		rc = get_symmetry(&c);
	if (rc == 0)
		rc = ip_cif_sites(path, &c.b, (const double (*)[3])c.cell,
			&c.sites, &c.count);
	if (rc == 0)
		rc = expand(&c, &r);
	if (rc == 0)
		rc = check_overlap(&c, &r);
	if (rc == 0) {
		tell_displacements(&c);
		ip_cif_compare_formula(path, &c.b, &r);
		ip_scan_warn_open_end(&s);
		*out = r;
	} else {
		ip_structure_free(&r);
	}
	ip_free(c.first);
	ip_free(c.sites);
	ip_symmetry_free(&c.symmetry);
	ip_cif_block_free(&c.b);
	ip_scan_close(&s);
	return rc;
}
