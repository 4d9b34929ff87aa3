/* Squares of differences, of pixels or of a mean cell. */
#include "core/core.h"
#include <iphase/network.h>
#include "cell_mean.h"
#include "compare.h"

static void compare_pixels(const struct ip_compared *p, double *squares,
	double *spread)
{
	size_t n = p->n[0] * p->n[1];

	for (size_t s = 0; s < IP_NET_SEGMENTS; s++) {
		const double *is = p->measured + s * n;
		const double *said = p->predicted + s * n;
		double mean = 0;
		for (size_t i = 0; i < n; i++)
			mean += is[i] / (double)n;
		for (size_t i = 0; i < n; i++) {
			*squares += (said[i] - is[i]) * (said[i] - is[i]);
			*spread += (is[i] - mean) * (is[i] - mean);
		}
	}
}

/* difference: room for n numbers; c: for the mean cell's. */
static int compare_cells(const struct ip_compared *p,
	const struct ip_cell_mean *m, double *difference, double *c,
	double *squares, double *spread)
{
	size_t n = p->n[0] * p->n[1];
	int rc = 0;

	for (size_t s = 0; rc == 0 && s < IP_NET_SEGMENTS; s++) {
		const double *is = p->measured + s * n;
		for (size_t i = 0; i < n; i++)
			difference[i] = p->predicted[s * n + i] - is[i];
		rc = ip_cell_mean_of(m, difference, c);
		if (rc < 0)
			break;
		*squares += (double)n * (c[0] * c[0] +
			ip_cell_mean_variance(m, c));
		rc = ip_cell_mean_of(m, is, c);
		if (rc == 0)
			*spread += (double)n * ip_cell_mean_variance(m, c);
	}
	return rc;
}

int ip_compare(const struct ip_compared *p, double *squares, double *spread)
{
	struct ip_cell_mean m;
	double *difference, *c;
	int rc;

	if (!p->lattice) {
		compare_pixels(p, squares, spread);
		return 0;
	}
	rc = ip_cell_mean_open(&m, p->n, p->pixel, p->lattice, p->cutoff);
	if (rc < 0)
		return rc;
	difference = ip_alloc_array(p->n[0] * p->n[1], sizeof *difference);
	c = ip_alloc_array(m.terms, 2 * sizeof *c);
	rc = difference && c ? compare_cells(p, &m, difference, c, squares,
		spread) : IP_ENOMEM;
	ip_free(difference);
	ip_free(c);
	ip_cell_mean_close(&m);
	return rc;
}
