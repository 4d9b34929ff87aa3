/*
 * Mixed sites: each gets one of its elements, or none, as often as its
 * occupancy says (4 standard errors, fixed seeds), and never two.
 */
#include <math.h>
#include <iphase/disorder.h>
#include <iphase/status.h>
#include "core/core.h"
#include "support/repeat.h"

/*
 * A square cell of 4 Angstrom on a side and 4 deep: La 0.7 and Sr 0.3 at the
 * corner, which is also the cell's border; oxygen 0.9 at the middle; two
 * places of titanium 0.3 apart, half each, of which the first is at one
 * border and the second beyond it; iron; and three thirds in digits.
 */
static const struct ip_atom atoms[] = {
	{ { 0, 0, 1 }, 0.05, 57, 0.7 }, { { 0, 0, 1 }, 0.06, 38, 0.3 },
	{ { 2, 2, 1 }, 0.07, 8, 0.9 },
	{ { 0.1, 2, 2 }, 0, 22, 0.5 }, { { 3.8, 2, 2 }, 0, 22, 0.5 },
	{ { 2, 0, 3 }, 0, 26, 1 },
	{ { 0, 0, 3 }, 0, 12, 0.333 }, { { 0, 0, 3 }, 0, 20, 0.333 },
	{ { 0, 0, 3.1 }, 0, 56, 0.333 },
};
enum { ATOMS = sizeof atoms / sizeof *atoms, CELLS = 10 * 11 * 20 };

static void open(struct ip_repeat_cell *c)
{
	struct ip_repeat_cell cell = { .a = { { 4, 0 }, { 0, 4 } },
		.period = 4, .count = ATOMS };

	cell.atoms = malloc(sizeof atoms);
	memcpy(cell.atoms, atoms, sizeof atoms);
	assert_int_equal(ip_supercell_build(c, &cell, (size_t[]){ 10, 11 },
		80), 0);
	ip_repeat_cell_free(&cell);
}

static size_t elements(const struct ip_repeat_cell *c, int z)
{
	size_t n = 0;

	for (size_t i = 0; i < c->count; i++)
		n += c->atoms[i].z == z;
	return n;
}

static void near(const struct ip_repeat_cell *c, int z, double fraction)
{
	double error = sqrt(CELLS * fraction * (1 - fraction));
	double n = (double)elements(c, z);

	if (!(fabs(n - CELLS * fraction) <= 4 * error))
		fail_msg("%g of element %d, expected %g +- %g", n, z,
			CELLS * fraction, error);
}

static void test_sites(void **state)
{
	struct ip_repeat_cell c, before;
	size_t removed, j = 0;

	(void)state;
	open(&before);
	assert_int_equal(ip_repeat_cell_copy(&c, &before), 0);
	assert_int_equal(ip_sites_occupy(&c, 0.4, 1, &removed), 0);
	assert_int_equal(c.count + removed, before.count);
	near(&c, 57, 0.7);
	assert_int_equal(elements(&c, 57) + elements(&c, 38), CELLS);
	near(&c, 8, 0.9);
	assert_int_equal(elements(&c, 22), CELLS);
	assert_int_equal(elements(&c, 26), CELLS);
	/* 0.999 in all is a full site */
	near(&c, 12, 1. / 3);
	near(&c, 20, 1. / 3);
	assert_int_equal(elements(&c, 12) + elements(&c, 20) +
		elements(&c, 56), CELLS);
	for (size_t i = 0; i < c.count; i++, j++) {
		assert_true(c.atoms[i].occupancy == 1);
		while (j < before.count && (before.atoms[j].z !=
				c.atoms[i].z || memcmp(before.atoms[j].r,
				c.atoms[i].r, sizeof c.atoms[i].r)))
			j++;
		assert_true(j < before.count);
		assert_true(before.atoms[j].u == c.atoms[i].u);
	}
	ip_repeat_cell_free(&c);
	ip_repeat_cell_free(&before);
}

/* No two that were alternatives, images included, are both there. */
static void test_one_a_site(void **state)
{
	struct ip_repeat_cell c;

	(void)state;
	open(&c);
	assert_int_equal(ip_sites_occupy(&c, 0.4, 2, NULL), 0);
	for (size_t i = 0; i < c.count; i++)
		for (size_t j = 0; j < i; j++) {
			double d = 0;
			for (int k = 0; k < 3; k++) {
				double w = k == 0 ? 40 : k == 1 ? 44 : INFINITY;
				double x = fabs(c.atoms[i].r[k] -
					c.atoms[j].r[k]);
				x = fmin(x, w - x);
				d += x * x;
			}
			assert_true(d > 0.4 * 0.4);
		}
	ip_repeat_cell_free(&c);
}

/* Sites wider than what an atom has for itself: boxes are no narrower. */
static void test_wide(void **state)
{
	struct ip_repeat_cell cell = { .a = { { 6, 0 }, { -1, 6 } },
		.period = 6, .count = 32 }, c;

	(void)state;
	cell.atoms = calloc(cell.count, sizeof *cell.atoms);
	for (size_t i = 0; i < cell.count; i++)
		cell.atoms[i] = (struct ip_atom){ { 5, 5, 0.1 * (double)i },
			0, 26, 1 };
	cell.atoms[0] = (struct ip_atom){ { 1, 1, 1 }, 0, 22, 0.5 };
	cell.atoms[1] = (struct ip_atom){ { 3.4, 1, 1 }, 0, 22, 0.5 };
	assert_int_equal(ip_supercell_build(&c, &cell, (size_t[]){ 11, 8 },
		60), 0);
	assert_int_equal(ip_sites_occupy(&c, 2.5, 1, NULL), 0);
	assert_int_equal(elements(&c, 22), 11 * 8 * 10);
	assert_int_equal(elements(&c, 26), 30 * 11 * 8 * 10);
	ip_repeat_cell_free(&c);
	ip_repeat_cell_free(&cell);
}

/* lanthanum[period, cell]: whether the corner has that, not strontium. */
static void corners(const struct ip_repeat_cell *c, char *lanthanum)
{
	for (size_t i = 0; i < c->count; i++) {
		const double *r = c->atoms[i].r;
		size_t x = (size_t)nearbyint(r[0] / 4);
		size_t y = (size_t)nearbyint(r[1] / 4);
		if (c->atoms[i].z == 57)
			lanthanum[(size_t)(r[2] / 4) * 110 + x * 11 + y] = 1;
	}
}

/* What is in one site says nothing of others, nor of another seed's. */
static void test_independent(void **state)
{
	static const size_t steps[] = { 1, 11, 110 };
	static char lanthanum[2][CELLS];
	struct ip_repeat_cell c;
	double p = 0.58, n;	/* 0.7^2 + 0.3^2: the same by chance */

	(void)state;
	for (int i = 0; i < 2; i++) {
		open(&c);
		assert_int_equal(ip_sites_occupy(&c, 0.4, (uint64_t)i + 1,
			NULL), 0);
		corners(&c, lanthanum[i]);
		ip_repeat_cell_free(&c);
	}
	for (int k = 0; k < 4; k++) {
		size_t step = k < 3 ? steps[k] : 0, equal = 0;
		for (size_t i = 0; i + step < CELLS; i++)
			equal += lanthanum[0][i] ==
				lanthanum[k == 3][i + step];
		n = (double)(CELLS - step);
		/* pairs that share a site: three are alike with 0.37 */
		assert_true(fabs((double)equal - p * n) < 4 * sqrt(n *
			(p * (1 - p) + 2 * (0.37 - p * p))));
	}
}

static void test_refusals(void **state)
{
	struct ip_repeat_cell c;
	size_t count, n = 77;

	(void)state;
	open(&c);
	count = c.count;
#define REFUSED(distance, status, part) do { \
	ip_test_log_capture(); \
	assert_int_equal(ip_sites_occupy(&c, distance, 1, &n), status); \
	ip_test_assert_logged(part); \
	assert_true(c.count == count && n == 77); \
	assert_true(c.atoms[0].occupancy < 1); \
} while (0)
	REFUSED(0, IP_EINVAL, "up to 0 Angstrom wide");
	REFUSED(NAN, IP_EINVAL, "Angstrom wide");
	REFUSED(40.5, IP_EINVAL, "the supercell's 40");
	REFUSED(2.9, IP_EPHYSICS, "in all at the site of atom 0 (");
	ip_alloc_fail_after(0);
	REFUSED(0.4, IP_ENOMEM, "out of memory");
	ip_alloc_fail_after(1);
	REFUSED(0.4, IP_ENOMEM, "out of memory");
	ip_alloc_fail_after(2);
	REFUSED(0.4, IP_ENOMEM, "out of memory");
	ip_alloc_fail_after(-1);
#undef REFUSED
	ip_repeat_cell_free(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sites),
		cmocka_unit_test(test_one_a_site),
		cmocka_unit_test(test_wide),
		cmocka_unit_test(test_independent),
		cmocka_unit_test(test_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
