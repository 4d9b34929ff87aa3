/*
 * All scan positions of one detector pixel by one transform over the
 * incoming waves. Rows are dealt to a fixed number of groups that each keep
 * their own sums, added up in order: the result depends on no thread.
 */
#include <omp.h>
#include <string.h>
#include <iphase/threads.h>
#include "cpu.h"
#include "simd/loops.h"

enum { GROUPS = 16 };

struct scan {
	const struct ip_fft *x, *y;
	const struct ip_pixels *pixels;
	const ip_real *s, *coef;
	const uint32_t *place;
	const unsigned char *used;	/* grid rows that hold a wave */
	size_t columns, sx, sy, dist;
	ip_real *grid, *panel, *row;	/* this thread's */
};

static void transform_rows(const struct scan *j, size_t r)
{
	const ip_real *s = j->s + 2 * r * j->columns;
	size_t bytes = 2 * j->sy * sizeof(ip_real), c, i;

	memset(j->grid, 0, j->sx * bytes);
	for (c = 0; c < j->columns; c++) {
		ip_real *g = j->grid + 2 * (size_t)j->place[c];
		const ip_real *a = j->coef + 2 * c, *b = s + 2 * c;

		g[0] += a[0] * b[0] - a[1] * b[1];
		g[1] += a[0] * b[1] + a[1] * b[0];
	}
	for (i = 0; i < j->sx; i++) {
		if (!j->used[i])
			continue;
		memcpy(j->row, j->grid + 2 * i * j->sy, bytes);
		ip_fft_run(j->y, j->row);
		memcpy(j->grid + 2 * i * j->sy, j->row, bytes);
	}
}

/* sum [channels][sy][sx] += weight |amplitude|^2 of detector row r. */
static void add_row(const struct scan *j, size_t r, double *sum)
{
	const struct ip_loops *loops = ip_loops();
	const struct ip_pixels *p = j->pixels;
	size_t c, m, q, e;

	transform_rows(j, r);
	for (c = 0; c < j->sy; c += IP_PANEL) {
		m = j->sy - c < IP_PANEL ? j->sy - c : IP_PANEL;
		loops->panel_in(j->panel, j->dist, j->grid + 2 * c, j->sy,
			j->sx, m);
		ip_fft_run(j->x, j->panel);
		for (e = p->first[r]; e < p->first[r + 1]; e++)
			for (q = 0; q < m; q++)
				loops->add_norm(sum + ((size_t)p->channel[e] *
					j->sy + c + q) * j->sx, j->panel +
					2 * q * j->dist, (double)p->weight[e],
					j->sx);
	}
}

static void reduce(const struct scan *j, const double *sum, ip_real *out)
{
	size_t plane = j->sx * j->sy, channels = j->pixels->channels;
	size_t c, x, y, g;

	for (c = 0; c < channels; c++)
		for (x = 0; x < j->sx; x++)
			for (y = 0; y < j->sy; y++) {
				double v = 0;

				for (g = 0; g < GROUPS; g++)
					v += sum[(g * channels + c) * plane +
						y * j->sx + x];
				out[c * plane + x * j->sy + y] = (ip_real)v;
			}
}

static int run(const struct scan *plan, ip_real *out)
{
	size_t plane = plan->sx * plan->sy, rows = plan->pixels->rows, each;
	size_t sums = plan->pixels->channels * plane;
	int threads = ip_threads() < GROUPS ? ip_threads() : GROUPS, g;
	double *sum;
	char *memory;

	each = ((plane + IP_PANEL * plan->dist + plan->sy + 24) * 2 *
		sizeof(ip_real) + 63) / 64 * 64;
	sum = ip_alloc_array(sums, GROUPS * sizeof(*sum));
	memory = ip_alloc_array((size_t)threads, each);
	if (sum == NULL || memory == NULL) {
		ip_free(sum);
		ip_free(memory);
		return IP_ENOMEM;
	}
#pragma omp parallel for num_threads(threads) schedule(dynamic, 1)
	for (g = 0; g < GROUPS; g++) {
		struct scan j = *plan;
		size_t r, end = rows * ((size_t)g + 1) / GROUPS;

		j.panel = (ip_real *)(void *)(memory +
			(size_t)omp_get_thread_num() * each);
		j.row = j.panel + 2 * IP_PANEL * j.dist;
		j.grid = j.row + 2 * ((j.sy + 7) / 8 * 8);
		for (r = rows * (size_t)g / GROUPS; r < end; r++)
			add_row(&j, r, sum + (size_t)g * sums);
	}
	reduce(plan, sum, out);
	ip_free(sum);
	ip_free(memory);
	return IP_OK;
}

int ip_cpu_scan(struct ip_dev *dev, struct ip_buf *out,
	const struct ip_buf *s, const struct ip_buf *coef,
	const uint32_t *place, const struct ip_pixels *pixels, size_t columns,
	size_t sx, size_t sy)
{
	static const char op[] = "scan";
	size_t pair = 2 * sizeof(ip_real), c;
	struct scan plan = { .pixels = pixels, .s = s->handle,
		.coef = coef->handle, .place = place, .columns = columns,
		.sx = sx, .sy = sy, .dist = (sx + 7) / 8 * 8 + 8 };
	unsigned char *used;
	int rc;

	(void)dev;
	if ((rc = ip_fft_rows(&plan.x, IP_FFT_REAL, sx, IP_PANEL, plan.dist,
			-1)) < 0 ||
		(rc = ip_fft_rows(&plan.y, IP_FFT_REAL, sy, 1, sy, -1)) < 0 ||
		(rc = ip_cpu_check(op, "s", s, pixels->rows, columns, 1,
			pair)) < 0 ||
		(rc = ip_cpu_check(op, "coef", coef, columns, 1, 1,
			pair)) < 0 ||
		(rc = ip_cpu_check(op, "out", out, pixels->channels, sx, sy,
			sizeof(ip_real))) < 0)
		return rc;
	if ((used = ip_alloc(sx)) == NULL)
		return IP_ENOMEM;
	for (c = 0; c < columns; c++) {
		if (place[c] >= sx * sy) {
			ip_free(used);
			return ip_fail(IP_EINVAL, "%s: wave %zu lies outside "
				"the scan grid", op, c);
		}
		used[place[c] / sy] = 1;
	}
	plan.used = used;
	rc = run(&plan, out->handle);
	ip_free(used);
	return rc;
}
