/* What the tests of the network's ops share: see op.h. */
#include "op.h"

void ip_test_is_refused(int rc, const char *text)
{
	assert_int_equal(rc, IP_EINVAL);
	ip_test_assert_logged(text);
}

int ip_test_is_starved(int rc)
{
	ip_alloc_fail_after(-1);
	assert_true(rc == 0 || rc == IP_ENOMEM);
	assert_int_equal(ip_test_log_errors(), rc != 0);
	return rc != 0;
}

void ip_test_keep(struct ip_test_bytes *bytes, struct ip_test_room *r)
{
	size_t size = r->n * sizeof(ip_real);

	ip_test_room_get(r);	/* for what is beside it */
	bytes->at = realloc(bytes->at, bytes->size + size + 1);
	assert_int_equal(ip_dev_backend(r->dev)->get(r->dev, &r->buf, 0,
		bytes->at + bytes->size, size), 0);
	bytes->size += size;
}

void ip_test_same_by_threads(void (*call)(const void *of,
	struct ip_test_bytes *bytes), const void *of)
{
	struct ip_test_bytes one = { NULL, 0 }, more;
	int threads;

	for (threads = 1; threads <= 3; threads++) {
		more = (struct ip_test_bytes){ NULL, 0 };
		assert_int_equal(ip_threads_set(threads), 0);
		call(of, threads == 1 ? &one : &more);
		assert_true(one.size > 0);
		if (threads == 1)
			continue;
		assert_int_equal(more.size, one.size);
		assert_memory_equal(more.at, one.at, one.size);
		free(more.at);
	}
	free(one.at);
	assert_int_equal(ip_threads_set(0), 0);
}

double *ip_test_numbers_of(const struct ip_bundle *b, const char *name,
	const char *key, size_t n)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", name, key);
	return ip_test_numbers(b, path, n);
}

static const struct CMUnitTest *all;
static size_t count;

static int under(const char *isa)
{
	return _cmocka_run_group_tests(isa, all, count, ip_test_dev_open,
		ip_test_dev_close);
}

int ip_test_run_each(const struct CMUnitTest *tests, size_t n)
{
	all = tests;
	count = n;
	return ip_test_every_isa(under);
}
