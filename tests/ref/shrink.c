/* What shrink means. */
#include "ref.h"

void ip_ref_shrink(double *y, const double *x, const struct ip_map *in,
	size_t first, size_t count, size_t rows, size_t columns)
{
	size_t i, j, k, p;

	for (i = 0; i < in->b * in->h; i += rows)
		for (j = 0; j < in->w; j += columns)
			for (k = first; k < first + count; k++) {
				double sum = 0;

				for (p = 0; p < rows * columns; p++)
					sum += x[((i + p / columns) * in->w +
						j + p % columns) * in->c + k];
				*y++ = sum / (double)(rows * columns);
			}
}
