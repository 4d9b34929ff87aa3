/* iphase-simulate: the crystal, the exit planes and the pictures. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <iphase/invent.h>
#include "bonding.h"
#include "simulate.h"
#include "structure.h"

/* Two atoms cannot be closer than this, Angstrom. */
#define MIN_DISTANCE 0.5

int ip_sim_pair(const struct ip_sim *m, const char *name,
	const struct ip_reals *r, double fallback, double v[2])
{
	if (r->count > 2)
		return ip_cli_usage(m->cli, "--%s takes one or two numbers, "
			"not %zu", name, r->count);
	v[0] = r->count ? r->v[0] : fallback;
	v[1] = r->count > 1 ? r->v[1] : v[0];
	return 0;
}

int ip_sim_points(const struct ip_sim *m, const char *name, double v,
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

static int check_angles(const struct ip_sim *m)
{
	const struct ip_sim_options *o = m->o;

	if (o->euler.count != 0 && o->euler.count != 3)
		return ip_cli_usage(m->cli, "--euler takes three angles, "
			"rz,rx,ry");
	if (o->tilt.count != 0 && o->tilt.count != 2)
		return ip_cli_usage(m->cli, "--tilt takes two angles, rx,ry");
	if (o->tilt.count && o->euler.count)
		return ip_cli_usage(m->cli, "--tilt is the last two angles of "
			"--euler: give one of them");
	if (o->rotations.count && o->euler.count)
		return ip_cli_usage(m->cli, "--rotations takes the place of "
			"the first angle of --euler: give --tilt beside it");
	if (o->rotations.count && o->specimen != IP_SIM_CRYSTAL)
		return ip_cli_usage(m->cli, "--rotations is for --crystal and "
			"--specimen=crystal; an island takes --euler");
	return 0;
}

/* Euler angles; --tilt gives the last two, --rotations the first. */
static int orient(struct ip_sim *m)
{
	const struct ip_sim_options *o = m->o;
	size_t n = o->rotations.count ? o->rotations.count : 1;
	int rc = check_angles(m);

	if (rc)
		return rc;
	m->turns = calloc(n, sizeof *m->turns);
	if (!m->turns)
		return ip_cli_error(IP_ENOMEM, "out of memory");
	m->turn_count = n;
	for (size_t k = 0; k < n; k++) {
		double *euler = m->turns[k].euler;

		for (size_t i = 0; i < o->euler.count; i++)
			euler[i] = o->euler.v[i];
		for (size_t i = 0; i < o->tilt.count; i++)
			euler[1 + i] = o->tilt.v[i];
		if (o->rotations.count)
			euler[0] = o->rotations.v[k];
	}
	return 0;
}

/* ---- exit planes ---- */

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Thickness i to a plane, deeper than that before. */
static int plane(struct ip_sim *m, size_t i, double top, double slices)
{
	double dz = m->slice, want = m->asked[i];
	double p = round((top + want * 10) / dz);

	if (!(want > 0))
		return ip_cli_error(IP_EPHYSICS, "--thickness: %g nm, expected "
			"more than 0", want);
	if (p < 1 || p > slices)
		return ip_cli_error(IP_EINVAL, "--thickness: %g nm is outside "
			"the specimen, which is %g to %g nm deep", want,
			fmax(0, dz - top) / 10, (dz * slices - top) / 10);
	m->planes[i] = (size_t)p;
	m->depth[i] = (p * dz - top) / 10;
	if (i > 0 && m->planes[i] == m->planes[i - 1])
		return ip_cli_error(IP_EINVAL, "--thickness: two of the "
			"thicknesses end at the same slice, %g nm; take "
			"thinner slices", m->depth[i]);
	return 0;
}

int ip_sim_planes(struct ip_sim *m, double top, double slices)
{
	const struct ip_reals *t = &m->o->thickness;
	size_t n = t->count ? t->count : 1;
	int rc = 0;

	m->planes = calloc(n, sizeof *m->planes);
	m->asked = calloc(n, sizeof *m->asked);
	m->depth = calloc(n, sizeof *m->depth);
	if (!m->planes || !m->asked || !m->depth)
		return ip_cli_error(IP_ENOMEM, "out of memory");
	for (size_t i = 0; i < n; i++)
		m->asked[i] = t->count ? t->v[i] :
			(m->slice * slices - top) / 10;
	qsort(m->asked, n, sizeof *m->asked, ascending);
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = plane(m, i, top, slices);
	m->plane_count = n;
	m->picture_count = n * m->turn_count;
	return rc;
}

/* ---- pictures ---- */

int ip_sim_picture(struct ip_sim *m, const double fov[2], const size_t n[2])
{
	const struct ip_sim_options *o = m->o;
	struct ip_repeat_frame *q = &m->picture;
	double v[2] = { (double)n[0], (double)n[1] };
	int rc = o->pixels.count ? ip_sim_pair(m, "pixels", &o->pixels, 0, v) :
		0;

	if (o->scan.count != 0 && o->scan.count != 4)
		return ip_cli_usage(m->cli, "--scan takes x0,y0,x1,y1");
	if (o->dose < 0)
		return ip_cli_usage(m->cli, "--dose: %g electrons a square "
			"Angstrom, expected 0 or more", o->dose);
	q->source_fwhm = o->source;
	for (int a = 0; rc == 0 && a < 2; a++) {
		double end = o->scan.count ? o->scan.v[2 + a] : fov[a];
		q->start[a] = o->scan.count ? o->scan.v[a] : 0;
		if (!(end > q->start[a]))
			return ip_cli_usage(m->cli, "--scan: %g to %g is no "
				"length", q->start[a], end);
		if ((rc = ip_sim_points(m, "pixels", v[a], &q->n[a])) == 0)
			q->step[a] = (end - q->start[a]) / (double)q->n[a];
	}
	return rc;
}

int ip_sim_periodic(const struct ip_sim *m, const double a[2][2],
	double rotation)
{
	const struct ip_repeat_frame *q = &m->picture;
	double det = a[0][0] * a[1][1] - a[0][1] * a[1][0];
	double c = cos(rotation), s = sin(rotation);

	for (int k = 0; k < 2; k++) {
		/* the picture's side in the frame of a, in units of a */
		double side = (double)q->n[k] * q->step[k];
		double x = side * (k ? s : c), y = side * (k ? c : -s);
		double n0 = nearbyint((x * a[1][1] - y * a[1][0]) / det);
		double n1 = nearbyint((y * a[0][0] - x * a[0][1]) / det);

		x -= n0 * a[0][0] + n1 * a[1][0];
		y -= n0 * a[0][1] + n1 * a[1][1];
		if ((n0 == 0 && n1 == 0) || hypot(x, y) > 0.01 *
				fmin(q->step[0], q->step[1]))
			return 0;
	}
	return 1;
}

/* ---- the structure ---- */

enum ip_factors ip_sim_factors(const struct ip_sim *m)
{
	return m->o->factors ? IP_LOBATO : IP_KIRKLAND;
}

static int read_structure(struct ip_sim *m)
{
	const char *name = m->o->crystal ? m->o->crystal :
		m->cli->operands[0];
	char path[4096], formula[48];
	int rc = ip_cli_crystal_read(name, &m->cell, path, sizeof path);

	if (rc == 0 && m->cli->verbose)
		ip_cli_info("%s%s", path, ip_cli_has_ext(path, ".cube") ? ": "
			"its atoms are used, its potential is not" : "");
	if (rc == 0)
		rc = ip_structure_check(&m->cell, MIN_DISTANCE);
	if (rc == 0)
		rc = displace(m, &m->cell, m->o->displacement);
	ip_cli_formula(&m->cell, formula, sizeof formula);
	snprintf(m->material, sizeof m->material, "%s%s",
		ip_cli_crystal_is_invented(name) ? IP_INVENTED : "", formula);
	return rc;
}

/* ---- the bonding term ---- */

/* --potential=dft: of --bonding, or of the shipped crystal. */
static int read_bonding(struct ip_sim *m)
{
	const struct ip_sim_options *o = m->o;
	int rc;

	if (o->bonding && !o->potential)
		return ip_cli_usage(m->cli, "--bonding is for --potential=dft");
	if (!o->potential)
		return 0;
	if (o->specimen == IP_SIM_ISLAND || o->cuts.count)
		return ip_cli_usage(m->cli, "--potential=dft is for crystals "
			"without edges (--crystal, --specimen=box), not for "
			"islands and --cut: bonds end there in a way that "
			"the crystal does not tell");
	if (!o->bonding && (!o->crystal || ip_cli_crystal_is_file(o->crystal)))
		return ip_cli_usage(m->cli, "--potential=dft with a file's "
			"crystal needs --bonding=FILE, which iphase-bonding "
			"makes");
	rc = o->bonding ? ip_cli_bonding_read(o->bonding, &m->bonding) :
		ip_cli_bonding_find(o->crystal, &m->bonding);
	if (rc == 0 && (o->vacancies.count || o->substitutes.count ||
			o->columns.count))
		ip_cli_warn("the bonding term stays that of the perfect "
			"crystal, beside vacancies and other elements as well");
	return rc;
}

int ip_sim_bond(const struct ip_sim *m, struct ip_period *p,
	const struct ip_repeat_cell *c, size_t first, size_t count)
{
	return m->bonding.count == 0 ? 0 : ip_period_bond(p, c, &m->cell,
		&m->bonding, first, count);
}

/* ---- all of it ---- */

int ip_sim_setup(struct ip_sim *m)
{
	int crystal = m->o->specimen == IP_SIM_CRYSTAL;
	int rc = read_structure(m);

	m->way = crystal ? &ip_sim_crystal_way : &ip_sim_box_way;
	m->sampling = m->o->sampling != 0 ? m->o->sampling :
		crystal ? 0.06 : 0.1;
	m->slice = m->o->slice != 0 ? m->o->slice : crystal ? 2 : 3;
	if (!(m->o->memory >= 0 && m->o->memory < 1e9))
		return ip_cli_usage(m->cli, "--memory: %g MiB", m->o->memory);
	if (rc == 0)
		rc = read_bonding(m);
	if (rc == 0)
		rc = orient(m);
	if (rc == 0)
		rc = ip_sim_probe(m);
	if (rc == 0)
		rc = ip_sim_detectors(m);
	return rc ? rc : m->way->setup(m);
}

void ip_sim_free(struct ip_sim *m)
{
	if (m->way)
		m->way->free(m);
	ip_structure_free(&m->cell);
	ip_bonding_free(&m->bonding);
	ip_tensor_free(&m->images);
	ip_tensor_free(&m->beam);
	ip_tensor_free(&m->zone);
	free(m->turns);
	free(m->planes);
	free(m->asked);
	free(m->depth);
	free(m->detectors);
}
