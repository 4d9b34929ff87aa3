/* Whole 2-D transforms by FFTW, a thread an array. */
#include <omp.h>
#include <iphase/threads.h>
#include "cpu.h"

int ip_cpu_fft2(struct ip_dev *dev, struct ip_buf *x, size_t nx, size_t ny,
	size_t batch, int sign)
{
	int threads = ip_threads(), rc;
	size_t each;
	struct ip_fft2 plan;
	char *memory;
	long b;

	(void)dev;
	if ((rc = ip_op_check_fft2(x, nx, ny, batch, sign)) < 0 || batch == 0)
		return rc;
	if ((rc = ip_fft2_plan(&plan, IP_FFT_REAL, nx, ny, sign)) < 0)
		return rc;
	if ((size_t)threads > batch)
		threads = (int)batch;
	each = ip_fft2_scratch(&plan);
	if ((memory = ip_alloc_array((size_t)threads, each)) == NULL)
		return IP_ENOMEM;
#pragma omp parallel for num_threads(threads) schedule(static)
	for (b = 0; b < (long)batch; b++)
		ip_fft2_run(&plan, (ip_real *)ip_cpu_at(x) +
			2 * (size_t)b * nx * ny, memory +
			(size_t)omp_get_thread_num() * each);
	ip_free(memory);
	return IP_OK;
}
