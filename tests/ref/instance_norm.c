/* What instance_norm means. */
#include <math.h>
#include "ref.h"

void ip_ref_instance_norm(double *y, double *stats, const double *x,
	const double *add, const struct ip_map *in, double eps, double slope)
{
	size_t pixels = in->h * in->w, b, i, p;

	for (b = 0; b < in->b; b++)
		for (i = 0; i < in->c; i++) {
			size_t first = b * pixels * in->c + i;
			double *s = stats + 2 * (b * in->c + i);
			double mean = 0, variance = 0;

			for (p = 0; p < pixels; p++)
				mean += x[first + p * in->c];
			mean /= (double)pixels;
			for (p = 0; p < pixels; p++)
				variance += pow(x[first + p * in->c] - mean, 2);
			variance /= (double)pixels;
			s[0] = mean;
			s[1] = 1 / sqrt(variance + eps);
			for (p = 0; p < pixels; p++) {
				size_t at = first + p * in->c;
				double v = (x[at] - mean) * s[1] +
					(add ? add[at] : 0);

				y[at] = v > 0 ? v : slope * v;
			}
		}
}

/* One channel of one picture: pixels at steps of c. */
static void channel_grad(double *dx, double *dadd, const double *dy,
	const double *x, const double *add, size_t pixels, size_t c,
	double eps, double slope)
{
	double n = (double)pixels, mean = 0, variance = 0;
	double of_g = 0, of_both = 0, scale;
	size_t i;

	for (i = 0; i < pixels * c; i += c)
		mean += x[i] / n;
	for (i = 0; i < pixels * c; i += c)
		variance += pow(x[i] - mean, 2) / n;
	scale = 1 / sqrt(variance + eps);
	for (i = 0; i < pixels * c; i += c) {
		double xhat = (x[i] - mean) * scale;

		dadd[i] = dy[i] * (xhat + (add ? add[i] : 0) > 0 ? 1 : slope);
		of_g += dadd[i] / n;
		of_both += dadd[i] * xhat / n;
	}
	for (i = 0; i < pixels * c; i += c)
		dx[i] = scale * (dadd[i] - of_g - (x[i] - mean) * scale *
			of_both);
}

void ip_ref_instance_norm_grad(double *dx, double *dadd, const double *dy,
	const double *x, const double *add, const struct ip_map *in,
	double eps, double slope)
{
	size_t pixels = in->h * in->w, b, i;

	for (b = 0; b < in->b; b++)
		for (i = 0; i < in->c; i++) {
			size_t first = b * pixels * in->c + i;

			channel_grad(dx + first, dadd + first, dy + first,
				x + first, add ? add + first : NULL, pixels,
				in->c, eps, slope);
		}
}
