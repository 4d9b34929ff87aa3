/*
 * Supercells against the repeat cells they are made of: the same structure
 * factors, a number of cells times over, and the same atoms whatever the
 * depth; then what is refused.
 */
#include <complex.h>
#include <math.h>
#include <iphase/disorder.h>
#include <iphase/status.h>
#include "core/core.h"
#include "support/repeat.h"

#define TWO_PI 6.28318530717958647692
/* Angstrom: what the library takes for rounding (crystal/supercell.h). */
#define SAME_PLACE 1e-7

static const int z001[3] = { 0, 0, 1 }, z110[3] = { 1, 1, 0 };

/* ---- the atoms ---- */

/* h b[0] + k b[1] of the cell's reciprocal lattice. */
static void reciprocal(const struct ip_repeat_cell *c, double h, double k,
	double g[2])
{
	g[0] = h / c->a[0][0];
	g[1] = (k - c->a[1][0] * g[0]) / c->a[1][1];
}

/* Each atom weighs as its element and its displacement tell it apart. */
static double complex factor(const struct ip_repeat_cell *c,
	const double g[2], double q)
{
	double complex sum = 0;

	for (size_t i = 0; i < c->count; i++) {
		const struct ip_atom *a = &c->atoms[i];
		sum += (a->z + 100 * a->u) * cexp(-I * TWO_PI * (g[0] *
			a->r[0] + g[1] * a->r[1] + q * a->r[2]));
	}
	return sum;
}

static void inside(const struct ip_repeat_cell *c)
{
	for (size_t i = 0; i < c->count; i++) {
		const double *r = c->atoms[i].r;
		double f1 = r[1] / c->a[1][1];
		double f0 = (r[0] - f1 * c->a[1][0]) / c->a[0][0];
		/* 1e-12: the rounding of the two divisions */
		assert_true(f0 >= -1e-12 && f0 < 1);
		assert_true(f1 >= -1e-12 && f1 < 1);
		assert_true(r[2] >= 0 && r[2] < c->period);
	}
}

/* Waves of the supercell that are none of the crystal's vanish. */
static void against_cell(const struct ip_repeat_cell *cell,
	const struct ip_repeat_cell *c, const size_t m[2], size_t periods)
{
	double all = (double)(m[0] * m[1]), worst = 0;

	for (int n = 0; n < 7 * 7 * 3; n++) {
		int h = n % 7 - 3, k = n / 7 % 7 - 3;
		double q = 0.13 * (n / 49), g[2];
		double complex want = 0;
		reciprocal(cell, (double)h / (double)m[0], (double)k /
			(double)m[1], g);
		for (size_t p = 0; p < periods; p++)
			want += cexp(-I * TWO_PI * (double)p * (g[0] *
				cell->shift[0] + g[1] * cell->shift[1] +
				q * cell->period));
		want *= h % (int)m[0] || k % (int)m[1] ? 0 :
			all * factor(cell, g, q);
		worst = fmax(worst, cabs(factor(c, g, q) - want));
	}
	print_message("# structure factors: %.2g\n", worst);
	/* phases of up to 1000 rad rounded, of atoms that weigh some 20 */
	assert_true(worst < 1e-13 * 20 * (double)c->count);
}

static void check(struct ip_structure *s, const int zone[3], size_t m0,
	size_t m1, size_t periods)
{
	struct ip_repeat_cell cell, c;
	size_t m[2] = { m0, m1 };

	assert_int_equal(zone ? ip_repeat_zone(&cell, s, zone) :
		ip_repeat_plane(&cell, s, z001), 0);
	assert_int_equal(ip_supercell_build(&c, &cell, m,
		(double)periods * cell.period), 0);
	assert_int_equal(c.count, cell.count * m0 * m1 * periods);
	for (int i = 0; i < 2; i++) {
		assert_true(c.shift[i] == 0);
		for (int k = 0; k < 2; k++)
			assert_true(c.a[i][k] == (double)m[i] * cell.a[i][k]);
		for (int k = 0; k < 3; k++)
			assert_int_equal(c.vectors[i][k], (int)m[i] *
				cell.vectors[i][k]);
	}
	assert_true(c.period == (double)periods * cell.period);
	inside(&c);
	against_cell(&cell, &c, m, periods);
	ip_repeat_cell_free(&c);
	ip_repeat_cell_free(&cell);
	ip_structure_free(s);
}

static void test_atoms(void **state)
{
	struct ip_structure s;

	(void)state;
	ip_test_gan(&s);
	check(&s, z001, 3, 2, 4);
	ip_test_gan(&s);
	check(&s, z001, 1, 1, 1);
	ip_test_knbo3(&s);
	check(&s, z110, 2, 3, 5);
	ip_test_licoo2(&s);
	check(&s, z001, 2, 2, 3);
	ip_test_leaning(&s);
	check(&s, NULL, 3, 4, 7);
}

/* An atom at the depth asked for is not part of it, rounding or no. */
static void test_depth(void **state)
{
	struct ip_repeat_cell c;

	(void)state;
	/* GaN's planes lie at 0, 0.377, 0.5, 0.877 of 5.1851 */
	for (int i = -1; i <= 1; i++) {
		double depth = 2.5 * 5.1851 + 0.9 * i * SAME_PLACE;
		ip_test_gan_supercell(&c, 2, 3, depth);
		assert_int_equal(c.count, 6 * (4 + 4 + 2));
		assert_true(c.period == depth);
		inside(&c);
		ip_repeat_cell_free(&c);
	}
	ip_test_gan_supercell(&c, 2, 3, 2.5 * 5.1851 + 2 * SAME_PLACE);
	assert_int_equal(c.count, 6 * (4 + 4 + 3));
	ip_repeat_cell_free(&c);
}

static void same_bits(const struct ip_atom *a, const struct ip_atom *b)
{
	assert_memory_equal(a->r, b->r, sizeof a->r);
	assert_true(a->u == b->u && a->z == b->z);
}

/* Atom i is atom i of a deeper one: through defects and displacements too. */
static void test_prefix(void **state)
{
	struct ip_cut cut = { 0.3, 5, 0, 12 };
	struct ip_repeat_cell c[2];

	(void)state;
	for (int i = 0; i < 2; i++) {
		ip_test_gan_supercell(&c[i], 5, 4, i ? 81.7 : 40.3);
		assert_int_equal(ip_vacancies_make(&c[i], 7, 0.1, 5, NULL), 0);
		assert_int_equal(ip_element_substitute(&c[i], 31, 13, 0.2, 5,
			NULL), 0);
		assert_int_equal(ip_supercell_cut(&c[i], &cut, NULL), 0);
		assert_int_equal(ip_phonons_displace(&c[i], 9, 3, 0), 0);
	}
	assert_true(c[0].count > 300 && c[1].count > c[0].count);
	for (size_t i = 0; i < c[1].count; i++) {
		if (i < c[0].count)
			same_bits(&c[0].atoms[i], &c[1].atoms[i]);
		else
			assert_true(c[1].atoms[i].r[2] > 40);
	}
	ip_repeat_cell_free(&c[0]);
	ip_repeat_cell_free(&c[1]);
}

static void test_copy(void **state)
{
	struct ip_repeat_cell c, d;

	(void)state;
	ip_test_gan_supercell(&c, 2, 2, 20);
	assert_int_equal(ip_repeat_cell_copy(&d, &c), 0);
	assert_int_equal(d.count, c.count);
	assert_memory_equal(d.a, c.a, sizeof c.a);
	for (size_t i = 0; i < c.count; i++)
		same_bits(&d.atoms[i], &c.atoms[i]);
	assert_int_equal(ip_phonons_displace(&d, 1, 0, 0), 0);
	assert_true(c.atoms[0].u > 0 && d.atoms[0].u == 0);
	ip_repeat_cell_free(&c);
	ip_repeat_cell_free(&d);
}

/* ---- what is refused ---- */

static void test_refusals(void **state)
{
	struct ip_repeat_cell cell, bad, out = { .count = 77 };

	(void)state;
	ip_test_gan_supercell(&cell, 1, 1, 5);
#define REFUSED(what, m0, m1, depth, status, part) do { \
	ip_test_log_capture(); \
	assert_int_equal(ip_supercell_build(&out, what, (size_t[]){ m0, m1 }, \
		depth), status); \
	ip_test_assert_logged(part); \
	assert_int_equal(out.count, 77); \
} while (0)
	REFUSED(&cell, 0, 3, 10, IP_EINVAL, "0 cells; expected 1 to 1000");
	REFUSED(&cell, 3, 1001, 10, IP_EINVAL, "1001 cells");
	REFUSED(&cell, 3, 3, 0, IP_EINVAL, "depth 0");
	REFUSED(&cell, 3, 3, NAN, IP_EINVAL, "depth");
	REFUSED(&cell, 3, 3, INFINITY, IP_EINVAL, "depth inf");
	REFUSED(&cell, 1000, 1000, 100, IP_ELIMIT, "1000 x 1000 cells");
	REFUSED(&cell, 1, 1, 1e300, IP_ELIMIT, "less depth");
	REFUSED(&cell, 3, 3, SAME_PLACE / 2, IP_EPHYSICS, "no atom lies above");
	bad = cell;
	bad.count = 0;
	REFUSED(&bad, 3, 3, 10, IP_EINVAL, "without atoms");
	bad = cell;
	bad.a[0][1] = 1;
	REFUSED(&bad, 3, 3, 10, IP_EINVAL, "along +x");
	bad = cell;
	bad.period = NAN;
	REFUSED(&bad, 3, 3, 10, IP_EINVAL, "period nan");
#undef REFUSED
	ip_repeat_cell_free(&cell);
}

static void test_no_memory(void **state)
{
	struct ip_repeat_cell cell, out = { .count = 77 };

	(void)state;
	ip_test_gan_supercell(&cell, 1, 1, 5);
	ip_test_log_capture();
	ip_alloc_fail_after(0);
	assert_int_equal(ip_supercell_build(&out, &cell, (size_t[]){ 2, 2 },
		10), IP_ENOMEM);
	ip_alloc_fail_after(-1);
	ip_test_assert_logged("out of memory");
	assert_int_equal(out.count, 77);
	ip_repeat_cell_free(&cell);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_atoms),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_prefix),
		cmocka_unit_test(test_copy),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
