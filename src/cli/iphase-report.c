/* iphase-report: what the other tools found, as figures on one page. */
#include <stdlib.h>
#include <string.h>
#include "figures.h"

static const char *folder, *log_file, *model;
static struct ip_texts samples, examples;

static const struct ip_opt options[] = {
	{ "log", 0, "FILE", "of iphase-train: convergence", IP_OPT_TEXT,
		&log_file },
	{ "samples", 0, "FILE", "PNG of iphase-train --samples; may be"
		" repeated", IP_OPT_TEXTS, &samples },
	{ "example", 0, "FILE", "images and their truth, to be shown beside"
		" what is made of them; may be repeated", IP_OPT_TEXTS,
		&examples },
	{ "model", 0, "FILE", "the network of --example [a stored"
		" prediction]", IP_OPT_TEXT, &model },
	{ "output", 'o', "DIR", "folder of the page, its charts and tables",
		IP_OPT_TEXT, &folder },
	{ 0 }
};

/* ---- what it was made from ---- */

static void put_item(struct ip_figures *f, const char *what, const char *name)
{
	fprintf(f->page, "<tr><td>%s</td><td class=\"left\">", what);
	ip_html_text(f->page, name);
	fputs("</td></tr>\n", f->page);
}

/* Networks of the lines, each once. */
static size_t put_models(struct ip_figures *f)
{
	size_t i, k, n = 0;
	const char *m;

	for (i = 0; i < f->all_lines; i++) {
		m = f->all[i].model;
		for (k = 0; k < i && strcmp(f->all[k].model, m); k++)
			;
		if (!*m || k < i)
			continue;
		put_item(f, "network judged", m);
		n++;
	}
	return n;
}

static void put_sources(struct ip_figures *f)
{
	char text[128];
	size_t i, n;

	fputs("<h1>iphase: report</h1>\n<div class=\"table\"><table>\n",
		f->page);
	for (i = 0; i < f->tables; i++) {
		snprintf(text, sizeof text, " (%zu lines)", f->csv[i].rows);
		fputs("<tr><td>table of iphase-evaluate</td><td"
			" class=\"left\">", f->page);
		ip_html_text(f->page, f->csv[i].path);
		fprintf(f->page, "%s</td></tr>\n", text);
	}
	n = put_models(f);
	if (log_file)
		put_item(f, "log of iphase-train", log_file);
	if (model)
		put_item(f, "network of the examples", model);
	put_item(f, "made by", f->cli->command);
	snprintf(text, sizeof text, "%s %s", f->cli->name, ip_version());
	put_item(f, "version", text);
	fputs("</table></div>\n", f->page);
	if (n > 1)
		ip_html_note(f->page, "The tables are of %zu networks: means"
			" of \"network\" are over all of them. Make a report"
			" of each to tell them apart.", n);
}

/* ---- figures ---- */

static int by_truth(const void *a, const void *b)
{
	const struct ip_line *x = a, *y = b;
	int order = strcmp(x->truth, y->truth);

	return order ? order : (x->number > y->number) -
		(x->number < y->number);
}

static int show_examples(struct ip_figures *f)
{
	return examples.count ? ip_figures_examples(f, &examples, model) : 0;
}

/* The examples stand where the first truth comes to them. */
static int judge(struct ip_figures *f, int first)
{
	int rc = ip_figures_count(f);

	if (rc == 0)
		rc = ip_figures_metrics(f);
	if (rc == 0 && first)
		rc = show_examples(f);
	if (rc == 0)
		rc = ip_figures_errors(f);
	if (rc == 0)
		rc = ip_figures_maxima(f);
	return rc ? rc : ip_figures_trust(f);
}

/* Figures of each truth apart: their potentials are not the same thing. */
static int judge_truths(struct ip_figures *f)
{
	size_t first, n;
	char suffix[16];
	int rc = 0, k = 0;

	qsort(f->all, f->all_lines, sizeof *f->all, by_truth);
	for (first = 0; rc == 0 && first < f->all_lines; first += n, k++) {
		f->line = f->all + first;
		for (n = 1; first + n < f->all_lines && strcmp(f->line->truth,
		    f->line[n].truth) == 0; n++)
			;
		f->lines = n;
		suffix[0] = 0;
		if (k)
			snprintf(suffix, sizeof suffix, "-%d", k + 1);
		f->suffix = suffix;
		fputs("<h1>Against ", f->page);
		ip_html_text(f->page, f->line->truth);
		fputs("</h1>\n", f->page);
		rc = judge(f, k == 0);
		f->suffix = "";
	}
	return rc;
}

static int make(struct ip_figures *f)
{
	int rc = ip_figures_tables(f);

	if (rc)
		return rc;
	ip_html_begin(f->page);
	put_sources(f);
	if (samples.count)
		rc = ip_figures_samples(f, &samples);
	if (rc == 0 && log_file)
		rc = ip_figures_log(f, log_file);
	if (rc == 0)
		rc = f->all_lines ? judge_truths(f) : show_examples(f);
	ip_html_end(f->page);
	return rc;
}

static int run(const struct ip_cli *c)
{
	struct ip_figures f = { .cli = c, .suffix = "" };
	int rc;

	if (!c->count && !log_file && !samples.count && !examples.count)
		return ip_cli_usage(c, "give a table of iphase-evaluate,"
			" --log, --samples or --example");
	if (!folder || !*folder)
		return ip_cli_usage(c, "give -o DIR");
	if (model && !examples.count)
		return ip_cli_usage(c, "--model is of use with --example"
			" only");
	f.last = &f.made;
	f.page = open_memstream(&f.html, &f.html_size);
	rc = f.page ? ip_figures_plot_open(&f) :
		ip_cli_error(IP_ENOMEM, "out of memory");
	if (rc == 0)
		rc = make(&f);
	if (rc == 0)
		rc = ip_figures_save(&f, folder);
	ip_figures_free(&f);
	return rc;
}

int main(int argc, char **argv)
{
	struct ip_cli c = { .name = "iphase-report",
		.usage = "[EVALUATED.csv...] -o DIR",
		.what = "Figures of what the other tools found, on one page"
			" that holds all it shows.",
		.example = "example: iphase-evaluate --model=model.ipt test/*"
			" --csv=test.csv\n         iphase-report test.csv"
			" --log=model.csv -o report",
		.options = options,
		.common = IP_CLI_BACKEND | IP_CLI_THREADS };

	return ip_cli_main(&c, argc, argv, run);
}
