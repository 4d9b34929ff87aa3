/* Weak symbols, so that any other CBLAS links as well. */
#include <string.h>
#include <iphase/threads.h>
#include "core/blas.h"

#if defined(__GNUC__)
extern void openblas_set_num_threads(int) __attribute__((weak));
extern char *openblas_get_corename(void) __attribute__((weak));
#else
#define openblas_set_num_threads ((void (*)(int))0)
#define openblas_get_corename ((char *(*)(void))0)
#endif

void ip_blas_single(void)
{
	if (openblas_set_num_threads != 0)
		openblas_set_num_threads(1);
}

const char *ip_blas_core(void)
{
	return openblas_get_corename != 0 ? openblas_get_corename() : NULL;
}

const char *ip_blas_advice_for(const char *core, int avx512)
{
	/* what OpenBLAS takes a newer processor for; unknown names may be
	 * anything */
	static const char *const smaller[] = { "Prescott", "Core2", "Nehalem",
		"Sandybridge", "Haswell", "Zen" };
	size_t i;

	for (i = 0; core && avx512 && i < sizeof smaller / sizeof *smaller;
	    i++)
		if (strcmp(core, smaller[i]) == 0)
			return "OpenBLAS does not use this processor's AVX-512;"
				" OPENBLAS_CORETYPE=SkylakeX in the environment"
				" makes it";
	return NULL;
}

const char *ip_blas_advice(void)
{
	return ip_blas_advice_for(ip_blas_core(), ip_isa_has(IP_ISA_AVX512));
}
