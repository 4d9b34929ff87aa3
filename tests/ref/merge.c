/* What merge means. */
#include "ref.h"

void ip_ref_merge(double *y, const double *x, const struct ip_map *in)
{
	size_t b, i, j, k, c;

	for (b = 0; b < in->b; b++)
		for (i = 0; i < in->h / 2; i++)
			for (j = 0; j < in->w / 2; j++)
				for (k = 0; k < 4; k++)
					for (c = 0; c < in->c; c++)
						*y++ = x[((b * in->h + 2 * i +
							k % 2) * in->w + 2 * j +
							k / 2) * in->c + c];
}

void ip_ref_merge_grad(double *dx, const double *dy, const struct ip_map *in,
	int add)
{
	size_t b, i, j, k, c;

	for (b = 0; b < in->b; b++)
		for (i = 0; i < in->h / 2; i++)
			for (j = 0; j < in->w / 2; j++)
				for (k = 0; k < 4; k++)
					for (c = 0; c < in->c; c++) {
						double *to = dx + ((b * in->h +
							2 * i + k % 2) * in->w +
							2 * j + k / 2) * in->c +
							c;

						*to = *dy++ + (add ? *to : 0);
					}
}
