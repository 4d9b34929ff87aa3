/*
 * The precision of waves and transmission functions: float32, or float64 in
 * the double test build (-DIP_DOUBLE), which exists to show what of an error
 * is rounding. Everything an iphase tool runs is float32.
 */
#ifndef IPHASE_REAL_H
#define IPHASE_REAL_H

#ifdef IP_DOUBLE
typedef double ip_real;
#else
typedef float ip_real;
#endif

/* Of tensors (iphase/tensor.h) that hold it. */
#define IP_REAL_DTYPE (sizeof(ip_real) == 8 ? IP_F64 : IP_F32)

#endif
