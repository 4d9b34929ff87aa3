/* Status, log, progress, memory, arena, outputs, threads, instruction sets,
 * devices. */
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "support/support.h"
#include <iphase/backend.h>
#include <iphase/log.h>
#include <iphase/threads.h>
#include "core/core.h"

static void status_has_words(void **state)
{
	static const int codes[] = { 0, -1, -2, -3, -4, -5, -10, -11, -12,
		-13, -20, -30 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof codes / sizeof *codes; i++)
		assert_string_not_equal(ip_strerror(codes[i]),
			"unknown status");
	assert_string_equal(ip_strerror(77), "unknown status");
	assert_true(strchr(ip_version(), '.') != NULL);
}

static void errors_are_reported_once(void **state)
{
	(void)state;
	ip_test_log_capture();
	assert_int_equal(ip_fail(IP_EFORMAT, "%s: offset %d", "a.x", 7),
		IP_EFORMAT);
	ip_test_assert_logged("a.x: offset 7");
	ip_test_log_capture();
	ip_fail(IP_EIO, "line\none \x1b[31m");	/* a hostile name */
	assert_string_equal(ip_test_log_error(), "line?one ?[31m");
	ip_warn("w %d", 1);
	assert_string_equal(ip_test_log_warning(), "w 1");
}

static int calls;
static struct ip_progress last;

static void on_progress(void *ctx, const struct ip_progress *p)
{
	(void)ctx;
	calls++;
	last = *p;
}

static void progress_is_throttled_and_nests(void **state)
{
	struct timespec t = { 0, 120000000 };
	unsigned long i;

	(void)state;
	ip_progress_set(on_progress, NULL);
	ip_progress_begin("outer", 100000);
	for (i = 0; i < 100000; i++) {
		if (i == 50) {
			ip_progress_begin("inner", 5);
			ip_progress_step(5);
			ip_progress_end();
		}
		ip_progress_step(i);
	}
	assert_true(calls < 20);
	nanosleep(&t, NULL);
	i = (unsigned long)calls;
	ip_progress_step(99999);
	assert_int_equal(calls, i + 1);
	assert_string_equal(last.what, "outer");
	assert_true(last.done == 99999 && last.total == 100000);
	assert_true(last.rate > 0);
	nanosleep(&t, NULL);
	ip_progress_step(200000);
	assert_true(last.done == 100000 && last.left == 0);
	i = (unsigned long)calls;
	ip_progress_end();
	assert_int_equal(calls, i);	/* has been told */
	ip_progress_begin("short", 2);
	ip_progress_step(2);
	ip_progress_end();
	assert_int_equal(calls, i + 1);
	assert_true(last.done == 2 && last.total == 2);
	ip_progress_set(NULL, NULL);
}

static void memory_is_aligned_zeroed_bounded(void **state)
{
	size_t n, cap = 0, i;
	unsigned char *p;
	int *v = NULL;

	(void)state;
	for (n = 0; n < 200; n += 13) {
		p = ip_alloc(n);
		assert_int_equal((uintptr_t)p % 64, 0);
		for (i = 0; i < n; i++)
			assert_int_equal(p[i], 0);
		memset(p, 1, n);
		ip_free(p);
	}
	ip_test_log_capture();
	assert_null(ip_alloc_array(SIZE_MAX / 4, 8));
	assert_null(ip_alloc(SIZE_MAX - 3));
	assert_int_equal(ip_test_log_errors(), 2);
	assert_int_not_equal(ip_mul_size(SIZE_MAX / 2, 3, &n), 0);
	assert_int_not_equal(ip_add_size(SIZE_MAX, 1, &n), 0);
	for (i = 0; i < 1000; i++) {
		assert_int_equal(ip_grow(&v, &cap, i + 1, sizeof *v), 0);
		assert_int_equal(v[i], 0);
		v[i] = (int)i;
	}
	assert_int_equal(v[999] + v[1], 1000);
	ip_alloc_fail_after(1);
	p = ip_alloc(5);
	assert_non_null(p);
	assert_null(ip_alloc(5));
	assert_int_equal(ip_grow(&v, &cap, 5000, sizeof *v), IP_ENOMEM);
	ip_alloc_fail_after(-1);
	assert_int_equal(v[999], 999);
	ip_free(v);
	ip_free(p);
	ip_free(NULL);
}

/* The same calls measure, then take. */
static int arena_use(struct ip_arena *a, void *p[3])
{
	size_t mark;
	int rc;

	rc = ip_arena_take(a, 100, &p[0]);
	mark = ip_arena_mark(a);
	if (rc == 0)
		rc = ip_arena_take(a, 1000, &p[1]);
	ip_arena_release(a, mark);
	if (rc == 0)
		rc = ip_arena_take(a, 1, &p[2]);
	return rc;
}

static void arena_measures_then_takes(void **state)
{
	struct ip_arena a = { 0 };
	void *p[3], *base;
	size_t peak;

	(void)state;
	assert_int_equal(arena_use(&a, p), 0);
	assert_null(p[1]);
	peak = a.peak;
	assert_int_equal(peak, 128 + 1024);
	base = ip_alloc(peak);
	ip_arena_init(&a, base, peak);
	assert_int_equal(arena_use(&a, p), 0);
	assert_ptr_equal(p[0], base);
	assert_ptr_equal(p[1], (char *)base + 128);
	assert_ptr_equal(p[2], p[1]);
	ip_test_log_capture();
	ip_arena_init(&a, base, peak - 64);
	assert_int_equal(arena_use(&a, p), IP_ELIMIT);
	assert_int_equal(ip_arena_take(&a, SIZE_MAX, &p[0]), IP_ELIMIT);
	ip_free(base);
}

static void expect_file(const char *path, const char *text)
{
	size_t n;
	unsigned char *p = ip_test_read(path, &n);

	assert_string_equal((char *)p, text);
	free(p);
}

static void outputs_appear_whole(void **state)
{
	char path[512], temp[512];
	struct ip_outfile *o, *second;

	(void)state;
	snprintf(path, sizeof path, "%s", ip_test_tmp("out.txt"));
	snprintf(temp, sizeof temp, "%s", ip_test_tmp(".out.txt.tmp"));
	assert_int_equal(ip_outfile_open(&o, path), 0);
	assert_int_equal(ip_outfile_write(o, "one", 3), 0);
	assert_false(ip_test_exists(path));
	assert_true(ip_test_exists(temp));
	ip_test_log_capture();
	assert_int_equal(ip_outfile_open(&second, path), IP_EINVAL);
	ip_test_assert_logged("already being written");
	ip_outfile_abort(o);
	assert_false(ip_test_exists(path));
	assert_false(ip_test_exists(temp));
	/* a temporary left by a killed run is emptied and used */
	ip_test_write(temp, "rubbish from before", 19);
	assert_int_equal(ip_outfile_open(&o, path), 0);
	assert_int_equal(ip_outfile_printf(o, "%d%s", 2, "!"), 0);
	assert_int_equal(ip_outfile_commit(o), 0);
	assert_false(ip_test_exists(temp));
	expect_file(path, "2!");
	/* replaced on commit, not before */
	assert_int_equal(ip_outfile_open(&o, path), 0);
	assert_int_equal(ip_outfile_write(o, "three", 5), 0);
	fflush(o->file);
	expect_file(path, "2!");
	assert_int_equal(ip_outfile_commit(o), 0);
	expect_file(path, "three");
}

static void outputs_follow_links_and_refuse_devices(void **state)
{
	char path[512], lnk[512];
	struct ip_outfile *o;
	struct stat st;

	(void)state;
	snprintf(path, sizeof path, "%s", ip_test_tmp("real.txt"));
	snprintf(lnk, sizeof lnk, "%s", ip_test_tmp("link.txt"));
	ip_test_write(path, "old", 3);
	assert_int_equal(chmod(path, 0640), 0);
	assert_int_equal(symlink("real.txt", lnk), 0);
	assert_int_equal(ip_outfile_open(&o, lnk), 0);
	assert_int_equal(ip_outfile_write(o, "new", 3), 0);
	assert_int_equal(ip_outfile_commit(o), 0);
	expect_file(path, "new");
	assert_int_equal(lstat(lnk, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
	ip_test_log_capture();
	assert_int_equal(ip_outfile_open(&o, "/dev/null"), IP_EINVAL);
	ip_test_assert_logged("not a regular file");
	ip_test_log_capture();
	assert_int_equal(ip_outfile_open(&o, ip_test_tmp("no/such/dir")),
		IP_EIO);
	ip_test_assert_logged("no/such/dir");
	assert_int_equal(ip_outfile_open(&o, ""), IP_EINVAL);
	assert_int_equal(ip_outfile_open(&o, "/tmp/"), IP_EINVAL);
}

/* In a child: a bound on file sizes stands in for a full disk. */
static int write_past_limit(const char *path)
{
	static const char block[1 << 16];
	const struct rlimit limit = { 100000, 100000 };
	struct ip_outfile *o;
	int i, rc;

	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &limit);
	rc = ip_outfile_open(&o, path);
	if (rc < 0)
		return 2;
	for (i = 0; i < 3 && rc == 0; i++)
		rc = ip_outfile_write(o, block, sizeof block);
	if (rc == 0)
		return ip_outfile_commit(o) == IP_EIO ? 0 : 3;
	ip_outfile_abort(o);
	return rc == IP_EIO ? 0 : 4;
}

static void full_disk_is_an_error(void **state)
{
	char path[512], temp[512];
	int result;
	pid_t pid;

	(void)state;
	snprintf(path, sizeof path, "%s", ip_test_tmp("big"));
	snprintf(temp, sizeof temp, "%s", ip_test_tmp(".big.tmp"));
	pid = fork();
	if (pid == 0)
		_exit(write_past_limit(path));
	waitpid(pid, &result, 0);
	assert_true(WIFEXITED(result));
	assert_int_equal(WEXITSTATUS(result), 0);
	assert_false(ip_test_exists(path));
	assert_false(ip_test_exists(temp));
}

static void another_process_is_told(void **state)
{
	struct ip_outfile *o;
	char path[512];
	int rc, result, fd[2];
	pid_t pid;
	char c;

	(void)state;
	snprintf(path, sizeof path, "%s", ip_test_tmp("shared.txt"));
	assert_int_equal(pipe(fd), 0);
	pid = fork();
	if (pid == 0) {
		ip_log_set(NULL, NULL);
		rc = ip_outfile_open(&o, path);
		if (write(fd[1], "x", 1) != 1)
			_exit(1);
		pause();
		_exit(rc ? 1 : 0);
	}
	assert_int_equal(read(fd[0], &c, 1), 1);
	ip_test_log_capture();
	rc = ip_outfile_open(&o, path);
	kill(pid, SIGKILL);
	waitpid(pid, &result, 0);
	assert_int_equal(rc, IP_EIO);
	ip_test_assert_logged("another process is writing it");
	assert_int_equal(ip_outfile_open(&o, path), 0);
	assert_int_equal(ip_outfile_commit(o), 0);
	close(fd[0]);
	close(fd[1]);
}

/* What a callback was told, one letter of a level before each message. */
static void note(void *ctx, enum ip_level level, const char *text)
{
	char *all = ctx, one[64];

	snprintf(one, sizeof one, "%c%s.", "ewid"[level], text);
	strcat(all, one);
}

static void messages_are_kept(void **state)
{
	struct ip_kept kept = { NULL, NULL };
	char told[256] = "";

	(void)state;
	ip_log_set(note, told);
	ip_log_keep(&kept);
	ip_warn("one");
	ip_fail(IP_EIO, "two");
	ip_info("three");
	ip_log_keep(NULL);
	assert_string_equal(told, "");
	ip_warn("now");
	assert_string_equal(told, "wnow.");
	ip_log_tell(&kept);
	assert_string_equal(told, "wnow.wone.etwo.ithree.");
	ip_log_tell(&kept);
	ip_log_keep(&kept);
	ip_warn("four");
	ip_log_keep(NULL);
	ip_log_forget(&kept);
	ip_log_tell(&kept);
	assert_string_equal(told, "wnow.wone.etwo.ithree.");
	ip_test_log_capture();
}

static void files_are_read_whole(void **state)
{
	const char *path = ip_test_tmp("in");
	char *p;
	size_t n;

	(void)state;
	ip_test_write(path, "hello", 5);
	assert_int_equal(ip_file_read(path, 5, &p, &n), 0);
	assert_int_equal(n, 5);
	assert_string_equal(p, "hello");
	ip_free(p);
	ip_test_log_capture();
	assert_int_equal(ip_file_read(path, 4, &p, &n), IP_ELIMIT);
	assert_int_equal(ip_file_read("/no/such", 4, &p, &n), IP_EIO);
	assert_int_equal(ip_file_read("/tmp", 4, &p, &n), IP_EIO);
	assert_int_equal(ip_test_log_errors(), 3);
}

static void threads_and_isa(void **state)
{
	enum ip_isa isa, best;
	int first;

	(void)state;
	ip_test_log_capture();
	first = ip_threads();
	assert_true(first >= 1);
	assert_int_equal(ip_threads_set(3), 0);
#ifdef _OPENMP
	assert_int_equal(ip_threads(), 3);
#endif
	assert_int_equal(ip_threads_set(0), 0);
	assert_int_equal(ip_threads(), first);
	assert_int_equal(ip_threads_set(-1), IP_EINVAL);
	best = ip_isa();
	assert_int_not_equal(best, IP_ISA_AUTO);
	assert_int_equal(ip_isa_set(IP_ISA_BASELINE), 0);
	assert_int_equal(ip_isa(), IP_ISA_BASELINE);
	assert_int_equal(ip_isa_set(IP_ISA_AUTO), 0);
	assert_int_equal(ip_isa(), best);
	assert_int_equal(ip_isa_parse("avx2", &isa), 0);
	assert_int_equal(isa, IP_ISA_AVX2);
	assert_int_equal(ip_isa_parse("mmx", &isa), IP_ENOTFOUND);
	assert_string_equal(ip_isa_name(IP_ISA_AVX512), "avx512");
#if defined(__x86_64__)
	assert_int_equal(ip_isa_set(IP_ISA_NEON), IP_ENOTSUP);
	assert_int_equal(ip_isa(), best);
#endif
}

static void devices_are_named(void **state)
{
	struct ip_dev *d = NULL;

	(void)state;
	ip_test_log_capture();
	assert_int_equal(ip_dev_open(&d, "nonsense"), IP_ENOTFOUND);
	ip_test_assert_logged("cpu-openmp");
	ip_test_log_capture();
	assert_int_equal(ip_dev_open(&d, "cpu-openmp:7"), IP_ENOTFOUND);
	ip_test_log_capture();
	assert_int_equal(ip_dev_open(&d, "cpu-openmp:x"), IP_ENOTFOUND);
	assert_null(d);
	assert_int_equal(ip_dev_open(&d, "cpu-openmp:0"), 0);
	ip_dev_close(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(status_has_words),
		cmocka_unit_test(errors_are_reported_once),
		cmocka_unit_test(messages_are_kept),
		cmocka_unit_test(progress_is_throttled_and_nests),
		cmocka_unit_test(memory_is_aligned_zeroed_bounded),
		cmocka_unit_test(arena_measures_then_takes),
		cmocka_unit_test(outputs_appear_whole),
		cmocka_unit_test(outputs_follow_links_and_refuse_devices),
		cmocka_unit_test(full_disk_is_an_error),
		cmocka_unit_test(another_process_is_told),
		cmocka_unit_test(files_are_read_whole),
		cmocka_unit_test(threads_and_isa),
		cmocka_unit_test(devices_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
