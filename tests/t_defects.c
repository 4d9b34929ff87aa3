/*
 * Vacancies and substitution: how many, which, and nothing else; columns: all
 * of one and of no other, and that their potential is what is lost; cuts: the
 * atoms beyond the line and no others. Bounds on fractions are 4 standard
 * errors, with fixed seeds.
 */
#include <math.h>
#include <iphase/disorder.h>
#include <iphase/status.h>
#include "support/repeat.h"

#define PI 3.14159265358979323846
/* Angstrom: what the library takes for rounding (crystal/supercell.h). */
#define SAME_PLACE 1e-7

static void open(struct ip_repeat_cell *c)
{
	ip_test_gan_supercell(c, 10, 10, 20 * 5.1851);
}

static void near(size_t got, double n, double fraction)
{
	double error = sqrt(n * fraction * (1 - fraction));

	if (!(fabs((double)got - n * fraction) <= 4 * error))
		fail_msg("%zu of %g, expected %g +- %g", got, n, n * fraction,
			error);
}

static int same(const struct ip_atom *a, const struct ip_atom *b)
{
	return a->z == b->z && a->u == b->u &&
		memcmp(a->r, b->r, sizeof a->r) == 0;
}

/* gone[i]: whether b, a part of a in the same order, is without atom i. */
static unsigned char *missing(const struct ip_repeat_cell *a,
	const struct ip_repeat_cell *b)
{
	unsigned char *gone = malloc(a->count);
	size_t j = 0;

	for (size_t i = 0; i < a->count; i++) {
		gone[i] = j == b->count || !same(&a->atoms[i], &b->atoms[j]);
		j += !gone[i];
	}
	assert_int_equal(j, b->count);
	return gone;
}

/* ---- vacancies and substitution ---- */

static unsigned char *vacant(const struct ip_repeat_cell *c, int z,
	double fraction, uint64_t seed, size_t *n)
{
	struct ip_repeat_cell v;
	unsigned char *gone;

	assert_int_equal(ip_repeat_cell_copy(&v, c), 0);
	assert_int_equal(ip_vacancies_make(&v, z, fraction, seed, n), 0);
	assert_int_equal(v.count, c->count - *n);
	gone = missing(c, &v);
	for (size_t i = 0; i < c->count; i++)
		assert_true(!gone[i] || c->atoms[i].z == z);
	ip_repeat_cell_free(&v);
	return gone;
}

static void test_vacancies(void **state)
{
	static const double fractions[] = { 0.01, 0.3, 0.9 };
	struct ip_repeat_cell c;
	size_t n;

	(void)state;
	open(&c);
	for (int i = 0; i < 3; i++) {
		free(vacant(&c, 7, fractions[i], 3, &n));
		near(n, (double)c.count / 2, fractions[i]);
	}
	free(vacant(&c, 7, 0, 3, &n));
	assert_int_equal(n, 0);
	free(vacant(&c, 7, 1, 3, &n));
	assert_int_equal(n, c.count / 2);
	ip_repeat_cell_free(&c);
}

/* Both vacant as often as chance has it: seeds and elements draw apart. */
static void test_vacancies_apart(void **state)
{
	struct ip_repeat_cell c;
	unsigned char *gone[4];
	size_t n;

	(void)state;
	open(&c);
	for (int z = 7, k = 0; z <= 31; z += 24)
		for (uint64_t seed = 1; seed <= 2; seed++, k++) {
			for (size_t i = 0; i < c.count; i++)
				c.atoms[i].z = z;
			gone[k] = vacant(&c, z, 0.3, seed, &n);
		}
	for (int k = 0; k < 4; k++)
		for (int l = 0; l < k; l++) {
			size_t both = 0;
			for (size_t i = 0; i < c.count; i++)
				both += gone[k][i] && gone[l][i];
			near(both, (double)c.count, 0.09);
		}
	n = 0;
	for (size_t i = 1; i < c.count; i++)
		n += gone[0][i] && gone[0][i - 1];
	near(n, (double)c.count - 1, 0.09);
	for (int k = 0; k < 4; k++)
		free(gone[k]);
	ip_repeat_cell_free(&c);
}

static void test_substitution(void **state)
{
	struct ip_repeat_cell c, s;
	size_t n, both = 0, vacancies;
	unsigned char *gone;

	(void)state;
	open(&c);
	gone = vacant(&c, 31, 0.3, 3, &vacancies);
	assert_int_equal(ip_repeat_cell_copy(&s, &c), 0);
	assert_int_equal(ip_element_substitute(&s, 31, 13, 0.3, 3, &n), 0);
	near(n, (double)c.count / 2, 0.3);
	for (size_t i = 0; i < c.count; i++) {
		struct ip_atom a = s.atoms[i];
		if (a.z == 13) {
			assert_int_equal(c.atoms[i].z, 31);
			a.z = 31;
			both += gone[i];
			n--;
		}
		assert_true(same(&a, &c.atoms[i]));
	}
	assert_int_equal(n, 0);
	near(both, (double)c.count / 2, 0.09);
	free(gone);
	/* another element in the rest: draws of its own */
	both = c.count / 2;
	for (size_t i = 0; i < s.count; i++)
		both -= s.atoms[i].z == 13;
	assert_int_equal(ip_element_substitute(&s, 31, 49, 0.3, 3, &n), 0);
	near(n, (double)both, 0.3);
	ip_repeat_cell_free(&s);
	ip_repeat_cell_free(&c);
}

static void test_defects_refused(void **state)
{
	struct ip_repeat_cell c;
	size_t n = 77, count;

	(void)state;
	open(&c);
	count = c.count;
#define REFUSED(call, status, part) do { \
	ip_test_log_capture(); \
	assert_int_equal(call, status); \
	ip_test_assert_logged(part); \
	assert_true(n == 77 && c.count == count); \
} while (0)
	REFUSED(ip_vacancies_make(&c, 7, -0.1, 1, &n), IP_EINVAL,
		"a fraction of -0.1 of the N atoms");
	REFUSED(ip_vacancies_make(&c, 7, 1.1, 1, &n), IP_EINVAL, "0 to 1");
	REFUSED(ip_vacancies_make(&c, 7, NAN, 1, &n), IP_EINVAL, "0 to 1");
	REFUSED(ip_vacancies_make(&c, 13, 0.1, 1, &n), IP_ENOTFOUND,
		"vacancies: there is no Al");
	REFUSED(ip_vacancies_make(&c, 0, 0.1, 1, &n), IP_ENOTFOUND,
		"atomic number 0");
	REFUSED(ip_element_substitute(&c, 31, 104, 0.1, 1, &n), IP_ENOTFOUND,
		"atomic number 104");
	REFUSED(ip_element_substitute(&c, 14, 31, 0.1, 1, &n), IP_ENOTFOUND,
		"substitution: there is no Si");
	REFUSED(ip_element_substitute(&c, 31, 13, 2, 1, &n), IP_EINVAL,
		"a fraction of 2 of the Ga atoms");
	assert_int_equal(ip_vacancies_make(&c, 7, 1, 1, NULL), 0);
	count = c.count;
	REFUSED(ip_vacancies_make(&c, 31, 1, 1, &n), IP_EPHYSICS,
		"vacancies: would take out all 4000 atoms");
#undef REFUSED
	ip_repeat_cell_free(&c);
}

/* ---- columns ---- */

/* Squared, across the beam, from at to the atom in the nearest of 25 cells. */
static double apart2(const struct ip_repeat_cell *c, const double at[2],
	const double *r)
{
	double best = INFINITY;

	for (int k = 0; k < 25; k++) {
		int m = k % 5 - 2, n = k / 5 - 2;
		double x = r[0] - at[0] + m * c->a[0][0] + n * c->a[1][0];
		double y = r[1] - at[1] + n * c->a[1][1];
		best = fmin(best, x * x + y * y);
	}
	return best;
}

/* The atoms that are gone stand where the nearest one does, and no others. */
static size_t column(const struct ip_repeat_cell *c, double x, double y,
	int from)
{
	struct ip_column q = { { x, y }, 0.3, from, 0 };
	struct ip_repeat_cell s;
	double least = INFINITY;
	unsigned char *gone;
	size_t n, count = 0;

	assert_int_equal(ip_repeat_cell_copy(&s, c), 0);
	assert_int_equal(ip_column_change(&s, &q, &n), 0);
	for (size_t i = 0; i < c->count; i++)
		if (!from || c->atoms[i].z == from)
			least = fmin(least, apart2(c, q.at, c->atoms[i].r));
	gone = missing(c, &s);
	for (size_t i = 0; i < c->count; i++) {
		int near = (!from || c->atoms[i].z == from) &&
			apart2(c, q.at, c->atoms[i].r) < least + 1e-3;
		assert_int_equal(gone[i], near);
		count += gone[i];
	}
	assert_int_equal(count, n);
	free(gone);
	ip_repeat_cell_free(&s);
	return n;
}

static void test_column(void **state)
{
	static const size_t thin[] = { 1, 4 };
	struct ip_structure s;
	struct ip_repeat_cell cell, c;

	(void)state;
	open(&c);
	for (int k = 0; k < 40; k++) {
		/* all over it, its borders and beyond: 32 x 28 Angstrom */
		double x = -20 + 1.7 * k, y = 35 - 1.93 * k;
		assert_int_equal(column(&c, x, y, 0), 40);
		assert_int_equal(column(&c, x, y, 7), 20);
	}
	ip_repeat_cell_free(&c);
	/* one cell wide and four long, its periods beside each other */
	ip_test_licoo2(&s);
	assert_int_equal(ip_repeat_zone(&cell, &s, (int[]){ 0, 0, 1 }), 0);
	assert_int_equal(ip_supercell_build(&c, &cell, thin, 50), 0);
	for (int k = 0; k < 10; k++)
		assert_true(column(&c, 0.9 * k - 4, 8 - 1.3 * k, 0) >= 12);
	ip_repeat_cell_free(&c);
	ip_repeat_cell_free(&cell);
	ip_structure_free(&s);
}

/* A column that zigzags is one as far as reach; other elements. */
static void test_column_reach(void **state)
{
	struct ip_column q = { { 3.0, 2.1 }, 0.3, 0, 13 };
	struct ip_repeat_cell c;
	size_t n;

	(void)state;
	open(&c);
	for (size_t i = 0; i < c.count; i++)
		if (c.atoms[i].z == 7)
			c.atoms[i].r[0] += 0.29;
	assert_int_equal(ip_column_change(&c, &q, &n), 0);
	assert_int_equal(n, 40);
	q.reach = 0.28;
	assert_int_equal(ip_column_change(&c, &q, &n), 0);
	assert_int_equal(n, 20);
	/* of what is left: the Ga atoms of the next column */
	q.reach = 0.3;
	q.from = 31;
	q.to = 82;
	assert_int_equal(ip_column_change(&c, &q, &n), 0);
	assert_int_equal(n, 20);
	n = 0;
	for (size_t i = 0; i < c.count; i++)
		n += c.atoms[i].z == 82 && c.atoms[i].u == 0.058;
	assert_int_equal(n, 20);
	ip_repeat_cell_free(&c);
}

/* What a slice has lost is the column's potential: to rounding. */
static void test_column_potential(void **state)
{
	static const size_t grid[] = { 48, 48 };
	struct ip_column q = { { 4.8, 2.8 }, 0.3, 0, 0 };
	struct ip_repeat_cell c[3];
	struct ip_period *p[3];
	double *v[3], worst = 0, most = 0;
	size_t points = 48 * 48, slices, n = 0;

	(void)state;
	for (int i = 0; i < 3; i++)
		ip_test_gan_supercell(&c[i], 3, 3, 4 * 5.1851);
	assert_int_equal(ip_column_change(&c[1], &q, NULL), 0);
	for (size_t i = 0, j = 0; i < c[0].count; i++)
		if (j < c[1].count && same(&c[0].atoms[i], &c[1].atoms[j]))
			j++;
		else
			c[2].atoms[n++] = c[0].atoms[i];
	c[2].count = n;
	assert_int_equal(n, 8);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(ip_period_new(&p[i], &c[i], grid, 2,
			IP_KIRKLAND, 1), 0);
		slices = ip_period_slices(p[i]);
		v[i] = malloc(slices * points * sizeof *v[i]);
		assert_int_equal(ip_period_get(p[i], 0, slices, v[i]), 0);
	}
	for (size_t i = 0; i < slices * points; i++) {
		worst = fmax(worst, fabs(v[0][i] - v[1][i] - v[2][i]));
		most = fmax(most, v[2][i]);
	}
	assert_true(most > 100);
	assert_true(worst < 1e-11 * most);
	for (int i = 0; i < 3; i++) {
		free(v[i]);
		ip_period_free(p[i]);
		ip_repeat_cell_free(&c[i]);
	}
}

static void test_column_refused(void **state)
{
	struct ip_repeat_cell c;
	size_t n = 77;

	(void)state;
	open(&c);
#define REFUSED(status, part, ...) do { \
	struct ip_column q = __VA_ARGS__; \
	ip_test_log_capture(); \
	assert_int_equal(ip_column_change(&c, &q, &n), status); \
	ip_test_assert_logged(part); \
	assert_true(n == 77 && c.count == 8000); \
} while (0)
	REFUSED(IP_EINVAL, "column: at (nan, 1)", { { NAN, 1 }, 0.3, 0, 0 });
	REFUSED(IP_EINVAL, "finite", { { 1, INFINITY }, 0.3, 0, 0 });
	REFUSED(IP_EINVAL, "a reach of 0 ", { { 1, 1 }, 0, 0, 0 });
	REFUSED(IP_EINVAL, "below 27.6", { { 1, 1 }, 28, 0, 0 });
	REFUSED(IP_ENOTFOUND, "column: there is no Al",
		{ { 1, 1 }, 0.3, 13, 0 });
	REFUSED(IP_ENOTFOUND, "atomic number 104", { { 1, 1 }, 0.3, 104, 0 });
	REFUSED(IP_ENOTFOUND, "atomic number -1", { { 1, 1 }, 0.3, 0, -1 });
#undef REFUSED
	ip_repeat_cell_free(&c);
	ip_test_gan_supercell(&c, 1, 1, 2);
	ip_test_log_capture();
	assert_int_equal(ip_column_change(&c, &(struct ip_column){ { 1, 1 },
		2.5, 0, 0 }, &n), IP_EPHYSICS);
	ip_test_assert_logged("column: would take out all");
	ip_repeat_cell_free(&c);
}

/* ---- cuts ---- */

/* The atoms that are gone are those beyond; on_line counts what lies on it. */
static void cut(double angle, double offset, double from, double to,
	size_t *on_line)
{
	struct ip_cut how = { angle, offset, from, to };
	struct ip_repeat_cell c, s;
	unsigned char *gone;
	size_t n, count = 0;

	open(&c);
	assert_int_equal(ip_repeat_cell_copy(&s, &c), 0);
	assert_int_equal(ip_supercell_cut(&s, &how, &n), 0);
	gone = missing(&c, &s);
	for (size_t i = 0; i < c.count; i++) {
		const double *r = c.atoms[i].r;
		double d = r[0] * cos(angle) + r[1] * sin(angle) - offset;
		int deep = r[2] > from - SAME_PLACE && r[2] < to - SAME_PLACE;
		*on_line += deep && fabs(d) < SAME_PLACE;
		assert_int_equal(gone[i], deep && d > SAME_PLACE);
		count += gone[i];
	}
	assert_int_equal(count, n);
	assert_true(n > 0);
	assert_memory_equal(s.a, c.a, sizeof c.a);
	assert_true(s.period == c.period);
	free(gone);
	ip_repeat_cell_free(&c);
	ip_repeat_cell_free(&s);
}

static void test_cut(void **state)
{
	double depth = 20 * 5.1851, row = 3.1893 * sqrt(0.75);
	size_t none = 0, some = 0;

	(void)state;
	cut(PI / 2, 10, 0, depth, &none);
	cut(-PI / 6, 9.5, 0, depth, &none);
	cut(PI / 6, 9.5, 0, depth, &none);
	cut(1, 0.3, 0, 20, &none);
	cut(4, -12, 50, depth, &none);
	cut(0, 2, 5.1851, 2 * 5.1851, &none);
	assert_int_equal(none, 0);
	/* gallium and nitrogen at 1/3 of a row's height above each row */
	cut(PI / 2, (5 + 1. / 3) * row, 0, depth, &some);
	assert_int_equal(some, 10 * 2 * 20);
}

/*
 * Parallel to a side the crystal is a strip without end: of the places of
 * all images, those within offset of the border or none of a repeat.
 */
static void test_strip(void **state)
{
	struct ip_repeat_cell c;

	(void)state;
	for (int side = 0; side < 2; side++) {
		struct ip_cut how = { 0, 11, 0, 1e3 };
		double *a, width;
		open(&c);
		a = c.a[side];
		how.angle = atan2(a[1], a[0]) + (side ? -PI / 2 : PI / 2);
		width = c.a[0][0] * c.a[1][1] / hypot(a[0], a[1]);
		assert_int_equal(ip_supercell_cut(&c, &how, NULL), 0);
		for (size_t i = 0; i < 9 * c.count; i++) {
			const double *r = c.atoms[i / 9].r;
			double m = (double)(i % 3) - 1;
			double n = (double)(i / 3 % 3) - 1;
			double x = r[0] + m * c.a[0][0] + n * c.a[1][0];
			double y = r[1] + n * c.a[1][1];
			double d = x * cos(how.angle) + y * sin(how.angle);
			d -= floor(d / width + 1e-9) * width;
			assert_true(d <= how.offset + SAME_PLACE);
		}
		ip_repeat_cell_free(&c);
	}
}

static void test_cut_refused(void **state)
{
	struct ip_repeat_cell c;
	size_t n = 77;

	(void)state;
	open(&c);
#define REFUSED(status, part, ...) do { \
	ip_test_log_capture(); \
	assert_int_equal(ip_supercell_cut(&c, &(struct ip_cut)__VA_ARGS__, \
		&n), status); \
	ip_test_assert_logged(part); \
	assert_true(n == 77 && c.count == 8000); \
} while (0)
	REFUSED(IP_EINVAL, "finite", { NAN, 1, 0, 9 });
	REFUSED(IP_EINVAL, "finite", { 0, INFINITY, 0, 9 });
	REFUSED(IP_EINVAL, "from depth 9 to depth 9", { 0, 1, 9, 9 });
	REFUSED(IP_EPHYSICS, "cut: would take out all 8000 atoms",
		{ PI / 2, -1, 0, 1e3 });
#undef REFUSED
	ip_repeat_cell_free(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vacancies),
		cmocka_unit_test(test_vacancies_apart),
		cmocka_unit_test(test_substitution),
		cmocka_unit_test(test_defects_refused),
		cmocka_unit_test(test_column),
		cmocka_unit_test(test_column_reach),
		cmocka_unit_test(test_column_potential),
		cmocka_unit_test(test_column_refused),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_strip),
		cmocka_unit_test(test_cut_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
