/* iphase-evaluate: how near predictions, iDPC and OBF come to the truth. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "evaluate.h"

static double rotation = NAN, scale = NAN;
static const char *csv, *json, *model;
static const char *truth_name, *prediction_name;
static int reference, clip01;

static const struct ip_opt options[] = {
	{ "model", 0, "FILE", "run this network on the segments",
		IP_OPT_TEXT, &model },
	{ "truth", 0, "NAME", "tensor of the true potential [potential_beam]",
		IP_OPT_TEXT, &truth_name },
	{ "prediction", 0, "NAME", "tensor of a stored prediction [potential]",
		IP_OPT_TEXT, &prediction_name },
	{ "rotation", 0, "DEG", "of the segments, for iDPC, OBF "
		"[the file's or 0]", IP_OPT_REAL, &rotation },
	{ "scale", 0, "V", "V Angstrom of one unit of the network's output "
		"[the model's, or 600000]", IP_OPT_REAL, &scale },
	{ "clip01", 0, NULL, "clip to 0..1 in the reference's table",
		IP_OPT_FLAG, &clip01 },
	{ "reference", 0, NULL, "print the reference's table instead",
		IP_OPT_FLAG, &reference },
	{ "csv", 0, "FILE", "all figures, a line a picture and method",
		IP_OPT_TEXT, &csv },
	{ "json", 0, "FILE", "all figures and their means", IP_OPT_TEXT,
		&json },
	{ 0 }
};

/* ---- one picture ---- */

/* p: V Angstrom. */
static int measure_network(struct ip_eval_row *row, const struct ip_tensor *p,
	const struct ip_tensor *truth)
{
	struct ip_metrics_reference r;
	struct ip_metrics m;
	struct ip_tensor unit = { 0 };
	double by = isnan(scale) ? row->model->scale : scale, *v;
	size_t i, n;
	int rc;

	rc = ip_metrics(p, truth, &m);
	if (rc < 0)
		return rc;
	ip_eval_take(row, IP_EVAL_NETWORK, &m);
	rc = ip_metrics_fitted(p, truth, &m);
	if (rc < 0)
		return rc;
	ip_eval_take(row, IP_EVAL_NETWORK_FITTED, &m);
	rc = ip_tensor_convert(&unit, IP_F64, p);
	if (rc < 0)
		return rc;
	v = unit.data;
	n = ip_tensor_count(&unit);
	for (i = 0; i < n; i++)
		v[i] /= by;
	rc = ip_metrics_reference(&unit, truth, by, clip01, &r);
	if (rc == 0)
		ip_eval_take_reference(row, &r);
	ip_tensor_free(&unit);
	return rc;
}

static int measure_idpc(struct ip_eval_row *row, const struct ip_measured *f,
	const struct ip_eval_picture *p)
{
	struct ip_idpc_result r = { 0 };
	struct ip_metrics m;
	int rc;

	rc = ip_eval_idpc(f, p, rotation, &r);
	if (rc == 0)
		rc = ip_metrics_fitted(&r.potential, &p->truth, &m);
	if (rc == 0)
		ip_eval_take(row, IP_EVAL_IDPC_FITTED, &m);
	ip_idpc_result_free(&r);
	return rc;
}

static int measure_obf(struct ip_eval_row *row, const struct ip_measured *f,
	const struct ip_eval_picture *p)
{
	struct ip_obf_result r = { 0 };
	struct ip_metrics m;
	int rc;

	rc = ip_eval_obf(f, p, rotation, row->thickness, &r);
	if (rc == 0)
		rc = ip_metrics_fitted(&r.potential, &p->truth, &m);
	if (rc == 0)
		ip_eval_take(row, IP_EVAL_OBF_FITTED, &m);
	ip_obf_result_free(&r);
	return rc;
}

static int mean_thickness(const struct ip_tensor *t, double *mean)
{
	size_t n, i;
	struct ip_tensor v;
	double sum = 0;
	int rc;

	*mean = NAN;
	if (!t->data)
		return 0;
	rc = ip_tensor_convert(&v, IP_F64, t);
	if (rc < 0)
		return rc;
	n = ip_tensor_count(&v);
	for (i = 0; i < n; i++)
		sum += ((double *)v.data)[i];
	*mean = sum / (double)n;
	ip_tensor_free(&v);
	return 0;
}

/* Once a model and material. */
static void warn_trained(const struct ip_eval_report *r,
	const struct ip_eval_row *row)
{
	const struct ip_eval_row *k;

	if (!ip_eval_trained_on(row->model, row->material))
		return;
	for (k = r->rows; k < row; k++)
		if (k->model == row->model && k->material == row->material)
			return;
	ip_cli_warn("%s: the model was trained on %s: these figures do not"
		" tell how it does on a material that it has not seen",
		row->file, row->material);
}

/* What the network knows without looking at the picture. */
static int run_blind(struct ip_eval_row *row, struct ip_eval_network *net,
	const struct ip_measured *f, const struct ip_eval_picture *p)
{
	struct ip_tensor potential = { 0 };
	struct ip_metrics m;
	int rc;

	rc = ip_eval_network_run(net, f, p, 1, &potential);
	if (rc == 0)
		rc = ip_metrics(&potential, &p->truth, &m);
	if (rc == 0)
		ip_eval_take(row, IP_EVAL_NETWORK_BLIND, &m);
	ip_tensor_free(&potential);
	return rc;
}

/* The network's potential, run now or stored, if there is any. */
static int run_network(struct ip_eval_report *r, struct ip_eval_row *row,
	struct ip_eval_network *net, const struct ip_measured *f,
	const struct ip_eval_picture *p)
{
	struct ip_tensor potential = p->prediction;
	struct ip_eval_model *m;
	int rc = 0;

	if (net)
		rc = ip_eval_network_run(net, f, p, 0, &potential);
	if (rc < 0 || !potential.data)
		return rc;
	m = net ? r->models : ip_eval_stored_model(r, f);
	row->model = m;
	if (m) {
		ip_eval_show_model(m);
		warn_trained(r, row);
	}
	rc = m ? measure_network(row, &potential, &p->truth) :
		ip_cli_error(IP_ENOMEM, "out of memory");
	if (net)
		ip_tensor_free(&potential);
	return rc;
}

static int run_picture(struct ip_eval_report *r, struct ip_eval_network *net,
	const struct ip_measured *f, size_t i)
{
	struct ip_eval_row *row = ip_eval_row(r, f, i);
	struct ip_eval_picture p;
	int rc;

	if (!row)
		return ip_cli_error(IP_ENOMEM, "out of memory");
	rc = ip_measured_picture(f, i, &p.in, &p.truth);
	if (rc == 0)
		rc = ip_measured_prediction(f, i, &p.prediction);
	if (rc == 0)
		rc = mean_thickness(&p.in.thickness, &row->thickness);
	if (rc < 0)
		return rc;
	memcpy(row->euler, p.in.euler, sizeof row->euler);
	rc = run_network(r, row, net, f, &p);
	if (rc == 0 && net)
		rc = run_blind(row, net, f, &p);
	if (rc == 0 && p.in.segments.data)
		rc = measure_idpc(row, f, &p);
	if (rc == 0 && p.in.segments.data)
		rc = measure_obf(row, f, &p);
	if (rc == 0)
		ip_eval_show_row(row, reference);
	return rc;
}

/* ---- the whole ---- */

static int run_file(struct ip_eval_report *r, struct ip_eval_network *net,
	const char *path)
{
	const char *truth = truth_name;
	struct ip_measured f;
	size_t i;
	int rc;

	if (!truth && net && ip_cli_is_zone(
	    &ip_eval_network_model(net)->attrs, "truth"))
		truth = "potential_zone";
	rc = ip_measured_judge(&f, path, truth, prediction_name);
	for (i = 0; rc == 0 && i < f.count; i++)
		rc = run_picture(r, net, &f, i);
	ip_measured_close(&f);
	return rc;
}

static int open_network(struct ip_eval_report *r, struct ip_eval_network **net)
{
	const struct ip_model *m;
	char text[1024];
	int rc;

	if (!model)
		return 0;
	rc = ip_eval_network_open(net, model, r->cli->backend, scale);
	if (rc < 0)
		return rc;
	m = ip_eval_network_model(*net);
	if (!ip_eval_model(r, model, ip_cli_materials(&m->attrs, text,
	    sizeof text), ip_attrs_get_text(&m->attrs, "provenance"), m->scale))
		return ip_cli_error(IP_ENOMEM, "out of memory");
	ip_eval_show_model(r->models);
	return 0;
}

static int run_files(struct ip_eval_report *r)
{
	struct ip_eval_network *net = NULL;
	int i, rc = open_network(r, &net);

	if (rc == 0)
		ip_eval_show_head(reference);
	for (i = 0; rc == 0 && i < r->cli->count; i++)
		rc = run_file(r, net, r->cli->operands[i]);
	ip_eval_network_close(net);
	if (rc == 0)
		rc = ip_eval_summarise(r->rows, r->count, &r->summary);
	if (rc < 0)
		return rc;
	ip_eval_show_summary(&r->summary, reference);
	if (csv)
		rc = ip_eval_save_csv(csv, r);
	if (rc == 0 && json)
		rc = ip_eval_save_json(json, r);
	return rc;
}

static int run(const struct ip_cli *c)
{
	struct ip_eval_report r = { 0 };
	int rc = 0;

	if (c->count == 0)
		return ip_cli_usage(c, "give a file to evaluate");
	if (!isnan(scale) && !(scale > 0))
		return ip_cli_usage(c, "--scale: %g, expected a number above"
			" 0", scale);
	if (csv && json && strcmp(csv, json) == 0)
		return ip_cli_usage(c, "--csv and --json: both are %s", csv);
	if (model && prediction_name)
		return ip_cli_usage(c, "--model makes a prediction, and"
			" --prediction=%s names one: give one of them",
			prediction_name);
	r.cli = c;
	if (csv)
		rc = ip_cli_can_write(csv);
	if (rc == 0 && json)
		rc = ip_cli_can_write(json);
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
