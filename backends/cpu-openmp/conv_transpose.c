/*
 * The transposed convolution that doubles a map: for each of the four places
 * (r, s) of a 2 x 2 block a product of the pixels with w[r][s]', which goes to
 * scratch and from there to every other pixel.
 */
#include <limits.h>
#include <omp.h>
#include <string.h>
#include <iphase/threads.h>
#include "core/blas.h"
#include "cpu.h"

/* Pixels of one product: blocks of a picture, which follow its shape alone. */
enum { PIXELS = 256 };

struct job {
	size_t w, c, out, pixels;	/* of x; pixels of a picture */
	size_t block, blocks;		/* pixels a block, blocks a picture */
	const ip_real *x, *weight;
	ip_real *y;
	struct ip_slot to;
};

/* z [n][out] = x [n][c] weight [out][c]' */
static void multiply(ip_real *z, const ip_real *x, const ip_real *weight,
	size_t n, size_t c, size_t out)
{
#ifdef IP_DOUBLE
	cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)n, (int)out,
		(int)c, 1, x, (int)c, weight, (int)c, 0, z, (int)out);
#else
	cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)n, (int)out,
		(int)c, 1, x, (int)c, weight, (int)c, 0, z, (int)out);
#endif
}

/* Unit: a picture's block and one of the four places. */
static void one_unit(const struct job *j, size_t unit, ip_real *z)
{
	size_t place = unit % 4, block = unit / 4 % j->blocks;
	size_t picture = unit / 4 / j->blocks, p = block * j->block;
	size_t end = p + j->block < j->pixels ? p + j->block : j->pixels;
	ip_real *y = j->y + picture * 4 * j->pixels * j->to.pitch + j->to.first;

	multiply(z, j->x + (picture * j->pixels + p) * j->c,
		j->weight + place * j->out * j->c, end - p, j->c, j->out);
	for (; p < end; p++, z += j->out) {
		size_t row = 2 * (p / j->w) + place / 2;
		size_t column = 2 * (p % j->w) + place % 2;

		memcpy(y + (row * 2 * j->w + column) * j->to.pitch, z,
			j->out * sizeof(*z));
	}
}

static int run(struct ip_dev *dev, const struct job *j, size_t pictures)
{
	int threads = ip_threads();
	long u, units = (long)(4 * j->blocks * pictures);
	size_t each = (j->block * j->out + 15) / 16 * 16;
	ip_real *z = ip_cpu_scratch(dev, (size_t)threads * each * sizeof(*z));

	if (z == NULL)
		return IP_ENOMEM;
	ip_blas_single();
#pragma omp parallel for num_threads(threads) schedule(static)
	for (u = 0; u < units; u++)
		one_unit(j, (size_t)u, z + (size_t)omp_get_thread_num() * each);
	return IP_OK;
}

int ip_cpu_conv_transpose(struct ip_dev *dev, struct ip_buf *y,
	const struct ip_slot *slot, const struct ip_buf *x,
	const struct ip_buf *w, const struct ip_map *in, size_t out)
{
	static const char op[] = "conv_transpose";
	struct ip_map to = { in->b, 0, 0, out };
	struct job j;
	int rc;

	if ((rc = ip_cpu_check_map(op, "x", x, in, 0)) < 0)
		return rc;
	if (out == 0 || out > INT_MAX || in->c > INT_MAX)
		return ip_fail(IP_EINVAL, "%s: %zu to %zu channels", op, in->c,
			out);
	/* x is there, so that its pixels doubled twice can be counted */
	to.h = 2 * in->h;
	to.w = 2 * in->w;
	if ((rc = ip_cpu_check_slot(op, y, &to, slot, &j.to)) < 0 ||
		(rc = ip_cpu_check(op, "w", w, 4, out, in->c,
			sizeof(ip_real))) < 0)
		return rc;
	j.w = in->w;
	j.c = in->c;
	j.out = out;
	j.pixels = in->h * in->w;
	j.block = j.pixels < PIXELS ? j.pixels : PIXELS;
	j.blocks = (j.pixels + j.block - 1) / j.block;
	j.x = ip_cpu_at(x);
	j.weight = ip_cpu_at(w);
	j.y = ip_cpu_at(y);
	return run(dev, &j, in->b);
}
