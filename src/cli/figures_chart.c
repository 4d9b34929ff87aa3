/* iphase-report: charts as tables, in a file and on the page. */
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "escape.h"
#include "figures.h"

#define ROWS_MAX 60	/* of a table on the page */

struct ip_chart_series *ip_chart_begin(struct ip_chart *c, const char *title,
	int look)
{
	struct ip_chart_series *s;

	if (c->count == c->room) {
		c->room = 2 * c->room + 8;
		s = realloc(c->s, c->room * sizeof *s);
		if (!s) {
			ip_cli_error(IP_ENOMEM, "out of memory");
			return NULL;
		}
		c->s = s;
	}
	s = &c->s[c->count++];
	memset(s, 0, sizeof *s);
	snprintf(s->title, sizeof s->title, "%s", title);
	s->look = look;
	return s;
}

int ip_chart_add(struct ip_chart_series *s, const struct ip_point *p)
{
	struct ip_point *more;

	if (s->count == s->room) {
		s->room = 2 * s->room + 16;
		more = realloc(s->p, s->room * sizeof *more);
		if (!more)
			return ip_cli_error(IP_ENOMEM, "out of memory");
		s->p = more;
	}
	s->p[s->count++] = *p;
	return 0;
}

int ip_chart_tic(struct ip_chart *c, const char *text)
{
	void *more = realloc(c->tic, (c->tics + 1) * sizeof *c->tic);

	if (!more)
		return ip_cli_error(IP_ENOMEM, "out of memory");
	c->tic = more;
	snprintf(c->tic[c->tics++], sizeof *c->tic, "%s", text);
	return 0;
}

void ip_chart_free(struct ip_chart *c)
{
	size_t i;

	for (i = 0; i < c->count; i++)
		free(c->s[i].p);
	free(c->s);
	free(c->tic);
	memset(c, 0, sizeof *c);
}

/* ---- the file ---- */

static void put_number(FILE *f, double v)
{
	putc(',', f);
	if (!isnan(v))
		fprintf(f, "%.9g", v);
}

static void put_point(FILE *f, const struct ip_chart *c,
	const struct ip_chart_series *s, const struct ip_point *p)
{
	ip_cli_put_cell(f, s->title);
	if (c->tics) {
		putc(',', f);
		ip_cli_put_cell(f, c->tic[(size_t)p->x]);
	} else {
		put_number(f, p->x);
	}
	put_number(f, p->y);
	if (p->pictures) {
		put_number(f, p->low);
		put_number(f, p->high);
		fprintf(f, ",%zu", p->pictures);
	}
	putc('\n', f);
}

static int means(const struct ip_chart *c)
{
	return c->count && c->s[0].count && c->s[0].p[0].pictures;
}

static int add_csv(struct ip_figures *f, const struct ip_chart *c,
	const char *name)
{
	char *text = NULL, path[64];
	size_t n = 0, i, k;
	FILE *m = open_memstream(&text, &n);

	if (!m)
		return ip_cli_error(IP_ENOMEM, "out of memory");
	fprintf(m, "series,%s,%s%s\n", c->x_column, c->y_column, means(c) ?
		",quartile_low,quartile_high,pictures" : "");
	for (i = 0; i < c->count; i++)
		for (k = 0; k < c->s[i].count; k++)
			put_point(m, c, &c->s[i], &c->s[i].p[k]);
	if (fclose(m)) {
		free(text);
		return ip_cli_error(IP_ENOMEM, "out of memory");
	}
	snprintf(path, sizeof path, "%s.csv", name);
	return ip_figures_add(f, path, text, n);
}

/* ---- the page ---- */

static const struct ip_point *point_at(const struct ip_chart_series *s,
	double x)
{
	size_t i;

	for (i = 0; i < s->count; i++)
		if (s->p[i].x == x)
			return &s->p[i];
	return NULL;
}

/* All x of all series, once each and ascending; their number, or -1. */
static int collect(const struct ip_chart *c, double *x)
{
	size_t i, k;
	int n = 0, at;

	for (i = 0; i < c->count; i++)
		for (k = 0; k < c->s[i].count; k++) {
			double v = c->s[i].p[k].x;

			for (at = 0; at < n && x[at] < v; at++)
				;
			if (at < n && x[at] == v)
				continue;
			if (n == ROWS_MAX)
				return -1;
			memmove(x + at + 1, x + at, (size_t)(n - at) *
				sizeof *x);
			x[at] = v;
			n++;
		}
	return n;
}

static void put_row(FILE *f, const struct ip_chart *c, double x)
{
	const struct ip_point *p;
	size_t i;

	fputs("<tr><td>", f);
	if (c->tics)
		ip_html_text(f, c->tic[(size_t)x]);
	else
		fprintf(f, "%.4g", x);
	fputs("</td>", f);
	for (i = 0; i < c->count; i++) {
		p = point_at(&c->s[i], x);
		if (!p || isnan(p->y))
			fputs("<td></td>", f);
		else if (p->pictures)
			fprintf(f, "<td>%.4g <span class=\"left\">(%zu)"
				"</span></td>", p->y, p->pictures);
		else
			fprintf(f, "<td>%.4g</td>", p->y);
	}
	fputs("</tr>\n", f);
}

static void put_table(FILE *f, const struct ip_chart *c)
{
	double x[ROWS_MAX];
	size_t i;
	int n = collect(c, x), k;

	if (n <= 0 || (c->flags & (IP_CHART_DIAGONAL | IP_CHART_POINTS)))
		return;
	fputs("<details><summary>The numbers: ", f);
	ip_html_text(f, c->y);
	if (means(c))
		fputs("; in brackets how many pictures", f);
	fputs("</summary>\n<div class=\"table\"><table>\n<tr><th>", f);
	ip_html_text(f, c->x);
	fputs("</th>", f);
	for (i = 0; i < c->count; i++) {
		fputs("<th>", f);
		ip_html_text(f, c->s[i].title);
		fputs("</th>", f);
	}
	fputs("</tr>\n", f);
	for (k = 0; k < n; k++)
		put_row(f, c, x[k]);
	fputs("</table></div></details>\n", f);
}

static int put_chart(struct ip_figures *f, const struct ip_chart *c,
	const char *name, const char *caption)
{
	char *png, path[64];
	size_t size;
	int rc = add_csv(f, c, name);

	if (rc == 0)
		rc = ip_figures_plot(f, c, &png, &size);
	if (rc)
		return rc;
	if (png) {
		ip_html_png(f->page, png, size, c->y, 0);
		snprintf(path, sizeof path, "%s.png", name);
		rc = ip_figures_add(f, path, png, size);
	} else {
		ip_html_note(f->page, "(There was no gnuplot to draw this"
			" chart.)");
	}
	ip_html_note(f->page, "%s", caption);
	put_table(f->page, c);
	return rc;
}

int ip_figures_chart(struct ip_figures *f, const struct ip_chart *c,
	const char *caption, ...)
{
	char *text = NULL, name[48];
	size_t n = 0;
	FILE *m = open_memstream(&text, &n);
	va_list ap;
	int rc;

	if (!m)
		return ip_cli_error(IP_ENOMEM, "out of memory");
	va_start(ap, caption);
	vfprintf(m, caption, ap);
	va_end(ap);
	snprintf(name, sizeof name, "%s%s", c->name, f->suffix);
	rc = fclose(m) ? ip_cli_error(IP_ENOMEM, "out of memory") :
		put_chart(f, c, name, text);
	free(text);
	return rc;
}
