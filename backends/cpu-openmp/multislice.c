/* Waves through slices: a wave stays with one thread, and in its cache. */
#include <omp.h>
#include <iphase/threads.h>
#include "cpu.h"

static void one_wave(struct ip_pruned *p, ip_real *psi, const ip_real *t,
	const ip_real *prop, size_t count)
{
	size_t grid = 2 * p->band.nx * p->band.ny, i;

	ip_pruned_enter(p, psi);
	for (i = 0; i < count; i++) {
		ip_pruned_multiply(p, t + i * grid);
		if (i + 1 < count)
			ip_pruned_middle(p, prop);
	}
	ip_pruned_leave(p, prop, psi);
}

int ip_cpu_multislice(struct ip_dev *dev, struct ip_buf *waves,
	const struct ip_buf *t, const struct ip_buf *prop, int per_wave,
	const struct ip_band *band, size_t n, size_t first, size_t count)
{
	static const char op[] = "multislice";
	size_t pair = 2 * sizeof(ip_real), size, scratch, each;
	int threads = ip_threads(), rc;
	const ip_real *slices;
	struct ip_pruned plan;
	char *memory;
	long w;

	(void)dev;
	if ((rc = ip_cpu_check_band(op, band)) < 0 ||
		(rc = ip_pruned_init(&plan, band, &scratch)) < 0)
		return rc;
	size = plan.bx * plan.by;
	if ((rc = ip_cpu_check(op, "waves", waves, n, size, 1, pair)) < 0 ||
		(rc = ip_cpu_check(op, "t", t, first + count, band->nx,
			band->ny, pair)) < 0 ||
		(rc = ip_cpu_check(op, "prop", prop, per_wave ? n : 1, size, 1,
			pair)) < 0)
		return rc;
	if (n == 0 || count == 0)
		return IP_OK;
	if ((size_t)threads > n)
		threads = (int)n;
	/* each thread: scratch, then its transposed propagator */
	each = (scratch + size * pair + 63) / 64 * 64;
	if ((memory = ip_alloc_array((size_t)threads, each)) == NULL)
		return IP_ENOMEM;
	slices = (const ip_real *)t->handle + 2 * first * band->nx * band->ny;
#pragma omp parallel num_threads(threads)
	{
		struct ip_pruned p = plan;
		char *mine = memory + (size_t)omp_get_thread_num() * each;
		ip_real *q = (ip_real *)(void *)(mine + scratch);
		ip_real scale = (ip_real)(1.0 / ((double)band->nx *
			(double)band->ny));

		ip_pruned_scratch(&p, mine);
		if (!per_wave)
			ip_pruned_transpose(&p, prop->handle, scale, q);
#pragma omp for schedule(dynamic, 1)
		for (w = 0; w < (long)n; w++) {
			if (per_wave)
				ip_pruned_transpose(&p, (const ip_real *)
					prop->handle + 2 * (size_t)w * size,
					scale, q);
			one_wave(&p, (ip_real *)waves->handle +
				2 * (size_t)w * size, slices, q, count);
		}
	}
	ip_free(memory);
	return IP_OK;
}
