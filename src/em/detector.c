/* Which pixels of a diffraction pattern count for which channel. */
#include <math.h>
#include <string.h>
#include "core/core.h"
#include "detector.h"

static const double two_pi = 6.28318530717958647693;

size_t ip_detector_channels(const struct ip_detector *d)
{
	switch (d->kind) {
	case IP_SEGMENTED:
		return (size_t)d->radial * (size_t)d->azimuthal;
	case IP_COM:
		return 2;
	default:
		return 1;
	}
}

int ip_detector_check(const struct ip_detector *d, double cutoff,
	double wavelength)
{
	double limit = 1e3 * wavelength * cutoff;
	double off = hypot(d->offset[0], d->offset[1]);

	if (d->kind == IP_TOTAL || d->kind == IP_COM)
		return IP_OK;
	if (!(d->inner >= 0) || !(d->outer > d->inner) || !isfinite(off) ||
		!isfinite(d->rotation))
		return ip_fail(IP_EINVAL, "detector: %g to %g mrad; expected "
			"0 <= inner < outer", d->inner, d->outer);
	if (d->kind == IP_SEGMENTED && (d->radial < 1 || d->azimuthal < 1 ||
		d->radial > 1000 || d->azimuthal > 1000))
		return ip_fail(IP_EINVAL, "detector: %d x %d segments; "
			"expected 1 to 1000 each", d->radial, d->azimuthal);
	if (!(d->outer + off <= limit))
		return ip_fail(IP_EPHYSICS, "detector: outer %g mrad%s lies "
			"beyond the grid's band limit of %.1f mrad; take a "
			"finer grid", d->outer, off > 0 ? " with its offset"
			: "", limit);
	return IP_OK;
}

/* The channel of a pixel at (kx, ky), or -1. */
static int channel(const struct ip_detector *d, double wavelength, double kx,
	double ky)
{
	double ax = 1e3 * wavelength * kx - d->offset[0];
	double ay = 1e3 * wavelength * ky - d->offset[1];
	double alpha = hypot(ax, ay), phi;
	int ring, sector;

	if (!(alpha >= d->inner && alpha < d->outer))
		return -1;
	if (d->kind != IP_SEGMENTED)
		return 0;
	phi = fmod(atan2(ay, ax) - d->rotation, two_pi);
	if (phi < 0)
		phi += two_pi;
	ring = (int)floor(d->radial * (alpha - d->inner) /
		(d->outer - d->inner));
	sector = (int)floor(d->azimuthal * phi / two_pi);
	if (ring > d->radial - 1)
		ring = d->radial - 1;
	if (sector > d->azimuthal - 1)
		sector = d->azimuthal - 1;
	return sector + d->azimuthal * ring;
}

int ip_detector_labels(const struct ip_detector *d, const struct ip_grid *g,
	double wavelength, int16_t *labels)
{
	long nx = (long)g->n[0], ny = (long)g->n[1], i, j;
	int rc;

	if (d->kind != IP_SEGMENTED && d->kind != IP_ANNULAR)
		return ip_fail(IP_EINVAL, "detector: only segmented and "
			"annular ones have labels");
	if ((rc = ip_detector_check(d, ip_grid_cutoff(g), wavelength)) < 0)
		return rc;
	if (ip_detector_channels(d) > INT16_MAX)
		return ip_fail(IP_ELIMIT, "detector: %zu channels; expected "
			"at most %d", ip_detector_channels(d), INT16_MAX);
	for (i = 0; i < nx; i++)
		for (j = 0; j < ny; j++)
			labels[i * ny + j] = (int16_t)channel(d, wavelength,
				(double)(i < (nx + 1) / 2 ? i : i - nx) /
				g->length[0],
				(double)(j < (ny + 1) / 2 ? j : j - ny) /
				g->length[1]);
	return IP_OK;
}

size_t ip_detector_entries(const struct ip_detector *d, size_t base,
	double wavelength, double kx, double ky, struct ip_entry *e)
{
	int c;

	switch (d->kind) {
	case IP_COM:
		e[0].channel = (uint32_t)base;
		e[0].weight = (ip_real)kx;
		e[1].channel = (uint32_t)base + 1;
		e[1].weight = (ip_real)ky;
		return 2;
	case IP_TOTAL:
		c = 0;
		break;
	default:
		if ((c = channel(d, wavelength, kx, ky)) < 0)
			return 0;
	}
	e[0].channel = (uint32_t)base + (uint32_t)c;
	e[0].weight = 1;
	return 1;
}

struct lists {
	uint32_t *pixel, *first, *channel;
	ip_real *weight;
	size_t rows, count;
};

/* Walk the band; count only, or fill the lists if they have room. */
static void walk(const struct ip_detector *d, size_t n,
	const struct ip_grid *g, double wavelength,
	const struct ip_band *band, struct lists *out)
{
	long hx = (long)band->hx, hy = (long)band->hy, i, j;
	uint32_t pixel = 0;
	struct ip_entry e[IP_ENTRIES];
	size_t q, k, m, base, before;

	out->rows = out->count = 0;
	for (i = -hx; i <= hx; i++)
		for (j = -hy; j <= hy; j++, pixel++) {
			before = out->count;
			for (q = base = 0; q < n; q++) {
				m = ip_detector_entries(&d[q], base,
					wavelength, (double)i / g->length[0],
					(double)j / g->length[1], e);
				base += ip_detector_channels(&d[q]);
				for (k = 0; k < m; k++, out->count++) {
					if (out->pixel == NULL)
						continue;
					out->channel[out->count] = e[k].channel;
					out->weight[out->count] = e[k].weight;
				}
			}
			if (out->count == before)
				continue;
			if (out->pixel != NULL) {
				out->pixel[out->rows] = pixel;
				out->first[out->rows + 1] =
					(uint32_t)out->count;
			}
			out->rows++;
		}
}

/* A channel without pixels would be a picture of zeros. */
static int every_channel(const struct ip_pixels *p)
{
	size_t *seen = ip_alloc_array(p->channels, sizeof(*seen)), e, c;

	if (seen == NULL)
		return IP_ENOMEM;
	for (e = 0; e < p->first[p->rows]; e++)
		seen[p->channel[e]]++;
	for (c = 0; c < p->channels && seen[c] > 0; c++)
		;
	ip_free(seen);
	if (c < p->channels)
		return ip_fail(IP_EPHYSICS, "detector: no pixel of the grid "
			"falls on channel %zu of %zu; take a larger field or "
			"larger segments", c, p->channels);
	return IP_OK;
}

int ip_detector_pixels(const struct ip_detector *d, size_t count,
	const struct ip_grid *g, double wavelength, struct ip_pixels *pixels)
{
	struct ip_band band;
	struct lists l;
	size_t i, channels = 0;
	int rc;

	if ((rc = ip_grid_band(g, &band)) < 0)
		return rc;
	for (i = 0; i < count; i++) {
		if ((rc = ip_detector_check(&d[i], ip_grid_cutoff(g),
				wavelength)) < 0)
			return rc;
		channels += ip_detector_channels(&d[i]);
	}
	memset(&l, 0, sizeof(l));
	walk(d, count, g, wavelength, &band, &l);
	if (l.rows == 0)
		return ip_fail(IP_EPHYSICS, "detector: no pixel of the grid "
			"falls on it; take a larger field");
	l.pixel = ip_alloc_array(l.rows, sizeof(*l.pixel));
	l.first = ip_alloc_array(l.rows + 1, sizeof(*l.first));
	l.channel = ip_alloc_array(l.count, sizeof(*l.channel));
	l.weight = ip_alloc_array(l.count, sizeof(*l.weight));
	pixels->rows = l.rows;
	pixels->channels = channels;
	pixels->pixel = l.pixel;
	pixels->first = l.first;
	pixels->channel = l.channel;
	pixels->weight = l.weight;
	if (l.pixel == NULL || l.first == NULL || l.channel == NULL ||
		l.weight == NULL) {
		ip_pixels_free(pixels);
		return IP_ENOMEM;
	}
	walk(d, count, g, wavelength, &band, &l);
	if ((rc = every_channel(pixels)) < 0)
		ip_pixels_free(pixels);
	return rc;
}

void ip_pixels_free(struct ip_pixels *p)
{
	ip_free((void *)(uintptr_t)p->pixel);
	ip_free((void *)(uintptr_t)p->first);
	ip_free((void *)(uintptr_t)p->channel);
	ip_free((void *)(uintptr_t)p->weight);
	memset(p, 0, sizeof(*p));
}
