/* Plans of datasets: the order of specimens, and what is drawn for each. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <iphase/random.h>
#include "core/core.h"
#include "plan.h"

/* Drawn thicknesses end at different slices, nm: slices are up to 3 A thick. */
#define APART 0.5
#define TRIES 32

/*
 * What is drawn: the last 12 bits of a random number's index, above which are
 * the specimen's number, crystal (20 bits each) and group.
 */
enum { TILT = 0, DEFOCUS = 2, SOURCE, DOSE, ZONE, ORIGIN, SEED = ORIGIN + 2,
	ROTATION = 64, THICKNESS = 1024 };

static uint64_t index_of(const struct ip_plan_place *at, size_t what)
{
	return ((uint64_t)at->group << 52) + ((uint64_t)at->crystal << 32) +
		((uint64_t)at->number << 12) + what;
}

uint64_t ip_plan_seed(const struct ip_plan *p)
{
	return p->seed;
}

size_t ip_plan_count(const struct ip_plan *p)
{
	return p->count;
}

void ip_plan_free(struct ip_plan *p)
{
	if (!p)
		return;
	ip_free(p->path);
	ip_free(p->text);
	ip_free(p->groups);
	ip_free(p->places);
	ip_free(p);
}

/* ---- drawing ---- */

static double to(double v, double step)
{
	return nearbyint(v / step) * step;
}

static double draw(const struct ip_plan *p, const struct ip_plan_place *at,
	size_t what, const struct ip_plan_range *r, double step)
{
	return to(ip_plan_range_draw(r, p->seed, index_of(at, what), 0), step);
}

static double uniform(const struct ip_plan *p, const struct ip_plan_place *at,
	size_t what)
{
	return ip_uniform(p->seed, IP_STREAM_PLAN, index_of(at, what));
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static int is_near(const struct ip_plan_specimen *s, double v)
{
	for (size_t i = 0; i < s->thicknesses; i++)
		if (fabs(s->thickness[i] - v) < APART)
			return 1;
	return 0;
}

/* Drawn again where two would come too close. */
static void draw_thickness(const struct ip_plan *p,
	const struct ip_plan_place *at, const struct ip_plan_range *r,
	struct ip_plan_specimen *s)
{
	size_t n = r->kind == IP_PLAN_EACH ? r->count / 2 : 1;
	double v = 0;

	for (size_t k = 0; k < n; k++) {
		for (size_t i = 0; i < TRIES; i++) {
			v = to(ip_plan_range_draw(r, p->seed, index_of(at,
				THICKNESS + TRIES * k + i), k), 0.01);
			if (!is_near(s, v))
				break;
		}
		s->thickness[s->thicknesses++] = v;
	}
	qsort(s->thickness, n, sizeof *s->thickness, ascending);
}

/* To four digits. */
static double draw_dose(const struct ip_plan *p,
	const struct ip_plan_place *at, const struct ip_plan_range *r)
{
	double v = ip_plan_range_draw(r, p->seed, index_of(at, DOSE), 0);

	return v > 0 ? to(v, pow(10, floor(log10(v)) - 3)) : 0;
}

static void draw_frame(const struct ip_plan *p,
	const struct ip_plan_place *at, const struct ip_plan_group *g,
	struct ip_plan_specimen *s)
{
	s->pixels = g->pixels;
	s->pixel = g->pixel;
	s->rotations = g->rotations;
	for (size_t i = 0; i < g->rotations; i++)
		s->rotation[i] = draw(p, at, ROTATION + i, &g->angle, 1e-3);
	for (size_t k = 0; k < 2; k++) {
		s->tilt[k] = draw(p, at, TILT + k, &g->tilt, 1e-4);
		s->origin[k] = floor(uniform(p, at, ORIGIN + k) * 16384) / 128;
	}
}

int ip_plan_draw(const struct ip_plan *p, size_t i,
	struct ip_plan_specimen *s)
{
	const struct ip_plan_place *at;
	const struct ip_plan_group *g;

	if (i >= p->count)
		return ip_fail(IP_EINVAL, "%s: specimen %zu of %zu", p->path,
			i, p->count);
	at = &p->places[i];
	g = &p->groups[at->group];
	*s = (struct ip_plan_specimen){ .group = g->name,
		.crystal = g->invented ? NULL : g->crystals.w[at->crystal],
		.invented = at->crystal, .island = g->island, .dft = g->dft,
		.width = g->width, .sampling = g->sampling,
		.options = g->options.w, .option_count = g->options.count };
	s->zone = g->zones.w[(size_t)(uniform(p, at, ZONE) *
		(double)g->zones.count)];
	draw_thickness(p, at, &g->thickness, s);
	draw_frame(p, at, g, s);
	s->defocus = draw(p, at, DEFOCUS, &g->defocus, 1e-3);
	s->source = draw(p, at, SOURCE, &g->source, 1e-3);
	s->dose = draw_dose(p, at, &g->dose);
	s->seed = (uint64_t)(uniform(p, at, SEED) * 2147483648.0);
	return 0;
}
