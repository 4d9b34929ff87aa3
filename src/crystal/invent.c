/*
 * Invented crystals: a cell with its symmetries, then one site after the
 * other where there is room, until the volume of an atom is what was drawn.
 * What is no solid then is forgotten, and the next is tried with the numbers
 * that follow. Arithmetic is that of IEEE 754 alone: what branches on it must
 * be the same everywhere.
 */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <iphase/invent.h>
#include "../core/core.h"
#include "invent.h"

#define APART 1.6		/* Angstrom, atoms */
#define OF_RADII 0.75		/* of the sum of the covalent radii */
#define COLUMNS_APART 0.7	/* Angstrom, in projection */
#define SAME 1e-5		/* Angstrom, one place */
#define COLUMNS_MOST 8
#define VOLUME_LEAST 8.0	/* Angstrom^3, of an atom */
#define VOLUME_MOST 40.0
#define TRIES 60		/* at a site */
#define ATTEMPTS 1000	/* at a crystal */
#define LIGHT 17		/* and below: what anions are, mostly */

/* ---- the elements ---- */

enum { ELEMENTS = 92 };

/*
 * Covalent radii, pm: B. Cordero et al., Dalton Trans. (2008) 2832, doi
 * 10.1039/b801115j, table 2 (C sp3; Mn, Fe, Co low spin), as several public
 * programs have it.
 */
static const unsigned short radius[ELEMENTS] = {
	31, 28, 128, 96, 84, 76, 71, 66, 57, 58, 166, 141, 121, 111, 107, 105,
	102, 106, 203, 176, 170, 160, 153, 139, 139, 132, 126, 124, 132, 122,
	122, 120, 119, 120, 120, 116, 220, 195, 190, 175, 164, 154, 147, 146,
	142, 139, 145, 144, 142, 139, 139, 138, 139, 140, 244, 215, 207, 204,
	203, 201, 199, 198, 198, 196, 194, 192, 192, 189, 190, 187, 187, 175,
	170, 162, 151, 144, 141, 136, 136, 132, 145, 146, 148, 140, 150, 150,
	260, 221, 215, 206, 200, 196,
};

/* How often an element is taken: a guess at how often crystals have it. */
static const unsigned char often[ELEMENTS] = {
	1, 1, 4, 2, 4, 6, 8, 20, 8, 1, 5, 6, 8, 8, 5, 10, 6, 1, 5, 6, 2, 8, 4,
	4, 5, 8, 6, 6, 6, 6, 6, 4, 4, 5, 4, 1, 2, 5, 4, 4, 4, 4, 1, 2, 2, 3, 4,
	4, 4, 4, 4, 4, 5, 1, 4, 5, 4, 3, 1, 2, 1, 1, 1, 2, 1, 1, 1, 1, 1, 1, 1,
	3, 3, 4, 2, 2, 2, 4, 5, 2, 2, 6, 4, 1, 1, 1, 1, 1, 1, 2, 1, 2,
};

/* From H up to the element most. */
static int element(struct ip_invention *v, int most)
{
	int sum = 0, z, n;

	for (z = 1; z <= most; z++)
		sum += often[z - 1];
	n = ip_invent_below(v, sum);
	for (z = 1; n >= often[z - 1]; z++)
		n -= often[z - 1];
	return z;
}

static void elements(struct ip_invention *v)
{
	static const int kinds[] = { 1, 2, 2, 2, 3, 3, 4, 4 };

	v->kinds = kinds[ip_invent_below(v, 8)];
	for (int i = 0; i < v->kinds; i++)
		v->z[i] = element(v, i && ip_invent_draw(v) < 0.5 ? LIGHT :
			ELEMENTS);
}

/* ---- distances ---- */

/* Squared, between atom i and atom j of the cell n further on; in projection
 * if flat. */
static double distance2(const struct ip_invention *v, int i, int j,
	const int n[3], int flat)
{
	const double *p = v->atom[i].f, *q = v->atom[j].f;
	double d[3], x, y, z;

	for (int k = 0; k < 3; k++) {
		d[k] = q[k] - p[k];
		d[k] += n[k] - floor(d[k] + 0.5);
	}
	x = d[0] * v->a[0][0] + d[1] * v->a[1][0];
	y = d[1] * v->a[1][1];
	z = flat ? 0 : d[2] * v->c;
	return x * x + y * y + z * z;
}

/* The cell's vectors are its lattice's shortest: cells around will do. */
static int too_close(const struct ip_invention *v, int i, int j)
{
	double least = OF_RADII * 0.01 * (radius[v->atom[i].z - 1] +
		radius[v->atom[j].z - 1]);

	least = least > APART ? least : APART;
	for (int k = 0; k < 27; k++) {
		const int n[3] = { k % 3 - 1, k / 3 % 3 - 1, k / 9 - 1 };
		double flat = distance2(v, i, j, n, 1);
		if (i == j && k == 13)
			continue;
		if (distance2(v, i, j, n, 0) < least * least ||
			(flat > SAME * SAME &&
			flat < COLUMNS_APART * COLUMNS_APART))
			return 1;
	}
	return 0;
}

static int same_place(const struct ip_invention *v, int i, int j, int flat)
{
	static const int here[3];

	return distance2(v, i, j, here, flat) < SAME * SAME;
}

/* ---- sites ---- */

static double wrap(double f)
{
	f -= floor(f);
	return f > 1 - 1e-7 ? 0 : f;
}

/* Atom to is what op makes of atom from. */
static void apply(const struct ip_invent_op *op, struct ip_invent_atom *to,
	const struct ip_invent_atom *from)
{
	const double *f = from->f;

	*to = *from;
	for (int k = 0; k < 2; k++)
		to->f[k] = wrap(op->m[k][0] * f[0] + op->m[k][1] * f[1] +
			op->t[k]);
	to->f[2] = wrap(op->sign * f[2] + op->t[2]);
}

/* All that symmetry makes of the atom at the list's end; 0: no room. */
static int add_site(struct ip_invention *v)
{
	int first = v->count++, i, j;

	for (i = first; i < v->count; i++)
		for (int k = 0; k < v->op_count; k++) {
			if (v->count == IP_INVENT_ATOMS)
				return 0;
			apply(&v->op[k], &v->atom[v->count], &v->atom[i]);
			for (j = first; j < v->count; j++)
				if (same_place(v, j, v->count, 0))
					break;
			v->count += j == v->count;
		}
	for (i = first; i < v->count; i++)
		for (j = 0; j <= i; j++)
			if (too_close(v, i, j))
				return 0;
	return 1;
}

/* Places that symmetry likes, and others. */
static void place(struct ip_invention *v, double f[2])
{
	static const double special[][2] = { { 0, 0 }, { 0, 0 }, { 0.5, 0.5 },
		{ 0.5, 0 }, { 0, 0.5 }, { 1 / 3.0, 2 / 3.0 },
		{ 2 / 3.0, 1 / 3.0 }, { 0.25, 0.25 } };
	double how = ip_invent_draw(v);
	int i = ip_invent_below(v, 8);

	f[0] = ip_invent_draw(v);
	f[1] = ip_invent_draw(v);
	if (how < 0.35)
		memcpy(f, special[i], sizeof special[i]);
	else if (how < 0.55)
		f[i % 2] = i < 2 ? 0 : i < 4 ? 0.5 : i < 6 ? f[1 - i % 2] :
			wrap(-f[1 - i % 2]);
}

/* The elements in turn, so that they are there, then any; with them u. */
static void choose(struct ip_invention *v, struct ip_invent_atom *a)
{
	int any = ip_invent_below(v, v->kinds);

	a->z = v->z[v->sites < v->kinds ? v->sites : any];
	a->u = 0.05 + 0.035 * ((ELEMENTS - a->z) / (ELEMENTS - 1.0) +
		ip_invent_draw(v));
}

/* One more site at a new place, or in the column of an atom that is there. */
static void site(struct ip_invention *v)
{
	struct ip_invent_atom *a = &v->atom[v->count];
	int first = v->count;
	double how = ip_invent_draw(v);

	place(v, a->f);
	choose(v, a);
	if (how < 0.25 && first)
		memcpy(a->f, v->atom[ip_invent_below(v, first)].f,
			2 * sizeof a->f[0]);
	a->f[2] = ip_invent_draw(v);
	if (ip_invent_draw(v) < 0.6)
		a->f[2] = ip_invent_below(v, 4) / 4.0;
	if (add_site(v))
		v->sites++;
	else
		v->count = first;
}

/* ---- the crystal ---- */

static int columns(const struct ip_invention *v)
{
	int n = 0, j;

	for (int i = 0; i < v->count; i++) {
		for (j = 0; j < i && !same_place(v, j, i, 1); j++)
			;
		n += j == i;
	}
	return n;
}

/* Whether the atoms' spheres fill as much as a solid's. 4 pi / 3 is 4.18879. */
static int filled(const struct ip_invention *v, double volume)
{
	double sum = 0;

	for (int i = 0; i < v->count; i++) {
		double r = 0.01 * radius[v->atom[i].z - 1];
		sum += 4.18879 * r * r * r;
	}
	return sum >= 0.1 * volume && sum <= volume;
}

static int attempt(struct ip_invention *v)
{
	double volume, wanted;

	ip_invent_cell(v);
	elements(v);
	volume = v->a[0][0] * v->a[1][1] * v->c;
	wanted = VOLUME_LEAST + (30 - VOLUME_LEAST) * ip_invent_draw(v);
	v->count = v->sites = 0;
	for (int i = 0; i < TRIES && v->count * wanted < volume &&
			v->count + 1 < IP_INVENT_ATOMS; i++)
		site(v);
	return v->sites >= v->kinds && volume >= VOLUME_LEAST * v->count &&
		volume <= VOLUME_MOST * v->count &&
		columns(v) <= COLUMNS_MOST && filled(v, volume);
}

int ip_crystal_invent(uint64_t seed, uint64_t number, struct ip_structure *s)
{
	struct ip_invention v = { .seed = seed, .number = number };
	struct ip_structure t = { { { 0 } }, 0, NULL };

	for (int i = 1; !attempt(&v); i++)
		if (i == ATTEMPTS)
			return ip_fail(IP_ELIMIT, "invented crystal %" PRIu64
				":%" PRIu64 ": none of %d attempts is a solid",
				seed, number, ATTEMPTS);
	t.count = (size_t)v.count;
	t.atoms = calloc(t.count, sizeof *t.atoms);
	if (!t.atoms)
		return ip_fail(IP_ENOMEM, "out of memory: %zu atoms", t.count);
	for (int i = 0; i < 2; i++)
		memcpy(t.cell[i], v.a[i], sizeof v.a[i]);
	t.cell[2][2] = v.c;
	for (int i = 0; i < v.count; i++) {
		const struct ip_invent_atom *a = &v.atom[i];
		struct ip_atom *p = &t.atoms[i];
		p->r[0] = a->f[0] * v.a[0][0] + a->f[1] * v.a[1][0];
		p->r[1] = a->f[1] * v.a[1][1];
		p->r[2] = a->f[2] * v.c;
		p->u = a->u;
		p->z = a->z;
		p->occupancy = 1;
	}
	*s = t;
	return 0;
}
