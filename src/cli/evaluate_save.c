/* iphase-evaluate: the same numbers as CSV (RFC 4180) and JSON (RFC 8259). */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <iphase/formats.h>
#include "escape.h"
#include "evaluate.h"

/* Every double comes back from 17 digits. NAN is nan in CSV, null in JSON. */
static void put_number(FILE *f, double v, const char *nan)
{
	if (isnan(v))
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

static void put_line(FILE *f, const struct ip_eval_row *r, int method)
{
	int k;

	ip_cli_put_cell(f, r->file);
	fprintf(f, ",%zu,", r->picture);
	ip_cli_put_cell(f, r->material);
	putc(',', f);
	put_number(f, r->thickness, "nan");
	for (k = 0; k < 3; k++) {
		putc(',', f);
		put_number(f, r->euler[k], "nan");
	}
	fprintf(f, ",%s,", ip_eval_method_name[method]);
	ip_cli_put_cell(f, method < IP_EVAL_IDPC_FITTED && r->model ?
		r->model->name : "");
	for (k = 0; k < IP_EVAL_FIGURES; k++) {
		putc(',', f);
		put_number(f, r->figure[method][k], "nan");
	}
	for (k = 0; k < IP_EVAL_REFERENCE; k++) {
		putc(',', f);
		if (method == IP_EVAL_NETWORK)
			put_number(f, r->reference[k], "nan");
	}
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
	putc('\n', f);
	for (i = 0; i < r->count; i++)
		for (k = 0; k < IP_EVAL_METHODS; k++)
			if (r->rows[i].has[k])
				put_line(f, &r->rows[i], k);
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

static void put_picture(FILE *f, const struct ip_eval_row *r)
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

static void put_group(FILE *f, const struct ip_eval_row *r, int r2)
{
	fprintf(f, "{\"pictures\": %zu", r->count);
	put_methods(f, r);
	if (r2)
		put_object(f, "r2_max_thickness", ip_eval_method_name, r->r2,
			IP_EVAL_METHODS);
	putc('}', f);
}

static void put_summary(FILE *f, const struct ip_eval_summary *s)
{
	size_t i;

	fputs("{\"by_material\": [", f);
	for (i = 0; i < s->materials; i++) {
		fputs(i ? ",\n{\"material\": " : "\n{\"material\": ", f);
		put_text(f, s->material[i].material);
		fputs(", \"mean\": ", f);
		put_group(f, &s->material[i], 1);
		putc('}', f);
	}
	fputs("],\n\"by_thickness\": [", f);
	for (i = 0; i < s->thicknesses; i++) {
		fputs(i ? ",\n{\"thickness_nm\": " : "\n{\"thickness_nm\": ",
			f);
		put_number(f, s->thickness[i].thickness, "null");
		fputs(", \"mean\": ", f);
		put_group(f, &s->thickness[i], 0);
		putc('}', f);
	}
	fputs("],\n\"all\": ", f);
	put_group(f, &s->all, 1);
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
		put_picture(f, &r->rows[i]);
	}
	fputs("],\n\"summary\": ", f);
	put_summary(f, &r->summary);
	fputs("}\n", f);
}

int ip_eval_save_json(const char *path, const struct ip_eval_report *r)
{
	return save(path, r, put_json);
}
