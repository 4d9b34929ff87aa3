/*
 * In double precision images on one repeat cell are those of a supercell of
 * the same k grid to 1e-9 of the beam: only the order of sums differs.
 */
#include "support/repeat.h"

static const int z001[3] = { 0, 0, 1 }, z110[3] = { 1, 1, 0 };

static void check(struct ip_structure *s, const int zone[3], size_t n0,
	size_t n1, size_t m0, size_t m1)
{
	size_t planes[] = { 0, 3, 10 };
	struct ip_test_repeat t;

	ip_test_repeat_open(&t, s, zone, n0, n1, 1.4);
	ip_test_repeat_set(&t, (size_t[]){ m0, m1 }, (double[]){ 5, -3 },
		planes, 3);
	ip_aberrations_set(&t.r.probe.aberrations, "C10", -150);
	ip_aberrations_set(&t.r.probe.aberrations, "C21", 400);
	ip_aberrations_set(&t.r.probe.aberrations, "phi21", 0.4);
	double d = ip_test_against_supercell(&t);
	print_message("# repeat cell - supercell: %.2g of the beam\n", d);
	assert_true(d < 1e-9);
	ip_test_repeat_close(&t);
}

static void test_gan(void **state)
{
	struct ip_structure s;

	(void)state;
	ip_test_gan(&s);
	ip_test_double(&s);
	check(&s, z001, 32, 56, 4, 3);
}

static void test_knbo3(void **state)
{
	struct ip_structure s;

	(void)state;
	ip_test_knbo3(&s);
	check(&s, z001, 40, 42, 3, 4);
}

/* A lattice that moves to the side from one period to the next. */
static void test_shift(void **state)
{
	struct ip_structure s;

	(void)state;
	ip_test_knbo3(&s);
	check(&s, z110, 42, 60, 3, 3);
	/* by 4 points a slice: else the samples of exp(i sigma V) differ */
	ip_test_leaning(&s);
	check(&s, NULL, 40, 48, 3, 3);
}

static void test_oblique(void **state)
{
	size_t planes[] = { 4, 12 };
	double d = ip_test_oblique(ip_test_gan, 64, 1.3, planes, 2);

	(void)state;
	print_message("# oblique - orthogonal: %.2g of the beam\n", d);
	assert_true(d < 1e-9);
}

/* The library's own supercell: one k point of many waves. */
static void as_supercell(struct ip_structure *s, const int zone[3], size_t n0,
	size_t n1, size_t m0, size_t m1)
{
	size_t planes[] = { 0, 3, 9 };
	struct ip_test_repeat t;

	ip_test_repeat_open(&t, s, zone, n0, n1, 1.4);
	ip_test_repeat_set(&t, (size_t[]){ m0, m1 }, (double[]){ -6, 2 },
		planes, 3);
	/* no k point on an edge, where rounding says to which side */
	t.d[0].rotation = 0.1;
	double d = ip_test_as_supercell(&t);
	print_message("# repeat cell - its supercell: %.2g of the beam\n", d);
	assert_true(d < 1e-9);
	ip_test_repeat_close(&t);
}

static void test_built(void **state)
{
	struct ip_structure s;

	(void)state;
	ip_test_gan(&s);
	as_supercell(&s, z001, 28, 28, 3, 2);
	ip_test_knbo3(&s);
	as_supercell(&s, z110, 42, 60, 3, 2);
	ip_test_licoo2(&s);
	as_supercell(&s, z001, 28, 28, 3, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gan),
		cmocka_unit_test(test_knbo3),
		cmocka_unit_test(test_shift),
		cmocka_unit_test(test_oblique),
		cmocka_unit_test(test_built),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
