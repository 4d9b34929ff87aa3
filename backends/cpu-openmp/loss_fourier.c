/*
 * The part of the loss that compares the moduli of Fourier transforms: the sum
 * of ||P| - |T|| over the w/2 + 1 columns that a transform of real numbers
 * gives. Its gradient is Re(sum of G exp(+2 pi i ...)) over these columns,
 * G = sign(|P| - |T|) P / |P|.
 */
#include <math.h>
#include <omp.h>
#include <iphase/threads.h>
#include "cpu.h"
#include "sizes.h"

/* What the reference adds to every number. */
#define SHIFT ((ip_real)1e-8)

struct job {
	const struct ip_fft_half *fft;
	size_t h, w, c, pitch;
	size_t apart;		/* of the two arrays of a channel, in reals */
	const ip_real *p, *t;
	ip_real *dp;
	double scale;		/* of the gradient */
	double *sums;		/* [b][c] */
};

/* A channel of a picture in rows as the transform wants them. */
static void gather(const struct job *j, ip_real *to, const ip_real *from)
{
	size_t y, x;

	for (y = 0; y < j->h; y++, to += j->pitch, from += j->w * j->c)
		for (x = 0; x < j->w; x++)
			to[x] = from[x * j->c] + SHIFT;
}

static void scatter(const struct job *j, ip_real *to, const ip_real *from)
{
	size_t y, x;

	for (y = 0; y < j->h; y++, from += j->pitch, to += j->w * j->c)
		for (x = 0; x < j->w; x++)
			to[x * j->c] += from[x];
}

/* p <- scale sign(|p| - |t|) p / |p|; gives ||p| - |t||. In double, where no
 * square of a float32 is 0 or infinite. */
static double compare(ip_real *p, const ip_real *t, double scale)
{
	double re = (double)p[0], im = (double)p[1];
	double other_re = (double)t[0], other_im = (double)t[1];
	double size = sqrt(re * re + im * im);
	double d = size - sqrt(other_re * other_re + other_im * other_im);

	if (size == 0 || d == 0)
		scale = 0;
	else
		scale = (d < 0 ? -scale : scale) / size;
	p[0] = (ip_real)(scale * re);
	p[1] = (ip_real)(scale * im);
	return fabs(d);
}

/* The transform back takes each column but the first and, for even w, the
 * last for two that mirror each other: these are halved. */
static double misfit(const struct job *j, ip_real *p, const ip_real *t)
{
	size_t y, k, kept = j->w / 2 + 1;
	double sum = 0;

	for (y = 0; y < j->h; y++, p += j->pitch, t += j->pitch)
		for (k = 0; k < kept; k++)
			sum += compare(p + 2 * k, t + 2 * k, k == 0 ||
				2 * k == j->w ? j->scale : j->scale / 2);
	return sum;
}

/* Channel u % c of picture u / c. */
static void channel(const struct job *j, size_t u, ip_real *room)
{
	size_t at = u / j->c * j->h * j->w * j->c + u % j->c;
	ip_real *other = room + j->apart;

	gather(j, room, j->p + at);
	gather(j, other, j->t + at);
	ip_fft_half_forth(j->fft, room);
	ip_fft_half_forth(j->fft, other);
	j->sums[u] = misfit(j, room, other);
	ip_fft_half_back(j->fft, room);
	scatter(j, j->dp + at, room);
}

static int run(struct ip_dev *dev, struct job *j, size_t units)
{
	/* whole cache lines, so that both arrays are aligned */
	size_t each = up(j->h * j->pitch, 16);
	int threads = ip_threads();
	ip_real *room;
	char *memory;
	long u;

	if ((size_t)threads > units)
		threads = (int)units;
	memory = ip_cpu_scratch(dev, (size_t)threads * 2 * each *
		sizeof(*room) + units * sizeof(*j->sums));
	if (memory == NULL)
		return IP_ENOMEM;
	room = (ip_real *)(void *)memory;
	j->apart = each;
	j->sums = (double *)(void *)(room + (size_t)threads * 2 * each);
#pragma omp parallel for num_threads(threads) schedule(static)
	for (u = 0; u < (long)units; u++)
		channel(j, (size_t)u, room + (size_t)omp_get_thread_num() * 2 *
			each);
	return IP_OK;
}

int ip_cpu_loss_fourier(struct ip_dev *dev, struct ip_buf *part,
	struct ip_buf *dp, const struct ip_buf *p, const struct ip_buf *t,
	const struct ip_map *m, int orthonormal, double weight)
{
	size_t units = m->b * m->c, u;
	double share, sum = 0;
	struct job j;
	int rc;

	if ((rc = ip_op_check_loss_fourier(part, dp, p, t, m)) < 0 ||
		(rc = ip_fft_half(&j.fft, IP_FFT_REAL, m->h, m->w)) < 0)
		return rc;
	j.h = m->h;
	j.w = m->w;
	j.c = m->c;
	j.pitch = 2 * (m->w / 2 + 1);
	j.p = ip_cpu_at(p);
	j.t = ip_cpu_at(t);
	j.dp = ip_cpu_at(dp);
	share = 1 / ((double)(units * m->h) * (double)(m->w / 2 + 1));
	if (orthonormal)
		share /= sqrt((double)m->h * (double)m->w);
	j.scale = weight * share;
	if ((rc = run(dev, &j, units)) < 0)
		return rc;
	for (u = 0; u < units; u++)
		sum += j.sums[u];
	*(ip_real *)ip_cpu_at(part) = (ip_real)(sum * share);
	return IP_OK;
}
