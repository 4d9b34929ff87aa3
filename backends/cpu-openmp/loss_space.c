/*
 * The parts of the loss that compare pixels and their neighbours' differences.
 * A row of a picture is gone over once: what its pixels get from the
 * differences to the row above is computed there again.
 */
#include <math.h>
#include <iphase/threads.h>
#include "cpu.h"

enum { PIXEL, DOWN, RIGHT, SUMS };

struct job {
	size_t h, w, c;
	const ip_real *p, *t;
	ip_real *dp;
	ip_real weight[SUMS];
	double *sums;		/* [b][h][SUMS] */
};

static ip_real absolute(ip_real x)
{
	return x < 0 ? -x : x;
}

static ip_real sign(ip_real x)
{
	return (ip_real)((x > 0) - (x < 0));
}

/* What ||a| - |b|| is, and its derivative with respect to a. */
struct misfit { ip_real value, slope; };
static struct misfit misfit(ip_real a, ip_real b)
{
	ip_real d = absolute(a) - absolute(b);
	struct misfit m = { absolute(d), sign(d) * sign(a) };

	return m;
}

/* Beyond the border is the pixel at the border: a difference of 0, of which
 * nothing comes. */
static void row(const struct job *j, size_t r)
{
	size_t n = j->w * j->c, y = r % j->h, i;
	const ip_real *p = j->p + r * n, *t = j->t + r * n;
	size_t up = y > 0 ? n : 0, down = y + 1 < j->h ? n : 0;
	double sum[SUMS] = { 0 };

	for (i = 0; i < n; i++) {
		size_t left = i < j->c ? i : i - j->c;
		size_t right = i + j->c < n ? i + j->c : i;
		ip_real d = p[i] - t[i];
		struct misfit u, v, l, m;

		u = misfit(p[i] - (p - up)[i], t[i] - (t - up)[i]);
		v = misfit(p[i + down] - p[i], t[i + down] - t[i]);
		l = misfit(p[i] - p[left], t[i] - t[left]);
		m = misfit(p[right] - p[i], t[right] - t[i]);
		sum[PIXEL] += (double)absolute(d);
		sum[DOWN] += (double)v.value;
		sum[RIGHT] += (double)m.value;
		j->dp[r * n + i] = j->weight[PIXEL] * sign(d) +
			j->weight[DOWN] * (u.slope - v.slope) +
			j->weight[RIGHT] * (l.slope - m.slope);
	}
	for (i = 0; i < SUMS; i++)
		j->sums[r * SUMS + i] = sum[i];
}

/* 1 / n; nothing to take the mean of gives 0 */
static double share(size_t n)
{
	return n == 0 ? 0 : 1 / (double)n;
}

int ip_cpu_loss_space(struct ip_dev *dev, struct ip_buf *parts,
	struct ip_buf *dp, const struct ip_buf *p, const struct ip_buf *t,
	const struct ip_map *m, const double *weight)
{
	size_t rows = m->b * m->h, i;
	double each[SUMS], sum[SUMS] = { 0 };
	ip_real *to;
	struct job j;
	long r;
	int rc;

	if ((rc = ip_op_check_loss_space(parts, dp, p, t, m)) < 0)
		return rc;
	if ((j.sums = ip_cpu_scratch(dev, rows * sizeof(sum))) == NULL)
		return IP_ENOMEM;
	j.h = m->h;
	j.w = m->w;
	j.c = m->c;
	j.p = ip_cpu_at(p);
	j.t = ip_cpu_at(t);
	j.dp = ip_cpu_at(dp);
	each[PIXEL] = share(rows * m->w * m->c);
	each[DOWN] = share(m->b * (m->h - 1) * m->w * m->c);
	each[RIGHT] = share(rows * (m->w - 1) * m->c);
	for (i = 0; i < SUMS; i++)
		j.weight[i] = (ip_real)(weight[i > 0] * each[i]);
#pragma omp parallel for num_threads(ip_threads()) schedule(static)
	for (r = 0; r < (long)rows; r++)
		row(&j, (size_t)r);
	for (i = 0; i < rows * SUMS; i++)
		sum[i % SUMS] += j.sums[i];
	to = ip_cpu_at(parts);
	to[0] = (ip_real)(sum[PIXEL] * each[PIXEL]);
	to[1] = (ip_real)(sum[DOWN] * each[DOWN] + sum[RIGHT] * each[RIGHT]);
	return IP_OK;
}
