/* iphase-evaluate: figures in rows. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <iphase/specimen.h>
#include "evaluate.h"

const char *const ip_eval_method_name[IP_EVAL_METHODS] = { "network",
	"network_fitted", "network_blind", "idpc_fitted", "obf_fitted",
	"material_mean", "control_no_metadata", "control_thin",
	"control_thick", "control_tilt", "control_permuted",
	"control_empty" };
const char *const ip_eval_method_title[IP_EVAL_METHODS] = { "network",
	"network, fitted", "network, blind", "iDPC, fitted", "OBF, fitted",
	"material's mean", "no metadata", "20 % too thin", "20 % too thick",
	"tilt reversed", "segments turned", "empty specimen" };
const char *const ip_eval_figure_name[IP_EVAL_FIGURES] = { "psnr", "mae",
	"pearson", "peak", "ssim", "mean", "mean_truth", "max", "max_truth",
	"slope", "offset" };
const char *const ip_eval_reference_name[IP_EVAL_REFERENCE] = { "mae_norm",
	"rmse_norm", "psnr_norm", "pearson_norm", "peak_pcterr_norm",
	"mae_abs", "rmse_abs", "peak_pcterr_abs", "max_gt_abs",
	"max_pred_abs", "mean_gt_abs", "mean_pred_abs" };

void ip_eval_take(struct ip_eval_row *r, enum ip_eval_method method,
	const struct ip_metrics *m)
{
	const double v[IP_EVAL_FIGURES] = { m->psnr, m->mae, m->pearson,
		m->peak, m->ssim, m->mean, m->mean_truth, m->max,
		m->max_truth, m->slope, m->offset };

	memcpy(r->figure[method], v, sizeof v);
	r->has[method] = 1;
	r->std_over_mean = m->mean_truth != 0 ? m->std_truth /
		fabs(m->mean_truth) : NAN;
	r->flat = r->std_over_mean < IP_EVAL_FLAT;
}

void ip_eval_take_reference(struct ip_eval_row *r,
	const struct ip_metrics_reference *m)
{
	const double v[IP_EVAL_REFERENCE] = { m->mae_norm, m->rmse_norm,
		m->psnr_norm, m->pearson_norm, m->peak_pcterr_norm,
		m->mae_abs, m->rmse_abs, m->peak_pcterr_abs, m->max_gt_abs,
		m->max_pred_abs, m->mean_gt_abs, m->mean_pred_abs };

	memcpy(r->reference, v, sizeof v);
}

/* ---- the report's memory ---- */

static int same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static char *copy_text(const char *s)
{
	char *p = malloc(strlen(s) + 1);

	return p ? strcpy(p, s) : NULL;
}

static void free_model(struct ip_eval_model *m)
{
	free(m->name);
	free(m->materials);
	free(m->provenance);
	free(m);
}

struct ip_eval_model *ip_eval_model(struct ip_eval_report *r,
	const char *name, const char *materials, const char *provenance,
	double scale)
{
	struct ip_eval_model **at = &r->models, *m;

	for (; (m = *at) != NULL; at = &m->next)
		if (same_text(m->name, name) &&
		    same_text(m->materials, materials) &&
		    same_text(m->provenance, provenance) &&
		    m->scale == scale)
			return m;
	m = calloc(1, sizeof *m);
	if (!m)
		return NULL;
	m->scale = scale;
	m->name = copy_text(name);
	if (materials)
		m->materials = copy_text(materials);
	if (provenance)
		m->provenance = copy_text(provenance);
	if (!m->name || (materials && !m->materials) ||
	    (provenance && !m->provenance)) {
		free_model(m);
		return NULL;
	}
	return *at = m;
}

int ip_eval_trained_on(const struct ip_eval_model *m, const char *material)
{
	static const char between[] = " ,;:/+&|\t\r\n";
	const char *p = m->materials ? m->materials : "";
	size_t n;

	for (p += strspn(p, between); *p; p += n + strspn(p + n, between)) {
		n = strcspn(p, between);
		if (strlen(material) == n && !strncasecmp(p, material, n))
			return 1;
	}
	return 0;
}

struct ip_eval_model *ip_eval_stored_model(struct ip_eval_report *r,
	const struct ip_measured *f)
{
	const struct ip_attrs *a = &f->b.attrs;
	const char *name = ip_attrs_get_text(a, "model");

	return ip_eval_model(r, name ? name : "of the stored prediction",
		ip_attrs_get_text(a, "model_materials"),
		ip_attrs_get_text(a, "model_provenance"),
		ip_attrs_get(a, "model_scale", IP_MODEL_SCALE));
}

/* The one of this text, made if there is none; NULL: no memory. */
static struct ip_eval_name *named(struct ip_eval_name **at, const char *text)
{
	struct ip_eval_name *m;

	for (; (m = *at) != NULL; at = &m->next)
		if (strcmp(m->text, text) == 0)
			return m;
	m = calloc(1, sizeof *m + strlen(text) + 1);
	if (!m)
		return NULL;
	strcpy(m->text, text);
	return *at = m;
}

/* ---- a picture's row ---- */

int ip_eval_is_zone(const char *truth)
{
	return strcmp(truth, "potential_zone") == 0;
}

const char *ip_eval_truth_name(const struct ip_measured *f)
{
	size_t i;

	for (i = 0; i < f->b.count; i++)
		if (&f->b.items[i].tensor == f->truth)
			return f->b.items[i].name;
	return "";
}

static struct ip_eval_row *last_row(struct ip_eval_report *r)
{
	if (r->count == r->room) {
		size_t room = r->room ? 2 * r->room : 16;
		struct ip_eval_row *row = realloc(r->rows, room * sizeof *row);

		if (!row)
			return NULL;
		r->rows = row;
		r->room = room;
	}
	memset(&r->rows[r->count], 0, sizeof *r->rows);
	return &r->rows[r->count++];
}

static int mean_of(const struct ip_tensor *t, double *mean)
{
	struct ip_tensor v = { 0 };
	double sum = 0;
	size_t n, i;
	int rc = ip_tensor_convert(&v, IP_F64, t);

	if (rc < 0)
		return rc;
	n = ip_tensor_count(&v);
	for (i = 0; i < n; i++)
		sum += ((double *)v.data)[i];
	*mean = sum / (double)n;
	ip_tensor_free(&v);
	return 0;
}

int ip_eval_thickness(const struct ip_measurement *in, double *nm)
{
	*nm = NAN;
	return in->thickness.data ? mean_of(&in->thickness, nm) : 0;
}

double ip_eval_tilt(const double euler[3])
{
	double degree = 3.14159265358979323846 / 180, slope[2];

	ip_euler_slope(euler, slope);
	return atan(hypot(slope[0], slope[1])) / degree;
}

static int fill(struct ip_eval_row *row, const struct ip_measured *f,
	struct ip_eval_name *material)
{
	struct ip_measurement in;
	struct ip_tensor truth;
	int k, rc = ip_measured_picture(f, row->picture, &in, &truth);

	row->contrast = row->correlation = NAN;
	for (k = 0; k < IP_EVAL_SIGNS; k++)
		row->sign[k] = NAN;
	if (rc == 0)
		rc = mean_of(&truth, &row->mean_truth);
	if (rc == 0)
		rc = ip_eval_thickness(&in, &row->thickness);
	if (rc < 0)
		return rc;
	row->dose = ip_attrs_get(&f->b.attrs, "dose", 0);
	memcpy(row->euler, in.euler, sizeof row->euler);
	row->tilt = ip_eval_tilt(row->euler);
	if (ip_eval_is_zone(row->truth))
		material->sum += row->mean_truth;
	else if (row->thickness > 0)
		material->sum += row->mean_truth / row->thickness;
	material->count += ip_eval_is_zone(row->truth) || row->thickness > 0;
	return 0;
}

int ip_eval_enter(struct ip_eval_report *r, const struct ip_measured *f)
{
	const char *text = ip_attrs_get_text(&f->b.attrs, "material");
	struct ip_eval_name *material = named(&r->materials, text && *text ?
		text : "unknown");
	struct ip_eval_name *truth = named(&r->truths, ip_eval_truth_name(f));
	struct ip_eval_row *row;
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < f->count; i++) {
		row = material && truth ? last_row(r) : NULL;
		if (!row)
			return ip_cli_error(IP_ENOMEM, "out of memory");
		row->file = f->path;
		row->material = material->text;
		row->truth = truth->text;
		row->picture = i;
		row->pictures = f->count;
		row->count = 1;
		rc = fill(row, f, material);
	}
	return rc;
}

double ip_eval_material_mean(const struct ip_eval_report *r,
	const struct ip_eval_row *row)
{
	const struct ip_eval_name *m = r->materials;

	while (m->text != row->material)
		m = m->next;
	return m->count ? m->sum / (double)m->count : NAN;
}

static void free_names(struct ip_eval_name *m)
{
	struct ip_eval_name *next;

	for (; m; m = next) {
		next = m->next;
		free(m);
	}
}

void ip_eval_report_free(struct ip_eval_report *r)
{
	struct ip_eval_model *m, *next;

	for (m = r->models; m; m = next) {
		next = m->next;
		free_model(m);
	}
	free_names(r->materials);
	free_names(r->truths);
	ip_eval_summary_free(&r->summary);
	free(r->rows);
	memset(r, 0, sizeof *r);
}
