/* iphase-report: the error by thickness, tilt, dose and material. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "evaluate.h"
#include "figures.h"

/* More values than IP_EVAL_FEW are put into bins. */
enum { BINS = IP_EVAL_DEGREE_EDGES + 1 };	/* at most */

/* By what pictures are grouped. */
struct axis {
	const char *name, *heading, *label, *column, *unit;
	double quantum;		/* values are told apart by so much */
	const double *edge;	/* of bins */
	size_t edges;
	unsigned flags;
};
static const double dose_edge[] = { 100, 1000, 1e4, 1e5, 1e6 };
static const struct axis thickness = { "thickness", "Error by thickness",
	"thickness, nm", "thickness_nm", "nm", 1,
	ip_eval_nm_edge, IP_EVAL_NM_EDGES, 0 };
static const struct axis tilt = { "tilt", "e. Mis-tilt",
	"tilt of the zone axis, degree", "tilt_deg", "degree", 0.01,
	ip_eval_degree_edge, IP_EVAL_DEGREE_EDGES, 0 };
static const struct axis dose = { "dose", "Error by dose",
	"dose, electrons per \303\205\302\262", "dose", "electrons", 1,
	dose_edge, sizeof dose_edge / sizeof *dose_edge, IP_CHART_LOG_X };

static const struct quantity {
	const char *name, *label, *column;
	enum ip_line_number of;
	double by;
	unsigned flags;
} quantities[] = {
	{ "mae", "mean absolute error, % of the mean truth", "mae_percent",
		IP_LINE_MAE, 100, IP_CHART_ZERO },
	{ "pearson", "Pearson correlation", "pearson", IP_LINE_PEARSON, 1,
		IP_CHART_BELOW_1 },
	{ "contrast", "recovered contrast of the defect", "contrast",
		IP_LINE_CONTRAST, 1, 0 },
};
#define QUANTITIES (sizeof quantities / sizeof *quantities)

/* Which group each line is in, -1 for none. */
struct groups {
	int *of;
	size_t count, unknown;
	double x[IP_EVAL_FEW];		/* unless there are tics */
	char (*tic)[48];
};

static double value(const struct axis *a, const struct ip_line *l)
{
	return a == &tilt ? l->tilt : l->v[a == &dose ? IP_LINE_DOSE :
		IP_LINE_THICKNESS];
}

/* One group a value; 0 if there are too many. */
static int by_value(const struct ip_figures *f, const struct axis *a,
	struct groups *g)
{
	size_t i, k, n = 0;
	double v;

	for (i = 0; i < f->lines; i++) {
		v = value(a, &f->line[i]);
		v = floor(v / a->quantum + 0.5) * a->quantum;
		for (k = 0; k < n && g->x[k] != v; k++)
			;
		g->of[i] = isnan(v) ? -1 : (int)k;
		if (isnan(v) || k < n)
			continue;
		if (n == IP_EVAL_FEW)
			return 0;
		g->x[n++] = v;
	}
	g->count = n;
	return 1;
}

static int bin_of(const struct axis *a, double v)
{
	return v >= 0 ? (int)ip_eval_bin(v, a->edge, a->edges) : -1;
}

/* What is below the first edge is not below 0. */
static void name_bin(const struct axis *a, size_t k, char *text, size_t room)
{
	if (k == a->edges)
		snprintf(text, room, "above %g", a->edge[k - 1]);
	else
		snprintf(text, room, "%g-%g", k ? a->edge[k - 1] : 0,
			a->edge[k]);
}

/* Bins that hold something, numbered from 0. */
static int by_bin(const struct ip_figures *f, const struct axis *a,
	struct groups *g)
{
	int used[BINS] = { 0 }, number[BINS];
	size_t i, k;

	for (i = 0; i < f->lines; i++) {
		g->of[i] = bin_of(a, value(a, &f->line[i]));
		if (g->of[i] >= 0)
			used[g->of[i]] = 1;
	}
	g->tic = calloc(BINS, sizeof *g->tic);
	if (!g->tic)
		return ip_cli_error(IP_ENOMEM, "out of memory");
	for (k = 0, g->count = 0; k < BINS; k++)
		if (used[k]) {
			name_bin(a, k, g->tic[g->count], sizeof *g->tic);
			number[k] = (int)g->count++;
		}
	for (i = 0; i < f->lines; i++)
		if (g->of[i] >= 0)
			g->of[i] = number[g->of[i]];
	return 0;
}

static int by_material(const struct ip_figures *f, struct groups *g)
{
	struct ip_names n = { 0 };
	size_t i, k;
	int rc = ip_figures_materials(f, &n);

	g->count = n.count;
	g->tic = calloc(n.count + 1, sizeof *g->tic);
	if (rc == 0 && !g->tic)
		rc = ip_cli_error(IP_ENOMEM, "out of memory");
	for (k = 0; rc == 0 && k < n.count; k++) {
		snprintf(g->tic[k], sizeof *g->tic, "%s", n.v[k]);
		for (i = 0; i < f->lines; i++)
			if (strcmp(f->line[i].material, n.v[k]) == 0)
				g->of[i] = (int)k;
	}
	free(n.v);
	return rc;
}

static int make_groups(const struct ip_figures *f, const struct axis *a,
	struct groups *g)
{
	size_t i;
	int rc = 0;

	memset(g, 0, sizeof *g);
	g->of = malloc((f->lines + 1) * sizeof *g->of);
	if (!g->of)
		return ip_cli_error(IP_ENOMEM, "out of memory");
	if (!a)
		rc = by_material(f, g);
	else if (!by_value(f, a, g))
		rc = by_bin(f, a, g);
	for (i = 0; rc == 0 && i < f->lines; i++)
		g->unknown += g->of[i] < 0;
	return rc;
}

static void free_groups(struct groups *g)
{
	free(g->of);
	free(g->tic);
}

/* ---- charts ---- */

static int add_mean(const struct ip_figures *f, const struct groups *g,
	const struct quantity *q, const char *method, size_t k, double *room,
	struct ip_chart_series *s)
{
	struct ip_point p = { 0, 0, 0, 0, 0 };
	struct ip_stat stat;
	size_t i, n = 0;

	for (i = 0; i < f->lines; i++)
		if (g->of[i] == (int)k &&
		    strcmp(f->line[i].method, method) == 0)
			room[n++] = f->line[i].v[q->of] * q->by;
	ip_stat(room, n, &stat);
	if (!stat.count)
		return 0;
	p.x = g->tic ? (double)k : g->x[k];
	p.y = stat.mean;
	p.low = stat.low;
	p.high = stat.high;
	p.pictures = stat.count;
	return ip_chart_add(s, &p);
}

static int ascending(const void *a, const void *b)
{
	double x = ((const struct ip_point *)a)->x;
	double y = ((const struct ip_point *)b)->x;

	return (x > y) - (x < y);
}

static int add_method(const struct ip_figures *f, const struct groups *g,
	const struct quantity *q, const char *method, double *room,
	struct ip_chart *c)
{
	struct ip_chart_series *s = ip_chart_begin(c, ip_method_title(method),
		ip_method_look(method));
	size_t k;
	int rc = s ? 0 : IP_ENOMEM;

	for (k = 0; rc == 0 && k < g->count; k++)
		rc = add_mean(f, g, q, method, k, room, s);
	if (rc == 0 && s->count)
		qsort(s->p, s->count, sizeof *s->p, ascending);
	else if (rc == 0)
		c->count--;	/* it holds no memory */
	return rc;
}

/* A fit leaves Pearson's coefficient as it is. */
static int is_shown(const char *method, const struct quantity *q)
{
	return !ip_method_is_control(method) && !(q->of == IP_LINE_PEARSON &&
		strcmp(method, "network_fitted") == 0);
}

static int fill(const struct ip_figures *f, const struct groups *g,
	const struct quantity *q, struct ip_chart *c)
{
	double *room = malloc((f->lines + 1) * sizeof *room);
	struct ip_names n = { 0 };
	size_t i;
	int rc = room ? ip_figures_methods(f, &n) :
		ip_cli_error(IP_ENOMEM, "out of memory");

	for (i = 0; rc == 0 && i < n.count; i++)
		if (is_shown(n.v[i], q))
			rc = add_method(f, g, q, n.v[i], room, c);
	for (i = 0; rc == 0 && g->tic && i < g->count; i++)
		rc = ip_chart_tic(c, g->tic[i]);
	free(room);
	free(n.v);
	return rc;
}

static int draw(struct ip_figures *f, const struct axis *a,
	const struct groups *g, const struct quantity *q)
{
	char name[48];
	struct ip_chart c = { .name = name, .x = a ? a->label : "material",
		.y = q->label, .x_column = a ? a->column : "material",
		.y_column = q->column };
	int rc;

	snprintf(name, sizeof name, "%s-%s", a == &tilt ? "e-tilt" : a ?
		a->name : "c-material", q->name);
	c.flags = q->flags | (a && !g->tic ? a->flags : 0) | (a ? 0 :
		IP_CHART_BARS);
	if (!a)
		c.flags &= ~(unsigned)IP_CHART_BELOW_1;
	rc = fill(f, g, q, &c);
	if (rc == 0 && c.count)
		rc = ip_figures_chart(f, &c, "Means over pictures,"
			" %zu of %zu files in all%s.%s", f->pictures, f->files,
			a ? "; bars are from quartile to quartile" : "",
			q->of == IP_LINE_CONTRAST ? " How much of what the"
			" truth has beside the perfect crystal's the network"
			" shows: 1 is all, 0 none, below 0 the reverse." : "");
	else if (rc == 0 && q->of != IP_LINE_CONTRAST)
		ip_html_note(f->page, "%s: nothing to draw, for no line has"
			" it.", q->label);
	ip_chart_free(&c);
	return rc;
}

static int put_axis(struct ip_figures *f, const struct axis *a)
{
	struct groups g;
	size_t i;
	int rc = make_groups(f, a, &g);

	if (rc == 0)
		ip_html_heading(f->page, a ? a->heading :
			"Error by material");
	if (rc == 0 && g.count == 0)
		ip_html_note(f->page, "Left out: the tables have no numbers in"
			" %s.", a == &tilt ? "rx_deg and ry_deg" : a->column);
	else if (rc == 0 && a && g.count == 1 && !g.tic)
		ip_html_note(f->page, "Left out: it is %g %s in all pictures"
			" where it is known.", g.x[0], a->unit);
	else if (rc == 0 && g.unknown)
		ip_html_note(f->page, "%zu of %zu lines do not say it, and are"
			" left out here.", g.unknown, f->lines);
	for (i = 0; rc == 0 && i < QUANTITIES && (!a || g.count > 1); i++)
		if (a == &thickness || quantities[i].of != IP_LINE_CONTRAST)
			rc = draw(f, a, &g, &quantities[i]);
	if (rc == 0)
		ip_html_close(f->page);
	free_groups(&g);
	return rc;
}

int ip_figures_errors(struct ip_figures *f)
{
	const struct axis *const all[] = { &tilt, &thickness, &dose, NULL };
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < sizeof all / sizeof *all; i++)
		rc = put_axis(f, all[i]);
	return rc;
}
