/*
 * What the tests share, with cmocka included the way it wants to be.
 * Paths are kept in static memory until the next call of the same function.
 */
#ifndef IP_TEST_SUPPORT_H
#define IP_TEST_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "iphase/log.h"

/* ip_real's type of tensor. */
#define IP_TEST_REAL (sizeof(ip_real) == 8 ? IP_F64 : IP_F32)

/* The scratch folder of this test program, empty at its start. */
const char *ip_test_tmpdir(void);

/* A path inside the scratch folder; printf's format and arguments. */
const char *ip_test_tmp(const char *fmt, ...);

/* The top of the source tree ($IP_SRCDIR, or found from the build folder). */
const char *ip_test_srcdir(void);

/* A file of the source tree, "tests/golden/a_atoms.npz". */
const char *ip_test_src(const char *rel);

/*
 * A file below $IP_SHARED or $IP_SRCDIR/../shared, which few machines have;
 * NULL if it is not there: then skip().
 */
const char *ip_test_shared(const char *rel);

/*
 * Take over the log callback and forget what was said so far. Errors are then
 * counted and the last is kept; warnings likewise.
 */
void ip_test_log_capture(void);
int ip_test_log_errors(void);
int ip_test_log_warnings(void);
const char *ip_test_log_error(void);	/* "" if none */
const char *ip_test_log_warning(void);	/* "" if none */

/* Fail unless exactly one error was logged since, with part in its text. */
void ip_test_assert_logged(const char *part);

/*
 * The largest |got - want| over the largest |want| (of all n; 1 if that is 0).
 * Not a number anywhere in got gives infinity. Prints where when above tol
 * (a negative tol prints always).
 */
double ip_test_max_rel(const char *what, const double *got,
	const double *want, size_t n, double tol);
double ip_test_max_relf(const char *what, const float *got,
	const float *want, size_t n, double tol);

/* The same, and fail when above tol. */
#define ip_test_assert_close(what, got, want, n, tol) \
	assert_true(ip_test_max_rel(what, got, want, n, tol) <= (tol))
#define ip_test_assert_closef(what, got, want, n, tol) \
	assert_true(ip_test_max_relf(what, got, want, n, tol) <= (tol))

/* The whole file, a byte 0 behind it; free() it. Fails the test if absent. */
unsigned char *ip_test_read(const char *path, size_t *size);

/* Write size bytes to path, replacing what was there. */
void ip_test_write(const char *path, const void *data, size_t size);

/* Whether path exists. */
int ip_test_exists(const char *path);

/* Deterministic numbers for test data: a small 64-bit state, then [0, 1). */
uint64_t ip_test_random(uint64_t *state);
double ip_test_uniform(uint64_t *state);

#endif
