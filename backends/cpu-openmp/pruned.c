/*
 * Transforms of band-limited arrays. A 256 x 256 grid whose band holds 171
 * columns needs 512 + 342 one-dimensional transforms for an inverse and a
 * forward one instead of 1024, and no pass over memory of its own for the
 * multiplications.
 */
#include <string.h>
#include "cpu.h"
#include "simd/loops.h"

#define PAIR (2 * sizeof(ip_real))

static size_t round_up(size_t n)
{
	return (n + 7) / 8 * 8;
}

int ip_pruned_init(struct ip_pruned *p, const struct ip_band *band,
	size_t *scratch)
{
	int i, rc;

	p->band = *band;
	p->bx = 2 * band->hx + 1;
	p->by = 2 * band->hy + 1;
	p->pitch = round_up(p->by) + 8;
	p->dist = round_up(band->nx) + 8;
	for (i = 0; i < 2; i++) {
		int sign = i == 0 ? -1 : 1;

		rc = ip_fft_rows(&p->x[i], IP_FFT_REAL, band->nx, IP_PANEL,
			p->dist, sign);
		if (rc < 0)
			return rc;
		rc = ip_fft_rows(&p->y[i], IP_FFT_REAL, band->ny, 1,
			band->ny, sign);
		if (rc < 0)
			return rc;
	}
	*scratch = PAIR * (band->nx * p->pitch + IP_PANEL * p->dist +
		round_up(band->ny));
	return IP_OK;
}

void ip_pruned_scratch(struct ip_pruned *p, void *memory)
{
	p->w = memory;
	p->panel = p->w + 2 * p->band.nx * p->pitch;
	p->row = p->panel + 2 * IP_PANEL * p->dist;
}

/* A vector of 2h+1 in band order into n in FFT order, zeros between. */
static void spread(ip_real *out, const ip_real *in, size_t n, size_t h)
{
	memcpy(out, in + 2 * h, (h + 1) * PAIR);
	memset(out + 2 * (h + 1), 0, (n - 2 * h - 1) * PAIR);
	memcpy(out + 2 * (n - h), in, h * PAIR);
}

static void keep(ip_real *out, const ip_real *in, size_t n, size_t h)
{
	memcpy(out + 2 * h, in, (h + 1) * PAIR);
	memcpy(out, in + 2 * (n - h), h * PAIR);
}

static size_t columns(const struct ip_pruned *p, size_t c)
{
	return p->by - c < IP_PANEL ? p->by - c : IP_PANEL;
}

void ip_pruned_enter(struct ip_pruned *p, const ip_real *psi)
{
	const struct ip_loops *loops = ip_loops();
	size_t n = p->band.nx, h = p->band.hx, c, j, m;

	for (c = 0; c < p->by; c += IP_PANEL) {
		m = columns(p, c);
		loops->panel_in(p->panel, p->dist, psi + 2 * (h * p->by + c),
			p->by, h + 1, m);
		for (j = 0; j < m; j++)
			memset(p->panel + 2 * (j * p->dist + h + 1), 0,
				(n - p->bx) * PAIR);
		loops->panel_in(p->panel + 2 * (n - h), p->dist, psi + 2 * c,
			p->by, h, m);
		ip_fft_run(p->x[1], p->panel);
		loops->panel_out(p->w + 2 * c, p->pitch, p->panel, p->dist, n,
			m);
	}
}

/* The panel's m columns from c on, times their propagator, zero outside. */
static void propagate(struct ip_pruned *p, const ip_real *prop, size_t c,
	size_t m)
{
	const struct ip_loops *loops = ip_loops();
	size_t n = p->band.nx, h = p->band.hx, j;

	for (j = 0; j < m; j++) {
		ip_real *x = p->panel + 2 * j * p->dist;
		const ip_real *q = prop + 2 * (c + j) * p->bx;

		loops->multiply(x, q + 2 * h, h + 1);
		memset(x + 2 * (h + 1), 0, (n - p->bx) * PAIR);
		loops->multiply(x + 2 * (n - h), q, h);
	}
}

void ip_pruned_middle(struct ip_pruned *p, const ip_real *prop)
{
	const struct ip_loops *loops = ip_loops();
	size_t n = p->band.nx, c, m;

	for (c = 0; c < p->by; c += IP_PANEL) {
		m = columns(p, c);
		loops->panel_in(p->panel, p->dist, p->w + 2 * c, p->pitch, n,
			m);
		ip_fft_run(p->x[0], p->panel);
		propagate(p, prop, c, m);
		ip_fft_run(p->x[1], p->panel);
		loops->panel_out(p->w + 2 * c, p->pitch, p->panel, p->dist, n,
			m);
	}
}

void ip_pruned_leave(struct ip_pruned *p, const ip_real *prop, ip_real *psi)
{
	const struct ip_loops *loops = ip_loops();
	size_t n = p->band.nx, h = p->band.hx, c, m;

	for (c = 0; c < p->by; c += IP_PANEL) {
		m = columns(p, c);
		loops->panel_in(p->panel, p->dist, p->w + 2 * c, p->pitch, n,
			m);
		ip_fft_run(p->x[0], p->panel);
		propagate(p, prop, c, m);
		loops->panel_out(psi + 2 * (h * p->by + c), p->by, p->panel,
			p->dist, h + 1, m);
		loops->panel_out(psi + 2 * c, p->by, p->panel + 2 * (n - h),
			p->dist, h, m);
	}
}

void ip_pruned_multiply(struct ip_pruned *p, const ip_real *t)
{
	const struct ip_loops *loops = ip_loops();
	size_t n = p->band.ny, h = p->band.hy, i;

	for (i = 0; i < p->band.nx; i++) {
		ip_real *w = p->w + 2 * i * p->pitch;

		spread(p->row, w, n, h);
		ip_fft_run(p->y[1], p->row);
		loops->multiply(p->row, t + 2 * i * n, n);
		ip_fft_run(p->y[0], p->row);
		keep(w, p->row, n, h);
	}
}

void ip_pruned_rows_in(struct ip_pruned *p, const ip_real *t)
{
	size_t n = p->band.ny, i;

	for (i = 0; i < p->band.nx; i++) {
		memcpy(p->row, t + 2 * i * n, n * PAIR);
		ip_fft_run(p->y[0], p->row);
		keep(p->w + 2 * i * p->pitch, p->row, n, p->band.hy);
	}
}

void ip_pruned_rows_out(struct ip_pruned *p, ip_real *t)
{
	size_t n = p->band.ny, i;

	for (i = 0; i < p->band.nx; i++) {
		spread(p->row, p->w + 2 * i * p->pitch, n, p->band.hy);
		ip_fft_run(p->y[1], p->row);
		memcpy(t + 2 * i * n, p->row, n * PAIR);
	}
}

void ip_pruned_transpose(const struct ip_pruned *p, const ip_real *in,
	ip_real scale, ip_real *out)
{
	size_t i, j;

	for (i = 0; i < p->bx; i++)
		for (j = 0; j < p->by; j++) {
			out[2 * (j * p->bx + i)] = scale * in[2 * (i * p->by + j)];
			out[2 * (j * p->bx + i) + 1] =
				scale * in[2 * (i * p->by + j) + 1];
		}
}
