/*
 * The scattering matrix: every plane wave of the aperture goes through the
 * specimen once. At an exit plane S[k_out][k_in] is kept for the k_out that a
 * detector sees; the amplitude at one k_out for all probe positions is then
 * one Fourier transform over k_in, weighted with the probe's coefficients.
 */
#include <string.h>
#include "core/core.h"
#include "scatter.h"

struct run {
	struct ip_dev *dev;
	const struct ip_scatter *c;
	struct ip_slab slab;
	struct ip_buf waves, coef, out;
	struct ip_buf *s;		/* [hold] units: plane, chunk of rows */
	ip_real *wave;			/* one, to put */
	double *coef_host;
	ip_real *coef_real, *out_host;
	uint32_t *place;
	double *axis[2], *work;
	double *sum;			/* [sets][channels][size], of a plane */
};

/* The rows of one chunk, as a list of their own. */
static struct ip_pixels chunk_rows(const struct ip_scatter *c, size_t chunk)
{
	struct ip_pixels p = c->pixels;
	size_t first = chunk * IP_SCAN_ROWS, n = p.rows - first;

	p.pixel += first;
	p.first += first;
	p.rows = n < IP_SCAN_ROWS ? n : IP_SCAN_ROWS;
	return p;
}

static int host_new(struct run *r)
{
	const struct ip_scatter *c = r->c;
	const struct ip_scan *q = &c->s->scan;
	size_t n = c->waves.count, area = c->size[0] * c->size[1];
	size_t channels = c->pixels.channels;

	r->wave = ip_alloc(ip_band_count(&c->band) * IP_COMPLEX);
	r->coef_host = ip_alloc_array(n, 2 * sizeof(double));
	r->coef_real = ip_alloc_array(n, IP_COMPLEX);
	r->place = ip_alloc_array(n, sizeof *r->place);
	r->out_host = ip_alloc_array(channels * area, sizeof(ip_real));
	r->sum = ip_alloc_array(c->sets * channels * area, sizeof(double));
	r->axis[0] = ip_alloc_array(q->n[0] * c->size[0], sizeof(double));
	r->axis[1] = ip_alloc_array(q->n[1] * c->size[1], sizeof(double));
	r->work = ip_alloc_array(q->n[0] * c->size[1], sizeof(double));
	r->s = ip_alloc_array(c->plan.hold, sizeof *r->s);
	if (!r->wave || !r->coef_host || !r->coef_real || !r->place ||
			!r->out_host || !r->sum || !r->axis[0] ||
			!r->axis[1] || !r->work || !r->s)
		return IP_ENOMEM;
	for (int a = 0; a < 2; a++)
		ip_series_axis(r->axis[a], q->n[a], q->start[a],
			(q->end[a] - q->start[a]) / (double)q->n[a],
			c->grid.length[a], c->size[a], 2 * c->reach[a],
			c->s->source_fwhm / IP_FWHM);
	for (size_t w = 0; w < n; w++) {
		size_t at[2];
		for (int a = 0; a < 2; a++) {
			int i = c->waves.index[w][a];
			at[a] = i < 0 ? c->size[a] - (size_t)-i : (size_t)i;
		}
		r->place[w] = (uint32_t)(at[0] * c->size[1] + at[1]);
	}
	return 0;
}

static int device_new(struct run *r)
{
	const struct ip_scatter *c = r->c;
	size_t rows = c->pixels.rows < IP_SCAN_ROWS ? c->pixels.rows :
		IP_SCAN_ROWS;
	int rc = ip_mem_new(r->dev, &r->waves, c->plan.group *
		ip_band_count(&c->band) * IP_COMPLEX);

	if (rc == 0)
		rc = ip_mem_new(r->dev, &r->coef, c->waves.count * IP_COMPLEX);
	if (rc == 0)
		rc = ip_mem_new(r->dev, &r->out, c->pixels.channels *
			c->size[0] * c->size[1] * sizeof(ip_real));
	for (size_t i = 0; rc == 0 && i < c->plan.hold; i++)
		rc = ip_mem_new(r->dev, &r->s[i], rows * c->waves.count *
			IP_COMPLEX);
	return rc;
}

static void run_free(struct run *r)
{
	for (size_t i = 0; r->s && i < r->c->plan.hold; i++)
		ip_mem_free(r->dev, &r->s[i]);
	ip_mem_free(r->dev, &r->waves);
	ip_mem_free(r->dev, &r->coef);
	ip_mem_free(r->dev, &r->out);
	ip_free(r->s);
	ip_free(r->wave);
	ip_free(r->coef_host);
	ip_free(r->coef_real);
	ip_free(r->place);
	ip_free(r->out_host);
	ip_free(r->sum);
	ip_free(r->axis[0]);
	ip_free(r->axis[1]);
	ip_free(r->work);
	ip_slab_close(&r->slab);
}

/* Plane waves first .. first + n of the aperture, each of amplitude 1. */
static int put_waves(struct run *r, size_t first, size_t n)
{
	const struct ip_band *b = &r->c->band;
	size_t size = ip_band_count(b) * IP_COMPLEX;
	int rc = 0;

	for (size_t w = 0; rc == 0 && w < n; w++) {
		const int *k = r->c->waves.index[first + w];
		size_t i = (size_t)((long)b->hx + k[0]) * (2 * b->hy + 1) +
			(size_t)((long)b->hy + k[1]);
		r->wave[2 * i] = 1;
		rc = ip_mem_put(r->dev, &r->waves, w * size, r->wave, size);
		r->wave[2 * i] = 0;
	}
	return rc;
}

/* What one unit of S adds to the sums of its plane, with one set. */
static int scan_set(struct run *r, const struct ip_buf *s, size_t chunk,
	size_t set)
{
	const struct ip_scatter *c = r->c;
	struct ip_pixels rows = chunk_rows(c, chunk);
	size_t n = c->size[0] * c->size[1] * rows.channels;
	double *sum = r->sum + set * n;
	int rc = ip_scatter_coefficients(c, set, r->coef_host);

	for (size_t i = 0; i < 2 * c->waves.count; i++)
		r->coef_real[i] = (ip_real)r->coef_host[i];
	if (rc == 0)
		rc = ip_mem_put(r->dev, &r->coef, 0, r->coef_real,
			c->waves.count * IP_COMPLEX);
	if (rc == 0)
		rc = ip_dev_backend(r->dev)->ops->scan(r->dev, &r->out, s,
			&r->coef, r->place, &rows, c->waves.count, c->size[0],
			c->size[1]);
	if (rc == 0)
		rc = ip_mem_get(r->dev, &r->out, 0, r->out_host,
			n * sizeof(ip_real));
	for (size_t i = 0; rc == 0 && i < n; i++)
		sum[i] += r->out_host[i];
	return rc;
}

/*
 * Add one unit of S to its plane, whose units come one after the other:
 * sums over a chunk of rows are in ip_real, over chunks in double. The last
 * unit turns them into images [sets][planes][channels] at the scan's points.
 */
static int scan_unit(struct run *r, const struct ip_buf *s, size_t unit,
	double *images)
{
	const struct ip_scatter *c = r->c;
	size_t plane = unit / c->chunks, chunk = unit % c->chunks;
	size_t area = c->size[0] * c->size[1], channels = c->pixels.channels;
	int rc = 0;

	if (chunk == 0)
		memset(r->sum, 0, c->sets * channels * area * sizeof *r->sum);
	for (size_t set = 0; rc == 0 && set < c->sets; set++)
		rc = scan_set(r, s, chunk, set);
	if (rc < 0 || chunk + 1 < c->chunks)
		return rc;
	for (size_t i = 0; i < c->sets * channels; i++) {
		size_t at = (i / channels * c->s->plane_count + plane) *
			channels + i % channels;
		ip_series_add(images + at * c->points, r->axis[0],
			r->sum + i * area, r->axis[1], r->work, c->s->scan.n,
			c->size);
	}
	return 0;
}

/* Waves first .. first + n (at slice *at) on to each unit's plane: gather. */
static int gather_units(struct run *r, size_t first, size_t n, size_t *at,
	size_t unit, size_t end)
{
	const struct ip_scatter *c = r->c;
	int rc = 0;

	for (size_t u = unit; rc == 0 && u < end; u++) {
		size_t plane = c->s->planes[u / c->chunks];
		struct ip_pixels rows = chunk_rows(c, u % c->chunks);
		rc = ip_slab_run(&r->slab, &r->waves, n, *at, plane);
		*at = plane;
		if (rc == 0)
			rc = ip_dev_backend(r->dev)->ops->gather(r->dev,
				&r->s[u - unit], &r->waves, &rows, &c->band, n,
				first, c->waves.count);
	}
	return rc;
}

static int run_units(struct run *r, double *images)
{
	const struct ip_scatter *c = r->c;
	size_t units = c->chunks * c->s->plane_count, count = c->waves.count;
	size_t group = c->plan.group, at = 0;
	int rc = 0;

	for (size_t u = 0; rc == 0 && u < units; u += c->plan.hold) {
		size_t end = u + c->plan.hold < units ? u + c->plan.hold :
			units;
		for (size_t w = 0; rc == 0 && w < count; w += group) {
			size_t n = count - w < group ? count - w : group;
			/* Waves that are all held go on where they stopped. */
			if (group < count || u == 0) {
				at = 0;
				rc = put_waves(r, w, n);
			}
			if (rc == 0)
				rc = gather_units(r, w, n, &at, u, end);
		}
		for (size_t i = u; rc == 0 && i < end; i++)
			rc = scan_unit(r, &r->s[i - u], i, images);
	}
	return rc;
}

int ip_run_matrix(struct ip_dev *dev, const struct ip_scatter *c,
	double *images)
{
	struct run r = { .dev = dev, .c = c };
	int rc;

	if ((rc = ip_dev_need(dev, "gather")) < 0 ||
		(rc = ip_dev_need(dev, "scan")) < 0)
		return rc;
	rc = ip_slab_open(&r.slab, dev, c->s, c->last, c->plan.block,
		c->plan.blocks);
	if (rc == 0)
		rc = host_new(&r);
	if (rc == 0)
		rc = device_new(&r);
	if (rc == 0)
		rc = run_units(&r, images);
	run_free(&r);
	return rc;
}
