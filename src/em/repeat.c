/*
 * The scattering matrix of a repeat cell, a crystal's or a supercell's, k
 * point by k point. The waves of several points go through the specimen
 * together, each with the propagator of its own kappa; at each plane the
 * waves of one point give what its detector pixels add to the pictures,
 * sampled over one cell.
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
	struct ip_repeat_tile tile;
	struct ip_buf waves, prop, coef, out;
	struct ip_buf *s;		/* [hold] units */
	ip_real *wave, *coef_host, *out_host;
	uint32_t *place;
	double *sum;			/* [views][planes][channels][area] */
};

static int rooms(struct run *u)
{
	size_t wave = ip_band_count(&u->p->band) * IP_COMPLEX;
	size_t rows = u->n.most_rows < IP_SCAN_ROWS ? u->n.most_rows :
		IP_SCAN_ROWS;
	int rc = 0;

	u->wave = ip_alloc(wave);
	u->coef_host = ip_alloc_array(u->n.k.most, IP_COMPLEX);
	u->place = ip_alloc_array(u->n.k.most, sizeof *u->place);
	u->out_host = ip_alloc_array(u->n.channels * u->n.area,
		sizeof(ip_real));
	u->sum = ip_alloc_array(u->n.views * u->r->plane_count,
		u->n.channels * u->n.area * sizeof *u->sum);
	u->s = ip_alloc_array(u->n.hold, sizeof *u->s);
	if (!u->wave || !u->coef_host || !u->place || !u->out_host ||
			!u->sum || !u->s)
		return IP_ENOMEM;
	rc = ip_mem_new(u->dev, &u->waves, u->n.group * wave);
	if (rc == 0)
		rc = ip_mem_new(u->dev, &u->prop, (u->n.shared ? 1 :
			u->n.group) * wave);
	for (size_t i = 0; rc == 0 && i < u->n.hold; i++)
		rc = ip_mem_new(u->dev, &u->s[i], rows * u->n.k.most *
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
	for (size_t i = 0; u->s && i < u->n.hold; i++)
		ip_mem_free(u->dev, &u->s[i]);
	ip_repeat_plan_close(&u->n);
	ip_repeat_tile_close(&u->tile);
	ip_mem_free(u->dev, &u->waves);
	ip_mem_free(u->dev, &u->prop);
	ip_mem_free(u->dev, &u->coef);
	ip_mem_free(u->dev, &u->out);
	ip_free(u->s);
	ip_free(u->wave);
	ip_free(u->coef_host);
	ip_free(u->out_host);
	ip_free(u->place);
	ip_free(u->sum);
}

/* ---- waves ---- */

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

/* Waves first .. first + n of the probe, each of amplitude 1. */
static int put_waves(struct run *u, size_t first, size_t n)
{
	const struct ip_band *b = &u->p->band;
	size_t size = ip_band_count(b) * IP_COMPLEX;
	int rc = 0;

	memset(u->wave, 0, size);
	for (size_t w = 0; rc == 0 && w < n; w++) {
		const int *g = u->n.k.g[first + w];
		size_t p = (size_t)((long)b->hx + g[0]) * (2 * b->hy + 1) +
			(size_t)((long)b->hy + g[1]);
		u->wave[2 * p] = 1;
		rc = ip_mem_put(u->dev, &u->waves, w * size, u->wave, size);
		u->wave[2 * p] = 0;
	}
	return rc;
}

/* The propagators of points from .. to, one a wave or one in all. */
static int put_propagators(struct run *u, size_t from, size_t to, int per_wave)
{
	size_t size = ip_band_count(&u->p->band) * IP_COMPLEX, at = 0;
	int rc = 0;

	for (size_t i = from; rc == 0 && i < to; i++) {
		size_t n = per_wave ? u->n.k.point[i].count : 1;
		propagator(u, &u->n.k.point[i]);
		for (size_t w = 0; rc == 0 && w < n; w++)
			rc = ip_mem_put(u->dev, &u->prop, (at + w) * size,
				u->wave, size);
		at += n;
	}
	return rc;
}

/* ---- what detectors see ---- */

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
 * A unit of the scattering matrix of one point: what one chunk of the rows
 * that the detectors have at one rotation sees at one plane, for all views
 * of that rotation. Chunks are the same whatever the memory, and so are the
 * sums: in ip_real over the rows of a chunk, in double over chunks and points.
 */
struct unit {
	size_t plane, list;
	struct ip_pixels rows;
};

/* Unit i of a point; without rows if the list has no such chunk. */
static struct unit unit_of(const struct run *u, size_t point, size_t i)
{
	size_t each = ip_repeat_units(&u->n) / u->r->plane_count;
	size_t chunks = each / u->n.lists, first = i % chunks * IP_SCAN_ROWS;
	struct unit q = { i / each, i % each / chunks, { 0 } };

	q.rows = u->n.pixels[point * u->n.lists + q.list];
	if (first >= q.rows.rows) {
		q.rows.rows = 0;
		return q;
	}
	q.rows.pixel += first;
	q.rows.first += first;
	q.rows.rows -= first;
	if (q.rows.rows > IP_SCAN_ROWS)
		q.rows.rows = IP_SCAN_ROWS;
	return q;
}

/* n waves, from wave `at` of those held, into columns of s. */
static int gather(struct run *u, const struct unit *q, struct ip_buf *s,
	size_t point, size_t at, size_t n, size_t column)
{
	size_t wave = ip_band_count(&u->p->band) * IP_COMPLEX;
	struct ip_buf part = u->waves;

	if (q->rows.rows == 0)
		return 0;
	part.offset += at * wave;
	part.size = n * wave;
	return ip_dev_backend(u->dev)->ops->gather(u->dev, s, &part, &q->rows,
		&u->p->band, n, column, u->n.k.point[point].count);
}

/* What a unit adds to a view's pictures of its plane. */
static int scan_view(struct run *u, const struct unit *q,
	const struct ip_buf *s, size_t point, size_t v)
{
	const struct ip_kpoint *k = &u->n.k.point[point];
	struct ip_repeat_view view = ip_repeat_view_of(u->r, v);
	size_t n = u->n.channels * u->n.area;
	double *sum = u->sum + (v * u->r->plane_count + q->plane) * n;
	int rc = put_coefficients(u, k, &view);

	if (rc == 0)
		rc = ip_dev_backend(u->dev)->ops->scan(u->dev, &u->out, s,
			&u->coef, u->place, &q->rows, k->count, u->n.size[0],
			u->n.size[1]);
	if (rc == 0)
		rc = ip_mem_get(u->dev, &u->out, 0, u->out_host,
			n * sizeof(ip_real));
	for (size_t j = 0; rc == 0 && j < n; j++)
		sum[j] += u->out_host[j];
	return rc;
}

static int scan(struct run *u, const struct unit *q, const struct ip_buf *s,
	size_t point)
{
	int rc = 0;

	for (size_t v = 0; rc == 0 && q->rows.rows > 0 && v < u->n.views; v++)
		if (u->n.list[v] == q->list)
			rc = scan_view(u, q, s, point, v);
	return rc;
}

/* ---- through the crystal ---- */

/* Points from .. to, whose waves all fit, seen at every plane. */
static int run_group(struct run *u, size_t from, size_t to)
{
	const struct ip_kpoint *point = u->n.k.point, *last = &point[to - 1];
	size_t first = point[from].first, at = 0;
	size_t n = last->first + last->count - first;
	size_t each = ip_repeat_units(&u->n) / u->r->plane_count;
	int rc = put_propagators(u, from, to, to > from + 1);

	if (rc == 0)
		rc = put_waves(u, first, n);
	for (size_t p = 0; rc == 0 && p < u->r->plane_count; p++) {
		rc = ip_repeat_tile_run(&u->tile, &u->waves, &u->prop,
			to > from + 1, n, at, u->r->planes[p]);
		at = u->r->planes[p];
		for (size_t i = from; rc == 0 && i < to; i++)
			for (size_t j = 0; rc == 0 && j < each; j++) {
				struct unit q = unit_of(u, i, p * each + j);
				rc = gather(u, &q, u->s, i, point[i].first -
					first, point[i].count, 0);
				if (rc == 0)
					rc = scan(u, &q, u->s, i);
			}
	}
	return rc;
}

/* Units from .. to of a point, filled by one group of waves after another. */
static int run_window(struct run *u, size_t point, size_t from, size_t to)
{
	const struct ip_kpoint *k = &u->n.k.point[point];
	int rc = 0;

	for (size_t w = 0, n; rc == 0 && w < k->count; w += n) {
		size_t at = 0;
		n = k->count - w < u->n.group ? k->count - w : u->n.group;
		rc = put_waves(u, k->first + w, n);
		for (size_t i = from; rc == 0 && i < to; i++) {
			struct unit q = unit_of(u, point, i);
			size_t plane = u->r->planes[q.plane];
			rc = ip_repeat_tile_run(&u->tile, &u->waves, &u->prop,
				0, n, at, plane);
			at = plane;
			if (rc == 0)
				rc = gather(u, &q, &u->s[i - from], point, 0,
					n, w);
		}
	}
	for (size_t i = from; rc == 0 && i < to; i++) {
		struct unit q = unit_of(u, point, i);
		rc = scan(u, &q, &u->s[i - from], point);
	}
	return rc;
}

/* A point whose waves do not all fit. */
static int run_split(struct run *u, size_t point)
{
	size_t units = ip_repeat_units(&u->n);
	int rc = put_propagators(u, point, point + 1, 0);

	for (size_t i = 0; rc == 0 && i < units; i += u->n.hold)
		rc = run_window(u, point, i, i + u->n.hold < units ?
			i + u->n.hold : units);
	return rc;
}

static int run_groups(struct run *u)
{
	const struct ip_kpoint *point = u->n.k.point;
	size_t from = 0, to;
	int rc = 0;

	while (rc == 0 && from < u->n.k.points) {
		size_t n = 0;
		if (point[from].count > u->n.group) {
			rc = run_split(u, from++);
			continue;
		}
		for (to = from; to < u->n.k.points && n + point[to].count <=
				u->n.group && (n == 0 || !u->n.shared); to++)
			n += point[to].count;
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
	if (spread > width && !u->r->narrow)
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
	struct run u = { .dev = dev, .r = r, .p = r->period,
		.tile = { .dev = dev } };
	int rc = ip_repeat_plan_open(&u.n, r);

	if (rc == 0)
		rc = need_ops(dev);
	if (rc == 0)
		rc = rooms(&u);
	if (rc == 0)
		rc = ip_repeat_tile_open(&u.tile, dev, u.p, r->probe.energy,
			u.n.tile);
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
