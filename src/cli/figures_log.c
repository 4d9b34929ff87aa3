/* iphase-report: how a training went, by the log of iphase-train. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "figures.h"

struct curve { const char *column, *title; int look; };

/* Where the column has anything. */
static int add_curve(struct ip_chart *c, const struct ip_csv *t,
	const struct curve *k)
{
	int x = ip_csv_column(t, "epoch"), y = ip_csv_column(t, k->column);
	struct ip_point p = { 0, 0, NAN, NAN, 0 };
	struct ip_chart_series *s = NULL;
	size_t row;
	int rc = 0;

	for (row = 0; rc == 0 && row < t->rows; row++) {
		rc = ip_csv_number(t, row, x, &p.x);
		if (rc == 0)
			rc = ip_csv_number(t, row, y, &p.y);
		if (rc || isnan(p.x) || isnan(p.y))
			continue;
		if (!s)
			s = ip_chart_begin(c, k->title, k->look);
		rc = s ? ip_chart_add(s, &p) : IP_ENOMEM;
	}
	return rc;
}

static int draw(struct ip_figures *f, const struct ip_csv *t,
	struct ip_chart *c, const struct curve *k, size_t n, const char *what)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < n; i++)
		rc = add_curve(c, t, &k[i]);
	if (rc == 0 && c->count)
		rc = ip_figures_chart(f, c, "%s over the %zu epochs of %s.",
			what, t->rows, t->path);
	else if (rc == 0)
		ip_html_note(f->page, "%s: not in %s, so there is no chart.",
			what, t->path);
	ip_chart_free(c);
	return rc;
}

static int put_charts(struct ip_figures *f, const struct ip_csv *t)
{
	static const struct curve loss[] = { { "loss", "training", 0 },
		{ "validation_loss", "validation", 2 } };
	static const struct curve part[] = {
		{ "validation_pixel", "absolute error of pixels", 0 },
		{ "validation_fourier", "Fourier transform", 3 },
		{ "validation_gradient", "differences of neighbours", 4 } };
	static const struct curve pearson[] = { { "pearson",
		"validation", 2 } };
	struct ip_chart c = { .name = "b-loss", .x = "epoch", .y = "loss",
		.x_column = "epoch", .y_column = "loss", .flags =
		IP_CHART_LOG_Y };
	int rc = draw(f, t, &c, loss, 2, "Loss");

	c = (struct ip_chart) { .name = "b-parts", .x = "epoch",
		.y = "part of the validation loss, unweighted",
		.x_column = "epoch", .y_column = "loss", .flags =
		IP_CHART_LOG_Y };
	if (rc == 0)
		rc = draw(f, t, &c, part, 3, "Parts of the validation loss");
	c = (struct ip_chart) { .name = "b-pearson", .x = "epoch",
		.y = "Pearson correlation", .x_column = "epoch", .y_column =
		"pearson", .flags = IP_CHART_BELOW_1 };
	return rc ? rc : draw(f, t, &c, pearson, 1,
		"Mean Pearson correlation of the validation");
}

int ip_figures_log(struct ip_figures *f, const char *path)
{
	struct ip_csv t;
	int rc = ip_csv_read(path, &t);

	if (rc)
		return rc;
	if (ip_csv_column(&t, "epoch") < 0)
		rc = ip_cli_error(IP_EFORMAT, "%s:1: no column epoch, so not"
			" the log of iphase-train", path);
	if (rc == 0) {
		ip_html_heading(f->page, "b. Convergence");
		rc = put_charts(f, &t);
		ip_html_close(f->page);
	}
	ip_csv_free(&t);
	return rc;
}
