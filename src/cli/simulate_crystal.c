/* iphase-simulate: a crystal on its repeat cell, or on a supercell of it. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <iphase/specimen.h>
#include "simulate.h"

#define PI 3.14159265358979323846
#define DEGREE (PI / 180)

/* ---- the cell, the beam in it ---- */

static int indices(const struct ip_sim *m, const char *name,
	const struct ip_reals *r, int n[3])
{
	int bad = r->count != 3;

	for (int i = 0; !bad && i < 3; i++) {
		bad = r->v[i] != floor(r->v[i]) || fabs(r->v[i]) > 1000;
		if (!bad)
			n[i] = (int)r->v[i];
	}
	return bad ? ip_cli_usage(m->cli, "--%s takes three whole numbers, "
		"as in --%s=0,0,1", name, name) : 0;
}

static int build_cell(struct ip_sim *m)
{
	const struct ip_sim_options *o = m->o;
	int n[3] = { 0, 0, 1 }, rc;

	if (o->zone.count && o->plane.count)
		return ip_cli_usage(m->cli, "--zone and --plane both say where "
			"the beam runs: give one of them");
	if (o->plane.count) {
		rc = indices(m, "plane", &o->plane, n);
		return rc ? rc : ip_repeat_plane(&m->crystal.cell, &m->cell, n);
	}
	rc = o->zone.count ? indices(m, "zone", &o->zone, n) : 0;
	return rc ? rc : ip_repeat_zone(&m->crystal.cell, &m->cell, n);
}

/*
 * The beam moves over the crystal as it is tilted itself, and as the lattice
 * does. All in the picture's frame; the library wants the crystal's. There
 * the tilt is the same for all turns: the first one's is given, and the others
 * are turned with the specimen.
 */
static int build_tilt(struct ip_sim *m)
{
	struct ip_sim_turn *first = &m->turns[0], *q;
	struct ip_sim_crystal *c = &m->crystal;
	double t[2];

	ip_euler_slope(first->euler, t);
	for (int i = 0; i < 2; i++)
		t[i] += tan(m->probe.tilt[i] * 1e-3);
	if (!(fabs(first->euler[1]) <= 5 && fabs(first->euler[2]) <= 5))
		return ip_cli_error(IP_EPHYSICS, "--tilt: %g,%g degree; a "
			"mis-tilt of up to 5 is expected: for more take "
			"another --zone", first->euler[1], first->euler[2]);
	if (m->turn_count > 1 && (m->probe.tilt[0] != 0 ||
			m->probe.tilt[1] != 0))
		return ip_cli_usage(m->cli, "--beam-tilt is the microscope's "
			"and does not turn with the crystal: give one rotation "
			"with it");
	first->rotation = first->euler[0] * DEGREE;
	memcpy(first->drift, t, sizeof t);
	for (q = first + 1; q < first + m->turn_count; q++) {
		q->rotation = q->euler[0] * DEGREE;
		double by = q->rotation - first->rotation;
		q->drift[0] = cos(by) * t[0] - sin(by) * t[1];
		q->drift[1] = sin(by) * t[0] + cos(by) * t[1];
		ip_slope_euler(q->drift, q->euler);
	}
	double cz = cos(first->rotation), sz = sin(first->rotation);
	c->tilt[0] = 1e3 * atan(cz * t[0] + sz * t[1]);
	c->tilt[1] = 1e3 * atan(cz * t[1] - sz * t[0]);
	return 0;
}

static int build_grid(struct ip_sim *m)
{
	const struct ip_sim_options *o = m->o;
	double n[2];
	int rc = 0;

	if (!o->grid.count)
		return ip_repeat_grid(&m->crystal.cell, m->sampling, m->grid);
	rc = ip_sim_pair(m, "grid", &o->grid, 0, n);
	for (int a = 0; rc == 0 && a < 2; a++)
		rc = ip_sim_points(m, "grid", n[a], &m->grid[a]);
	return rc;
}

/* The perfect crystal's slices are those of all that is made of it. */
static int build_period(struct ip_sim *m)
{
	struct ip_sim_crystal *c = &m->crystal;
	int rc = build_grid(m);

	for (int still = 0; rc == 0 && still < 2; still++) {
		struct ip_period **p = still ? &c->still : &c->period;
		rc = ip_period_new(p, &c->cell, m->grid, m->slice,
			ip_sim_factors(m), still);
		if (rc == 0)
			rc = ip_sim_bond(m, *p, &c->cell, 0,
				ip_period_slices(*p));
	}
	if (rc)
		return rc;
	m->slice = ip_period_thickness(c->period);
	m->band_limit = ip_period_cutoff(c->period);
	return 0;
}

/* ---- the run ---- */

/*
 * Wide enough for the beam at its deepest, with room for its tails, and so
 * that a k point is small against the aperture, at whose edge the k grid is
 * felt. A supercell also holds the picture. (Layers are thin beside tails.)
 */
static double auto_width(const struct ip_sim *m, const double fov[2])
{
	double angle = m->o->semiangle * 1e-3;
	double spread = 2 * 10 * m->depth[m->plane_count - 1] * tan(angle);

	double width = fmax(1.3 * spread, 29 *
		ip_wavelength(m->probe.energy) / angle);

	return m->crystal.super ? fmax(width, fmax(fov[0], fov[1])) : width;
}

static int build_run(struct ip_sim *m, const double fov[2])
{
	const struct ip_sim_options *o = m->o;
	struct ip_sim_crystal *c = &m->crystal;

	c->width = o->width > 0 ? o->width : auto_width(m, fov);
	c->r = (struct ip_repeat){ .period = c->period, .probe = m->probe,
		.detectors = m->detectors,
		.detector_count = m->detector_count, .whole = o->edges,
		.planes = m->planes, .plane_count = m->plane_count,
		.memory = (size_t)(o->memory * 1048576) };
	memcpy(c->r.probe.tilt, c->tilt, sizeof c->tilt);
	c->r.view_count = m->turn_count * m->focus_count;
	c->r.views = c->views = calloc(c->r.view_count, sizeof *c->views);
	if (!c->views)
		return ip_cli_error(IP_ENOMEM, "out of memory");
	for (size_t i = 0; i < c->r.view_count; i++)
		c->views[i] = (struct ip_repeat_view){
			m->turns[i / m->focus_count].rotation,
			m->foci[i % m->focus_count] };
	return ip_repeat_waves(&c->cell, c->width, c->r.waves);
}

/* The run on the supercell: as many cells as the k grid would have points. */
static int build_supercell(struct ip_sim *m)
{
	struct ip_sim_crystal *c = &m->crystal;
	int rc = ip_sim_supercell(m);

	c->planes = calloc(m->plane_count, sizeof *c->planes);
	if (rc == 0 && !c->planes)
		rc = ip_cli_error(IP_ENOMEM, "out of memory");
	for (size_t i = 0; rc == 0 && i < m->plane_count; i++)
		c->planes[i] = m->planes[i] + c->above + c->below;
	/* the focus counts from the crystal's surface, below the layer */
	for (size_t i = 0; rc == 0 && i < c->r.view_count; i++)
		c->views[i].aberrations.c[IP_C10] -= (double)c->above *
			m->slice;
	for (int a = 0; rc == 0 && a < 2; a++) {
		m->grid[a] = ip_fft_size(m->grid[a] * c->r.waves[a]);
		c->r.waves[a] = 1;
	}
	ip_period_free(c->still);
	ip_period_free(c->period);
	c->still = c->period = NULL;
	if (rc == 0)
		rc = ip_period_new(&c->still, &c->crystal, m->grid, m->slice,
			ip_sim_factors(m), 1);
	if (rc == 0)
		rc = ip_sim_bond(m, c->still, &c->crystal, 0,
			ip_period_slices(c->still));
	if (rc)
		return rc;
	m->band_limit = ip_period_cutoff(c->still);
	c->r.planes = c->planes;
	c->r.period = NULL;		/* each configuration has its own */
	return 0;
}

static int any_displacement(const struct ip_structure *s)
{
	size_t i = 0;

	while (i < s->count && s->atoms[i].u == 0)
		i++;
	return i < s->count;
}

static int check_options(const struct ip_sim *m)
{
	const struct ip_sim_options *o = m->o;

	if (o->thickness.count == 0)
		return ip_cli_usage(m->cli, "a crystal needs --thickness=NM");
	if (o->repeat || o->deposit || o->method)
		return ip_cli_usage(m->cli, "--repeat, --deposit and --method "
			"belong to --specimen=island or box");
	if (!(o->width >= 0))
		return ip_cli_usage(m->cli, "--width: %g A, expected more "
			"than 0", o->width);
	if (!(o->phonons >= 0 && o->phonons <= 100000))
		return ip_cli_usage(m->cli, "--phonons: %ld configurations, "
			"expected 0 to 100000", o->phonons);
	if (o->phonons > 0 && !any_displacement(&m->cell))
		return ip_cli_error(IP_EINVAL, "--phonons: no atom of %s has a "
			"displacement; give --displacement", m->material);
	if (m->crystal.super && o->check_width)
		return ip_cli_usage(m->cli, "--check-width is for perfect "
			"crystals: a wider supercell has other disorder");
	return 0;
}

/* A picture wider than its supercell shows the same defects twice. */
static void warn_narrow(const struct ip_sim *m)
{
	const struct ip_repeat_frame *q = &m->picture;
	double wide = fmax((double)q->n[0] * q->step[0],
		(double)q->n[1] * q->step[1]);

	if (m->crystal.super && wide > m->crystal.width * (1 + 1e-6))
		ip_cli_warn("the picture is %.4g A wide and repeats the "
			"supercell of %.4g A; take a smaller --fov or a "
			"larger --width", wide, m->crystal.width);
}

/* A supercell costs what its first configuration does. */
static int find_cost(struct ip_sim *m)
{
	struct ip_sim_crystal *c = &m->crystal;
	struct ip_repeat r = c->r;
	struct ip_period *p = NULL;
	int rc = c->super ? ip_sim_configuration(m, 0, &p) : 0;

	if (c->super)
		r.period = p;
	if (rc == 0)
		rc = ip_repeat_cost(&r, &c->cost);
	ip_period_free(p);
	return rc;
}

static int setup(struct ip_sim *m)
{
	struct ip_sim_crystal *c = &m->crystal;
	double fov[2];
	int rc;

	c->super = ip_sim_disordered(m->o);
	if ((rc = check_options(m)) || (rc = build_tilt(m)) ||
			(rc = build_cell(m)) || (rc = build_period(m)) ||
			(rc = ip_sim_planes(m, 0, 1e9)) ||
			(rc = ip_sim_pair(m, "fov", &m->o->fov, 25.6, fov)) ||
			(rc = build_run(m, fov)) ||
			(c->super && (rc = build_supercell(m))))
		return rc;
	/* the reference's 256 pixels of 0.1 Angstrom */
	size_t n[2];
	for (int a = 0; a < 2; a++)	/* too many are refused as such */
		n[a] = (size_t)fmax(1, fmin(1e6, nearbyint(fov[a] * 10)));
	if ((rc = ip_sim_picture(m, fov, n)))
		return rc;
	warn_narrow(m);
	m->method = c->super ? "supercell" : "repeat cell";
	return find_cost(m);
}

static void tell(const struct ip_sim *m)
{
	const struct ip_sim_crystal *c = &m->crystal;
	const struct ip_repeat_cell *q = &c->cell;

	ip_cli_info("%s: repeat cell (%.4f, 0), (%.4f, %.4f) A, period %.4f A "
		"shifted by (%.4f, %.4f) A, %zu atoms; slices of %.4g A",
		m->material, q->a[0][0], q->a[1][0], q->a[1][1], q->period,
		q->shift[0], q->shift[1], q->count, m->slice);
	if (c->super)
		ip_cli_info("supercell %.4g A wide: %zu atoms, %zu x %zu "
			"points; %zu waves, %.3g wave slices a configuration, "
			"%.0f MiB", c->width, c->whole.count, m->grid[0],
			m->grid[1], c->cost.waves, c->cost.steps,
			(double)c->cost.memory / 1048576);
	else
		ip_cli_info("%zu x %zu points; k grid %zu x %zu, for a box "
			"%.4g A wide: %zu waves, %.0f MiB", m->grid[0],
			m->grid[1], c->r.waves[0], c->r.waves[1], c->width,
			c->cost.waves, (double)c->cost.memory / 1048576);
}

static void cost(const struct ip_sim *m, double *steps, size_t *memory)
{
	long n = m->crystal.super && m->o->phonons > 0 ? m->o->phonons : 1;

	*steps = m->crystal.cost.steps * (double)n;
	*memory = m->crystal.cost.memory;
}

/* ---- truth ---- */

/* The pictures of a series of one channel, without source: (pictures, nx, ny);
 * of one plane that stands for all, each as often as there are planes. */
static int truth(const struct ip_sim *m, struct ip_repeat_series *s,
	struct ip_tensor *out)
{
	struct ip_repeat_frame f = m->picture;
	size_t shape[] = { m->picture_count, f.n[0], f.n[1] };
	size_t each = m->plane_count / s->planes;
	size_t bytes = f.n[0] * f.n[1] * sizeof(double);
	int rc = ip_tensor_new(out, IP_F64, 3, shape);
	char *to = out->data;

	f.source_fwhm = 0;
	for (size_t k = 0; rc == 0 && k < m->turn_count; k++) {
		struct ip_tensor t = { 0 };

		s->rotation[0] = m->turns[k].rotation;
		rc = ip_repeat_picture(s, 0, &f, &t);
		for (size_t i = 0; rc == 0 && i < m->plane_count; i++, to +=
				bytes)
			memcpy(to, (char *)t.data + i / each * bytes, bytes);
		ip_tensor_free(&t);
	}
	ip_repeat_series_free(s);
	return rc;
}

/* Down to each plane along the zone axis, over its depth. */
static int zone_of_supercell(struct ip_sim *m)
{
	static const double straight[2] = { 0, 0 };
	struct ip_repeat_series s = { 0 };
	size_t points = m->picture.n[0] * m->picture.n[1];
	int rc = ip_repeat_beam(m->crystal.still, straight, m->planes,
		m->plane_count, 0, &s);

	if (rc == 0)
		rc = truth(m, &s, &m->zone);
	for (size_t i = 0; rc == 0 && i < m->picture_count * points; i++)
		((double *)m->zone.data)[i] /=
			m->depth[i / points % m->plane_count];
	return rc;
}

/* Along the zone axis a perfect crystal is the same at every depth. */
static int zone_of_crystal(struct ip_sim *m)
{
	struct ip_repeat_series s = { 0 };
	int rc = ip_repeat_along_zone(m->crystal.still, 0, &s);

	return rc ? rc : truth(m, &s, &m->zone);
}

static int truths(struct ip_sim *m)
{
	struct ip_sim_crystal *c = &m->crystal;
	struct ip_repeat_series s = { 0 };
	int rc = ip_repeat_beam(c->still, c->tilt, m->planes, m->plane_count,
		0, &s);

	if (rc == 0)
		rc = truth(m, &s, &m->beam);
	if (rc < 0)
		return rc;
	return c->super ? zone_of_supercell(m) : zone_of_crystal(m);
}

/* ---- images ---- */

/* The pictures of one period, of each turn with all foci, times weight onto
 * sums [turns]. */
static int add_images(const struct ip_sim *m, struct ip_dev *dev,
	struct ip_repeat r, double weight, struct ip_repeat_series *sums)
{
	struct ip_repeat_series s = { 0 }, one;
	double weights[IP_FOCI];
	int rc = ip_repeat_run(dev, &r, &s);

	for (size_t i = 0; i < m->focus_count; i++)
		weights[i] = weight * m->weights[i];
	one = s;
	one.views = m->focus_count;
	for (size_t k = 0; rc == 0 && k < m->turn_count; k++) {
		rc = ip_repeat_series_add(&sums[k], &one, weights);
		one.rotation += one.views;
		one.c += 2 * one.views * s.planes * s.channels *
			(2 * s.reach[0] + 1) * (2 * s.reach[1] + 1);
	}
	ip_repeat_series_free(&s);
	return rc;
}

/* Incoherently, over the frozen configurations. */
static int average(const struct ip_sim *m, struct ip_dev *dev,
	struct ip_repeat_series *sums)
{
	size_t n = m->o->phonons > 0 ? (size_t)m->o->phonons : 1;
	struct ip_repeat r = m->crystal.r;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < n; i++) {
		struct ip_period *p = NULL;
		if (n > 1)
			ip_cli_info("configuration %zu of %zu", i + 1, n);
		rc = ip_sim_configuration(m, i, &p);
		r.period = p;
		if (rc == 0)
			rc = add_images(m, dev, r, 1 / (double)n, sums);
		ip_period_free(p);
	}
	return rc;
}

/*
 * Turn k of all images. Pictures are in register with the crystal's surface,
 * which the beam meets only after the layer above has moved it.
 */
static int picture_of(const struct ip_sim *m, size_t k,
	const struct ip_repeat_series *s, struct ip_tensor *all)
{
	struct ip_repeat_frame f = m->picture;
	struct ip_tensor one = { 0 };
	size_t shape[] = { m->picture_count, s->channels, f.n[0], f.n[1] };
	size_t bytes = m->plane_count * shape[1] * shape[2] * shape[3] *
		sizeof(double);
	int rc;

	for (int a = 0; a < 2; a++)
		f.start[a] -= (double)m->crystal.above * m->slice *
			m->turns[k].drift[a];
	rc = ip_repeat_picture(s, 0, &f, &one);
	if (rc == 0 && k == 0)
		rc = ip_tensor_new(all, IP_F64, 4, shape);
	if (rc == 0)
		memcpy((char *)all->data + k * bytes, one.data, bytes);
	ip_tensor_free(&one);
	return rc;
}

/* r's pictures, of one configuration or, if disorder says so, of many. */
static int images(const struct ip_sim *m, struct ip_dev *dev,
	const struct ip_repeat *r, struct ip_tensor *all)
{
	struct ip_repeat_series *sums = calloc(m->turn_count, sizeof *sums);
	int rc = !sums ? ip_cli_error(IP_ENOMEM, "out of memory") :
		m->crystal.super ? average(m, dev, sums) :
		add_images(m, dev, *r, 1, sums);

	for (size_t k = 0; sums && k < m->turn_count; k++) {
		if (rc == 0)
			rc = picture_of(m, k, &sums[k], all);
		ip_repeat_series_free(&sums[k]);
	}
	free(sums);
	return rc;
}

/* The images on a k grid twice as fine, and how far they are from these. */
static int check_width(struct ip_sim *m, struct ip_dev *dev)
{
	struct ip_sim_crystal *c = &m->crystal;
	struct ip_repeat r = c->r;
	struct ip_tensor wide = { 0 };
	const struct ip_tensor *old = &m->images;
	size_t each = ip_tensor_count(old) / m->picture_count;
	int rc = ip_repeat_waves(&c->cell, 2 * c->width, r.waves);

	if (rc == 0)
		rc = images(m, dev, &r, &wide);
	c->change = rc == 0 ? calloc(m->picture_count, sizeof *c->change) :
		NULL;
	if (rc == 0 && !c->change)
		rc = ip_cli_error(IP_ENOMEM, "out of memory");
	for (size_t i = 0; rc == 0 && i < ip_tensor_count(old); i++)
		c->change[i / each] = fmax(c->change[i / each],
			fabs(((double *)wide.data)[i] -
			((double *)old->data)[i]));
	for (size_t i = 0; rc == 0 && i < m->picture_count; i++)
		ip_cli_info("%g nm: twice the width moves a pixel by %.2g of "
			"the beam at most", m->depth[i % m->plane_count],
			c->change[i]);
	ip_tensor_free(&wide);
	return rc;
}

static int run(struct ip_sim *m, struct ip_dev *dev)
{
	int rc = images(m, dev, &m->crystal.r, &m->images);

	if (rc == 0)
		rc = truths(m);
	return rc == 0 && m->o->check_width ? check_width(m, dev) : rc;
}

/* Which changes of the pictures this crystal would show just so. */
static int about_symmetry(const struct ip_sim *m, struct ip_attrs *a)
{
	const struct ip_sim_crystal *c = &m->crystal;
	const struct ip_repeat_cell *q = c->super ? &c->crystal : &c->cell;
	int64_t periodic = 1;
	double phi[6];
	int n = ip_repeat_mirrors(&c->cell, phi), rc;

	for (size_t k = 0; k < m->turn_count; k++)
		periodic = periodic && ip_sim_periodic(m,
			(const double (*)[2])q->a, m->turns[k].rotation);
	rc = ip_attrs_i64(a, "periodic", &periodic, 1);
	for (int i = 0; i < n; i++)
		phi[i] /= DEGREE;
	return rc || n == 0 ? rc : ip_attrs_f64(a, "mirrors", phi, (size_t)n);
}

static int about(const struct ip_sim *m, struct ip_attrs *a)
{
	const struct ip_sim_crystal *c = &m->crystal;
	const struct ip_reals *v = m->o->plane.count ? &m->o->plane :
		&m->o->zone;
	double zone[3] = { 0, 0, 1 };
	int64_t waves[] = { (int64_t)c->r.waves[0], (int64_t)c->r.waves[1] };
	int64_t phonons = m->o->phonons;
	int rc;

	for (size_t i = 0; i < v->count; i++)
		zone[i] = v->v[i];
	rc = ip_attrs_f64(a, m->o->plane.count ? "plane" : "zone", zone, 3);
	if (rc == 0)
		rc = ip_attrs_f64(a, "lattice", c->cell.a[0], 4);
	if (rc == 0)
		rc = ip_attrs_number(a, "period", c->cell.period);
	if (rc == 0)
		rc = ip_attrs_number(a, "width", c->width);
	if (rc == 0)
		rc = ip_attrs_i64(a, "k_grid", waves, 2);
	if (rc == 0)
		rc = ip_attrs_text(a, "edges", m->o->edges ? "whole" :
			"shares");
	if (rc == 0)
		rc = about_symmetry(m, a);
	if (rc == 0 && c->super)
		rc = ip_attrs_i64(a, "phonons", &phonons, 1);
	if (rc == 0 && c->change)
		rc = ip_attrs_f64(a, "width_change", c->change,
			m->picture_count);
	return rc;
}

static void release(struct ip_sim *m)
{
	struct ip_sim_crystal *c = &m->crystal;

	ip_period_free(c->period);
	ip_period_free(c->still);
	ip_repeat_cell_free(&c->cell);
	ip_repeat_cell_free(&c->crystal);
	ip_repeat_cell_free(&c->whole);
	free(c->planes);
	free(c->views);
	free(c->change);
}

const struct ip_sim_way ip_sim_crystal_way = { setup, tell, cost, run,
	about, release };
