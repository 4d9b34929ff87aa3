/* Whole 2-D transforms by FFTW, a thread an array. */
#include <omp.h>
#include <iphase/threads.h>
#include "cpu.h"

int ip_cpu_fft2(struct ip_dev *dev, struct ip_buf *x, size_t nx, size_t ny,
	size_t batch, int sign)
{
	static const char op[] = "fft2";
	size_t pair = 2 * sizeof(ip_real), each;
	int threads = ip_threads(), rc;
	struct ip_fft2 plan;
	char *memory;
	long b;

	(void)dev;
	if ((rc = ip_op_check_grid(op, nx, ny)) < 0 ||
		(rc = ip_op_check(op, "x", x, nx, ny, batch, pair)) < 0)
		return rc;
	if (sign != 1 && sign != -1)
		return ip_fail(IP_EINVAL, "%s: sign %d, expected 1 or -1", op,
			sign);
	if (batch == 0)
		return IP_OK;
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
