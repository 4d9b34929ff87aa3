/* One file of a dataset: what is in it, and its pictures one by one. */
#include <math.h>
#include <string.h>
#include <iphase/ipt.h>
#include <iphase/measured.h>
#include "core/core.h"
#include "dataset.h"
#include "formats/npz.h"

enum { SEGMENTS = IP_MEASURED_SEGMENTS, TRUTH = IP_MEASURED_TRUTH,
	THICKNESS = IP_MEASURED_THICKNESS, EULER = IP_MEASURED_EULER,
	PARTS = IP_MEASURED_PARTS };

/* An open file: types and shapes of its parts, and then their data. */
struct parts {
	const char *path;
	struct ip_ipt *ipt;		/* NULL: an .npz */
	const char *name[PARTS];	/* NULL: it is not there */
	size_t index[PARTS];		/* in ipt */
	struct ip_tensor t[PARTS];
	struct ip_item segments;
	struct ip_measured m;		/* of t and segments */
};

static void close_parts(struct parts *p)
{
	int k;

	for (k = 0; k < PARTS; k++)
		ip_tensor_free(&p->t[k]);
	if (p->ipt)
		ip_ipt_close(p->ipt);
}

/* ---- types and shapes ---- */

static const char *name_of(int part, enum ip_truth truth, int reference)
{
	return part == TRUTH && truth == IP_TRUTH_ZONE ? "potential_zone" :
		ip_measured_name((enum ip_measured_part)part, reference);
}

static void find_ipt(struct parts *p, int k, const char *name)
{
	size_t i, n = ip_ipt_count(p->ipt);

	for (i = 0; i < n && !p->name[k]; i++)
		if (strcmp(ip_ipt_item(p->ipt, i)->name, name) == 0) {
			p->name[k] = name;
			p->index[k] = i;
			p->t[k] = ip_ipt_item(p->ipt, i)->tensor;
		}
}

static int heads_ipt(struct parts *p, enum ip_truth truth)
{
	int k, rc = ip_ipt_open(&p->ipt, p->path, 0);

	for (k = 0; rc == 0 && k < 2 * PARTS; k++)
		find_ipt(p, k / 2, name_of(k / 2, truth, k % 2));
	return rc;
}

static int heads_npz(struct parts *p, enum ip_truth truth)
{
	const char *names[2 * PARTS];
	struct ip_tensor t[2 * PARTS];
	int k, rc;

	for (k = 0; k < 2 * PARTS; k++)
		names[k] = name_of(k / 2, truth, k % 2);
	rc = ip_npz_some(p->path, names, 2 * PARTS, 1, t);
	for (k = 0; rc == 0 && k < 2 * PARTS; k++)
		if (!p->name[k / 2] && ip_dtype_size(t[k].dtype) > 0) {
			p->name[k / 2] = names[k];
			p->t[k / 2] = t[k];
		}
	return rc;
}

static void set_measured(struct parts *p)
{
	p->segments.name = (char *)p->name[SEGMENTS];
	p->segments.tensor = p->t[SEGMENTS];
	p->m.path = p->path;
	p->m.segments = p->name[SEGMENTS] ? &p->segments : NULL;
	p->m.truth = p->name[TRUTH] ? &p->t[TRUTH] : NULL;
	p->m.thickness = p->name[THICKNESS] ? &p->t[THICKNESS] : NULL;
	p->m.euler = p->name[EULER] ? &p->t[EULER] : NULL;
}

/* To train on, all of it must be there. */
static int check_parts(struct parts *p, enum ip_truth truth)
{
	const char *a, *b;
	int k, rc;

	for (k = 0; k < PARTS; k++) {
		if (p->name[k])
			continue;
		a = name_of(k, truth, 0);
		b = name_of(k, truth, 1);
		if (strcmp(a, b) == 0)
			return ip_fail(IP_EFORMAT, "%s: no tensor '%s' in it",
				p->path, a);
		return ip_fail(IP_EFORMAT, "%s: neither a tensor '%s' nor '%s'"
			" in it", p->path, a, b);
	}
	set_measured(p);
	rc = ip_measured_check(&p->m);
	return rc < 0 ? rc : ip_measured_check_known(&p->m);
}

static int open_parts(struct parts *p, const char *path, enum ip_truth truth)
{
	int rc;

	memset(p, 0, sizeof *p);
	p->path = path;
	rc = ip_ends_with(path, ".npz") ? heads_npz(p, truth) :
		heads_ipt(p, truth);
	if (rc == 0)
		rc = check_parts(p, truth);
	if (rc < 0)
		close_parts(p);
	return rc;
}

/* ---- data ---- */

/* Part k as float64, all of it, finite. */
static int numbers(struct parts *p, int k, struct ip_tensor *v)
{
	struct ip_tensor t = { 0 };
	char *what = ip_format("%s: '%s'", p->path, p->name[k]);
	int rc = !what ? IP_ENOMEM : p->ipt ?
		ip_ipt_read(p->ipt, p->index[k], &t) :
		ip_npz_some(p->path, &p->name[k], 1, 0, &t);

	if (rc == 0)
		rc = ip_tensor_convert(v, IP_F64, &t);
	if (rc == 0 && ip_tensor_check_finite(v, what) < 0) {
		ip_tensor_free(v);
		rc = IP_EFORMAT;
	}
	ip_tensor_free(&t);
	ip_free(what);
	return rc;
}

/* The parts of picture i in place of their headers: of an .ipt that picture
 * alone, a series of one; of an .npz all. */
static int load_parts(struct parts *p, size_t i)
{
	static const int axes[PARTS] = { 3, 2, 0, 1 };
	struct ip_tensor t[PARTS] = { { 0 } };
	int k, rc = p->ipt ? 0 : ip_npz_some(p->path, p->name, PARTS, 0, t);

	for (k = 0; p->ipt && rc == 0 && k < PARTS; k++) {
		int map = k == THICKNESS && p->t[k].ndim > 1 ? 2 : axes[k];

		rc = p->t[k].ndim > map && p->t[k].shape[0] > 1 ?
			ip_ipt_rows(p->ipt, p->index[k], i, 1, &t[k]) :
			ip_ipt_read(p->ipt, p->index[k], &t[k]);
	}
	memcpy(p->t, t, sizeof t);
	set_measured(p);
	return rc < 0 ? rc : ip_measured_check(&p->m);
}

/* ---- opening ---- */

/* The range of nm, and how thick every picture is if not by a map; euler is of
 * all or of each. */
static int set_thickness(struct ip_data_file *f, const struct ip_tensor *nm,
	const struct ip_tensor *euler)
{
	const double *t = nm->data, *e = euler->data;
	size_t i, n = ip_tensor_count(nm);

	f->thickness[0] = INFINITY;
	f->thickness[1] = -INFINITY;
	for (i = 0; i < n; i++) {
		f->thickness[0] = fmin(f->thickness[0], t[i]);
		f->thickness[1] = fmax(f->thickness[1], t[i]);
	}
	if (!(f->thickness[0] >= 0))
		return ip_fail(IP_EFORMAT, "%s: a thickness of %g nm, expected"
			" 0 or more", f->path, f->thickness[0]);
	if (nm->ndim > 1)
		return 0;
	f->series = ip_alloc_array(f->count, sizeof(*f->series));
	for (i = 0; f->series && i < f->count; i++) {
		size_t each = ip_tensor_count(euler) > 3 ? i : 0;

		f->series[i][0] = t[n > 1 ? i : 0];
		memcpy(f->series[i] + 1, e + 3 * each, 3 * sizeof(*e));
	}
	return f->series ? 0 : IP_ENOMEM;
}

/* Number i of attribute key; NAN if there is none. */
static double number(const struct ip_attrs *a, const char *key, size_t i)
{
	return ip_attrs_get_one(a, key, i, NAN);
}

/* What a segment has of the undisturbed beam: a quarter of what the ring covers
 * of the disc. NAN where the two have not one centre, or are not known. */
static double empty_share(const struct ip_attrs *a)
{
	double disc = number(a, "semiangle", 0);
	double inner = fmin(number(a, "inner", 0) / disc, 1);
	double outer = fmin(number(a, "outer", 0) / disc, 1);

	for (size_t i = 0; i < 2; i++)
		if (ip_attrs_get_one(a, "detector_offset", i, 0) != 0 ||
		    ip_attrs_get_one(a, "beam_tilt", i, 0) != 0)
			return NAN;
	return disc > 0 && inner >= 0 && inner <= outer ?
		(outer * outer - inner * inner) / IP_NET_SEGMENTS : NAN;
}

/* What iphase-simulate writes beside the tensors. */
static int set_origin(struct ip_data_file *f, const struct ip_attrs *a)
{
	const struct ip_attr *at = ip_attrs_find(a, "mirrors");
	const char *material = ip_attrs_get_text(a, "material");
	double around = number(a, "segments", 0);
	double rings = number(a, "segments", 1);
	size_t i;

	if (!isnan(around) && (around != 4 || rings != 1))
		return ip_fail(IP_EFORMAT, "%s: %g segments in %g rings,"
			" expected four around the axis", f->path, around,
			rings);
	f->energy = number(a, "energy", 0);
	for (i = 0; i < 2; i++)
		f->pixel[i] = number(a, "pixel_size", i);
	f->rotation = number(a, "rotation", 0);
	f->semiangle = number(a, "semiangle", 0);
	f->inner = number(a, "inner", 0);
	f->outer = number(a, "outer", 0);
	f->counts = number(a, "dose", 0) > 0;
	f->incident = ip_measured_incident(a);
	f->share = empty_share(a);
	f->periodic = number(a, "periodic", 0) == 1;
	if (at && at->type == IP_ATTR_F64 && at->count <= IP_DATA_MIRRORS) {
		f->mirrors = at->count;
		memcpy(f->mirror, at->v.f64, at->count * sizeof *f->mirror);
	}
	f->material = material ? ip_strdup(material) : NULL;
	return material && !f->material ? IP_ENOMEM : 0;
}

int ip_data_file_open(struct ip_data_file *f, const char *path,
	enum ip_truth truth)
{
	static const struct ip_attrs none;
	struct ip_tensor nm = { 0 }, euler = { 0 };
	struct parts p;
	int rc = open_parts(&p, path, truth);

	if (rc < 0)
		return rc;
	f->path = ip_strdup(path);
	f->count = p.m.count;
	f->h = p.m.h;
	f->w = p.m.w;
	rc = f->path ? numbers(&p, THICKNESS, &nm) : IP_ENOMEM;
	if (rc == 0)
		rc = numbers(&p, EULER, &euler);
	if (rc == 0)
		rc = set_thickness(f, &nm, &euler);
	if (rc == 0)
		rc = set_origin(f, p.ipt ? ip_ipt_attrs(p.ipt) : &none);
	ip_tensor_free(&nm);
	ip_tensor_free(&euler);
	close_parts(&p);
	if (rc < 0)
		ip_data_file_free(f);
	return rc;
}

void ip_data_file_free(struct ip_data_file *f)
{
	ip_free(f->path);
	ip_free(f->material);
	ip_free(f->series);
	memset(f, 0, sizeof *f);
}

/* ---- pictures ---- */

static int check_finite(const struct parts *p, size_t i, int k,
	const struct ip_tensor *t)
{
	char *what = ip_format("%s: '%s' of picture %zu", p->path, p->name[k],
		i);
	int rc = what ? ip_tensor_check_finite(t, what) : IP_ENOMEM;

	ip_free(what);
	return rc == IP_EINVAL ? IP_EFORMAT : rc;
}

static int take_sample(struct parts *p, size_t i, double incident,
	struct ip_sample *s)
{
	struct ip_measurement in;
	struct ip_tensor truth;
	int rc = ip_measured_picture(&p->m, p->m.count > 1 ? i : 0, &in,
		&truth);

	if (rc == 0)
		rc = ip_tensor_convert(&s->segments, IP_F32, &in.segments);
	if (rc == 0)
		rc = ip_tensor_convert(&s->truth, IP_F32, &truth);
	if (rc == 0)
		rc = ip_tensor_convert(&s->thickness, IP_F64, &in.thickness);
	if (rc == 0)
		rc = check_finite(p, i, SEGMENTS, &s->segments);
	if (rc == 0)
		rc = check_finite(p, i, TRUTH, &s->truth);
	memcpy(s->euler, in.euler, sizeof s->euler);
	s->incident = incident;
	if (rc < 0)
		ip_sample_free(s);
	return rc;
}

int ip_data_file_get(const struct ip_data_file *f, enum ip_truth truth,
	size_t i, struct ip_sample *s)
{
	struct parts p;
	int rc = open_parts(&p, f->path, truth);

	if (rc < 0)
		return rc;
	memset(s, 0, sizeof *s);
	if (p.m.count != f->count || p.m.h != f->h || p.m.w != f->w)
		rc = ip_fail(IP_EFORMAT, "%s: now has %zu pictures of %zu x"
			" %zu, it had %zu of %zu x %zu", f->path, p.m.count,
			p.m.h, p.m.w, f->count, f->h, f->w);
	if (rc == 0)
		rc = load_parts(&p, i);
	if (rc == 0)
		rc = take_sample(&p, i, f->incident, s);
	close_parts(&p);
	return rc;
}
