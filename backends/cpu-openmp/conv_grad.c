/*
 * The gradients of convolutions. That of x is a convolution of dy with w
 * turned round; those of 1 x 1 weights are sums of outer products.
 */
#include <iphase/threads.h>
#include "conv.h"
#include "outer.h"
#include "sizes.h"

enum { PIXELS = 1024 };		/* summed in one go */

/* sum [out] <- the sum over n pixels */
static void add_block(double *sum, const ip_real *dy, size_t n, size_t out)
{
	size_t o;

	for (o = 0; o < out; o++)
		sum[o] = 0;
	for (; n > 0; n--, dy += out)
		for (o = 0; o < out; o++)
			sum[o] += (double)dy[o];
}

static int run_dbias(struct ip_dev *dev, ip_real *dbias, const ip_real *dy,
	size_t pixels, size_t out)
{
	long i, blocks = (long)((pixels + PIXELS - 1) / PIXELS);
	double *sums = ip_cpu_scratch(dev, (size_t)blocks * out *
		sizeof(*sums));
	size_t o;

	if (sums == NULL)
		return IP_ENOMEM;
#pragma omp parallel for num_threads(ip_threads()) schedule(static)
	for (i = 0; i < blocks; i++) {
		size_t at = (size_t)i * PIXELS;

		add_block(sums + (size_t)i * out, dy + at * out,
			least(PIXELS, pixels - at), out);
	}
	for (o = 0; o < out; o++) {
		for (i = 1; i < blocks; i++)
			sums[o] += sums[(size_t)i * out + o];
		dbias[o] = (ip_real)((double)dbias[o] + sums[o]);
	}
	return IP_OK;
}

static int run_dw(struct ip_dev *dev, ip_real *dw, const ip_real *x,
	const ip_real *dy, const struct ip_map *in, size_t out, size_t k)
{
	size_t pixels = in->b * in->h * in->w;
	struct ip_pixel_lines a = { x, pixels, in->c, 0 };
	struct ip_pixel_lines b = { dy, pixels, out, 0 };

	if (k == 1)
		return ip_cpu_outer(dev, dw, 1, in->c, out, pixels, &a, &b);
	return ip_conv_dw(dev, dw, x, dy, in, out);
}

int ip_cpu_conv_grad(struct ip_dev *dev, struct ip_buf *dx,
	struct ip_buf *dw, struct ip_buf *dbias, const struct ip_buf *dy,
	const struct ip_buf *x, const struct ip_buf *w,
	const struct ip_map *in, size_t out, size_t k, int add)
{
	struct ip_conv turned = { { in->b, in->h, in->w, out }, in->c, k,
		ip_cpu_at(dy), ip_cpu_at(w), NULL, NULL, 1, add };
	int rc = ip_op_check_conv_grad(dx, dw, dbias, dy, x, w, in, out, k);

	if (rc < 0)
		return rc;
	if (dx) {
		turned.y = ip_cpu_at(dx);
		if ((rc = ip_conv_run(dev, &turned)) < 0)
			return rc;
	}
	if (dw && (rc = run_dw(dev, ip_cpu_at(dw), ip_cpu_at(x), ip_cpu_at(dy),
			in, out, k)) < 0)
		return rc;
	return dbias ? run_dbias(dev, ip_cpu_at(dbias), ip_cpu_at(dy),
		in->b * in->h * in->w, out) : IP_OK;
}
