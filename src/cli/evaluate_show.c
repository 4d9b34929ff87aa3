/* iphase-evaluate: tables to read. */
#include <math.h>
#include <stdio.h>
#include "evaluate.h"

void ip_eval_show_head(int reference)
{
	int k;

	for (k = 0; reference && k < IP_EVAL_REFERENCE; k++)
		printf("%s%10s", k ? " " : "", ip_eval_reference_name[k]);
	if (reference)
		putchar('\n');
	else
		printf("%-16s %7s %8s %8s %8s %8s %9s %9s\n", "", "PSNR/dB",
			"MAE/mean", "Pearson", "peak err", "SSIM", "mean",
			"max");
}

void ip_eval_show_model(struct ip_eval_model *m)
{
	if (m->shown)
		return;
	m->shown = 1;
	printf("model %s: trained on %s\n", m->name, m->materials ?
		m->materials : "materials that it does not say");
	if (m->provenance)
		printf("  %s\n", m->provenance);
}

/* Numbers under their names, which may be wider than they are. */
static void put_reference(const double *v)
{
	char text[32];
	int k, n;

	for (k = 0; k < IP_EVAL_REFERENCE; k++) {
		n = snprintf(NULL, 0, "%10s", ip_eval_reference_name[k]);
		snprintf(text, sizeof text, "%.5g", v[k]);
		printf("%s%*s", k ? " " : "", n, text);
	}
	putchar('\n');
}

/* Errors that are huge keep to their column. */
static void put_cell(double v, int width, int digits)
{
	if (fabs(v) >= 1000)
		printf(" %*.*g", width, 3, v);
	else
		printf(" %*.*f", width, digits, v);
}

/* A number, or that there is none. */
static void put_known(double v, int width, int digits)
{
	if (isnan(v))
		printf(" %*s", width, "-");
	else
		put_cell(v, width, digits);
}

/* (Controls have a table of their own.) */
static void put_figures(const struct ip_eval_row *r)
{
	const double *v, *any = NULL;
	int m, k;

	for (m = 0; m < IP_EVAL_CONTROLS; m++) {
		if (!r->has[m])
			continue;
		any = v = r->figure[m];
		printf("%-16s", ip_eval_method_title[m]);
		put_known(v[IP_EVAL_PSNR], 7, 2);
		for (k = IP_EVAL_MAE; k <= IP_EVAL_SSIM; k++)
			put_known(v[k], 8, 4);
		printf(" %9.5g %9.5g\n", v[IP_EVAL_MEAN], v[IP_EVAL_MAX]);
	}
	if (any)
		printf("%-16s %7s %8s %8s %8s %8s %9.5g %9.5g\n", "truth", "",
			"", "", "", "", any[IP_EVAL_MEAN_TRUTH],
			any[IP_EVAL_MAX_TRUTH]);
}

static void put_row(const struct ip_eval_row *r, int reference)
{
	if (!reference)
		put_figures(r);
	else if (r->has[IP_EVAL_NETWORK])
		put_reference(r->reference);
	else
		printf("no network\n");
}

void ip_eval_show_row(const struct ip_eval_row *r, int reference)
{
	printf("\n%s", r->file);
	if (r->pictures > 1)
		printf(", picture %zu", r->picture);
	printf(": %s, ", r->material);
	if (isnan(r->thickness))
		printf("thickness not known\n");
	else
		printf("%.4g nm\n", r->thickness);
	put_row(r, reference);
	if (!reference && !isnan(r->contrast))
		printf("contrast of the defect %.3f of the true one, "
			"correlation %.3f\n", r->contrast, r->correlation);
	if (!reference && !isnan(r->sign[IP_EVAL_SPREAD]))
		ip_eval_show_trust(r);
}

/* ---- groups ---- */

static const struct {
	const char *title, *unit, *unknown;
} of[IP_EVAL_BYS] = { { "by material", "", "" },
	{ "by thickness", " nm", "thickness not known" },
	{ "by tilt", " degree", "tilt not known" } };

void ip_eval_group_name(char *text, size_t size, const struct ip_eval_row *r,
	enum ip_eval_by by)
{
	if (r->material)
		snprintf(text, size, "%s", r->material);
	else if (isnan(r->from))
		snprintf(text, size, "%s", of[by].unknown);
	else if (isinf(r->from))
		snprintf(text, size, "below %g%s", r->to, of[by].unit);
	else if (isinf(r->to))
		snprintf(text, size, "above %g%s", r->from, of[by].unit);
	else if (r->from == r->to)
		snprintf(text, size, "%g%s", r->from, of[by].unit);
	else
		snprintf(text, size, "%g to %g%s", r->from, r->to,
			of[by].unit);
}

static void put_table_head(const char *title)
{
	printf("\n%-20s %8s %5s %8s %8s %8s %8s %8s\n", title, "pictures",
		"flat", "std/mean", "Pearson", "MAE/mean", "peak err",
		"R2 max/t");
}

static void put_group(const struct ip_eval_row *r, const char *name)
{
	const double *v;
	int m;

	printf("%-20s %8zu %5zu", name, r->count, r->flat);
	put_known(r->std_over_mean, 8, 4);
	putchar('\n');
	for (m = 0; m < IP_EVAL_CONTROLS; m++) {
		v = r->figure[m];
		if (!r->has[m])
			continue;
		printf("  %-33s", ip_eval_method_title[m]);
		put_known(v[IP_EVAL_PEARSON], 8, 4);
		put_known(v[IP_EVAL_MAE], 8, 4);
		put_known(v[IP_EVAL_PEAK], 8, 4);
		put_known(r->r2[m], 8, 3);
		putchar('\n');
	}
	if (!isnan(r->contrast))
		printf("  defect: contrast %.3f of the true one, correlation "
			"%.3f\n", r->contrast, r->correlation);
}

/* Groups that are all there is, or single pictures, have been shown. */
static int telling(const struct ip_eval_groups *g,
	const struct ip_eval_row *all)
{
	return g->binned || (g->count > 1 && g->count < all->count);
}

static void put_groups(const struct ip_eval_summary *s, enum ip_eval_by by,
	int reference)
{
	const struct ip_eval_groups *g = &s->by[by];
	const struct ip_eval_row *r;
	char name[128];

	if (!telling(g, &s->all))
		return;
	if (!reference)
		put_table_head(of[by].title);
	for (r = g->row; r < g->row + g->count; r++) {
		ip_eval_group_name(name, sizeof name, r, by);
		if (!reference) {
			put_group(r, name);
			continue;
		}
		printf("\n%s, mean of %zu picture%s\n", name, r->count,
			r->count == 1 ? "" : "s");
		put_row(r, reference);
	}
}

/* ---- all ---- */

/* Of means over pictures that is the ratio. */
static void put_control(const struct ip_eval_row *r, int m)
{
	const double *v = r->figure[m];

	printf("%-20s", ip_eval_method_title[m]);
	put_known(v[IP_EVAL_MAE], 8, 4);
	put_known(v[IP_EVAL_PEARSON], 8, 4);
	put_known(v[IP_EVAL_MEAN] / v[IP_EVAL_MEAN_TRUTH], 10, 4);
	putchar('\n');
}

static void put_controls(const struct ip_eval_row *r)
{
	int m;

	printf("\n%-20s %8s %8s %10s\n", "controls", "MAE/mean", "Pearson",
		"mean/truth");
	put_control(r, IP_EVAL_NETWORK);
	put_control(r, IP_EVAL_NETWORK_BLIND);
	for (m = IP_EVAL_CONTROLS; m < IP_EVAL_METHODS; m++)
		put_control(r, m);
}

void ip_eval_show_summary(const struct ip_eval_report *r)
{
	const struct ip_eval_summary *s = &r->summary;
	int by, reference = r->o->reference;

	for (by = 0; by < IP_EVAL_BYS; by++)
		put_groups(s, (enum ip_eval_by)by, reference);
	if (s->all.count > 1) {
		printf("\nall, mean of %zu pictures\n", s->all.count);
		put_row(&s->all, reference);
	}
	if (s->all.count > 1 && !reference) {
		put_table_head("");
		put_group(&s->all, "all");
	}
	if (s->all.flat && !reference)
		printf("\nflat: a truth of std/mean below %g, left out of "
			"Pearson\n", IP_EVAL_FLAT);
	if (s->all.has[IP_EVAL_CONTROLS] && !reference)
		put_controls(&s->all);
	if (r->o->trust && !reference)
		ip_eval_show_trusts(r);
}
