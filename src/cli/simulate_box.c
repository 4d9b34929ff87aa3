/* iphase-simulate: atoms in a box, an island or as they are. */
#include <math.h>
#include <stdlib.h>
#include <iphase/specimen.h>
#include "simulate.h"

static const double straight[2] = { 0, 0 };

static int build_atoms(struct ip_sim *m)
{
	const struct ip_sim_options *o = m->o;
	/* Two slices more than asked for, so that no plane is cut short. */
	struct ip_island how = { .repeat = (int)o->repeat,
		.extra = 2 * m->slice, .vacuum = o->vacuum };
	int rc;

	if (o->zone.count || o->plane.count || o->width != 0 ||
			o->check_width || o->edges || ip_sim_disordered(o))
		return ip_cli_usage(m->cli, "--zone, --plane, --width, "
			"--check-width, --edges and disorder are for --crystal "
			"and --specimen=crystal");
	if (o->specimen == IP_SIM_BOX) {
		if (o->fov.count || o->euler.count || o->tilt.count ||
				o->repeat)
			return ip_cli_usage(m->cli, "--specimen=box takes the "
				"structure as it is: --fov, --euler, --tilt "
				"and --repeat belong to --specimen=island or "
				"crystal");
		return ip_structure_copy(&m->box.atoms, &m->cell);
	}
	if (o->thickness.count == 0)
		return ip_cli_usage(m->cli, "an island needs --thickness=NM");
	for (int i = 0; i < 3; i++)
		how.euler[i] = m->turns[0].euler[i];
	rc = ip_sim_pair(m, "fov", &o->fov, 25.6, how.fov);
	for (size_t i = 0; i < o->thickness.count; i++)
		how.thickness = fmax(how.thickness, o->thickness.v[i]);
	return rc ? rc : ip_island_build(&m->cell, &how, &m->box.atoms,
		&m->box.surface);
}

static int build_grid(struct ip_sim *m, struct ip_grid *g)
{
	const struct ip_sim_options *o = m->o;
	double n[2];
	int rc;

	for (int a = 0; a < 2; a++)
		g->length[a] = m->box.atoms.cell[a][a];
	if (o->grid.count) {
		rc = ip_sim_pair(m, "grid", &o->grid, 0, n);
		for (int a = 0; rc == 0 && a < 2; a++)
			rc = ip_sim_points(m, "grid", n[a], &g->n[a]);
		return rc;
	}
	if (!(m->sampling > 0))
		return ip_cli_usage(m->cli, "--sampling: %g A, expected more "
			"than 0", m->sampling);
	for (int a = 0; a < 2; a++) {
		/* 25.6 / 0.1 is a little more than 256. */
		double want = ceil(g->length[a] / m->sampling - 1e-6);
		if (!(want >= 1 && want <= 65536))
			return ip_cli_error(IP_ELIMIT, "--sampling: %g A on a "
				"field of %g A makes %g points", m->sampling,
				g->length[a], want);
		g->n[a] = ip_fft_size((size_t)want);
	}
	return 0;
}

/* The atoms moved against the beam's tilt: along it is along z then. */
static void lean(struct ip_structure *s, const double tilt[2], double slice)
{
	for (size_t i = 0; i < s->count; i++) {
		double *r = s->atoms[i].r;
		double depth = slice * floor(r[2] / slice + 1e-9);
		for (int a = 0; a < 2; a++)
			r[a] -= depth * tan(tilt[a] * 1e-3);
	}
}

/* The bonding term, if there is one; the atoms may lean against the tilt. */
static int bond(const struct ip_sim *m, struct ip_potential *p,
	const double tilt[2])
{
	double drift[2];

	for (int a = 0; a < 2; a++)
		drift[a] = ip_potential_thickness(p) * tan(tilt[a] * 1e-3);
	return m->bonding.count == 0 ? 0 : ip_potential_bond(p, &m->cell,
		&m->bonding, drift);
}

/* What is summed along the beam; the atoms are at rest from here on. */
static int build_truth(struct ip_sim *m, const struct ip_grid *g)
{
	struct ip_sim_box *b = &m->box;
	const double *tilt = m->probe.tilt;
	struct ip_structure leaning;
	int same = !m->o->deposit && tilt[0] == 0 && tilt[1] == 0, rc;

	for (size_t i = 0; i < b->atoms.count; i++) {
		same = same && b->atoms.atoms[i].u == 0;
		b->atoms.atoms[i].u = 0;
	}
	if (same) {
		b->truth = b->potential;
		return 0;
	}
	if ((rc = ip_structure_copy(&leaning, &b->atoms)) < 0)
		return rc;
	lean(&leaning, tilt, ip_potential_thickness(b->potential));
	rc = ip_potential_from_structure(&b->truth, &leaning, g, m->slice,
		ip_sim_factors(m), IP_EXACT);
	ip_structure_free(&leaning);
	return rc ? rc : bond(m, b->truth, tilt);
}

static int build_potential(struct ip_sim *m, struct ip_grid *g)
{
	int rc = build_grid(m, g);

	if (rc == 0)
		rc = ip_potential_from_structure(&m->box.potential,
			&m->box.atoms, g, m->slice, ip_sim_factors(m),
			m->o->deposit ? IP_BILINEAR : IP_EXACT);
	if (rc == 0)
		rc = bond(m, m->box.potential, straight);
	return rc ? rc : build_truth(m, g);
}

static void fill_simulation(struct ip_sim *m)
{
	struct ip_simulation *s = &m->box.s;
	const struct ip_repeat_frame *q = &m->picture;

	*s = (struct ip_simulation){ .potential = m->box.potential,
		.probe = m->probe, .detectors = m->detectors,
		.detector_count = m->detector_count, .planes = m->planes,
		.plane_count = m->plane_count, .source_fwhm = q->source_fwhm,
		.method = m->o->method == 0 ? IP_METHOD_AUTO :
			m->o->method == 1 ? IP_METHOD_MATRIX :
			IP_METHOD_PROBES,
		.memory = (size_t)(m->o->memory * 1048576) };
	s->sets = m->foci;
	s->set_count = m->focus_count;
	for (int a = 0; a < 2; a++) {
		s->scan.start[a] = q->start[a];
		s->scan.end[a] = q->start[a] + (double)q->n[a] * q->step[a];
		s->scan.n[a] = q->n[a];
	}
}

static int setup(struct ip_sim *m)
{
	struct ip_sim_box *b = &m->box;
	struct ip_grid g = { 0 };
	int rc = build_atoms(m);

	if (rc == 0)
		rc = build_potential(m, &g);
	if (rc)
		return rc;
	m->slice = ip_potential_thickness(b->potential);
	m->band_limit = ip_grid_cutoff(&g);
	m->grid[0] = g.n[0];
	m->grid[1] = g.n[1];
	rc = ip_sim_planes(m, b->surface,
		(double)ip_potential_slices(b->potential));
	if (rc == 0)
		rc = ip_sim_picture(m, g.length, g.n);
	if (rc)
		return rc;
	fill_simulation(m);
	rc = ip_simulate_cost(&b->s, &b->cost);
	m->method = b->cost.method == IP_METHOD_MATRIX ? "matrix" : "probes";
	return rc;
}

static void tell(const struct ip_sim *m)
{
	const struct ip_sim_box *b = &m->box;

	ip_cli_info("%s: %zu atoms, %zu x %zu points, %zu slices of %.4g A; "
		"%s: %zu waves, %zu passes, %.0f MiB", m->material,
		b->atoms.count, m->grid[0], m->grid[1],
		ip_potential_slices(b->potential), m->slice, m->method,
		b->cost.waves, b->cost.passes,
		(double)b->cost.memory / 1048576);
}

static void cost(const struct ip_sim *m, double *steps, size_t *memory)
{
	*steps = m->box.cost.steps;
	*memory = m->box.cost.memory;
}

/* The potential along the zone axis over the depth, V Angstrom per nm. */
static int along_zone(struct ip_sim *m)
{
	struct ip_sim_box *b = &m->box;
	struct ip_structure upright;
	struct ip_potential *p = NULL;
	size_t points = m->picture.n[0] * m->picture.n[1];
	int rc = ip_island_upright(&b->atoms, m->turns[0].euler, b->surface,
		&upright);

	/* where the beam meets the surface, below some vacuum */
	for (size_t i = 0; rc == 0 && i < upright.count; i++)
		for (int a = 0; a < 2; a++)
			upright.atoms[i].r[a] -= b->surface *
				tan(m->probe.tilt[a] * 1e-3);
	if (rc == 0)
		rc = ip_potential_from_structure(&p, &upright,
			ip_potential_grid(b->potential), m->slice,
			ip_sim_factors(m), IP_EXACT);
	ip_structure_free(&upright);
	if (rc == 0)
		rc = bond(m, p, straight);
	if (rc == 0)
		rc = ip_potential_project(p, m->planes, m->plane_count,
			&b->s.scan, &m->zone);
	ip_potential_free(p);
	for (size_t i = 0; rc == 0 && i < m->plane_count * points; i++)
		((double *)m->zone.data)[i] /= m->depth[i / points];
	return rc;
}

/* The mean over foci takes the place of the first; their axis goes. */
static int mean_focus(struct ip_sim *m, struct ip_tensor *images)
{
	double *v = images->data;
	int rc = ip_tensor_at(&m->images, images, 0, 0);
	size_t n = rc == 0 ? ip_tensor_count(&m->images) : 0;

	for (size_t i = 0; i < n; i++) {
		v[i] *= m->weights[0];
		for (size_t j = 1; j < m->box.s.set_count; j++)
			v[i] += m->weights[j] * v[j * n + i];
	}
	m->images.owner = images->owner;
	return rc;
}

static int run(struct ip_sim *m, struct ip_dev *dev)
{
	struct ip_sim_box *b = &m->box;
	struct ip_tensor images = { 0 };
	int rc = ip_simulate(dev, &b->s, &images);

	if (rc == 0)
		rc = mean_focus(m, &images);
	if (rc == 0)
		rc = ip_potential_project(b->truth, m->planes, m->plane_count,
			&b->s.scan, &m->beam);
	return rc ? rc : along_zone(m);
}

static int about(const struct ip_sim *m, struct ip_attrs *a)
{
	const struct ip_grid *g = ip_potential_grid(m->box.potential);
	const double period[2][2] = { { g->length[0], 0 },
		{ 0, g->length[1] } };
	int64_t periodic = ip_sim_periodic(m, period, 0);
	int rc = ip_attrs_f64(a, "box", g->length, 2);

	if (rc == 0)
		rc = ip_attrs_i64(a, "periodic", &periodic, 1);
	return rc ? rc : ip_attrs_text(a, "deposit", m->o->deposit ?
		"bilinear" : "exact");
}

static void release(struct ip_sim *m)
{
	struct ip_sim_box *b = &m->box;

	if (b->truth != b->potential)
		ip_potential_free(b->truth);
	ip_potential_free(b->potential);
	ip_structure_free(&b->atoms);
}

const struct ip_sim_way ip_sim_box_way = { setup, tell, cost, run, about,
	release };
