/*
 * The specimen on a device: blocks of transmission functions made when they
 * are first needed, and either all kept or one at a time.
 */
#include <math.h>
#include "core/core.h"
#include "scatter.h"

#define PI 3.14159265358979323846

size_t ip_band_count(const struct ip_band *band)
{
	return (2 * band->hx + 1) * (2 * band->hy + 1);
}

int ip_mem_new(struct ip_dev *dev, struct ip_buf *b, size_t size)
{
	return ip_dev_backend(dev)->alloc(dev, b, size);
}

void ip_mem_free(struct ip_dev *dev, struct ip_buf *b)
{
	if (b->handle)
		ip_dev_backend(dev)->free(dev, b);
	*b = (struct ip_buf){ 0 };
}

int ip_mem_put(struct ip_dev *dev, struct ip_buf *b, size_t offset,
	const void *p, size_t size)
{
	return ip_dev_backend(dev)->put(dev, b, offset, p, size);
}

int ip_mem_get(struct ip_dev *dev, const struct ip_buf *b, size_t offset,
	void *p, size_t size)
{
	return ip_dev_backend(dev)->get(dev, b, offset, p, size);
}

double ip_slab_memory(const struct ip_band *band, size_t block, size_t blocks)
{
	double points = (double)band->nx * (double)band->ny;
	double waves = (double)ip_band_count(band);

	/* t of every block; v on both sides; v in double; aperture, prop. */
	return points * (double)block * ((double)blocks * IP_COMPLEX +
		2 * sizeof(ip_real) + sizeof(double)) +
		waves * 2 * (sizeof(ip_real) + IP_COMPLEX);
}

/*
 * Both in band layout: the band limit A(k), and the Fresnel propagator over
 * one slice, exp(-i pi lambda dz k^2) A(k), for a beam tilted by (tx, ty)
 * times exp(-2 pi i dz (kx tan tx + ky tan ty)).
 */
static int put_filters(struct ip_slab *b, const struct ip_grid *g,
	const struct ip_probe *probe)
{
	size_t hx = b->band.hx, hy = b->band.hy, n = ip_band_count(&b->band);
	double dz = ip_potential_thickness(b->potential);
	double lambda = ip_wavelength(probe->energy);
	double tx = tan(probe->tilt[0] * 1e-3), ty = tan(probe->tilt[1] * 1e-3);
	ip_real *a = ip_alloc_array(n, sizeof *a);
	ip_real *p = ip_alloc_array(n, 2 * sizeof *p);
	int rc = a && p ? 0 : IP_ENOMEM;

	for (size_t i = 0; rc == 0 && i < n; i++) {
		double kx = ((double)(i / (2 * hy + 1)) - (double)hx) /
			g->length[0];
		double ky = ((double)(i % (2 * hy + 1)) - (double)hy) /
			g->length[1];
		double k2 = kx * kx + ky * ky;
		double limit = ip_grid_aperture(g, sqrt(k2));
		double phase = -PI * dz * (lambda * k2 +
			2 * (kx * tx + ky * ty));
		a[i] = (ip_real)limit;
		p[2 * i] = (ip_real)(limit * cos(phase));
		p[2 * i + 1] = (ip_real)(limit * sin(phase));
	}
	if (rc == 0)
		rc = ip_mem_put(b->dev, &b->aperture, 0, a, n * sizeof *a);
	if (rc == 0)
		rc = ip_mem_put(b->dev, &b->prop, 0, p, n * IP_COMPLEX);
	ip_free(a);
	ip_free(p);
	return rc;
}

static int need_ops(struct ip_dev *dev)
{
	int rc = ip_dev_need(dev, "transmission");

	return rc < 0 ? rc : ip_dev_need(dev, "multislice");
}

int ip_slab_open(struct ip_slab *b, struct ip_dev *dev,
	const struct ip_simulation *s, size_t slices, size_t block,
	size_t blocks)
{
	const struct ip_grid *g = ip_potential_grid(s->potential);
	size_t points = g->n[0] * g->n[1], bands;
	int rc = need_ops(dev);

	*b = (struct ip_slab){ .dev = dev, .potential = s->potential,
		.sigma = ip_sigma(s->probe.energy), .slices = slices,
		.block = block, .blocks = blocks };
	if (rc < 0 || (rc = ip_grid_band(g, &b->band)) < 0)
		return rc;
	bands = ip_band_count(&b->band);
	b->t = ip_alloc_array(blocks, sizeof *b->t);
	b->holds = ip_alloc_array(blocks, sizeof *b->holds);
	b->host = ip_alloc_array(block * points, sizeof *b->host);
	b->host_real = ip_alloc_array(block * points, sizeof *b->host_real);
	if (!b->t || !b->holds || !b->host || !b->host_real)
		rc = IP_ENOMEM;
	if (rc == 0)
		rc = ip_mem_new(dev, &b->v, block * points * sizeof(ip_real));
	if (rc == 0)
		rc = ip_mem_new(dev, &b->aperture, bands * sizeof(ip_real));
	if (rc == 0)
		rc = ip_mem_new(dev, &b->prop, bands * IP_COMPLEX);
	for (size_t i = 0; rc == 0 && i < blocks; i++)
		rc = ip_mem_new(dev, &b->t[i], block * points * IP_COMPLEX);
	if (rc == 0)
		rc = put_filters(b, g, &s->probe);
	if (rc < 0)
		ip_slab_close(b);
	return rc;
}

void ip_slab_close(struct ip_slab *b)
{
	for (size_t i = 0; b->t && i < b->blocks; i++)
		ip_mem_free(b->dev, &b->t[i]);
	ip_mem_free(b->dev, &b->v);
	ip_mem_free(b->dev, &b->aperture);
	ip_mem_free(b->dev, &b->prop);
	ip_free(b->t);
	ip_free(b->holds);
	ip_free(b->host);
	ip_free(b->host_real);
	*b = (struct ip_slab){ 0 };
}

/* Block number i of the specimen into place (device). */
static int make_block(struct ip_slab *b, size_t i, size_t place)
{
	size_t points = b->band.nx * b->band.ny, first = i * b->block;
	size_t n = b->slices - first < b->block ? b->slices - first : b->block;
	int rc = ip_potential_get(b->potential, first, n, b->host);

	b->holds[place] = 0;
	if (rc < 0)
		return rc;
	for (size_t j = 0; j < n * points; j++)
		b->host_real[j] = (ip_real)b->host[j];
	rc = ip_mem_put(b->dev, &b->v, 0, b->host_real,
		n * points * sizeof *b->host_real);
	if (rc == 0)
		rc = ip_dev_backend(b->dev)->ops->transmission(b->dev,
			&b->t[place], &b->v, &b->aperture, &b->band, b->sigma,
			n);
	if (rc == 0)
		b->holds[place] = i + 1;
	return rc;
}

int ip_slab_run(struct ip_slab *b, struct ip_buf *waves, size_t n,
	size_t from, size_t to)
{
	const struct ip_ops *ops = ip_dev_backend(b->dev)->ops;
	int rc = 0;

	while (rc == 0 && from < to) {
		size_t i = from / b->block, place = i % b->blocks;
		size_t end = (i + 1) * b->block < to ? (i + 1) * b->block : to;
		if (b->holds[place] != i + 1)
			rc = make_block(b, i, place);
		if (rc == 0)
			rc = ops->multislice(b->dev, waves, &b->t[place],
				&b->prop, 0, &b->band, n, from - i * b->block,
				end - from);
		b->done += (double)n * (double)(end - from);
		ip_progress_step((unsigned long)b->done);
		from = end;
	}
	return rc;
}
