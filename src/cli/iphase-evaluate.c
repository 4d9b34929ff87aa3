/* iphase-evaluate: how near predictions, iDPC and OBF come to the truth. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <iphase/log.h>
#include "evaluate.h"

#define SHOWN 20	/* pictures, without --verbose */

static struct ip_eval_options o = { .rotation = NAN, .scale = NAN };

static const struct ip_opt options[] = {
	{ "model", 0, "FILE", "run this network on the segments",
		IP_OPT_TEXT, &o.model },
	{ "truth", 0, "NAME", "tensor of the true potential [potential_beam]",
		IP_OPT_TEXT, &o.truth },
	{ "prediction", 0, "NAME", "tensor of a stored prediction [potential]",
		IP_OPT_TEXT, &o.prediction },
	{ "perfect", 0, "FILE", "the crystal without its defect: how much of"
		" it is seen", IP_OPT_TEXT, &o.perfect },
	{ "controls", 0, NULL, "the network again, told and shown what is not"
		" so", IP_OPT_FLAG, &o.controls },
	{ "trust", 0, NULL, "whether what iphase-infer --check and --ensemble"
		" tell goes with the error", IP_OPT_FLAG, &o.trust },
	{ "rotation", 0, "DEG", "of the segments, for iDPC, OBF "
		"[the file's or 0]", IP_OPT_REAL, &o.rotation },
	{ "scale", 0, "V", "V Angstrom of one unit of the network's output "
		"[the model's, or 600000]", IP_OPT_REAL, &o.scale },
	{ NULL, 0, NULL, "Tables", IP_OPT_HEADING, NULL },
	{ "bins", 0, "NM", "edges of thickness [few values: each; 5,20,50,"
		"100,200]", IP_OPT_REALS, &o.bins },
	{ "tilt-bins", 0, "DEG", "edges of tilt [few values: each; 0:1:0.2,2,"
		"5]", IP_OPT_REALS, &o.tilt_bins },
	{ "clip01", 0, NULL, "clip to 0..1 in the reference's table",
		IP_OPT_FLAG, &o.clip01 },
	{ "reference", 0, NULL, "print the reference's table instead",
		IP_OPT_FLAG, &o.reference },
	{ "csv", 0, "FILE", "all figures, a line a picture and method",
		IP_OPT_TEXT, &o.csv },
	{ "json", 0, "FILE", "all figures and their means", IP_OPT_TEXT,
		&o.json },
	{ 0 }
};

/* Rows of all pictures, before the long work begins. */
static int enter_files(struct ip_eval_report *r,
	const struct ip_eval_network *net)
{
	struct ip_measured f;
	int i, rc = 0;

	for (i = 0; rc == 0 && i < r->cli->count; i++) {
		rc = ip_eval_open(&f, &o, net, r->cli->operands[i]);
		if (rc == 0 && o.trust)
			rc = ip_eval_trust_open(&f);
		if (rc == 0)
			rc = ip_eval_enter(r, &f);
		ip_measured_close(&f);
	}
	return rc;
}

/* From row *at on, the file's first. */
static int run_file(struct ip_eval_report *r, struct ip_eval_network *net,
	const struct ip_measured *perfect, const char *path, size_t *at)
{
	int shown = r->count <= SHOWN || r->cli->verbose;
	struct ip_measured f;
	size_t i;
	int rc = ip_eval_open(&f, &o, net, path);

	if (rc == 0 && f.count != r->rows[*at].pictures)
		rc = ip_cli_error(IP_EIO, "%s: it has changed", path);
	for (i = 0; rc == 0 && i < f.count; i++, ++*at) {
		if (!shown)
			ip_cli_progress("pictures", *at, r->count);
		rc = ip_eval_picture(r, &r->rows[*at], net, &f, perfect);
		if (rc == 0 && shown)
			ip_eval_show_row(&r->rows[*at], o.reference);
	}
	ip_measured_close(&f);
	return rc;
}

static int open_network(struct ip_eval_report *r, struct ip_eval_network **net)
{
	const struct ip_model *m;
	char text[IP_CLI_MATERIALS];
	int rc;

	if (!r->o->model)
		return 0;
	rc = ip_eval_network_open(net, r->o->model, r->cli->backend,
		r->o->scale);
	if (rc < 0)
		return rc;
	m = ip_eval_network_model(*net);
	if (!ip_eval_model(r, r->o->model, ip_cli_materials(&m->attrs, text,
	    sizeof text), ip_attrs_get_text(&m->attrs, "provenance"), m->scale))
		return ip_cli_error(IP_ENOMEM, "out of memory");
	ip_eval_show_model(r->models);
	return 0;
}

static int run_pictures(struct ip_eval_report *r, struct ip_eval_network *net)
{
	struct ip_measured perfect = { 0 };
	size_t at = 0;
	int i, rc = enter_files(r, net);

	if (rc == 0 && o.perfect)
		rc = ip_eval_open(&perfect, &o, net, o.perfect);
	if (rc == 0)
		ip_eval_show_head(o.reference);
	if (r->count > SHOWN && !r->cli->verbose)
		ip_progress_set(NULL, NULL);	/* of each: they are counted */
	for (i = 0; rc == 0 && i < r->cli->count; i++)
		rc = run_file(r, net, o.perfect ? &perfect : NULL,
			r->cli->operands[i], &at);
	if (rc == 0 && r->count > SHOWN && !r->cli->verbose)
		ip_cli_progress("pictures", r->count, r->count);
	ip_measured_close(&perfect);
	return rc;
}

static int run_files(struct ip_eval_report *r)
{
	struct ip_eval_network *net = NULL;
	int rc = open_network(r, &net);

	if (rc == 0)
		rc = run_pictures(r, net);
	ip_eval_network_close(net);
	if (rc == 0)
		rc = ip_eval_summarise(r);
	if (rc < 0)
		return rc;
	ip_eval_show_summary(r);
	if (o.csv)
		rc = ip_eval_save_csv(o.csv, r);
	if (rc == 0 && o.json)
		rc = ip_eval_save_json(o.json, r);
	return rc;
}

static int check_edges(const struct ip_cli *c, const char *name,
	const struct ip_reals *edge)
{
	size_t i;

	for (i = 1; i < edge->count; i++)
		if (!(edge->v[i] > edge->v[i - 1]))
			return ip_cli_usage(c, "--%s: %g after %g, expected"
				" edges that ascend", name, edge->v[i],
				edge->v[i - 1]);
	return edge->count == 1 ? ip_cli_usage(c, "--%s: one edge, expected"
		" two or more", name) : 0;
}

static int run(const struct ip_cli *c)
{
	struct ip_eval_report r = { 0 };
	int rc = 0;

	if (c->count == 0)
		return ip_cli_usage(c, "give a file to evaluate");
	if (!isnan(o.scale) && !(o.scale > 0))
		return ip_cli_usage(c, "--scale: %g, expected a number above"
			" 0", o.scale);
	if (o.csv && o.json && strcmp(o.csv, o.json) == 0)
		return ip_cli_usage(c, "--csv and --json: both are %s", o.csv);
	if (o.model && o.prediction)
		return ip_cli_usage(c, "--model makes a prediction, and"
			" --prediction=%s names one: give one of them",
			o.prediction);
	if (o.controls && !o.model)
		return ip_cli_usage(c, "--controls runs a network again: give"
			" --model");
	if (o.trust && !o.model)
		return ip_cli_usage(c, "--trust runs a network on turned"
			" pictures and wrong thicknesses: give --model");
	rc = check_edges(c, "bins", &o.bins);
	if (rc == 0)
		rc = check_edges(c, "tilt-bins", &o.tilt_bins);
	r.cli = c;
	r.o = &o;
	if (rc == 0 && o.csv)
		rc = ip_cli_can_write(o.csv);
	if (rc == 0 && o.json)
		rc = ip_cli_can_write(o.json);
	if (rc == 0)
		rc = run_files(&r);
	ip_eval_report_free(&r);
	return rc;
}

int main(int argc, char **argv)
{
	struct ip_cli c = { .name = "iphase-evaluate", .usage = "FILE...",
		.what = "Figures of predicted potentials, of iDPC and of OBF "
			"against the true potential.",
		.example = "example: iphase-evaluate --model=model.ipt gan.ipt",
		.options = options,
		.common = IP_CLI_BACKEND | IP_CLI_THREADS };

	return ip_cli_main(&c, argc, argv, run);
}
