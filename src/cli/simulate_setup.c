/* iphase-simulate: from its options to a simulation that can run. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <iphase/specimen.h>
#include "simulate.h"
#include "structure.h"

#define PI 3.14159265358979323846
/* Two atoms cannot be closer than this, Angstrom. */
#define MIN_DISTANCE 0.5

/* 1 or 2 numbers of an option into v[2]; none: fallback. */
static int pair(const struct ip_sim *m, const char *name,
	const struct ip_reals *r, double fallback, double v[2])
{
	if (r->count > 2)
		return ip_cli_usage(m->cli, "--%s takes one or two numbers, "
			"not %zu", name, r->count);
	v[0] = r->count ? r->v[0] : fallback;
	v[1] = r->count > 1 ? r->v[1] : v[0];
	return 0;
}

/* A count of points, or a usage error. */
static int points(const struct ip_sim *m, const char *name, double v,
	size_t *n)
{
	if (!(v >= 1 && v <= 65536 && v == floor(v)))
		return ip_cli_usage(m->cli, "--%s: %g is not a number of "
			"points (1 to 65536)", name, v);
	*n = (size_t)v;
	return 0;
}

/* ---- specimen ---- */

/* "0.08" for all, or "Ga=0.058,N=0.06"; changes the atoms of s. */
static int displace(const struct ip_sim *m, struct ip_structure *s,
	const char *text)
{
	char item[64];
	double u;

	while (text && *text) {
		size_t n = strcspn(text, ","), found = 0;
		snprintf(item, sizeof item, "%.*s", (int)n, text);
		char *value = strchr(item, '=');
		int z = 0;
		if (value) {
			*value++ = 0;
			z = ip_element_number(item);
			if (z < 0)
				return z;
		}
		if (n >= sizeof item || ip_cli_real(value ? value : item, &u) ||
				u < 0)
			return ip_cli_usage(m->cli, "--displacement: expected "
				"0.08 or Ga=0.058,N=0.06 (Angstrom), not '%s'",
				m->o->displacement);
		for (size_t i = 0; i < s->count; i++)
			if (z == 0 || s->atoms[i].z == z) {
				s->atoms[i].u = u;
				found++;
			}
		if (!found)
			return ip_cli_error(IP_EINVAL, "--displacement: the "
				"structure has no %s", item);
		text += n + (text[n] == ',');
	}
	return 0;
}

static int build_box(struct ip_sim *m)
{
	const struct ip_sim_options *o = m->o;
	/* Two slices more than asked for, so that no plane is cut short. */
	struct ip_island how = { .repeat = (int)o->repeat,
		.extra = 2 * o->slice, .vacuum = o->vacuum };
	int rc;

	if (o->specimen == IP_SIM_BOX) {
		if (o->fov.count || o->euler.count || o->repeat)
			return ip_cli_usage(m->cli, "--specimen=box takes the "
				"structure as it is: --fov, --euler and "
				"--repeat belong to --specimen=island");
		return ip_structure_copy(&m->box, &m->cell);
	}
	if (o->thickness.count == 0)
		return ip_cli_usage(m->cli, "an island needs --thickness=NM");
	if (o->euler.count != 0 && o->euler.count != 3)
		return ip_cli_usage(m->cli, "--euler takes three angles, "
			"rz,rx,ry");
	for (size_t i = 0; i < o->euler.count; i++)
		how.euler[i] = o->euler.v[i];
	rc = pair(m, "fov", &o->fov, 25.6, how.fov);
	for (size_t i = 0; i < o->thickness.count; i++)
		how.thickness = fmax(how.thickness, o->thickness.v[i]);
	return rc ? rc : ip_island_build(&m->cell, &how, &m->box, &m->surface);
}

static int build_grid(struct ip_sim *m, struct ip_grid *g)
{
	const struct ip_sim_options *o = m->o;
	double n[2];
	int rc;

	for (int a = 0; a < 2; a++)
		g->length[a] = m->box.cell[a][a];
	if (o->grid.count) {
		rc = pair(m, "grid", &o->grid, 0, n);
		for (int a = 0; rc == 0 && a < 2; a++)
			rc = points(m, "grid", n[a], &g->n[a]);
		return rc;
	}
	if (!(o->sampling > 0))
		return ip_cli_usage(m->cli, "--sampling: %g A, expected more "
			"than 0", o->sampling);
	for (int a = 0; a < 2; a++) {
		/* 25.6 / 0.1 is a little more than 256. */
		double want = ceil(g->length[a] / o->sampling - 1e-6);
		if (!(want >= 1 && want <= 65536))
			return ip_cli_error(IP_ELIMIT, "--sampling: %g A on a "
				"field of %g A makes %g points", o->sampling,
				g->length[a], want);
		g->n[a] = ip_fft_size((size_t)want);
	}
	return 0;
}

static int build_potential(struct ip_sim *m)
{
	const struct ip_sim_options *o = m->o;
	struct ip_grid g = { 0 };
	int rc = build_grid(m, &g), still = 1;

	if (rc == 0)
		rc = ip_potential_from_structure(&m->potential, &m->box, &g,
			o->slice, o->factors ? IP_LOBATO : IP_KIRKLAND,
			o->deposit ? IP_BILINEAR : IP_EXACT);
	if (rc)
		return rc;
	for (size_t i = 0; i < m->box.count; i++) {
		still = still && m->box.atoms[i].u == 0;
		m->box.atoms[i].u = 0;
	}
	m->truth = m->potential;
	if (still && !o->deposit)
		return 0;
	m->truth = NULL;
	return ip_potential_from_structure(&m->truth, &m->box, &g, o->slice,
		o->factors ? IP_LOBATO : IP_KIRKLAND, IP_EXACT);
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Thicknesses to the nearest slice boundaries below the surface. */
static int build_planes(struct ip_sim *m)
{
	const struct ip_reals *t = &m->o->thickness;
	size_t slices = ip_potential_slices(m->potential);
	size_t n = t->count ? t->count : 1;
	double dz = ip_potential_thickness(m->potential);

	m->planes = calloc(n, sizeof *m->planes);
	m->asked = calloc(n, sizeof *m->asked);
	m->depth = calloc(n, sizeof *m->depth);
	if (!m->planes || !m->asked || !m->depth)
		return ip_cli_error(IP_ENOMEM, "out of memory");
	for (size_t i = 0; i < n; i++)
		m->asked[i] = t->count ? t->v[i] :
			(dz * (double)slices - m->surface) / 10;
	qsort(m->asked, n, sizeof *m->asked, ascending);
	for (size_t i = 0; i < n; i++) {
		double want = m->asked[i];
		double p = round((m->surface + want * 10) / dz);
		if (!(want > 0))
			return ip_cli_error(IP_EPHYSICS, "--thickness: %g nm, "
				"expected more than 0", want);
		if (p < 1 || p > (double)slices)
			return ip_cli_error(IP_EINVAL, "--thickness: %g nm is "
				"outside the specimen, which ends at %g nm",
				want, (dz * (double)slices - m->surface) / 10);
		m->planes[i] = (size_t)p;
		m->depth[i] = (p * dz - m->surface) / 10;
		if (i > 0 && m->planes[i] == m->planes[i - 1])
			return ip_cli_error(IP_EINVAL, "--thickness: two of "
				"the thicknesses end at the same slice, %g nm; "
				"take thinner slices", m->depth[i]);
	}
	m->s.planes = m->planes;
	m->s.plane_count = n;
	return 0;
}

/* ---- beam ---- */

static int build_probe(struct ip_sim *m)
{
	const struct ip_sim_options *o = m->o;
	struct ip_probe *p = &m->s.probe;
	struct ip_aberrations *a = &p->aberrations;
	char item[64], *value;
	double v;
	int rc = pair(m, "beam-tilt", &o->tilt, 0, p->tilt);

	if (o->tilt.count == 1)
		p->tilt[1] = 0;
	p->energy = o->energy * 1e3;
	p->semiangle = o->semiangle;
	p->hard = o->aperture;
	for (size_t i = 0; rc == 0 && i < o->aberrations.count; i++) {
		const char *text = o->aberrations.v[i];
		while (rc == 0 && *text) {
			size_t n = strcspn(text, ",");
			snprintf(item, sizeof item, "%.*s", (int)n, text);
			value = strchr(item, '=');
			if (value)
				*value++ = 0;
			if (!value || n >= sizeof item ||
					ip_cli_real(value, &v))
				return ip_cli_usage(m->cli, "--aberration: "
					"expected C30=1e7 or phi12=0.4, not "
					"'%s'", o->aberrations.v[i]);
			rc = ip_aberrations_set(a, item, v);
			text += n + (text[n] == ',');
		}
	}
	if (rc || !o->defocus)
		return rc;
	if (a->c[IP_C10] != 0)
		return ip_cli_usage(m->cli, "--defocus and the aberration C10 "
			"are the same thing: give one of them");
	if (strcmp(o->defocus, "scherzer") == 0)
		v = ip_scherzer(a->c[IP_C30], ip_wavelength(p->energy));
	else if (ip_cli_real(o->defocus, &v))
		return ip_cli_usage(m->cli, "--defocus: expected a number "
			"(Angstrom) or scherzer, not '%s'", o->defocus);
	return ip_aberrations_set(a, "defocus", v);
}

/* ---- detectors and scan ---- */

static int build_annular(struct ip_sim *m, struct ip_detector *d,
	const char *text)
{
	struct ip_reals r = { 0 };
	int bad = ip_cli_reals(text, &r) || r.count != 2;

	if (!bad)
		*d = (struct ip_detector){ .kind = IP_ANNULAR,
			.inner = r.v[0], .outer = r.v[1],
			.radial = 1, .azimuthal = 1 };
	free(r.v);
	return bad ? ip_cli_usage(m->cli, "--annular: expected INNER,OUTER "
		"(mrad), not '%s'", text) : 0;
}

/* Segments, annular, total, centre of mass: in this order. */
static int build_detectors(struct ip_sim *m)
{
	const struct ip_sim_options *o = m->o;
	struct ip_detector seg = { .kind = IP_SEGMENTED, .inner = o->inner,
		.outer = o->outer, .radial = (int)o->rings,
		.azimuthal = (int)o->segments,
		.rotation = o->rotation * PI / 180 };
	size_t n = 0;
	int rc = pair(m, "detector-offset", &o->offset, 0, seg.offset);

	if (o->segments < 0 || o->segments > 360 || o->rings < 1 ||
			o->rings > 360)
		return ip_cli_usage(m->cli, "--segments takes 0 to 360, "
			"--rings 1 to 360");
	m->detectors = calloc(o->annular.count + 3, sizeof *m->detectors);
	if (!m->detectors)
		return ip_cli_error(IP_ENOMEM, "out of memory");
	if (o->segments)
		m->detectors[n++] = seg;
	for (size_t i = 0; rc == 0 && i < o->annular.count; i++) {
		rc = build_annular(m, &m->detectors[n], o->annular.v[i]);
		memcpy(m->detectors[n++].offset, seg.offset,
			sizeof seg.offset);
	}
	if (o->total)
		m->detectors[n++].kind = IP_TOTAL;
	if (o->com)
		m->detectors[n++].kind = IP_COM;
	if (rc == 0 && n == 0)
		rc = ip_cli_usage(m->cli, "--segments=0 leaves no detector: "
			"add --annular, --total or --com");
	m->s.detectors = m->detectors;
	m->s.detector_count = n;
	return rc;
}

static int build_scan(struct ip_sim *m)
{
	const struct ip_sim_options *o = m->o;
	const struct ip_grid *g = ip_potential_grid(m->potential);
	struct ip_scan *q = &m->s.scan;
	double n[2] = { (double)g->n[0], (double)g->n[1] };
	int rc = o->pixels.count ? pair(m, "pixels", &o->pixels, 0, n) : 0;

	if (o->scan.count != 0 && o->scan.count != 4)
		return ip_cli_usage(m->cli, "--scan takes x0,y0,x1,y1");
	for (int a = 0; rc == 0 && a < 2; a++) {
		q->start[a] = o->scan.count ? o->scan.v[a] : 0;
		q->end[a] = o->scan.count ? o->scan.v[2 + a] : g->length[a];
		if (!(q->end[a] > q->start[a]))
			return ip_cli_usage(m->cli, "--scan: %g to %g is no "
				"length", q->start[a], q->end[a]);
		rc = points(m, "pixels", n[a], &q->n[a]);
	}
	if (o->dose < 0)
		return ip_cli_usage(m->cli, "--dose: %g electrons a square "
			"Angstrom, expected 0 or more", o->dose);
	if (!(o->memory >= 0 && o->memory < 1e9))
		return ip_cli_usage(m->cli, "--memory: %g MiB", o->memory);
	m->s.source_fwhm = o->source;
	m->s.memory = (size_t)(o->memory * 1048576);
	m->s.method = o->method == 0 ? IP_METHOD_AUTO : o->method == 1 ?
		IP_METHOD_MATRIX : IP_METHOD_PROBES;
	return rc;
}

int ip_sim_setup(struct ip_sim *m)
{
	const char *path = m->cli->operands[0];
	int rc = ip_cli_structure_read(path, &m->cell);

	if (rc == 0 && ip_cli_has_ext(path, ".cube") && m->cli->verbose)
		ip_cli_info("%s: its atoms are used, its potential is not",
			path);
	if (rc == 0)
		rc = ip_structure_check(&m->cell, MIN_DISTANCE);
	if (rc == 0)
		rc = displace(m, &m->cell, m->o->displacement);
	ip_cli_formula(&m->cell, m->material, sizeof m->material);
	if (rc == 0)
		rc = build_probe(m);
	if (rc == 0)
		rc = build_detectors(m);
	if (rc == 0)
		rc = build_box(m);
	if (rc == 0)
		rc = build_potential(m);
	m->s.potential = m->potential;
	if (rc == 0)
		rc = build_planes(m);
	if (rc == 0)
		rc = build_scan(m);
	return rc ? rc : ip_simulate_cost(&m->s, &m->cost);
}

void ip_sim_free(struct ip_sim *m)
{
	if (m->truth != m->potential)
		ip_potential_free(m->truth);
	ip_potential_free(m->potential);
	ip_structure_free(&m->cell);
	ip_structure_free(&m->box);
	ip_tensor_free(&m->images);
	ip_tensor_free(&m->projected);
	free(m->planes);
	free(m->asked);
	free(m->depth);
	free(m->detectors);
}
