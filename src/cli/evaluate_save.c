/* iphase-evaluate: the same numbers as CSV (RFC 4180) and JSON (RFC 8259). */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <iphase/formats.h>
#include "escape.h"
#include "evaluate.h"

/* Every double comes back from 17 digits. What is no number is nan in CSV,
 * null in JSON. */
static void put_number(FILE *f, double v, const char *nan)
{
	if (!isfinite(v))
		fputs(nan, f);
	else
		fprintf(f, "%.17g", v);
}

/* Write with put into memory, and that to path. */
static int save(const char *path, const struct ip_eval_report *r,
	void (*put)(FILE *f, const struct ip_eval_report *r))
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);
	int bad = 1, rc;

	if (f) {
		put(f, r);
		bad = ferror(f);
		bad |= fclose(f);
	}
	rc = bad ? ip_cli_error(IP_ENOMEM, "out of memory") :
		ip_text_write(path, text, n);
	free(text);
	return rc;
}

/* ---- CSV ---- */

static int of_network(int method)
{
	return method < IP_EVAL_IDPC_FITTED || method >= IP_EVAL_CONTROLS;
}

/* Empty where there is none. */
static void put_any(FILE *f, double v, int any)
{
	putc(',', f);
	if (any)
		put_number(f, v, "nan");
}

static void put_line(FILE *f, const struct ip_eval_row *r, int method,
	const struct ip_eval_options *o)
{
	int perfect = o->perfect != NULL, k;

	ip_cli_put_cell(f, r->file);
	fprintf(f, ",%zu,", r->picture);
	ip_cli_put_cell(f, r->material);
	put_any(f, r->thickness, 1);
	for (k = 0; k < 3; k++)
		put_any(f, r->euler[k], 1);
	fprintf(f, ",%s,", ip_eval_method_name[method]);
	ip_cli_put_cell(f, of_network(method) && r->model ? r->model->name :
		"");
	for (k = 0; k < IP_EVAL_FIGURES; k++)
		put_any(f, r->figure[method][k], 1);
	for (k = 0; k < IP_EVAL_REFERENCE; k++)
		put_any(f, r->reference[k], method == IP_EVAL_NETWORK);
	put_any(f, r->std_over_mean, 1);
	put_any(f, r->contrast, method == IP_EVAL_NETWORK && perfect);
	put_any(f, r->correlation, method == IP_EVAL_NETWORK && perfect);
	putc(',', f);
	ip_cli_put_cell(f, r->truth);
	put_any(f, r->dose, r->dose > 0);
	for (k = 0; o->trust && k < IP_EVAL_SIGNS; k++)
		put_any(f, r->sign[k], method == IP_EVAL_NETWORK);
	if (o->trust)
		put_any(f, ip_eval_is_trained(r), method == IP_EVAL_NETWORK &&
			ip_eval_is_trained(r) >= 0);
	putc('\n', f);
}

static void put_csv(FILE *f, const struct ip_eval_report *r)
{
	size_t i;
	int k;

	fputs("file,picture,material,thickness_nm,rz_deg,rx_deg,ry_deg,"
		"method,model", f);
	for (k = 0; k < IP_EVAL_FIGURES; k++)
		fprintf(f, ",%s", ip_eval_figure_name[k]);
	for (k = 0; k < IP_EVAL_REFERENCE; k++)
		fprintf(f, ",%s", ip_eval_reference_name[k]);
	fputs(",std_over_mean,contrast,contrast_correlation,truth,dose", f);
	for (k = 0; r->o->trust && k < IP_EVAL_SIGNS; k++)
		fprintf(f, ",%s", ip_eval_sign_name[k]);
	fputs(r->o->trust ? ",trained\n" : "\n", f);
	for (i = 0; i < r->count; i++)
		for (k = 0; k < IP_EVAL_METHODS; k++)
			if (r->rows[i].has[k])
				put_line(f, &r->rows[i], k, r->o);
}

int ip_eval_save_csv(const char *path, const struct ip_eval_report *r)
{
	return save(path, r, put_csv);
}

/* ---- JSON ---- */

/* A file's name may hold any bytes: what is no UTF-8 becomes U+FFFD. */
static void put_text(FILE *f, const char *text)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t n;

	if (!text) {
		fputs("null", f);
		return;
	}
	putc('"', f);
	for (; *s; s += n ? n : 1) {
		n = ip_cli_utf8(s);
		if (n == 0)
			fputs("\\ufffd", f);
		else if (*s < 0x20)
			fprintf(f, "\\u%04x", *s);
		else if (*s == '"' || *s == '\\')
			fprintf(f, "\\%c", *s);
		else
			fwrite(s, 1, n, f);
	}
	putc('"', f);
}

/* , "name": {"psnr": 1.5, ...} */
static void put_object(FILE *f, const char *name, const char *const *keys,
	const double *v, int n)
{
	int k;

	fprintf(f, ",\n\t\"%s\": {", name);
	for (k = 0; k < n; k++) {
		fprintf(f, "%s\"%s\": ", k ? ", " : "", keys[k]);
		put_number(f, v[k], "null");
	}
	putc('}', f);
}

static void put_methods(FILE *f, const struct ip_eval_row *r)
{
	int m;

	for (m = 0; m < IP_EVAL_METHODS; m++)
		if (r->has[m])
			put_object(f, ip_eval_method_name[m],
				ip_eval_figure_name, r->figure[m],
				IP_EVAL_FIGURES);
	if (r->has[IP_EVAL_NETWORK])
		put_object(f, "reference", ip_eval_reference_name,
			r->reference, IP_EVAL_REFERENCE);
}

/* What a picture and a group have beside the methods' figures. */
static void put_rest(FILE *f, const struct ip_eval_row *r, int perfect)
{
	fputs(", \"std_over_mean\": ", f);
	put_number(f, r->std_over_mean, "null");
	if (!perfect)
		return;
	fputs(", \"contrast\": ", f);
	put_number(f, r->contrast, "null");
	fputs(", \"contrast_correlation\": ", f);
	put_number(f, r->correlation, "null");
}

static void put_signs(FILE *f, const double *v)
{
	int k;

	for (k = 0; k < IP_EVAL_SIGNS; k++) {
		fprintf(f, ", \"%s\": ", ip_eval_sign_name[k]);
		put_number(f, v[k], "null");
	}
}

static void put_picture(FILE *f, const struct ip_eval_row *r,
	const struct ip_eval_options *o)
{
	int k;

	fputs("{\"file\": ", f);
	put_text(f, r->file);
	fprintf(f, ", \"picture\": %zu, \"material\": ", r->picture);
	put_text(f, r->material);
	fputs(", \"thickness_nm\": ", f);
	put_number(f, r->thickness, "null");
	fputs(", \"euler_deg\": ", f);
	for (k = 0; k < 3; k++) {
		fputs(k ? ", " : "[", f);
		put_number(f, r->euler[k], "null");
	}
	fputs("], \"model\": ", f);
	put_text(f, r->model ? r->model->name : NULL);
	fputs(", \"truth\": ", f);
	put_text(f, r->truth);
	fputs(", \"dose\": ", f);
	put_number(f, r->dose > 0 ? r->dose : NAN, "null");
	put_rest(f, r, o->perfect != NULL);
	if (o->trust) {
		put_signs(f, r->sign);
		k = ip_eval_is_trained(r);
		fprintf(f, ", \"trained\": %s", k < 0 ? "null" : k ? "true" :
			"false");
	}
	put_methods(f, r);
	fputs("}", f);
}

static void put_model(FILE *f, const struct ip_eval_model *m)
{
	fputs("{\"name\": ", f);
	put_text(f, m->name);
	fputs(", \"materials\": ", f);
	put_text(f, m->materials);
	fputs(", \"provenance\": ", f);
	put_text(f, m->provenance);
	fputs(", \"scale\": ", f);
	put_number(f, m->scale, "null");
	putc('}', f);
}

static void put_group(FILE *f, const struct ip_eval_row *r, int perfect)
{
	fprintf(f, "{\"pictures\": %zu, \"flat\": %zu", r->count, r->flat);
	put_rest(f, r, perfect);
	put_methods(f, r);
	put_object(f, "r2_max_thickness", ip_eval_method_name, r->r2,
		IP_EVAL_METHODS);
	putc('}', f);
}

static void put_spearman(FILE *f, const char *name,
	const struct ip_spearman *s)
{
	static const char *const keys[] = { "r", "low", "high", "pictures" };
	const double v[] = { s->r, s->low, s->high, (double)s->n };

	put_object(f, name, keys, v, 4);
}

/* What the signs tell of pictures. */
static void put_trust(FILE *f, const struct ip_eval_trust *t)
{
	static const char *const keys[] = { "too_thin", "too_thick", "both",
		"pictures" };
	const double below[] = { t->below[0], t->below[1], t->below[2],
		(double)t->compared };

	fprintf(f, "{\"pictures\": %zu, \"mae\": ", t->count);
	put_number(f, t->mae, "null");
	put_signs(f, t->sign);
	put_spearman(f, "spearman_consistency", &t->consistency[0]);
	put_spearman(f, "spearman_spread", &t->spread[0]);
	put_spearman(f, "spearman_consistency_pearson", &t->consistency[1]);
	put_spearman(f, "spearman_spread_pearson", &t->spread[1]);
	put_object(f, "consistency_below", keys, below, 4);
	putc('}', f);
}

/* "trust": of all pictures, and of the two kinds. */
static void put_trusts(FILE *f, const struct ip_eval_trust *t)
{
	int k;

	fputs(",\n\"trust\": {", f);
	for (k = 0; k < IP_EVAL_SEENS; k++) {
		fprintf(f, "%s\n\"%s\": ", k ? "," : "",
			ip_eval_seen_name[k]);
		put_trust(f, &t[k]);
	}
	putc('}', f);
}

/* "name": [ ... ], one object a group: what it is of, and its means. */
static void put_groups(FILE *f, const char *name, const char *key,
	const struct ip_eval_groups *g, int perfect)
{
	const struct ip_eval_row *r;

	fprintf(f, "\"%s\": [", name);
	for (r = g->row; r < g->row + g->count; r++) {
		fprintf(f, "%s\n{\"%s\": ", r > g->row ? "," : "", key);
		if (r->material) {
			put_text(f, r->material);
		} else if (g->binned && !isnan(r->from)) {
			putc('[', f);
			put_number(f, r->from, "null");
			fputs(", ", f);
			put_number(f, r->to, "null");
			putc(']', f);
		} else {
			put_number(f, r->from, "null");
		}
		fputs(", \"mean\": ", f);
		put_group(f, r, perfect);
		if (g->trust) {
			fputs(", \"trust\": ", f);
			put_trust(f, &g->trust[r - g->row]);
		}
		putc('}', f);
	}
	fputs("],\n", f);
}

static void put_summary(FILE *f, const struct ip_eval_summary *s,
	const struct ip_eval_options *o)
{
	int perfect = o->perfect != NULL;

	putc('{', f);
	put_groups(f, "by_material", "material",
		&s->by[IP_EVAL_BY_MATERIAL], perfect);
	put_groups(f, "by_thickness", "thickness_nm",
		&s->by[IP_EVAL_BY_THICKNESS], perfect);
	put_groups(f, "by_tilt", "tilt_deg", &s->by[IP_EVAL_BY_TILT],
		perfect);
	fputs("\"all\": ", f);
	put_group(f, &s->all, perfect);
	if (o->trust)
		put_trusts(f, s->trust);
	putc('}', f);
}

static void put_json(FILE *f, const struct ip_eval_report *r)
{
	const struct ip_eval_model *m;
	size_t i;

	fprintf(f, "{\"tool\": \"%s\", \"version\": \"%s\", \"command\": ",
		r->cli->name, ip_version());
	put_text(f, r->cli->command);
	fputs(",\n\"models\": [", f);
	for (m = r->models; m; m = m->next) {
		if (m != r->models)
			fputs(",\n", f);
		put_model(f, m);
	}
	fputs("],\n\"pictures\": [", f);
	for (i = 0; i < r->count; i++) {
		fputs(i ? ",\n" : "\n", f);
		put_picture(f, &r->rows[i], r->o);
	}
	fputs("],\n\"summary\": ", f);
	put_summary(f, &r->summary, r->o);
	fputs("}\n", f);
}

int ip_eval_save_json(const char *path, const struct ip_eval_report *r)
{
	return save(path, r, put_json);
}
