/* What a network needs of a backend. */
#include <stddef.h>
#include "nn/nn.h"
#include "support/op.h"

static const struct { const char *name; size_t at; } all[] = {
#define MEMBER(op) { #op, offsetof(struct ip_ops, op) },
	IP_OPS(MEMBER)
};

/* These make images. */
static int is_other(const char *op)
{
	static const char *const others[] = { "fft2", "transmission",
		"multislice", "detect", "gather", "scan" };
	size_t i;

	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (strcmp(op, others[i]) == 0)
			return 1;
	return 0;
}

/* What opening a network and its training give with this backend. */
static int open_with(const struct ip_backend *b)
{
	struct ip_dev_head *head = (struct ip_dev_head *)(void *)dev;
	const struct ip_backend *own = head->backend;
	struct ip_nn nn = { 0 };
	int rc;

	ip_test_log_capture();
	head->backend = b;
	rc = ip_nn_open(&nn, dev);
	if (rc == 0)
		rc = ip_nn_can_train(&nn);
	head->backend = own;
	return rc;
}

/* A backend without one op of the network's is refused before any is called. */
static void test_needs(void **state)
{
	struct ip_backend b = *ip_dev_backend(dev);
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		struct ip_ops without = *ip_dev_backend(dev)->ops;
		char why[64];

		memset((char *)&without + all[i].at, 0,
			sizeof(without.fft2));
		b.ops = &without;
		if (is_other(all[i].name)) {
			assert_int_equal(open_with(&b), 0);
			continue;
		}
		snprintf(why, sizeof(why), "has no op '%s'", all[i].name);
		assert_int_equal(open_with(&b), IP_ENOTSUP);
		ip_test_assert_logged(why);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_needs),
	};

	return cmocka_run_group_tests(tests, ip_test_dev_open,
		ip_test_dev_close);
}
