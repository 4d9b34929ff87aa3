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
