/* iphase-report: predicted maxima against true ones, a colour a material. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "evaluate.h"
#include "figures.h"

/*
 * Predicted and true maxima of the method's pictures of a material (NULL: of
 * all): per nm of thickness, unless the truth is per nm as it is.
 */
static size_t collect(const struct ip_figures *f, const char *method,
	const char *material, double *p, double *t)
{
	const struct ip_line *l;
	size_t i, n = 0;
	double by;

	for (i = 0; i < f->lines; i++) {
		l = &f->line[i];
		if (strcmp(l->method, method) ||
		    (material && strcmp(l->material, material)))
			continue;
		by = ip_eval_is_zone(l->truth) ? 1 : l->v[IP_LINE_THICKNESS];
		p[n] = l->v[IP_LINE_MAX] / by;
		t[n] = l->v[IP_LINE_MAX_TRUTH] / by;
		n += isfinite(p[n]) && isfinite(t[n]);
	}
	return n;
}

int ip_figures_r2(const struct ip_figures *f, const char *method,
	const char *material, double *r2, size_t *count)
{
	double *room = malloc(2 * (f->lines + 1) * sizeof *room);

	if (!room)
		return ip_cli_error(IP_ENOMEM, "out of memory");
	*count = collect(f, method, material, room, room + f->lines);
	*r2 = ip_eval_r2(room, room + f->lines, *count);
	free(room);
	return 0;
}

static int add_material(const struct ip_figures *f, const char *material,
	size_t k, double *room, struct ip_chart *c)
{
	struct ip_point p = { 0, 0, NAN, NAN, 0 };
	size_t n = collect(f, "network", material, room, room + f->lines), i;
	double r2 = ip_eval_r2(room, room + f->lines, n);
	struct ip_chart_series *s;
	char title[96];
	int rc;

	if (n == 0)
		return 0;
	if (isnan(r2))
		snprintf(title, sizeof title, "%.40s, n = %zu", material, n);
	else
		snprintf(title, sizeof title, "%.40s, n = %zu, R2 = %.3f",
			material, n, r2);
	s = ip_chart_begin(c, title, (int)k);
	rc = s ? 0 : IP_ENOMEM;
	for (i = 0; rc == 0 && i < n; i++) {
		p.x = room[f->lines + i];
		p.y = room[i];
		rc = ip_chart_add(s, &p);
	}
	return rc;
}

static int fill(const struct ip_figures *f, struct ip_chart *c)
{
	double *room = malloc(2 * (f->lines + 1) * sizeof *room);
	struct ip_names n = { 0 };
	size_t k;
	int rc = room ? ip_figures_materials(f, &n) :
		ip_cli_error(IP_ENOMEM, "out of memory");

	for (k = 0; rc == 0 && k < n.count; k++)
		rc = add_material(f, n.v[k], k, room, c);
	free(room);
	free(n.v);
	return rc;
}

static int put_chart(struct ip_figures *f, const struct ip_chart *c)
{
	char text[32] = "not defined";
	double r2;
	size_t n;
	int rc = ip_figures_r2(f, "network", NULL, &r2, &n);

	if (!isnan(r2))
		snprintf(text, sizeof text, "%.3f", r2);
	return rc ? rc : ip_figures_chart(f, c, "Each point is one of %zu"
		" pictures; on the line the network is right. R2 over all of"
		" them, the coefficient of determination of the true ones by"
		" the predicted ones: %s. It is 1 where they are equal and 0"
		" for what knows their mean only.", n, text);
}

int ip_figures_maxima(struct ip_figures *f)
{
	int zone = f->lines && ip_eval_is_zone(f->line[0].truth), rc;
	struct ip_chart c = { .name = "f-maxima",
		.x = zone ? "true maximum, V\302\267\303\205 per nm" :
			"true maximum / thickness, V\302\267\303\205 per nm",
		.y = zone ? "predicted maximum, V\302\267\303\205 per nm" :
			"predicted maximum / thickness, V\302\267\303\205 per"
			" nm",
		.x_column = "true", .y_column = "predicted",
		.flags = IP_CHART_DIAGONAL };

	ip_html_heading(f->page, "f. Maxima");
	rc = fill(f, &c);
	if (rc == 0 && c.count)
		rc = put_chart(f, &c);
	else if (rc == 0)
		ip_html_note(f->page, "Left out: the tables have no lines of a"
			" network with max, max_truth and thickness_nm.");
	ip_html_close(f->page);
	ip_chart_free(&c);
	return rc;
}
