/* Host FFTs over FFTW: plans are cached and shared by all threads. */
#ifndef IP_FFT_H
#define IP_FFT_H

#include <stddef.h>
#include <iphase/real.h>

/*
 * A planned set of complex transforms, out of place: howmany rows of n
 * elements, dist elements apart, double or single precision, unnormalised,
 * with exp(sign 2 pi i k r / n). Owned by the cache; never freed.
 */
struct ip_fft;

/* IP_EINVAL: n has a factor other than 2, 3, 5, 7. Thread-safe. */
int ip_fft_rows(const struct ip_fft **f, int is_double, size_t n,
	size_t howmany, size_t dist, int sign);
/* out != in, both 64-byte aligned; in is kept. Thread-safe. */
void ip_fft_run(const struct ip_fft *f, void *out, void *in);

/* 2-D, in place, x [nx][ny] of any alignment; scratch is 64-byte aligned. */
struct ip_fft2 {
	const struct ip_fft *x, *y;
	size_t nx, ny, dist, pair;
};
int ip_fft2_plan(struct ip_fft2 *p, int is_double, size_t nx, size_t ny,
	int sign);
size_t ip_fft2_scratch(const struct ip_fft2 *p);	/* bytes */
void ip_fft2_run(const struct ip_fft2 *p, void *x, void *scratch);

/* x [nx][ny] complex double in place, any alignment, unnormalised. */
int ip_fft2_double(double *x, size_t nx, size_t ny, int sign);
size_t ip_fft2_double_scratch(size_t nx, size_t ny);	/* bytes it takes */

/*
 * x complex double in place, unnormalised, 1 to 3 axes of any size, with
 * FFTW itself and a plan that is not kept. For the calling thread, not within
 * a parallel region.
 */
int ip_fft_any(double *x, int axes, const size_t *n, int sign);

/*
 * Transforms of h x w real numbers, any sizes, in place, unnormalised. Rows of
 * both forms are 2 (w/2 + 1) reals apart: the numbers in the first w of them,
 * or the first w/2 + 1 columns of their transform as (real, imaginary) pairs.
 * 'back' takes each but the first and, for even w, the last column for two, of
 * which the other is its mirror image. Owned by a cache; never freed.
 */
struct ip_fft_half;

/* IP_ELIMIT: too long. Thread-safe. */
int ip_fft_half(const struct ip_fft_half **f, int is_double, size_t h,
	size_t w);
/* x is 64-byte aligned. exp(-2 pi i ...), and exp(+2 pi i ...). Thread-safe. */
void ip_fft_half_forth(const struct ip_fft_half *f, void *x);
void ip_fft_half_back(const struct ip_fft_half *f, void *x);

/* The precision of ip_real. */
#define IP_FFT_REAL (sizeof(ip_real) == sizeof(double))

#endif
