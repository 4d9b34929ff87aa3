/* Symmetry operators: text, groups, and the images of a site. */
#include <math.h>

#include "crystal/symmetry.h"
#include "iphase/status.h"
#include "support/support.h"

static void parse(const char *text, struct ip_symop *op)
{
	assert_null(ip_symop_parse(text, strlen(text), op));
}

static void test_operators(void **state)
{
	/* the same operator in the forms in which it is written */
	static const char *const same[] = { "-y,x-y,z+1/2", " -Y , X-Y , 1/2+Z ",
		"-y,-y+x,z+.5", "-1*y,x-1y,z+0.50", "-y,x-y,z-1/2",
		"-y,x-y,5/2+z" };
	static const char *const bad[] = { "", "x", "x,y", "x,y,z,x", "x,y,",
		"x,y,z+", "x,y,w", "x,y,3x", "x,y,z+1/0", "x y,z,x", "x,y,z/2",
		"x,y,z+0.01", "x,y,1/7+z", "x,y,z+1e5", "x,y,1*2",
		"x,y,z+99999999999999999999", "x,y,z+1/3+1/3+1/3+1/3+x+y+z+x",
		"x,y,--z" };
	struct ip_symop want, got;
	size_t i;

	(void)state;
	parse(same[0], &want);
	assert_true(want.r[0][1] == -1 && want.r[1][0] == 1 &&
		want.r[1][1] == -1 && want.r[2][2] == 1);
	assert_true(want.t[2] == IP_SYMOP_PARTS / 2 && !want.t[0]);
	for (i = 1; i < sizeof same / sizeof *same; i++) {
		parse(same[i], &got);
		assert_memory_equal(&got, &want, sizeof got);
	}
	for (i = 0; i < sizeof bad / sizeof *bad; i++)
		if (!ip_symop_parse(bad[i], strlen(bad[i]), &got))
			fail_msg("'%s' taken", bad[i]);
	/* thirds as people round them; two coordinates make a coefficient */
	parse("x+0.333,y+0.6667,2x-z", &got);
	assert_true(got.t[0] == IP_SYMOP_PARTS / 3 &&
		got.t[1] == 2 * IP_SYMOP_PARTS / 3 && got.r[2][0] == 2);
}

/* Sizes of orbits in P 4 m m: general 8, on mirrors 4, on the axis 1, and
 * on the two-fold axis 2 (International Tables A, no. 99). */
static void test_orbits(void **state)
{
	static const char *const text[] = { "x,y,z", "-y,x,z", "-x,-y,z",
		"y,-x,z", "-x,y,z", "x,-y,z", "y,x,z", "-y,-x,z", "x,y,z" };
	static const double cell[3][3] = { { 4, 0, 0 }, { 0, 4, 0 },
		{ 0, 0, 7 } };
	static const struct { double f[3]; size_t n; double moved; } all[] = {
		{ { 0.1, 0.23, 0.3 }, 8, 0 }, { { 0.1, 0.1, 0.3 }, 4, 0 },
		{ { 0.1, 0.5, 1.3 }, 4, 0 }, { { 0.5, 0, -0.3 }, 2, 0 },
		{ { 0, 0, 0.3 }, 1, 0 }, { { 0.5, 0.5, 0.3 }, 1, 0 },
		/* 0.02 A off the mirror: on it */
		{ { 0.1, 0.495, 0.3 }, 4, 0.02 },
		/* images 0.096 A apart are one atom, 0.104 A two */
		{ { 0.1, 0.488, 0.3 }, 4, 0.048 }, { { 0.1, 0.487, 0.3 }, 8, 0 },
		/* one cell up this is 1 by rounding */
		{ { 0.1, 0.23, -1e-18 }, 8, 0 },
	};
	struct ip_symop op[9];
	struct ip_symmetry s;
	double f[3], out[9][3], moved;
	size_t i, k, n;
	int d;

	(void)state;
	for (i = 0; i < 9; i++)
		parse(text[i], &op[i]);
	assert_int_equal(ip_symmetry_init(&s, "x", op, 9, cell), 0);
	assert_int_equal(s.count, 8);	/* one was there twice */
	for (i = 0; i < sizeof all / sizeof *all; i++) {
		memcpy(f, all[i].f, sizeof f);
		assert_int_equal(ip_symmetry_orbit(&s, cell, 0.1, f, out, &n,
			&moved), 0);
		assert_int_equal(n, all[i].n);
		assert_true(fabs(moved - all[i].moved) < 1e-9);
		for (k = 0; k < n; k++)
			for (d = 0; d < 3; d++)
				assert_true(out[k][d] >= 0 && out[k][d] < 1);
	}
	/* 0.06 A off the axis: quarter turns lead 0.085 A, half turns 0.12 A */
	f[0] = 0.015;
	f[1] = f[2] = 0;
	assert_int_equal(ip_symmetry_orbit(&s, cell, 0.1, f, out, &n, &moved),
		1);
	ip_symmetry_free(&s);
}

static void test_no_group(void **state)
{
	static const double flat[3][3] = { { 4, 0, 0 }, { 0, 5, 0 },
		{ 0, 0, 7 } };
	static const char *const text[] = { "x,y,z", "-y,x,z", "-x,-y,z",
		"y,-x,z" };
	static const double square[3][3] = { { 4, 0, 0 }, { 0, 4, 0 }, { 0, 0, 7 } };
	struct ip_symop op[4];
	struct ip_symmetry s;
	size_t i;

	(void)state;
	for (i = 0; i < 4; i++)
		parse(text[i], &op[i]);
	ip_test_log_capture();
	assert_int_equal(ip_symmetry_init(&s, "x.cif", op, 3, square),
		IP_EFORMAT);
	ip_test_assert_logged("x.cif: the 3 symmetry operators are no group");
	ip_test_log_capture();
	assert_int_equal(ip_symmetry_init(&s, "x.cif", op, 4, flat),
		IP_EPHYSICS);
	ip_test_assert_logged("operator 2");
	ip_test_log_capture();
	assert_int_equal(ip_symmetry_init(&s, "x.cif", op, 0, square),
		IP_ELIMIT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_operators),
		cmocka_unit_test(test_orbits),
		cmocka_unit_test(test_no_group),
	};

	return cmocka_run_group_tests_name("symmetry", tests, NULL, NULL);
}
