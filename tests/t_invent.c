/*
 * Invented crystals: the same everywhere, solids by distances, volumes and
 * mean inner potential, as many-sided as the header says, and good for the
 * repeat cell.
 */
#include <math.h>
#include <string.h>
#include <iphase/em.h>
#include <iphase/invent.h>
#include <iphase/repeat.h>
#include "support/support.h"

#define MANY 1000
/* Of the first 32 crystals of seeds 0 and 1, as first made. */
#define GOLDEN 0x302609ea25fe54feu
/* Places were multiplied and divided by cells: Angstrom. */
#define ROUNDING 1e-9

static struct ip_structure invent(uint64_t seed, uint64_t number)
{
	struct ip_structure s;

	assert_int_equal(ip_crystal_invent(seed, number, &s), 0);
	return s;
}

/* FNV-1a */
static void mix(uint64_t *h, const void *data, size_t size)
{
	const unsigned char *p = data;

	for (size_t i = 0; i < size; i++)
		*h = (*h ^ p[i]) * 0x100000001b3u;
}

static uint64_t digest(uint64_t seed, uint64_t number)
{
	struct ip_structure s = invent(seed, number);
	uint64_t h = 0xcbf29ce484222325u;

	for (int i = 0; i < 9; i++)
		mix(&h, &s.cell[i / 3][i % 3], sizeof(double));
	for (size_t i = 0; i < s.count; i++) {
		const struct ip_atom *a = &s.atoms[i];
		unsigned char z = (unsigned char)a->z;
		mix(&h, a->r, sizeof a->r);
		mix(&h, &a->u, sizeof a->u);
		mix(&h, &z, 1);
	}
	ip_structure_free(&s);
	return h;
}

static void test_same(void **state)
{
	uint64_t all = 0, d[64];

	(void)state;
	for (uint64_t i = 0; i < 64; i++) {
		d[i] = digest(i % 2, i / 2);
		assert_true(digest(i % 2, i / 2) == d[i]);
		for (uint64_t j = 0; j < i; j++)
			assert_true(d[i] != d[j]);
		all ^= d[i] * (2 * i + 1);
	}
	/* of a little-endian machine; a plan's numbers mean these crystals */
	static const uint16_t one = 1;
	if (*(const unsigned char *)&one && all != GOLDEN)
		fail_msg("digest %#llx", (unsigned long long)all);
	/* all bits of both numbers count */
	assert_true(digest(1, 5) != digest(1, 5 + ((uint64_t)1 << 40)));
	assert_true(digest(1, 5) != digest(1 + ((uint64_t)1 << 40), 5));
}

/* ---- solids ---- */

/* Angstrom, of some elements that are often there or large: Cordero 2008. */
static double radius(int z)
{
	static const struct { int z; double r; } some[] = { { 8, 0.66 },
		{ 12, 1.41 }, { 14, 1.11 }, { 26, 1.32 }, { 38, 1.95 },
		{ 53, 1.39 }, { 55, 2.44 }, { 56, 2.15 }, { 79, 1.36 },
		{ 82, 1.46 }, { 92, 1.96 } };

	for (size_t i = 0; i < sizeof some / sizeof *some; i++)
		if (some[i].z == z)
			return some[i].r;
	return 0;
}

/* Atoms i and j of cells n apart: far enough, and in a column or beside it. */
static void check_pair(const struct ip_structure *s, size_t i, size_t j,
	const int n[3])
{
	const struct ip_atom *p = &s->atoms[i], *q = &s->atoms[j];
	double d[3], flat, least = fmax(1.6, 0.75 * (radius(p->z) +
		radius(q->z)));

	for (int k = 0; k < 3; k++)
		d[k] = q->r[k] - p->r[k] + n[0] * s->cell[0][k] +
			n[1] * s->cell[1][k] + n[2] * s->cell[2][k];
	flat = hypot(d[0], d[1]);
	if (!(hypot(flat, d[2]) > least - ROUNDING))
		fail_msg("%s and %s: %g A", ip_element_symbol(p->z),
			ip_element_symbol(q->z), hypot(flat, d[2]));
	assert_true(flat < 1e-5 || flat > 0.7 - ROUNDING);
}

static void check_distances(const struct ip_structure *s)
{
	for (size_t i = 0; i < s->count; i++)
		for (size_t j = 0; j <= i; j++)
			for (int k = 0; k < 75; k++) {
				const int n[3] = { k % 5 - 2, k / 5 % 5 - 2,
					k / 25 - 1 };
				if (i != j || k != 37)
					check_pair(s, i, j, n);
			}
}

static double volume(const struct ip_structure *s)
{
	return ip_cell_volume((const double (*)[3])s->cell);
}

static void check_numbers(const struct ip_structure *s)
{
	double v = volume(s), mean = 0, a = s->cell[0][0];
	double b = hypot(s->cell[1][0], s->cell[1][1]);

	assert_true(v >= 8 * (double)s->count && v <= 40 * (double)s->count);
	assert_true(a >= 2.8 && a <= 9 && b >= a - ROUNDING && b <= 9);
	assert_true(s->cell[0][1] == 0 && s->cell[0][2] == 0 &&
		s->cell[1][2] == 0 && s->cell[2][0] == 0 &&
		s->cell[2][1] == 0);
	assert_true(s->cell[2][2] >= 2.5 && s->cell[2][2] <= 6);
	for (size_t i = 0; i < s->count; i++) {
		const struct ip_atom *p = &s->atoms[i];
		assert_true(p->u >= 0.05 && p->u <= 0.12);
		assert_true(p->z >= 1 && p->z <= 92 && p->occupancy == 1);
		assert_true(p->r[2] >= 0 && p->r[2] < s->cell[2][2]);
		mean += ip_factor(IP_KIRKLAND, p->z, 0) / IP_KAPPA / v;
	}
	if (!(mean > 4 && mean < 50))
		fail_msg("mean inner potential %g V", mean);
}

static void test_solids(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < MANY; i++) {
		struct ip_structure s = invent(3, i);
		struct ip_repeat_cell c;

		assert_int_equal(ip_structure_check(&s, 1.6 - ROUNDING), 0);
		check_numbers(&s);
		check_distances(&s);
		assert_int_equal(ip_repeat_zone(&c, &s, (int[]){ 0, 0, 1 }),
			0);
		/* the cell it was made with is the smallest */
		assert_int_equal(c.count, s.count);
		assert_true(c.shift[0] == 0 && c.shift[1] == 0);
		assert_true(fabs(c.period - s.cell[2][2]) < ROUNDING);
		assert_true(fabs(c.a[0][0] - s.cell[0][0]) < ROUNDING);
		assert_true(fabs(c.a[1][1] - s.cell[1][1]) < ROUNDING);
		ip_repeat_cell_free(&c);
		ip_structure_free(&s);
	}
}

/* ---- variety ---- */

static size_t columns(const struct ip_structure *s)
{
	size_t n = 0, j;

	for (size_t i = 0; i < s->count; i++) {
		for (j = 0; j < i; j++)
			if (hypot(s->atoms[i].r[0] - s->atoms[j].r[0],
					s->atoms[i].r[1] - s->atoms[j].r[1]) <
					1e-5)
				break;
		n += j == i;
	}
	return n;
}

static size_t kinds(const struct ip_structure *s, size_t seen[93])
{
	size_t n = 0, j;

	for (size_t i = 0; i < s->count; i++) {
		for (j = 0; j < i && s->atoms[j].z != s->atoms[i].z; j++)
			;
		n += j == i;
		seen[s->atoms[i].z] += j == i;
	}
	return n;
}

/* Whether -r is where an atom of the kind is for all r, from some centre. */
static int inverted(const struct ip_structure *s, double sign)
{
	size_t from = s->count, i, j, k;

	/* the centre lies half way from atom 0 to the one it becomes */
	while (from-- > 0) {
		for (i = 0; i < s->count; i++) {
			for (j = 0; j < s->count; j++) {
				double f[3];
				const double *c[3] = { s->atoms[0].r,
					s->atoms[from].r, s->atoms[i].r };
				for (k = 0; k < 3; k++)
					f[k] = k < 2 ? c[0][k] + c[1][k] -
						c[2][k] - s->atoms[j].r[k] :
						sign * (c[0][k] - c[2][k]) +
						s->atoms[j].r[k] - c[1][k];
				f[1] /= s->cell[1][1];
				f[0] = (f[0] - f[1] * s->cell[1][0]) /
					s->cell[0][0];
				f[2] /= s->cell[2][2];
				if (s->atoms[i].z == s->atoms[j].z &&
					fabs(f[0] - round(f[0])) < 1e-6 &&
					fabs(f[1] - round(f[1])) < 1e-6 &&
					fabs(f[2] - round(f[2])) < 1e-6)
					break;
			}
			if (j == s->count)
				break;
		}
		if (i == s->count)
			return 1;
	}
	return 0;
}

/* Shares a little below what was found, so that no kind dies out. */
static void test_variety(void **state)
{
	size_t column[9] = { 0 }, mirror[7] = { 0 }, seen[93] = { 0 };
	size_t kind[9] = { 0 }, several = 0, inverse = 0, axis = 0, none = 0;
	size_t elements = 0;
	double phi[6], area = 0;

	(void)state;
	for (uint64_t i = 0; i < MANY; i++) {
		struct ip_structure s = invent(4, i);
		struct ip_repeat_cell c;
		size_t n = columns(&s);
		int m, centre = inverted(&s, -1), turn = inverted(&s, 1);

		assert_int_equal(ip_repeat_zone(&c, &s, (int[]){ 0, 0, 1 }),
			0);
		m = ip_repeat_mirrors(&c, phi);
		assert_true(n >= 1 && n <= 8 && m <= 6);
		column[n]++;
		mirror[m]++;
		kind[kinds(&s, seen)]++;
		several += n < s.count;
		inverse += (size_t)centre;
		axis += (size_t)turn;
		none += !centre && !turn && !m;
		area += c.a[0][0] * c.a[1][1];
		ip_repeat_cell_free(&c);
		ip_structure_free(&s);
	}
	for (int n = 1; n <= 8; n++)
		assert_in_range(column[n], 10, 300);
	for (int m = 1; m <= 6; m++)
		if (m != 5)
			assert_in_range(mirror[m], 20, 200);
	for (int k = 1; k <= 4; k++)
		assert_in_range(kind[k], 50, 600);
	assert_int_equal(kind[5], 0);
	assert_in_range(several, MANY / 4, MANY / 2);
	assert_in_range(inverse, MANY / 4, MANY / 2);
	assert_in_range(axis, MANY / 4, MANY / 2);
	assert_in_range(none, MANY / 4, MANY / 2);
	/* uniform sides of 2.8 to 9 would make it 35 */
	assert_true(area / MANY > 15 && area / MANY < 30);
	for (int z = 1; z <= 92; z++)
		elements += seen[z] > 0;
	assert_true(elements > 80);
	/* the most common one */
	assert_true(seen[8] > MANY / 8 && seen[8] < MANY / 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same),
		cmocka_unit_test(test_solids),
		cmocka_unit_test(test_variety),
	};

	return cmocka_run_group_tests_name("invent", tests, NULL, NULL);
}
