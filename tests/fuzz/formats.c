/*
 * Foreign formats under attack. LLVMFuzzerTestOneInput takes its first byte
 * as the format and the rest as the file. Built without a fuzzer, main cuts a
 * small file of each format at every byte, flips bits, changes bytes, and lets
 * every allocation fail once. Each must give one error and leave the output
 * empty, or be read: to the same data where the format has checksums. These
 * are also made right again, so that what they guard is reached.
 */
#include <sys/resource.h>
#include "support/support.h"
#include "support/format_fixture.h"
#include "support/ipt_fixture.h"
#include "core/core.h"

static char path[512];
static int errors, warnings;

static void on_log(void *ctx, enum ip_level level, const char *text)
{
	(void)ctx;
	errors += level == IP_LOG_ERROR && text[0];
	warnings += level == IP_LOG_WARN;
}

static void release(struct ip_test_output *o)
{
	ip_bundle_free(&o->bundle);
	ip_cube_free(&o->cube);
	ip_structure_free(&o->structure);
	ip_tensor_free(&o->tensor);
}

static void set_up(void)
{
	if (path[0])
		return;
	snprintf(path, sizeof path, "%s", ip_test_tmp("fuzz"));
	ip_log_set(on_log, NULL);
}

static int read_bytes(const struct ip_test_format *f, const void *p, size_t n,
	struct ip_test_output *o)
{
	ip_test_overwrite(path, p, n);
	errors = warnings = 0;
	return f->read(path, o);
}

/* What has been read must be whole: touch all of it. */
static double touch_tensor(const struct ip_tensor *t)
{
	size_t n = ip_tensor_count(t) * ip_dtype_size(t->dtype), i;
	double sum = 0;

	for (i = 0; i < n; i++)
		sum += ((unsigned char *)t->data)[i];
	return sum;
}

static double touch(const struct ip_test_output *o)
{
	double sum = touch_tensor(&o->cube.grid) + touch_tensor(&o->tensor);
	size_t i;

	for (i = 0; i < o->structure.count; i++)
		sum += o->structure.atoms[i].z;
	for (i = 0; i < o->bundle.count; i++)
		sum += touch_tensor(&o->bundle.items[i].tensor);
	return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ip_test_output o = { 0 };

	set_up();
	if (size && read_bytes(&ip_test_formats[data[0] %
	    ip_test_format_count], data + 1, size - 1, &o) == 0)
		touch(&o);
	release(&o);
	return 0;
}

#ifndef IP_LIBFUZZER

static int failures;

static void complain(const struct ip_test_format *f, const char *how,
	size_t at, const char *what)
{
	if (failures++ < 20)
		printf("# %s, %s %zu: %s\n", f->name, how, at, what);
}

static int same(const struct ip_test_output *a, const struct ip_test_output *b)
{
	return ip_test_same_bundle(&a->bundle, &b->bundle) &&
		a->structure.count == b->structure.count &&
		ip_test_same_tensor(&a->cube.grid, &b->cube.grid) &&
		ip_test_same_tensor(&a->tensor, &b->tensor);
}

/* Read, and judge what came of it. may: only one message is asked for. */
static void judge(const struct ip_test_format *f, const void *p, size_t n,
	const char *how, size_t at, const struct ip_test_output *whole, int may)
{
	static const struct ip_test_output none;
	struct ip_test_output o = { 0 };
	int rc = read_bytes(f, p, n, &o);

	if (rc < 0 && errors != 1)
		complain(f, how, at, "an error, but not one message");
	if (rc < 0 && memcmp(&o, &none, sizeof o) != 0)
		complain(f, how, at, "an error, but something in the output");
	if (rc == 0 && errors)
		complain(f, how, at, "an error message, but no error");
	if (rc > 0)
		complain(f, how, at, "a status above 0");
	if (rc == 0 && !may && (!f->sure || !same(&o, whole)))
		complain(f, how, at, "taken, and not a word");
	if (rc == 0)
		touch(&o);
	release(&o);
}

static void cut(const struct ip_test_format *f, const unsigned char *p,
	size_t size, const struct ip_test_output *whole)
{
	struct ip_test_output o = { 0 };
	size_t n, last = f->tail ? f->tail(p, size) : size;

	for (n = 0; n < size; n++) {
		judge(f, p, n, "cut at", n, whole, n >= last);
		if (n < last)
			continue;
		if (read_bytes(f, p, n, &o) == 0 && warnings == 0)
			complain(f, "cut at", n, "taken without a warning");
		release(&o);
	}
}

static void flip(const struct ip_test_format *f, unsigned char *p, size_t size,
	const struct ip_test_output *whole, uint64_t *s)
{
	size_t i, bit;

	for (i = 0; i < f->flips; i++) {
		bit = ip_test_random(s) % (8 * size);
		p[bit / 8] ^= (unsigned char)(1u << bit % 8);
		judge(f, p, size, "flipped bit", bit, whole, !f->sure);
		p[bit / 8] ^= (unsigned char)(1u << bit % 8);
	}
}

/* Bits flip, and the checksums are right again. */
static void flip_mended(const struct ip_test_format *f, const unsigned char *p,
	size_t size, uint64_t *s)
{
	unsigned char *q = malloc(size);
	size_t i, bit;

	for (i = 0; i < f->flips; i++) {
		bit = ip_test_random(s) % (8 * size);
		memcpy(q, p, size);
		q[bit / 8] ^= (unsigned char)(1u << bit % 8);
		f->mend(q, size);
		judge(f, q, size, "flipped and mended bit", bit, NULL, 1);
	}
	free(q);
}

/* A few bytes become interesting ones. */
static void tamper(const struct ip_test_format *f, const unsigned char *p,
	size_t size, uint64_t *s)
{
	static const unsigned char bytes[] = "\0\1\2\3\10\77\100\177\200\376"
		"\377 0123456789-+.e\n\"'(){},:=NaInf[]hjqrtusQRKMJX\205"
		"\206\207\210\212\224";
	unsigned char *q = malloc(size);
	size_t i, k;

	for (i = 0; i < f->flips; i++) {
		memcpy(q, p, size);
		for (k = 1 + ip_test_random(s) % 4; k > 0; k--)
			q[ip_test_random(s) % size] = bytes[ip_test_random(s) %
				(sizeof bytes - 1)];
		if (f->mend)
			f->mend(q, size);
		judge(f, q, size, "changed bytes", i, NULL, 1);
	}
	free(q);
}

/* The first, second .. allocation fails; a leak is the sanitizer's to see. */
static void starve(const struct ip_test_format *f, const unsigned char *p,
	size_t size)
{
	struct ip_test_output o = { 0 };
	long n;
	int rc = -1;

	for (n = 0; rc < 0 && n < 10000; n++) {
		ip_alloc_fail_after(n);
		rc = read_bytes(f, p, size, &o);
		ip_alloc_fail_after(-1);
		if (rc < 0 && (rc != IP_ENOMEM || errors != 1))
			complain(f, "allocation", (size_t)n, "not refused"
				" cleanly");
	}
	if (rc < 0)
		complain(f, "allocation", (size_t)n, "never enough");
	release(&o);
}

static void check_memory(void)
{
#ifndef __SANITIZE_ADDRESS__
	struct rusage u;

	/* the files have a few hundred bytes; much of this is libraries */
	if (getrusage(RUSAGE_SELF, &u) == 0 && u.ru_maxrss > 200000) {
		printf("# %ld kB of memory\n", u.ru_maxrss);
		failures++;
	}
#endif
}

static void attack(const struct ip_test_format *f, int number, uint64_t *s)
{
	struct ip_test_output whole = { 0 }, again = { 0 };
	int before = failures;
	unsigned char *p;
	size_t size;

	f->make(path);
	p = ip_test_read(path, &size);
	if (read_bytes(f, p, size, &whole) < 0 || warnings)
		complain(f, "whole", 0, "refused");
	cut(f, p, size, &whole);
	flip(f, p, size, &whole, s);
	if (f->mend)
		flip_mended(f, p, size, s);
	tamper(f, p, size, s);
	starve(f, p, size);
	if (read_bytes(f, p, size, &again) < 0 || !same(&again, &whole))
		complain(f, "whole", 1, "no longer read");
	release(&again);
	release(&whole);
	free(p);
	printf("%s %d - %s: %zu flips, %zu changes, %zu cuts\n",
		failures > before ? "not ok" : "ok", number, f->name, f->flips,
		f->flips, size);
}

int main(void)
{
	uint64_t s = 7;
	size_t i;

	set_up();
	for (i = 0; i < ip_test_format_count; i++)
		attack(&ip_test_formats[i], (int)i + 1, &s);
	check_memory();
	printf("1..%zu\n", ip_test_format_count);
	return failures != 0;
}

#endif
