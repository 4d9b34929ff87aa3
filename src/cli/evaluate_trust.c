/* iphase-evaluate: whether the signs of trust go with the true error. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "evaluate.h"

const char *const ip_eval_sign_name[IP_EVAL_SIGNS] = { "consistency",
	"consistency_thin", "consistency_thick", "displacement", "spread",
	"ensemble_mae" };
const char *const ip_eval_seen_name[IP_EVAL_SEENS] = { "all", "trained",
	"not_trained" };

/* ---- one picture ---- */

int ip_eval_trust_open(const struct ip_measured *f)
{
	struct ip_microscope q;
	int rc = ip_trust_square(f, "--trust");

	return rc < 0 ? rc : ip_trust_microscope(f, NAN, &q);
}

static int take_spread(struct ip_eval_row *row, struct ip_eval_network *n,
	const struct ip_measured *f, const struct ip_eval_picture *p)
{
	struct ip_tensor mean = { 0 }, spread = { 0 };
	struct ip_metrics m;
	int rc = ip_eval_network_ensemble(n, f, &p->in, row->truth, &mean,
		&spread);

	if (rc == 0)
		rc = ip_metrics(&mean, &p->truth, &m);
	if (rc == 0) {
		row->sign[IP_EVAL_SPREAD] = ip_trust_spread(&mean, &spread);
		row->sign[IP_EVAL_ENSEMBLE_MAE] = m.mae;
	}
	ip_tensor_free(&mean);
	ip_tensor_free(&spread);
	return rc;
}

int ip_eval_trust(struct ip_eval_row *row, struct ip_eval_network *n,
	const struct ip_measured *f, const struct ip_eval_picture *p)
{
	static const enum ip_eval_method told[3] = { IP_EVAL_NETWORK,
		IP_EVAL_THIN, IP_EVAL_THICK };
	struct ip_consistency c = { .ratio = 0 };
	struct ip_microscope q;
	int k, rc = ip_trust_microscope(f, NAN, &q);

	for (k = 0; rc == 0 && k < 3; k++) {
		rc = ip_eval_network_check(n, f, &p->in, &q, told[k], &c);
		row->sign[IP_EVAL_CONSISTENCY + k] = c.ratio;
		if (k == 0)
			row->sign[IP_EVAL_DISPLACEMENT] = c.displacement;
		ip_consistency_free(&c);
	}
	return rc < 0 ? rc : take_spread(row, n, f, p);
}

int ip_eval_is_trained(const struct ip_eval_row *row)
{
	if (!row->model || !row->model->materials)
		return -1;
	return ip_eval_trained_on(row->model, row->material);
}

/* ---- all pictures ---- */

/* Pictures of a kind, or if group is there of that thickness. */
struct which {
	enum ip_eval_seen seen;
	const struct ip_eval_row *group;
};

static int belongs(const struct ip_eval_report *r, struct which w,
	const struct ip_eval_row *row)
{
	if (w.group)
		return ip_eval_in_group(r, IP_EVAL_BY_THICKNESS, w.group, row);
	return w.seen == IP_EVAL_ALL || ip_eval_is_trained(row) ==
		(w.seen == IP_EVAL_TRAINED);
}

static double error_of(const struct ip_eval_row *row, int shape)
{
	const double *v = row->figure[IP_EVAL_NETWORK];

	return !shape ? v[IP_EVAL_MAE] : row->flat ? NAN : 1 -
		v[IP_EVAL_PEARSON];
}

/* How sign goes with the error, where both are known. room: 2 r->count. */
static int correlate(const struct ip_eval_report *r, struct which w,
	enum ip_eval_sign sign, int shape, double *room, struct ip_spearman *s)
{
	const struct ip_eval_row *row;
	size_t n = 0;

	for (row = r->rows; row < r->rows + r->count; row++) {
		double error = error_of(row, shape);

		if (!belongs(r, w, row) || !isfinite(error) ||
		    !isfinite(row->sign[sign]))
			continue;
		room[n] = row->sign[sign];
		room[r->count + n++] = error;
	}
	return ip_metrics_spearman(room, room + r->count, n, s);
}

static double sign_of(const struct ip_eval_row *row, int sign)
{
	return row->sign[sign];
}

static double mean_of(const struct ip_eval_report *r, struct which w,
	double (*of)(const struct ip_eval_row *row, int k), int k)
{
	const struct ip_eval_row *row;
	double sum = 0, v;
	size_t n = 0;

	for (row = r->rows; row < r->rows + r->count; row++) {
		v = of(row, k);
		if (!belongs(r, w, row) || isnan(v))
			continue;
		sum += v;
		n++;
	}
	return n ? sum / (double)n : NAN;
}

/* Shares of pictures that explain themselves best at their own thickness. */
static void compare(const struct ip_eval_report *r, struct which w,
	struct ip_eval_trust *t)
{
	const struct ip_eval_row *row;
	size_t n[3] = { 0 };
	int k;

	for (row = r->rows; row < r->rows + r->count; row++) {
		const double *c = row->sign + IP_EVAL_CONSISTENCY;

		if (!belongs(r, w, row) || isnan(c[0] + c[1] + c[2]))
			continue;
		t->compared++;
		n[0] += c[0] < c[1];
		n[1] += c[0] < c[2];
		n[2] += c[0] < c[1] && c[0] < c[2];
	}
	for (k = 0; k < 3; k++)
		t->below[k] = t->compared ? (double)n[k] /
			(double)t->compared : NAN;
}

static int summarise(const struct ip_eval_report *r, struct which w,
	double *room, struct ip_eval_trust *t)
{
	size_t i;
	int k, rc = 0;

	memset(t, 0, sizeof *t);
	for (i = 0; i < r->count; i++)
		t->count += (size_t)belongs(r, w, &r->rows[i]);
	t->mae = mean_of(r, w, error_of, 0);
	for (k = 0; k < IP_EVAL_SIGNS; k++)
		t->sign[k] = mean_of(r, w, sign_of, k);
	compare(r, w, t);
	for (k = 0; rc == 0 && k < 2; k++) {
		rc = correlate(r, w, IP_EVAL_CONSISTENCY, k, room,
			&t->consistency[k]);
		if (rc == 0)
			rc = correlate(r, w, IP_EVAL_SPREAD, k, room,
				&t->spread[k]);
	}
	return rc;
}

int ip_eval_trust_summarise(struct ip_eval_report *r)
{
	struct ip_eval_groups *g = &r->summary.by[IP_EVAL_BY_THICKNESS];
	double *room = calloc(2 * r->count + 1, sizeof *room);
	struct which w = { IP_EVAL_ALL, NULL };
	size_t i;
	int k, rc;

	g->trust = calloc(g->count + 1, sizeof *g->trust);
	rc = room && g->trust ? 0 : ip_cli_error(IP_ENOMEM, "out of memory");
	for (k = 0; rc == 0 && k < IP_EVAL_SEENS; k++) {
		w.seen = (enum ip_eval_seen)k;
		rc = summarise(r, w, room, &r->summary.trust[k]);
	}
	for (i = 0; rc == 0 && i < g->count; i++) {
		w.group = &g->row[i];
		rc = summarise(r, w, room, &g->trust[i]);
	}
	free(room);
	return rc;
}

/* ---- shown ---- */

void ip_eval_show_trust(const struct ip_eval_row *row)
{
	const double *v = row->sign;

	printf("consistency %.4g, told too thin %.4g, too thick %.4g;"
		" displacement %g A^2\nspread over turns %.4g, MAE/mean of"
		" their mean %.4f\n", v[IP_EVAL_CONSISTENCY],
		v[IP_EVAL_CONSISTENCY_THIN], v[IP_EVAL_CONSISTENCY_THICK],
		v[IP_EVAL_DISPLACEMENT], v[IP_EVAL_SPREAD],
		v[IP_EVAL_ENSEMBLE_MAE]);
}

static void put_spearman(const char *sign, const struct ip_spearman by[2])
{
	static const char *const error[2] = { "MAE/mean", "1-Pearson" };
	const struct ip_spearman *s;
	int k;

	for (k = 0, s = by; k < 2; k++, s++)
		if (isnan(s->r))
			printf("  %-9s by %-11s Spearman not defined of %zu"
				" picture%s\n", error[k], sign, s->n, s->n ==
				1 ? "" : "s");
		else
			printf("  %-9s by %-11s Spearman %6.3f, 95 %% interval"
				" %6.3f .. %6.3f, n = %zu\n", error[k], sign,
				s->r, s->low, s->high, s->n);
}

static void put_trust(const struct ip_eval_trust *t, const char *name)
{
	const double *v = t->sign;

	printf("%s: %zu picture%s\n", name, t->count, t->count == 1 ? "" :
		"s");
	put_spearman("consistency", t->consistency);
	put_spearman("spread", t->spread);
	printf("  consistency %.4g, told 20 %% too thin %.4g, too thick %.4g\n"
		"  below too thin in %.1f %%, too thick in %.1f %%, both in"
		" %.1f %% of %zu\n", v[IP_EVAL_CONSISTENCY],
		v[IP_EVAL_CONSISTENCY_THIN], v[IP_EVAL_CONSISTENCY_THICK],
		100 * t->below[0], 100 * t->below[1], 100 * t->below[2],
		t->compared);
	printf("  spread %.4g; MAE/mean %.4f, of the mean over turns %.4f\n",
		v[IP_EVAL_SPREAD], t->mae, v[IP_EVAL_ENSEMBLE_MAE]);
}

/* Both kinds of material, or neither, and thicknesses if there are several. */
void ip_eval_show_trusts(const struct ip_eval_report *r)
{
	static const char *const kind[IP_EVAL_SEENS] = { "all",
		"materials it was trained on", "materials it has not seen" };
	const struct ip_eval_groups *g = &r->summary.by[IP_EVAL_BY_THICKNESS];
	const struct ip_eval_trust *t = r->summary.trust;
	int k, both = t[IP_EVAL_TRAINED].count && t[IP_EVAL_NOT_TRAINED].count;
	char name[128];
	size_t i;

	printf("\nsigns of trust, means over pictures\n");
	for (k = 0; k < (both ? IP_EVAL_SEENS : 1); k++)
		put_trust(&t[k], kind[k]);
	for (i = 0; g->count > 1 && i < g->count; i++) {
		ip_eval_group_name(name, sizeof name, &g->row[i],
			IP_EVAL_BY_THICKNESS);
		put_trust(&g->trust[i], name);
	}
}
