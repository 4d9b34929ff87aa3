/* exp(i sigma v), band-limited: a slice's passes, one direction at a time. */
#include <omp.h>
#include <string.h>
#include <iphase/threads.h>
#include "cpu.h"

/* z <- exp(i sigma v) forward along x, its band kept. */
static void waves_of(const struct ip_field *f, struct ip_room *r,
	const ip_real *v, double sigma)
{
	size_t lanes = f->cell / 2, ny = f->band.ny, c, i;

	for (c = 0; c < ny; c += lanes) {
		size_t width = ny - c < lanes ? ny - c : lanes;

		f->loops->phase(r->part, v + c, ny, sigma, f->band.nx, width);
		f->loops->forth(&f->x, r->part, r->part, f->x.linear, -1);
		for (i = 0; i < f->bx; i++)
			memcpy(r->z + i * f->pitch + c / lanes * f->cell,
				r->part + f->kx_at[i],
				f->cell * sizeof(ip_real));
	}
}

/* t <- inverse along x of z. */
static void grid_of(const struct ip_field *f, struct ip_room *r, ip_real *t)
{
	size_t lanes = f->cell / 2, ny = f->band.ny, c, i;

	for (c = 0; c < ny; c += lanes) {
		size_t width = ny - c < lanes ? ny - c : lanes;

		memset(r->part, 0, f->band.nx * f->cell * sizeof(ip_real));
		for (i = 0; i < f->bx; i++)
			memcpy(r->part + f->kx_at[i], r->z + i * f->pitch +
				c / lanes * f->cell,
				f->cell * sizeof(ip_real));
		f->loops->back(&f->x, r->part, 1);
		f->loops->join(t + 2 * c, 2 * ny, r->part, f->band.nx, width);
	}
}

/* The real aperture as a normalised propagator in band layout. */
static void as_propagator(const struct ip_field *f, const ip_real *aperture,
	ip_real *out)
{
	double scale = 1.0 / ((double)f->band.nx * (double)f->band.ny);
	size_t i;

	for (i = 0; i < f->bx * f->by; i++) {
		out[2 * i] = (ip_real)(scale * (double)aperture[i]);
		out[2 * i + 1] = 0;
	}
}

static int run(const struct ip_field *f, const ip_real *aperture, double sigma,
	const ip_real *v, ip_real *t, size_t n)
{
	size_t each = ip_field_room(f), grid = f->band.nx * f->band.ny;
	size_t prop = ip_prop_size(f, 0), raw = 2 * f->bx * f->by;
	int threads = ip_threads();
	ip_real *q;
	char *memory;
	long s;

	if ((size_t)threads > n)
		threads = (int)n;
	memory = ip_alloc(each * (size_t)threads +
		(prop + 16 + raw) * sizeof(ip_real));
	if (memory == NULL)
		return IP_ENOMEM;
	q = (ip_real *)(void *)(memory + each * (size_t)threads);
	{
		struct ip_room r;

		ip_field_settle(f, &r, memory);
		as_propagator(f, aperture, q + prop);
		ip_prop_set(f, &r, q, q + prop, 1, 0, 1);
	}
#pragma omp parallel for num_threads(threads) schedule(static)
	for (s = 0; s < (long)n; s++) {
		struct ip_room r;

		ip_field_settle(f, &r, memory +
			(size_t)omp_get_thread_num() * each);
		waves_of(f, &r, v + (size_t)s * grid, sigma);
		ip_field_between(f, &r, q, 0);
		grid_of(f, &r, t + 2 * (size_t)s * grid);
	}
	ip_free(memory);
	return IP_OK;
}

int ip_cpu_transmission(struct ip_dev *dev, struct ip_buf *t,
	const struct ip_buf *v, const struct ip_buf *aperture,
	const struct ip_band *band, double sigma, size_t n)
{
	struct ip_field f;
	int rc;

	(void)dev;
	if ((rc = ip_op_check_transmission(t, v, aperture, band, n)) < 0 ||
		n == 0)
		return rc;
	if ((rc = ip_field_init(&f, band, 0)) < 0)
		return rc;
	rc = run(&f, ip_cpu_at(aperture), sigma, ip_cpu_at(v), ip_cpu_at(t), n);
	ip_field_free(&f);
	return rc;
}
