/*
 * A potential back through the scattering, region by region, each in a repeat
 * cell of one slice: the crystal's own, or a box.
 */
#include <math.h>
#include <string.h>
#include <iphase/consistency.h>
#include <iphase/repeat.h>
#include <iphase/specimen.h>
#include "core/core.h"
#include "compare.h"
#include "consistency.h"
#include "scene.h"

#define NM 10.0			/* Angstrom */
#define STEEP 30.0		/* degree, as for ip_beam_of_zone */

const struct ip_consistency_fine ip_consistency_fine = {
	.region = IP_CONSISTENCY_REGION, .margin = IP_CONSISTENCY_MARGIN,
	.slice = 4, .band = 1.6, .stray = 0.1 };

static const double ladder[] = IP_CONSISTENCY_LADDER;
#define RUNGS (sizeof ladder / sizeof *ladder)

struct job {
	struct ip_dev *dev;
	const struct ip_microscope *m;
	const struct ip_consistency_fine *fine;
	struct ip_tensor zone, measured, nm;	/* float64, of the picture */
	size_t n[2];		/* pixels of the picture */
	size_t count[2];	/* regions along its sides */
	double incident;
	double displacement;	/* square Angstrom */
	double tilt[2];		/* of the beam to the crystal, mrad */
	struct ip_scene_picture picture;	/* of zone */
	int crystal;		/* regions are looked for a cell of their own */
	struct ip_consistency *c;
	double squares, spread;	/* sums over what was looked at */
	size_t pixels;
};

struct region {
	struct ip_scene_part part;
	double nm;		/* thickness */
	size_t slices;
	int crystal;		/* was put through on a cell of its own */
	double lattice[2][2];	/* which is that of this, pixels */
};

void ip_consistency_free(struct ip_consistency *c)
{
	ip_tensor_free(&c->predicted);
	ip_tensor_free(&c->residual);
	memset(c, 0, sizeof *c);
}

/* ---- what cannot be meant ---- */

static int check_microscope(const struct ip_microscope *m)
{
	for (int a = 0; a < 2; a++)
		if (!(m->pixel_size[a] > 0 && m->pixel_size[a] < 100))
			return ip_fail(IP_EINVAL, "consistency: pixels of %g "
				"A, expected more than 0", m->pixel_size[a]);
	if (!(m->probe.energy > 0 && m->probe.semiangle > 0))
		return ip_fail(IP_EINVAL, "consistency: a beam of %g eV and a "
			"semiangle of %g mrad, expected more than 0",
			m->probe.energy, m->probe.semiangle);
	if (!(m->outer > m->inner && m->inner >= 0))
		return ip_fail(IP_EINVAL, "consistency: segments from %g to %g"
			" mrad, expected 0 <= inner < outer", m->inner,
			m->outer);
	if (!isnan(m->displacement) && !(m->displacement >= 0 &&
			m->displacement < 1))
		return ip_fail(IP_EINVAL, "consistency: atoms displaced by %g "
			"square Angstrom, expected 0 to 1", m->displacement);
	return 0;
}

static int check(const struct ip_tensor *zone, const struct ip_measurement *in,
	const struct ip_microscope *m)
{
	const struct ip_tensor *s = &in->segments, *t = &in->thickness;

	if (!zone->data || !ip_tensor_is_real(zone) || zone->ndim != 2 ||
		ip_tensor_count(zone) == 0)
		return ip_fail(IP_EINVAL, "consistency: a potential of %d axes"
			" of %s, expected a picture of real numbers",
			zone->ndim, ip_dtype_name(zone->dtype));
	if (!s->data || !ip_tensor_is_real(s) || s->ndim != 3 ||
		s->shape[0] != IP_NET_SEGMENTS || s->shape[1] !=
		zone->shape[0] || s->shape[2] != zone->shape[1])
		return ip_fail(IP_EINVAL, "consistency: the segments: expected"
			" %d pictures of %zu x %zu", IP_NET_SEGMENTS,
			zone->shape[0], zone->shape[1]);
	if (!t->data || !ip_tensor_is_real(t) || (ip_tensor_count(t) != 1 &&
		(t->ndim != 2 || t->shape[0] != zone->shape[0] ||
		t->shape[1] != zone->shape[1])))
		return ip_fail(IP_EINVAL, "consistency: the thickness: "
			"expected one number, or a map of %zu x %zu",
			zone->shape[0], zone->shape[1]);
	if (!(fabs(in->euler[1]) <= STEEP && fabs(in->euler[2]) <= STEEP))
		return ip_fail(IP_EINVAL, "consistency: a tilt of %g, %g "
			"degree, expected up to %g", in->euler[1],
			in->euler[2], STEEP);
	int rc = check_microscope(m);
	if (rc == 0)
		rc = ip_tensor_check_finite(zone, "potential_zone");
	if (rc == 0)
		rc = ip_tensor_check_finite(s, "segments");
	return rc < 0 ? rc : ip_tensor_check_finite(t, "thickness");
}

/* Fractions of the beam, and not more than it. */
static int read_measured(struct job *j, const struct ip_measurement *in)
{
	double sum = 0, *v;
	size_t n = j->n[0] * j->n[1];
	int rc = ip_tensor_convert(&j->measured, IP_F64, &in->segments);

	if (rc < 0)
		return rc;
	v = j->measured.data;
	for (size_t i = 0; i < IP_NET_SEGMENTS * n; i++)
		sum += v[i] /= j->incident;
	if (!(sum <= (double)n))
		return ip_fail(IP_EINVAL, "consistency: all four segments are "
			"%g of the incident beam, expected less than all of "
			"it: what it is in their unit must be known (--beam)",
			sum / (double)n);
	return 0;
}

/* ---- through the scattering ---- */

/*
 * The waves are limited to `band` times the detector's, beyond which little
 * comes back, and the aperture must lie within, with its soft edge.
 */
static void plan(const struct job *j, struct region *r)
{
	const struct ip_microscope *m = j->m;
	double outer = m->outer + hypot(m->offset[0], m->offset[1]);
	double shortest = INFINITY;

	for (int a = 0; a < 2; a++)
		shortest = fmin(shortest, (double)r->part.n[a] *
			m->pixel_size[a] + 2 * j->fine->margin);
	r->slices = (size_t)fmax(1, ceil(r->nm * NM / j->fine->slice - 1e-9));
	r->part.slice = r->nm * NM / (double)r->slices;
	r->part.displacement = j->displacement;
	r->part.cutoff = fmax(j->fine->band * outer, 1.1 *
		m->probe.semiangle) * 1e-3 / ip_wavelength(m->probe.energy) +
		2 / shortest;
}

/* On its own cell if it is a crystal, else in a box. */
static int set_scene(struct job *j, struct region *r, struct ip_scene *s)
{
	int rc = j->crystal ? ip_scene_of_cell(&j->picture, &r->part,
		j->fine->stray, s) : 1;

	r->crystal = rc == 0;
	if (rc == 1)
		rc = ip_scene_of_box(&j->picture, &r->part, s);
	memcpy(r->lattice, s->lattice, sizeof r->lattice);
	return rc;
}

/* The beam's tilt in the frame of the cell. */
static void turn(const struct job *j, double rotation, double tilt[2])
{
	double x = tan(1e-3 * j->tilt[0]), y = tan(1e-3 * j->tilt[1]);
	double c = cos(rotation), s = sin(rotation);

	tilt[0] = 1e3 * atan(c * x + s * y);
	tilt[1] = 1e3 * atan(c * y - s * x);
}

/*
 * Slices of half a step of free flight, the potential, and the other half are
 * second order in their thickness. Halves of neighbours are the engine's whole
 * steps; the first is a change of the probe's focus and place, and the last
 * does not change what a detector sees.
 */
static int run(const struct job *j, const struct region *r,
	const struct ip_scene *scene, struct ip_repeat_series *sum)
{
	struct ip_detector d = { .kind = IP_SEGMENTED, .inner = j->m->inner,
		.outer = j->m->outer, .rotation = j->m->rotation, .radial = 1,
		.azimuthal = IP_NET_SEGMENTS };
	struct ip_aberrations sets[IP_FOCI];
	double weights[IP_FOCI];
	struct ip_repeat_view views[IP_FOCI] = { { 0 } };
	struct ip_repeat_series s = { 0 };
	struct ip_repeat q = { .period = scene->period,
		.waves = { scene->waves[0], scene->waves[1] },
		.probe = j->m->probe, .detectors = &d, .detector_count = 1,
		.planes = &r->slices, .plane_count = 1, .views = views,
		.narrow = 1 };
	int rc = ip_focal_spread(&j->m->probe, j->m->focal_spread, sets,
		weights, &q.view_count);

	memcpy(d.offset, j->m->offset, sizeof d.offset);
	turn(j, scene->rotation, q.probe.tilt);
	for (size_t v = 0; rc == 0 && v < q.view_count; v++) {
		views[v].rotation = scene->rotation;
		views[v].aberrations = sets[v];
		views[v].aberrations.c[IP_C10] += r->part.slice / 2;
	}
	if (rc == 0)
		rc = ip_repeat_run(j->dev, &q, &s);
	if (rc == 0)
		rc = ip_repeat_series_add(sum, &s, weights);
	ip_repeat_series_free(&s);
	return rc;
}

/* (1, 4, n0, n1): the region's pixels. */
static int predict(struct job *j, struct region *r,
	struct ip_tensor *image)
{
	struct ip_repeat_frame f = { .source_fwhm = j->m->source_fwhm };
	struct ip_repeat_series sum = { 0 };
	struct ip_scene scene;
	int rc = set_scene(j, r, &scene);

	for (int a = 0; a < 2; a++) {
		f.n[a] = r->part.n[a];
		f.step[a] = j->m->pixel_size[a];
		f.start[a] = scene.start[a] + r->part.slice / 2 *
			tan(1e-3 * j->tilt[a]);
	}
	if (rc == 0)
		rc = run(j, r, &scene, &sum);
	if (rc == 0)
		rc = ip_repeat_picture(&sum, 0, &f, image);
	ip_repeat_series_free(&sum);
	ip_scene_free(&scene);
	return rc;
}

/* ---- compared ---- */

/* seen (4, n0, n1): the region's measured pixels. */
static void put(struct job *j, const struct region *r, const double *from,
	double *seen)
{
	const size_t *at = r->part.at, *side = r->part.n;
	size_t n = side[0] * side[1], all = j->n[0] * j->n[1];
	const double *measured = j->measured.data;
	float *to = j->c->predicted.data, *left = j->c->residual.data;

	for (size_t i = 0; i < n; i++) {
		size_t k = (at[0] + i / side[1]) * j->n[1] + at[1] + i %
			side[1];
		double sum = 0;
		for (size_t s = 0; s < IP_NET_SEGMENTS; s++) {
			double d = from[s * n + i] - measured[s * all + k];
			seen[s * n + i] = measured[s * all + k];
			to[s * all + k] = (float)from[s * n + i];
			sum += d * d;
		}
		left[k] = (float)sqrt(sum / IP_NET_SEGMENTS);
	}
	j->pixels += n;
}

/* What shows are differences of two waves within the aperture, whose edge may
 * be soft. */
static int compare(struct job *j, const struct region *r,
	const struct ip_tensor *image)
{
	const struct ip_microscope *m = j->m;
	struct ip_compared p = { .predicted = image->data,
		.n = { r->part.n[0], r->part.n[1] },
		.pixel = { m->pixel_size[0], m->pixel_size[1] },
		.lattice = r->crystal ? r->lattice : NULL,
		.cutoff = 2.2e-3 * m->probe.semiangle /
			ip_wavelength(m->probe.energy) };
	double *seen = ip_alloc_array(ip_tensor_count(image), sizeof *seen);
	int rc;

	if (!seen)
		return IP_ENOMEM;
	put(j, r, image->data, seen);
	p.measured = seen;
	rc = ip_compare(&p, &j->squares, &j->spread);
	ip_free(seen);
	return rc;
}

static double mean_thickness(const struct job *j, const struct region *r)
{
	const double *t = j->nm.data;
	double sum = 0;

	if (ip_tensor_count(&j->nm) == 1)
		return *t;
	for (size_t x = 0; x < r->part.n[0]; x++)
		for (size_t y = 0; y < r->part.n[1]; y++)
			sum += t[(r->part.at[0] + x) * j->n[1] +
				r->part.at[1] + y];
	return sum / (double)(r->part.n[0] * r->part.n[1]);
}

static int run_region(struct job *j, struct region *r)
{
	struct ip_tensor image = { 0 };
	int rc = 0;

	r->nm = mean_thickness(j, r);
	if (!(r->nm > 0 && r->nm < 1e5))
		rc = ip_fail(IP_EINVAL, "consistency: a thickness of %g nm, "
			"expected more than 0", r->nm);
	if (rc == 0) {
		plan(j, r);
		rc = predict(j, r, &image);
	}
	if (rc == 0)
		rc = compare(j, r, &image);
	ip_tensor_free(&image);
	return rc;
}

/* Region k of as many as are looked at, evenly in the list of all. */
static struct region region_of(const struct job *j, size_t k)
{
	size_t i = (2 * k + 1) * j->c->regions / (2 * j->c->looked);
	size_t at[2] = { i / j->count[1], i % j->count[1] };
	struct region r = { .nm = 0 };

	for (int a = 0; a < 2; a++) {
		r.part.at[a] = at[a] * j->n[a] / j->count[a];
		r.part.n[a] = (at[a] + 1) * j->n[a] / j->count[a] - r.part.at[a];
	}
	return r;
}

static void count_regions(struct job *j, size_t most)
{
	double side = j->crystal ? IP_CONSISTENCY_CRYSTAL : j->fine->region;

	for (int a = 0; a < 2; a++)
		j->count[a] = (size_t)fmax(1, ceil((double)j->n[a] *
			j->m->pixel_size[a] / side - 1e-9));
	j->c->regions = j->count[0] * j->count[1];
	j->c->looked = most && most < j->c->regions ? most : j->c->regions;
}

/* The first region's sum of squares with rung i of the ladder. */
static int try_rung(struct job *j, size_t i, double *squares)
{
	struct region r = region_of(j, 0);
	int rc;

	j->displacement = ladder[i];
	j->squares = 0;
	rc = run_region(j, &r);
	*squares = j->squares;
	j->squares = j->spread = 0;
	j->pixels = 0;
	return rc;
}

/* On the ladder from rung *at, by step, for as long as *best falls. */
static int descend(struct job *j, int step, size_t *at, double *best)
{
	double squares;
	int rc = 0;

	for (size_t next = *at + (size_t)step; rc == 0 && next < RUNGS;
	    next += (size_t)step) {
		rc = try_rung(j, next, &squares);
		if (rc < 0 || squares >= *best)
			break;
		*at = next;
		*best = squares;
	}
	return rc;
}

/* Up or down, from the displacement of most hard crystals. */
static int find_displacement(struct job *j)
{
	size_t first = RUNGS / 3, at = first;
	double best;
	int rc = try_rung(j, at, &best);

	if (rc == 0)
		rc = descend(j, 1, &at, &best);
	if (rc == 0 && at == first)
		rc = descend(j, -1, &at, &best);
	j->displacement = ladder[at];
	return rc;
}

static int run_regions(struct job *j)
{
	int rc = 0;

	for (size_t k = 0; rc == 0 && k < j->c->looked; k++) {
		struct region r = region_of(j, k);
		ip_progress_step(k);
		rc = run_region(j, &r);
		j->c->crystal += r.crystal;
	}
	return rc;
}

/* Whether the middle of the picture is a crystal. */
static int look_for_crystal(struct job *j)
{
	struct region r = { .nm = 1 };
	struct ip_scene scene = { 0 };
	int rc;

	j->picture = (struct ip_scene_picture){ .v = j->zone.data,
		.n = { j->n[0], j->n[1] }, .margin = j->fine->margin,
		.pixel = { j->m->pixel_size[0], j->m->pixel_size[1] } };
	for (int a = 0; a < 2; a++) {
		r.part.n[a] = 1;
		r.part.at[a] = j->n[a] / 2;
	}
	plan(j, &r);
	r.part.displacement = 0;	/* may not be known yet */
	rc = ip_scene_of_cell(&j->picture, &r.part, j->fine->stray, &scene);
	ip_scene_free(&scene);
	j->crystal = rc == 0;
	return rc < 0 ? rc : 0;
}

static int run_all(struct job *j, const struct ip_tensor *zone,
	const struct ip_measurement *in, size_t most)
{
	size_t shape[3] = { IP_NET_SEGMENTS, j->n[0], j->n[1] };
	double values;
	int rc = ip_tensor_convert(&j->zone, IP_F64, zone);

	if (rc == 0)
		rc = ip_tensor_convert(&j->nm, IP_F64, &in->thickness);
	if (rc == 0)
		rc = read_measured(j, in);
	if (rc == 0)
		rc = ip_tensor_new(&j->c->predicted, IP_F32, 3, shape);
	if (rc == 0)
		rc = ip_tensor_new(&j->c->residual, IP_F32, 2, shape + 1);
	if (rc == 0)
		rc = look_for_crystal(j);
	count_regions(j, most);
	ip_progress_begin("regions", j->c->looked);
	if (rc == 0 && isnan(j->displacement))
		rc = find_displacement(j);
	if (rc == 0)
		rc = run_regions(j);
	ip_progress_step(j->c->looked);
	ip_progress_end();
	j->c->displacement = j->displacement;
	values = (double)j->pixels * IP_NET_SEGMENTS;
	j->c->rms = sqrt(j->squares / values);
	j->c->contrast = sqrt(j->spread / values);
	j->c->ratio = j->c->contrast > 0 ? j->c->rms / j->c->contrast : NAN;
	return rc;
}

int ip_consistency_with(struct ip_dev *dev, const struct ip_tensor *zone,
	const struct ip_measurement *in, const struct ip_microscope *m,
	size_t most, const struct ip_consistency_fine *fine,
	struct ip_consistency *c)
{
	struct job j = { .dev = dev, .m = m, .fine = fine, .c = c,
		.incident = in->incident > 0 ? in->incident : 1,
		.displacement = m->displacement };
	double slope[2];
	int rc;

	memset(c, 0, sizeof *c);
	rc = check(zone, in, m);
	if (rc < 0)
		return rc;
	memcpy(j.n, zone->shape, sizeof j.n);
	/* the beam's own, and the crystal's */
	ip_euler_slope(in->euler, slope);
	for (int a = 0; a < 2; a++)
		j.tilt[a] = 1e3 * atan(tan(1e-3 * m->probe.tilt[a]) +
			slope[a]);
	rc = run_all(&j, zone, in, most);
	ip_free(j.picture.wide);
	ip_tensor_free(&j.zone);
	ip_tensor_free(&j.measured);
	ip_tensor_free(&j.nm);
	if (rc < 0)
		ip_consistency_free(c);
	return rc;
}

int ip_consistency(struct ip_dev *dev, const struct ip_tensor *zone,
	const struct ip_measurement *in, const struct ip_microscope *m,
	size_t most, struct ip_consistency *c)
{
	return ip_consistency_with(dev, zone, in, m, most,
		&ip_consistency_fine, c);
}
