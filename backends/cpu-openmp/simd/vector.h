/*
 * Vectors of ip_real, as wide as the instruction set that this file is
 * compiled for; plain numbers where the compiler has no vector extension.
 */
#ifndef IP_VECTOR_H
#define IP_VECTOR_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <iphase/real.h>

#if defined(__has_builtin)
#if __has_builtin(__builtin_shufflevector)
#define IP_VECTORS 1
#endif
#endif

#if !defined(IP_VECTORS)
#define VECTOR_BYTES sizeof(ip_real)
#define IP_LANES 1
#elif defined(__AVX512F__)
#define VECTOR_BYTES 64
#elif defined(__AVX__)
#define VECTOR_BYTES 32
#else
#define VECTOR_BYTES 16
#endif

#ifdef IP_VECTORS
#ifdef IP_DOUBLE
#define IP_LANES (VECTOR_BYTES / 8)
#else
#define IP_LANES (VECTOR_BYTES / 4)
#endif
typedef ip_real vec __attribute__((vector_size(VECTOR_BYTES), may_alias));
typedef ip_real vec_anywhere __attribute__((vector_size(VECTOR_BYTES),
	aligned(sizeof(ip_real)), may_alias));
#define INLINE static inline __attribute__((always_inline))
#else
typedef ip_real vec, vec_anywhere;
#define INLINE static inline
/* GCC fuses product and sum in one loop and not in the next: the same sum
 * would have other bytes in a block of another size. */
#ifdef __GNUC__
#pragma GCC optimize ("fp-contract=off")
#endif
#endif

enum { LANES = IP_LANES };

/* LANES complex numbers. */
struct cvec { vec re, im; };

INLINE vec load(const ip_real *p)
{
	return *(const vec *)(const void *)p;
}

INLINE vec load_anywhere(const ip_real *p)
{
	return *(const vec_anywhere *)(const void *)p;
}

/* p[at], which may be beyond the array, will be read soon. */
INLINE void soon(const ip_real *p, size_t at)
{
#ifdef IP_VECTORS
	__builtin_prefetch((const void *)((uintptr_t)p + at * sizeof(*p)));
#else
	(void)p;
	(void)at;
#endif
}

INLINE void store(ip_real *p, vec v)
{
	*(vec *)(void *)p = v;
}

INLINE void store_anywhere(ip_real *p, vec v)
{
	*(vec_anywhere *)(void *)p = v;
}

/* The first n numbers, all if n >= LANES; behind what is loaded, zeros. */
INLINE vec load_part(const ip_real *p, size_t n)
{
	ip_real part[LANES] = { 0 };

	if (n >= LANES)
		return load_anywhere(p);
	memcpy(part, p, n * sizeof(*p));
	return load_anywhere(part);
}

INLINE void store_part(ip_real *p, vec v, size_t n)
{
	ip_real part[LANES];

	if (n >= LANES) {
		store_anywhere(p, v);
		return;
	}
	store_anywhere(part, v);
	memcpy(p, part, n * sizeof(*p));
}

/*
 * zip_low, zip_high: the halves of a0 b0 a1 b1 ...; evens, odds: of the
 * numbers a0 a1 ... b0 b1 ..., every other one.
 */
#if !defined(IP_VECTORS)
#define zip_low(a, b) (a)
#define zip_high(a, b) (b)
#define evens(a, b) (a)
#define odds(a, b) (b)
#define pairs_low(re, im) (re)
#define pairs_high(re, im) (im)
#else
#define pairs_low(re, im) zip_low(re, im)
#define pairs_high(re, im) zip_high(re, im)
#define PICK __builtin_shufflevector
#if IP_LANES == 2
#define zip_low(a, b) PICK(a, b, 0, 2)
#define zip_high(a, b) PICK(a, b, 1, 3)
#define evens(a, b) PICK(a, b, 0, 2)
#define odds(a, b) PICK(a, b, 1, 3)
#elif IP_LANES == 4
#define zip_low(a, b) PICK(a, b, 0, 4, 1, 5)
#define zip_high(a, b) PICK(a, b, 2, 6, 3, 7)
#define evens(a, b) PICK(a, b, 0, 2, 4, 6)
#define odds(a, b) PICK(a, b, 1, 3, 5, 7)
#elif IP_LANES == 8
#define zip_low(a, b) PICK(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
#define zip_high(a, b) PICK(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
#define evens(a, b) PICK(a, b, 0, 2, 4, 6, 8, 10, 12, 14)
#define odds(a, b) PICK(a, b, 1, 3, 5, 7, 9, 11, 13, 15)
#else
#define zip_low(a, b) PICK(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, \
	6, 22, 7, 23)
#define zip_high(a, b) PICK(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, \
	13, 29, 14, 30, 15, 31)
#define evens(a, b) PICK(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, \
	24, 26, 28, 30)
#define odds(a, b) PICK(a, b, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, \
	25, 27, 29, 31)
#endif
#endif

/* f(0) .. f(15), as many as 'count', which the compiler knows. */
#define UP_TO(count, f) \
	f(0) \
	if (count > 1) { f(1) } if (count > 2) { f(2) } \
	if (count > 3) { f(3) } if (count > 4) { f(4) } \
	if (count > 5) { f(5) } if (count > 6) { f(6) } \
	if (count > 7) { f(7) } if (count > 8) { f(8) } \
	if (count > 9) { f(9) } if (count > 10) { f(10) } \
	if (count > 11) { f(11) } if (count > 12) { f(12) } \
	if (count > 13) { f(13) } if (count > 14) { f(14) } \
	if (count > 15) { f(15) }

/*
 * Rows and columns of LANES vectors exchanged: by zipping each vector with the
 * one half the way on, as often as a lane's number has bits.
 */
#define ZIP(i) if (i < LANES / 2) { \
	b[2 * (i)] = zip_low(a[i], a[(i) + LANES / 2]); \
	b[2 * (i) + 1] = zip_high(a[i], a[(i) + LANES / 2]); \
}
#define KEEP(i) a[i] = b[i];
#define ROUND UP_TO(LANES / 2, ZIP) UP_TO(LANES, KEEP)

INLINE void turn(vec *a)
{
	vec b[16];

	if (LANES > 1) { ROUND }
	if (LANES > 2) { ROUND }
	if (LANES > 4) { ROUND }
	if (LANES > 8) { ROUND }
}
#undef ZIP
#undef KEEP
#undef ROUND

#endif
