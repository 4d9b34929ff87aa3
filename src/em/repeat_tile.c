/*
 * A crystal's transmission functions on a device: whole periods one after
 * the other if they are short, else one part of the period at a time.
 */
#include <math.h>
#include "core/core.h"
#include "repeat.h"

/* Slices whose potential is made at once, and held in double. */
#define BLOCK 8

static size_t block_of(size_t slices)
{
	return slices < BLOCK ? slices : BLOCK;
}

/* The transmission functions see kappa + G - (kappa + G'): a true g. */
static int put_aperture(struct ip_repeat_tile *t)
{
	const struct ip_period *p = t->period;
	const struct ip_band *b = &p->band;
	size_t count = ip_band_count(b), by = 2 * b->hy + 1;
	ip_real *a = ip_alloc_array(count, sizeof *a);
	double g[2];
	int rc = a ? 0 : IP_ENOMEM;

	for (size_t i = 0; rc == 0 && i < count; i++) {
		ip_reciprocal_vector(p->b, (double)(i / by) - (double)b->hx,
			(double)(i % by) - (double)b->hy, g);
		a[i] = (ip_real)ip_grid_aperture(&p->pixel, hypot(g[0], g[1]));
	}
	if (rc == 0)
		rc = ip_mem_new(t->dev, &t->aperture, count * sizeof *a);
	if (rc == 0)
		rc = ip_mem_put(t->dev, &t->aperture, 0, a, count * sizeof *a);
	ip_free(a);
	return rc;
}

int ip_repeat_tile_open(struct ip_repeat_tile *t, struct ip_dev *dev,
	const struct ip_period *p, double energy, size_t slices)
{
	size_t points = p->n[0] * p->n[1];
	int rc;

	*t = (struct ip_repeat_tile){ .dev = dev, .period = p,
		.sigma = ip_sigma(energy), .slices = slices,
		.block = block_of(slices),
		.cycle = slices > p->slices ? slices : p->slices,
		.first = SIZE_MAX };
	t->host = ip_alloc_array(t->block * points, sizeof *t->host);
	t->host_real = ip_alloc_array(t->block * points, sizeof *t->host_real);
	if (!t->host || !t->host_real)
		return IP_ENOMEM;
	rc = put_aperture(t);
	if (rc == 0)
		rc = ip_mem_new(dev, &t->v, slices * points * sizeof(ip_real));
	if (rc == 0)
		rc = ip_mem_new(dev, &t->t, slices * points * IP_COMPLEX);
	return rc;
}

void ip_repeat_tile_close(struct ip_repeat_tile *t)
{
	ip_mem_free(t->dev, &t->t);
	ip_mem_free(t->dev, &t->v);
	ip_mem_free(t->dev, &t->aperture);
	ip_free(t->host);
	ip_free(t->host_real);
}

double ip_repeat_tile_memory(const struct ip_period *p, size_t slices)
{
	double points = (double)p->n[0] * (double)p->n[1];
	double block = (double)block_of(slices);
	double threads = fmin(block, (double)p->slices);

	return points * ((double)slices * (IP_COMPLEX + sizeof(ip_real)) +
		block * (sizeof(double) + sizeof(ip_real))) +
		threads * ip_period_scratch(p) +
		(double)ip_band_count(&p->band) * 2 * sizeof(ip_real);
}

/* The part of the cycle from slice `first` on. */
static int load(struct ip_repeat_tile *t, size_t first)
{
	size_t points = t->period->n[0] * t->period->n[1], n;
	size_t count = t->cycle - first < t->slices ? t->cycle - first :
		t->slices;
	int rc = 0;

	t->first = SIZE_MAX;
	for (size_t i = 0; rc == 0 && i < count; i += n) {
		n = count - i < t->block ? count - i : t->block;
		rc = ip_period_get(t->period, first + i, n, t->host);
		for (size_t j = 0; j < n * points; j++)
			t->host_real[j] = (ip_real)t->host[j];
		if (rc == 0)
			rc = ip_mem_put(t->dev, &t->v, i * points *
				sizeof(ip_real), t->host_real,
				n * points * sizeof(ip_real));
	}
	if (rc == 0)
		rc = ip_dev_backend(t->dev)->ops->transmission(t->dev, &t->t,
			&t->v, &t->aperture, &t->period->band, t->sigma,
			count);
	if (rc == 0)
		t->first = first;
	return rc;
}

int ip_repeat_tile_run(struct ip_repeat_tile *t, struct ip_buf *waves,
	const struct ip_buf *prop, int per_wave, size_t n, size_t from,
	size_t to)
{
	const struct ip_ops *ops = ip_dev_backend(t->dev)->ops;
	int rc = 0;

	while (rc == 0 && from < to) {
		size_t at = from % t->cycle, first = at / t->slices * t->slices;
		size_t end = first + t->slices < t->cycle ?
			first + t->slices : t->cycle;
		size_t count = end - at < to - from ? end - at : to - from;
		if (t->first != first)
			rc = load(t, first);
		if (rc == 0)
			rc = ops->multislice(t->dev, waves, &t->t, prop,
				per_wave, &t->period->band, n, at - first,
				count);
		t->done += (double)n * (double)count;
		ip_progress_step((unsigned long)t->done);
		from += count;
	}
	return rc;
}
