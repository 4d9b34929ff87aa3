/*
 * Amorphous layers: density, distances to every image, nothing outside the
 * slab, the crystal only moved down; and the masses that densities need.
 */
#include <math.h>
#include <iphase/disorder.h>
#include <iphase/status.h>
#include "core/core.h"
#include "support/repeat.h"

#define AVOGADRO 0.602214076	/* Angstrom^3 g/cm^3 to g/mol */

static const struct ip_amorphous carbon = { IP_SIDE_ENTRANCE, 6, 20, 2, 1.4 };

/* The least distance of atoms from on, periodic images included. */
static double least(const struct ip_repeat_cell *c, size_t from)
{
	double least = INFINITY;

	for (size_t i = from; i < c->count; i++)
		for (size_t j = 0; j <= i; j++)
			for (int k = 0; k < 9; k++) {
				const double *p = c->atoms[i].r;
				const double *q = c->atoms[j].r;
				double m = k % 3 - 1, n = k / 3 - 1;
				double d = hypot(hypot(q[0] - p[0] +
					m * c->a[0][0] + n * c->a[1][0],
					q[1] - p[1] + n * c->a[1][1]),
					q[2] - p[2]);
				if (i != j || k != 4)
					least = fmin(least, d);
			}
	return least;
}

/* before with its layer: all that the header says. */
static void check(const struct ip_repeat_cell *before,
	const struct ip_repeat_cell *c, const struct ip_amorphous *l)
{
	int front = l->side == IP_SIDE_ENTRANCE;
	double top = front ? 0 : before->period, nearest;
	double wanted = l->density * AVOGADRO / ip_element_mass(l->z) *
		c->a[0][0] * c->a[1][1] * l->thickness;

	assert_true(c->period == before->period + l->thickness);
	assert_memory_equal(c->a, before->a, sizeof c->a);
	assert_true(fabs((double)(c->count - before->count) - wanted) <= 0.5);
	for (size_t i = 0; i < c->count; i++) {
		const struct ip_atom *a = &c->atoms[i];
		double f = a->r[1] / c->a[1][1];
		if (i < before->count) {
			struct ip_atom b = before->atoms[i];
			b.r[2] += front ? l->thickness : 0;
			assert_memory_equal(a->r, b.r, sizeof b.r);
			assert_true(a->z == b.z && a->u == b.u);
			continue;
		}
		assert_true(a->z == l->z && a->u == 0 && a->occupancy == 1);
		assert_true(f >= 0 && f < 1);
		f = (a->r[0] - f * c->a[1][0]) / c->a[0][0];
		assert_true(f > -1e-12 && f < 1);
		assert_true(a->r[2] >= top && a->r[2] < top + l->thickness);
	}
	nearest = least(c, before->count);
	print_message("# %zu atoms, the nearest two %.4f apart\n",
		c->count - before->count, nearest);
	assert_true(nearest >= l->distance);
}

static void layer(size_t m0, size_t m1, const struct ip_amorphous *l)
{
	struct ip_repeat_cell c, before;

	ip_test_gan_supercell(&before, m0, m1, 22);
	assert_int_equal(ip_repeat_cell_copy(&c, &before), 0);
	assert_int_equal(ip_amorphous_add(&c, l, 3), 0);
	check(&before, &c, l);
	ip_repeat_cell_free(&c);
	ip_repeat_cell_free(&before);
}

static void test_layers(void **state)
{
	struct ip_amorphous l = carbon;

	(void)state;
	layer(8, 7, &l);
	l.side = IP_SIDE_EXIT;
	layer(8, 7, &l);
	layer(1, 1, &l);	/* one box wide, and two */
	layer(2, 1, &l);
	l.distance = 2.76;	/* as wide as the cell, but for 0.1 % */
	l.density = 0.3;
	layer(1, 1, &l);
	l = carbon;
	l.thickness = 0.7;	/* less than a distance */
	l.density = 1;
	layer(8, 7, &l);
	l = (struct ip_amorphous){ IP_SIDE_EXIT, 14, 10, 2.2, 2.0 };
	layer(7, 8, &l);
}

/* No side of the box, nor of the slab, is favoured: 4 standard errors. */
static void test_uniform(void **state)
{
	struct ip_repeat_cell c;
	struct ip_amorphous l = carbon;
	double sum[3] = { 0 }, n;
	size_t first;

	(void)state;
	ip_test_gan_supercell(&c, 12, 12, 22);
	first = c.count;
	l.density = 0.2;	/* so thin that each draw stands alone, nearly */
	l.thickness = 50;
	assert_int_equal(ip_amorphous_add(&c, &l, 5), 0);
	n = (double)(c.count - first);
	assert_true(n > 600);
	for (size_t i = first; i < c.count; i++) {
		const double *r = c.atoms[i].r;
		double f = r[1] / c.a[1][1];
		sum[0] += (r[0] - f * c.a[1][0]) / c.a[0][0];
		sum[1] += f;
		sum[2] += r[2] / l.thickness;
	}
	for (int k = 0; k < 3; k++)
		assert_true(fabs(sum[k] / n - 0.5) < 4 * sqrt(1 / 12. / n));
	ip_repeat_cell_free(&c);
}

/* Atoms of a that b has too, in x and y. */
static size_t common(const struct ip_repeat_cell *a,
	const struct ip_repeat_cell *b, size_t first)
{
	size_t n = 0;

	for (size_t i = first; i < a->count; i++)
		for (size_t j = first; j < b->count; j++)
			n += memcmp(a->atoms[i].r, b->atoms[j].r,
				2 * sizeof(double)) == 0;
	return n;
}

static void test_seeds(void **state)
{
	struct ip_repeat_cell c[4];
	size_t first, all;

	(void)state;
	for (int i = 0; i < 4; i++) {
		struct ip_amorphous l = carbon;
		ip_test_gan_supercell(&c[i], 6, 6, 22);
		first = c[i].count;
		l.side = i == 3 ? IP_SIDE_EXIT : IP_SIDE_ENTRANCE;
		assert_int_equal(ip_amorphous_add(&c[i], &l, i == 1 ? 2 : 1),
			0);
	}
	all = c[0].count - first;
	assert_int_equal(common(&c[0], &c[1], first), 0);
	assert_int_equal(common(&c[0], &c[2], first), all);
	assert_int_equal(common(&c[0], &c[3], first), 0);
	for (int i = 0; i < 4; i++)
		ip_repeat_cell_free(&c[i]);
}

static void test_both_sides(void **state)
{
	struct ip_repeat_cell c[3];
	struct ip_amorphous l = carbon;

	(void)state;
	ip_test_gan_supercell(&c[0], 5, 5, 22);
	for (int i = 1; i < 3; i++) {
		l.side = i == 1 ? IP_SIDE_ENTRANCE : IP_SIDE_EXIT;
		assert_int_equal(ip_repeat_cell_copy(&c[i], &c[i - 1]), 0);
		assert_int_equal(ip_amorphous_add(&c[i], &l, 3), 0);
		check(&c[i - 1], &c[i], &l);
	}
	for (int i = 0; i < 3; i++)
		ip_repeat_cell_free(&c[i]);
}

/* ---- what is refused ---- */

static void test_refusals(void **state)
{
	struct ip_repeat_cell c;
	size_t count;

	(void)state;
	ip_test_gan_supercell(&c, 4, 4, 22);
	count = c.count;
#define REFUSED(change, status, part) do { \
	struct ip_amorphous l = carbon; \
	l.change; \
	ip_test_log_capture(); \
	assert_int_equal(ip_amorphous_add(&c, &l, 1), status); \
	ip_test_assert_logged(part); \
	assert_true(c.count == count && c.period == 22); \
	assert_true(c.atoms[0].r[2] == 0); \
} while (0)
	REFUSED(side = (enum ip_side)2, IP_EINVAL, "side 2");
	REFUSED(z = 43, IP_ENOTFOUND, "atomic number 43");
	REFUSED(z = 0, IP_ENOTFOUND, "atomic number 0");
	REFUSED(thickness = 0, IP_EINVAL, "above 0");
	REFUSED(thickness = INFINITY, IP_EINVAL, "above 0");
	REFUSED(density = -1, IP_EINVAL, "above 0");
	REFUSED(distance = NAN, IP_EINVAL, "above 0");
	REFUSED(thickness = 1e-4, IP_EPHYSICS, "hold no atom");
	REFUSED(thickness = 1e9, IP_ELIMIT, "expected 50000000 in all");
	REFUSED(distance = 11.1, IP_EPHYSICS, "take more cells");
#undef REFUSED
	ip_repeat_cell_free(&c);
}

/* 0.3 of spheres 1.4 wide of carbon: what the message says can be had. */
static void test_packing(void **state)
{
	double most = 0.3 * 6 / (3.14159265358979 * 1.4 * 1.4 * 1.4) *
		12.011 / AVOGADRO;
	struct ip_amorphous l = carbon;
	struct ip_repeat_cell c;
	char text[64];

	(void)state;
	ip_test_gan_supercell(&c, 6, 6, 22);
	l.density = 1.001 * most;
	ip_test_log_capture();
	assert_int_equal(ip_amorphous_add(&c, &l, 1), IP_EPHYSICS);
	snprintf(text, sizeof text, "expected up to %.4g g/cm^3", most);
	ip_test_assert_logged(text);
	l.density = 0.999 * most;
	assert_int_equal(ip_amorphous_add(&c, &l, 1), 0);
	ip_repeat_cell_free(&c);
}

/* A layer thinner than a distance beside a crystal: no room, though the
 * density alone would do. */
static void test_no_room(void **state)
{
	struct ip_amorphous l = carbon;
	struct ip_repeat_cell c;
	size_t count;

	(void)state;
	ip_test_gan_supercell(&c, 6, 6, 22);
	count = c.count;
	l.distance = 2.1;
	l.density = 1.1;
	l.thickness = 1;
	ip_test_log_capture();
	assert_int_equal(ip_amorphous_add(&c, &l, 1), IP_EPHYSICS);
	ip_test_assert_logged("of 1.1 g/cm^3");
	assert_true(c.count == count && c.period == 22);
	ip_repeat_cell_free(&c);
}

static void test_no_memory(void **state)
{
	struct ip_repeat_cell c;
	int rc = IP_ENOMEM;
	long left;

	(void)state;
	ip_test_gan_supercell(&c, 6, 6, 22);
	for (left = 0; rc < 0; left++) {
		size_t count = c.count;
		ip_test_log_capture();
		ip_alloc_fail_after(left);
		rc = ip_amorphous_add(&c, &carbon, 1);
		ip_alloc_fail_after(-1);
		assert_true(rc == 0 || rc == IP_ENOMEM);
		assert_int_equal(ip_test_log_errors(), rc != 0);
		assert_true(rc == 0 || c.count == count);
	}
	assert_int_equal(left, 3);
	ip_repeat_cell_free(&c);
}

/* IUPAC 2021, abridged; and no more elements than it has. */
static void test_masses(void **state)
{
	(void)state;
	assert_true(ip_element_mass(1) == 1.0080);
	assert_true(ip_element_mass(6) == 12.011);
	assert_true(ip_element_mass(14) == 28.085);
	assert_true(ip_element_mass(31) == 69.723);
	assert_true(ip_element_mass(57) == 138.91);
	assert_true(ip_element_mass(79) == 196.97);
	assert_true(ip_element_mass(92) == 238.03);
	for (int z = -1; z <= 104; z++) {
		int none = z < 1 || z == 43 || z == 61 || (z > 83 && z < 90) ||
			z > 92;
		assert_true((ip_element_mass(z) == 0) == none);
		/* heavier than its protons, lighter than thrice that */
		assert_true(none || z == 1 || (ip_element_mass(z) > 1.9 * z &&
			ip_element_mass(z) < 2.7 * z));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_layers),
		cmocka_unit_test(test_uniform),
		cmocka_unit_test(test_seeds),
		cmocka_unit_test(test_both_sides),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_packing),
		cmocka_unit_test(test_no_room),
		cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_masses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
