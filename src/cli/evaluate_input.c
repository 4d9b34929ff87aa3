/* iphase-evaluate: what a file has, by the names that its maker gives. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <iphase/model.h>
#include "evaluate.h"

static const struct ip_tensor *find(const struct ip_bundle *b,
	const char *name)
{
	const struct ip_item *item = ip_bundle_find(b, name);

	return item ? &item->tensor : NULL;
}

/* By the name asked for, which must be there, or the first of two. */
static int choose(const struct ip_eval_file *f, const char *asked,
	const char *option, const char *first, const char *second,
	const struct ip_tensor **t)
{
	if (asked) {
		*t = find(&f->b, asked);
		return *t ? 0 : ip_cli_error(IP_ENOTFOUND, "%s: no tensor '%s'"
			" in it (--%s)", f->path, asked, option);
	}
	*t = find(&f->b, first);
	if (!*t && second)
		*t = find(&f->b, second);
	return 0;
}

/*
 * A stored prediction is called potential; but that is the truth in files of
 * the reference, which have no potential_beam.
 */
static int find_all(struct ip_eval_file *f, const struct ip_eval_names *names)
{
	int rc;

	rc = choose(f, NULL, NULL, "segments", "input", &f->segments);
	if (rc == 0)
		rc = choose(f, names->truth, "truth", "potential_beam",
			"potential", &f->truth);
	if (rc == 0)
		rc = choose(f, names->prediction, "prediction", "potential",
			NULL, &f->prediction);
	if (rc < 0)
		return rc;
	if (!f->truth)
		return ip_cli_error(IP_ENOTFOUND, "%s: no true potential"
			" (potential_beam, or potential) in it; name it by"
			" --truth", f->path);
	if (f->prediction == f->truth)
		f->prediction = NULL;
	rc = choose(f, NULL, NULL, "thickness", "thickness_nm", &f->thickness);
	return rc < 0 ? rc : choose(f, NULL, NULL, "euler", "rotation",
		&f->euler);
}

/*
 * t, if there, is pictures of axes axes each, one for all or one for each;
 * *count grows to how many.
 */
static int check(const char *path, const struct ip_tensor *t, int axes,
	const char *what, const char *expected, size_t *count)
{
	if (!t)
		return 0;
	if ((t->ndim != axes && t->ndim != axes + 1) ||
	    t->dtype == IP_TEXT || ip_tensor_count(t) == 0)
		return ip_cli_error(IP_EINVAL, "%s: the %s: %d axes, expected"
			" %s or a series of such", path, what, t->ndim,
			expected);
	if (t->ndim == axes || t->shape[0] == 1)
		return 0;
	if (*count > 1 && t->shape[0] != *count)
		return ip_cli_error(IP_EINVAL, "%s: %zu pictures of the %s,"
			" but %zu of others", path, t->shape[0], what, *count);
	*count = t->shape[0];
	return 0;
}

static int check_all(struct ip_eval_file *f)
{
	const struct ip_tensor *s = f->segments;
	int rc;

	f->count = 1;
	rc = check(f->path, s, 3, "segments", "(segment, x, y)", &f->count);
	if (rc == 0)
		rc = check(f->path, f->truth, 2, "truth", "(x, y)", &f->count);
	if (rc == 0)
		rc = check(f->path, f->prediction, 2, "prediction", "(x, y)",
			&f->count);
	if (rc == 0 && s && s->shape[s->ndim - 3] != 4)
		rc = ip_cli_error(IP_EINVAL, "%s: %zu segments, expected 4",
			f->path, s->shape[s->ndim - 3]);
	return rc;
}

int ip_eval_open(struct ip_eval_file *f, const char *path,
	const struct ip_eval_names *names)
{
	int rc;

	memset(f, 0, sizeof *f);
	f->path = path;
	rc = ip_cli_load(path, 0, &f->b);
	if (rc == 0)
		rc = find_all(f, names);
	if (rc == 0)
		rc = check_all(f);
	if (rc < 0) {
		ip_eval_close(f);
		return rc;
	}
	f->material = ip_attrs_get_text(&f->b.attrs, "material");
	if (!f->material || !*f->material)
		f->material = "unknown";
	return 0;
}

void ip_eval_close(struct ip_eval_file *f)
{
	ip_bundle_free(&f->b);
	memset(f, 0, sizeof *f);
}

/* ---- one picture ---- */

static int take(struct ip_tensor *view, const struct ip_tensor *t, int axes,
	size_t i)
{
	memset(view, 0, sizeof *view);
	if (!t)
		return 0;
	if (t->ndim > axes)
		return ip_tensor_at(view, t, 0, t->shape[0] > 1 ? i : 0);
	*view = *t;
	view->owner = NULL;
	return 0;
}

/* (), (T), (H, W) or (T, H, W). */
static int take_thickness(const struct ip_eval_file *f, size_t i,
	struct ip_tensor *view)
{
	const struct ip_tensor *t = f->thickness;
	int rc;

	memset(view, 0, sizeof *view);
	if (!t)
		return 0;
	rc = take(view, t, t->ndim > 1 ? 2 : 0, i);
	if (rc == 0 && t->ndim == 1 && t->shape[0] > 1 &&
	    t->shape[0] != f->count)
		return ip_cli_error(IP_EINVAL, "%s: %zu thicknesses of %zu"
			" pictures", f->path, t->shape[0], f->count);
	return rc;
}

/* (3) or (T, 3). */
static int take_euler(const struct ip_eval_file *f, size_t i, double *to)
{
	struct ip_tensor t, v;
	size_t n = 3;
	int rc;

	if (!f->euler)
		return 0;
	if (f->euler->ndim < 1 || f->euler->ndim > 2 ||
	    f->euler->shape[f->euler->ndim - 1] != 3)
		return ip_cli_error(IP_EINVAL, "%s: the Euler angles: expected"
			" three numbers", f->path);
	rc = take(&t, f->euler, 1, i);
	if (rc == 0)
		rc = ip_tensor_wrap(&v, IP_F64, 1, &n, to);
	return rc < 0 ? rc : ip_tensor_copy(&v, &t);
}

int ip_eval_picture(const struct ip_eval_file *f, size_t i,
	struct ip_eval_picture *p)
{
	int rc;

	memset(p, 0, sizeof *p);
	rc = take(&p->segments, f->segments, 3, i);
	if (rc == 0)
		rc = take(&p->truth, f->truth, 2, i);
	if (rc == 0)
		rc = take(&p->prediction, f->prediction, 2, i);
	if (rc == 0)
		rc = take_thickness(f, i, &p->thickness);
	return rc < 0 ? rc : take_euler(f, i, p->euler);
}

/* ---- whose prediction ---- */

struct ip_eval_model *ip_eval_stored_model(struct ip_eval_report *r,
	const struct ip_eval_file *f)
{
	const struct ip_attrs *a = &f->b.attrs;
	const char *name = ip_attrs_get_text(a, "model");

	return ip_eval_model(r, name ? name : "of the stored prediction",
		ip_attrs_get_text(a, "model_materials"),
		ip_attrs_get_text(a, "model_provenance"),
		ip_attrs_get(a, "model_scale", IP_MODEL_SCALE));
}
