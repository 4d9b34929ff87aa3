/* .ipt files cut off, killed, lying; and no memory. */
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "support/support.h"
#include "support/ipt_fixture.h"
#include <iphase/ipt.h>
#include <iphase/threads.h>
#include "core/core.h"
#include "ipt/format.h"

/* ---- cut off ---- */

static size_t elements(const struct ip_bundle *b)
{
	size_t i, n = 0;

	for (i = 0; i < b->count; i++)
		n += ip_tensor_count(&b->items[i].tensor);
	return n;
}

static void cut_at_every_byte(void **state)
{
	struct ip_bundle whole = { 0 }, b = { 0 };
	size_t size, n, got, before = 0, given = 0;
	unsigned char *p;
	struct ip_ipt *f;
	int rc;

	(void)state;
	p = ip_test_ipt(&size, &whole);
	for (n = 0; n < size; n++) {
		ip_test_overwrite(ip_test_path("cut.ipt"), p, n);
		ip_test_log_capture();
		rc = ip_ipt_load(ip_test_path("cut.ipt"), &b);
		assert_true(rc == IP_ETRUNCATED);
		assert_int_equal(ip_test_log_errors(), 1);
		ip_test_log_capture();
		rc = ip_ipt_open(&f, ip_test_path("cut.ipt"), IP_IPT_RECOVER);
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
	assert_int_equal(ip_ipt_create(&w, ip_test_path("u.ipt"), 0), 0);
	ip_test_put_rows(w, 0, 10);
	assert_int_equal(ip_ipt_commit(w), 0);
	ip_test_put_rows(w, 10, 600);		/* 514 + a rest in memory */
	ip_test_put_rows(w, 610, 600);
	fflush(NULL);
	assert_int_equal(ip_test_rows_in(ip_test_path("u.ipt"), 0), 10);
	p = ip_test_read(ip_test_path("u.ipt"), &n);
	ip_ipt_writer_close(w);
	ip_test_write(ip_test_path("u2.ipt"), p, n);
	assert_int_equal(ip_test_rows_in(ip_test_path("u2.ipt"), 0), 10);
	ip_test_log_capture();
	assert_int_equal(ip_test_rows_in(ip_test_path("u2.ipt"), IP_IPT_RECOVER), 1058);
	assert_int_equal(ip_test_log_warnings(), 1);
	/* adding again drops it */
	assert_int_equal(ip_ipt_append(&w, ip_test_path("u2.ipt")), 0);
	ip_test_put_rows(w, 10, 1);
	assert_int_equal(ip_ipt_commit(w), 0);
	ip_ipt_writer_close(w);
	assert_int_equal(ip_test_rows_in(ip_test_path("u2.ipt"), 0), 11);
	free(ip_test_read(ip_test_path("u2.ipt"), &m));
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
	const char *path = ip_test_path("k.ipt");
	uint64_t s = 5;
	int i, whole = 0;
	pid_t pid;

	(void)state;
	ip_test_big_bundle(&b);
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
	assert_false(ip_test_exists(ip_test_path(".k.ipt.tmp")));
	ip_bundle_free(&b);
	print_message("# %d of 24 killed after a whole file was there\n",
		whole);
}

static void killed_while_adding(void **state)
{
	const char *path = ip_test_path("ka.ipt");
	struct ip_ipt_writer *w;
	size_t n, before = 0, j;
	uint64_t s = 6;
	int i;
	pid_t pid;

	(void)state;
	assert_int_equal(ip_ipt_create(&w, path, 0), 0);
	ip_test_put_rows(w, 0, 0);
	assert_int_equal(ip_ipt_commit(w), 0);
	ip_ipt_writer_close(w);
	for (i = 0; i < 24; i++) {
		pid = fork();
		if (pid == 0) {
			if (ip_ipt_append(&w, path) < 0)
				_exit(1);
			for (j = before;; j += 100) {
				ip_test_put_rows(w, j, 100);
				ip_ipt_commit(w);
			}
		}
		wait_ms((long)(ip_test_uniform(&s) * 40));
		kill_and_reap(pid);
		n = ip_test_rows_in(path, 0);
		assert_true(n != SIZE_MAX && n >= before && n % 100 == 0);
		before = n;
	}
	assert_true(before > 0);
}

static void one_adds_at_a_time(void **state)
{
	const char *path = ip_test_path("lock.ipt");
	struct ip_ipt_writer *w, *w2;
	int result, rc;
	pid_t pid;

	(void)state;
	assert_int_equal(ip_ipt_create(&w, path, 0), 0);
	ip_test_put_rows(w, 0, 1);
	assert_int_equal(ip_ipt_commit(w), 0);
	pid = fork();
	if (pid == 0) {
		rc = ip_ipt_append(&w2, path);
		_exit(rc == IP_EIO ? 0 : 1);
	}
	waitpid(pid, &result, 0);
	assert_true(WIFEXITED(result) && WEXITSTATUS(result) == 0);
	ip_test_put_rows(w, 1, 1);
	assert_int_equal(ip_ipt_commit(w), 0);
	ip_ipt_writer_close(w);
	assert_int_equal(ip_test_rows_in(path, 0), 2);
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
	ip_test_write(ip_test_path("n.ipt"), "", 0);
	refused(ip_test_path("n.ipt"), IP_ETRUNCATED, "0 bytes");
	memset(junk, 'x', sizeof junk);
	ip_test_write(ip_test_path("n.ipt"), junk, sizeof junk);
	refused(ip_test_path("n.ipt"), IP_EFORMAT, "not an .ipt file");
	ip_ipt_header_put(p);
	ip_test_write(ip_test_path("n.ipt"), p, sizeof p);
	refused(ip_test_path("n.ipt"), IP_ETRUNCATED, "never finished");
	ip_put32(p + 12, 4);
	ip_put32(p + 28, ip_crc32(0, p, 28));
	ip_test_write(ip_test_path("n.ipt"), p, sizeof p);
	refused(ip_test_path("n.ipt"), IP_ENOTSUP, "features 0x4");
	ip_put32(p + 8, 2);
	ip_put32(p + 28, ip_crc32(0, p, 28));
	ip_test_write(ip_test_path("n.ipt"), p, sizeof p);
	refused(ip_test_path("n.ipt"), IP_ENOTSUP, "version 2");
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

	ip_test_fill(&t, IP_F32, 2, shape);
	assert_int_equal(ip_bundle_add(&b, "t", &t, NULL), 0);
	assert_int_equal(ip_ipt_save(ip_test_path("lie.ipt"), &b, 0), 0);
	ip_bundle_free(&b);
	p = ip_test_read(ip_test_path("lie.ipt"), &size);
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
	ip_test_write(ip_test_path("lie.ipt"), p, size);
	free(p);
	refused(ip_test_path("lie.ipt"), want, part);
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

/* ---- damage has a name ---- */

/* The bytes with one flipped: refused, and why. */
static void damaged(unsigned char *p, size_t size, size_t at, const char *part)
{
	p[at] ^= 4;
	ip_test_write(ip_test_path("d.ipt"), p, size);
	p[at] ^= 4;
	refused(ip_test_path("d.ipt"), IP_ECHECKSUM, part);
}

/* Rows 0 to 2999 in packed chunks; one commit, then another. */
static unsigned char *rows_file(size_t *size, struct ip_ipt_commit c[2])
{
	struct ip_ipt_writer *w;
	unsigned char *p;

	assert_int_equal(ip_ipt_create(&w, ip_test_path("d.ipt"), 0), 0);
	ip_test_put_rows(w, 0, 2000);
	assert_int_equal(ip_ipt_commit(w), 0);
	ip_test_put_rows(w, 2000, 1000);
	assert_int_equal(ip_ipt_commit(w), 0);
	ip_ipt_writer_close(w);
	p = ip_test_read(ip_test_path("d.ipt"), size);
	assert_int_equal(ip_ipt_slot_get(p + 32, &c[0]), 1);
	assert_int_equal(ip_ipt_slot_get(p + 64, &c[1]), 1);
	return p;
}

static void damage_is_named(void **state)
{
	struct ip_ipt_commit c[2];
	struct ip_ipt_block b;
	unsigned char *p;
	size_t size, last;

	(void)state;
	p = rows_file(&size, c);
	assert_int_equal(c[0].serial, 2);	/* the newer is number 2 */
	assert_true(c[0].end == size && c[1].end < size);
	damaged(p, size, 20, "file header is damaged");
	damaged(p, size, 40, "commit record 0 is damaged");
	damaged(p, size, 70, "commit record 1 is damaged");
	damaged(p, size, (size_t)c[0].index + 3, "no index block");
	damaged(p, size, (size_t)c[1].index + 70, "checksum of a block");
	/* an older state would be right data, but not all of it */
	p[40] ^= 4;
	ip_test_write(ip_test_path("d.ipt"), p, size);
	assert_int_equal(ip_test_rows_in(ip_test_path("d.ipt"),
		IP_IPT_RECOVER), 3000);
	p[40] ^= 4;
	/* in the last chunk */
	assert_int_equal(ip_ipt_block_get(p + c[0].end - 64, size, &b), 0);
	last = (size_t)b.offset;
	damaged(p, size, last + 64 + (size_t)b.size / 2,
		"checksum is wrong: the file is damaged");
	damaged(p, size, last + 32, "checksum is wrong: the file is damaged");
	/* without the end, all before that chunk can be had */
	p[last + 64 + b.size / 2] ^= 4;
	ip_test_write(ip_test_path("d.ipt"), p, size - 1);
	assert_int_equal(ip_test_rows_in(ip_test_path("d.ipt"),
		IP_IPT_RECOVER), 3000 - b.count / IP_TEST_ROW);
	p[last + 64 + b.size / 2] ^= 4;
	p[last + 50] ^= 4;			/* its tensor number */
	ip_test_write(ip_test_path("d.ipt"), p, size - 1);
	assert_int_equal(ip_test_rows_in(ip_test_path("d.ipt"),
		IP_IPT_RECOVER), 3000 - b.count / IP_TEST_ROW);
	free(p);
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
		remove(ip_test_path("oom.ipt"));
		ip_test_log_capture();
		ip_alloc_fail_after(n);
		rc = ip_ipt_save(ip_test_path("oom.ipt"), &a, 0);
		if (rc == 0)
			rc = ip_ipt_load(ip_test_path("oom.ipt"), &b);
		ip_alloc_fail_after(-1);
		if (rc == 0)
			break;
		assert_int_equal(rc, IP_ENOMEM);
		assert_int_equal(ip_test_log_errors(), 1);
		assert_false(ip_test_exists(ip_test_path(".oom.ipt.tmp")));
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
		cmocka_unit_test(cut_at_every_byte),
		cmocka_unit_test(unfinished_addition),
		cmocka_unit_test(killed_while_saving),
		cmocka_unit_test(killed_while_adding),
		cmocka_unit_test(one_adds_at_a_time),
		cmocka_unit_test(not_an_ipt),
		cmocka_unit_test(lies_with_right_checksums),
		cmocka_unit_test(damage_is_named),
		cmocka_unit_test(out_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
