/* iphase-report: the error by the signs of trust that need no truth. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <iphase/metrics.h>
#include "figures.h"

static const struct sign {
	const char *name, *x, *column;
	enum ip_line_number of;
} signs[] = {
	{ "trust-consistency", "consistency, residual over contrast",
		"consistency", IP_LINE_CONSISTENCY },
	{ "trust-spread", "spread over turns, of the mean potential",
		"spread", IP_LINE_SPREAD },
};
#define SIGNS (sizeof signs / sizeof *signs)

/* By what the column trained says: 1, 0, or nothing. */
enum { NOT_TRAINED, TRAINED, NOT_SAID, ANY };
static const struct kind {
	const char *title;
	int seen, look;
} kinds[] = { { "material that the network was trained on", TRAINED, 0 },
	{ "material that it has not seen", NOT_TRAINED, 2 },
	{ "picture", NOT_SAID, 7 } };
#define KINDS (sizeof kinds / sizeof *kinds)

static int seen(const struct ip_line *l)
{
	double v = l->v[IP_LINE_TRAINED];

	return isnan(v) ? NOT_SAID : v != 0 ? TRAINED : NOT_TRAINED;
}

/* Sign and error, per cent, of the network's pictures of a kind; how many. */
static size_t collect(const struct ip_figures *f, const struct sign *s,
	int kind, double *x, double *y)
{
	size_t i, n = 0;

	for (i = 0; i < f->lines; i++) {
		const struct ip_line *l = &f->line[i];

		if (strcmp(l->method, "network") || (kind != ANY &&
		    kind != seen(l)))
			continue;
		x[n] = l->v[s->of];
		y[n] = 100 * l->v[IP_LINE_MAE];
		n += isfinite(x[n]) && isfinite(y[n]);
	}
	return n;
}

static int add_kind(const struct ip_figures *f, const struct sign *s,
	const struct kind *kind, double *room, struct ip_chart *c)
{
	size_t n = collect(f, s, kind->seen, room, room + f->lines), i;
	struct ip_point p = { 0, 0, NAN, NAN, 0 };
	struct ip_chart_series *to;
	int rc;

	if (n == 0)
		return 0;
	to = ip_chart_begin(c, kind->title, kind->look);
	rc = to ? 0 : IP_ENOMEM;
	for (i = 0; rc == 0 && i < n; i++) {
		p.x = room[i];
		p.y = room[f->lines + i];
		rc = ip_chart_add(to, &p);
	}
	return rc;
}

/* "0.512 (95 % interval 0.301 to 0.677) of 60 of all" */
static int say(const struct ip_figures *f, const struct sign *s, int kind,
	double *room, char *text, size_t size)
{
	static const char *const of[] = { " of materials not seen",
		" of materials trained on", "", " of all" };
	size_t n = collect(f, s, kind, room, room + f->lines);
	struct ip_spearman r;
	int rc = ip_metrics_spearman(room, room + f->lines, n, &r);

	if (rc == 0 && isnan(r.r))
		snprintf(text, size, "not defined of %zu%s", n, of[kind]);
	else if (rc == 0)
		snprintf(text, size, "%.3f (95 %% interval %.3f to %.3f) of"
			" %zu%s", r.r, r.low, r.high, n, of[kind]);
	return rc;
}

/* Of the two kinds apart if there are two. */
static int put_chart(struct ip_figures *f, const struct sign *s, double *room,
	const struct ip_chart *c)
{
	char text[3][128] = { "" };
	int two = c->count > 1, rc = say(f, s, ANY, room, text[0],
		sizeof text[0]);

	if (rc == 0 && two)
		rc = say(f, s, TRAINED, room, text[1], sizeof text[1]);
	if (rc == 0 && two)
		rc = say(f, s, NOT_TRAINED, room, text[2], sizeof text[2]);
	return rc ? rc : ip_figures_chart(f, c, "Each point is a picture."
		" Spearman's rank correlation of the error with the %s:"
		" %s%s%s%s%s. It is 1 where they put the pictures into one"
		" order, and 0 where this sign tells nothing. The interval"
		" takes pictures to be independent; where several are of one"
		" crystal it is too narrow.", s->column, text[0], two ? "; " :
		"", text[1], two ? "; " : "", text[2]);
}

static int draw(struct ip_figures *f, const struct sign *s, double *room)
{
	struct ip_chart c = { .name = s->name, .x = s->x,
		.y = "mean absolute error, % of the mean truth",
		.x_column = s->column, .y_column = "mae_percent",
		.flags = IP_CHART_ZERO | IP_CHART_POINTS };
	size_t k;
	int rc = 0;

	for (k = 0; rc == 0 && k < KINDS; k++)
		rc = add_kind(f, s, &kinds[k], room, &c);
	if (rc == 0 && c.count)
		rc = put_chart(f, s, room, &c);
	ip_chart_free(&c);
	return rc;
}

int ip_figures_trust(struct ip_figures *f)
{
	double *room = malloc(2 * (f->lines + 1) * sizeof *room);
	size_t i, n = 0;
	int rc = 0;

	if (!room)
		return ip_cli_error(IP_ENOMEM, "out of memory");
	for (i = 0; i < SIGNS; i++)
		n += collect(f, &signs[i], ANY, room, room + f->lines);
	if (n)
		ip_html_heading(f->page, "Error by signs of trust");
	for (i = 0; rc == 0 && n && i < SIGNS; i++)
		rc = draw(f, &signs[i], room);
	if (n)
		ip_html_close(f->page);
	free(room);
	return rc;
}
