/* iphase-evaluate: tables to read. */
#include <math.h>
#include <stdio.h>
#include "evaluate.h"

/* Of the figures, in the order of ip_eval_figure_name: */
enum { PSNR, MAE, PEARSON, PEAK, SSIM, MEAN, MEAN_TRUTH, MAX, MAX_TRUTH };

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

static void put_figures(const struct ip_eval_row *r)
{
	const double *v, *any = NULL;
	int m, k;

	for (m = 0; m < IP_EVAL_METHODS; m++) {
		if (!r->has[m])
			continue;
		any = v = r->figure[m];
		printf("%-16s", ip_eval_method_title[m]);
		put_cell(v[PSNR], 7, 2);
		for (k = MAE; k <= SSIM; k++)
			put_cell(v[k], 8, 4);
		printf(" %9.5g %9.5g\n", v[MEAN], v[MAX]);
	}
	if (any)
		printf("%-16s %7s %8s %8s %8s %8s %9.5g %9.5g\n", "truth", "",
			"", "", "", "", any[MEAN_TRUTH], any[MAX_TRUTH]);
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

/* Nothing if no method has one. */
static void put_r2(const struct ip_eval_row *r, int reference)
{
	int m;

	for (m = 0; !reference && m < IP_EVAL_METHODS; m++)
		if (!isnan(r->r2[m]))
			printf("R2 of max/thickness: %s %.3f\n",
				ip_eval_method_title[m], r->r2[m]);
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
}

static void put_count(const struct ip_eval_row *r)
{
	printf(", mean of %zu picture%s\n", r->count, r->count == 1 ? "" : "s");
}

/* Groups that are all there is, or single pictures, have been shown. */
static int telling(size_t groups, const struct ip_eval_row *all)
{
	return groups > 1 && groups < all->count;
}

void ip_eval_show_summary(const struct ip_eval_summary *s, int reference)
{
	size_t i;

	for (i = 0; telling(s->materials, &s->all) && i < s->materials; i++) {
		printf("\n%s", s->material[i].material);
		put_count(&s->material[i]);
		put_row(&s->material[i], reference);
		put_r2(&s->material[i], reference);
	}
	for (i = 0; telling(s->thicknesses, &s->all) && i < s->thicknesses;
	    i++) {
		if (isnan(s->thickness[i].thickness))
			printf("\nthickness not known");
		else
			printf("\n%g nm", s->thickness[i].thickness);
		put_count(&s->thickness[i]);
		put_row(&s->thickness[i], reference);
	}
	if (s->all.count > 1) {
		printf("\nall");
		put_count(&s->all);
		put_row(&s->all, reference);
		put_r2(&s->all, reference);
	}
}
