/* iphase-evaluate: the figures of one picture. */
#include <math.h>
#include <string.h>
#include "evaluate.h"

int ip_eval_open(struct ip_measured *f, const struct ip_eval_options *o,
	const struct ip_eval_network *n, const char *path)
{
	const char *truth = o->truth;

	if (!truth && n && ip_cli_is_zone(&ip_eval_network_model(n)->attrs,
	    "truth"))
		truth = "potential_zone";
	return ip_measured_judge(f, path, truth, o->prediction);
}

int ip_eval_load(const struct ip_measured *f, size_t i,
	struct ip_eval_picture *p)
{
	int rc = ip_measured_picture(f, i, &p->in, &p->truth);

	return rc < 0 ? rc : ip_measured_prediction(f, i, &p->prediction);
}

/* ---- the network ---- */

int ip_eval_predict(struct ip_eval_network *n, const struct ip_measured *f,
	const struct ip_eval_picture *p, const char *truth,
	struct ip_tensor *potential)
{
	if (n)
		return ip_eval_network_run(n, f, &p->in, truth,
			IP_EVAL_NETWORK, potential);
	if (p->prediction.data)
		return ip_tensor_convert(potential, IP_F64, &p->prediction);
	return 0;
}

/* by: V Angstrom that the reference's table has for 1. */
static int measure_network(struct ip_eval_row *row,
	const struct ip_eval_options *o, const struct ip_tensor *p,
	const struct ip_tensor *truth, double by)
{
	struct ip_metrics_reference r;
	struct ip_metrics m;
	struct ip_tensor unit = { 0 };
	double *v;
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
	rc = ip_metrics_reference(&unit, truth, by, o->clip01, &r);
	if (rc == 0)
		ip_eval_take_reference(row, &r);
	ip_tensor_free(&unit);
	return rc;
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

/* What is no potential along the zone axis anew is in the reference's unit. */
static double unit_of(const struct ip_eval_report *r,
	const struct ip_eval_row *row, const struct ip_eval_network *net)
{
	if (!net || !ip_eval_network_smears(net, row->truth))
		return isnan(r->o->scale) ? row->model->scale : r->o->scale;
	return IP_MODEL_SCALE;
}

/* p: the network's answer. */
static int take_network(struct ip_eval_report *r, struct ip_eval_row *row,
	const struct ip_eval_network *net, const struct ip_measured *f,
	const struct ip_tensor *p, const struct ip_tensor *truth)
{
	struct ip_eval_model *m = net ? r->models :
		ip_eval_stored_model(r, f);

	if (!m)
		return ip_cli_error(IP_ENOMEM, "out of memory");
	row->model = m;
	ip_eval_show_model(m);
	warn_trained(r, row);
	return measure_network(row, r->o, p, truth, unit_of(r, row, net));
}

/* The network's figures by one of the methods that change what it sees. */
static int run_changed(struct ip_eval_row *row, struct ip_eval_network *net,
	const struct ip_measured *f, const struct ip_eval_picture *p,
	enum ip_eval_method method)
{
	struct ip_tensor potential = { 0 };
	struct ip_metrics m;
	int rc;

	rc = ip_eval_network_run(net, f, &p->in, row->truth, method,
		&potential);
	if (rc == 0)
		rc = ip_metrics(&potential, &p->truth, &m);
	if (rc == 0)
		ip_eval_take(row, method, &m);
	ip_tensor_free(&potential);
	return rc;
}

/* ---- a defect ---- */

/* *d, float64, new: a less b. */
static int subtract(struct ip_tensor *d, const struct ip_tensor *a,
	const struct ip_tensor *b)
{
	struct ip_tensor v = { 0 };
	size_t i;
	int rc = ip_tensor_convert(d, IP_F64, a);

	if (rc == 0)
		rc = ip_tensor_convert(&v, IP_F64, b);
	for (i = 0; rc == 0 && i < ip_tensor_count(d); i++)
		((double *)d->data)[i] -= ((double *)v.data)[i];
	ip_tensor_free(&v);
	return rc;
}

/* How much of the truth's difference the prediction's has. */
static int compare(struct ip_eval_row *row, const struct ip_tensor *p,
	const struct ip_tensor *t)
{
	const double *a = p->data, *b = t->data;
	double both = 0, square = 0;
	struct ip_metrics m;
	size_t i;
	int rc = ip_metrics(p, t, &m);

	for (i = 0; rc == 0 && i < ip_tensor_count(t); i++) {
		both += a[i] * b[i];
		square += b[i] * b[i];
	}
	if (rc == 0 && square > 0) {
		row->contrast = both / square;
		row->correlation = m.pearson;
	}
	return rc;
}

/* That q, of file g, is p of row without the defect. */
static int check_perfect(const struct ip_eval_row *row,
	const struct ip_measured *g, const struct ip_eval_picture *p,
	const struct ip_eval_picture *q, double thickness)
{
	int k, same = fabs(thickness - row->thickness) < 0.01;

	for (k = 0; k < 2; k++)
		same = same && p->truth.shape[k] == q->truth.shape[k];
	for (k = 0; k < 3; k++)
		same = same && fabs(q->in.euler[k] - row->euler[k]) < 1e-3;
	return same ? 0 : ip_cli_error(IP_EINVAL, "%s: picture %zu has another"
		" size, thickness or orientation than that of %s", g->path,
		row->picture, row->file);
}

/* prediction: of p. */
static int find_contrast(struct ip_eval_row *row, struct ip_eval_network *net,
	const struct ip_measured *g, const struct ip_eval_picture *p,
	const struct ip_tensor *prediction)
{
	struct ip_tensor perfect = { 0 }, seen = { 0 }, truth = { 0 };
	struct ip_eval_picture q;
	double thickness = NAN;
	int rc;

	if (row->picture >= g->count)
		return ip_cli_error(IP_EINVAL, "%s: %zu pictures, but %s has"
			" %zu", g->path, g->count, row->file, row->pictures);
	rc = ip_eval_load(g, row->picture, &q);
	if (rc == 0)
		rc = ip_eval_thickness(&q.in, &thickness);
	if (rc == 0)
		rc = check_perfect(row, g, p, &q, thickness);
	if (rc == 0)
		rc = ip_eval_predict(net, g, &q, row->truth, &perfect);
	if (rc == 0 && !perfect.data)
		rc = ip_cli_error(IP_ENOTFOUND, "%s: no prediction in it",
			g->path);
	if (rc == 0)
		rc = subtract(&seen, prediction, &perfect);
	if (rc == 0)
		rc = subtract(&truth, &p->truth, &q.truth);
	if (rc == 0)
		rc = compare(row, &seen, &truth);
	ip_tensor_free(&perfect);
	ip_tensor_free(&seen);
	ip_tensor_free(&truth);
	return rc;
}

/* ---- the others ---- */

static int measure_idpc(struct ip_eval_row *row,
	const struct ip_eval_options *o, const struct ip_measured *f,
	const struct ip_eval_picture *p)
{
	struct ip_idpc_result r = { 0 };
	struct ip_metrics m;
	int rc;

	rc = ip_eval_idpc(f, p, o->rotation, &r);
	if (rc == 0)
		rc = ip_metrics_fitted(&r.potential, &p->truth, &m);
	if (rc == 0)
		ip_eval_take(row, IP_EVAL_IDPC_FITTED, &m);
	ip_idpc_result_free(&r);
	return rc;
}

static int measure_obf(struct ip_eval_row *row,
	const struct ip_eval_options *o, const struct ip_measured *f,
	const struct ip_eval_picture *p)
{
	struct ip_obf_result r = { 0 };
	struct ip_metrics m;
	int rc;

	rc = ip_eval_obf(f, p, o->rotation, row->thickness, &r);
	if (rc == 0)
		rc = ip_metrics_fitted(&r.potential, &p->truth, &m);
	if (rc == 0)
		ip_eval_take(row, IP_EVAL_OBF_FITTED, &m);
	ip_obf_result_free(&r);
	return rc;
}

/* The material's mean, times the thickness here if that is not in it. */
static int measure_mean(const struct ip_eval_report *r,
	struct ip_eval_row *row, const struct ip_eval_picture *p)
{
	double mean = ip_eval_material_mean(r, row);
	int per_nm = !ip_eval_is_zone(row->truth), rc = 0;
	struct ip_tensor flat = { 0 }, nm = { 0 };
	struct ip_metrics m;
	const double *t;
	size_t i, one;

	if (isnan(mean) || (per_nm && !(row->thickness > 0)))
		return 0;
	rc = ip_tensor_new(&flat, IP_F64, 2, p->truth.shape);
	if (rc == 0 && per_nm)
		rc = ip_tensor_convert(&nm, IP_F64, &p->in.thickness);
	t = nm.data;
	one = per_nm && ip_tensor_count(&nm) == 1;
	for (i = 0; rc == 0 && i < ip_tensor_count(&flat); i++)
		((double *)flat.data)[i] = mean * (per_nm ? t[one ? 0 : i] :
			1);
	if (rc == 0)
		rc = ip_metrics(&flat, &p->truth, &m);
	if (rc == 0)
		ip_eval_take(row, IP_EVAL_MATERIAL_MEAN, &m);
	ip_tensor_free(&flat);
	ip_tensor_free(&nm);
	return rc;
}

/* ---- the whole ---- */

static int run_network(struct ip_eval_report *r, struct ip_eval_row *row,
	struct ip_eval_network *net, const struct ip_measured *f,
	const struct ip_measured *perfect, const struct ip_eval_picture *p)
{
	struct ip_tensor potential = { 0 };
	int m, rc = ip_eval_predict(net, f, p, row->truth, &potential);

	if (rc == 0 && potential.data)
		rc = take_network(r, row, net, f, &potential, &p->truth);
	if (rc == 0 && potential.data && perfect)
		rc = find_contrast(row, net, perfect, p, &potential);
	ip_tensor_free(&potential);
	if (rc == 0 && net)
		rc = run_changed(row, net, f, p, IP_EVAL_NETWORK_BLIND);
	for (m = IP_EVAL_CONTROLS; rc == 0 && net && r->o->controls &&
	    m < IP_EVAL_METHODS; m++)
		rc = run_changed(row, net, f, p, (enum ip_eval_method)m);
	return rc == 0 && net && r->o->trust ? ip_eval_trust(row, net, f, p) :
		rc;
}

int ip_eval_picture(struct ip_eval_report *r, struct ip_eval_row *row,
	struct ip_eval_network *net, const struct ip_measured *f,
	const struct ip_measured *perfect)
{
	struct ip_eval_picture p;
	int rc = ip_eval_load(f, row->picture, &p);

	if (rc == 0)
		rc = run_network(r, row, net, f, perfect, &p);
	if (rc == 0 && p.in.segments.data)
		rc = measure_idpc(row, r->o, f, &p);
	if (rc == 0 && p.in.segments.data)
		rc = measure_obf(row, r->o, f, &p);
	return rc < 0 ? rc : measure_mean(r, row, &p);
}
