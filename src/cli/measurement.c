/* Measurements from files: by the names that their makers give. */
#include <math.h>
#include <string.h>
#include "measurement.h"

enum { SEGMENTS = 4 };

static const struct ip_item *find(const struct ip_bundle *b, const char *ours,
	const char *reference)
{
	const struct ip_item *item = ip_bundle_find(b, ours);

	return item ? item : ip_bundle_find(b, reference);
}

static const struct ip_tensor *find_tensor(const struct ip_bundle *b,
	const char *ours, const char *reference)
{
	const struct ip_item *item = find(b, ours, reference);

	return item ? &item->tensor : NULL;
}

/* ---- shapes ---- */

static int check_segments(struct ip_measured *m)
{
	const struct ip_tensor *t = &m->segments->tensor;
	const char *name = m->segments->name;

	if (t->ndim != 3 && t->ndim != 4)
		return ip_cli_error(IP_EINVAL, "%s: '%s' has %d axes, expected"
			" (segment, x, y) or (series, segment, x, y)",
			m->path, name, t->ndim);
	if (t->dtype == IP_TEXT || t->dtype == IP_C64)
		return ip_cli_error(IP_EINVAL, "%s: '%s' is of %s, expected"
			" real numbers", m->path, name,
			ip_dtype_name(t->dtype));
	if (t->shape[t->ndim - 3] != SEGMENTS)
		return ip_cli_error(IP_EINVAL, "%s: '%s' has %zu segments,"
			" expected %d", m->path, name, t->shape[t->ndim - 3],
			SEGMENTS);
	if (ip_tensor_count(t) == 0)
		return ip_cli_error(IP_EINVAL, "%s: '%s' is empty", m->path,
			name);
	return 0;
}

/* How many pictures there are, of which size, by t with axes of each. */
static void set_size(struct ip_measured *m, const struct ip_tensor *t, int axes)
{
	m->series = t->ndim > axes;
	m->count = m->series ? t->shape[0] : 1;
	m->h = t->shape[t->ndim - 2];
	m->w = t->shape[t->ndim - 1];
}

/* Whether t is pictures of that size, one for all or for each. */
static int is_map(const struct ip_measured *m, const struct ip_tensor *t)
{
	return (t->ndim == 2 || (t->ndim == 3 && (t->shape[0] == 1 ||
		t->shape[0] == m->count))) &&
		t->shape[t->ndim - 2] == m->h && t->shape[t->ndim - 1] == m->w;
}

/* t may be NULL. */
static int check_map(const struct ip_measured *m, const struct ip_tensor *t,
	const char *what, const char *others)
{
	if (!t || is_map(m, t))
		return 0;
	return ip_cli_error(IP_EINVAL, "%s: the %s has another shape than the"
		" %s: %zu pictures of %zu x %zu", m->path, what, others,
		m->count, m->h, m->w);
}

/* ---- files ---- */

/* What is in it; everything may be missing. */
static void find_all(struct ip_measured *m)
{
	const struct ip_bundle *b = &m->b;

	m->segments = find(b, "segments", "input");
	if (!m->segments && b->count == 1 && ip_cli_has_ext(m->path, ".npy"))
		m->segments = &b->items[0];
	m->truth = find_tensor(b, "potential_beam", "potential");
	m->thickness = find_tensor(b, "thickness", "thickness_nm");
	m->euler = find_tensor(b, "euler", "rotation");
}

static int check_measured(struct ip_measured *m)
{
	int rc;

	if (!m->segments)
		return ip_cli_error(IP_ENOTFOUND, "%s: neither a tensor"
			" 'segments' nor 'input' in it", m->path);
	rc = check_segments(m);
	if (rc < 0)
		return rc;
	set_size(m, &m->segments->tensor, 3);
	return check_map(m, m->truth, "true potential", "segments");
}

int ip_measured_open(struct ip_measured *m, const char *path)
{
	int rc;

	memset(m, 0, sizeof *m);
	m->path = path;
	rc = ip_cli_load(path, 0, &m->b);
	if (rc == 0)
		find_all(m);
	if (rc == 0)
		rc = check_measured(m);
	if (rc < 0)
		ip_measured_close(m);
	return rc;
}

/* The tensor that the user names, if one is named; else *t stays. */
static int take_named(const struct ip_measured *m, const char *option,
	const char *name, const struct ip_tensor **t)
{
	if (!name)
		return 0;
	*t = find_tensor(&m->b, name, name);
	return *t ? 0 : ip_cli_error(IP_ENOTFOUND, "%s: no tensor '%s' in it"
		" (--%s)", m->path, name, option);
}

/* Of a file without segments the prediction says how many pictures. */
static int check_judged(struct ip_measured *m)
{
	int rc;

	if (!m->truth)
		return ip_cli_error(IP_ENOTFOUND, "%s: no true potential"
			" (potential_beam, or potential) in it; name it by"
			" --truth", m->path);
	if (m->segments) {
		rc = check_measured(m);
		return rc < 0 ? rc : check_map(m, m->prediction, "prediction",
			"segments");
	}
	if (!m->prediction)
		return ip_cli_error(IP_ENOTFOUND, "%s: neither segments nor a"
			" prediction in it: there is nothing to judge",
			m->path);
	if (m->prediction->ndim != 2 && m->prediction->ndim != 3)
		return ip_cli_error(IP_EINVAL, "%s: the prediction has %d"
			" axes, expected (x, y) or (series, x, y)", m->path,
			m->prediction->ndim);
	set_size(m, m->prediction, 2);
	if (m->count == 0)
		return ip_cli_error(IP_EINVAL, "%s: the prediction is empty",
			m->path);
	return check_map(m, m->truth, "true potential", "prediction");
}

int ip_measured_judge(struct ip_measured *m, const char *path,
	const char *truth, const char *prediction)
{
	int rc;

	memset(m, 0, sizeof *m);
	m->path = path;
	rc = ip_cli_load(path, 0, &m->b);
	if (rc < 0)
		return rc;
	find_all(m);
	m->prediction = find_tensor(&m->b, "potential", "potential");
	rc = take_named(m, "truth", truth, &m->truth);
	if (rc == 0)
		rc = take_named(m, "prediction", prediction, &m->prediction);
	if (m->prediction == m->truth)	/* the reference's truth */
		m->prediction = NULL;
	if (rc == 0)
		rc = check_judged(m);
	if (rc < 0)
		ip_measured_close(m);
	return rc;
}

int ip_measured_images(struct ip_measured *m, const struct ip_cli *c,
	const struct ip_idpc_source *s)
{
	struct ip_idpc_input in;
	struct ip_tensor one = { 0 };
	int rc;

	memset(m, 0, sizeof *m);
	memset(&in, 0, sizeof in);
	m->path = c->operands[0];
	rc = ip_idpc_read(c, s, &in);
	if (rc)
		return rc;
	rc = ip_tensor_at(&one, &in.segments, 0, 0);
	if (rc == 0)
		rc = ip_bundle_add(&m->b, "segments", &one, NULL);
	ip_idpc_input_free(&in);
	if (rc == 0) {
		find_all(m);
		rc = check_measured(m);
	}
	if (rc < 0)
		ip_measured_close(m);
	return rc;
}

void ip_measured_close(struct ip_measured *m)
{
	ip_bundle_free(&m->b);
	memset(m, 0, sizeof *m);
}

/* ---- one picture ---- */

/* The part of picture i of what has axes axes, or one more. */
static int take(struct ip_tensor *view, const struct ip_tensor *t, int axes,
	size_t i)
{
	if (t->ndim > axes)
		return ip_tensor_at(view, t, 0, t->shape[0] > 1 ? i : 0);
	*view = *t;
	view->owner = NULL;
	return 0;
}

static int take_thickness(const struct ip_measured *m, size_t i,
	struct ip_tensor *view)
{
	const struct ip_tensor *t = m->thickness;

	memset(view, 0, sizeof *view);
	if (!t)
		return 0;
	if (t->dtype == IP_TEXT || t->dtype == IP_C64 || (t->ndim != 0 &&
	    !(t->ndim == 1 && (t->shape[0] == 1 || t->shape[0] == m->count)) &&
	    !is_map(m, t)))
		return ip_cli_error(IP_EINVAL, "%s: the thickness: expected"
			" one number, one for each of %zu pictures, or a map of"
			" their size", m->path, m->count);
	return take(view, t, t->ndim > 1 ? 2 : 0, i);
}

static int take_euler(const struct ip_measured *m, size_t i, double *to)
{
	const struct ip_tensor *t = m->euler;
	struct ip_tensor v, three;
	size_t n = 3;
	int rc;

	to[0] = to[1] = to[2] = NAN;
	if (!t)
		return 0;
	if (t->ndim < 1 || t->ndim > 2 || t->shape[t->ndim - 1] != 3 ||
	    (t->ndim == 2 && t->shape[0] != 1 && t->shape[0] != m->count))
		return ip_cli_error(IP_EINVAL, "%s: the Euler angles: expected"
			" rz, rx, ry, or these for each of %zu pictures",
			m->path, m->count);
	rc = take(&v, t, 1, i);
	if (rc == 0)
		rc = ip_tensor_wrap(&three, IP_F64, 1, &n, to);
	return rc < 0 ? rc : ip_tensor_copy(&three, &v);
}

int ip_measured_picture(const struct ip_measured *m, size_t i,
	struct ip_measurement *in, struct ip_tensor *truth)
{
	int rc = 0;

	memset(in, 0, sizeof *in);
	memset(truth, 0, sizeof *truth);
	if (m->segments)
		rc = take(&in->segments, &m->segments->tensor, 3, i);
	if (rc == 0 && m->truth)
		rc = take(truth, m->truth, 2, i);
	if (rc == 0)
		rc = take_thickness(m, i, &in->thickness);
	return rc < 0 ? rc : take_euler(m, i, in->euler);
}

int ip_measured_prediction(const struct ip_measured *m, size_t i,
	struct ip_tensor *prediction)
{
	memset(prediction, 0, sizeof *prediction);
	return m->prediction ? take(prediction, m->prediction, 2, i) : 0;
}
