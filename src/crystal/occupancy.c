/* Mixed and partly filled sites, each filled with one atom or none. */
#include <math.h>
#include <iphase/disorder.h>
#include <iphase/random.h>
#include "core/core.h"
#include "boxes.h"
#include "supercell.h"

/* first leads to the first atom of the site, which leads to itself. */
struct site {
	size_t first;
	double sum, passed;	/* occupancies, in all and drawn past so far */
	int gone;
};

struct sites {
	struct site *of;	/* each atom */
	size_t atom;		/* whose neighbours are looked for */
};

static size_t first(struct site *of, size_t i)
{
	while (of[i].first != i)
		i = of[i].first = of[of[i].first].first;
	return i;
}

static int join(size_t i, void *ctx)
{
	struct sites *s = ctx;
	size_t a = first(s->of, i), b = first(s->of, s->atom);

	s->of[a > b ? a : b].first = a < b ? a : b;
	return 0;
}

static int overfull(const struct ip_repeat_cell *c, size_t i, double sum)
{
	const struct ip_atom *a = &c->atoms[i];

	return ip_fail(IP_EPHYSICS, "occupancy: %g in all at the site of atom "
		"%zu (%s) at %.4g, %.4g, %.4g Angstrom; expected 1 at most",
		sum, i, ip_element_symbol(a->z), a->r[0], a->r[1], a->r[2]);
}

static int find(struct sites *s, const struct ip_repeat_cell *c,
	double distance)
{
	struct ip_boxes b;
	int rc = ip_boxes_init(&b, c, 0, c->period, distance, c->atoms,
		c->count, c->count);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < c->count; i++) {
		s->of[i].first = s->atom = i;
		if (c->atoms[i].occupancy == 1)
			continue;
		ip_boxes_near(&b, c->atoms[i].r, join, s);
		ip_boxes_enter(&b, i);
	}
	ip_boxes_free(&b);
	for (size_t i = 0; i < c->count; i++)
		s->of[first(s->of, i)].sum += c->atoms[i].occupancy;
	for (size_t i = 0; i < c->count; i++)
		if (s->of[i].sum > 1 + IP_OCCUPANCY_SLACK)
			return overfull(c, i, s->of[i].sum);
	return 0;
}

/* One draw a site, from 0 to 1, of which each of its atoms has a part. */
static void choose(struct sites *s, const struct ip_repeat_cell *c,
	uint64_t seed)
{
	for (size_t i = 0; i < c->count; i++) {
		size_t k = first(s->of, i);
		double u = ip_uniform(seed, IP_STREAM_OCCUPANCY, k);
		double from = s->of[k].passed;
		if (fabs(s->of[k].sum - 1) <= IP_OCCUPANCY_SLACK)
			u *= s->of[k].sum;	/* full, but for its digits */
		s->of[k].passed += c->atoms[i].occupancy;
		s->of[i].gone = u < from || u >= s->of[k].passed;
	}
}

static int gone(const struct ip_repeat_cell *c, size_t i, const void *how)
{
	(void)c;
	return ((const struct site *)how)[i].gone;
}

int ip_sites_occupy(struct ip_repeat_cell *c, double distance, uint64_t seed,
	size_t *removed)
{
	struct sites s = { NULL, 0 };
	int rc = ip_supercell_check("occupancy", c);

	if (rc < 0)
		return rc;
	if (!(distance > 0 && distance <= ip_repeat_width(c)))
		return ip_fail(IP_EINVAL, "occupancy: sites up to %g Angstrom "
			"wide; expected above 0, up to the supercell's %.4g",
			distance, ip_repeat_width(c));
	if (!(s.of = ip_alloc_array(c->count, sizeof *s.of)))
		return IP_ENOMEM;
	if ((rc = find(&s, c, distance)) == 0) {
		choose(&s, c, seed);
		rc = ip_supercell_remove("occupancy", c, gone, s.of, removed);
	}
	for (size_t i = 0; rc == 0 && i < c->count; i++)
		c->atoms[i].occupancy = 1;
	ip_free(s.of);
	return rc;
}
