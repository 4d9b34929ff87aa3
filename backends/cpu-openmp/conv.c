/*
 * Convolutions: products of pixels, or of the 3 x 3 pixels around each laid
 * side by side, with the weights, which are copied into panels first.
 */
#include <omp.h>
#include <string.h>
#include <iphase/threads.h>
#include "cpu.h"

/* Pixels of a task: blocks of a picture, which follow its shape alone. */
enum { PIXELS = 128 };

struct conv {
	struct ip_map in;
	size_t out, k;
	size_t depth;			/* k k in.c */
	size_t panel, panels;		/* columns a panel */
	size_t blocks;			/* of a picture */
	const ip_real *x, *w, *bias;
	ip_real *y, *packed;
	const struct ip_loops *loops;
};

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* packed [panels][depth][panel] <- w [depth][out], zeros behind */
static void pack(const struct conv *j, size_t at)
{
	ip_real *to = j->packed + at * j->depth * j->panel;
	const ip_real *from = j->w + at * j->panel;
	size_t n = least(j->panel, j->out - at * j->panel), d;

	for (d = 0; d < j->depth; d++, to += j->panel, from += j->out) {
		memcpy(to, from, n * sizeof(*to));
		memset(to + n, 0, (j->panel - n) * sizeof(*to));
	}
}

/* a [3][3][in.c] <- what surrounds a pixel of x */
static void surround(const struct conv *j, ip_real *a, const ip_real *x,
	size_t row, size_t column)
{
	size_t c = j->in.c, r, s;

	for (r = row; r < row + 3; r++)
		for (s = column; s < column + 3; s++, a += c)
			if (r - 1 < j->in.h && s - 1 < j->in.w)
				memcpy(a, x + ((r - 1) * j->in.w + s - 1) * c,
					c * sizeof(*a));
			else
				memset(a, 0, c * sizeof(*a));
}

static void one_block(const struct conv *j, size_t block, ip_real *a)
{
	size_t pixels = j->in.h * j->in.w, picture = block / j->blocks;
	size_t first = block % j->blocks * PIXELS, i;
	size_t n = least(PIXELS, pixels - first);
	const ip_real *x = j->x + picture * pixels * j->in.c;
	struct ip_product p = { n, 0, j->depth, j->depth, j->panel, 0, j->out,
		a, NULL, NULL, NULL };

	if (j->k == 1)
		p.a = x + first * j->in.c;
	else
		for (i = 0; i < n; i++)
			surround(j, a + i * j->depth, x, (first + i) / j->in.w,
				(first + i) % j->in.w);
	for (i = 0; i < j->panels; i++) {
		p.columns = least(j->panel, j->out - i * j->panel);
		p.b = j->packed + i * j->depth * j->panel;
		p.start = j->bias ? j->bias + i * j->panel : NULL;
		p.c = j->y + (picture * pixels + first) * j->out +
			i * j->panel;
		j->loops->product(&p);
	}
}

static int run(struct ip_dev *dev, struct conv *j)
{
	size_t weights = j->panels * j->panel * j->depth;
	size_t each = (PIXELS * j->depth + 15) / 16 * 16;
	int threads = ip_threads();
	ip_real *rooms;
	long i;

	weights = (weights + 15) / 16 * 16;
	j->packed = ip_cpu_scratch(dev, (weights + (size_t)threads * each) *
		sizeof(*rooms));
	if (j->packed == NULL)
		return IP_ENOMEM;
	rooms = j->packed + weights;
#pragma omp parallel for num_threads(threads) schedule(static)
	for (i = 0; i < (long)j->panels; i++)
		pack(j, (size_t)i);
#pragma omp parallel for num_threads(threads) schedule(static)
	for (i = 0; i < (long)(j->in.b * j->blocks); i++)
		one_block(j, (size_t)i, rooms +
			(size_t)omp_get_thread_num() * each);
	return IP_OK;
}

static int check(const struct ip_buf *y, const struct ip_buf *x,
	const struct ip_buf *w, const struct ip_buf *bias,
	const struct ip_map *in, size_t out, size_t k)
{
	static const char op[] = "conv";
	size_t real = sizeof(ip_real);
	int rc;

	if (k != 1 && k != 3)
		return ip_fail(IP_EINVAL, "%s: a kernel of %zu x %zu, expected "
			"1 x 1 or 3 x 3", op, k, k);
	if (out == 0)
		return ip_fail(IP_EINVAL, "%s: %zu to %zu channels", op, in->c,
			out);
	if ((rc = ip_cpu_check_map(op, "x", x, in, 0)) < 0 ||
		(rc = ip_cpu_check_map(op, "y", y, in, out)) < 0 ||
		(rc = ip_cpu_check(op, "w", w, k * k, in->c, out, real)) < 0 ||
		(bias && (rc = ip_cpu_check(op, "bias", bias, out, 1, 1,
			real)) < 0))
		return rc;
	return IP_OK;
}

int ip_cpu_conv(struct ip_dev *dev, struct ip_buf *y, const struct ip_buf *x,
	const struct ip_buf *w, const struct ip_buf *bias,
	const struct ip_map *in, size_t out, size_t k)
{
	struct conv j = { *in, out, k, k * k * in->c, 0, 0, 0, ip_cpu_at(x),
		ip_cpu_at(w), bias ? ip_cpu_at(bias) : NULL, ip_cpu_at(y),
		NULL, ip_loops() };
	size_t vectors = (out + j.loops->lanes - 1) / j.loops->lanes;
	int rc;

	if ((rc = check(y, x, w, bias, in, out, k)) < 0)
		return rc;
	j.panels = (vectors + 2) / 3;
	j.panel = (vectors + j.panels - 1) / j.panels * j.loops->lanes;
	j.blocks = (in->h * in->w + PIXELS - 1) / PIXELS;
	return run(dev, &j);
}
