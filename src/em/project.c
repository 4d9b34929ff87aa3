/*
 * The projected potential that belongs to a simulation's images. The sum over
 * slices is a Fourier series on the band; short sums over one axis at a time
 * take it there and, at any points asked for, back.
 */
#include <math.h>
#include <string.h>
#include "core/core.h"
#include "scatter.h"

#define PI 3.14159265358979323846

struct project {
	struct ip_grid grid;
	struct ip_band band;
	double *sum, *slice;		/* [nx][ny] */
	double *half, *series, *line;	/* complex, see below */
	double *to[2], *from[2];	/* exp: axis to band, band to points */
};

/* e [m][n] = exp(2 pi i sign (i - shift) x_j), x_j in periods. */
static void exponentials(double *e, size_t m, long shift, size_t n,
	double start, double step, double sign)
{
	for (size_t i = 0; i < m; i++)
		for (size_t j = 0; j < n; j++) {
			double x = fmod(start + (double)j * step, 1);
			double t = fmod((double)((long)i - shift) * x, 1);
			e[2 * (i * n + j)] = cos(2 * PI * t);
			e[2 * (i * n + j) + 1] = sign * sin(2 * PI * t);
		}
}

/* The half 0 .. hx along x is enough, for the potential is real. */
static int project_open(struct project *p, struct ip_potential *v,
	const struct ip_scan *q)
{
	struct ip_band *b = &p->band;
	size_t mx, my;
	int rc;

	p->grid = *ip_potential_grid(v);
	if ((rc = ip_grid_band(&p->grid, b)) < 0)
		return rc;
	mx = b->hx + 1;
	my = 2 * b->hy + 1;
	p->sum = ip_alloc_array(b->nx * b->ny, sizeof(double));
	p->slice = ip_alloc_array(b->nx * b->ny, sizeof(double));
	p->half = ip_alloc_array(mx * b->ny, 2 * sizeof(double));
	p->series = ip_alloc_array(mx * my, 2 * sizeof(double));
	p->line = ip_alloc_array(mx * q->n[1], 2 * sizeof(double));
	p->to[0] = ip_alloc_array(mx * b->nx, 2 * sizeof(double));
	p->to[1] = ip_alloc_array(my * b->ny, 2 * sizeof(double));
	p->from[0] = ip_alloc_array(mx * q->n[0], 2 * sizeof(double));
	p->from[1] = ip_alloc_array(my * q->n[1], 2 * sizeof(double));
	if (!p->sum || !p->slice || !p->half || !p->series || !p->line ||
			!p->to[0] || !p->to[1] || !p->from[0] || !p->from[1])
		return IP_ENOMEM;
	exponentials(p->to[0], mx, 0, b->nx, 0, 1 / (double)b->nx, -1);
	exponentials(p->to[1], my, (long)b->hy, b->ny, 0, 1 / (double)b->ny,
		-1);
	for (int a = 0; a < 2; a++) {
		double length = p->grid.length[a];
		exponentials(p->from[a], a ? my : mx, a ? (long)b->hy : 0,
			q->n[a], q->start[a] / length, (q->end[a] -
			q->start[a]) / (double)q->n[a] / length, 1);
	}
	return 0;
}

static void project_close(struct project *p)
{
	ip_free(p->sum);
	ip_free(p->slice);
	ip_free(p->half);
	ip_free(p->series);
	ip_free(p->line);
	for (int a = 0; a < 2; a++) {
		ip_free(p->to[a]);
		ip_free(p->from[a]);
	}
}

/* p->series [hx + 1][2 hy + 1] = A(k) FFT(sum) / (nx ny) */
static void analyse(struct project *p)
{
	const struct ip_band *b = &p->band;
	size_t nx = b->nx, ny = b->ny, my = 2 * b->hy + 1;

	memset(p->half, 0, (b->hx + 1) * ny * 2 * sizeof(double));
	for (size_t i = 0; i <= b->hx; i++)
		for (size_t x = 0; x < nx; x++) {
			const double *e = p->to[0] + 2 * (i * nx + x);
			for (size_t y = 0; y < ny; y++) {
				double v = p->sum[x * ny + y];
				p->half[2 * (i * ny + y)] += v * e[0];
				p->half[2 * (i * ny + y) + 1] += v * e[1];
			}
		}
	for (size_t i = 0; i <= b->hx; i++)
		for (size_t j = 0; j < my; j++) {
			const double *h = p->half + 2 * i * ny;
			const double *e = p->to[1] + 2 * j * ny;
			double kx = (double)i / p->grid.length[0];
			double ky = ((double)j - (double)b->hy) /
				p->grid.length[1];
			double f = ip_grid_aperture(&p->grid, sqrt(kx * kx +
				ky * ky)) / ((double)nx * (double)ny);
			double re = 0, im = 0;
			for (size_t y = 0; y < 2 * ny; y += 2) {
				re += h[y] * e[y] - h[y + 1] * e[y + 1];
				im += h[y] * e[y + 1] + h[y + 1] * e[y];
			}
			p->series[2 * (i * my + j)] = f * re;
			p->series[2 * (i * my + j) + 1] = f * im;
		}
}

/* out [n0][n1]: the series at the scan's points. */
static void synthesise(struct project *p, const size_t n[2], double *out)
{
	size_t my = 2 * p->band.hy + 1;

	memset(p->line, 0, (p->band.hx + 1) * n[1] * 2 * sizeof(double));
	for (size_t i = 0; i <= p->band.hx; i++)
		for (size_t j = 0; j < my; j++) {
			const double *s = p->series + 2 * (i * my + j);
			const double *e = p->from[1] + 2 * j * n[1];
			double *l = p->line + 2 * i * n[1];
			/* k and -k together, but k_x = 0 is its own. */
			double w = i ? 2 : 1;
			for (size_t y = 0; y < 2 * n[1]; y += 2) {
				l[y] += w * (s[0] * e[y] - s[1] * e[y + 1]);
				l[y + 1] += w * (s[0] * e[y + 1] + s[1] * e[y]);
			}
		}
	memset(out, 0, n[0] * n[1] * sizeof *out);
	for (size_t i = 0; i <= p->band.hx; i++)
		for (size_t x = 0; x < n[0]; x++) {
			const double *e = p->from[0] + 2 * (i * n[0] + x);
			const double *l = p->line + 2 * i * n[1];
			for (size_t y = 0; y < n[1]; y++)
				out[x * n[1] + y] += e[0] * l[2 * y] -
					e[1] * l[2 * y + 1];
		}
}

int ip_potential_project(struct ip_potential *v, const size_t *planes,
	size_t plane_count, const struct ip_scan *scan, struct ip_tensor *sums)
{
	struct project p = { 0 };
	struct ip_tensor t = { 0 };
	size_t at = 0, points;
	int rc;

	if (!v)
		return ip_fail(IP_EINVAL, "projection: no potential");
	rc = ip_scan_check(scan);
	if (rc == 0)
		rc = ip_planes_check(planes, plane_count,
			ip_potential_slices(v));
	if (rc < 0)
		return rc;
	size_t shape[] = { plane_count, scan->n[0], scan->n[1] };
	rc = ip_tensor_new(&t, IP_F64, 3, shape);
	if (rc == 0)
		rc = project_open(&p, v, scan);
	points = p.band.nx * p.band.ny;
	for (size_t i = 0; rc == 0 && i < plane_count; i++) {
		for (; rc == 0 && at < planes[i]; at++) {
			rc = ip_potential_get(v, at, 1, p.slice);
			for (size_t j = 0; j < points; j++)
				p.sum[j] += p.slice[j];
		}
		if (rc < 0)
			break;
		analyse(&p);
		synthesise(&p, scan->n, (double *)t.data +
			i * scan->n[0] * scan->n[1]);
	}
	project_close(&p);
	if (rc < 0)
		ip_tensor_free(&t);
	else
		*sums = t;
	return rc;
}
