/* Structures: elements, and what is refused as no specimen. */
#include <math.h>

#include "iphase/structure.h"
#include "iphase/status.h"
#include "support/support.h"

static struct ip_structure make(size_t n)
{
	struct ip_structure s = { 0 };

	s.count = n;
	s.atoms = calloc(n ? n : 1, sizeof *s.atoms);
	return s;
}

static void set_cell(struct ip_structure *s, double a, double b, double c)
{
	memset(s->cell, 0, sizeof s->cell);
	s->cell[0][0] = a;
	s->cell[1][1] = b;
	s->cell[2][2] = c;
}

static void set(struct ip_structure *s, size_t i, double x, double y, double z)
{
	s->atoms[i].r[0] = x;
	s->atoms[i].r[1] = y;
	s->atoms[i].r[2] = z;
	s->atoms[i].z = 31;
	s->atoms[i].occupancy = 1;
}

static void refused(const struct ip_structure *s, double least, int rc,
	const char *part)
{
	ip_test_log_capture();
	assert_int_equal(ip_structure_check(s, least), rc);
	ip_test_assert_logged(part);
}

static void elements(void **state)
{
	int z;

	(void)state;
	for (z = 1; z <= 103; z++)
		assert_int_equal(ip_element_number(ip_element_symbol(z)), z);
	assert_null(ip_element_symbol(0));
	assert_null(ip_element_symbol(104));
	assert_null(ip_element_symbol(-1));
	assert_string_equal(ip_element_symbol(31), "Ga");
	assert_string_equal(ip_element_symbol(92), "U");
	assert_int_equal(ip_element_number("LI"), 3);
	assert_int_equal(ip_element_number("o"), 8);
	ip_test_log_capture();
	assert_int_equal(ip_element_number("Xx"), IP_ENOTFOUND);
	ip_test_assert_logged("Xx");
	assert_int_equal(ip_element_number(""), IP_ENOTFOUND);
	assert_int_equal(ip_element_number("Gaa"), IP_ENOTFOUND);
}

static void copies(void **state)
{
	struct ip_structure s = make(3), r = { 0 };

	(void)state;
	set_cell(&s, 3, 4, 5);
	set(&s, 2, 1, 2, 3);
	assert_int_equal(ip_structure_copy(&r, &s), 0);
	s.atoms[2].r[1] = 9;
	assert_true(r.atoms[2].r[1] == 2 && r.cell[1][1] == 4);
	assert_int_equal(r.count, 3);
	ip_structure_free(&s);
	ip_structure_free(&r);
	assert_null(r.atoms);
	ip_structure_free(&r);
	assert_int_equal(ip_structure_copy(&r, &s), 0);
	assert_int_equal(r.count, 0);
}

static void numbers(void **state)
{
	struct ip_structure s = make(2);
	const double left[3][3] = { { 0, 2, 0 }, { 3, 0, 0 }, { 1, 1, 4 } };

	(void)state;
	assert_true(ip_cell_volume(left) == -24);
	set(&s, 0, 0, 0, 0);
	set(&s, 1, 2, 0, 0);
	assert_int_equal(ip_structure_check(&s, 0.5), 0);
	s.atoms[1].r[2] = NAN;
	refused(&s, 0.5, IP_EINVAL, "atom 1");
	s.atoms[1].r[2] = -INFINITY;
	refused(&s, 0.5, IP_EINVAL, "atom 1");
	s.atoms[1].r[2] = 0;
	s.atoms[1].u = -0.1;
	refused(&s, 0.5, IP_EINVAL, "displacement");
	s.atoms[1].u = 0;
	s.atoms[1].occupancy = 0;
	refused(&s, 0, IP_EINVAL, "atom 1: occupancy 0");
	s.atoms[1].occupancy = 1.0001;
	refused(&s, 0, IP_EINVAL, "occupancy 1.0001");
	s.atoms[1].occupancy = NAN;
	refused(&s, 0, IP_EINVAL, "occupancy nan");
	s.atoms[1].occupancy = 1;
	s.atoms[0].z = 104;
	refused(&s, 0.5, IP_ENOTFOUND, "atomic number 104");
	s.atoms[0].z = 1;
	set_cell(&s, 3, 3, 0);
	refused(&s, 0.5, IP_EPHYSICS, "cell of 0 A^3");
	set_cell(&s, 3, 3, NAN);
	refused(&s, 0.5, IP_EINVAL, "vector 2");
	set_cell(&s, 30, 30, 30);
	memcpy(s.cell[1], s.cell[0], sizeof s.cell[1]);
	s.cell[1][1] = 1e-7;	/* parallel but for rounding */
	refused(&s, 0.5, IP_EPHYSICS, "volume");
	memcpy(s.cell, left, sizeof left);
	assert_int_equal(ip_structure_check(&s, 0.5), 0);
	s.count = 0;
	refused(&s, 0.5, IP_EINVAL, "no atoms");
	ip_structure_free(&s);
}

static void overlaps(void **state)
{
	struct ip_structure s = make(2);

	(void)state;
	set(&s, 0, 1, 1, 1);
	set(&s, 1, 1, 1.3, 1.39);
	assert_int_equal(ip_structure_check(&s, 0.49), 0);
	assert_int_equal(ip_structure_check(&s, 0), 0);
	refused(&s, 0.5, IP_EPHYSICS, "atoms 0 (Ga) and 1 (Ga): 0.492 A");
	set(&s, 1, 1, 1, 1);
	refused(&s, 0.5, IP_EPHYSICS, "0 A apart");
	/* only through the boundary, and from another cell */
	set_cell(&s, 4, 5, 6);
	set(&s, 0, 0.1, 0.1, 0.1);
	set(&s, 1, 3.9, -0.1, 12.05);
	assert_int_equal(ip_structure_check(&s, 0.28), 0);
	refused(&s, 0.3, IP_EPHYSICS, "boundary");
	/* an atom and its own image */
	s.count = 1;
	refused(&s, 4.01, IP_EPHYSICS, "own periodic image");
	assert_int_equal(ip_structure_check(&s, 3.99), 0);
	/* a lattice of 1.4 A in a cell that is skew beyond recognition */
	set_cell(&s, 1.4, 1.4, 1.4);
	s.cell[1][0] = 7 * 1.4;
	s.cell[2][1] = -9 * 1.4;
	s.cell[2][0] = 3 * 1.4;
	assert_int_equal(ip_structure_check(&s, 1.399), 0);
	refused(&s, 1.401, IP_EPHYSICS, "1.4 A from its own");
	/* so flat that layers would be looked at one by one */
	set_cell(&s, 100, 100, 1e-4);
	refused(&s, 0.5, IP_EPHYSICS, "0.0001 A thick");
	ip_structure_free(&s);
}

/* Atoms so close are one site, whose occupancies are 1 at most in all. */
static void alternatives(void **state)
{
	struct ip_structure s = make(4);
	size_t i;

	(void)state;
	set_cell(&s, 4, 5, 6);
	for (i = 0; i < 4; i++) {
		/* one place, through each boundary */
		set(&s, i, i == 1 ? 4 : 0, i == 2 ? -5 : 0, i == 3 ? 6 : 0);
		s.atoms[i].occupancy = 0.25;
	}
	assert_int_equal(ip_structure_check(&s, 0.5), 0);
	s.atoms[2].occupancy = 0.2505;
	assert_int_equal(ip_structure_check(&s, 0.5), 0);
	/* no two of them are too many */
	s.atoms[2].occupancy = 0.27;
	refused(&s, 0.5, IP_EPHYSICS, "or occupancies of 1 in all, not 1.02");
	s.atoms[2].r[1] = 0.5;
	assert_int_equal(ip_structure_check(&s, 0.49), 0);
	refused(&s, 0.51, IP_EPHYSICS, "not 1.02");
	/* too many around one atom, though not around those beside it */
	s.count = 3;
	for (i = 0; i < 3; i++) {
		set(&s, i, 2, i == 0 ? 2 : i == 1 ? 2.3 : 1.7, 2);
		s.atoms[i].occupancy = 0.4;
	}
	assert_int_equal(ip_structure_check(&s, 0.29), 0);
	refused(&s, 0.31, IP_EPHYSICS, "not 1.2");
	/* beside an atom that is always there no other can be */
	s.count = 2;
	set(&s, 0, 2, 2, 2);
	set(&s, 1, 2, 2, 2);
	s.atoms[1].occupancy = 0.01;
	refused(&s, 0.5, IP_EPHYSICS, "(Ga): 0 A apart, expected 0.5 A"
		" at least");
	/* nor an atom beside its own image */
	s.count = 1;
	s.atoms[0].occupancy = 0.01;
	refused(&s, 4.01, IP_EPHYSICS, "own periodic image");
	ip_structure_free(&s);
}

/* The least distance of all pairs and images, the slow way. */
static double slow_least(const struct ip_structure *s)
{
	double least = INFINITY, d2, x;
	size_t i, j;
	int a, b, c, k;

	for (i = 0; i < s->count; i++)
		for (j = 0; j < s->count; j++)
			for (a = -7; a <= 7; a++)
			for (b = -7; b <= 7; b++)
			for (c = -7; c <= 7; c++) {
				if (i == j && !a && !b && !c)
					continue;
				for (d2 = 0, k = 0; k < 3; k++) {
					x = s->atoms[j].r[k] -
						s->atoms[i].r[k] +
						a * s->cell[0][k] +
						b * s->cell[1][k] +
						c * s->cell[2][k];
					d2 += x * x;
				}
				least = fmin(least, d2);
			}
	return sqrt(least);
}

static void agrees_with_all_pairs(void **state)
{
	struct ip_structure s = make(12);
	uint64_t seed = 5;
	double d;
	size_t i;
	int trial, k, m;

	(void)state;
	for (trial = 0; trial < 60; trial++) {
		for (k = 0; k < 3; k++)
			for (m = 0; m < 3; m++)
				s.cell[k][m] = (k == m ? 3 : 0) + 4 *
					ip_test_uniform(&seed) - 2;
		s.count = 1 + (size_t)trial % 12;
		for (i = 0; i < s.count; i++)
			set(&s, i, 6 * ip_test_uniform(&seed) - 2, 6 *
				ip_test_uniform(&seed) - 2, 6 *
				ip_test_uniform(&seed));
		if (fabs(ip_cell_volume(
		    (const double (*)[3])s.cell)) < 8)
			continue;
		d = slow_least(&s);
		/* rounding of a sum of a few Angstrom */
		assert_int_equal(ip_structure_check(&s, d * (1 - 1e-12)), 0);
		refused(&s, d * (1 + 1e-12), IP_EPHYSICS, " A ");
	}
	ip_structure_free(&s);
}

/* 100,000 atoms must not take 10^10 steps: this would not end. */
static void many_atoms(void **state)
{
	struct ip_structure s = make(46 * 46 * 47);
	size_t i, n = s.count;

	(void)state;
	for (i = 0; i < n; i++)
		set(&s, i, 2.0 * (double)(i % 46), 2.0 * (double)(i / 46 % 46),
			2.0 * (double)(i / 46 / 46));
	assert_int_equal(ip_structure_check(&s, 1.9), 0);
	set_cell(&s, 92, 92, 94);
	assert_int_equal(ip_structure_check(&s, 1.9), 0);
	set_cell(&s, 92, 92, 93.8);
	refused(&s, 1.9, IP_EPHYSICS, "1.8 A apart through");
	set_cell(&s, 1e5, 1e5, 1e5);	/* a particle in vacuum */
	assert_int_equal(ip_structure_check(&s, 0.5), 0);
	ip_structure_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(elements),
		cmocka_unit_test(copies),
		cmocka_unit_test(numbers),
		cmocka_unit_test(overlaps),
		cmocka_unit_test(alternatives),
		cmocka_unit_test(agrees_with_all_pairs),
		cmocka_unit_test(many_atoms),
	};

	return cmocka_run_group_tests_name("structure", tests, NULL, NULL);
}
