/*
 * A run on one repeat cell before it touches a device: what cannot be meant
 * is refused, the k grid and its detectors' pixels are found, memory shared
 * out.
 */
#include <math.h>
#include "core/core.h"
#include "detector.h"
#include "repeat.h"

#define DEFAULT_MEMORY (1024.0 * 1024 * 1024)
/* Waves that go through the specimen together; more gain nothing. */
#define MOST_GROUP 4096
/* Slices whose transmission functions are held: whole periods, repeated. */
#define TILE 64
/* Waves of a point that does not fit, so many at least where units do not. */
#define SPLIT_GROUP 256
/* A backend's scratch and its sums in double beside out. */
#define SCRATCH (4.0 * 1024 * 1024)

struct ip_repeat_view ip_repeat_view_of(const struct ip_repeat *r, size_t i)
{
	if (r->view_count)
		return r->views[i];
	return (struct ip_repeat_view){ 0, r->probe.aberrations };
}

static int check_views(const struct ip_repeat *r)
{
	for (size_t v = 0; v < (r->view_count ? r->view_count : 1); v++) {
		struct ip_repeat_view w = ip_repeat_view_of(r, v);
		if (!isfinite(w.rotation))
			return ip_fail(IP_EINVAL, "repeat cell: view %zu: the "
				"rotation is not a finite number", v);
		for (int i = 0; i < IP_ABERRATIONS; i++)
			if (!isfinite(w.aberrations.c[i]) ||
					!isfinite(w.aberrations.phi[i]))
				return ip_fail(IP_EINVAL, "repeat cell: view "
					"%zu: aberration %s is not a finite "
					"number", v, ip_aberration_name(i));
	}
	return 0;
}

static int check_detectors(const struct ip_repeat *r)
{
	double wavelength = ip_wavelength(r->probe.energy);
	double limit = ip_period_cutoff(r->period);
	int rc = 0;

	if (!r->detectors || r->detector_count == 0)
		return ip_fail(IP_EINVAL, "repeat cell: no detector");
	for (size_t i = 0; rc == 0 && i < r->detector_count; i++)
		rc = ip_detector_check(&r->detectors[i], limit, wavelength);
	return rc;
}

static int check(const struct ip_repeat *r)
{
	int rc;

	if (!r->period)
		return ip_fail(IP_EINVAL, "repeat cell: no potential");
	if ((rc = ip_probe_check(&r->probe)) < 0 ||
		(rc = ip_planes_check(r->planes, r->plane_count,
			SIZE_MAX)) < 0)
		return rc;
	for (int i = 0; i < 2; i++)
		if (r->waves[i] == 0 || r->waves[i] > 100000)
			return ip_fail(IP_EINVAL, "repeat cell: a k grid of "
				"%zu x %zu points; expected 1 to 100000 each",
				r->waves[0], r->waves[1]);
	if ((rc = check_detectors(r)) < 0)
		return rc;
	return check_views(r);
}

static double wave_bytes(const struct ip_repeat_plan *u)
{
	return (double)ip_band_count(&u->p->band) * IP_COMPLEX;
}

/* Bytes of one unit of the scattering matrix. */
static double unit_bytes(const struct ip_repeat_plan *u)
{
	size_t rows = u->most_rows < IP_SCAN_ROWS ? u->most_rows :
		IP_SCAN_ROWS;

	return (double)rows * (double)u->k.most * IP_COMPLEX;
}

/* Bytes of the pictures: sums over the cell, one in hand, the series. */
static double picture_bytes(const struct ip_repeat_plan *u)
{
	double pictures = (double)u->views * (double)u->r->plane_count *
		(double)u->channels, area = (double)u->area;
	double terms = (4 * (double)u->k.reach[0] + 1) *
		(4 * (double)u->k.reach[1] + 1);

	return pictures * (area + 2 * terms) * sizeof(double) + area *
		(2 * (double)u->channels * sizeof(ip_real) +
		2 * sizeof(double));
}

/* Bytes beside the waves in flight, their propagators, and units. */
static double fixed_memory(const struct ip_repeat_plan *u)
{
	double rows = 0, entries = 0;

	for (size_t i = 0; i < u->k.points * u->lists; i++) {
		const struct ip_pixels *p = &u->pixels[i];
		rows += (double)p->rows;
		entries += (double)p->first[p->rows];
	}
	return SCRATCH + picture_bytes(u) + rows * 2 * sizeof(uint32_t) +
		entries * (sizeof(uint32_t) + sizeof(ip_real)) +
		ip_repeat_tile_memory(u->p, u->tile) + wave_bytes(u) * 3 +
		(double)u->k.count * (2 * sizeof(int) + sizeof(double)) +
		(double)u->k.points * (sizeof *u->k.point +
		(double)u->lists * sizeof *u->pixels) +
		(double)u->views * sizeof *u->list +
		(double)u->k.most * (2 * IP_COMPLEX + sizeof(uint32_t));
}

/* One unit, and one wave at a time. */
static double least(const struct ip_repeat_plan *u)
{
	return fixed_memory(u) + unit_bytes(u) + wave_bytes(u);
}

/*
 * Whole periods if they are short, as long as the specimen at most, if the
 * waves of a point fit beside them. Else a part of a period, in half of the
 * memory at most.
 */
static void plan_tile(struct ip_repeat_plan *u, double bound)
{
	size_t last = u->r->planes[u->r->plane_count - 1], n = u->p->slices;
	double point = unit_bytes(u) + 2 * wave_bytes(u) * (double)u->k.most;

	u->tile = ((last < TILE ? last : TILE) + n - 1) / n * n;
	if (n <= TILE && u->tile > 0 && fixed_memory(u) + point <= bound)
		return;
	u->tile = n < TILE ? n : TILE;
	if (n <= TILE && fixed_memory(u) + point <= bound)
		return;
	while (u->tile > 1 && (ip_repeat_tile_memory(u->p, u->tile) >
			bound / 2 || least(u) > bound))
		u->tile = (u->tile + 1) / 2;
}

/* Units that a pass can fill: planes, lists and chunks of rows of a point. */
size_t ip_repeat_units(const struct ip_repeat_plan *u)
{
	return u->r->plane_count * u->lists *
		((u->most_rows + IP_SCAN_ROWS - 1) / IP_SCAN_ROWS);
}

/*
 * Where the waves of a point do not all fit, they pass one group after the
 * other, and the more units are held meanwhile, the fewer times.
 */
static int plan_split(struct ip_repeat_plan *u, double bound, double fixed)
{
	double unit = unit_bytes(u), wave = wave_bytes(u);
	double most = (double)u->k.most, few = fmin(most, SPLIT_GROUP);
	double hold = 1, group = floor((bound - fixed - unit) / wave);

	if (!(group >= 1))
		return ip_fail(IP_ELIMIT, "repeat cell: %.1f MiB of memory is "
			"too little; it needs at least %.1f MiB", bound /
			1048576, ceil(least(u) / 104857.6) / 10);
	if (group < most) {
		hold = floor((bound - fixed - few * wave) / unit);
		hold = fmax(1, fmin(hold, (double)ip_repeat_units(u)));
		group = floor((bound - fixed - hold * unit) / wave);
	}
	u->shared = 1;
	u->hold = (size_t)hold;
	u->group = (size_t)fmin(group, most);
	u->memory = fixed + hold * unit + (double)u->group * wave;
	return 0;
}

static int plan(struct ip_repeat_plan *u)
{
	double bound = u->r->memory ? (double)u->r->memory : DEFAULT_MEMORY;
	double fixed, each = 2 * wave_bytes(u), room;

	plan_tile(u, bound);
	fixed = fixed_memory(u);
	room = floor((bound - fixed - unit_bytes(u)) / each);
	if (!(room >= (double)u->k.most))
		return plan_split(u, bound, fixed);
	u->hold = 1;
	u->group = u->k.count < MOST_GROUP ? u->k.count : MOST_GROUP;
	if (u->group < u->k.most)
		u->group = u->k.most;
	if ((double)u->group > room)
		u->group = (size_t)room;
	u->memory = fixed + unit_bytes(u) + each * (double)u->group;
	return 0;
}

/* A channel without pixels would be a picture of zeros. */
static int every_channel(const struct ip_repeat_plan *u, size_t list)
{
	size_t *seen = ip_alloc_array(u->channels, sizeof *seen), c;

	if (!seen)
		return IP_ENOMEM;
	for (size_t i = 0; i < u->k.points; i++) {
		const struct ip_pixels *p = &u->pixels[i * u->lists + list];
		for (size_t e = 0; e < p->first[p->rows]; e++)
			seen[p->channel[e]]++;
	}
	for (c = 0; c < u->channels && seen[c] > 0; c++)
		;
	ip_free(seen);
	if (c < u->channels)
		return ip_fail(IP_EPHYSICS, "detector: no point of the k grid "
			"falls on channel %zu of %zu; take a finer one or "
			"larger segments", c, u->channels);
	return 0;
}

/* Views that differ in aberrations alone, as foci do, see the same pixels. */
static int find_lists(struct ip_repeat_plan *u)
{
	u->list = ip_alloc_array(u->views, sizeof *u->list);
	if (!u->list)
		return IP_ENOMEM;
	for (size_t v = 0, w; v < u->views; v++) {
		for (w = 0; ip_repeat_view_of(u->r, w).rotation !=
				ip_repeat_view_of(u->r, v).rotation; w++)
			;
		u->list[v] = w < v ? u->list[w] : u->lists++;
	}
	return 0;
}

/* The list of one rotation, at each point. */
static int make_list(struct ip_repeat_plan *u, size_t list, double rotation)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < u->k.points; i++) {
		struct ip_pixels *p = &u->pixels[i * u->lists + list];
		rc = ip_kpoint_pixels(u->r, &u->k.point[i], rotation, p);
		if (p->rows > u->most_rows)
			u->most_rows = p->rows;
	}
	return rc < 0 ? rc : every_channel(u, list);
}

static int make_pixels(struct ip_repeat_plan *u)
{
	int rc = find_lists(u);

	if (rc < 0)
		return rc;
	u->pixels = ip_alloc_array(u->k.points * u->lists, sizeof *u->pixels);
	if (!u->pixels)
		return IP_ENOMEM;
	for (size_t v = 0, made = 0; rc == 0 && v < u->views; v++)
		if (u->list[v] == made)
			rc = make_list(u, made++,
				ip_repeat_view_of(u->r, v).rotation);
	return rc;
}

int ip_repeat_plan_open(struct ip_repeat_plan *u, const struct ip_repeat *r)
{
	int rc = check(r);

	*u = (struct ip_repeat_plan){ .r = r };
	if (rc < 0)
		return rc;
	u->p = r->period;
	u->views = r->view_count ? r->view_count : 1;
	for (size_t i = 0; i < r->detector_count; i++)
		u->channels += ip_detector_channels(&r->detectors[i]);
	if ((rc = ip_kgrid_new(&u->k, r)) < 0)
		return rc;
	for (int i = 0; i < 2; i++)
		u->size[i] = ip_fft_size(4 * u->k.reach[i] + 1);
	u->area = u->size[0] * u->size[1];
	if (u->area == 0)
		return ip_fail(IP_ELIMIT, "repeat cell: no FFT size for a "
			"probe of %zu waves", u->k.count);
	if ((rc = make_pixels(u)) < 0)
		return rc;
	return plan(u);
}

void ip_repeat_plan_close(struct ip_repeat_plan *u)
{
	for (size_t i = 0; u->pixels && i < u->k.points * u->lists; i++)
		ip_pixels_free(&u->pixels[i]);
	ip_free(u->pixels);
	ip_free(u->list);
	ip_kgrid_free(&u->k);
}

/* A point whose waves do not all fit begins anew for each window of units. */
double ip_repeat_steps(const struct ip_repeat_plan *u)
{
	size_t planes = u->r->plane_count, units = ip_repeat_units(u);
	double last = (double)u->r->planes[planes - 1], deep = 0, steps = 0;

	for (size_t w = 0; w < units; w += u->hold) {
		size_t end = w + u->hold < units ? w + u->hold : units;
		deep += (double)u->r->planes[(end - 1) / (units / planes)];
	}
	for (size_t i = 0; i < u->k.points; i++)
		steps += (double)u->k.point[i].count *
			(u->k.point[i].count > u->group ? deep : last);
	return steps;
}

int ip_repeat_cost(const struct ip_repeat *r, struct ip_repeat_cost *cost)
{
	struct ip_repeat_plan u;
	int rc = ip_repeat_plan_open(&u, r);

	if (rc == 0)
		*cost = (struct ip_repeat_cost){ u.k.count, u.k.points,
			(size_t)u.memory, ip_repeat_steps(&u) };
	ip_repeat_plan_close(&u);
	return rc;
}
