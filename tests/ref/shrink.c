/* What shrink means. */
#include "ref.h"

void ip_ref_shrink(double *y, const double *x, const struct ip_map *in,
	size_t first, size_t count, size_t rows, size_t columns)
{
	size_t b, i, j, r, s, k;

	for (b = 0; b < in->b; b++)
		for (i = 0; i < in->h; i += rows)
			for (j = 0; j < in->w; j += columns)
				for (k = first; k < first + count; k++) {
					double sum = 0;

					for (r = i; r < i + rows; r++)
						for (s = j; s < j + columns; s++)
							sum += x[((b * in->h +
								r) * in->w +
								s) * in->c + k];
					*y++ = sum / (double)(rows * columns);
				}
}
