/* What the gradients of convolutions mean: each product of the forward sum,
 * y(p, o) += x(q, c) w(c, o), gives one to x(q, c) and one to w(c, o). */
#include "ref.h"

struct grad { double *dx, *dw; };

static void add_pixel(const struct grad *g, const double *dy, const double *x,
	const double *w, size_t c, size_t out)
{
	size_t i, o;

	for (i = 0; i < c; i++)
		for (o = 0; o < out; o++) {
			g->dx[i] += dy[o] * w[i * out + o];
			g->dw[i * out + o] += dy[o] * x[i];
		}
}

/* the pixel (i, j), all taps */
static void add_taps(const struct grad *g, const double *dy, const double *x,
	const double *w, const struct ip_map *in, size_t out, size_t k,
	size_t i, size_t j)
{
	size_t r, s, tap = in->c * out;

	for (r = i - k / 2; r != i - k / 2 + k; r++)
		for (s = j - k / 2; s != j - k / 2 + k; s++) {
			size_t t = (r - i + k / 2) * k + s - j + k / 2;
			size_t at = (r * in->w + s) * in->c;
			struct grad to = { g->dx + at, g->dw + t * tap };

			if (r < in->h && s < in->w)	/* nor below zero */
				add_pixel(&to, dy, x + at, w + t * tap, in->c,
					out);
		}
}

void ip_ref_conv_grad(double *dx, double *dw, double *dbias, const double *dy,
	const double *x, const double *w, const struct ip_map *in, size_t out,
	size_t k)
{
	size_t picture = in->h * in->w * in->c, b, i, j, o;

	for (b = 0; b < in->b; b++, x += picture, dx += picture)
		for (i = 0; i < in->h; i++)
			for (j = 0; j < in->w; j++, dy += out) {
				struct grad g = { dx, dw };

				add_taps(&g, dy, x, w, in, out, k, i, j);
				for (o = 0; o < out; o++)
					dbias[o] += dy[o];
			}
}
