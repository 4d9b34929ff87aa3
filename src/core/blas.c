/* A weak symbol, so that any other CBLAS links as well. */
#include "core/blas.h"

#if defined(__GNUC__)
extern void openblas_set_num_threads(int) __attribute__((weak));
#else
#define openblas_set_num_threads ((void (*)(int))0)
#endif

void ip_blas_single(void)
{
	if (openblas_set_num_threads != 0)
		openblas_set_num_threads(1);
}
