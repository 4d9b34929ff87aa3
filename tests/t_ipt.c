/* The .ipt container: what goes in comes out, in parts, later, after death. */
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "support/support.h"
#include "support/ipt_fixture.h"
#include <iphase/ipt.h>
#include <iphase/threads.h>
#include "core/core.h"
#include "ipt/format.h"

static char *tmp(const char *name)
{
	static char path[4][512];
	static int k;

	k = (k + 1) % 4;
	snprintf(path[k], sizeof path[k], "%s", ip_test_tmp("%s", name));
	return path[k];
}

static void round_trip(void **state)
{
	struct ip_bundle a = { 0 }, b = { 0 };
	const char *path = tmp("a.ipt");
	int store;

	(void)state;
	ip_test_bundle(&a);
	for (store = 0; store < 2; store++) {
		assert_int_equal(ip_ipt_save(path, &a, store), 0);
		assert_int_equal(ip_ipt_load(path, &b), 0);
		assert_true(ip_test_same_bundle(&a, &b));
		ip_bundle_free(&b);
	}
	ip_bundle_free(&a);
	/* nothing at all is a file too */
	assert_int_equal(ip_ipt_save(path, &a, 0), 0);
	assert_int_equal(ip_ipt_load(path, &b), 0);
	assert_int_equal(b.count + b.attrs.count, 0);
}

/* A smooth picture with noise: it packs, but not to nothing. */
static void fill(struct ip_tensor *t, enum ip_dtype type, int ndim,
	const size_t *shape)
{
	struct ip_tensor d;
	uint64_t s = 1;
	size_t i, n;

	assert_int_equal(ip_tensor_new(&d, IP_F64, ndim, shape), 0);
	n = ip_tensor_count(&d);
	for (i = 0; i < n; i++)
		((double *)d.data)[i] = (double)(i % 1000) +
			ip_test_uniform(&s);
	assert_int_equal(ip_tensor_convert(t, type, &d), 0);
	ip_tensor_free(&d);
}

/* Three shapes: rows in a chunk, a row over several, one long axis. */
static const struct { enum ip_dtype type; int ndim; size_t shape[3]; }
big[] = {
	{ IP_F32, 3, { 70, 100, 101 } },
	{ IP_F64, 2, { 3, 300001 } },
	{ IP_I16, 1, { 1200000 } },
	{ IP_C64, 2, { 400, 1000 } },
};
#define BIG (sizeof big / sizeof *big)

static void big_bundle(struct ip_bundle *b)
{
	struct ip_tensor t;
	char name[8];
	size_t i;

	for (i = 0; i < BIG; i++) {
		snprintf(name, sizeof name, "t%zu", i);
		fill(&t, big[i].type, big[i].ndim, big[i].shape);
		assert_int_equal(ip_bundle_add(b, name, &t, NULL), 0);
	}
}

static void rows_across_chunks(void **state)
{
	static const size_t at[][2] = { { 0, 1 }, { 0, 2 }, { 1, 2 }, { 25, 1 },
		{ 24, 4 }, { 25, 26 }, { 0, 70 }, { 69, 1 }, { 70, 0 },
		{ 0, 0 }, { 261000, 3000 }, { 524287, 2 }, { 1199999, 1 },
		{ 130, 270 } };
	struct ip_bundle b = { 0 };
	struct ip_tensor t, v;
	struct ip_ipt *f;
	size_t i, k;
	int store;

	(void)state;
	big_bundle(&b);
	for (store = 0; store < 2; store++) {
		assert_int_equal(ip_ipt_save(tmp("b.ipt"), &b, store), 0);
		assert_int_equal(ip_ipt_open(&f, tmp("b.ipt"), 0), 0);
		for (i = 0; i < BIG; i++)
			for (k = 0; k < sizeof at / sizeof *at; k++) {
				if (at[k][0] + at[k][1] > big[i].shape[0])
					continue;
				assert_int_equal(ip_ipt_rows(f, i, at[k][0],
					at[k][1], &t), 0);
				assert_int_equal(ip_tensor_slice(&v,
					&b.items[i].tensor, 0, at[k][0],
					at[k][1]), 0);
				assert_true(ip_test_same_tensor(&t, &v));
				ip_tensor_free(&t);
			}
		ip_test_log_capture();
		assert_int_equal(ip_ipt_rows(f, 0, 70, 1, &t), IP_EINVAL);
		assert_int_equal(ip_ipt_rows(f, 0, 1, SIZE_MAX, &t),
			IP_EINVAL);
		assert_int_equal(ip_ipt_rows(f, 9, 0, 1, &t), IP_EINVAL);
		assert_int_equal(ip_test_log_errors(), 3);
		ip_ipt_close(f);
	}
	ip_bundle_free(&b);
}

static void same_bytes_for_any_threads(void **state)
{
	struct ip_bundle b = { 0 };
	unsigned char *first, *p;
	size_t n, m;
	int k;

	(void)state;
	big_bundle(&b);
	assert_int_equal(ip_threads_set(1), 0);
	assert_int_equal(ip_ipt_save(tmp("t.ipt"), &b, 0), 0);
	first = ip_test_read(tmp("t.ipt"), &n);
	for (k = 2; k <= 3; k++) {
		assert_int_equal(ip_threads_set(k), 0);
		assert_int_equal(ip_ipt_save(tmp("t.ipt"), &b, 0), 0);
		p = ip_test_read(tmp("t.ipt"), &m);
		assert_int_equal(m, n);
		assert_memory_equal(p, first, n);
		free(p);
	}
	assert_int_equal(ip_threads_set(0), 0);
	free(first);
	ip_bundle_free(&b);
}

static void stored_tensors_are_mapped(void **state)
{
	struct ip_bundle b = { 0 };
	struct ip_tensor v;
	struct ip_ipt *f;
	size_t i;

	(void)state;
	big_bundle(&b);
	assert_int_equal(ip_ipt_save(tmp("m.ipt"), &b, 1), 0);
	assert_int_equal(ip_ipt_open(&f, tmp("m.ipt"), 0), 0);
	for (i = 0; i < BIG; i++) {
		assert_int_equal(ip_ipt_map(f, i, &v), 0);
		assert_int_equal((uintptr_t)v.data % 64, 0);
		assert_true(ip_test_same_tensor(&v, &b.items[i].tensor));
	}
	ip_ipt_close(f);
	assert_int_equal(ip_ipt_save(tmp("m.ipt"), &b, 0), 0);
	assert_int_equal(ip_ipt_open(&f, tmp("m.ipt"), 0), 0);
	ip_test_log_capture();
	assert_int_equal(ip_ipt_map(f, 0, &v), IP_ENOTSUP);
	ip_test_assert_logged("only one stored chunk can be mapped");
	ip_ipt_close(f);
	ip_bundle_free(&b);
}

/* ---- writing in parts ---- */

#define ROW 1000

/* Row r of "rows" holds r * ROW + column. */
static void put_rows(struct ip_ipt_writer *w, size_t first, size_t n)
{
	size_t shape[2] = { n, ROW }, i;
	struct ip_tensor t;

	assert_int_equal(ip_tensor_new(&t, IP_U32, 2, shape), 0);
	for (i = 0; i < n * ROW; i++)
		((uint32_t *)t.data)[i] = (uint32_t)(first * ROW + i);
	assert_int_equal(ip_ipt_put_rows(w, "rows", &t, NULL), 0);
	ip_tensor_free(&t);
}

/* The number of rows, all of them right. */
static size_t rows_in(const char *path, int flags)
{
	struct ip_tensor t;
	struct ip_ipt *f;
	size_t i, n;
	long k;

	if (ip_ipt_open(&f, path, flags) < 0)
		return SIZE_MAX;
	k = ip_ipt_find(f, "rows");
	assert_true(k >= 0);
	n = ip_ipt_item(f, (size_t)k)->tensor.shape[0];
	assert_int_equal(ip_ipt_read(f, (size_t)k, &t), 0);
	assert_int_equal(ip_tensor_count(&t), n * ROW);
	for (i = 0; i < n * ROW; i++)
		if (((uint32_t *)t.data)[i] != i)
			fail_msg("element %zu is %u", i,
				((uint32_t *)t.data)[i]);
	ip_tensor_free(&t);
	ip_ipt_close(f);
	return n;
}

static void rows_grow(void **state)
{
	/* less than, exactly, and more than the 262 rows of a chunk */
	static const size_t n[] = { 1, 0, 261, 100, 162, 262, 600, 524, 7 };
	struct ip_ipt_layout l;
	struct ip_ipt_writer *w;
	struct ip_attrs a = { 0 };
	struct ip_tensor t;
	struct ip_ipt *f;
	size_t i, total = 0;

	(void)state;
	assert_int_equal(ip_ipt_create(&w, tmp("g.ipt"), 0), 0);
	for (i = 0; i < sizeof n / sizeof *n; i++) {
		put_rows(w, total, n[i]);
		total += n[i];
	}
	assert_false(ip_test_exists(tmp("g.ipt")));
	assert_int_equal(ip_ipt_commit(w), 0);
	assert_int_equal(rows_in(tmp("g.ipt"), 0), total);
	put_rows(w, total, 5);			/* the writer goes on */
	assert_int_equal(rows_in(tmp("g.ipt"), 0), total);
	assert_int_equal(ip_ipt_commit(w), 0);
	assert_int_equal(rows_in(tmp("g.ipt"), 0), total + 5);
	assert_int_equal(ip_ipt_commit(w), 0);
	put_rows(w, total + 5, 300);
	ip_ipt_writer_close(w);			/* not committed: not there */
	assert_int_equal(rows_in(tmp("g.ipt"), 0), total + 5);
	assert_int_equal(ip_ipt_append(&w, tmp("g.ipt")), 0);
	put_rows(w, total + 5, 300);
	fill(&t, IP_F32, 0, NULL);
	assert_int_equal(ip_ipt_put(w, "scalar", &t, NULL), 0);
	ip_tensor_free(&t);
	ip_attrs_number(&a, "k", 1);
	assert_int_equal(ip_ipt_put_attrs(w, &a), 0);
	ip_attrs_number(&a, "k", 2);
	assert_int_equal(ip_ipt_put_attrs(w, &a), 0);
	assert_int_equal(ip_ipt_commit(w), 0);
	ip_ipt_writer_close(w);
	ip_attrs_free(&a);
	assert_int_equal(rows_in(tmp("g.ipt"), 0), total + 305);
	ip_test_log_capture();
	assert_int_equal(rows_in(tmp("g.ipt"), IP_IPT_RECOVER), total + 305);
	assert_int_equal(ip_test_log_warnings(), 0);
	assert_int_equal(ip_ipt_open(&f, tmp("g.ipt"), 0), 0);
	assert_true(ip_attrs_get(ip_ipt_attrs(f), "k", 0) == 2);
	assert_int_equal(ip_ipt_count(f), 2);
	ip_ipt_layout(f, 0, &l);
	assert_true(l.grows && l.packed == l.chunks && l.chunks == 11);
	assert_int_equal(ip_ipt_find(f, "none"), IP_ENOTFOUND);
	assert_null(ip_ipt_item(f, 2));
	ip_ipt_close(f);
}

static void wrong_puts(void **state)
{
	static const size_t shape[] = { 2, 3 }, empty[] = { 2, 0 };
	struct ip_ipt_writer *w;
	struct ip_tensor a, b, s;
	char name[300];

	(void)state;
	memset(name, 'x', sizeof name - 1);
	name[256] = '\0';
	assert_int_equal(ip_tensor_new(&a, IP_F32, 2, shape), 0);
	assert_int_equal(ip_tensor_new(&b, IP_F32, 2, empty), 0);
	assert_int_equal(ip_tensor_new(&s, IP_F32, 0, NULL), 0);
	assert_int_equal(ip_ipt_create(&w, tmp("w.ipt"), 0), 0);
	assert_int_equal(ip_ipt_put(w, "a", &a, NULL), 0);
	assert_int_equal(ip_ipt_put_rows(w, "r", &a, NULL), 0);
	ip_test_log_capture();
	assert_int_equal(ip_ipt_put(w, "a", &a, NULL), IP_EINVAL);
	assert_int_equal(ip_ipt_put(w, "r", &a, NULL), IP_EINVAL);
	assert_int_equal(ip_ipt_put(w, "", &a, NULL), IP_EINVAL);
	assert_int_equal(ip_ipt_put(w, name, &a, NULL), IP_EINVAL);
	assert_int_equal(ip_ipt_put(w, "\xff", &a, NULL), IP_EINVAL);
	assert_int_equal(ip_ipt_put(w, "\xc0\x80", &a, NULL), IP_EINVAL);
	assert_int_equal(ip_ipt_put(w, "a\n", &a, NULL), IP_EINVAL);
	assert_int_equal(ip_ipt_put_rows(w, "a", &a, NULL), IP_EINVAL);
	assert_int_equal(ip_ipt_put_rows(w, "e", &b, NULL), IP_EINVAL);
	assert_int_equal(ip_ipt_put_rows(w, "s", &s, NULL), IP_EINVAL);
	assert_int_equal(ip_ipt_put_rows(w, "r", &b, NULL), IP_EINVAL);
	a.dtype = IP_I32;
	assert_int_equal(ip_ipt_put_rows(w, "r", &a, NULL), IP_EINVAL);
	assert_int_equal(ip_test_log_errors(), 12);
	name[255] = '\0';
	assert_int_equal(ip_ipt_put(w, name, &s, NULL), 0);
	assert_int_equal(ip_ipt_commit(w), 0);	/* none of it did harm */
	ip_ipt_writer_close(w);
	ip_ipt_writer_close(NULL);
	ip_tensor_free(&a);
	ip_tensor_free(&b);
	ip_tensor_free(&s);
}

static void a_view_is_written_as_seen(void **state)
{
	static const size_t shape[] = { 40, 50 };
	static const int perm[] = { 1, 0 };
	struct ip_tensor t, v, got;
	struct ip_ipt_writer *w;
	struct ip_ipt *f;
	size_t x, y;

	(void)state;
	fill(&t, IP_F32, 2, shape);
	assert_int_equal(ip_tensor_permute(&v, &t, perm), 0);
	assert_int_equal(ip_ipt_create(&w, tmp("v.ipt"), 1), 0);
	assert_int_equal(ip_ipt_put(w, "v", &v, NULL), 0);
	assert_int_equal(ip_ipt_put_rows(w, "r", &v, NULL), 0);
	assert_int_equal(ip_ipt_commit(w), 0);
	ip_ipt_writer_close(w);
	assert_int_equal(ip_ipt_open(&f, tmp("v.ipt"), 0), 0);
	for (x = 0; x < 2; x++) {
		assert_int_equal(ip_ipt_read(f, x, &got), 0);
		for (y = 0; y < 2000; y++)
			assert_true(((float *)got.data)[y] ==
				((float *)t.data)[y % 40 * 50 + y / 40]);
		ip_tensor_free(&got);
	}
	ip_ipt_close(f);
	ip_tensor_free(&t);
}

/* ---- cut off ---- */

static size_t elements(const struct ip_bundle *b)
{
	size_t i, n = 0;

	for (i = 0; i < b->count; i++)
		n += ip_tensor_count(&b->items[i].tensor);
	return n;
}

/* A fixture with a growing tensor in two commits, many small chunks. */
static unsigned char *fixture(size_t *size, struct ip_bundle *whole)
{
	struct ip_bundle b = { 0 };
	struct ip_ipt_writer *w;
	unsigned char *p;
	size_t i;

	ip_test_bundle(&b);
	assert_int_equal(ip_ipt_save(tmp("c.ipt"), &b, 0), 0);
	ip_bundle_free(&b);
	assert_int_equal(ip_ipt_append(&w, tmp("c.ipt")), 0);
	for (i = 0; i < 3; i++) {
		put_rows(w, i, 1);
		assert_int_equal(ip_ipt_commit(w), 0);
	}
	ip_ipt_writer_close(w);
	assert_int_equal(ip_ipt_load(tmp("c.ipt"), whole), 0);
	p = ip_test_read(tmp("c.ipt"), size);
	assert_true(*size < 30000);
	return p;
}

static void cut_at_every_byte(void **state)
{
	struct ip_bundle whole = { 0 }, b = { 0 };
	size_t size, n, got, before = 0, given = 0;
	unsigned char *p;
	struct ip_ipt *f;
	int rc;

	(void)state;
	p = fixture(&size, &whole);
	for (n = 0; n < size; n++) {
		ip_test_write(tmp("cut.ipt"), p, n);
		ip_test_log_capture();
		rc = ip_ipt_load(tmp("cut.ipt"), &b);
		assert_true(rc == IP_ETRUNCATED);
		assert_int_equal(ip_test_log_errors(), 1);
		ip_test_log_capture();
		rc = ip_ipt_open(&f, tmp("cut.ipt"), IP_IPT_RECOVER);
		if (rc < 0) {
			assert_int_equal(ip_test_log_errors(), 1);
			assert_int_equal(given, 0);
			continue;
		}
		assert_true(ip_test_log_warnings() > 0);
		assert_int_equal(ip_ipt_read_all(f, &b), 0);
		assert_true(ip_test_part_of(&b, &whole));
		got = elements(&b);
		assert_true(got >= before);
		before = got;
		given++;
		ip_bundle_free(&b);
		ip_ipt_close(f);
	}
	/* all but the last index is there: so is everything */
	assert_int_equal(before, elements(&whole));
	assert_true(given > size * 9 / 10);
	free(p);
	ip_bundle_free(&whole);
}

/* What an addition left behind that was killed is no harm, and can be had. */
static void unfinished_addition(void **state)
{
	struct ip_ipt_writer *w;
	unsigned char *p;
	size_t n, m;

	(void)state;
	assert_int_equal(ip_ipt_create(&w, tmp("u.ipt"), 0), 0);
	put_rows(w, 0, 10);
	assert_int_equal(ip_ipt_commit(w), 0);
	put_rows(w, 10, 600);		/* 514 + a rest in memory */
	put_rows(w, 610, 600);
	fflush(NULL);
	assert_int_equal(rows_in(tmp("u.ipt"), 0), 10);
	p = ip_test_read(tmp("u.ipt"), &n);
	ip_ipt_writer_close(w);
	ip_test_write(tmp("u2.ipt"), p, n);
	assert_int_equal(rows_in(tmp("u2.ipt"), 0), 10);
	ip_test_log_capture();
	assert_int_equal(rows_in(tmp("u2.ipt"), IP_IPT_RECOVER), 1058);
	assert_int_equal(ip_test_log_warnings(), 1);
	/* adding again drops it */
	assert_int_equal(ip_ipt_append(&w, tmp("u2.ipt")), 0);
	put_rows(w, 10, 1);
	assert_int_equal(ip_ipt_commit(w), 0);
	ip_ipt_writer_close(w);
	assert_int_equal(rows_in(tmp("u2.ipt"), 0), 11);
	free(ip_test_read(tmp("u2.ipt"), &m));
	assert_true(m < n);
	free(p);
}

/* ---- death ---- */

static void wait_ms(long ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&t, NULL);
}

static void kill_and_reap(pid_t pid)
{
	int result;

	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &result, 0), pid);
}

static void killed_while_saving(void **state)
{
	struct ip_bundle b = { 0 }, got = { 0 };
	const char *path = tmp("k.ipt");
	uint64_t s = 5;
	int i, whole = 0;
	pid_t pid;

	(void)state;
	big_bundle(&b);
	for (i = 0; i < 24; i++) {
		remove(path);
		pid = fork();
		if (pid == 0) {
			ip_threads_set(1);	/* OpenMP and fork: no */
			for (;;)
				ip_ipt_save(path, &b, i % 2);
		}
		wait_ms((long)(ip_test_uniform(&s) * (i % 3 ? 60 : 400)));
		kill_and_reap(pid);
		if (!ip_test_exists(path))
			continue;
		assert_int_equal(ip_ipt_load(path, &got), 0);
		assert_true(ip_test_same_bundle(&b, &got));
		ip_bundle_free(&got);
		whole++;
	}
	/* the next run uses up what was left behind */
	assert_int_equal(ip_ipt_save(path, &b, 0), 0);
	assert_false(ip_test_exists(tmp(".k.ipt.tmp")));
	ip_bundle_free(&b);
	print_message("# %d of 24 killed after a whole file was there\n",
		whole);
}

static void killed_while_adding(void **state)
{
	const char *path = tmp("ka.ipt");
	struct ip_ipt_writer *w;
	size_t n, before = 0, j;
	uint64_t s = 6;
	int i;
	pid_t pid;

	(void)state;
	assert_int_equal(ip_ipt_create(&w, path, 0), 0);
	put_rows(w, 0, 0);
	assert_int_equal(ip_ipt_commit(w), 0);
	ip_ipt_writer_close(w);
	for (i = 0; i < 24; i++) {
		pid = fork();
		if (pid == 0) {
			if (ip_ipt_append(&w, path) < 0)
				_exit(1);
			for (j = before;; j += 100) {
				put_rows(w, j, 100);
				ip_ipt_commit(w);
			}
		}
		wait_ms((long)(ip_test_uniform(&s) * 40));
		kill_and_reap(pid);
		n = rows_in(path, 0);
		assert_true(n != SIZE_MAX && n >= before && n % 100 == 0);
		before = n;
	}
	assert_true(before > 0);
}

static void one_adds_at_a_time(void **state)
{
	const char *path = tmp("lock.ipt");
	struct ip_ipt_writer *w, *w2;
	int result, rc;
	pid_t pid;

	(void)state;
	assert_int_equal(ip_ipt_create(&w, path, 0), 0);
	put_rows(w, 0, 1);
	assert_int_equal(ip_ipt_commit(w), 0);
	pid = fork();
	if (pid == 0) {
		rc = ip_ipt_append(&w2, path);
		_exit(rc == IP_EIO ? 0 : 1);
	}
	waitpid(pid, &result, 0);
	assert_true(WIFEXITED(result) && WEXITSTATUS(result) == 0);
	put_rows(w, 1, 1);
	assert_int_equal(ip_ipt_commit(w), 0);
	ip_ipt_writer_close(w);
	assert_int_equal(rows_in(path, 0), 2);
}

/* ---- what is no .ipt, or a lie ---- */

static void refused(const char *path, int want, const char *part)
{
	struct ip_bundle b = { 0 };

	ip_test_log_capture();
	assert_int_equal(ip_ipt_load(path, &b), want);
	ip_test_assert_logged(part);
	assert_int_equal(b.count, 0);
}

static void not_an_ipt(void **state)
{
	unsigned char p[IP_IPT_HEADER];
	char junk[300];

	(void)state;
	refused("/no/such/file.ipt", IP_EIO, "/no/such/file.ipt");
	refused("/tmp", IP_EIO, "not a regular file");
	ip_test_write(tmp("n.ipt"), "", 0);
	refused(tmp("n.ipt"), IP_ETRUNCATED, "0 bytes");
	memset(junk, 'x', sizeof junk);
	ip_test_write(tmp("n.ipt"), junk, sizeof junk);
	refused(tmp("n.ipt"), IP_EFORMAT, "not an .ipt file");
	ip_ipt_header_put(p);
	ip_test_write(tmp("n.ipt"), p, sizeof p);
	refused(tmp("n.ipt"), IP_ETRUNCATED, "never finished");
	ip_put32(p + 12, 4);
	ip_put32(p + 28, ip_crc32(0, p, 28));
	ip_test_write(tmp("n.ipt"), p, sizeof p);
	refused(tmp("n.ipt"), IP_ENOTSUP, "features 0x4");
	ip_put32(p + 8, 2);
	ip_put32(p + 28, ip_crc32(0, p, 28));
	ip_test_write(tmp("n.ipt"), p, sizeof p);
	refused(tmp("n.ipt"), IP_ENOTSUP, "version 2");
}

/*
 * One tensor, one packed chunk; then one field of its header is changed and
 * both checksums made right again, in the block and in the index.
 */
static void lie(size_t field, uint64_t value, int want, const char *part)
{
	static const size_t shape[] = { 100, 10 };
	struct ip_bundle b = { 0 };
	struct ip_ipt_block k, index;
	unsigned char *p, *h, *ix;
	struct ip_ipt_commit c;
	struct ip_tensor t;
	size_t size, at;

	fill(&t, IP_F32, 2, shape);
	assert_int_equal(ip_bundle_add(&b, "t", &t, NULL), 0);
	assert_int_equal(ip_ipt_save(tmp("lie.ipt"), &b, 0), 0);
	ip_bundle_free(&b);
	p = ip_test_read(tmp("lie.ipt"), &size);
	assert_int_equal(ip_ipt_slot_get(p + 64, &c), 1);
	ix = p + c.index;
	assert_int_equal(ip_ipt_block_get(ix, size, &index), 0);
	assert_int_equal(index.count, 2);
	assert_int_equal(ip_ipt_block_get(ix + 128, size, &k), 0);
	assert_int_equal(k.type, IP_IPT_CHUNKS);
	at = (size_t)k.offset;
	h = p + at;
	if (field == 48 || field == 52)
		ip_put32(h + field, (uint32_t)value);
	else
		ip_put64(h + field, value);
	ip_put32(h + 60, ip_crc32(0, h, 60));
	memcpy(ix + 128, h, 64);
	index.crc = ip_crc32(0, ix + 64, (size_t)index.size);
	ip_ipt_block_put(ix, &index);
	ip_test_write(tmp("lie.ipt"), p, size);
	free(p);
	refused(tmp("lie.ipt"), want, part);
}

static void lies_with_right_checksums(void **state)
{
	(void)state;
	lie(16, 1u << 30, IP_EFORMAT, "cannot be");	/* size past the end */
	lie(16, UINT64_MAX, IP_EFORMAT, "cannot be");
	lie(24, 1u << 29, IP_EFORMAT, "cannot be");	/* deflate cannot */
	lie(24, UINT64_MAX, IP_EFORMAT, "cannot be");
	lie(24, 4004, IP_EFORMAT, "wrong size");
	lie(32, 1, IP_EFORMAT, "begins at element 1, expected 0");
	lie(40, 0, IP_EFORMAT, "cannot be");
	lie(40, 1001, IP_EFORMAT, "wrong size");
	lie(40, UINT64_MAX / 4 + 1001, IP_EFORMAT, "wrong size");
	lie(40, UINT64_MAX, IP_EFORMAT, "cannot be");
	lie(48, 7, IP_EFORMAT, "tensor 7");
	lie(52, 2, IP_EFORMAT, "cannot be");
	lie(8, 64, IP_EFORMAT, "cannot be");
	lie(8, 128, IP_EFORMAT, "overlap");
}

/* ---- the reader in Python, written from ipt(5) ---- */

/* name, type, shape, bytes in hexadecimal; attributes likewise. */
static const char script[] =
	"import sys; sys.path.insert(0, sys.argv[1])\n"
	"sys.dont_write_bytecode = True\n"
	"import read_ipt, numpy as np\n"
	"def attrs(a):\n"
	"  for k, v in a.items():\n"
	"    print(' ', k, v.encode().hex() if isinstance(v, str) else"
	" v.tobytes().hex())\n"
	"top, tensors = read_ipt.load(sys.argv[2])\n"
	"attrs(top)\n"
	"for name, (a, own) in tensors.items():\n"
	"  if isinstance(a, str):\n"
	"    print(name, 'text', len(a), a.encode().hex())\n"
	"  else:\n"
	"    print(name, a.dtype, *a.shape, a.tobytes().hex())\n"
	"  attrs(own)\n";

static void put_hex(FILE *f, const void *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		fprintf(f, "%02x", ((const unsigned char *)p)[i]);
	fputc('\n', f);
}

static void list_attrs(FILE *f, const struct ip_attrs *a)
{
	size_t i;

	for (i = 0; i < a->count; i++) {
		fprintf(f, "  %s ", a->items[i].key);
		put_hex(f, a->items[i].v.text, a->items[i].count *
			(a->items[i].type == IP_ATTR_TEXT ? 1 : 8));
	}
}

static void list_bundle(const char *path, const struct ip_bundle *b)
{
	FILE *f = fopen(path, "w");
	const struct ip_tensor *t;
	size_t i;
	int d;

	assert_non_null(f);
	list_attrs(f, &b->attrs);
	for (i = 0; i < b->count; i++) {
		t = &b->items[i].tensor;
		fprintf(f, "%s %s", b->items[i].name,
			ip_dtype_name(t->dtype));
		for (d = 0; d < t->ndim; d++)
			fprintf(f, " %zu", t->shape[d]);
		fputc(' ', f);
		put_hex(f, t->data, ip_tensor_count(t) *
			ip_dtype_size(t->dtype));
		list_attrs(f, &b->items[i].attrs);
	}
	assert_int_equal(fclose(f), 0);
}

static void python_reads_the_same(void **state)
{
	struct ip_bundle whole = { 0 };
	unsigned char *p, *want, *got;
	char command[2048];
	size_t size, n, m;

	(void)state;
	if (system("/usr/bin/python3 -c 'import numpy' 2>/dev/null") != 0)
		skip();
	p = fixture(&size, &whole);
	free(p);
	ip_test_write(tmp("list.py"), script, sizeof script - 1);
	snprintf(command, sizeof command, "/usr/bin/python3 %s %s/examples %s"
		" >%s", tmp("list.py"), ip_test_srcdir(), tmp("c.ipt"),
		tmp("py.txt"));
	assert_int_equal(system(command), 0);
	list_bundle(tmp("c.txt"), &whole);
	want = ip_test_read(tmp("c.txt"), &n);
	got = ip_test_read(tmp("py.txt"), &m);
	assert_true(n > 10000);
	assert_string_equal((char *)got, (char *)want);
	free(want);
	free(got);
	ip_bundle_free(&whole);
}

/* ---- no memory ---- */

static void out_of_memory(void **state)
{
	struct ip_bundle a = { 0 }, b = { 0 };
	int n, rc, seen = 0;

	(void)state;
	ip_test_bundle(&a);
	assert_int_equal(ip_threads_set(1), 0);
	for (n = 0; ; n++) {
		remove(tmp("oom.ipt"));
		ip_test_log_capture();
		ip_alloc_fail_after(n);
		rc = ip_ipt_save(tmp("oom.ipt"), &a, 0);
		if (rc == 0)
			rc = ip_ipt_load(tmp("oom.ipt"), &b);
		ip_alloc_fail_after(-1);
		if (rc == 0)
			break;
		assert_int_equal(rc, IP_ENOMEM);
		assert_int_equal(ip_test_log_errors(), 1);
		assert_false(ip_test_exists(tmp(".oom.ipt.tmp")));
		seen++;
	}
	assert_true(seen > 50);
	assert_true(ip_test_same_bundle(&a, &b));
	assert_int_equal(ip_threads_set(0), 0);
	ip_bundle_free(&a);
	ip_bundle_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trip),
		cmocka_unit_test(rows_across_chunks),
		cmocka_unit_test(same_bytes_for_any_threads),
		cmocka_unit_test(stored_tensors_are_mapped),
		cmocka_unit_test(rows_grow),
		cmocka_unit_test(wrong_puts),
		cmocka_unit_test(a_view_is_written_as_seen),
		cmocka_unit_test(cut_at_every_byte),
		cmocka_unit_test(unfinished_addition),
		cmocka_unit_test(killed_while_saving),
		cmocka_unit_test(killed_while_adding),
		cmocka_unit_test(one_adds_at_a_time),
		cmocka_unit_test(not_an_ipt),
		cmocka_unit_test(lies_with_right_checksums),
		cmocka_unit_test(python_reads_the_same),
		cmocka_unit_test(out_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
