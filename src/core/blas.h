/* OpenBLAS, one thread a call: results must not depend on threads. */
#ifndef IP_BLAS_H
#define IP_BLAS_H

#include <cblas.h>

/* Before the first product, from outside parallel regions. */
void ip_blas_single(void);

/* ip_blas_advice where OpenBLAS has taken the kernels 'core', which may be
 * NULL. */
const char *ip_blas_advice_for(const char *core, int avx512);

#endif
