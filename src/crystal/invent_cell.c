/* An invented crystal's cell, and what maps it onto itself. */
#include <math.h>
#include <string.h>
#include <iphase/random.h>
#include "invent.h"

#define SHORTEST 2.8	/* Angstrom */
#define LONGEST 9.0
#define PERIOD_LEAST 2.5
#define PERIOD_MOST 6.0

double ip_invent_draw(struct ip_invention *v)
{
	uint32_t w[4];

	ip_philox(v->seed, IP_STREAM_INVENT, v->number, v->drawn++, w);
	return (double)w[0] * (1 / 4294967296.0);
}

int ip_invent_below(struct ip_invention *v, int n)
{
	return (int)(ip_invent_draw(v) * n);
}

/* ---- the lattice ---- */

enum lattice { OBLIQUE, RECTANGULAR, SQUARE, HEXAGONAL, LATTICES };

/* A waves' cost grows with the square of the area: short is more likely. */
static double side(struct ip_invention *v)
{
	double t = ip_invent_draw(v);

	return SHORTEST + (LONGEST - SHORTEST) * t * t;
}

/* The second vector leans by less than half of the first, the shorter one:
 * then no lattice vector is shorter than it. */
static void lattice(struct ip_invention *v, enum lattice kind)
{
	double p = side(v), q = side(v), x = 0;
	int alike = kind == SQUARE || kind == HEXAGONAL;
	double a = alike || p < q ? p : q, b = alike || p > q ? p : q;

	if (kind == HEXAGONAL)
		x = a / 2;
	else if (kind == OBLIQUE)
		x = a * ip_invent_draw(v) / 2;
	v->a[0][0] = a;
	v->a[0][1] = 0;
	v->a[1][0] = -x;
	v->a[1][1] = sqrt(b * b - x * x);
	v->c = PERIOD_LEAST + (PERIOD_MOST - PERIOD_LEAST) *
		ip_invent_draw(v);
}

/* ---- its symmetries ---- */

enum turn { NONE, TWO, THREE, FOUR, SIX, ACROSS, ALONG, DIAGONAL, OTHER };

/* Of fractions of the cell. */
static const struct { int m[2][2], order; } turns[] = {
	[TWO] = { { { -1, 0 }, { 0, -1 } }, 2 },
	[THREE] = { { { 0, -1 }, { 1, -1 } }, 3 },
	[FOUR] = { { { 0, -1 }, { 1, 0 } }, 4 },
	[SIX] = { { { 1, -1 }, { 1, 0 } }, 6 },
	[ACROSS] = { { { -1, 0 }, { 0, 1 } }, 2 },
	[ALONG] = { { { 1, 0 }, { 0, -1 } }, 2 },
	[DIAGONAL] = { { { 0, 1 }, { 1, 0 } }, 2 },
	[OTHER] = { { { 0, -1 }, { -1, 0 } }, 2 },
};

enum { CHOICES = 6 };

/* Two turns generate what there is; of these, one is drawn. */
static const enum turn groups[LATTICES][CHOICES][2] = {
	[OBLIQUE] = { { NONE, NONE }, { NONE, NONE }, { NONE, NONE },
		{ TWO, NONE }, { TWO, NONE }, { TWO, NONE } },
	[RECTANGULAR] = { { NONE, NONE }, { TWO, NONE }, { ACROSS, NONE },
		{ ALONG, NONE }, { ACROSS, ALONG }, { ACROSS, ALONG } },
	[SQUARE] = { { NONE, NONE }, { TWO, NONE }, { FOUR, NONE },
		{ FOUR, ACROSS }, { DIAGONAL, NONE }, { DIAGONAL, OTHER } },
	[HEXAGONAL] = { { TWO, NONE }, { THREE, NONE }, { THREE, DIAGONAL },
		{ THREE, OTHER }, { SIX, NONE }, { SIX, DIAGONAL } },
};

/*
 * A turn about z or a mirror beside it becomes a screw or a glide with a part
 * of the period, or with z to -z an inversion, a two-fold axis across z and
 * the like. Alone, a turn of order n may go up by any of n parts; with a
 * mirror by halves, or the mirror would make it go down as well.
 */
static void turn(struct ip_invention *v, enum turn kind, int alone)
{
	struct ip_invent_op *op = &v->op[v->op_count++];
	int n = turns[kind].order;

	memset(op, 0, sizeof *op);
	memcpy(op->m, turns[kind].m, sizeof op->m);
	op->sign = n % 2 == 0 && ip_invent_draw(v) < 0.5 ? -1 : 1;
	if (ip_invent_draw(v) < 0.5 && (alone || n % 2 == 0))
		op->t[2] = alone ? (double)ip_invent_below(v, n) / n : 0.5;
	if ((kind == ACROSS || kind == ALONG) && ip_invent_draw(v) < 0.25)
		op->t[0] = op->t[1] = 0.5;
}

static void centre(struct ip_invention *v, enum lattice kind)
{
	struct ip_invent_op *op = &v->op[v->op_count++];
	double up = ip_invent_draw(v);

	memset(op, 0, sizeof *op);
	op->m[0][0] = op->m[1][1] = op->sign = 1;
	op->t[0] = kind == HEXAGONAL ? 2 / 3.0 : 0.5;
	op->t[1] = kind == HEXAGONAL ? 1 / 3.0 : 0.5;
	op->t[2] = kind == HEXAGONAL ? 1 / 3.0 : up < 0.7 ? 0.5 : 0;
}

void ip_invent_cell(struct ip_invention *v)
{
	enum lattice kind = (enum lattice)ip_invent_below(v, LATTICES);
	const enum turn *group = groups[kind][ip_invent_below(v, CHOICES)];

	lattice(v, kind);
	v->op_count = 0;
	for (int i = 0; i < 2; i++)
		if (group[i] != NONE)
			turn(v, group[i], group[1] == NONE);
	if (ip_invent_draw(v) < 0.25)
		centre(v, kind);
}
