/* iphase-evaluate: figures in rows, and their means. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "evaluate.h"

const char *const ip_eval_method_name[IP_EVAL_METHODS] = { "network",
	"network_fitted", "network_blind", "idpc_fitted", "obf_fitted" };
const char *const ip_eval_method_title[IP_EVAL_METHODS] = { "network",
	"network, fitted", "network, blind", "iDPC, fitted", "OBF, fitted" };
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

static const char *material_of(struct ip_eval_report *r, const char *name)
{
	struct ip_eval_material **at = &r->materials, *m;

	for (; (m = *at) != NULL; at = &m->next)
		if (strcmp(m->name, name) == 0)
			return m->name;
	m = malloc(sizeof *m + strlen(name) + 1);
	if (!m)
		return NULL;
	m->next = NULL;
	strcpy(m->name, name);
	*at = m;
	return m->name;
}

struct ip_eval_row *ip_eval_row(struct ip_eval_report *r,
	const struct ip_measured *f, size_t picture)
{
	struct ip_eval_row *row;
	const char *material;

	if (r->count == r->room) {
		size_t room = r->room ? 2 * r->room : 16;

		row = realloc(r->rows, room * sizeof *row);
		if (!row)
			return NULL;
		r->rows = row;
		r->room = room;
	}
	row = &r->rows[r->count];
	memset(row, 0, sizeof *row);
	row->file = f->path;
	material = ip_attrs_get_text(&f->b.attrs, "material");
	row->material = material_of(r, material && *material ? material :
		"unknown");
	row->picture = picture;
	row->pictures = f->count;
	row->count = 1;
	if (!row->material)
		return NULL;
	r->count++;
	return row;
}

void ip_eval_report_free(struct ip_eval_report *r)
{
	struct ip_eval_model *m, *next;
	struct ip_eval_material *k, *after;

	for (m = r->models; m; m = next) {
		next = m->next;
		free_model(m);
	}
	for (k = r->materials; k; k = after) {
		after = k->next;
		free(k);
	}
	ip_eval_summary_free(&r->summary);
	free(r->rows);
	memset(r, 0, sizeof *r);
}

/* ---- means ---- */

/* A sum over what is a number, and how many those are. */
struct sum {
	double v;
	size_t n;
};

static void add(struct sum *s, double v)
{
	if (isnan(v))
		return;
	s->v += v;
	s->n++;
}

static double mean(const struct sum *s)
{
	return s->n ? s->v / (double)s->n : NAN;
}

static double whole_nm(double thickness)
{
	return floor(thickness + 0.5);
}

/* Which rows belong to a group: both conditions, if not NULL. */
struct group {
	const char *material;
	const double *thickness;	/* whole nm; NAN: not known */
};

static int belongs(const struct group *g, const struct ip_eval_row *r)
{
	double t = whole_nm(r->thickness);

	if (g->material && strcmp(g->material, r->material) != 0)
		return 0;
	return !g->thickness || t == *g->thickness ||
		(isnan(t) && isnan(*g->thickness));
}

static void average(const struct ip_eval_row *rows, size_t n,
	const struct group *g, struct ip_eval_row *out)
{
	struct sum figure[IP_EVAL_METHODS][IP_EVAL_FIGURES] = { 0 };
	struct sum reference[IP_EVAL_REFERENCE] = { 0 };
	size_t i;
	int k, m;

	memset(out, 0, sizeof *out);
	for (i = 0; i < n; i++) {
		if (!belongs(g, &rows[i]))
			continue;
		out->count++;
		for (m = 0; m < IP_EVAL_METHODS; m++) {
			out->has[m] |= rows[i].has[m];
			for (k = 0; rows[i].has[m] && k < IP_EVAL_FIGURES; k++)
				add(&figure[m][k], rows[i].figure[m][k]);
		}
		for (k = 0; rows[i].has[0] && k < IP_EVAL_REFERENCE; k++)
			add(&reference[k], rows[i].reference[k]);
	}
	out->material = g->material;
	out->thickness = g->thickness ? *g->thickness : NAN;
	for (m = 0; m < IP_EVAL_METHODS; m++)
		for (k = 0; k < IP_EVAL_FIGURES; k++)
			out->figure[m][k] = mean(&figure[m][k]);
	for (k = 0; k < IP_EVAL_REFERENCE; k++)
		out->reference[k] = mean(&reference[k]);
}

/*
 * R2 of max/thickness by each method over a group's pictures, from three of
 * known thickness on. room: 2 n numbers.
 */
static void determine(const struct ip_eval_row *rows, size_t n,
	const struct group *g, double *room, struct ip_eval_row *out)
{
	const double *v;
	size_t i, count;
	int m;

	for (m = 0; m < IP_EVAL_METHODS; m++) {
		for (i = count = 0; i < n; i++) {
			if (!belongs(g, &rows[i]) || !rows[i].has[m] ||
			    !(rows[i].thickness > 0))
				continue;
			v = rows[i].figure[m];
			room[count] = v[IP_EVAL_MAX] / rows[i].thickness;
			room[n + count++] = v[IP_EVAL_MAX_TRUTH]
				/ rows[i].thickness;
		}
		out->r2[m] = count < 3 ? NAN :
			ip_metrics_r2(room, room + n, count);
	}
}

static int by_thickness(const void *a, const void *b)
{
	double x = ((const struct ip_eval_row *)a)->thickness;
	double y = ((const struct ip_eval_row *)b)->thickness;

	if (isnan(x) || isnan(y))
		return !!isnan(x) - !!isnan(y);
	return (x > y) - (x < y);
}

/* Whether one of the first n of groups is row's. */
static int known(const struct ip_eval_row *groups, size_t n,
	const struct ip_eval_row *row)
{
	struct group g;
	size_t i;

	for (i = 0; i < n; i++) {
		g.material = groups[i].material;
		g.thickness = g.material ? NULL : &groups[i].thickness;
		if (belongs(&g, row))
			return 1;
	}
	return 0;
}

int ip_eval_summarise(const struct ip_eval_row *rows, size_t n,
	struct ip_eval_summary *s)
{
	struct group g = { NULL, NULL };
	double nm, *room = calloc(2 * n + 1, sizeof *room);
	size_t i;

	memset(s, 0, sizeof *s);
	s->material = calloc(n + 1, sizeof *s->material);
	s->thickness = calloc(n + 1, sizeof *s->thickness);
	if (!s->material || !s->thickness || !room) {
		free(room);
		ip_eval_summary_free(s);
		return ip_cli_error(IP_ENOMEM, "out of memory");
	}
	average(rows, n, &g, &s->all);
	determine(rows, n, &g, room, &s->all);
	for (i = 0; i < n; i++) {
		if (!known(s->material, s->materials, &rows[i])) {
			g.material = rows[i].material;
			g.thickness = NULL;
			average(rows, n, &g, &s->material[s->materials]);
			determine(rows, n, &g, room,
				&s->material[s->materials++]);
		}
		if (!known(s->thickness, s->thicknesses, &rows[i])) {
			nm = whole_nm(rows[i].thickness);
			g.material = NULL;
			g.thickness = &nm;
			average(rows, n, &g, &s->thickness[s->thicknesses++]);
		}
	}
	qsort(s->thickness, s->thicknesses, sizeof *s->thickness,
		by_thickness);
	free(room);
	return 0;
}

void ip_eval_summary_free(struct ip_eval_summary *s)
{
	free(s->material);
	free(s->thickness);
	memset(s, 0, sizeof *s);
}
