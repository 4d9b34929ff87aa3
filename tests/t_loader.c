/* Batches: their order, and that no timing changes them. */
#include <math.h>
#include <time.h>
#include "core/core.h"
#include "support/pictures.h"

enum { FILES = 5, EACH = 2, COUNT = 9, BATCH = 4 };	/* one is left out */

static struct ip_feeding how = { .metadata = IP_METADATA_RAW4,
	.scale = IP_MODEL_SCALE, .seed = 11, .change = { .turns = 1 } };

struct data {
	char *paths[FILES];
	struct ip_dataset *d;
	size_t list[COUNT];
	struct ip_loader *l;
};

static void open_data(struct data *t)
{
	char name[32];

	for (size_t i = 0; i < FILES; i++) {
		snprintf(name, sizeof name, "%zu.ipt", i);
		t->paths[i] = ip_test_data_file(name, EACH, 64, 32, i);
	}
	t->d = ip_test_dataset((const char *const *)t->paths, FILES);
	for (size_t i = 0; i < COUNT; i++)
		t->list[i] = COUNT - i;
	assert_int_equal(ip_loader_open(&t->l, t->d, t->list, COUNT, BATCH,
		&how), 0);
	assert_int_equal(ip_loader_batches(t->l), 3);
}

static void close_data(struct data *t)
{
	ip_loader_close(t->l);
	ip_dataset_close(t->d);
	for (size_t i = 0; i < FILES; i++)
		free(t->paths[i]);
}

/* Which picture of the list, drawn by its epoch, example k of a batch is;
 * asserts that it is. */
static size_t which(const struct data *t, uint64_t epoch,
	const struct ip_tensor *x, const struct ip_tensor *target, size_t k)
{
	size_t found = COUNT, plane = 64 * 32;
	const ip_real *v = (const ip_real *)x->data + k * 8 * plane;
	const ip_real *y = (const ip_real *)target->data + k * plane;
	struct ip_tensor wx, wy;

	for (size_t i = 0; i < COUNT; i++) {
		assert_int_equal(ip_dataset_example(t->d, t->list[i], epoch,
			&how, &wx, &wy), 0);
		if (memcmp(v, wx.data, 8 * plane * sizeof *v) == 0 &&
		    memcmp(y, wy.data, plane * sizeof *y) == 0)
			found = i;
		ip_tensor_free(&wx);
		ip_tensor_free(&wy);
	}
	assert_true(found < COUNT);
	return found;
}

/* The order of an epoch from its batch first on; waits between batches. */
static void read_epoch(struct data *t, uint64_t epoch, size_t first, long wait,
	size_t *order)
{
	const struct ip_tensor *x, *target;
	size_t n = 0;

	assert_int_equal(ip_loader_begin(t->l, epoch, first), 0);
	for (size_t b = first; b < 3; b++) {
		struct timespec pause = { 0, wait * (long)(b % 2) };
		nanosleep(&pause, NULL);
		assert_int_equal(ip_loader_next(t->l, &x, &target), 0);
		assert_true(x->dtype == IP_REAL_DTYPE && x->ndim == 4);
		assert_true(x->shape[0] == (b == 2 ? 1 : BATCH));
		assert_true(x->shape[1] == 8 && x->shape[2] == 64 &&
			x->shape[3] == 32);
		assert_true(target->shape[0] == x->shape[0] &&
			target->shape[1] == 1 && target->shape[3] == 32);
		for (size_t k = 0; k < x->shape[0]; k++)
			order[n++] = which(t, epoch, x, target, k);
	}
	assert_int_equal(ip_loader_next(t->l, &x, &target), IP_ENOTFOUND);
	assert_int_equal(ip_loader_next(t->l, &x, &target), IP_ENOTFOUND);
}

/* Each picture once; the same epoch the same, however fast; others not. */
static void test_order(void **state)
{
	size_t order[3][COUNT], seen[COUNT] = { 0 };
	struct data t;

	(void)state;
	open_data(&t);
	read_epoch(&t, 5, 0, 0, order[0]);
	for (size_t i = 0; i < COUNT; i++)
		seen[order[0][i]]++;
	for (size_t i = 0; i < COUNT; i++)
		assert_int_equal(seen[i], 1);
	read_epoch(&t, 6, 0, 0, order[1]);
	assert_memory_not_equal(order[1], order[0], sizeof order[0]);
	read_epoch(&t, 5, 0, 30000000, order[1]);
	assert_memory_equal(order[1], order[0], sizeof order[0]);
	/* a session that goes on in the middle of an epoch */
	read_epoch(&t, 5, 1, 0, order[2]);
	assert_memory_equal(order[2], order[0] + BATCH,
		(COUNT - BATCH) * sizeof *order[0]);
	assert_int_equal(ip_loader_begin(t.l, 5, 3), 0);
	close_data(&t);
	how.seed = 12;
	open_data(&t);
	read_epoch(&t, 5, 0, 0, order[1]);
	assert_memory_not_equal(order[1], order[0], sizeof order[0]);
	how.seed = 11;
	close_data(&t);
}

/* An order is fair: over many epochs each picture is anywhere. */
static void test_fair(void **state)
{
	enum { EPOCHS = 400 };
	size_t first[COUNT] = { 0 };
	const struct ip_tensor *x, *target;
	struct data t;

	(void)state;
	open_data(&t);
	ip_loader_close(t.l);
	assert_int_equal(ip_loader_open(&t.l, t.d, t.list, COUNT, 1, &how), 0);
	for (uint64_t e = 0; e < EPOCHS; e++) {
		assert_int_equal(ip_loader_begin(t.l, e, COUNT - 1), 0);
		assert_int_equal(ip_loader_next(t.l, &x, &target), 0);
		first[which(&t, e, x, target, 0)]++;
	}
	/* 44 expected, sigma 6: within 4.5 of it */
	for (size_t i = 0; i < COUNT; i++)
		assert_in_range(first[i], 17, 72);
	close_data(&t);
}

/* Left in the middle, at any moment, and begun anew. */
static void test_early(void **state)
{
	const struct ip_tensor *x, *target;
	struct data t;

	(void)state;
	for (int taken = 0; taken < 4; taken++) {
		open_data(&t);
		for (int again = 0; again < 3; again++) {
			assert_int_equal(ip_loader_begin(t.l, 0, 0), 0);
			for (int i = 0; i < taken; i++)
				assert_int_equal(ip_loader_next(t.l, &x,
					&target), i < 3 ? 0 : IP_ENOTFOUND);
		}
		close_data(&t);
	}
	open_data(&t);
	ip_test_log_capture();
	assert_int_equal(ip_loader_next(t.l, &x, &target), IP_EINVAL);
	assert_int_equal(ip_loader_begin(t.l, 0, 4), IP_EINVAL);
	close_data(&t);
	ip_loader_close(NULL);
}

/* The first epoch from e on whose batch b has the picture that is bad. */
static uint64_t bad_epoch(struct data *t, uint64_t e, size_t b)
{
	const struct ip_tensor *x, *target;

	for (;; e++) {
		assert_int_equal(ip_loader_begin(t->l, e, b), 0);
		if (ip_loader_next(t->l, &x, &target) < 0)
			return e;
	}
}

/* A picture's error comes with its batch, told by the caller's thread. */
static void test_error(void **state)
{
	const struct ip_tensor *x, *target;
	struct ip_bundle b;
	struct data t;

	(void)state;
	open_data(&t);
	ip_test_data(&b, EACH, 64, 32, 0);
	((float *)ip_bundle_find(&b, "potential_beam")->tensor.data)[2050] =
		NAN;
	free(ip_test_bundle_file("2.ipt", &b));
	for (size_t at = 0; at < 3; at++) {
		uint64_t e = bad_epoch(&t, 0, at);
		ip_test_log_capture();
		assert_int_equal(ip_loader_begin(t.l, e, 0), 0);
		for (size_t i = 0; i < 3; i++) {
			/* it is made meanwhile, but not asked for yet */
			nanosleep(&(struct timespec){ 0, 50000000 }, NULL);
			assert_int_equal(ip_test_log_errors(), i > at);
			assert_int_equal(ip_loader_next(t.l, &x, &target),
				i == at ? IP_EFORMAT : 0);
		}
		ip_test_assert_logged("'potential_beam' of picture 1");
		assert_int_equal(ip_loader_next(t.l, &x, &target),
			IP_ENOTFOUND);
	}
	/* one that nobody takes is not told */
	assert_int_equal(ip_loader_begin(t.l, bad_epoch(&t, 0, 0), 0), 0);
	ip_test_log_capture();
	nanosleep(&(struct timespec){ 0, 50000000 }, NULL);
	close_data(&t);
	assert_int_equal(ip_test_log_errors(), 0);
}

/* Pictures that do not go together. */
static void test_refused(void **state)
{
	char *a = ip_test_data_file("a.ipt", 1, 64, 64, 1);
	char *b = ip_test_data_file("b.ipt", 1, 64, 96, 1);
	char *c = ip_test_data_file("c.ipt", 1, 50, 50, 1);
	const char *paths[] = { a, b, c };
	struct ip_dataset *d = ip_test_dataset(paths, 3);
	struct ip_loader *l = NULL;
	struct ip_feeding cut = how;
	size_t all[] = { 0, 1, 2 }, wrong = 3;

	(void)state;
	ip_test_log_capture();
	assert_int_equal(ip_loader_open(&l, d, all, 2, 2, &how), IP_EINVAL);
	ip_test_assert_logged("pictures of 64 x 96 pixels, but");
	ip_test_log_capture();
	assert_int_equal(ip_loader_open(&l, d, all, 3, 2, &how), IP_EINVAL);
	assert_int_equal(ip_loader_open(&l, d, &wrong, 1, 2, &how),
		IP_EINVAL);
	assert_int_equal(ip_loader_open(&l, d, all, 0, 2, &how), IP_EINVAL);
	assert_int_equal(ip_loader_open(&l, d, all, 1, 0, &how), IP_EINVAL);
	cut.scale = 0;
	assert_int_equal(ip_loader_open(&l, d, all, 1, 1, &cut), IP_EINVAL);
	assert_null(l);
	assert_int_equal(ip_loader_open(&l, d, all, 1, SIZE_MAX, &how), 0);
	assert_int_equal(ip_loader_batches(l), 1);
	ip_loader_close(l);
	cut.scale = 1;
	cut.change.crop = 64;
	assert_int_equal(ip_loader_open(&l, d, all, 2, 2, &cut), 0);
	ip_loader_close(l);
	ip_dataset_close(d);
	free(a);
	free(b);
	free(c);
}

/* Without memory, when it is opened and while it works. */
static void test_no_memory(void **state)
{
	const struct ip_tensor *x, *target;
	struct ip_loader *l;
	struct data t;
	int rc = IP_ENOMEM;

	(void)state;
	open_data(&t);
	for (long n = 0; rc < 0; n++) {
		ip_test_log_capture();
		ip_alloc_fail_after(n);
		rc = ip_loader_open(&l, t.d, t.list, COUNT, BATCH, &how);
		ip_alloc_fail_after(-1);
		assert_true(rc == 0 || (rc == IP_ENOMEM && n < 20));
	}
	ip_loader_close(l);
	for (long n = 0; n < 60; n += 7) {
		ip_test_log_capture();
		ip_alloc_fail_after(n);
		assert_int_equal(ip_loader_begin(t.l, 0, 2), 0);
		rc = ip_loader_next(t.l, &x, &target);
		ip_alloc_fail_after(-1);
		assert_true(rc == 0 || rc == IP_ENOMEM);
		assert_int_equal(ip_test_log_errors(), rc < 0);
		assert_true(rc < 0 || n > 0);
	}
	close_data(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_fair),
		cmocka_unit_test(test_early),
		cmocka_unit_test(test_error),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
