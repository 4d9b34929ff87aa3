/* What the tests of the network's ops share. */
#ifndef IP_TEST_OP_H
#define IP_TEST_OP_H

#include <iphase/status.h>
#include <iphase/threads.h>
#include "core/core.h"
#include "device.h"
#include "golden.h"
#include "maps.h"

/* call returns IP_EINVAL and says why: its one error has text in it. */
#define ip_test_refused(call, text) \
	(ip_test_log_capture(), ip_test_is_refused(call, text))
void ip_test_is_refused(int rc, const char *text);

/* The same with the room's buffer a byte short, which it then has again. */
#define ip_test_refused_short(room, call, text) \
	((room)->buf.size--, ip_test_refused(call, text), \
	(void)(room)->buf.size++)

/*
 * Whether call, with no memory after so many allocations, returns IP_ENOMEM
 * with one error; else it has to succeed, with none. Another backend than the
 * processor is not called, and taken to need one allocation.
 */
#define ip_test_starved(after, call) (!ip_test_on_cpu() ? (after) == 0 : \
	(ip_test_log_capture(), ip_alloc_fail_after(after), \
	ip_test_is_starved(call)))
int ip_test_is_starved(int rc);

/* Bytes of rooms, one behind the other. */
struct ip_test_bytes { unsigned char *at; size_t size; };
void ip_test_keep(struct ip_test_bytes *bytes, struct ip_test_room *r);
/* What call(of) keeps of its results is the same for 1, 2 and 3 threads. */
void ip_test_same_by_threads(void (*call)(const void *of,
	struct ip_test_bytes *bytes), const void *of);

/* Numbers of a golden file's NAME/KEY; see ip_test_numbers. */
double *ip_test_numbers_of(const struct ip_bundle *b, const char *name,
	const char *key, size_t n);

/* A test with a device of its own, which has no scratch yet. */
#define ip_test_fresh(test) cmocka_unit_test_setup_teardown(test, \
	ip_test_dev_open, ip_test_dev_close)

/*
 * An array of tests as cmocka_run_group_tests runs it, under each instruction
 * set that there is, with a device for each.
 */
#define ip_test_run_every_isa(tests) \
	ip_test_run_each(tests, sizeof(tests) / sizeof(*(tests)))
int ip_test_run_each(const struct CMUnitTest *tests, size_t n);

#endif
