/*
 * The bonding term on the slices of repeat cells, supercells and boxes, against
 * the integral of its series over each slice, point by point in the crystal's own
 * frame (Simpson's rule of 128 steps, good to 1e-8).
 */
#include <math.h>
#include "support/repeat.h"

#define PI 3.14159265358979323846

static struct ip_bonding_term waves[] = {
	{ { 1, 0, 0 }, { 0.3, -0.1 } }, { { 0, 1, 1 }, { -0.2, 0.05 } },
	{ { 1, -1, 2 }, { 0.07, 0.11 } }, { { 0, 0, 1 }, { 0.2, 0.3 } },
	{ { 2, 1, -3 }, { -0.04, 0.02 } }, { { 1, 1, 0 }, { 0.15, 0 } },
};
enum { WAVES = sizeof waves / sizeof *waves };

/* The waves as the bonding term of crystal; nothing in it is owned. */
static struct ip_bonding bonding_of(const struct ip_structure *crystal)
{
	return (struct ip_bonding){ *crystal, WAVES, waves };
}

/* The potential of b at r, Angstrom, in its crystal's frame, V. */
static double at(const struct ip_bonding *b, const double r[3])
{
	double sum = 0, g[3];

	for (size_t i = 0; i < b->count; i++) {
		const struct ip_bonding_term *t = &b->term[i];
		ip_reflection((const double (*)[3])b->crystal.cell, t->hkl, g);
		double p = 2 * PI * (g[0] * r[0] + g[1] * r[1] + g[2] * r[2]);
		sum += 2 * (t->v[0] * cos(p) - t->v[1] * sin(p));
	}
	return sum;
}

/* Over dz from z on, at (x, y) of the frame whose axes these are. */
static double integral(const struct ip_bonding *b, double axes[3][3], double x,
	double y, double z, double dz)
{
	enum { STEPS = 128 };
	double sum = 0, r[3];

	for (int i = 0; i <= STEPS; i++) {
		double d = z + dz * i / STEPS;
		double w = i == 0 || i == STEPS ? 1 : i % 2 ? 4 : 2;
		for (int k = 0; k < 3; k++)
			r[k] = x * axes[0][k] + y * axes[1][k] + d * axes[2][k];
		sum += w * at(b, r);
	}
	return sum * dz / (3 * STEPS);
}

/*
 * What bonding adds to slices of p, made of c: the crystal begins with slice
 * first and is count slices deep. b may be of a smaller cell than crystal.
 */
static void assert_slices(const struct ip_repeat_cell *c,
	const struct ip_structure *crystal, const struct ip_bonding *b,
	const size_t n[2], double slice, size_t first, size_t less)
{
	struct ip_period *plain, *bonded;
	double axes[3][3], worst = 0, largest = 0;
	double *u, *v;
	size_t slices;

	assert_int_equal(ip_period_new(&plain, c, n, slice, IP_KIRKLAND, 0), 0);
	assert_int_equal(ip_period_new(&bonded, c, n, slice, IP_KIRKLAND, 0),
		0);
	slices = ip_period_slices(plain);
	assert_int_equal(ip_period_bond(bonded, c, crystal, b, first, slices -
		first - less), 0);
	ip_repeat_axes(c, crystal, axes);
	u = malloc(slices * n[0] * n[1] * sizeof *u);
	v = malloc(slices * n[0] * n[1] * sizeof *v);
	assert_int_equal(ip_period_get(plain, 0, slices, u), 0);
	assert_int_equal(ip_period_get(bonded, 0, slices, v), 0);
	for (size_t i = 0; i < slices * n[0] * n[1]; i += 7) {
		size_t s = i / (n[0] * n[1]);
		double h = (double)(i / n[1] % n[0]) / (double)n[0];
		double k = (double)(i % n[1]) / (double)n[1];
		double part = (double)s / (double)slices, dz, want;
		double x = h * c->a[0][0] + k * c->a[1][0] + part *
			c->shift[0];
		double y = k * c->a[1][1] + part * c->shift[1];
		dz = ip_period_thickness(plain);
		want = s < first || s >= slices - less ? 0 : integral(b, axes,
			x, y, ((double)s - (double)first) * dz, dz);
		worst = fmax(worst, fabs(v[i] - u[i] - want));
		largest = fmax(largest, fabs(want));
	}
	print_message("# %.2g of %.2g V Angstrom\n", worst, largest);
	assert_true(largest > 0.1);
	assert_true(worst < 1e-8 * largest);
	free(u);
	free(v);
	ip_period_free(plain);
	ip_period_free(bonded);
}

static void on_repeat_cell(struct ip_structure *s, const int zone[3],
	double slice)
{
	struct ip_bonding b = bonding_of(s);
	struct ip_repeat_cell c;
	size_t n[2];

	assert_int_equal(zone ? ip_repeat_zone(&c, s, zone) :
		ip_repeat_plane(&c, s, (int[]){ 0, 0, 1 }), 0);
	assert_int_equal(ip_repeat_grid(&c, 0.2, n), 0);
	assert_slices(&c, s, &b, n, slice, 0, 0);
	ip_repeat_cell_free(&c);
	ip_structure_free(s);
}

static void test_repeat_cells(void **state)
{
	struct ip_structure s;

	(void)state;
	ip_test_gan(&s);
	on_repeat_cell(&s, (int[]){ 0, 0, 1 }, 1.3);
	ip_test_gan(&s);
	on_repeat_cell(&s, (int[]){ 1, 1, 0 }, 0.9);
	ip_test_knbo3(&s);		/* its period shifts */
	on_repeat_cell(&s, (int[]){ 1, 1, 0 }, 1.4);
	ip_test_leaning(&s);
	s.atoms[3].occupancy = 1;	/* bonds are of whole atoms */
	on_repeat_cell(&s, NULL, 1.1);
}

/* Below a layer of two slices, above one of one. */
static void test_supercell(void **state)
{
	struct ip_structure s;
	struct ip_repeat_cell c, wide;
	struct ip_bonding b;
	size_t cells[2] = { 2, 3 }, n[2];

	(void)state;
	ip_test_gan(&s);
	b = bonding_of(&s);
	assert_int_equal(ip_repeat_zone(&c, &s, (int[]){ 0, 0, 1 }), 0);
	assert_int_equal(ip_supercell_build(&wide, &c, cells, 9.1), 0);
	assert_int_equal(ip_repeat_grid(&wide, 0.2, n), 0);
	assert_slices(&wide, &s, &b, n, 1.3, 0, 0);
	assert_slices(&wide, &s, &b, n, 1.3, 2, 1);
	ip_repeat_cell_free(&wide);
	ip_repeat_cell_free(&c);
	ip_structure_free(&s);
}

/* 3 x 2 x 2 cells of one crystal. */
static void block_of(const struct ip_structure *s, struct ip_structure *box)
{
	const int cells[3] = { 3, 2, 2 };

	*box = (struct ip_structure){ .atoms = calloc(12 * s->count,
		sizeof *box->atoms) };
	assert_non_null(box->atoms);
	for (int d = 0; d < 3; d++)
		box->cell[d][d] = cells[d] * s->cell[d][d];
	for (int i = 0; i < 12; i++)
		for (size_t a = 0; a < s->count; a++) {
			struct ip_atom q = s->atoms[a];
			q.r[0] += (i % 3) * s->cell[0][0];
			q.r[1] += (i / 3 % 2) * s->cell[1][1];
			q.r[2] += (i / 6) * s->cell[2][2];
			box->atoms[box->count++] = q;
		}
}

/* What is added to slices of a box, whose atoms lean by drift a slice. */
static void test_box(void **state)
{
	const double drift[2] = { 0.03, -0.05 };
	double axes[3][3] = { { 1, 0, 0 }, { 0, 1, 0 }, { 0, 0, 1 } };
	struct ip_structure s, box;
	struct ip_potential *plain, *bonded;
	struct ip_bonding b;
	double dz, worst = 0, *u, *v;
	size_t slices;

	(void)state;
	ip_test_knbo3(&s);
	b = bonding_of(&s);
	block_of(&s, &box);
	struct ip_grid g = ip_test_grid(&box, 60, 45);
	assert_int_equal(ip_potential_from_structure(&plain, &box, &g, 1.4,
		IP_KIRKLAND, IP_EXACT), 0);
	assert_int_equal(ip_potential_from_structure(&bonded, &box, &g, 1.4,
		IP_KIRKLAND, IP_EXACT), 0);
	assert_int_equal(ip_potential_bond(bonded, &box, &b, drift), 0);
	slices = ip_potential_slices(plain);
	dz = ip_potential_thickness(plain);
	u = malloc(slices * 60 * 45 * sizeof *u);
	v = malloc(slices * 60 * 45 * sizeof *v);
	assert_int_equal(ip_potential_get(plain, 0, slices, u), 0);
	assert_int_equal(ip_potential_get(bonded, 0, slices, v), 0);
	for (size_t i = 0; i < slices * 60 * 45; i += 7) {
		double t = (double)(i / (60 * 45));
		double x = (double)(i / 45 % 60) * box.cell[0][0] / 60;
		double y = (double)(i % 45) * box.cell[1][1] / 45;
		worst = fmax(worst, fabs(v[i] - u[i] - integral(&b, axes,
			x + t * drift[0], y + t * drift[1], t * dz, dz)));
	}
	print_message("# box: %.2g V Angstrom\n", worst);
	assert_true(worst < 2e-8);
	ip_test_log_capture();
	assert_int_equal(ip_potential_bond(bonded, &box, &b, drift), IP_EINVAL);
	ip_test_assert_logged("once");
	free(u);
	free(v);
	ip_potential_free(plain);
	ip_potential_free(bonded);
	ip_structure_free(&s);
	ip_structure_free(&box);
}

/* Silicon's cubic cell of eight, of the cell of two. */
static void silicon(struct ip_structure *cubic, struct ip_structure *two)
{
	const double a = 5.431;
	size_t n = 0;

	*cubic = (struct ip_structure){ { { a, 0, 0 }, { 0, a, 0 },
		{ 0, 0, a } }, 8, calloc(8, sizeof *cubic->atoms) };
	*two = (struct ip_structure){ { { a / 2, 0, a / 2 }, { a / 2, a / 2, 0 },
		{ 0, a / 2, a / 2 } }, 2, calloc(2, sizeof *two->atoms) };
	assert_true(cubic->atoms && two->atoms);
	for (int i = 0; i < 4; i++)
		for (int k = 0; k < 2; k++)
			cubic->atoms[n++] = (struct ip_atom){ {
				(i & 1 ? a / 2 : 0) + k * a / 4,
				(i & 2 ? a / 2 : 0) + k * a / 4,
				(i == 1 || i == 2 ? a / 2 : 0) + k * a / 4 },
				0, 14, 1 };
	two->atoms[0] = cubic->atoms[0];
	two->atoms[1] = cubic->atoms[1];
}

static void test_primitive(void **state)
{
	struct ip_structure cubic, two;
	struct ip_bonding b, own = { 0 };
	struct ip_repeat_cell c;
	size_t n[2];

	(void)state;
	silicon(&cubic, &two);
	b = bonding_of(&two);
	assert_int_equal(ip_repeat_zone(&c, &cubic, (int[]){ 0, 1, 1 }), 0);
	assert_int_equal(ip_repeat_grid(&c, 0.2, n), 0);
	assert_slices(&c, &cubic, &b, n, 1, 0, 0);
	assert_int_equal(ip_structure_copy(&own.crystal, &two), 0);
	own.count = WAVES;
	own.term = calloc(WAVES, sizeof *own.term);
	memcpy(own.term, waves, sizeof waves);
	assert_int_equal(ip_bonding_recast(&own, &cubic), 0);
	assert_int_equal(own.crystal.count, 8);
	for (double z = 0; z < 6; z += 0.37) {
		double r[3] = { 0.3 + z, 1.9, z };
		assert_true(fabs(at(&own, r) - at(&b, r)) < 1e-12);
	}
	free(own.term);
	ip_structure_free(&own.crystal);
	ip_repeat_cell_free(&c);
	ip_structure_free(&cubic);
	ip_structure_free(&two);
}

/* ---- what does not belong together ---- */

static void misfit(const struct ip_bonding *b, const struct ip_structure *s,
	const char *said)
{
	ip_test_log_capture();
	assert_int_equal(ip_bonding_fits(b, s, NULL), IP_EPHYSICS);
	ip_test_assert_logged(said);
}

static void test_misfits(void **state)
{
	struct ip_structure s, t;
	struct ip_bonding b;

	(void)state;
	ip_test_gan(&s);
	ip_test_gan(&t);
	b = bonding_of(&s);
	assert_int_equal(ip_bonding_fits(&b, &t, NULL), 0);
	t.atoms[2].r[2] += 0.02;
	misfit(&b, &t, "atom 3 of the crystal");
	t.atoms[2].r[2] += 2 * t.cell[2][2] - 0.02;	/* other cells' are fine */
	assert_int_equal(ip_bonding_fits(&b, &t, NULL), 0);
	t.atoms[1].z = 13;
	misfit(&b, &t, "atom 2 of the crystal, Al");
	t.atoms[1].z = s.atoms[1].z;
	t.atoms[1].occupancy = 0.9;
	misfit(&b, &t, "whole atoms");
	t.atoms[1].occupancy = 1;
	t.count--;
	misfit(&b, &t, "expected 4");
	t.count++;
	t.cell[2][2] *= 1.002;
	misfit(&b, &t, "vector 3 of the crystal's cell");
	ip_structure_free(&s);
	ip_structure_free(&t);
}

static void test_once(void **state)
{
	struct ip_structure s;
	struct ip_bonding b;
	struct ip_repeat_cell c;
	struct ip_period *p;
	size_t n[2];

	(void)state;
	ip_test_gan(&s);
	b = bonding_of(&s);
	assert_int_equal(ip_repeat_zone(&c, &s, (int[]){ 0, 0, 1 }), 0);
	assert_int_equal(ip_repeat_grid(&c, 0.2, n), 0);
	assert_int_equal(ip_period_new(&p, &c, n, 1.3, IP_KIRKLAND, 0), 0);
	ip_test_log_capture();
	assert_int_equal(ip_period_bond(p, &c, &s, &b, 1, 4), IP_EINVAL);
	ip_test_assert_logged("slices 1 to 5 of 4");
	assert_int_equal(ip_period_bond(p, &c, &s, &b, 0, 4), 0);
	ip_test_log_capture();
	assert_int_equal(ip_period_bond(p, &c, &s, &b, 0, 4), IP_EINVAL);
	ip_test_assert_logged("once");
	ip_period_free(p);
	ip_repeat_cell_free(&c);
	ip_structure_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_repeat_cells),
		cmocka_unit_test(test_supercell),
		cmocka_unit_test(test_box),
		cmocka_unit_test(test_primitive),
		cmocka_unit_test(test_misfits),
		cmocka_unit_test(test_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
