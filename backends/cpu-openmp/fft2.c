/* Whole 2-D transforms: rows, then columns a panel at a time. */
#include <omp.h>
#include <string.h>
#include <iphase/threads.h>
#include "cpu.h"
#include "simd/loops.h"

struct job {
	const struct ip_fft *x, *y;
	size_t nx, ny, dist;
	ip_real *panel, *row;
};

static void one(const struct job *j, ip_real *a)
{
	const struct ip_loops *loops = ip_loops();
	size_t i, c, m, bytes = 2 * j->ny * sizeof(ip_real);

	for (i = 0; i < j->nx; i++) {
		memcpy(j->row, a + 2 * i * j->ny, bytes);
		ip_fft_run(j->y, j->row);
		memcpy(a + 2 * i * j->ny, j->row, bytes);
	}
	for (c = 0; c < j->ny; c += IP_PANEL) {
		m = j->ny - c < IP_PANEL ? j->ny - c : IP_PANEL;
		loops->panel_in(j->panel, j->dist, a + 2 * c, j->ny, j->nx, m);
		ip_fft_run(j->x, j->panel);
		loops->panel_out(a + 2 * c, j->ny, j->panel, j->dist, j->nx, m);
	}
}

int ip_cpu_fft2(struct ip_dev *dev, struct ip_buf *x, size_t nx, size_t ny,
	size_t batch, int sign)
{
	size_t pair = 2 * sizeof(ip_real), each;
	int threads = ip_threads(), rc;
	struct job plan;
	char *memory;
	long b;

	(void)dev;
	plan.nx = nx;
	plan.ny = ny;
	plan.dist = (nx + 7) / 8 * 8 + 8;
	if ((rc = ip_cpu_check("fft2", "x", x, nx, ny, batch, pair)) < 0 ||
		(rc = ip_fft_rows(&plan.x, IP_FFT_REAL, nx, IP_PANEL,
			plan.dist, sign)) < 0 ||
		(rc = ip_fft_rows(&plan.y, IP_FFT_REAL, ny, 1, ny, sign)) < 0)
		return rc;
	each = ((IP_PANEL * plan.dist + ny) * pair + 63) / 64 * 64;
	if ((memory = ip_alloc_array((size_t)threads, each)) == NULL)
		return IP_ENOMEM;
#pragma omp parallel for num_threads(threads) schedule(static)
	for (b = 0; b < (long)batch; b++) {
		struct job j = plan;

		j.panel = (ip_real *)(void *)(memory +
			(size_t)omp_get_thread_num() * each);
		j.row = j.panel + 2 * IP_PANEL * j.dist;
		one(&j, (ip_real *)x->handle + 2 * (size_t)b * nx * ny);
	}
	ip_free(memory);
	return IP_OK;
}
