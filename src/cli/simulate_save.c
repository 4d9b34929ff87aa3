/* iphase-simulate: images, their truth and where they come from, to files. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <iphase/formats.h>
#include <iphase/ipt.h>
#include <iphase/random.h>
#include "simulate.h"

/* ---- the images, detector by detector ---- */

/* The channels of one detector, of all pictures, in m->images. */
struct part {
	size_t first, count;	/* channels */
	double *v;		/* [pictures][count][nx][ny] */
};

static size_t plane_points(const struct ip_sim *m)
{
	return m->picture.n[0] * m->picture.n[1];
}

/*
 * Detector-major, so that a detector's noise does not depend on which others
 * there are: all counts come from one draw over this array.
 */
static double *split(const struct ip_sim *m, struct part *parts)
{
	size_t points = plane_points(m), pictures = m->picture_count;
	size_t channels = m->images.shape[1], first = 0;
	const double *from = m->images.data;
	double *all = malloc(channels * pictures * points * sizeof *all);
	double *to = all;

	for (size_t d = 0; all && d < m->detector_count; d++) {
		struct part *p = &parts[d];
		*p = (struct part){ .first = first, .v = to,
			.count = ip_detector_channels(&m->detectors[d]) };
		for (size_t i = 0; i < pictures; i++) {
			memcpy(to, from + (i * channels + first) * points,
				p->count * points * sizeof *to);
			to += p->count * points;
		}
		first += p->count;
	}
	return all;
}

/* Counts in place of fractions for all but the centre of mass (the last). */
static int apply_dose(const struct ip_sim *m, const struct part *parts,
	double *all)
{
	double area = m->picture.step[0] * m->picture.step[1];
	size_t n = 0;
	struct ip_tensor t;
	int rc;

	for (size_t d = 0; d < m->detector_count; d++)
		if (m->detectors[d].kind != IP_COM)
			n += parts[d].count * m->picture_count *
				plane_points(m);
	if (!(m->o->dose > 0) || n == 0)
		return 0;
	rc = ip_tensor_wrap(&t, IP_F64, 1, &n, all);
	return rc < 0 ? rc : ip_dose_apply(&t, m->o->dose * area,
		m->cli->seed);
}

/* ---- tensors ---- */

/*
 * v [pictures][count][nx][ny] as float32 tensor name; an axis of length 1 is
 * left out, but that of the channels only if their name says so ("").
 */
static int add_images(struct ip_bundle *b, const struct ip_sim *m,
	const char *name, const double *v, size_t count, const char *channel,
	const char *unit)
{
	size_t shape[4], full[] = { m->picture_count, count, m->picture.n[0],
		m->picture.n[1] };
	struct ip_tensor t = { 0 }, from;
	struct ip_item *item;
	char axes[64];
	int n = 0, rc;

	snprintf(axes, sizeof axes, "%s%s%s%sx,y", m->turn_count > 1 ?
		"picture" : full[0] > 1 ? "thickness" : "", full[0] > 1 ? ","
		: "", channel, *channel ? "," : "");
	if (full[0] > 1)
		shape[n++] = full[0];
	if (*channel)
		shape[n++] = count;
	shape[n++] = full[2];
	shape[n++] = full[3];
	rc = ip_tensor_wrap(&from, IP_F64, n, shape, (void *)v);
	if (rc == 0)
		rc = ip_tensor_convert(&t, IP_F32, &from);
	if (rc == 0)
		rc = ip_bundle_add(b, name, &t, &item);
	if (rc == 0)
		rc = ip_attrs_text(&item->attrs, "unit", unit);
	if (rc == 0)
		rc = ip_attrs_text(&item->attrs, "axes", axes);
	ip_tensor_free(&t);
	return rc;
}

/* A new float64 tensor name, to be filled at *v. */
static int add_numbers(struct ip_bundle *b, const char *name, int n_dims,
	const size_t *shape, const char *unit, double **v)
{
	struct ip_tensor t = { 0 };
	struct ip_item *item;
	int rc = ip_tensor_new(&t, IP_F64, n_dims, shape);

	if (rc == 0) {
		*v = t.data;
		rc = ip_bundle_add(b, name, &t, &item);
	}
	if (rc == 0)
		rc = ip_attrs_text(&item->attrs, "unit", unit);
	ip_tensor_free(&t);
	return rc;
}

/* thickness and euler: of each picture, but what all share once. */
static int add_known(struct ip_bundle *b, const struct ip_sim *m)
{
	size_t shape[] = { m->picture_count, 3 };
	int one = m->turn_count == 1;
	double *v;
	int rc = add_numbers(b, "thickness", shape[0] > 1, shape, "nm", &v);

	for (size_t i = 0; rc == 0 && i < shape[0]; i++)
		v[i] = m->depth[i % m->plane_count];
	if (rc == 0)
		rc = add_numbers(b, "euler", one ? 1 : 2, one ? shape + 1 :
			shape, "degree", &v);
	for (size_t i = 0; rc == 0 && i < (one ? 1 : shape[0]); i++)
		memcpy(v + 3 * i, m->turns[i / m->plane_count].euler,
			sizeof m->turns->euler);
	return rc;
}

/* inner and outer of detectors first .. first + count of tensor name. */
static int add_rings(struct ip_bundle *b, const struct ip_sim *m,
	const char *name, size_t first, size_t count)
{
	double *v = malloc(2 * count * sizeof *v);
	struct ip_item *item = ip_bundle_find(b, name);
	int rc = v && item ? 0 : IP_ENOMEM;

	for (size_t i = 0; rc == 0 && i < count; i++) {
		v[i] = m->detectors[first + i].inner;
		v[count + i] = m->detectors[first + i].outer;
	}
	if (rc == 0)
		rc = ip_attrs_f64(&item->attrs, "inner", v, count);
	if (rc == 0)
		rc = ip_attrs_f64(&item->attrs, "outer", v + count, count);
	free(v);
	return rc;
}

/* All annular detectors as one tensor [pictures][rings][nx][ny]. */
static int add_annular(struct ip_bundle *b, const struct ip_sim *m,
	const struct part *parts, size_t first, const char *unit)
{
	size_t rings = m->o->annular.count, points = plane_points(m);
	double *v = malloc(m->picture_count * rings * points * sizeof *v);
	int rc = v ? 0 : ip_cli_error(IP_ENOMEM, "out of memory");

	for (size_t p = 0; rc == 0 && p < m->picture_count; p++)
		for (size_t r = 0; r < rings; r++)
			memcpy(v + (p * rings + r) * points, parts[first + r].v
				+ p * points, points * sizeof *v);
	if (rc == 0)
		rc = add_images(b, m, "annular", v, rings, "ring", unit);
	if (rc == 0)
		rc = add_rings(b, m, "annular", first, rings);
	free(v);
	return rc;
}

static int add_tensors(struct ip_bundle *b, const struct ip_sim *m,
	const struct part *parts)
{
	const char *unit = m->o->dose > 0 ? "electrons" :
		"fraction of the incident beam";
	int rc = 0;

	for (size_t d = 0; rc == 0 && d < m->detector_count; d++) {
		const struct part *p = &parts[d];
		switch (m->detectors[d].kind) {
		case IP_SEGMENTED:
			rc = add_images(b, m, "segments", p->v, p->count,
				"segment", unit);
			break;
		case IP_ANNULAR:
			rc = add_annular(b, m, parts, d, unit);
			d += m->o->annular.count - 1;
			break;
		case IP_TOTAL:
			rc = add_images(b, m, "total", p->v, 1, "", unit);
			break;
		case IP_COM:
			rc = add_images(b, m, "com", p->v, 2, "component",
				"1/Angstrom times fraction of the beam");
			break;
		}
	}
	if (rc == 0)
		rc = add_images(b, m, "potential_beam", m->beam.data, 1, "",
			"V Angstrom");
	if (rc == 0)
		rc = add_images(b, m, "potential_zone", m->zone.data, 1, "",
			"V Angstrom per nm");
	return rc ? rc : add_known(b, m);
}

/* ---- attributes ---- */

struct attr {
	const char *key, *text;	/* text NULL: the numbers */
	double v[2];
	size_t count;
};

static int add_list(struct ip_attrs *a, const struct attr *list, size_t n)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = list[i].text ?
			ip_attrs_text(a, list[i].key, list[i].text) :
			ip_attrs_f64(a, list[i].key, list[i].v, list[i].count);
	return rc;
}

/* "C10=-50 C12=30 phi12=0.4": those that are not zero. */
static void aberration_text(const struct ip_aberrations *a, char *text,
	size_t size)
{
	size_t n = 0;

	text[0] = 0;
	for (int i = 0; i < IP_ABERRATIONS && n < size; i++) {
		const char *name = ip_aberration_name(i);
		if (a->c[i] == 0)
			continue;
		n += (size_t)snprintf(text + n, size - n, "%s%s=%.10g",
			n ? " " : "", name, a->c[i]);
		if (a->phi[i] != 0 && n < size)
			n += (size_t)snprintf(text + n, size - n,
				" phi%s=%.10g", name + 1, a->phi[i]);
	}
}

static int add_attrs(struct ip_attrs *a, const struct ip_sim *m)
{
	static const char *const specimen[] = { "island", "box", "crystal" };
	const struct ip_sim_options *o = m->o;
	const struct ip_repeat_frame *q = &m->picture;
	const struct ip_probe *p = &m->probe;
	const double *off = o->offset.v;
	int64_t segments[] = { o->segments, o->rings };
	int64_t seed = (int64_t)m->cli->seed;
	int64_t grid[] = { (int64_t)m->grid[0], (int64_t)m->grid[1] };
	char aberrations[1024];
	aberration_text(&p->aberrations, aberrations, sizeof aberrations);
	const struct attr list[] = {
		{ "material", m->material, { 0 }, 0 },
		{ "specimen", specimen[o->specimen], { 0 }, 0 },
		{ "pixel_size", NULL, { q->step[0], q->step[1] }, 2 },
		{ "scan_start", NULL, { q->start[0], q->start[1] }, 2 },
		{ "energy", NULL, { p->energy }, 1 },
		{ "semiangle", NULL, { p->semiangle }, 1 },
		{ "aperture", p->hard ? "hard" : "soft", { 0 }, 0 },
		{ "aberrations", aberrations, { 0 }, 0 },
		{ "focal_spread", NULL, { o->focal_spread }, 1 },
		{ "beam_tilt", NULL, { p->tilt[0], p->tilt[1] }, 2 },
		{ "inner", NULL, { o->inner }, 1 },
		{ "outer", NULL, { o->outer }, 1 },
		{ "rotation", NULL, { o->rotation }, 1 },
		{ "detector_offset", NULL, { o->offset.count ? off[0] : 0,
			o->offset.count ? off[o->offset.count - 1] : 0 }, 2 },
		{ "slice_thickness", NULL, { m->slice }, 1 },
		{ "potential", o->potential ? "independent atoms and bonding; "
			"its mean is the independent atoms'" :
			"independent atoms", { 0 }, 0 },
		{ "factors", o->factors ? "lobato" : "kirkland", { 0 }, 0 },
		{ "displacement", o->displacement ? o->displacement :
			"as in the structure", { 0 }, 0 },
		{ "band_limit", NULL, { m->band_limit }, 1 },
		{ "method", m->method, { 0 }, 0 },
		{ "source_fwhm", NULL, { o->source }, 1 },
		{ "dose", NULL, { o->dose }, 1 },
	};
	int rc = add_list(a, list, sizeof list / sizeof *list);

	if (rc == 0)
		rc = ip_attrs_i64(a, "segments", segments, 2);
	if (rc == 0)
		rc = ip_attrs_i64(a, "grid", grid, 2);
	if (rc == 0)
		rc = ip_attrs_i64(a, "seed", &seed, 1);
	if (rc == 0)
		rc = m->way->about(m, a);
	return rc ? rc : ip_cli_provenance(m->cli, a);
}

/* ---- pictures ---- */

/* PREFIX-20nm.png, or where there are several rotations PREFIX-30deg-20nm. */
static int picture_name(const struct ip_sim *m, size_t i, char *path,
	size_t size)
{
	double depth = m->asked[i % m->plane_count];
	double rz = m->turns[i / m->plane_count].euler[0];
	int n = m->turn_count > 1 ? snprintf(path, size, "%s-%gdeg-%gnm.png",
		m->o->png, rz, depth) : snprintf(path, size, "%s-%gnm.png",
		m->o->png, depth);

	return n >= 0 && (size_t)n < size ? 0 : ip_cli_error(IP_EINVAL,
		"--png: the name is too long");
}

/* Segments of one picture in one scale, beside the potential. */
static int picture(const struct ip_sim *m, const struct part *segments,
	size_t at)
{
	size_t channels = segments->count, points = plane_points(m);
	size_t n = channels + 1;
	struct ip_tensor *t = calloc(n, sizeof *t);
	struct ip_picture_style *style = calloc(n, sizeof *style);
	char path[4096], (*title)[32] = calloc(n, sizeof *title);
	const double *v = segments->v + at * channels * points;
	double lo = INFINITY, hi = -INFINITY;
	int rc = t && style && title ? 0 :
		ip_cli_error(IP_ENOMEM, "out of memory");

	for (size_t i = 0; i < channels * points; i++) {
		lo = fmin(lo, v[i]);
		hi = fmax(hi, v[i]);
	}
	for (size_t i = 0; rc == 0 && i < n; i++) {
		int truth = i == channels;
		style[i] = (struct ip_picture_style){ .map = truth ?
			IP_MAP_VIRIDIS : IP_MAP_GRAY, .lo = truth ? 0 : lo,
			.hi = truth ? 0 : hi, .pixel_size = m->picture.step[0],
			.title = title[i] };
		if (truth)
			snprintf(title[i], sizeof *title, "potential");
		else
			snprintf(title[i], sizeof *title, "segment %zu", i);
		rc = ip_tensor_wrap(&t[i], IP_F64, 2, m->picture.n, truth ?
			(double *)m->beam.data + at * points :
			(double *)v + i * points);
	}
	if (rc == 0)
		rc = picture_name(m, at, path, sizeof path);
	if (rc == 0)
		rc = ip_png_panels(path, t, style, n, n);
	free(t);
	free(style);
	free(title);
	return rc;
}

int ip_sim_save(struct ip_sim *m)
{
	struct part *parts = calloc(m->detector_count, sizeof *parts);
	double *all = parts ? split(m, parts) : NULL;
	struct ip_bundle b = { 0 };
	const char *path = m->cli->output;
	int rc = all ? 0 : ip_cli_error(IP_ENOMEM, "out of memory");

	if (rc == 0)
		rc = apply_dose(m, parts, all);
	if (rc == 0)
		rc = add_tensors(&b, m, parts);
	if (rc == 0)
		rc = add_attrs(&b.attrs, m);
	if (rc == 0)
		rc = ip_cli_has_ext(path, ".npz") ? ip_npz_write(path, &b, 1) :
			ip_ipt_save(path, &b, 0);
	for (size_t p = 0; rc == 0 && m->o->png && m->o->segments &&
			p < m->picture_count; p++)
		rc = picture(m, &parts[0], p);
	ip_bundle_free(&b);
	free(all);
	free(parts);
	return rc;
}
