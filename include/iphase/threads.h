/* How many threads the library may use, and which instruction set. */
#ifndef IPHASE_THREADS_H
#define IPHASE_THREADS_H

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Use n threads from now on; n = 0 takes OMP_NUM_THREADS or all processors.
 * Results do not depend on n. Not to be called while another call runs.
 * IP_EINVAL if n < 0.
 */
int ip_threads_set(int n);
int ip_threads(void);

/*
 * Instruction sets of the hot loops. AUTO is the best this processor has.
 * ip_isa_set: IP_ENOTSUP where the processor or the build lacks it.
 * Results may differ in the last bits from one instruction set to another.
 */
enum ip_isa { IP_ISA_AUTO, IP_ISA_BASELINE, IP_ISA_AVX2, IP_ISA_AVX512,
	IP_ISA_NEON };
int ip_isa_set(enum ip_isa isa);
int ip_isa_has(enum ip_isa isa);	/* built, and in this processor */
enum ip_isa ip_isa(void);		/* the one in use, never AUTO */
const char *ip_isa_name(enum ip_isa isa);	/* "avx2" */
int ip_isa_parse(const char *name, enum ip_isa *isa);	/* or IP_ENOTFOUND */

/*
 * The kernels that OpenBLAS has taken for this processor ("Haswell"); NULL if
 * the products come from another library.
 */
const char *ip_blas_core(void);
/* A line for the user where a better set would have run, else NULL. */
const char *ip_blas_advice(void);

#ifdef __cplusplus
}
#endif
#endif
