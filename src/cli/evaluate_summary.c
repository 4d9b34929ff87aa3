/* iphase-evaluate: means over groups of pictures. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "evaluate.h"

/* A sum over what is a number, and how many those are. */
struct sum {
	double v;
	size_t n;
};

static void add(struct sum *s, double v)
{
	if (isnan(v))
		return;
	s->v += v;
	s->n++;
}

static double mean(const struct sum *s)
{
	return s->n ? s->v / (double)s->n : NAN;
}

/* ---- bins ---- */

const double ip_eval_nm_edge[IP_EVAL_NM_EDGES] = { 5, 20, 50, 100, 200 };
const double ip_eval_degree_edge[IP_EVAL_DEGREE_EDGES] = { 0, 0.2, 0.4, 0.6,
	0.8, 1, 2, 5 };

/* Values at an edge belong above it, though rounding may have them below. */
#define NEAR 1e-9

size_t ip_eval_bin(double v, const double *edge, size_t count)
{
	size_t i;

	for (i = 0; i < count && v >= edge[i] - NEAR; i++)
		;
	return i == count && v <= edge[count - 1] + NEAR ? count - 1 : i;
}

/* ---- groups ---- */

/* What groups go by; NULL: a material each. */
struct ruler {
	double (*value)(const struct ip_eval_row *r);
	double step;		/* of values that are a group each */
	const double *edge;	/* of bins; NULL: none */
	size_t count;
};

static double thickness_of(const struct ip_eval_row *r)
{
	return r->thickness;
}

static double tilt_of(const struct ip_eval_row *r)
{
	return r->tilt;
}

/* What group row is in: two edges of a bin, equal ones, or NAN. */
static void place(const struct ruler *u, const struct ip_eval_row *row,
	double *from, double *to)
{
	double v = u->value ? u->value(row) : 0;
	size_t i;

	*from = *to = u->step > 0 ? u->step * floor(v / u->step + 0.5) : v;
	if (!u->edge || isnan(v))
		return;
	i = ip_eval_bin(v, u->edge, u->count);
	*from = i > 0 ? u->edge[i - 1] : -INFINITY;
	*to = i < u->count ? u->edge[i] : INFINITY;
}

static int same(double a, double b)
{
	return a == b || (isnan(a) && isnan(b));
}

/* A group is a row with its material, or NULL, and its edges. */
static int belongs(const struct ruler *u, const struct ip_eval_row *g,
	const struct ip_eval_row *r)
{
	double from, to;

	if (g->material)
		return g->material == r->material;
	place(u, r, &from, &to);
	return same(from, g->from) && same(to, g->to);
}

/* ---- means ---- */

static void average(const struct ip_eval_report *r, const struct ruler *u,
	struct ip_eval_row *out)
{
	struct sum figure[IP_EVAL_METHODS][IP_EVAL_FIGURES] = { 0 };
	struct sum reference[IP_EVAL_REFERENCE] = { 0 }, std = { 0 };
	struct sum contrast = { 0 }, correlation = { 0 };
	const struct ip_eval_row *row;
	int k, m;

	for (row = r->rows; row < r->rows + r->count; row++) {
		if (!belongs(u, out, row))
			continue;
		out->count++;
		out->flat += row->flat;
		add(&std, row->std_over_mean);
		add(&contrast, row->contrast);
		add(&correlation, row->correlation);
		for (m = 0; m < IP_EVAL_METHODS; m++) {
			out->has[m] |= row->has[m];
			for (k = 0; row->has[m] && k < IP_EVAL_FIGURES; k++)
				if (k != IP_EVAL_PEARSON || !row->flat)
					add(&figure[m][k], row->figure[m][k]);
		}
		for (k = 0; row->has[0] && k < IP_EVAL_REFERENCE; k++)
			add(&reference[k], row->reference[k]);
	}
	out->std_over_mean = mean(&std);
	out->contrast = mean(&contrast);
	out->correlation = mean(&correlation);
	for (m = 0; m < IP_EVAL_METHODS; m++)
		for (k = 0; k < IP_EVAL_FIGURES; k++)
			out->figure[m][k] = mean(&figure[m][k]);
	for (k = 0; k < IP_EVAL_REFERENCE; k++)
		out->reference[k] = mean(&reference[k]);
}

/* What R2 is of; potential_zone is per nm as it is. NAN: not known. */
static double per_nm(const struct ip_eval_row *r, double max)
{
	return ip_eval_is_zone(r->truth) ? max : r->thickness > 0 ?
		max / r->thickness : NAN;
}

/*
 * R2 of max/thickness by each method over a group's pictures, from three of
 * known thickness on. room: 2 r->count numbers.
 */
static void determine(const struct ip_eval_report *r, const struct ruler *u,
	double *room, struct ip_eval_row *out)
{
	const struct ip_eval_row *row;
	size_t count;
	int m;

	for (m = 0; m < IP_EVAL_METHODS; m++) {
		count = 0;
		for (row = r->rows; row < r->rows + r->count; row++) {
			if (!belongs(u, out, row) || !row->has[m] ||
			    isnan(per_nm(row, 1)))
				continue;
			room[count] = per_nm(row,
				row->figure[m][IP_EVAL_MAX]);
			room[r->count + count++] = per_nm(row,
				row->figure[m][IP_EVAL_MAX_TRUTH]);
		}
		out->r2[m] = ip_eval_r2(room, room + r->count, count);
	}
}

/* ---- the groups there are ---- */

/* Thin comes first; what is not known last. */
static int by_edge(const void *a, const void *b)
{
	const struct ip_eval_row *p = a, *q = b;

	if (isnan(p->from) || isnan(q->from))
		return !!isnan(p->from) - !!isnan(q->from);
	return p->from != q->from ? (p->from > q->from) - (p->from < q->from) :
		(p->to > q->to) - (p->to < q->to);
}

static int known(const struct ruler *u, const struct ip_eval_groups *g,
	const struct ip_eval_row *row)
{
	size_t i;

	for (i = 0; i < g->count; i++)
		if (belongs(u, &g->row[i], row))
			return 1;
	return 0;
}

/* A group for each that a picture is in, without figures. */
static void find_groups(const struct ip_eval_report *r, const struct ruler *u,
	struct ip_eval_groups *g)
{
	const struct ip_eval_row *row;
	struct ip_eval_row *new;

	g->count = 0;
	g->binned = u->edge != NULL;
	for (row = r->rows; row < r->rows + r->count; row++) {
		if (known(u, g, row))
			continue;
		new = &g->row[g->count++];
		memset(new, 0, sizeof *new);
		new->material = u->value ? NULL : row->material;
		place(u, row, &new->from, &new->to);
	}
	if (u->value)
		qsort(g->row, g->count, sizeof *g->row, by_edge);
}

/* As asked for, or as there are many values (g->binned). */
static struct ruler ruler_of(const struct ip_eval_report *r, enum ip_eval_by by)
{
	const struct ip_reals *t = &r->o->bins, *d = &r->o->tilt_bins;
	struct ruler u[IP_EVAL_BYS] = { { 0 },
		{ thickness_of, 1, t->v, t->count },
		{ tilt_of, 0.01, d->v, d->count } };
	const double *edge[IP_EVAL_BYS] = { NULL, ip_eval_nm_edge,
		ip_eval_degree_edge };
	const size_t edges[IP_EVAL_BYS] = { 0, IP_EVAL_NM_EDGES,
		IP_EVAL_DEGREE_EDGES };

	if (!u[by].edge && r->summary.by[by].binned) {
		u[by].edge = edge[by];
		u[by].count = edges[by];
	}
	return u[by];
}

int ip_eval_in_group(const struct ip_eval_report *r, enum ip_eval_by by,
	const struct ip_eval_row *group, const struct ip_eval_row *row)
{
	struct ruler u = ruler_of(r, by);

	return belongs(&u, group, row);
}

static int summarise(struct ip_eval_report *r, enum ip_eval_by by,
	double *room)
{
	struct ip_eval_groups *g = &r->summary.by[by];
	struct ruler u = ruler_of(r, by);
	size_t i;

	g->row = calloc(r->count + 1, sizeof *g->row);
	if (!g->row)
		return ip_cli_error(IP_ENOMEM, "out of memory");
	find_groups(r, &u, g);
	if (!u.edge && u.value && g->count > IP_EVAL_FEW) {
		g->binned = 1;
		u = ruler_of(r, by);
		find_groups(r, &u, g);
	}
	for (i = 0; i < g->count; i++) {
		average(r, &u, &g->row[i]);
		determine(r, &u, room, &g->row[i]);
	}
	return 0;
}

int ip_eval_summarise(struct ip_eval_report *r)
{
	struct ip_eval_summary *s = &r->summary;
	double *room = calloc(2 * r->count + 1, sizeof *room);
	struct ruler all = { 0 };
	int by, rc = room ? 0 : ip_cli_error(IP_ENOMEM, "out of memory");

	for (by = 0; rc == 0 && by < IP_EVAL_BYS; by++)
		rc = summarise(r, (enum ip_eval_by)by, room);
	if (rc == 0) {
		memset(&s->all, 0, sizeof s->all);
		average(r, &all, &s->all);
		determine(r, &all, room, &s->all);
	}
	free(room);
	return rc == 0 && r->o->trust ? ip_eval_trust_summarise(r) : rc;
}

void ip_eval_summary_free(struct ip_eval_summary *s)
{
	int i;

	for (i = 0; i < IP_EVAL_BYS; i++) {
		free(s->by[i].row);
		free(s->by[i].trust);
	}
	memset(s, 0, sizeof *s);
}
