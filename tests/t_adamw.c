/* adamw against plain loops and PyTorch's numbers. */
#include <math.h>
#include <iphase/threads.h>
#include "core/core.h"
#include "ref/ref.h"
#include "support/device.h"
#include "support/golden.h"
#include "support/maps.h"

/* Numbers, and steps: a block and more, and what vectors leave over. */
static const size_t sizes[] = { 0, 1, 17, 16384, 50003 };
#define SIZES (sizeof(sizes) / sizeof(sizes[0]))
enum { STEPS = 4 };

static const struct ip_adamw how = { 0.01, 0.9, 0.999, 1e-8, 0.1, 0.5, 1 };

struct rooms { struct ip_test_room p, m, v, g; };

static struct rooms make(size_t n, double moments)
{
	struct rooms r;
	size_t i;
	double *v = malloc(n * sizeof(*v) + 1);
	uint64_t seed = 3;

	for (i = 0; i < n; i++)
		v[i] = moments * ip_test_uniform(&seed);
	r.p = ip_test_room(dev, n, 1, 1);
	r.m = ip_test_room(dev, n, 2, moments);
	r.v = ip_test_room_of(dev, v, n);
	r.g = ip_test_room(dev, n, 4, 1);
	return r;
}

static void drop(struct rooms *r)
{
	ip_test_room_drop(&r->p);
	ip_test_room_drop(&r->m);
	ip_test_room_drop(&r->v);
	ip_test_room_drop(&r->g);
}

static int run(struct rooms *r, size_t n, const struct ip_adamw *s)
{
	return ops->adamw(dev, &r->p.buf, &r->m.buf, &r->v.buf, &r->g.buf, n,
		s);
}

/* A few roundings a step, in the quotient that may be far above its rate 1 by
 * a moment far above its second one. */
static void compare(size_t n)
{
	struct rooms r = make(n, 0.1);
	double *p = malloc(3 * n * sizeof(*p) + 1), *m = p + n, *v = m + n;
	struct ip_adamw s = how;

	memcpy(p, r.p.host, n * sizeof(*p));
	memcpy(m, r.m.host, n * sizeof(*p));
	memcpy(v, r.v.host, n * sizeof(*p));
	for (s.step = 1; s.step <= STEPS; s.step++) {
		ip_ref_adamw(p, m, v, r.g.host, n, &s);
		assert_int_equal(run(&r, n, &s), 0);
	}
	ip_test_room_expect("p", &r.p, p, 8 * IP_TEST_EPSILON);
	ip_test_room_expect("m", &r.m, m, 8 * IP_TEST_EPSILON);
	ip_test_room_expect("v", &r.v, v, 8 * IP_TEST_EPSILON);
	free(p);
	drop(&r);
}

static void test_loops(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < SIZES; i++)
		compare(sizes[i]);
}

static void test_same_bytes(void **state)
{
	size_t n = sizes[SIZES - 1];
	struct rooms r = make(n, 0.1);
	int threads;

	(void)state;
	assert_int_equal(ip_threads_set(1), 0);
	assert_int_equal(run(&r, n, &how), 0);
	for (threads = 2; threads <= 3; threads++) {
		struct rooms t = make(n, 0.1);

		assert_int_equal(ip_threads_set(threads), 0);
		assert_int_equal(run(&t, n, &how), 0);
		assert_memory_equal(t.p.whole.handle, r.p.whole.handle,
			r.p.whole.size);
		assert_memory_equal(t.m.whole.handle, r.m.whole.handle,
			r.m.whole.size);
		assert_memory_equal(t.v.whole.handle, r.v.whole.handle,
			r.v.whole.size);
		drop(&t);
	}
	assert_int_equal(ip_threads_set(0), 0);
	drop(&r);
}

static double number(const struct ip_bundle *b, const char *name,
	const char *key)
{
	char path[64];
	double *v, x;

	snprintf(path, sizeof(path), "%s/%s", name, key);
	v = ip_test_numbers(b, path, 1);
	x = v[0];
	free(v);
	return x;
}

static double *numbers(const struct ip_bundle *b, const char *name,
	const char *key, size_t n)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/%s", name, key);
	return ip_test_numbers(b, path, n);
}

/* Five steps of clipped gradients, clipped here as the trainer does. */
static void golden(const struct ip_bundle *b, const char *name)
{
	struct ip_adamw s = { 0, 0.9, 0.999, 1e-8, 0, 1, 1 };
	double *g = numbers(b, name, "grads", 85);
	double *want = numbers(b, name, "weights", 85);
	double *norms = numbers(b, name, "norms", 5), *one;
	struct rooms r = make(17, 0);

	s.rate = number(b, name, "lr");
	s.decay = number(b, name, "wd");
	ip_test_room_drop(&r.p);
	r.p = ip_test_room_of(dev, numbers(b, name, "w0", 17), 17);
	for (; s.step <= 5; s.step++) {
		size_t i = (size_t)s.step - 1;

		one = malloc(17 * sizeof(*one));
		memcpy(one, g + 17 * i, 17 * sizeof(*one));
		ip_test_room_drop(&r.g);
		r.g = ip_test_room_of(dev, one, 17);
		s.scale = fmin(1, number(b, name, "clip") / (norms[i] + 1e-6));
		assert_int_equal(run(&r, 17, &s), 0);
		ip_test_room_expect(name, &r.p, want + 17 * i, 1e-6);
	}
	free(g);
	free(want);
	free(norms);
	drop(&r);
}

static void test_golden(void **state)
{
	struct ip_bundle b;

	(void)state;
	ip_test_golden("model_training.npz", &b);
	golden(&b, "adamw_ref");
	golden(&b, "adamw_big");
	golden(&b, "adamw_noclip");
	ip_bundle_free(&b);
}

static void refuse(struct rooms *r, const struct ip_adamw *s, const char *why)
{
	ip_test_log_capture();
	assert_int_equal(run(r, 9, s), IP_EINVAL);
	ip_test_assert_logged(why);
}

static void test_refusals(void **state)
{
	struct rooms r = make(9, 1), as = make(9, 1);
	struct { struct ip_test_room *room; const char *why; } shorter[] = {
		{ &r.p, "p has" }, { &r.m, "m has" }, { &r.v, "v has" },
		{ &r.g, "g has" },
	};
	struct ip_adamw s = how;
	size_t i;

	(void)state;
	for (i = 0; i < 4; i++) {
		shorter[i].room->buf.size--;
		refuse(&r, &s, shorter[i].why);
		shorter[i].room->buf.size++;
	}
	s.step = 0;
	refuse(&r, &s, "step 0");
	s.step = 1;
	s.beta1 = 1;
	refuse(&r, &s, "betas 1 and 0.999");
	s.beta1 = 0.9;
	s.beta2 = -0.1;
	refuse(&r, &s, "betas 0.9 and -0.1");
	ip_test_room_expect("p untouched", &r.p, as.p.host, 0);
	ip_test_room_expect("m untouched", &r.m, as.m.host, 0);
	ip_test_room_expect("v untouched", &r.v, as.v.host, 0);
	drop(&r);
	drop(&as);
}

static int every_isa(const char *isa)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_loops),
		cmocka_unit_test(test_same_bytes),
		cmocka_unit_test(test_golden),
	};

	return cmocka_run_group_tests_name(isa, tests, ip_test_dev_open,
		ip_test_dev_close);
}

int main(void)
{
	const struct CMUnitTest others[] = {
		cmocka_unit_test(test_refusals),
	};

	return ip_test_every_isa(every_isa) + cmocka_run_group_tests(others,
		ip_test_dev_open, ip_test_dev_close);
}
