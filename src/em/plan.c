/*
 * How one run shares out its memory. Waves that are held together go through
 * the specimen in one pass; where not all fit, groups of them follow each
 * other, and what is kept of the scattering matrix meanwhile bounds how much
 * of the exit planes one pass can serve. Every choice gives the same bytes.
 */
#include <math.h>
#include "core/core.h"
#include "scatter.h"

/* Memory bound if none is asked for. */
#define DEFAULT_MEMORY (2.0 * 1024 * 1024 * 1024)
/*
 * What a slice's potential and transmission function cost, in waves through
 * a slice: several FFTs in double and an exponential a point.
 */
#define SLICE_COST 20.0
/*
 * Sums in double that a backend may keep while it scans (cpu-openmp: one a
 * group of rows), and its scratch, which is small.
 */
#define SCAN_SUMS 16
#define SCRATCH (4.0 * 1024 * 1024)
/* Probes in flight; more gain nothing. */
#define PROBE_GROUP 64

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static double bound(const struct ip_scatter *c)
{
	return c->s->memory ? (double)c->s->memory : DEFAULT_MEMORY;
}

/* Bytes beside the waves, the held units of S and the slab. */
static double fixed_memory(const struct ip_scatter *c, enum ip_method method)
{
	const struct ip_pixels *p = &c->pixels;
	double wave = (double)ip_band_count(&c->band) * IP_COMPLEX;
	double coef = (double)c->waves.count * 2 *
		(sizeof(double) + sizeof(ip_real));
	double entries = p->rows ? (double)p->first[p->rows] : 0;
	double lists = (double)c->waves.count * (2 * sizeof(int) +
		sizeof(double)) + (double)p->rows * 2 * sizeof(uint32_t) +
		entries * (sizeof(uint32_t) + sizeof(ip_real));
	double area = (double)c->size[0] * (double)c->size[1];
	double channels = (double)p->channels;

	if (method == IP_METHOD_PROBES) {
		double phases = 2.0 * (double)(c->reach[0] + c->reach[1] + 1) *
			2 * sizeof(double);
		double nx = (double)c->s->scan.n[0];
		double ny = (double)c->s->scan.n[1];
		double blur = c->s->source_fwhm > 0 ?
			(nx * nx + ny * ny + 2 * nx * ny) * sizeof(double) : 0;
		return SCRATCH + wave + coef + lists + phases + blur;
	}
	/* The sums on the device, there and back, and added in double. */
	return SCRATCH + wave + lists + coef + (double)c->waves.count *
		(IP_COMPLEX + sizeof(uint32_t)) + area * channels *
		(2 * sizeof(ip_real) + ((double)c->sets + SCAN_SUMS) *
		sizeof(double)) +
		sizeof(double) *
		((double)c->s->scan.n[0] * (double)c->size[0] +
		(double)c->s->scan.n[1] * (double)c->size[1] +
		(double)c->s->scan.n[0] * (double)c->size[1]);
}

/* Bytes of one unit of the scattering matrix. */
static double unit_memory(const struct ip_scatter *c)
{
	return (double)least(c->pixels.rows, IP_SCAN_ROWS) *
		(double)c->waves.count * IP_COMPLEX;
}

/* Passes and steps of a matrix run that holds p->group waves, p->hold units. */
static void matrix_steps(const struct ip_scatter *c, struct ip_plan *p)
{
	size_t units = c->chunks * c->s->plane_count;
	size_t groups = (c->waves.count + p->group - 1) / p->group;

	p->passes = groups;
	p->steps = (double)c->waves.count * (double)c->last;
	if (groups == 1)
		return;
	p->passes = p->steps = 0;
	for (size_t u = 0; u < units; u += p->hold) {
		size_t end = least(u + p->hold, units) - 1;
		size_t plane = c->s->planes[end / c->chunks];
		p->passes += groups;
		p->steps += (double)c->waves.count * (double)plane;
	}
}

/* Waves to hold so that all fits the bound; 0 if not even one does. */
static size_t fit_group(const struct ip_scatter *c, double taken, size_t most)
{
	double wave = (double)ip_band_count(&c->band) * IP_COMPLEX;
	double room = floor((bound(c) - taken) / wave);
	size_t n, groups;

	if (!(room >= 1))
		return 0;
	n = room < (double)most ? (size_t)room : most;
	groups = (most + n - 1) / n;
	return (most + groups - 1) / groups;
}

static double score(const struct ip_scatter *c, const struct ip_plan *p)
{
	double slices = p->blocks > 1 || p->passes < 1 ? (double)c->last :
		(double)c->last * (double)p->passes;

	return p->steps + SLICE_COST * slices;
}

/* Take p if it is cheaper than best, or as cheap and smaller. */
static void consider(const struct ip_scatter *c, struct ip_plan *best,
	const struct ip_plan *p)
{
	double a = score(c, p), b = score(c, best);

	if (best->group == 0 || a < b || (a == b && p->memory < best->memory))
		*best = *p;
}

static void plan_matrix(const struct ip_scatter *c, struct ip_plan *best,
	struct ip_plan p)
{
	size_t units = c->chunks * c->s->plane_count;
	double wave = (double)ip_band_count(&c->band) * IP_COMPLEX;
	double base = fixed_memory(c, IP_METHOD_MATRIX) +
		ip_slab_memory(&c->band, p.block, p.blocks);

	for (p.hold = 1; p.hold <= units; p.hold++) {
		double taken = base + (double)p.hold * unit_memory(c);
		p.group = fit_group(c, taken, c->waves.count);
		if (p.group == 0)
			return;
		/* All waves at once: units are consumed as they come. */
		if (p.group == c->waves.count && p.hold > 1)
			return;
		p.memory = taken + (double)p.group * wave;
		matrix_steps(c, &p);
		consider(c, best, &p);
	}
}

static void plan_probes(const struct ip_scatter *c, struct ip_plan *best,
	struct ip_plan p)
{
	/* A wave, and what it adds up to in each channel, there and back. */
	double wave = (double)ip_band_count(&c->band) * IP_COMPLEX;
	double channel = (double)c->pixels.channels * 2 * sizeof(ip_real);
	double taken = fixed_memory(c, IP_METHOD_PROBES) +
		ip_slab_memory(&c->band, p.block, p.blocks);
	size_t most = least(c->points, PROBE_GROUP);

	/* The group's channels have their room set aside beforehand. */
	p.group = fit_group(c, taken + (double)most * channel, most);
	if (p.group == 0)
		return;
	p.hold = 0;
	p.memory = taken + (double)most * channel + (double)p.group * wave;
	p.passes = c->sets * ((c->points + p.group - 1) / p.group);
	p.steps = (double)c->sets * (double)c->points * (double)c->last;
	consider(c, best, &p);
}

/* The best plan of one method; group 0 if none fits. */
static struct ip_plan plan(const struct ip_scatter *c, enum ip_method method)
{
	struct ip_plan best = { .method = method }, p = best;
	size_t blocks[] = { IP_SLAB_BLOCK, 1 };

	for (int i = 0; i < 2 && best.group == 0; i++) {
		p.block = least(blocks[i], c->last ? c->last : 1);
		for (int all = 0; all < 2; all++) {
			p.blocks = all ? (c->last + p.block - 1) / p.block : 1;
			if (p.blocks == 0 || (all && p.blocks == 1))
				continue;
			if (method == IP_METHOD_MATRIX)
				plan_matrix(c, &best, p);
			else
				plan_probes(c, &best, p);
		}
	}
	return best;
}

/* The least a run can do with. */
static double need(const struct ip_scatter *c, enum ip_method method)
{
	double wave = (double)ip_band_count(&c->band) * IP_COMPLEX;
	double taken = fixed_memory(c, method) +
		ip_slab_memory(&c->band, 1, 1) + wave;

	if (method == IP_METHOD_MATRIX)
		return taken + unit_memory(c);
	return taken + (double)least(c->points, PROBE_GROUP) *
		(double)c->pixels.channels * 2 * sizeof(ip_real);
}

int ip_scatter_plan(struct ip_scatter *c)
{
	enum ip_method asked = c->s->method;
	struct ip_plan m = { 0 }, p = { 0 };
	double low = INFINITY;

	if (asked != IP_METHOD_PROBES) {
		m = plan(c, IP_METHOD_MATRIX);
		low = fmin(low, need(c, IP_METHOD_MATRIX));
	}
	if (asked != IP_METHOD_MATRIX && c->probes_can) {
		p = plan(c, IP_METHOD_PROBES);
		low = fmin(low, need(c, IP_METHOD_PROBES));
	}
	if (m.group && p.group)
		c->plan = p.steps < m.steps ? p : m;
	else
		c->plan = m.group ? m : p;
	if (c->plan.group == 0)
		return ip_fail(IP_ELIMIT, "simulation: %.1f MiB of memory is "
			"too little; it needs at least %.1f MiB (or a coarser "
			"grid, or a smaller field)", bound(c) / 1048576,
			low / 1048576);
	return 0;
}
