/* Which build of the hot loops runs. */
#include <iphase/threads.h>
#include "config.h"
#include "simd/loops.h"

extern const struct ip_loops ip_loops_baseline, ip_loops_avx2,
	ip_loops_avx512;

const struct ip_loops *ip_loops(void)
{
	switch (ip_isa()) {
#if IP_HAVE_AVX512
	case IP_ISA_AVX512:
		return &ip_loops_avx512;
#endif
#if IP_HAVE_AVX2
	case IP_ISA_AVX2:
		return &ip_loops_avx2;
#endif
	default:	/* on aarch64 the baseline is NEON */
		return &ip_loops_baseline;
	}
}
