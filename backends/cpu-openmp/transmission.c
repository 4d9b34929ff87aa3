/* exp(i sigma v), band-limited. */
#include <math.h>
#include <omp.h>
#include <iphase/threads.h>
#include "cpu.h"

static void one_slice(struct ip_pruned *p, const ip_real *v,
	const ip_real *aperture, double sigma, ip_real *t)
{
	size_t n = p->band.nx * p->band.ny, i;

	for (i = 0; i < n; i++) {
		double x = sigma * (double)v[i];

		t[2 * i] = (ip_real)cos(x);
		t[2 * i + 1] = (ip_real)sin(x);
	}
	ip_pruned_rows_in(p, t);
	ip_pruned_middle(p, aperture);
	ip_pruned_rows_out(p, t);
}

/* The real aperture as a complex propagator [by][bx], normalised. */
static void as_propagator(const struct ip_pruned *p, const ip_real *aperture,
	ip_real *out)
{
	double scale = 1.0 / ((double)p->band.nx * (double)p->band.ny);
	size_t i, j;

	for (i = 0; i < p->bx; i++)
		for (j = 0; j < p->by; j++) {
			out[2 * (j * p->bx + i)] = (ip_real)(scale *
				(double)aperture[i * p->by + j]);
			out[2 * (j * p->bx + i) + 1] = 0;
		}
}

int ip_cpu_transmission(struct ip_dev *dev, struct ip_buf *t,
	const struct ip_buf *v, const struct ip_buf *aperture,
	const struct ip_band *band, double sigma, size_t n)
{
	static const char op[] = "transmission";
	size_t grid = band->nx * band->ny, size, scratch, each;
	int threads = ip_threads(), rc;
	struct ip_pruned plan;
	char *memory;
	ip_real *q;
	long s;

	(void)dev;
	if ((rc = ip_cpu_check_band(op, band)) < 0 ||
		(rc = ip_pruned_init(&plan, band, &scratch)) < 0)
		return rc;
	size = plan.bx * plan.by;
	if ((rc = ip_cpu_check(op, "t", t, n, grid, 2, sizeof(ip_real))) < 0 ||
		(rc = ip_cpu_check(op, "v", v, n, grid, 1,
			sizeof(ip_real))) < 0 ||
		(rc = ip_cpu_check(op, "aperture", aperture, size, 1, 1,
			sizeof(ip_real))) < 0)
		return rc;
	each = (scratch + 63) / 64 * 64;
	memory = ip_alloc(each * (size_t)threads + 2 * size * sizeof(ip_real));
	if (memory == NULL)
		return IP_ENOMEM;
	q = (ip_real *)(void *)(memory + each * (size_t)threads);
	as_propagator(&plan, aperture->handle, q);
#pragma omp parallel for num_threads(threads) schedule(static)
	for (s = 0; s < (long)n; s++) {
		struct ip_pruned p = plan;

		ip_pruned_scratch(&p, memory +
			(size_t)omp_get_thread_num() * each);
		one_slice(&p, (const ip_real *)v->handle + (size_t)s * grid, q,
			sigma, (ip_real *)t->handle + 2 * (size_t)s * grid);
	}
	ip_free(memory);
	return IP_OK;
}
