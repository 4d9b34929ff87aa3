/* What conv means. */
#include "ref.h"

/* y [out] += the pixel (i, j) of picture x times w[r][s] */
static void add_pixel(double *y, const double *x, const double *w,
	const struct ip_map *in, size_t out, size_t i, size_t j)
{
	size_t c, o;

	if (i >= in->h || j >= in->w)	/* also below zero */
		return;
	x += (i * in->w + j) * in->c;
	for (c = 0; c < in->c; c++)
		for (o = 0; o < out; o++)
			y[o] += x[c] * w[c * out + o];
}

void ip_ref_conv(double *y, const double *x, const double *w,
	const double *bias, const struct ip_map *in, size_t out, size_t k)
{
	size_t b, i, j, r, s, o, reach = k / 2;

	for (b = 0; b < in->b; b++, x += in->h * in->w * in->c)
		for (i = 0; i < in->h; i++)
			for (j = 0; j < in->w; j++, y += out) {
				for (o = 0; o < out; o++)
					y[o] = bias ? bias[o] : 0;
				for (r = 0; r < k; r++)
					for (s = 0; s < k; s++)
						add_pixel(y, x, w +
							(r * k + s) * in->c *
							out, in, out,
							i + r - reach,
							j + s - reach);
			}
}
