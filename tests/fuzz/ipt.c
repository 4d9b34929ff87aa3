/*
 * .ipt under attack. LLVMFuzzerTestOneInput takes any bytes as a file: it
 * must neither crash nor read past memory. Built without a fuzzer, main runs
 * 10,000 random bit flips of small files, each to give an error or the right
 * data, and then as many changes with the checksums made right again.
 */
#include <unistd.h>
#include "support/support.h"
#include "support/ipt_fixture.h"
#include <iphase/ipt.h>
#include <iphase/threads.h>
#include "core/core.h"
#include "ipt/format.h"

static char path[512];
static int errors, warnings;

static void on_log(void *ctx, enum ip_level level, const char *text)
{
	(void)ctx;
	(void)text;
	errors += level == IP_LOG_ERROR;
	warnings += level == IP_LOG_WARN;
}

static void put_file(const void *p, size_t n)
{
	if (!path[0]) {
		snprintf(path, sizeof path, "%s", ip_test_tmp("fuzz.ipt"));
		ip_log_set(on_log, NULL);
		ip_threads_set(1);	/* small files: waking costs more */
	}
	ip_test_overwrite(path, p, n);
}

static int read_file(int flags, struct ip_bundle *b)
{
	struct ip_tensor v;
	struct ip_ipt *f;
	size_t i;
	int rc;

	errors = warnings = 0;
	rc = ip_ipt_open(&f, path, flags);
	if (rc < 0)
		return rc;
	rc = ip_ipt_read_all(f, b);
	for (i = 0; rc == 0 && i < ip_ipt_count(f); i++)
		ip_ipt_map(f, i, &v);
	ip_ipt_close(f);
	return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ip_ipt_writer *w;
	struct ip_bundle b = { 0 };

	put_file(data, size);
	if (read_file(0, &b) == 0)
		ip_bundle_free(&b);
	if (read_file(IP_IPT_RECOVER, &b) == 0)
		ip_bundle_free(&b);
	if (ip_ipt_append(&w, path) == 0) {
		ip_ipt_commit(w);
		ip_ipt_writer_close(w);
	}
	return 0;
}

#ifndef IP_LIBFUZZER

#define FLIPS 10000

static int failures;

static void complain(const char *what, size_t bit)
{
	if (failures++ < 20)
		printf("# bit %zu of byte %zu: %s\n", bit % 8, bit / 8, what);
}

/* Packed, stored, or packed with rows added in two more commits. */
static unsigned char *make(int kind, struct ip_bundle *whole, size_t *size)
{
	static const size_t shape[] = { 3, 40 };
	struct ip_bundle b = { 0 };
	struct ip_ipt_writer *w;
	struct ip_tensor t;
	unsigned char *p;
	size_t i;

	ip_test_bundle(&b);
	if (ip_ipt_save(path, &b, kind == 1) < 0 ||
	    ip_tensor_new(&t, IP_F32, 2, shape) < 0)
		exit(99);
	ip_bundle_free(&b);
	for (i = 0; i < 120; i++)
		((float *)t.data)[i] = (float)i;
	for (i = 0; kind == 2 && i < 2; i++) {
		if (ip_ipt_append(&w, path) < 0 ||
		    ip_ipt_put_rows(w, "rows", &t, NULL) < 0 ||
		    ip_ipt_commit(w) < 0)
			exit(99);
		ip_ipt_writer_close(w);
	}
	ip_tensor_free(&t);
	if (ip_ipt_load(path, whole) < 0)
		exit(99);
	p = ip_test_read(path, size);
	return p;
}

static void flip(unsigned char *p, size_t size, size_t bit,
	const struct ip_bundle *whole)
{
	struct ip_bundle b = { 0 };
	int rc;

	p[bit / 8] ^= (unsigned char)(1u << bit % 8);
	put_file(p, size);
	p[bit / 8] ^= (unsigned char)(1u << bit % 8);
	rc = read_file(0, &b);
	if (rc == 0 && !ip_test_same_bundle(&b, whole))
		complain("wrong data, and not a word", bit);
	if (rc < 0 && errors != 1)
		complain("an error, but not one message", bit);
	ip_bundle_free(&b);
	rc = read_file(IP_IPT_RECOVER, &b);
	if (rc == 0 && !ip_test_part_of(&b, whole))
		complain("recovered what never was", bit);
	if (rc == 0 && warnings == 0 && !ip_test_same_bundle(&b, whole))
		complain("recovered a part, and not a word", bit);
	if (rc < 0 && errors != 1)
		complain("not recovered, but not one message", bit);
	ip_bundle_free(&b);
}

/* The same without the end, so that nothing but the blocks can be trusted. */
static void flip_and_cut(unsigned char *p, size_t size, size_t bit,
	const struct ip_bundle *whole)
{
	struct ip_bundle b = { 0 };
	int rc;

	p[bit / 8] ^= (unsigned char)(1u << bit % 8);
	put_file(p, size - 1);
	p[bit / 8] ^= (unsigned char)(1u << bit % 8);
	rc = read_file(IP_IPT_RECOVER, &b);
	if (rc == 0 && !ip_test_part_of(&b, whole))
		complain("recovered what never was, of a cut file", bit);
	if (rc < 0 && errors != 1)
		complain("cut and not recovered, but not one message", bit);
	ip_bundle_free(&b);
}

/* Make the header's and every block's checksum right, as far as they go. */
static void mend(unsigned char *p, size_t size)
{
	size_t at, n;
	int i;

	if (size < IP_IPT_HEADER)
		return;
	ip_put32(p + 28, ip_crc32(0, p, 28));
	for (i = 32; i < 96; i += 32)
		ip_put32(p + i + 28, ip_crc32(0, p + i, 28));
	for (at = IP_IPT_HEADER; at + 64 <= size; at += 64) {
		if (memcmp(p + at, "IPTB", 4) != 0)
			continue;
		n = (size_t)ip_get64(p + at + 16);
		if (n <= size - at - 64)
			ip_put32(p + at + 56, ip_crc32(0, p + at + 64, n));
		ip_put32(p + at + 60, ip_crc32(0, p + at, 60));
	}
}

/* A few bytes become interesting ones. Not to crash is all that is asked. */
static void tamper(const unsigned char *p, size_t size, uint64_t *s)
{
	static const unsigned char bytes[] = { 0, 1, 2, 3, 8, 0x40, 0x7f,
		0x80, 0xff };
	unsigned char *q = malloc(size);
	size_t n = 1 + ip_test_random(s) % 4, i;

	if (!q)
		exit(99);
	memcpy(q, p, size);
	for (i = 0; i < n; i++)
		q[ip_test_random(s) % size] =
			bytes[ip_test_random(s) % sizeof bytes];
	mend(q, size);
	LLVMFuzzerTestOneInput(q, size);
	free(q);
}

int main(void)
{
	struct ip_bundle whole = { 0 };
	unsigned char *p;
	uint64_t s = 42;
	size_t size, bit, i;
	int kind;

	put_file("", 0);
	for (kind = 0; kind < 3; kind++) {
		p = make(kind, &whole, &size);
		for (i = 0; i < FLIPS / 3 + 1; i++) {
			bit = (size_t)(ip_test_random(&s) % (8 * size));
			flip(p, size, bit, &whole);
			flip_and_cut(p, size, bit, &whole);
		}
		for (i = 0; i < FLIPS / 3 + 1; i++)
			tamper(p, size, &s);
		ip_bundle_free(&whole);
		free(p);
	}
	printf("%s 1 - %d flips and %d changes of .ipt files\n",
		failures ? "not ok" : "ok", FLIPS, FLIPS);
	return failures != 0;
}

#endif
