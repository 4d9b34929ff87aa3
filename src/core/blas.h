/* OpenBLAS, one thread a call: results must not depend on threads. */
#ifndef IP_BLAS_H
#define IP_BLAS_H

#include <cblas.h>

/* Before the first product, from outside parallel regions. */
void ip_blas_single(void);

#endif
