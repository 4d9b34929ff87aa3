/* How many threads. */
#ifdef _OPENMP
#include <omp.h>
#endif
#include <iphase/threads.h>
#include "core.h"

#define THREADS_MAX 1024

static int threads;

/* What OpenMP would take by itself: OMP_NUM_THREADS or the processors. */
static int threads_default(void)
{
#ifdef _OPENMP
	static int first;

	if (first == 0)
		first = omp_get_max_threads();
	return first < THREADS_MAX ? first : THREADS_MAX;
#else
	return 1;
#endif
}

int ip_threads_set(int n)
{
	int most = threads_default();

	if (n < 0 || n > THREADS_MAX)
		return ip_fail(IP_EINVAL, "threads: %d, expected 0 to %d", n,
			THREADS_MAX);
	threads = n ? n : most;
#ifdef _OPENMP
	omp_set_num_threads(threads);
#else
	threads = 1;
#endif
	return 0;
}

int ip_threads(void)
{
	return threads ? threads : threads_default();
}
