/*
 * iphase-report: what the network, iDPC and OBF make of the same four images,
 * side by side in one scale.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "evaluate.h"
#include "figures.h"
#include "panels.h"
#include "segments.h"

enum { ROWS = 4, COLUMNS = 5 };

/* A picture in a row; metrics of all but the sum and the truth. */
struct panel {
	struct ip_tensor t;	/* float64, its own memory, or {0} */
	const char *name;
	struct ip_metrics m;
};
struct example {
	struct ip_measured f;
	struct panel panel[ROWS][COLUMNS];
	size_t picture[ROWS];
	double thickness[ROWS];
	size_t rows;
	int network;		/* there is one */
	const char *truth;	/* its name in f */
};

/* ---- computing ---- */

/* got becomes the panel's, as it is or fitted to the truth. */
static int take(struct panel *p, const char *name, struct ip_tensor *got,
	const struct ip_tensor *truth, int fitted)
{
	double *v;
	size_t i, n;
	int rc = ip_tensor_convert(&p->t, IP_F64, got);

	ip_tensor_free(got);
	p->name = name;
	if (rc == 0)
		rc = fitted ? ip_metrics_fitted(&p->t, truth, &p->m) :
			ip_metrics(&p->t, truth, &p->m);
	n = rc ? 0 : ip_tensor_count(&p->t);
	v = p->t.data;
	for (i = 0; fitted && i < n; i++)
		v[i] = p->m.slope * v[i] + p->m.offset;
	return rc;
}

static int run_network(struct example *e, struct ip_eval_network *net,
	const struct ip_eval_picture *p, struct panel *to)
{
	struct ip_tensor got = { 0 };
	int rc = ip_eval_predict(net, &e->f, p, e->truth, &got);

	if (rc || !got.data)
		return rc;
	e->network = 1;
	return take(to, "network", &got, &p->truth, 0);
}

static int run_linear(const struct example *e, const struct ip_eval_picture *p,
	double thickness, struct panel *to)
{
	struct ip_idpc_result idpc = { 0 };
	struct ip_obf_result obf = { 0 };
	int rc = ip_eval_idpc(&e->f, p, NAN, &idpc);

	if (rc == 0)
		rc = take(&to[0], "iDPC, fitted", &idpc.potential, &p->truth,
			1);
	if (rc == 0)
		rc = ip_eval_obf(&e->f, p, NAN, thickness, &obf);
	if (rc == 0)
		rc = take(&to[1], "OBF, fitted", &obf.potential, &p->truth, 1);
	ip_idpc_result_free(&idpc);
	ip_obf_result_free(&obf);
	return rc;
}

static int run_picture(struct example *e, struct ip_eval_network *net,
	size_t row)
{
	struct panel *to = e->panel[row];
	struct ip_eval_picture p;
	int rc = ip_eval_load(&e->f, e->picture[row], &p);

	if (rc)
		return rc;
	rc = ip_eval_thickness(&p.in, &e->thickness[row]);
	to[0].name = "segments, sum";
	to[1].name = "truth";
	if (rc == 0)
		rc = ip_cli_sum_segments(&p.in.segments, &to[0].t);
	if (rc == 0)
		rc = ip_tensor_convert(&to[1].t, IP_F64, &p.truth);
	if (rc == 0)
		rc = run_network(e, net, &p, &to[2]);
	return rc ? rc : run_linear(e, &p, e->thickness[row], &to[3]);
}

/* Up to ROWS of the file's pictures, evenly, with the first and the last. */
static void choose(struct example *e)
{
	size_t i;

	e->rows = e->f.count < ROWS ? e->f.count : ROWS;
	for (i = 0; i < e->rows; i++)
		e->picture[i] = e->rows < 2 ? 0 : i * (e->f.count - 1) /
			(e->rows - 1);
}

static int run(struct example *e, struct ip_eval_network *net,
	const char *path)
{
	const struct ip_eval_options o = { .rotation = NAN, .scale = NAN };
	size_t i;
	int rc = ip_eval_open(&e->f, &o, net, path);

	if (rc)
		return rc;
	if (!e->f.segments)
		return ip_cli_error(IP_ENOTFOUND, "%s: no segments in it, of"
			" which the example is", path);
	e->truth = ip_eval_truth_name(&e->f);
	choose(e);
	for (i = 0; rc == 0 && i < e->rows; i++)
		rc = run_picture(e, net, i);
	return rc;
}

static void free_example(struct example *e)
{
	size_t i, k;

	for (i = 0; i < ROWS; i++)
		for (k = 0; k < COLUMNS; k++)
			ip_tensor_free(&e->panel[i][k].t);
	ip_measured_close(&e->f);
}

/* ---- the picture ---- */

/* All potentials of a row in the scale of its truth. */
static int draw(const struct example *e, const char *path)
{
	struct ip_picture_style style[ROWS * COLUMNS] = { { 0 } };
	struct ip_tensor t[ROWS * COLUMNS];
	double pixel[2];
	int known = ip_cli_pixel_size(&e->f.b.attrs, pixel);
	size_t n = 0, i, k;
	int rc = 0;

	for (i = 0; rc == 0 && i < e->rows; i++) {
		double range[2] = { INFINITY, -INFINITY };

		rc = ip_cli_widen(&e->panel[i][1].t, &range[0], &range[1]);
		for (k = 0; k < COLUMNS; k++) {
			const struct panel *one = &e->panel[i][k];

			if (!one->t.data)
				continue;
			t[n] = one->t;
			ip_cli_panel(&style[n++], &one->t, k ? range : NULL,
				known ? pixel[0] : 0, one->name);
		}
	}
	return rc ? rc : ip_png_panels(path, t, style, n, n / e->rows);
}

/* ---- the page ---- */

static void put_row(const struct ip_figures *f, const struct example *e,
	size_t i, FILE *csv)
{
	const struct panel *p = e->panel[i];
	char nm[32] = "", nm_csv[32] = "";
	size_t k;

	if (!isnan(e->thickness[i])) {
		snprintf(nm, sizeof nm, "%.4g", e->thickness[i]);
		snprintf(nm_csv, sizeof nm_csv, "%.9g", e->thickness[i]);
	}
	for (k = 2; k < COLUMNS; k++) {
		if (!p[k].t.data)
			continue;
		fprintf(f->page, "<tr><td>%s</td><td>%zu</td><td>%s</td>"
			"<td>%.3f</td><td>%.1f</td><td>%.1f</td></tr>\n",
			p[k].name, e->picture[i], nm, p[k].m.pearson,
			100 * p[k].m.mae, 100 * p[k].m.peak);
		fprintf(csv, "\"%s\",%zu,%s,%.9g,%.9g,%.9g\n", p[k].name,
			e->picture[i], nm_csv, p[k].m.pearson,
			100 * p[k].m.mae, 100 * p[k].m.peak);
	}
}

static int put_table(struct ip_figures *f, const struct example *e,
	const char *name)
{
	char *text = NULL;
	size_t n = 0, i;
	FILE *csv = open_memstream(&text, &n);

	if (!csv)
		return ip_cli_error(IP_ENOMEM, "out of memory");
	fputs("<div class=\"table\"><table>\n<tr><th></th><th>picture</th>"
		"<th>nm</th><th>Pearson</th><th>MAE, %</th><th>peak error, %"
		"</th></tr>\n", f->page);
	fputs("method,picture,thickness_nm,pearson,mae_percent,peak_percent\n",
		csv);
	for (i = 0; i < e->rows; i++)
		put_row(f, e, i, csv);
	fputs("</table></div>\n", f->page);
	if (fclose(csv)) {
		free(text);
		return ip_cli_error(IP_ENOMEM, "out of memory");
	}
	return ip_figures_add(f, name, text, n);
}

/* Which network it is, what made it, and what it was trained on. */
static void put_network(struct ip_figures *f, const struct example *e,
	const struct ip_eval_network *net, const char *path)
{
	const struct ip_attrs *a = net ? &ip_eval_network_model(net)->attrs :
		&e->f.b.attrs;
	const char *name = net ? path : ip_attrs_get_text(a, "model"), *seen;
	const char *by = net ? ip_attrs_get_text(a, "version") : NULL;
	char text[IP_CLI_MATERIALS];

	if (!e->network) {
		ip_html_note(f->page, "No network, for there was neither a"
			" model nor a stored prediction.");
		return;
	}
	seen = net ? ip_cli_materials(a, text, sizeof text) :
		ip_attrs_get_text(a, "model_materials");
	ip_html_note(f->page, "Network: %s%s, trained on %s%s%s.", net ? "" :
		"stored prediction of ", name ? name : "an unknown model",
		seen ? seen : "what it does not say", by ? ", by iphase " :
		"", by ? by : "");
}

static int put_example(struct ip_figures *f, const struct example *e,
	const struct ip_eval_network *net, const char *model, size_t number)
{
	char path[320], name[32], *png;
	size_t size;
	int rc;

	snprintf(path, sizeof path, "%s/panels.png", f->temp);
	rc = draw(e, path);
	if (rc)
		return rc;
	png = ip_figures_temp_read(f, "panels.png", &size);
	unlink(path);
	if (!png)
		return ip_cli_error(IP_EIO, "%s: cannot be read", path);
	ip_html_png(f->page, png, size, "segments, truth, network, iDPC, OBF",
		1);
	snprintf(name, sizeof name, "d-%zu.png", number);
	rc = ip_figures_add(f, name, png, size);
	ip_html_note(f->page, "%s: %zu of its %zu pictures, a row each."
		" Potentials are in V\302\267\303\205%s; all of a row have the"
		" scale of its truth, and what is beyond it is cut.",
		e->f.path, e->rows, e->f.count, ip_eval_is_zone(e->truth) ?
		" per nm" : "");
	put_network(f, e, net, model);
	snprintf(name, sizeof name, "d-%zu.csv", number);
	return rc ? rc : put_table(f, e, name);
}

static int one(struct ip_figures *f, struct ip_eval_network *net,
	const char *path, const char *model, size_t number)
{
	struct example *e = calloc(1, sizeof *e);
	int rc;

	if (!e)
		return ip_cli_error(IP_ENOMEM, "out of memory");
	rc = run(e, net, path);
	if (rc == 0)
		rc = put_example(f, e, net, model, number);
	free_example(e);
	free(e);
	return rc;
}

int ip_figures_examples(struct ip_figures *f, const struct ip_texts *files,
	const char *model)
{
	struct ip_eval_network *net = NULL;
	size_t i;
	int rc = 0;

	if (model)
		rc = ip_eval_network_open(&net, model, f->cli->backend, NAN);
	if (rc)
		return rc;
	ip_html_heading(f->page, "d. Network, iDPC and OBF of the same images");
	ip_html_note(f->page, "iDPC and OBF are fitted to the truth, slope and"
		" offset by least squares; the network is as it is.");
	for (i = 0; rc == 0 && i < files->count; i++)
		rc = one(f, net, files->v[i], model, i + 1);
	ip_html_close(f->page);
	ip_eval_network_close(net);
	return rc;
}
