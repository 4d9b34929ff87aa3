/* Measurements in files: which tensor is what, and of which shape. */
#include <math.h>
#include <string.h>
#include <iphase/measured.h>
#include "core/core.h"

const char *ip_measured_name(enum ip_measured_part part, int reference)
{
	static const char *const names[IP_MEASURED_PARTS][2] = {
		[IP_MEASURED_SEGMENTS] = { "segments", "input" },
		[IP_MEASURED_TRUTH] = { "potential_beam", "potential" },
		[IP_MEASURED_THICKNESS] = { "thickness", "thickness_nm" },
		[IP_MEASURED_EULER] = { "euler", "rotation" },
	};

	return names[part][reference != 0];
}

static const struct ip_item *find(const struct ip_measured *m,
	enum ip_measured_part part)
{
	const struct ip_item *item = ip_bundle_find(&m->b,
		ip_measured_name(part, 0));

	return item ? item : ip_bundle_find(&m->b, ip_measured_name(part, 1));
}

static const struct ip_tensor *find_tensor(const struct ip_measured *m,
	enum ip_measured_part part)
{
	const struct ip_item *item = find(m, part);

	return item ? &item->tensor : NULL;
}

double ip_measured_incident(const struct ip_attrs *a)
{
	double electrons = ip_attrs_get_one(a, "dose", 0, 0) *
		ip_attrs_get_one(a, "pixel_size", 0, 0) *
		ip_attrs_get_one(a, "pixel_size", 1, 0);

	return electrons > 0 && isfinite(electrons) ? electrons : 1;
}

void ip_measured_find(struct ip_measured *m)
{
	m->incident = ip_measured_incident(&m->b.attrs);
	m->segments = find(m, IP_MEASURED_SEGMENTS);
	m->truth = find_tensor(m, IP_MEASURED_TRUTH);
	m->thickness = find_tensor(m, IP_MEASURED_THICKNESS);
	m->euler = find_tensor(m, IP_MEASURED_EULER);
}

/* ---- shapes ---- */

static int check_segments(const struct ip_measured *m)
{
	const struct ip_tensor *t = &m->segments->tensor;
	const char *name = m->segments->name;

	if (t->ndim != 3 && t->ndim != 4)
		return ip_fail(IP_EFORMAT, "%s: '%s' has %d axes, expected"
			" (segment, x, y) or (series, segment, x, y)",
			m->path, name, t->ndim);
	if (!ip_tensor_is_real(t))
		return ip_fail(IP_EFORMAT, "%s: '%s' is of %s, expected"
			" real numbers", m->path, name,
			ip_dtype_name(t->dtype));
	if (t->shape[t->ndim - 3] != IP_NET_SEGMENTS)
		return ip_fail(IP_EFORMAT, "%s: '%s' has %zu segments,"
			" expected %d", m->path, name, t->shape[t->ndim - 3],
			IP_NET_SEGMENTS);
	if (ip_tensor_count(t) == 0)
		return ip_fail(IP_EFORMAT, "%s: '%s' is empty", m->path, name);
	return 0;
}

static int check_prediction(const struct ip_measured *m)
{
	const struct ip_tensor *t = m->prediction;

	if (t->ndim != 2 && t->ndim != 3)
		return ip_fail(IP_EFORMAT, "%s: the prediction has %d axes,"
			" expected (x, y) or (series, x, y)", m->path, t->ndim);
	if (ip_tensor_count(t) == 0)
		return ip_fail(IP_EFORMAT, "%s: the prediction is empty",
			m->path);
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
	return ip_tensor_is_real(t) && (t->ndim == 2 || (t->ndim == 3 &&
		(t->shape[0] == 1 || t->shape[0] == m->count))) &&
		t->shape[t->ndim - 2] == m->h && t->shape[t->ndim - 1] == m->w;
}

/* t may be NULL. */
static int check_map(const struct ip_measured *m, const struct ip_tensor *t,
	const char *what)
{
	if (!t || is_map(m, t))
		return 0;
	return ip_fail(IP_EFORMAT, "%s: the %s has another shape than the"
		" %s: %zu pictures of %zu x %zu", m->path, what, m->segments ?
		"segments" : "prediction", m->count, m->h, m->w);
}

int ip_measured_check(struct ip_measured *m)
{
	int rc;

	if (!m->segments && !m->prediction)
		return ip_fail(IP_EFORMAT, "%s: neither a tensor '%s' nor '%s'"
			" in it; iphase-prepare makes one of four images",
			m->path,
			ip_measured_name(IP_MEASURED_SEGMENTS, 0),
			ip_measured_name(IP_MEASURED_SEGMENTS, 1));
	rc = m->segments ? check_segments(m) : check_prediction(m);
	if (rc < 0)
		return rc;
	if (m->segments)
		set_size(m, &m->segments->tensor, 3);
	else
		set_size(m, m->prediction, 2);
	rc = check_map(m, m->truth, "true potential");
	return rc < 0 ? rc : check_map(m, m->prediction, "prediction");
}

/* ---- what is known ---- */

static int check_thickness(const struct ip_measured *m)
{
	const struct ip_tensor *t = m->thickness;

	if (!t || (ip_tensor_is_real(t) && (t->ndim == 0 || (t->ndim == 1 &&
	    (t->shape[0] == 1 || t->shape[0] == m->count)) || is_map(m, t))))
		return 0;
	return ip_fail(IP_EFORMAT, "%s: the thickness: expected one number,"
		" one for each of %zu pictures, or a map of their size",
		m->path, m->count);
}

static int check_euler(const struct ip_measured *m)
{
	const struct ip_tensor *t = m->euler;

	if (!t || (ip_tensor_is_real(t) && t->ndim >= 1 && t->ndim <= 2 &&
	    t->shape[t->ndim - 1] == 3 && (t->ndim == 1 ||
	    t->shape[0] == 1 || t->shape[0] == m->count)))
		return 0;
	return ip_fail(IP_EFORMAT, "%s: the Euler angles: expected rz, rx, ry,"
		" or these for each of %zu pictures", m->path, m->count);
}

int ip_measured_check_known(const struct ip_measured *m)
{
	int rc = check_thickness(m);

	return rc < 0 ? rc : check_euler(m);
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

static int take_euler(const struct ip_measured *m, size_t i, double *to)
{
	struct ip_tensor v, three;
	size_t n = 3;
	int rc;

	to[0] = to[1] = to[2] = NAN;
	if (!m->euler)
		return 0;
	rc = take(&v, m->euler, 1, i);
	if (rc == 0)
		rc = ip_tensor_wrap(&three, IP_F64, 1, &n, to);
	return rc < 0 ? rc : ip_tensor_copy(&three, &v);
}

int ip_measured_picture(const struct ip_measured *m, size_t i,
	struct ip_measurement *in, struct ip_tensor *truth)
{
	int rc;

	memset(in, 0, sizeof *in);
	memset(truth, 0, sizeof *truth);
	rc = ip_measured_check_known(m);
	if (rc == 0 && m->segments)
		rc = take(&in->segments, &m->segments->tensor, 3, i);
	if (rc == 0 && m->truth)
		rc = take(truth, m->truth, 2, i);
	if (rc == 0 && m->thickness)
		rc = take(&in->thickness, m->thickness,
			m->thickness->ndim > 1 ? 2 : 0, i);
	in->incident = m->incident;
	return rc < 0 ? rc : take_euler(m, i, in->euler);
}

int ip_measured_prediction(const struct ip_measured *m, size_t i,
	struct ip_tensor *prediction)
{
	memset(prediction, 0, sizeof *prediction);
	return m->prediction ? take(prediction, m->prediction, 2, i) : 0;
}

void ip_measured_close(struct ip_measured *m)
{
	ip_bundle_free(&m->b);
	memset(m, 0, sizeof *m);
}
