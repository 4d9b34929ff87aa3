/* A run of training as one file. */
#include <string.h>
#include <iphase/ipt.h>
#include "core/core.h"
#include "run.h"

#define FORMAT 1	/* of attribute "checkpoint" */
#define BEST "best/"

enum { SUMS = 6, COLUMNS = 14 };
static const char columns[] = "epoch,steps,loss,pixel,fourier,gradient,"
	"check_loss,check_pixel,check_fourier,check_gradient,pearson,mae,rate,"
	"norm";

/* ---- the state as numbers ---- */

static void parts_out(const struct ip_loss_parts *p, double *v)
{
	v[0] = p->total;
	v[1] = p->pixel;
	v[2] = p->fourier;
	v[3] = p->gradient;
}

static struct ip_loss_parts parts_in(const double *v)
{
	return (struct ip_loss_parts){ v[0], v[1], v[2], v[3] };
}

static void row_out(const struct ip_epoch *r, double *v)
{
	v[0] = (double)r->epoch;
	v[1] = (double)r->steps;
	parts_out(&r->loss, v + 2);
	parts_out(&r->check, v + 6);
	v[10] = r->pearson;
	v[11] = r->mae;
	v[12] = r->rate;
	v[13] = r->norm;
}

static struct ip_epoch row_in(const double *v)
{
	return (struct ip_epoch){ (uint64_t)v[0], (uint64_t)v[1],
		parts_in(v + 2), parts_in(v + 6), v[10], v[11], v[12], v[13] };
}

/* ---- writing ---- */

static int put_count(struct ip_attrs *a, const char *key, uint64_t v)
{
	int64_t i = (int64_t)v;

	return ip_attrs_i64(a, key, &i, 1);
}

static int put_state(struct ip_attrs *a, const struct ip_run *run)
{
	double sums[SUMS];
	int rc = put_count(a, "checkpoint", FORMAT);

	parts_out(&run->sum, sums);
	sums[4] = run->norm;
	sums[5] = run->rate;
	if (rc == 0)
		rc = put_count(a, "epoch", run->epoch);
	if (rc == 0)
		rc = put_count(a, "batch", run->batch);
	if (rc == 0)
		rc = put_count(a, "pictures", run->pictures);
	if (rc == 0)
		rc = put_count(a, "best_epoch", run->best_epoch);
	return rc < 0 ? rc : ip_attrs_f64(a, "sums", sums, SUMS);
}

static int put_log(struct ip_bundle *b, const struct ip_run *run)
{
	size_t shape[2] = { run->rows, COLUMNS }, i;
	struct ip_tensor t = { 0 };
	struct ip_item *item;
	int rc;

	if (run->rows == 0)
		return IP_OK;
	rc = ip_tensor_new(&t, IP_F64, 2, shape);
	for (i = 0; rc == 0 && i < run->rows; i++)
		row_out(&run->row[i], (double *)t.data + i * COLUMNS);
	if (rc == 0)
		rc = ip_bundle_add(b, "log", &t, &item);
	if (rc == 0)
		rc = ip_attrs_text(&item->attrs, "columns", columns);
	ip_tensor_free(&t);
	return rc;
}

int ip_checkpoint_save(const char *path, struct ip_trainer *t,
	const struct ip_run *run, const struct ip_attrs *same,
	const struct ip_attrs *about)
{
	struct ip_bundle b = { 0 };
	int rc = ip_trainer_save(t, &b);

	if (rc == 0)
		rc = ip_run_best(run, BEST, &b);
	if (rc == 0)
		rc = put_log(&b, run);
	if (rc == 0)
		rc = put_state(&b.attrs, run);
	if (rc == 0)
		rc = ip_attrs_copy(&b.attrs, same);
	if (rc == 0)
		rc = ip_attrs_copy(&b.attrs, about);
	if (rc == 0)
		rc = ip_ipt_save(path, &b, 1);
	ip_bundle_free(&b);
	return rc;
}

/* ---- what must be equal ---- */

static void text_of(const struct ip_attr *a, char *text, size_t size)
{
	size_t n = 0, i;

	text[0] = '\0';
	if (!a)
		snprintf(text, size, "not known");
	else if (a->type == IP_ATTR_TEXT)
		snprintf(text, size, "%s", a->v.text);
	else
		for (i = 0; i < a->count && n < size; i++)
			n += (size_t)snprintf(text + n, size - n, "%s%.10g",
				i ? "," : "", a->type == IP_ATTR_F64 ?
				a->v.f64[i] : (double)a->v.i64[i]);
}

static int equal(const struct ip_attr *a, const struct ip_attr *b)
{
	size_t size = a->type == IP_ATTR_TEXT ? 1 : 8;

	return b && a->type == b->type && a->count == b->count &&
		memcmp(a->v.text, b->v.text, a->count * size) == 0;
}

static int check_same(const char *path, const struct ip_attrs *same,
	const struct ip_attrs *there)
{
	const struct ip_attr *a, *was;
	char before[200], now[200];
	size_t i;

	for (i = 0; i < same->count; i++) {
		a = &same->items[i];
		was = ip_attrs_find(there, a->key);
		if (equal(a, was))
			continue;
		text_of(was, before, sizeof(before));
		text_of(a, now, sizeof(now));
		return ip_fail(IP_EINVAL, "%s: %s was %s, and is now %s: a "
			"run goes on only as it began", path, a->key, before,
			now);
	}
	return IP_OK;
}

/* ---- reading ---- */

static int bad(const char *path, const char *what)
{
	return ip_fail(IP_EFORMAT, "%s: %s: it is damaged, or no checkpoint of"
		" training", path, what);
}

static int get_count(const struct ip_attrs *a, const char *key, uint64_t *v)
{
	const struct ip_attr *at = ip_attrs_find(a, key);

	if (!at || at->type != IP_ATTR_I64 || at->count != 1 ||
	    at->v.i64[0] < 0)
		return 1;
	*v = (uint64_t)at->v.i64[0];
	return 0;
}

static int get_state(const char *path, const struct ip_attrs *a,
	struct ip_run *run)
{
	const struct ip_attr *sums = ip_attrs_find(a, "sums");

	if (get_count(a, "epoch", &run->epoch) || get_count(a, "batch",
	    &run->batch) || get_count(a, "pictures", &run->pictures) ||
	    get_count(a, "best_epoch", &run->best_epoch) || !sums ||
	    sums->type != IP_ATTR_F64 || sums->count != SUMS ||
	    !run->batch != !run->pictures)
		return bad(path, "its attributes do not say where it is");
	run->sum = parts_in(sums->v.f64);
	run->norm = sums->v.f64[4];
	run->rate = sums->v.f64[5];
	return IP_OK;
}

static int get_log(const char *path, const struct ip_bundle *b,
	struct ip_run *run)
{
	const struct ip_item *item = ip_bundle_find(b, "log");
	const struct ip_tensor *t = item ? &item->tensor : NULL;
	size_t rows = t && t->ndim ? t->shape[0] : 0, i;
	struct ip_epoch row;
	const double *v;
	int rc = 0;

	if (run->epoch != rows || run->best_epoch > rows || (t &&
	    (t->dtype != IP_F64 || t->ndim != 2 || t->shape[1] != COLUMNS)))
		return bad(path, "'log' is not of its epochs");
	for (i = 0; rc == 0 && i < rows; i++) {
		v = (const double *)t->data + i * COLUMNS;
		if (v[0] != (double)(i + 1) || !(v[1] >= 0 && v[1] < 1e15))
			return bad(path, "'log' is not of its epochs");
		row = row_in(v);
		rc = ip_run_add(run, &row);
	}
	return rc;
}

/* One weight of the best: as the same of the weights is, and finite. */
static int get_weight(const char *path, const struct ip_bundle *b,
	const char *name, struct ip_run *run)
{
	const struct ip_item *w;
	struct ip_item *best;
	char *key = ip_format(BEST "%s", name);

	if (!key)
		return IP_ENOMEM;
	best = ip_bundle_find(b, key);
	ip_free(key);
	key = ip_format(IP_TRAINER_WEIGHTS "%s", name);
	if (!key)
		return IP_ENOMEM;
	w = ip_bundle_find(b, key);
	ip_free(key);
	if (!best || !w || best->tensor.dtype != w->tensor.dtype ||
	    best->tensor.ndim != w->tensor.ndim || memcmp(best->tensor.shape,
	    w->tensor.shape, (size_t)w->tensor.ndim * sizeof(size_t)))
		return bad(path, "'best' is not the network's");
	if (ip_tensor_check_finite(&best->tensor, best->name) < 0)
		return IP_EFORMAT;
	return ip_bundle_add(&run->best, name, &best->tensor, NULL);
}

static int get_best(const char *path, const struct ip_bundle *b,
	struct ip_run *run)
{
	size_t n = strlen(IP_TRAINER_WEIGHTS), i;
	int rc = 0;

	for (i = 0; rc == 0 && run->best_epoch && i < b->count; i++)
		if (strncmp(b->items[i].name, IP_TRAINER_WEIGHTS, n) == 0)
			rc = get_weight(path, b, b->items[i].name + n, run);
	return rc;
}

int ip_checkpoint_load(const char *path, struct ip_trainer *t,
	struct ip_run *run, const struct ip_attrs *same)
{
	struct ip_bundle b = { 0 };
	uint64_t format = 0;
	int rc = ip_ipt_load(path, &b);

	if (rc < 0)
		return rc;
	if (get_count(&b.attrs, "checkpoint", &format) || format != FORMAT)
		rc = ip_fail(IP_EFORMAT, "%s: not a checkpoint of training, or"
			" of a later version", path);
	if (rc == 0)
		rc = check_same(path, same, &b.attrs);
	if (rc == 0)
		rc = ip_trainer_restore(t, &b);
	if (rc == 0)
		rc = get_state(path, &b.attrs, run);
	if (rc == 0)
		rc = get_log(path, &b, run);
	if (rc == 0)
		rc = get_best(path, &b, run);
	ip_bundle_free(&b);
	if (rc < 0)
		ip_run_free(run);
	return rc;
}
