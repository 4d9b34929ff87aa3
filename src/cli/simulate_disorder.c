/* iphase-simulate: crystals that are not perfect, as supercells. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <iphase/disorder.h>
#include "simulate.h"

#define PI 3.14159265358979323846
/* Atoms of a layer keep this distance, Angstrom: see iphase/disorder.h. */
#define LAYER_DISTANCE 1.4
/* Atoms of one site lie closer than this, Angstrom. */
#define SITE 0.5
/* Those of one column less than this, in projection, Angstrom: far below the
 * distance of columns, above the steps of one that zigzags a little. */
#define COLUMN 0.3
#define CARBON 6
#define CARBON_DENSITY 1.75	/* g/cm^3: iphase/disorder.h has its source */

int ip_sim_disordered(const struct ip_sim_options *o)
{
	return o->phonons > 0 || o->vacancies.count || o->substitutes.count ||
		o->columns.count || o->cuts.count || o->layers.count;
}

/* ---- point defects, edges ---- */

/* "N=0.05" or "Ga=In:0.1" taken apart; to 0 if there is none. */
static int defect(const struct ip_sim *m, const char *name, const char *text,
	int *from, int *to, double *fraction)
{
	char item[32], *value, *second = NULL;

	snprintf(item, sizeof item, "%s", text);
	value = strchr(item, '=');
	if (value)
		*value++ = 0;
	if (value && to) {
		second = value;
		if ((value = strchr(value, ':')))
			*value++ = 0;
	}
	if (!value || strlen(text) >= sizeof item ||
			ip_cli_real(value, fraction))
		return ip_cli_usage(m->cli, "--%s: expected %s, not '%s'",
			name, to ? "FROM=TO:FRACTION, as in Ga=In:0.1" :
			"ELEMENT=FRACTION, as in N=0.05", text);
	if ((*from = ip_element_number(item)) < 0)
		return *from;
	if (to && (*to = ip_element_number(second)) < 0)
		return *to;
	return 0;
}

/* The seed of the ith option of a kind: no other run's, whatever its seed. */
static uint64_t seed_of(const struct ip_sim *m, size_t i)
{
	return m->cli->seed + ((uint64_t)i << 32);
}

static int point_defects(const struct ip_sim *m, struct ip_repeat_cell *c)
{
	const struct ip_sim_options *o = m->o;
	double fraction;
	size_t n;
	int from, to, rc;

	if ((rc = ip_sites_occupy(c, SITE, m->cli->seed, NULL)) < 0)
		return rc;
	for (size_t i = 0; i < o->vacancies.count; i++) {
		if ((rc = defect(m, "vacancies", o->vacancies.v[i], &from,
				NULL, &fraction)) ||
			(rc = ip_vacancies_make(c, from, fraction,
				seed_of(m, i), &n)))
			return rc;
		ip_cli_info("vacancies: %zu %s", n, ip_element_symbol(from));
	}
	for (size_t i = 0; i < o->substitutes.count; i++) {
		if ((rc = defect(m, "substitute", o->substitutes.v[i], &from,
				&to, &fraction)) ||
			(rc = ip_element_substitute(c, from, to, fraction,
				seed_of(m, i), &n)))
			return rc;
		ip_cli_info("substituted: %zu %s by %s", n,
			ip_element_symbol(from), ip_element_symbol(to));
	}
	return 0;
}

/* "3.2,1.8", "3.2,1.8:Al" or "3.2,1.8:Ga=Al", where "Ga=" takes Ga away. */
static int column(const struct ip_sim *m, const char *text,
	struct ip_column *q)
{
	char item[64], *elements, *other;
	struct ip_reals r = { 0 };
	int bad;

	snprintf(item, sizeof item, "%s", text);
	if ((elements = strchr(item, ':')))
		*elements++ = 0;
	other = elements ? strchr(elements, '=') : NULL;
	if (other)
		*other++ = 0;
	bad = strlen(text) >= sizeof item || ip_cli_reals(item, &r) ||
		r.count != 2;
	if (!bad)
		memcpy(q->at, r.v, sizeof q->at);
	free(r.v);
	if (bad)
		return ip_cli_usage(m->cli, "--column: expected X,Y, X,Y:OTHER "
			"or X,Y:ELEMENT=OTHER, as in 3.2,1.8:Al (Angstrom), "
			"not '%s'", text);
	q->reach = COLUMN;
	if (other && (q->from = ip_element_number(elements)) < 0)
		return q->from;
	other = other ? other : elements;
	if (other && (*other || other == elements))
		q->to = ip_element_number(other);
	return q->to < 0 ? q->to : 0;
}

static int columns(const struct ip_sim *m, struct ip_repeat_cell *c)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < m->o->columns.count; i++) {
		struct ip_column q = { { 0, 0 }, 0, 0, 0 };
		size_t n;
		if ((rc = column(m, m->o->columns.v[i], &q)) ||
				(rc = ip_column_change(c, &q, &n)))
			return rc;
		ip_cli_info("column: %zu atoms %s%s", n, q.to ? "now " :
			"away", q.to ? ip_element_symbol(q.to) : "");
	}
	return rc;
}

static int cuts(const struct ip_sim *m, struct ip_repeat_cell *c)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < m->o->cuts.count; i++) {
		struct ip_reals r = { 0 };
		size_t n;
		int bad = ip_cli_reals(m->o->cuts.v[i], &r) ||
			(r.count != 2 && r.count != 4);
		struct ip_cut cut = { 0, 0, 0, c->period };
		if (!bad) {
			cut.angle = r.v[0] * PI / 180;
			cut.offset = r.v[1];
			cut.from = r.count == 4 ? r.v[2] : 0;
			cut.to = r.count == 4 ? r.v[3] : c->period;
		}
		free(r.v);
		if (bad)
			return ip_cli_usage(m->cli, "--cut: expected "
				"ANGLE,OFFSET or ANGLE,OFFSET,FROM,TO (degree, "
				"Angstrom), not '%s'", m->o->cuts.v[i]);
		rc = ip_supercell_cut(c, &cut, &n);
		if (rc == 0)
			ip_cli_info("cut: %zu atoms away", n);
	}
	return rc;
}

/* ---- layers ---- */

/* "entrance:C:20:1.75"; the thickness becomes whole slices. */
static int layer(const struct ip_sim *m, const char *text,
	struct ip_amorphous *l)
{
	char side[16], element[8];
	double density = NAN;
	int end = 0, n = sscanf(text, "%15[^:]:%7[^:]:%lf%n:%lf%n", side,
		element, &l->thickness, &end, &density, &end);

	if (n < 3 || text[end] || !(l->thickness > 0 && l->thickness < 1e5) ||
		(strcmp(side, "entrance") && strcmp(side, "exit")))
		return ip_cli_usage(m->cli, "--amorphous: expected SIDE:"
			"ELEMENT:THICKNESS[:DENSITY], as in entrance:C:20:1.75 "
			"(Angstrom, g/cm^3), not '%s'", text);
	if ((l->z = ip_element_number(element)) < 0)
		return l->z;
	if (n < 4 && l->z != CARBON)
		return ip_cli_usage(m->cli, "--amorphous: %s needs its "
			"density, g/cm^3", element);
	l->density = n < 4 ? CARBON_DENSITY : density;
	l->side = strcmp(side, "exit") ? IP_SIDE_ENTRANCE : IP_SIDE_EXIT;
	l->distance = LAYER_DISTANCE;
	l->thickness = m->slice * fmax(1, round(l->thickness / m->slice));
	return 0;
}

static int layers(struct ip_sim *m, struct ip_repeat_cell *c)
{
	struct ip_sim_crystal *q = &m->crystal;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < m->o->layers.count; i++) {
		struct ip_amorphous l = { 0 };
		size_t slices;
		if ((rc = layer(m, m->o->layers.v[i], &l)))
			return rc;
		if (l.side == IP_SIDE_EXIT && m->plane_count > 1)
			return ip_cli_usage(m->cli, "--amorphous: a layer on "
				"the exit surface is for one --thickness, not "
				"%zu", m->plane_count);
		rc = ip_amorphous_add(c, &l, seed_of(m, i));
		slices = (size_t)round(l.thickness / m->slice);
		*(l.side == IP_SIDE_EXIT ? &q->below : &q->above) += slices;
		if (rc == 0)
			ip_cli_info("amorphous %s: %.4g A",
				ip_element_symbol(l.z), l.thickness);
	}
	return rc;
}

/* ---- all of it ---- */

int ip_sim_supercell(struct ip_sim *m)
{
	struct ip_sim_crystal *q = &m->crystal;
	size_t deepest = m->planes[m->plane_count - 1];
	int rc = ip_supercell_build(&q->crystal, &q->cell, q->r.waves,
		(double)deepest * m->slice);

	if (rc == 0)
		rc = point_defects(m, &q->crystal);
	if (rc == 0)
		rc = columns(m, &q->crystal);
	if (rc == 0)
		rc = cuts(m, &q->crystal);
	if (rc == 0)
		rc = ip_repeat_cell_copy(&q->whole, &q->crystal);
	return rc ? rc : layers(m, &q->whole);
}

int ip_sim_configuration(const struct ip_sim *m, size_t i,
	struct ip_period **p)
{
	struct ip_repeat_cell c;
	int rc = ip_repeat_cell_copy(&c, &m->crystal.whole);

	if (rc < 0)
		return rc;
	if (m->o->phonons > 0)
		rc = ip_phonons_displace(&c, m->cli->seed, i, 0);
	if (rc == 0)
		rc = ip_period_new(p, &c, m->grid, m->slice, ip_sim_factors(m),
			0);
	if (rc == 0)
		rc = ip_sim_bond(m, *p, &c, m->crystal.above,
			m->planes[m->plane_count - 1]);
	ip_repeat_cell_free(&c);
	return rc;
}
