/* A reader in a process of its own: what comes back, and what bounds it. */
#include <sys/resource.h>
#include <unistd.h>
#include "core/core.h"
#include "formats/apart.h"
#include "iphase/status.h"
#include "support/ipt_fixture.h"
#include "support/support.h"

static const struct ip_apart roomy = { "the library", 60, 1u << 30, 1u << 20 };

static int whole_bundle(const char *path, struct ip_bundle *b)
{
	ip_info("%s: in passing", path);
	ip_warn("%s: beware", path);
	ip_test_bundle(b);
	return 0;
}

static void whole(void **state)
{
	struct ip_bundle b = { 0 }, want = { 0 };

	(void)state;
	ip_test_log_capture();
	assert_int_equal(ip_read_apart(&roomy, "file", whole_bundle, &b), 0);
	assert_int_equal(ip_test_log_errors(), 0);
	assert_int_equal(ip_test_log_warnings(), 1);
	assert_string_equal(ip_test_log_warning(), "file: beware");
	ip_test_bundle(&want);
	assert_true(ip_test_same_bundle(&b, &want));
	ip_bundle_free(&b);
	ip_bundle_free(&want);
}

static void refused(const struct ip_apart *limit, int (*read)(const char *path,
	struct ip_bundle *b), int rc, const char *part)
{
	struct ip_bundle b = { 0 }, none = { 0 };

	ip_test_log_capture();
	assert_int_equal(ip_read_apart(limit, "file", read, &b), rc);
	ip_test_assert_logged(part);
	assert_memory_equal(&b, &none, sizeof b);
}

static int refuse(const char *path, struct ip_bundle *b)
{
	(void)b;
	return ip_fail(IP_ENOTFOUND, "%s: nothing in it", path);
}

static int break_down(const char *path, struct ip_bundle *b)
{
	(void)path;
	(void)b;
	abort();
}

static int give_up(const char *path, struct ip_bundle *b)
{
	(void)path;
	(void)b;
	_exit(3);
}

static int turn_for_ever(const char *path, struct ip_bundle *b)
{
	volatile int i = 0;

	(void)path;
	(void)b;
	while (i == 0)
		;
	return 0;
}

static void failures(void **state)
{
	struct ip_apart brief = roomy;
	struct rusage used;

	(void)state;
	refused(&roomy, refuse, IP_ENOTFOUND, "file: nothing in it");
	refused(&roomy, break_down, IP_EFORMAT,
		"file: damaged: the library breaks down over it");
	refused(&roomy, give_up, IP_EFORMAT, "the library gives up on it");
	brief.seconds = 1;
	refused(&brief, turn_for_ever, IP_EFORMAT,
		"the library takes too long over it");
	assert_int_equal(getrusage(RUSAGE_CHILDREN, &used), 0);
	assert_true(used.ru_utime.tv_sec < 3);
}

/* Of one that sends too much, nothing that it said is told either. */
static void data(void **state)
{
	struct ip_apart none = roomy;

	(void)state;
	none.data = 1;
	refused(&none, whole_bundle, IP_EFORMAT, "file: damaged");
	assert_int_equal(ip_test_log_warnings(), 0);
}

static int take_memory(const char *path, struct ip_bundle *b)
{
	void *p = ip_alloc((size_t)512 << 20);

	(void)path;
	(void)b;
	ip_free(p);
	return p ? 0 : IP_ENOMEM;
}

static void memory(void **state)
{
	struct ip_apart small = roomy;
	struct ip_bundle b = { 0 };

	(void)state;
#ifdef __SANITIZE_ADDRESS__
	skip();
#endif
	if (access("/proc/self/statm", R_OK) != 0)
		skip();
	assert_int_equal(ip_read_apart(&small, "file", take_memory, &b), 0);
	small.memory = 64 << 20;
	refused(&small, take_memory, IP_ENOMEM, "out of memory");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole), cmocka_unit_test(failures),
		cmocka_unit_test(data), cmocka_unit_test(memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
