/* The grid of the waves and its band limit. */
#include <math.h>
#include "core/core.h"
#include <iphase/em.h>

static const double pi = 3.14159265358979323846;

static double pixel(const struct ip_grid *g)
{
	return fmax(g->length[0] / (double)g->n[0],
		g->length[1] / (double)g->n[1]);
}

/* The peer's two thirds have seven digits. */
double ip_grid_cutoff(const struct ip_grid *g)
{
	return 0.6666666 / (2 * pixel(g));
}

double ip_grid_aperture(const struct ip_grid *g, double k)
{
	double edge = ip_grid_cutoff(g), width = 0.01 / pixel(g);

	if (k > edge)
		return 0;
	if (k <= edge - width)
		return 1;
	return 0.5 * (1 + cos(pi * (k - edge + width) / width));
}

int ip_grid_band(const struct ip_grid *g, struct ip_band *band)
{
	size_t h[2];
	int i;

	for (i = 0; i < 2; i++) {
		if (!(g->length[i] > 0) || !isfinite(g->length[i]))
			return ip_fail(IP_EINVAL, "grid: a length of %g "
				"Angstrom; expected a positive number",
				g->length[i]);
		if (g->n[i] < 4 || g->n[i] > 16384 ||
			!ip_fft_size_ok(g->n[i]))
			return ip_fail(IP_EINVAL, "grid: %zu points; expected "
				"4 to 16384 with no prime factors but 2, 3, "
				"5, 7; the next is %zu", g->n[i],
				ip_fft_size(g->n[i] < 4 ? 4 : g->n[i]));
	}
	for (i = 0; i < 2; i++) {
		h[i] = (size_t)floor(ip_grid_cutoff(g) * g->length[i]);
		if (h[i] > (g->n[i] - 1) / 2)
			h[i] = (g->n[i] - 1) / 2;
	}
	band->nx = g->n[0];
	band->ny = g->n[1];
	band->hx = h[0];
	band->hy = h[1];
	return IP_OK;
}
