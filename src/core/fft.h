/* Host FFTs over FFTW: plans are cached and shared by all threads. */
#ifndef IP_FFT_H
#define IP_FFT_H

#include <stddef.h>
#include <iphase/real.h>

/*
 * A planned set of complex transforms in place: howmany rows of n elements,
 * dist elements apart, double or single precision, unnormalised, with
 * exp(sign 2 pi i k r / n). Owned by the cache; never freed by the caller.
 */
struct ip_fft;

/* IP_EINVAL: n has a factor other than 2, 3, 5, 7. Thread-safe. */
int ip_fft_rows(const struct ip_fft **f, int is_double, size_t n,
	size_t howmany, size_t dist, int sign);
/* rows must be 64-byte aligned. Thread-safe. */
void ip_fft_run(const struct ip_fft *f, void *rows);

/* x [nx][ny] complex double in place, any alignment, unnormalised. */
int ip_fft2_double(double *x, size_t nx, size_t ny, int sign);

/* The precision of ip_real. */
#define IP_FFT_REAL (sizeof(ip_real) == sizeof(double))

#endif
