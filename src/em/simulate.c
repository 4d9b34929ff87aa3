/*
 * A simulation from the request to the images: what cannot be meant is
 * refused, what is needed by either method is prepared, the cost is known,
 * and one of the two methods does the work.
 */
#include <math.h>
#include <stdlib.h>
#include "core/core.h"
#include "scatter.h"

/* Beam energies that a microscope could have, eV. */
#define ENERGY_MIN 1e3
#define ENERGY_MAX 1e7
/* Beam tilts beyond this (mrad) are not small: the propagator is paraxial. */
#define TILT_MAX 200.0

static int finite(const double *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!isfinite(v[i]))
			return 0;
	return 1;
}

static int check_aberrations(const struct ip_aberrations *a)
{
	for (int i = 0; i < IP_ABERRATIONS; i++)
		if (!isfinite(a->c[i]) || !isfinite(a->phi[i]))
			return ip_fail(IP_EINVAL, "simulation: aberration %s "
				"is not a finite number",
				ip_aberration_name(i));
	return 0;
}

static int check_beam(const struct ip_simulation *s)
{
	const struct ip_probe *p = &s->probe;

	if (!s->potential)
		return ip_fail(IP_EINVAL, "simulation: no potential");
	if (!(p->energy >= ENERGY_MIN && p->energy <= ENERGY_MAX))
		return ip_fail(IP_EPHYSICS, "simulation: beam energy %g eV, "
			"expected %g to %g eV", p->energy, ENERGY_MIN,
			ENERGY_MAX);
	if (!(fabs(p->tilt[0]) <= TILT_MAX && fabs(p->tilt[1]) <= TILT_MAX))
		return ip_fail(IP_EPHYSICS, "simulation: beam tilt (%g, %g) "
			"mrad, expected at most %g mrad", p->tilt[0],
			p->tilt[1], TILT_MAX);
	return check_aberrations(&p->aberrations);
}

static int check_detectors(const struct ip_simulation *s)
{
	if (!s->detectors || s->detector_count == 0)
		return ip_fail(IP_EINVAL, "simulation: no detector");
	for (size_t i = 0; i < s->detector_count; i++) {
		const struct ip_detector *d = &s->detectors[i];
		double v[] = { d->inner, d->outer, d->rotation, d->offset[0],
			d->offset[1] };
		if (!finite(v, 5))
			return ip_fail(IP_EINVAL, "simulation: detector %zu: "
				"an angle is not a finite number", i);
	}
	return 0;
}

int ip_scan_check(const struct ip_scan *q)
{
	size_t points;

	if (q->n[0] == 0 || q->n[1] == 0)
		return ip_fail(IP_EINVAL, "simulation: a scan of %zu x %zu "
			"points has none", q->n[0], q->n[1]);
	if (ip_mul_size(q->n[0], q->n[1], &points) || points > UINT32_MAX)
		return ip_fail(IP_ELIMIT, "simulation: a scan of %zu x %zu "
			"points is too large", q->n[0], q->n[1]);
	if (!finite(q->start, 2) || !finite(q->end, 2))
		return ip_fail(IP_EINVAL, "simulation: a corner of the scan "
			"is not a finite number");
	return 0;
}

int ip_planes_check(const size_t *planes, size_t count, size_t slices)
{
	if (!planes || count == 0)
		return ip_fail(IP_EINVAL, "simulation: no exit plane");
	for (size_t i = 0; i < count; i++) {
		if (planes[i] > slices)
			return ip_fail(IP_EINVAL, "simulation: exit plane %zu "
				"lies behind slice %zu, the specimen has %zu "
				"slices", i, planes[i], slices);
		if (i > 0 && planes[i] <= planes[i - 1])
			return ip_fail(IP_EINVAL, "simulation: exit planes "
				"must ascend, but plane %zu (%zu slices) "
				"follows %zu", i, planes[i], planes[i - 1]);
	}
	return 0;
}

static int check(const struct ip_simulation *s)
{
	int rc = check_beam(s);

	if (rc == 0)
		rc = check_detectors(s);
	if (rc == 0)
		rc = ip_scan_check(&s->scan);
	if (rc == 0)
		rc = ip_planes_check(s->planes, s->plane_count,
			ip_potential_slices(s->potential));
	if (rc == 0 && !(s->source_fwhm >= 0 && isfinite(s->source_fwhm)))
		rc = ip_fail(IP_EINVAL, "simulation: source size %g A, "
			"expected 0 or more", s->source_fwhm);
	for (size_t i = 0; rc == 0 && i < s->set_count; i++)
		rc = check_aberrations(&s->sets[i]);
	if (rc == 0 && (s->method < IP_METHOD_AUTO ||
			s->method > IP_METHOD_MATRIX))
		rc = ip_fail(IP_EINVAL, "simulation: unknown method %d",
			(int)s->method);
	return rc;
}

/* Whether a scan of n points is the periodic box, each point once. */
static int covers(const struct ip_scan *q, const struct ip_grid *g)
{
	for (int a = 0; a < 2; a++)
		if (!(fabs(q->end[a] - q->start[a] - g->length[a]) <=
				1e-9 * g->length[a]))
			return 0;
	return 1;
}

/*
 * The probe's reach n_max, and the scan grid: intensities of waves -n_max ..
 * n_max have the indices -2 n_max .. 2 n_max, so 4 n_max + 1 points hold
 * them without aliases.
 */
static int scan_grid(struct ip_scatter *c)
{
	for (size_t w = 0; w < c->waves.count; w++)
		for (int a = 0; a < 2; a++) {
			size_t i = (size_t)abs(c->waves.index[w][a]);
			if (c->waves.weight[w] > 0 && i > c->reach[a])
				c->reach[a] = i;
		}
	for (int a = 0; a < 2; a++) {
		c->size[a] = ip_fft_size(4 * c->reach[a] + 1);
		if (c->size[a] == 0)
			return ip_fail(IP_ELIMIT, "simulation: no FFT size "
				"for a probe of %zu waves", c->waves.count);
	}
	return 0;
}

int ip_scatter_open(struct ip_scatter *c, const struct ip_simulation *s)
{
	int rc = check(s);

	*c = (struct ip_scatter){ .s = s };
	if (rc < 0)
		return rc;
	c->grid = *ip_potential_grid(s->potential);
	c->wavelength = ip_wavelength(s->probe.energy);
	c->slices = ip_potential_slices(s->potential);
	c->last = s->planes[s->plane_count - 1];
	c->points = s->scan.n[0] * s->scan.n[1];
	c->sets = s->set_count ? s->set_count : 1;
	c->covers = covers(&s->scan, &c->grid);
	c->probes_can = s->source_fwhm == 0 || c->covers;
	if (s->method == IP_METHOD_PROBES && !c->probes_can)
		return ip_fail(IP_EINVAL, "simulation: a source size needs "
			"the matrix method, or a scan of the whole periodic "
			"box (%g x %g A)", c->grid.length[0],
			c->grid.length[1]);
	rc = ip_grid_band(&c->grid, &c->band);
	if (rc == 0)
		rc = ip_probe_waves(&s->probe, &c->grid, &c->waves);
	if (rc == 0)
		rc = scan_grid(c);
	if (rc == 0)
		rc = ip_detector_pixels(s->detectors, s->detector_count,
			&c->grid, c->wavelength, &c->pixels);
	if (rc == 0 && c->pixels.rows == 0)
		rc = ip_fail(IP_EPHYSICS, "simulation: no pixel of the "
			"diffraction pattern (%.3g mrad wide) lies on a "
			"detector; take a larger field", c->wavelength * 1e3 /
			fmax(c->grid.length[0], c->grid.length[1]));
	c->chunks = (c->pixels.rows + IP_SCAN_ROWS - 1) / IP_SCAN_ROWS;
	if (rc == 0)
		rc = ip_scatter_plan(c);
	if (rc < 0)
		ip_scatter_close(c);
	return rc;
}

void ip_scatter_close(struct ip_scatter *c)
{
	ip_waves_free(&c->waves);
	ip_pixels_free(&c->pixels);
	*c = (struct ip_scatter){ 0 };
}

int ip_scatter_coefficients(const struct ip_scatter *c, size_t set,
	double *coef)
{
	const struct ip_simulation *s = c->s;

	return ip_probe_coefficients(&s->probe, s->set_count ?
		&s->sets[set] : &s->probe.aberrations, &c->grid, &c->waves,
		coef);
}

int ip_simulate_cost(const struct ip_simulation *s, struct ip_cost *cost)
{
	struct ip_scatter c;
	int rc = ip_scatter_open(&c, s);

	if (rc < 0)
		return rc;
	*cost = (struct ip_cost){ .method = c.plan.method,
		.waves = c.plan.method == IP_METHOD_MATRIX ? c.waves.count :
			c.sets * c.points,
		.passes = c.plan.passes, .memory = (size_t)c.plan.memory,
		.steps = c.plan.steps };
	ip_scatter_close(&c);
	return 0;
}

/* A cone that outgrows the box meets its own neighbours. */
static void warn_spread(const struct ip_scatter *c)
{
	double t = (double)c->last * ip_potential_thickness(c->s->potential);
	double spread = 2 * t * tan(c->s->probe.semiangle * 1e-3);
	double field = fmin(c->grid.length[0], c->grid.length[1]);

	if (spread > field)
		ip_warn("simulation: after %.4g A the beam has spread over "
			"%.4g A, but the periodic box is %.4g A wide: it meets "
			"its own copies; take a larger field or a thinner "
			"specimen", t, spread, field);
}

int ip_simulate(struct ip_dev *dev, const struct ip_simulation *s,
	struct ip_tensor *images)
{
	struct ip_scatter c;
	struct ip_tensor t = { 0 };
	int rc = ip_scatter_open(&c, s);

	if (rc < 0)
		return rc;
	size_t shape[] = { c.sets, s->plane_count, c.pixels.channels,
		s->scan.n[0], s->scan.n[1] };
	rc = ip_tensor_new(&t, IP_F64, 5, shape);
	if (rc == 0) {
		warn_spread(&c);
		ip_progress_begin("scattering", c.plan.steps < 1 ? 1 :
			(unsigned long)c.plan.steps);
		if (c.plan.method == IP_METHOD_MATRIX)
			rc = ip_run_matrix(dev, &c, t.data);
		else
			rc = ip_run_probes(dev, &c, t.data);
		ip_progress_end();
	}
	ip_scatter_close(&c);
	if (rc < 0) {
		ip_tensor_free(&t);
		return rc;
	}
	*images = t;
	return 0;
}
