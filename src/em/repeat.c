/*
 * A perfect crystal's scattering matrix, k point by k point. The waves of
 * several points go through the specimen together, each with the propagator
 * of its own kappa; at each plane the waves of one point give what its
 * detector pixels add to the pictures, sampled over one cell.
 */
#include <math.h>
#include <string.h>
#include "core/core.h"
#include "core/fft.h"
#include "detector.h"
#include "repeat.h"

#define PI 3.14159265358979323846
#define DEFAULT_MEMORY (1024.0 * 1024 * 1024)
/* Waves that go through the specimen together; more gain nothing. */
#define MOST_GROUP 4096
/* Slices whose transmission functions are held: whole periods, repeated. */
#define TILE 64
/* A backend's scratch and its sums in double beside out. */
#define SCRATCH (4.0 * 1024 * 1024)

struct run {
	struct ip_dev *dev;
	const struct ip_repeat *r;
	const struct ip_period *p;
	struct ip_kgrid k;
	size_t views, channels, size[2], area;
	size_t tile, group;		/* slices held, waves at once */
	double memory;
	struct ip_pixels *pixels;	/* [points][views] */
	size_t most_rows;
	struct ip_buf t, waves, prop, s, coef, out;
	ip_real *wave, *coef_host, *out_host;
	uint32_t *place;
	double *sum;			/* [views][planes][channels][area] */
	double done;
};

static struct ip_repeat_view view_of(const struct ip_repeat *r, size_t i)
{
	if (r->view_count)
		return r->views[i];
	return (struct ip_repeat_view){ 0, r->probe.aberrations };
}

/* ---- what is asked ---- */

static int check_views(const struct ip_repeat *r)
{
	for (size_t v = 0; v < (r->view_count ? r->view_count : 1); v++) {
		struct ip_repeat_view w = view_of(r, v);
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

/* ---- what it takes ---- */

static double wave_bytes(const struct run *u)
{
	return (double)ip_band_count(&u->p->band) * IP_COMPLEX;
}

/* Bytes beside the waves in flight and their propagators. */
static double fixed_memory(const struct run *u)
{
	double points = (double)u->p->n[0] * (double)u->p->n[1];
	double rows = 0, sums;

	for (size_t i = 0; i < u->k.points * u->views; i++)
		rows += (double)u->pixels[i].rows;
	sums = (double)(u->views * u->r->plane_count + 1) *
		(double)u->channels * (double)u->area * sizeof(double);
	return SCRATCH + sums + rows * 4 * sizeof(uint32_t) +
		points * (double)u->tile * (IP_COMPLEX + 2 * sizeof(ip_real)) +
		wave_bytes(u) * 3 + (double)u->most_rows *
		(double)u->k.most * IP_COMPLEX + (double)u->k.count *
		(2 * sizeof(int) + sizeof(double));
}

static int plan(struct run *u)
{
	double bound = u->r->memory ? (double)u->r->memory : DEFAULT_MEMORY;
	double fixed, each = 2 * wave_bytes(u), room;
	size_t last = u->r->planes[u->r->plane_count - 1], n = u->p->slices;

	u->tile = (TILE + n - 1) / n * n;
	if (u->tile > (last + n - 1) / n * n)
		u->tile = (last + n - 1) / n * n;
	if (u->tile == 0)
		u->tile = n;
	if (fixed_memory(u) + each * (double)u->k.most > bound)
		u->tile = n;
	fixed = fixed_memory(u);
	room = floor((bound - fixed) / each);
	if (!(room >= (double)u->k.most))
		return ip_fail(IP_ELIMIT, "repeat cell: %.1f MiB of memory is "
			"too little; it needs at least %.1f MiB", bound /
			1048576, (fixed + each * (double)u->k.most) / 1048576);
	u->group = u->k.count < MOST_GROUP ? u->k.count : MOST_GROUP;
	if (u->group < u->k.most)
		u->group = u->k.most;
	if ((double)u->group > room)
		u->group = (size_t)room;
	u->memory = fixed + each * (double)u->group;
	return 0;
}

/* A channel without pixels would be a picture of zeros. */
static int every_channel(const struct run *u, size_t view)
{
	size_t *seen = ip_alloc_array(u->channels, sizeof *seen), c;

	if (!seen)
		return IP_ENOMEM;
	for (size_t i = 0; i < u->k.points; i++) {
		const struct ip_pixels *p = &u->pixels[i * u->views + view];
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

static int make_pixels(struct run *u)
{
	int rc = 0;

	u->pixels = ip_alloc_array(u->k.points * u->views, sizeof *u->pixels);
	if (!u->pixels)
		return IP_ENOMEM;
	for (size_t i = 0; rc == 0 && i < u->k.points * u->views; i++) {
		rc = ip_kpoint_pixels(u->r, &u->k.point[i / u->views],
			view_of(u->r, i % u->views).rotation, &u->pixels[i]);
		if (u->pixels[i].rows > u->most_rows)
			u->most_rows = u->pixels[i].rows;
	}
	for (size_t v = 0; rc == 0 && v < u->views; v++)
		rc = every_channel(u, v);
	return rc;
}

/* u can be closed whatever this returns. */
static int run_open(struct run *u, const struct ip_repeat *r)
{
	int rc = check(r);

	*u = (struct run){ .r = r };
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

static void run_close(struct run *u)
{
	for (size_t i = 0; u->pixels && i < u->k.points * u->views; i++)
		ip_pixels_free(&u->pixels[i]);
	ip_free(u->pixels);
	ip_kgrid_free(&u->k);
	ip_mem_free(u->dev, &u->t);
	ip_mem_free(u->dev, &u->waves);
	ip_mem_free(u->dev, &u->prop);
	ip_mem_free(u->dev, &u->s);
	ip_mem_free(u->dev, &u->coef);
	ip_mem_free(u->dev, &u->out);
	ip_free(u->wave);
	ip_free(u->coef_host);
	ip_free(u->out_host);
	ip_free(u->place);
	ip_free(u->sum);
}

/* ---- on the device ---- */

static int rooms(struct run *u)
{
	size_t wave = ip_band_count(&u->p->band) * IP_COMPLEX;
	int rc = 0;

	u->wave = ip_alloc(wave);
	u->coef_host = ip_alloc_array(u->k.most, IP_COMPLEX);
	u->place = ip_alloc_array(u->k.most, sizeof *u->place);
	u->out_host = ip_alloc_array(u->channels * u->area, sizeof(ip_real));
	u->sum = ip_alloc_array(u->views * u->r->plane_count,
		u->channels * u->area * sizeof *u->sum);
	if (!u->wave || !u->coef_host || !u->place || !u->out_host || !u->sum)
		return IP_ENOMEM;
	rc = ip_mem_new(u->dev, &u->waves, u->group * wave);
	if (rc == 0)
		rc = ip_mem_new(u->dev, &u->prop, u->group * wave);
	if (rc == 0)
		rc = ip_mem_new(u->dev, &u->s, u->most_rows * u->k.most *
			IP_COMPLEX);
	if (rc == 0)
		rc = ip_mem_new(u->dev, &u->coef, u->k.most * IP_COMPLEX);
	if (rc == 0)
		rc = ip_mem_new(u->dev, &u->out, u->channels * u->area *
			sizeof(ip_real));
	return rc;
}

/* The transmission functions see kappa + G - (kappa + G'): a true g. */
static int put_aperture(struct run *u, struct ip_buf *aperture)
{
	const struct ip_band *b = &u->p->band;
	size_t count = ip_band_count(b), by = 2 * b->hy + 1;
	ip_real *a = ip_alloc_array(count, sizeof *a);
	double g[2];
	int rc = a ? 0 : IP_ENOMEM;

	for (size_t i = 0; rc == 0 && i < count; i++) {
		ip_reciprocal_vector(u->p->b, (double)(i / by) - (double)b->hx,
			(double)(i % by) - (double)b->hy, g);
		a[i] = (ip_real)ip_grid_aperture(&u->p->pixel,
			hypot(g[0], g[1]));
	}
	if (rc == 0)
		rc = ip_mem_new(u->dev, aperture, count * sizeof *a);
	if (rc == 0)
		rc = ip_mem_put(u->dev, aperture, 0, a, count * sizeof *a);
	ip_free(a);
	return rc;
}

static int put_tile(struct run *u)
{
	size_t period = u->p->slices * u->p->n[0] * u->p->n[1];
	size_t count = u->tile / u->p->slices * period;
	struct ip_buf v = { 0 }, aperture = { 0 };
	ip_real *host = ip_alloc_array(count, sizeof *host);
	int rc = host ? put_aperture(u, &aperture) : IP_ENOMEM;

	for (size_t i = 0; rc == 0 && i < count; i++)
		host[i] = (ip_real)u->p->v[i % period];
	if (rc == 0)
		rc = ip_mem_new(u->dev, &v, count * sizeof *host);
	if (rc == 0)
		rc = ip_mem_put(u->dev, &v, 0, host, count * sizeof *host);
	if (rc == 0)
		rc = ip_mem_new(u->dev, &u->t, count * IP_COMPLEX);
	if (rc == 0)
		rc = ip_dev_backend(u->dev)->ops->transmission(u->dev, &u->t,
			&v, &aperture, &u->p->band,
			ip_sigma(u->r->probe.energy), u->tile);
	ip_mem_free(u->dev, &v);
	ip_mem_free(u->dev, &aperture);
	ip_free(host);
	return rc;
}

/*
 * The propagator of one k point into u->wave, at k = kappa + G:
 * exp(-i pi lambda dz k^2 - 2 pi i k . drift) A(k).
 */
static void propagator(struct run *u, const struct ip_kpoint *q)
{
	const struct ip_band *b = &u->p->band;
	double dz = ip_period_thickness(u->p), k[2], drift[2];
	double lambda = ip_wavelength(u->r->probe.energy);
	size_t by = 2 * b->hy + 1;

	ip_period_drift(u->p, u->r->probe.tilt, drift);
	for (size_t i = 0; i < ip_band_count(b); i++) {
		ip_kgrid_vector(u->r, q->i, (int)(i / by) - (int)b->hx,
			(int)(i % by) - (int)b->hy, k);
		double k2 = k[0] * k[0] + k[1] * k[1];
		double limit = ip_grid_aperture(&u->p->pixel, sqrt(k2));
		double phase = -PI * (lambda * dz * k2 +
			2 * (k[0] * drift[0] + k[1] * drift[1]));
		u->wave[2 * i] = (ip_real)(limit * cos(phase));
		u->wave[2 * i + 1] = (ip_real)(limit * sin(phase));
	}
}

/* The waves of points from .. to and their propagators, a wave each. */
static int put_waves(struct run *u, size_t from, size_t to)
{
	const struct ip_band *b = &u->p->band;
	size_t size = ip_band_count(b) * IP_COMPLEX, at = 0;
	int rc = 0;

	for (size_t i = from; rc == 0 && i < to; i++) {
		const struct ip_kpoint *q = &u->k.point[i];
		propagator(u, q);
		for (size_t w = 0; rc == 0 && w < q->count; w++)
			rc = ip_mem_put(u->dev, &u->prop, (at + w) * size,
				u->wave, size);
		memset(u->wave, 0, size);
		for (size_t w = 0; rc == 0 && w < q->count; w++) {
			const int *g = u->k.g[q->first + w];
			size_t p = (size_t)((long)b->hx + g[0]) *
				(2 * b->hy + 1) + (size_t)((long)b->hy + g[1]);
			u->wave[2 * p] = 1;
			rc = ip_mem_put(u->dev, &u->waves, (at + w) * size,
				u->wave, size);
			u->wave[2 * p] = 0;
		}
		at += q->count;
	}
	return rc;
}

/* n waves through slices from .. to of the crystal. */
static int advance(struct run *u, size_t n, size_t from, size_t to)
{
	const struct ip_ops *ops = ip_dev_backend(u->dev)->ops;
	int rc = 0;

	while (rc == 0 && from < to) {
		size_t first = from % u->tile, count = u->tile - first;
		if (count > to - from)
			count = to - from;
		rc = ops->multislice(u->dev, &u->waves, &u->t, &u->prop, 1,
			&u->p->band, n, first, count);
		from += count;
		u->done += (double)n * (double)count;
		ip_progress_step((unsigned long)u->done);
	}
	return rc;
}

/* The probe's coefficients at a k point, and where they lie in the scan. */
static int put_coefficients(struct run *u, const struct ip_kpoint *q,
	const struct ip_repeat_view *view)
{
	double lambda = ip_wavelength(u->r->probe.energy), k[2], chi;

	for (size_t w = 0; w < q->count; w++) {
		const int *g = u->k.g[q->first + w];
		double weight = u->k.weight[q->first + w];
		size_t at[2];
		ip_kgrid_vector(u->r, q->i, g[0], g[1], k);
		ip_turned(k, view->rotation, k);
		chi = ip_chi(&view->aberrations, lambda,
			lambda * hypot(k[0], k[1]), atan2(k[1], k[0]));
		if (!isfinite(chi))
			return ip_fail(IP_EINVAL, "aberrations: the phase at "
				"%g mrad is not finite", 1e3 * lambda *
				hypot(k[0], k[1]));
		u->coef_host[2 * w] = (ip_real)(weight * cos(chi));
		u->coef_host[2 * w + 1] = (ip_real)(-weight * sin(chi));
		for (int a = 0; a < 2; a++)
			at[a] = g[a] < 0 ? u->size[a] - (size_t)-g[a] :
				(size_t)g[a];
		u->place[w] = (uint32_t)(at[0] * u->size[1] + at[1]);
	}
	return ip_mem_put(u->dev, &u->coef, 0, u->coef_host,
		q->count * IP_COMPLEX);
}

/*
 * What point i, whose waves start at wave `at` of the group, adds to a view's
 * pictures of one plane: sums over its pixels are in ip_real, over points in
 * double.
 */
static int add_point(struct run *u, size_t i, size_t at, size_t view,
	size_t plane)
{
	const struct ip_ops *ops = ip_dev_backend(u->dev)->ops;
	const struct ip_kpoint *q = &u->k.point[i];
	const struct ip_pixels *pixels = &u->pixels[i * u->views + view];
	struct ip_repeat_view w = view_of(u->r, view);
	size_t wave = ip_band_count(&u->p->band) * IP_COMPLEX;
	size_t n = u->channels * u->area;
	double *sum = u->sum + (view * u->r->plane_count + plane) * n;
	struct ip_buf part = u->waves;
	int rc;

	if (pixels->rows == 0)
		return 0;
	part.offset += at * wave;
	part.size = q->count * wave;
	rc = ops->gather(u->dev, &u->s, &part, pixels, &u->p->band, q->count,
		0, q->count);
	if (rc == 0)
		rc = put_coefficients(u, q, &w);
	if (rc == 0)
		rc = ops->scan(u->dev, &u->out, &u->s, &u->coef, u->place,
			pixels, q->count, u->size[0], u->size[1]);
	if (rc == 0)
		rc = ip_mem_get(u->dev, &u->out, 0, u->out_host,
			n * sizeof(ip_real));
	for (size_t j = 0; rc == 0 && j < n; j++)
		sum[j] += u->out_host[j];
	return rc;
}

/* Points from .. to through the crystal, seen at every plane. */
static int run_group(struct run *u, size_t from, size_t to)
{
	size_t first = u->k.point[from].first, at = 0;
	size_t n = u->k.point[to - 1].first + u->k.point[to - 1].count - first;
	int rc = put_waves(u, from, to);

	for (size_t p = 0; rc == 0 && p < u->r->plane_count; p++) {
		rc = advance(u, n, at, u->r->planes[p]);
		at = u->r->planes[p];
		for (size_t i = from; rc == 0 && i < to; i++)
			for (size_t v = 0; rc == 0 && v < u->views; v++)
				rc = add_point(u, i, u->k.point[i].first -
					first, v, p);
	}
	return rc;
}

static int run_groups(struct run *u)
{
	size_t from = 0, to;
	int rc = 0;

	while (rc == 0 && from < u->k.points) {
		size_t n = 0;
		for (to = from; to < u->k.points && n +
				u->k.point[to].count <= u->group; to++)
			n += u->k.point[to].count;
		rc = run_group(u, from, to);
		from = to;
	}
	return rc;
}

/* ---- and back ---- */

/* Pictures sampled over the cell to their Fourier coefficients. */
static int to_series(const struct run *u, struct ip_repeat_series *s)
{
	size_t rows = 2 * s->reach[0] + 1, columns = 2 * s->reach[1] + 1;
	double *x = ip_alloc_array(u->area, 2 * sizeof *x), *out = s->c;
	int rc = x ? 0 : IP_ENOMEM;

	for (size_t i = 0; rc == 0 && i < s->views * s->planes * s->channels;
			i++) {
		for (size_t j = 0; j < u->area; j++) {
			x[2 * j] = u->sum[i * u->area + j] / (double)u->area;
			x[2 * j + 1] = 0;
		}
		rc = ip_fft2_double(x, u->size[0], u->size[1], -1);
		for (size_t j = 0; j < rows * columns; j++, out += 2) {
			size_t h = (j / columns + u->size[0] - s->reach[0]) %
				u->size[0];
			size_t k = (j % columns + u->size[1] - s->reach[1]) %
				u->size[1];
			memcpy(out, x + 2 * (h * u->size[1] + k),
				2 * sizeof *out);
		}
	}
	ip_free(x);
	return rc;
}

static void warn_spread(const struct run *u)
{
	size_t last = u->r->planes[u->r->plane_count - 1];
	double t = (double)last * ip_period_thickness(u->p);
	double spread = 2 * t * tan(u->r->probe.semiangle * 1e-3);
	double width = INFINITY;

	for (int i = 0; i < 2; i++)
		width = fmin(width, (double)u->r->waves[i] /
			hypot(u->p->b[i][0], u->p->b[i][1]));
	if (spread > width)
		ip_warn("repeat cell: after %.4g A the beam has spread over "
			"%.4g A, but the k grid of %zu x %zu points stands "
			"for a box %.4g A wide: it meets its own copies; take "
			"a finer k grid or a thinner specimen", t, spread,
			u->r->waves[0], u->r->waves[1], width);
}

static int need_ops(struct ip_dev *dev)
{
	static const char *const op[] = { "transmission", "multislice",
		"gather", "scan" };
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < sizeof op / sizeof *op; i++)
		rc = ip_dev_need(dev, op[i]);
	return rc;
}

static double steps(const struct run *u)
{
	return (double)u->k.count *
		(double)u->r->planes[u->r->plane_count - 1];
}

int ip_repeat_cost(const struct ip_repeat *r, struct ip_repeat_cost *cost)
{
	struct run u;
	int rc = run_open(&u, r);

	if (rc == 0)
		*cost = (struct ip_repeat_cost){ u.k.count, u.k.points,
			(size_t)u.memory, steps(&u) };
	run_close(&u);
	return rc;
}

int ip_repeat_run(struct ip_dev *dev, const struct ip_repeat *r,
	struct ip_repeat_series *series)
{
	struct ip_repeat_series s = { 0 };
	struct run u;
	int rc = run_open(&u, r);

	u.dev = dev;
	if (rc == 0)
		rc = need_ops(dev);
	if (rc == 0)
		rc = rooms(&u);
	if (rc == 0)
		rc = put_tile(&u);
	if (rc == 0)
		rc = ip_repeat_series_new(&s, u.p->a, u.views, r->plane_count,
			u.channels, (size_t[2]){ 2 * u.k.reach[0],
			2 * u.k.reach[1] });
	if (rc == 0) {
		warn_spread(&u);
		ip_progress_begin("scattering", steps(&u) < 1 ? 1 :
			(unsigned long)steps(&u));
		rc = run_groups(&u);
		ip_progress_end();
	}
	if (rc == 0)
		rc = to_series(&u, &s);
	for (size_t v = 0; rc == 0 && v < u.views; v++)
		s.rotation[v] = view_of(r, v).rotation;
	run_close(&u);
	if (rc < 0)
		ip_repeat_series_free(&s);
	else
		*series = s;
	return rc;
}
