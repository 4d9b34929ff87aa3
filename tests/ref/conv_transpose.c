/* What conv_transpose means. */
#include "ref.h"

void ip_ref_conv_transpose(double *y, const double *x, const double *w,
	const struct ip_map *in, size_t out)
{
	size_t b, i, j, o, c;

	for (b = 0; b < in->b; b++)
		for (i = 0; i < 2 * in->h; i++)
			for (j = 0; j < 2 * in->w; j++)
				for (o = 0; o < out; o++) {
					const double *v = x + ((b * in->h +
						i / 2) * in->w + j / 2) * in->c;
					const double *u = w + ((i % 2 * 2 +
						j % 2) * out + o) * in->c;
					double sum = 0;

					for (c = 0; c < in->c; c++)
						sum += v[c] * u[c];
					*y++ = sum;
				}
}
