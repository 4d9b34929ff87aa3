/* iphase-report: methods and materials of the lines, and their means. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "evaluate.h"
#include "figures.h"

/* In the order of show, which gives them their colours. */
static const enum ip_eval_method known[] = { IP_EVAL_NETWORK,
	IP_EVAL_NETWORK_FITTED, IP_EVAL_IDPC_FITTED, IP_EVAL_OBF_FITTED,
	IP_EVAL_MATERIAL_MEAN, IP_EVAL_NETWORK_BLIND };
#define KNOWN (sizeof known / sizeof *known)

int ip_method_look(const char *method)
{
	size_t i;

	for (i = 0; i < KNOWN; i++)
		if (strcmp(method, ip_eval_method_name[known[i]]) == 0)
			break;
	return (int)i;
}

const char *ip_method_title(const char *method)
{
	int i;

	for (i = 0; i < IP_EVAL_METHODS; i++)
		if (strcmp(method, ip_eval_method_name[i]) == 0)
			return ip_eval_method_title[i];
	return method;
}

int ip_method_is_control(const char *method)
{
	return strncmp(method, "control_", 8) == 0;
}

/* ---- names ---- */

static int add_name(struct ip_names *n, const char *name)
{
	const char **more;
	size_t i;

	for (i = 0; i < n->count; i++)
		if (strcmp(n->v[i], name) == 0)
			return 0;
	more = realloc(n->v, (n->count + 1) * sizeof *more);
	if (!more)
		return ip_cli_error(IP_ENOMEM, "out of memory");
	n->v = more;
	n->v[n->count++] = name;
	return 0;
}

static int has_method(const struct ip_figures *f, const char *method)
{
	size_t i;

	for (i = 0; i < f->lines; i++)
		if (strcmp(f->line[i].method, method) == 0)
			return 1;
	return 0;
}

int ip_figures_methods(const struct ip_figures *f, struct ip_names *n)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < KNOWN; i++)
		if (has_method(f, ip_eval_method_name[known[i]]))
			rc = add_name(n, ip_eval_method_name[known[i]]);
	for (i = 0; rc == 0 && i < f->lines; i++)
		rc = add_name(n, f->line[i].method);
	return rc;
}

int ip_figures_materials(const struct ip_figures *f, struct ip_names *n)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < f->lines; i++)
		rc = add_name(n, f->line[i].material);
	return rc;
}

/* ---- pictures ---- */

static int by_picture(const void *a, const void *b)
{
	const struct ip_line *x = *(struct ip_line *const *)a;
	const struct ip_line *y = *(struct ip_line *const *)b;
	int order = strcmp(x->file, y->file);

	return order ? order : strcmp(x->picture, y->picture);
}

int ip_figures_count(struct ip_figures *f)
{
	struct ip_line **v = malloc((f->lines + 1) * sizeof *v);
	size_t i;

	if (!v)
		return ip_cli_error(IP_ENOMEM, "out of memory");
	for (i = 0; i < f->lines; i++)
		v[i] = &f->line[i];
	qsort(v, f->lines, sizeof *v, by_picture);
	f->pictures = f->files = f->lines > 0;
	for (i = 1; i < f->lines; i++) {
		f->pictures += by_picture(&v[i - 1], &v[i]) != 0;
		f->files += strcmp(v[i - 1]->file, v[i]->file) != 0;
	}
	free(v);
	return 0;
}

/* ---- means ---- */

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Of ascending numbers, by lines between them. */
static double quantile(const double *v, size_t n, double q)
{
	double at = q * (double)(n - 1);
	size_t i = (size_t)at;

	return i + 1 < n ? v[i] + (at - (double)i) * (v[i + 1] - v[i]) :
		v[n - 1];
}

void ip_stat(double *v, size_t n, struct ip_stat *s)
{
	double sum = 0;
	size_t i, count = 0;

	for (i = 0; i < n; i++)
		if (!isnan(v[i])) {
			sum += v[i];
			v[count++] = v[i];
		}
	s->count = count;
	s->mean = s->low = s->high = NAN;
	if (!count)
		return;
	qsort(v, count, sizeof *v, ascending);
	s->mean = sum / (double)count;
	s->low = quantile(v, count, 0.25);
	s->high = quantile(v, count, 0.75);
}
