/* Names that differ from one instruction set to another. */
#ifndef IP_NAMES_H
#define IP_NAMES_H

#include "loops.h"

#define PASTE_(a, b) a##_##b
#define PASTE(a, b) PASTE_(a, b)
#define NAME(a) PASTE(a, IP_SIMD_ISA)

/* lanes.c */
void NAME(ip_lanes_forth)(const struct ip_lanes *f, ip_real *work,
	const ip_real *in, const size_t *in_at, int sign);
void NAME(ip_lanes_back)(const struct ip_lanes *f, ip_real *work, int sign);
void NAME(ip_lanes_pass)(const struct ip_pass *p);

extern const struct ip_loops NAME(ip_loops);

#endif
