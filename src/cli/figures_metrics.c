/* iphase-report: the table of metrics, over all and by material. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "escape.h"
#include "figures.h"

static const struct { const char *head, *column; enum ip_line_number of;
	double by; int digits; } column[] = {
	{ "Pearson", "pearson", IP_LINE_PEARSON, 1, 3 },
	{ "MAE, %", "mae_percent", IP_LINE_MAE, 100, 1 },
	{ "peak error, %", "peak_percent", IP_LINE_PEAK, 100, 1 },
	{ "SSIM", "ssim", IP_LINE_SSIM, 1, 3 },
	{ "PSNR, dB", "psnr_db", IP_LINE_PSNR, 1, 1 },
};
#define COLUMNS (sizeof column / sizeof *column)

struct table {
	struct ip_figures *f;
	FILE *csv;
	double *room;
};

static size_t collect(const struct table *t, const char *method,
	const char *material, enum ip_line_number of, double by)
{
	const struct ip_line *l;
	size_t i, n = 0;

	for (i = 0; i < t->f->lines; i++) {
		l = &t->f->line[i];
		if (strcmp(l->method, method) == 0 &&
		    (!material || strcmp(l->material, material) == 0))
			t->room[n++] = l->v[of] * by;
	}
	return n;
}

static void put_cell(const struct table *t, double v, int digits)
{
	FILE *f = t->f->page;

	if (isnan(v))
		fputs("<td></td>", f);
	else
		fprintf(f, "<td>%.*f</td>", digits, v);
	putc(',', t->csv);
	if (!isnan(v))
		fprintf(t->csv, "%.9g", v);
}

/* What is fitted to the truth predicts no maximum. */
static int is_fitted(const char *method)
{
	const char *at = strstr(method, "_fitted");

	return at && !at[7];
}

static int put_method(const struct table *t, const char *method,
	const char *material)
{
	FILE *f = t->f->page;
	struct ip_stat s;
	size_t n = collect(t, method, material, IP_LINE_MAE, 1), i, count;
	double r2;
	int rc;

	if (n == 0)
		return 0;
	fputs(ip_method_is_control(method) ? "<tr><td>control: " : "<tr><td>",
		f);
	ip_html_text(f, ip_method_title(method));
	fprintf(f, "</td><td>%zu</td>", n);
	ip_cli_put_cell(t->csv, material ? material : "all");
	putc(',', t->csv);
	ip_cli_put_cell(t->csv, method);
	fprintf(t->csv, ",%zu", n);
	for (i = 0; i < COLUMNS; i++) {
		n = collect(t, method, material, column[i].of, column[i].by);
		ip_stat(t->room, n, &s);
		put_cell(t, s.mean, column[i].digits);
	}
	rc = ip_figures_r2(t->f, method, material, &r2, &count);
	put_cell(t, is_fitted(method) ? NAN : r2, 3);
	fputs("</tr>\n", f);
	putc('\n', t->csv);
	return rc;
}

static int put_group(const struct table *t, const char *title,
	const char *material, const struct ip_names *methods)
{
	FILE *f = t->f->page;
	size_t i;
	int rc = 0;

	fputs("<tr class=\"part\"><td>", f);
	ip_html_text(f, title);
	fputs("</td></tr>\n", f);
	for (i = 0; rc == 0 && i < methods->count; i++)
		rc = put_method(t, methods->v[i], material);
	return rc;
}

static void put_head(const struct table *t)
{
	FILE *f = t->f->page;
	size_t i;

	fputs("<div class=\"table\"><table>\n<tr><th></th><th>pictures</th>",
		f);
	fputs("material,method,pictures", t->csv);
	for (i = 0; i < COLUMNS; i++) {
		fprintf(f, "<th>%s</th>", column[i].head);
		fprintf(t->csv, ",%s", column[i].column);
	}
	fputs("<th>R2 of maxima</th></tr>\n", f);
	fputs(",r2_maxima\n", t->csv);
}

static int put_table(const struct table *t)
{
	struct ip_names methods = { 0 }, materials = { 0 };
	size_t i;
	int rc = ip_figures_methods(t->f, &methods);

	if (rc == 0)
		rc = ip_figures_materials(t->f, &materials);
	put_head(t);
	if (rc == 0)
		rc = put_group(t, "all", NULL, &methods);
	for (i = 0; rc == 0 && materials.count > 1 && i < materials.count; i++)
		rc = put_group(t, materials.v[i], materials.v[i], &methods);
	fputs("</table></div>\n", t->f->page);
	free(methods.v);
	free(materials.v);
	return rc;
}

static void put_notes(const struct ip_figures *f)
{
	ip_html_note(f->page, "Means over pictures, without what a picture does"
		" not define. MAE is the mean absolute error over the mean of"
		" the truth, the peak error that over the truth at its highest"
		" half per cent of pixels. Fitted: slope and offset by least"
		" squares against the truth, for iDPC and OBF know no mean and"
		" no scale. Blind: the network with all segments zero. Control:"
		" the network with something wrong or missing in what it is"
		" told. R2: of the true maximum over thickness by the predicted"
		" one (of the maximum itself where potentials are per nm), from"
		" three pictures on, unless the true ones are equal to 1 %%."
		);
	if (f->flat)
		ip_html_note(f->page, "%zu lines are of truths with a standard"
			" deviation under 0.02 of their mean: they are left"
			" out of Pearson.", f->flat);
}

int ip_figures_metrics(struct ip_figures *f)
{
	struct table t = { .f = f };
	char *text = NULL, name[64];
	size_t n = 0;
	int rc;

	t.csv = open_memstream(&text, &n);
	t.room = malloc((f->lines + 1) * sizeof *t.room);
	ip_html_heading(f->page, "c. Metrics");
	rc = t.csv && t.room ? put_table(&t) :
		ip_cli_error(IP_ENOMEM, "out of memory");
	put_notes(f);
	ip_html_close(f->page);
	free(t.room);
	if (t.csv && fclose(t.csv) && rc == 0)
		rc = ip_cli_error(IP_ENOMEM, "out of memory");
	if (rc) {
		free(text);
		return rc;
	}
	snprintf(name, sizeof name, "c-metrics%s.csv", f->suffix);
	return ip_figures_add(f, name, text, n);
}
