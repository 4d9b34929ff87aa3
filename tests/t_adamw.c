/* adamw against plain loops and PyTorch's numbers. */
#include <math.h>
#include "ref/ref.h"
#include "support/op.h"

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

static void once(const void *of, struct ip_test_bytes *bytes)
{
	size_t n = *(const size_t *)of;
	struct rooms r = make(n, 0.1);

	assert_int_equal(run(&r, n, &how), 0);
	ip_test_keep(bytes, &r.p);
	ip_test_keep(bytes, &r.m);
	ip_test_keep(bytes, &r.v);
	drop(&r);
}

static void test_same_bytes(void **state)
{
	(void)state;
	ip_test_same_by_threads(once, &sizes[SIZES - 1]);
}

static double number(const struct ip_bundle *b, const char *name,
	const char *key)
{
	double *v = ip_test_numbers_of(b, name, key, 1), x = v[0];

	free(v);
	return x;
}

/* Five steps of clipped gradients, clipped here as the trainer does. */
static void golden(const struct ip_bundle *b, const char *name)
{
	struct ip_adamw s = { 0, 0.9, 0.999, 1e-8, 0, 1, 1 };
	double *g = ip_test_numbers_of(b, name, "grads", 85);
	double *want = ip_test_numbers_of(b, name, "weights", 85);
	double *norms = ip_test_numbers_of(b, name, "norms", 5), *one;
	struct rooms r = make(17, 0);

	s.rate = number(b, name, "lr");
	s.decay = number(b, name, "wd");
	ip_test_room_put(&r.p, ip_test_numbers_of(b, name, "w0", 17));
	for (; s.step <= 5; s.step++) {
		size_t i = (size_t)s.step - 1;

		one = malloc(17 * sizeof(*one));
		memcpy(one, g + 17 * i, 17 * sizeof(*one));
		ip_test_room_put(&r.g, one);
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

static void test_refusals(void **state)
{
	struct rooms r = make(9, 1);
	struct ip_adamw s = how;

	(void)state;
	ip_test_refused_short(&r.p, run(&r, 9, &s), "p has");
	ip_test_refused_short(&r.m, run(&r, 9, &s), "m has");
	ip_test_refused_short(&r.v, run(&r, 9, &s), "v has");
	ip_test_refused_short(&r.g, run(&r, 9, &s), "g has");
	s.step = 0;
	ip_test_refused(run(&r, 9, &s), "step 0");
	s.step = 1;
	s.beta1 = 1;
	ip_test_refused(run(&r, 9, &s), "betas 1 and 0.999");
	s.beta1 = 0.9;
	s.beta2 = -0.1;
	ip_test_refused(run(&r, 9, &s), "betas 0.9 and -0.1");
	ip_test_room_untouched(&r.p);
	ip_test_room_untouched(&r.m);
	ip_test_room_untouched(&r.v);
	drop(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_loops),
		cmocka_unit_test(test_same_bytes),
		cmocka_unit_test(test_golden),
	};
	const struct CMUnitTest others[] = {
		ip_test_fresh(test_refusals),
	};

	return ip_test_run_every_isa(tests) + cmocka_run_group_tests(others,
		ip_test_dev_open, ip_test_dev_close);
}
