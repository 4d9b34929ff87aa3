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
#include "repeat.h"

#define PI 3.14159265358979323846

struct run {
	struct ip_dev *dev;
	struct ip_repeat_plan n;
	const struct ip_repeat *r;
	const struct ip_period *p;
	struct ip_buf t, waves, prop, s, coef, out;
	ip_real *wave, *coef_host, *out_host;
	uint32_t *place;
	double *sum;			/* [views][planes][channels][area] */
	double done;
};

static int rooms(struct run *u)
{
	size_t wave = ip_band_count(&u->p->band) * IP_COMPLEX;
	int rc = 0;

	u->wave = ip_alloc(wave);
	u->coef_host = ip_alloc_array(u->n.k.most, IP_COMPLEX);
	u->place = ip_alloc_array(u->n.k.most, sizeof *u->place);
	u->out_host = ip_alloc_array(u->n.channels * u->n.area,
		sizeof(ip_real));
	u->sum = ip_alloc_array(u->n.views * u->r->plane_count,
		u->n.channels * u->n.area * sizeof *u->sum);
	if (!u->wave || !u->coef_host || !u->place || !u->out_host || !u->sum)
		return IP_ENOMEM;
	rc = ip_mem_new(u->dev, &u->waves, u->n.group * wave);
	if (rc == 0)
		rc = ip_mem_new(u->dev, &u->prop, u->n.group * wave);
	if (rc == 0)
		rc = ip_mem_new(u->dev, &u->s, u->n.most_rows * u->n.k.most *
			IP_COMPLEX);
	if (rc == 0)
		rc = ip_mem_new(u->dev, &u->coef, u->n.k.most * IP_COMPLEX);
	if (rc == 0)
		rc = ip_mem_new(u->dev, &u->out, u->n.channels * u->n.area *
			sizeof(ip_real));
	return rc;
}

static void run_close(struct run *u)
{
	ip_repeat_plan_close(&u->n);
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
	size_t count = u->n.tile / u->p->slices * period;
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
			ip_sigma(u->r->probe.energy), u->n.tile);
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
		const struct ip_kpoint *q = &u->n.k.point[i];
		propagator(u, q);
		for (size_t w = 0; rc == 0 && w < q->count; w++)
			rc = ip_mem_put(u->dev, &u->prop, (at + w) * size,
				u->wave, size);
		memset(u->wave, 0, size);
		for (size_t w = 0; rc == 0 && w < q->count; w++) {
			const int *g = u->n.k.g[q->first + w];
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
		size_t first = from % u->n.tile, count = u->n.tile - first;
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
		const int *g = u->n.k.g[q->first + w];
		double weight = u->n.k.weight[q->first + w];
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
			at[a] = g[a] < 0 ? u->n.size[a] - (size_t)-g[a] :
				(size_t)g[a];
		u->place[w] = (uint32_t)(at[0] * u->n.size[1] + at[1]);
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
	const struct ip_kpoint *q = &u->n.k.point[i];
	const struct ip_pixels *pixels = &u->n.pixels[i * u->n.views + view];
	struct ip_repeat_view w = ip_repeat_view_of(u->r, view);
	size_t wave = ip_band_count(&u->p->band) * IP_COMPLEX;
	size_t n = u->n.channels * u->n.area;
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
			pixels, q->count, u->n.size[0], u->n.size[1]);
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
	const struct ip_kpoint *point = u->n.k.point, *last = &point[to - 1];
	size_t first = point[from].first, at = 0;
	size_t n = last->first + last->count - first;
	int rc = put_waves(u, from, to);

	for (size_t p = 0; rc == 0 && p < u->r->plane_count; p++) {
		rc = advance(u, n, at, u->r->planes[p]);
		at = u->r->planes[p];
		for (size_t i = from; rc == 0 && i < to; i++)
			for (size_t v = 0; rc == 0 && v < u->n.views; v++)
				rc = add_point(u, i, point[i].first - first,
					v, p);
	}
	return rc;
}

static int run_groups(struct run *u)
{
	size_t from = 0, to;
	int rc = 0;

	while (rc == 0 && from < u->n.k.points) {
		size_t n = 0;
		for (to = from; to < u->n.k.points && n +
				u->n.k.point[to].count <= u->n.group; to++)
			n += u->n.k.point[to].count;
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
	double *x = ip_alloc_array(u->n.area, 2 * sizeof *x), *out = s->c;
	int rc = x ? 0 : IP_ENOMEM;

	for (size_t i = 0; rc == 0 && i < s->views * s->planes * s->channels;
			i++) {
		for (size_t j = 0; j < u->n.area; j++) {
			x[2 * j] = u->sum[i * u->n.area + j] /
				(double)u->n.area;
			x[2 * j + 1] = 0;
		}
		rc = ip_fft2_double(x, u->n.size[0], u->n.size[1], -1);
		for (size_t j = 0; j < rows * columns; j++, out += 2) {
			size_t h = (j / columns + u->n.size[0] - s->reach[0]) %
				u->n.size[0];
			size_t k = (j % columns + u->n.size[1] - s->reach[1]) %
				u->n.size[1];
			memcpy(out, x + 2 * (h * u->n.size[1] + k),
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

int ip_repeat_run(struct ip_dev *dev, const struct ip_repeat *r,
	struct ip_repeat_series *series)
{
	struct ip_repeat_series s = { 0 };
	struct run u = { .dev = dev, .r = r, .p = r->period };
	int rc = ip_repeat_plan_open(&u.n, r);

	if (rc == 0)
		rc = need_ops(dev);
	if (rc == 0)
		rc = rooms(&u);
	if (rc == 0)
		rc = put_tile(&u);
	if (rc == 0)
		rc = ip_repeat_series_new(&s, u.p->a, u.n.views, r->plane_count,
			u.n.channels, (size_t[2]){ 2 * u.n.k.reach[0],
			2 * u.n.k.reach[1] });
	if (rc == 0) {
		warn_spread(&u);
		ip_progress_begin("scattering", ip_repeat_steps(&u.n) < 1 ? 1 :
			(unsigned long)ip_repeat_steps(&u.n));
		rc = run_groups(&u);
		ip_progress_end();
	}
	if (rc == 0)
		rc = to_series(&u, &s);
	for (size_t v = 0; rc == 0 && v < u.n.views; v++)
		s.rotation[v] = ip_repeat_view_of(r, v).rotation;
	run_close(&u);
	if (rc < 0)
		ip_repeat_series_free(&s);
	else
		*series = s;
	return rc;
}
