/* What the gradients of conv_transpose mean. */
#include "ref.h"

void ip_ref_conv_transpose_grad(double *dx, double *dw, const double *dy,
	const double *x, const double *w, const struct ip_map *in, size_t out)
{
	size_t b, i, j, o, c;

	for (b = 0; b < in->b; b++)
		for (i = 0; i < 2 * in->h; i++)
			for (j = 0; j < 2 * in->w; j++)
				for (o = 0; o < out; o++, dy++) {
					size_t at = ((b * in->h + i / 2) *
						in->w + j / 2) * in->c;
					size_t tap = ((i % 2 * 2 + j % 2) *
						out + o) * in->c;

					for (c = 0; c < in->c; c++) {
						dx[at + c] += *dy * w[tap + c];
						dw[tap + c] += *dy * x[at + c];
					}
				}
}
