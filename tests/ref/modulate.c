/* What modulate means. */
#include "ref.h"

/* Scale and shift of number k of map in: at g[*], g[* + c]. */
static size_t place(const struct ip_map *in, int flat, size_t k)
{
	size_t pixel = k / in->c;

	if (flat)
		pixel /= in->h * in->w;
	return pixel * 2 * in->c + k % in->c;
}

void ip_ref_modulate(double *y, const double *x, const double *g,
	const double *add, const struct ip_map *in, int flat, double slope)
{
	size_t k;

	for (k = 0; k < in->b * in->h * in->w * in->c; k++) {
		const double *at = g + place(in, flat, k);
		double v = x[k] * (1 + at[0]) + at[in->c] + (add ? add[k] : 0);

		y[k] = v > 0 ? v : slope * v;
	}
}

void ip_ref_modulate_grad(double *dx, double *dg, double *dadd,
	const double *dy, const double *y, const double *x, const double *g,
	const struct ip_map *in, int flat, double slope)
{
	size_t pixels = in->b * (flat ? 1 : in->h * in->w), k;

	for (k = 0; k < pixels * 2 * in->c; k++)
		dg[k] = 0;
	for (k = 0; k < in->b * in->h * in->w * in->c; k++) {
		size_t at = place(in, flat, k);

		dadd[k] = y[k] > 0 ? dy[k] : slope * dy[k];
		dx[k] = dadd[k] * (1 + g[at]);
		dg[at] += dadd[k] * x[k];
		dg[at + in->c] += dadd[k];
	}
}
