/*
 * Probe by probe: each scan point is a wave of its own. The check of the
 * scattering matrix, and the cheaper way for few points.
 */
#include <math.h>
#include <string.h>
#include "core/core.h"
#include "scatter.h"

#define PI 3.14159265358979323846

struct run {
	struct ip_dev *dev;
	const struct ip_scatter *c;
	struct ip_slab slab;
	struct ip_buf waves, out;
	ip_real *wave, *out_host;
	double *coef, *phase[2];	/* phase: complex, index -reach .. reach */
};

static int run_new(struct run *r)
{
	const struct ip_scatter *c = r->c;
	size_t size = ip_band_count(&c->band) * IP_COMPLEX;
	size_t out = c->plan.group * c->pixels.channels * sizeof(ip_real);
	int rc;

	r->wave = ip_alloc(size);
	r->out_host = ip_alloc(out);
	r->coef = ip_alloc_array(c->waves.count, 2 * sizeof(double));
	for (int a = 0; a < 2; a++)
		r->phase[a] = ip_alloc_array(2 * c->reach[a] + 1,
			2 * sizeof(double));
	if (!r->wave || !r->out_host || !r->coef || !r->phase[0] ||
			!r->phase[1])
		return IP_ENOMEM;
	rc = ip_mem_new(r->dev, &r->waves, c->plan.group * size);
	return rc < 0 ? rc : ip_mem_new(r->dev, &r->out, out);
}

static void run_free(struct run *r)
{
	ip_mem_free(r->dev, &r->waves);
	ip_mem_free(r->dev, &r->out);
	ip_free(r->wave);
	ip_free(r->out_host);
	ip_free(r->coef);
	ip_free(r->phase[0]);
	ip_free(r->phase[1]);
	ip_slab_close(&r->slab);
}

/* psi(k) = coef exp(-2 pi i k r0): the probe at scan point (ix, iy). */
static void build(struct run *r, size_t ix, size_t iy)
{
	const struct ip_scatter *c = r->c;
	const struct ip_scan *q = &c->s->scan;
	size_t at[2] = { ix, iy };

	for (int a = 0; a < 2; a++) {
		double x = (q->start[a] + (double)at[a] / (double)q->n[a] *
			(q->end[a] - q->start[a])) / c->grid.length[a];
		for (long i = -(long)c->reach[a]; i <= (long)c->reach[a]; i++) {
			double t = -2 * PI * fmod((double)i * fmod(x, 1), 1);
			double *p = r->phase[a] + 2 * (i + (long)c->reach[a]);
			p[0] = cos(t);
			p[1] = sin(t);
		}
	}
	for (size_t w = 0; w < c->waves.count; w++) {
		const int *k = c->waves.index[w];
		const double *f = r->coef + 2 * w;
		if (!(c->waves.weight[w] > 0))
			continue;
		const double *x = r->phase[0] + 2 * (k[0] + (long)c->reach[0]);
		const double *y = r->phase[1] + 2 * (k[1] + (long)c->reach[1]);
		double re = x[0] * y[0] - x[1] * y[1];
		double im = x[0] * y[1] + x[1] * y[0];
		size_t i = (size_t)((long)c->band.hx + k[0]) *
			(2 * c->band.hy + 1) + (size_t)((long)c->band.hy + k[1]);
		r->wave[2 * i] = (ip_real)(f[0] * re - f[1] * im);
		r->wave[2 * i + 1] = (ip_real)(f[0] * im + f[1] * re);
	}
}

/* Scan points first .. first + n with one set of aberrations, all planes. */
static int run_group(struct run *r, size_t first, size_t n, double *images)
{
	const struct ip_scatter *c = r->c;
	size_t size = ip_band_count(&c->band) * IP_COMPLEX, at = 0;
	size_t channels = c->pixels.channels;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < n; i++) {
		build(r, (first + i) / c->s->scan.n[1],
			(first + i) % c->s->scan.n[1]);
		rc = ip_mem_put(r->dev, &r->waves, i * size, r->wave, size);
	}
	for (size_t p = 0; rc == 0 && p < c->s->plane_count; p++) {
		double *image = images + p * channels * c->points + first;
		rc = ip_slab_run(&r->slab, &r->waves, n, at, c->s->planes[p]);
		at = c->s->planes[p];
		if (rc == 0)
			rc = ip_dev_backend(r->dev)->ops->detect(r->dev,
				&r->out, &r->waves, &c->pixels, &c->band, n);
		if (rc == 0)
			rc = ip_mem_get(r->dev, &r->out, 0, r->out_host,
				n * channels * sizeof(ip_real));
		for (size_t i = 0; rc == 0 && i < n * channels; i++)
			image[i % channels * c->points + i / channels] =
				r->out_host[i];
	}
	return rc;
}

/* The source's size on images of the whole periodic box, in place. */
static int blur(const struct ip_scatter *c, double *images, size_t count)
{
	const struct ip_scan *q = &c->s->scan;
	double *axis[2], *work = NULL, *copy = NULL;
	int rc = 0;

	for (int a = 0; a < 2; a++) {
		axis[a] = ip_alloc_array(q->n[a] * q->n[a], sizeof(double));
		if (axis[a])
			ip_series_axis(axis[a], q->n[a], 0, c->grid.length[a] /
				(double)q->n[a], c->grid.length[a], q->n[a],
				q->n[a] / 2, c->s->source_fwhm / IP_FWHM);
	}
	work = ip_alloc_array(c->points, sizeof(double));
	copy = ip_alloc_array(c->points, sizeof(double));
	if (!axis[0] || !axis[1] || !work || !copy)
		rc = IP_ENOMEM;
	for (size_t i = 0; rc == 0 && i < count; i++) {
		double *image = images + i * c->points;
		memcpy(copy, image, c->points * sizeof *copy);
		memset(image, 0, c->points * sizeof *image);
		ip_series_add(image, axis[0], copy, axis[1], work, q->n, q->n);
	}
	ip_free(axis[0]);
	ip_free(axis[1]);
	ip_free(work);
	ip_free(copy);
	return rc;
}

int ip_run_probes(struct ip_dev *dev, const struct ip_scatter *c,
	double *images)
{
	struct run r = { .dev = dev, .c = c };
	size_t planes = c->s->plane_count * c->pixels.channels;
	int rc;

	if ((rc = ip_dev_need(dev, "detect")) < 0)
		return rc;
	rc = ip_slab_open(&r.slab, dev, c->s, c->last, c->plan.block,
		c->plan.blocks);
	if (rc == 0)
		rc = run_new(&r);
	for (size_t set = 0; rc == 0 && set < c->sets; set++) {
		double *to = images + set * planes * c->points;
		rc = ip_scatter_coefficients(c, set, r.coef);
		for (size_t i = 0; rc == 0 && i < c->points;
				i += c->plan.group)
			rc = run_group(&r, i, c->points - i < c->plan.group ?
				c->points - i : c->plan.group, to);
	}
	if (rc == 0 && c->s->source_fwhm > 0)
		rc = blur(c, images, c->sets * planes);
	run_free(&r);
	return rc;
}
