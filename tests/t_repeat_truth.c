/*
 * One period's potential, and what of it lies along the beam and along the
 * zone axis, against the potential of the same crystal as a box.
 */
#include <math.h>
#include <iphase/status.h>
#include "support/repeat.h"

#define PI 3.14159265358979323846
#define NEAR 1e-9	/* of the largest value: all is in double */

static const int z001[3] = { 0, 0, 1 };

/* GaN's orthogonal cell. */
static void open_gan(struct ip_test_repeat *t)
{
	struct ip_structure s;

	ip_test_gan(&s);
	ip_test_double(&s);
	ip_test_repeat_open(t, &s, z001, 32, 56, 1.3);
	t->r.waves[0] = t->r.waves[1] = 1;
}

static void same_slices(struct ip_test_repeat *t, enum ip_factors set,
	int still)
{
	size_t n = ip_period_slices(t->period), points = 32 * 56;
	struct ip_structure box = t->crystal;
	struct ip_grid g = ip_test_grid(&box, 32, 56);
	struct ip_potential *p;
	struct ip_period *q;
	double *want = malloc(n * points * sizeof *want);
	double *v = malloc((2 * n + 1) * points * sizeof *v);

	box.atoms = calloc(box.count, sizeof *box.atoms);
	for (size_t i = 0; i < box.count; i++) {
		box.atoms[i] = t->cell.atoms[i];
		if (still)
			box.atoms[i].u = 0;
	}
	assert_int_equal(ip_potential_from_structure(&p, &box, &g, 1.3, set,
		IP_EXACT), 0);
	assert_int_equal(ip_potential_slices(p), n);
	assert_int_equal(ip_potential_get(p, 0, n, want), 0);
	assert_int_equal(ip_period_new(&q, &t->cell, g.n, 1.3, set, still), 0);
	/* from any depth on: the crystal repeats */
	assert_int_equal(ip_period_get(q, 1, 2 * n + 1, v), 0);
	for (size_t i = 0; i < 2 * n + 1; i++)
		ip_test_assert_close("slice", v + i * points,
			want + (i + 1) % n * points, points, NEAR);
	ip_period_free(q);
	free(v);
	ip_potential_free(p);
	free(box.atoms);
	free(want);
}

static void test_slices(void **state)
{
	struct ip_test_repeat t;

	(void)state;
	open_gan(&t);
	same_slices(&t, IP_KIRKLAND, 0);
	same_slices(&t, IP_KIRKLAND, 1);
	same_slices(&t, IP_LOBATO, 0);
	ip_test_repeat_close(&t);
}

/* The slices of leaning cell c, one place of which is z1 and z2 in parts. */
static void slices_of(struct ip_repeat_cell *c, int z1, int z2, double part,
	double *v)
{
	const size_t n[] = { 24, 20 };
	struct ip_period *p;

	c->atoms[1].z = z1;
	c->atoms[1].occupancy = part;
	c->atoms[4] = c->atoms[1];
	c->atoms[4].z = z2;
	c->atoms[4].occupancy = 1 - part;
	c->atoms[4].u = z1 == z2 ? c->atoms[1].u : 0.07;
	c->count = part < 1 ? 5 : 4;
	assert_int_equal(ip_period_new(&p, c, n, 1.4, IP_KIRKLAND, 0), 0);
	assert_int_equal(ip_period_slices(p), 4);
	assert_int_equal(ip_period_get(p, 0, 4, v), 0);
	ip_period_free(p);
}

/* A mixed site's slices are those of its elements, in the parts they have. */
static void test_occupancy(void **state)
{
	enum { N = 4 * 24 * 20 };
	static double first[N], second[N], mixed[N];
	struct ip_repeat_cell c;
	struct ip_structure s;
	struct ip_atom room[5];

	(void)state;
	ip_test_leaning(&s);
	assert_int_equal(ip_repeat_plane(&c, &s, z001), 0);
	memcpy(room, c.atoms, 4 * sizeof *room);
	free(c.atoms);
	c.atoms = room;
	slices_of(&c, 14, 0, 1, first);
	c.atoms[1].u = 0.07;
	slices_of(&c, 38, 0, 1, second);
	c.atoms[1].u = 0;
	slices_of(&c, 14, 38, 0.3, mixed);
	for (int i = 0; i < N; i++)
		first[i] = 0.3 * first[i] + 0.7 * second[i];
	ip_test_assert_close("mixed", mixed, first, N, 1e-13);
	/* a part of an atom, and the rest of it */
	slices_of(&c, 14, 14, 1, first);
	slices_of(&c, 14, 14, 0.4, mixed);
	ip_test_assert_close("shared", mixed, first, N, 1e-13);
	ip_structure_free(&s);
}

/*
 * A grid whose points lie on a skew, oblong lattice: of the g that it cannot
 * tell apart, the shortest among many, at a few points.
 */
static void test_skew(void **state)
{
	enum { N0 = 60, N1 = 9, FAR = 9 };
	struct ip_atom atom = { { 0.7, 1.1, 1 }, 0.05, 31, 1 };
	struct ip_repeat_cell c = { .a = { { 4, 0 }, { -1.9, 3.7 } },
		.period = 3, .count = 1, .atoms = &atom };
	size_t n[] = { N0, N1 }, at[] = { 0, 17, 100, N0 * N1 - 1 };
	double sum[4] = { 0 }, area = 4 * 3.7, v[N0 * N1];
	struct ip_period *p;

	(void)state;
	assert_int_equal(ip_period_new(&p, &c, n, 3, IP_LOBATO, 0), 0);
	assert_int_equal(ip_period_get(p, 0, 1, v), 0);
	for (int i = 0; i < N0 * N1; i++) {
		double low = INFINITY, best[2] = { 0, 0 };
		for (int x = -FAR; x <= FAR; x++)
			for (int y = -FAR; y <= FAR; y++) {
				double h = i / N1 + x * N0, k = i % N1 + y * N1;
				double g[2] = { h / 4,
					(k + h * 1.9 / 4) / 3.7 };
				if (hypot(g[0], g[1]) > low * (1 - 1e-9))
					continue;
				low = hypot(g[0], g[1]);
				memcpy(best, g, sizeof g);
			}
		double f = ip_factor(IP_LOBATO, 31, low) / IP_KAPPA / area *
			exp(-2 * PI * PI * 0.05 * 0.05 * low * low);
		for (int q = 0; q < 4; q++) {
			double u = (double)(at[q] / N1) / N0;
			double w = (double)(at[q] % N1) / N1;
			sum[q] += f * cos(2 * PI * (best[0] * (u * 4 - w * 1.9 -
				0.7) + best[1] * (w * 3.7 - 1.1)));
		}
	}
	for (int q = 0; q < 4; q++)
		assert_true(fabs(v[at[q]] - sum[q]) < NEAR * fabs(v[100]) +
			1e-7);
	ip_period_free(p);
}

/*
 * Along a tilted beam: slice i of the box, seen where the beam is at its
 * depth, 5 x 4 points. ip_potential_project sums slices; a slice is the
 * difference of two sums.
 */
static void along_beam(const struct ip_test_repeat *t, size_t last,
	double *sum)
{
	size_t slices = ip_period_slices(t->period);
	double dz = ip_period_thickness(t->period);
	struct ip_potential *p;

	memset(sum, 0, 20 * sizeof *sum);
	ip_test_supercell(t, (last + slices - 1) / slices, &p);
	for (size_t i = 0; i < last; i++) {
		size_t planes[] = { i, i + 1 };
		double x = 0.1 + (double)i * dz * tan(t->r.probe.tilt[0] *
			1e-3), y = -0.3 + (double)i * dz *
			tan(t->r.probe.tilt[1] * 1e-3);
		struct ip_scan q = { { x, y }, { x + 2, y + 3 }, { 5, 4 } };
		struct ip_tensor v;
		assert_int_equal(ip_potential_project(p, planes, 2, &q, &v),
			0);
		for (size_t k = 0; k < 20; k++)
			sum[k] += ((double *)v.data)[20 + k] -
				((double *)v.data)[k];
		ip_tensor_free(&v);
	}
	ip_potential_free(p);
}

/* The frame of along_beam's points. */
static const struct ip_repeat_frame points = { { 0.1, -0.3 },
	{ 0.4, 0.75 }, { 5, 4 }, 0 };

static void check_beam(const struct ip_test_repeat *t)
{
	const size_t planes[] = { 0, 3, 10 };
	struct ip_repeat_series s;
	struct ip_tensor v;
	double want[60];

	for (size_t i = 0; i < 3; i++)
		if (planes[i])
			along_beam(t, planes[i], want + 20 * i);
		else
			memset(want, 0, 20 * sizeof *want);
	assert_int_equal(ip_repeat_beam(t->period, t->r.probe.tilt, planes, 3,
		0, &s), 0);
	assert_int_equal(ip_repeat_picture(&s, 0, &points, &v), 0);
	ip_test_assert_close("beam", v.data, want, 60, NEAR);
	ip_repeat_series_free(&s);
	ip_tensor_free(&v);
}

/* Along the zone axis: the box, periods deep, which repeats then. */
static void check_zone(struct ip_test_repeat *t, size_t periods)
{
	size_t last = periods * ip_period_slices(t->period);
	struct ip_repeat_series s;
	struct ip_tensor v;
	double want[20];

	t->r.probe.tilt[0] = t->r.probe.tilt[1] = 0;
	along_beam(t, last, want);
	for (int i = 0; i < 20; i++)
		want[i] /= (double)periods * t->cell.period / 10;
	assert_int_equal(ip_repeat_along_zone(t->period, 0, &s), 0);
	assert_int_equal(ip_repeat_picture(&s, 0, &points, &v), 0);
	ip_test_assert_close("zone", v.data, want, 20, NEAR);
	ip_repeat_series_free(&s);
	ip_tensor_free(&v);
}

static void test_sums(void **state)
{
	struct ip_test_repeat t;
	struct ip_structure s;

	(void)state;
	open_gan(&t);
	check_beam(&t);
	t.r.probe.tilt[0] = 5;
	t.r.probe.tilt[1] = -30;
	check_beam(&t);
	check_zone(&t, 1);
	ip_test_repeat_close(&t);
	/* every third period lies under the first */
	ip_test_leaning(&s);
	ip_test_repeat_open(&t, &s, NULL, 42, 40, 1.5);
	assert_true(hypot(t.cell.shift[0], t.cell.shift[1]) > 1);
	t.r.waves[0] = t.r.waves[1] = 1;
	t.r.probe.tilt[0] = 8;
	check_beam(&t);
	check_zone(&t, 3);
	ip_test_repeat_close(&t);
}

/* Turned like the images: at R r, what is at r unturned. */
static void test_turned(void **state)
{
	const double angle = 0.4, tilt[2] = { 3, 4 };
	const size_t planes[] = { 9 };
	struct ip_repeat_frame f = { { 0.7, 0.2 }, { 0, 0 }, { 1, 1 }, 0 };
	struct ip_repeat_frame g = f;
	struct ip_test_repeat t;
	struct ip_repeat_series s[4];
	struct ip_tensor v[4];

	(void)state;
	g.start[0] = cos(angle) * 0.7 - sin(angle) * 0.2;
	g.start[1] = sin(angle) * 0.7 + cos(angle) * 0.2;
	open_gan(&t);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(i < 2 ? ip_repeat_along_zone(t.period,
			i ? angle : 0, &s[i]) : ip_repeat_beam(t.period, tilt,
			planes, 1, i == 3 ? angle : 0, &s[i]), 0);
		assert_int_equal(ip_repeat_picture(&s[i], 0, i % 2 ? &g : &f,
			&v[i]), 0);
	}
	ip_test_assert_close("zone", v[1].data, v[0].data, 1, NEAR);
	ip_test_assert_close("beam", v[3].data, v[2].data, 1, NEAR);
	for (int i = 0; i < 4; i++) {
		ip_repeat_series_free(&s[i]);
		ip_tensor_free(&v[i]);
	}
	ip_test_repeat_close(&t);
}

/*
 * Whichever way the two halves of a hexagonal cell are rounded, its grid has
 * a shortest vector: 120 degrees once had none, for some lengths.
 */
static void test_hexagonal(void **state)
{
	size_t shape[] = { 1, 8, 8 };
	struct ip_tensor v;

	(void)state;
	assert_int_equal(ip_tensor_new(&v, IP_F64, 3, shape), 0);
	for (int i = 0; i < 3000; i++) {
		double a = 2.5 + i * 0.0007;
		struct ip_repeat_cell c = { .a = { { a, 0 },
			{ (i % 2 ? -a : a) / 2, a * sqrt(0.75) } },
			.period = 3 };
		struct ip_period *p;

		assert_int_equal(ip_period_from_slices(&p, &c, &v), 0);
		assert_true(fabs(ip_period_cutoff(p) - 0.6666666 / 2 * 8 /
			(a * sqrt(0.75))) < 1e-9);
		ip_period_free(p);
	}
	ip_tensor_free(&v);
}

/* The grid is as fine as asked in every direction, the k grid as wide. */
static void test_grids(void **state)
{
	static const double a[][3] = { { 3.19, 0, 2.76 }, { 3.19, -1.595,
		2.7626 }, { 4, -1, 11 }, { 2.5, 1.2, 2.4 }, { 9, -4.5, 7.8 } };
	struct ip_test_repeat t;

	(void)state;
	for (size_t i = 0; i < sizeof a / sizeof *a; i++) {
		struct ip_repeat_cell c = { .a = { { a[i][0], 0 },
			{ a[i][1], a[i][2] } }, .period = 5 };
		size_t n[2], m[2];
		double d = sqrt(a[i][1] * a[i][1] + a[i][2] * a[i][2]);
		assert_int_equal(ip_repeat_grid(&c, 0.11, n), 0);
		assert_int_equal(ip_repeat_waves(&c, 30, m), 0);
		for (int h = -3; h <= 3; h++)
			for (int k = -3; k <= 3; k++) {
				double x = h * (double)n[0] / a[i][0];
				double y = (k * (double)n[1] - h *
					(double)n[0] * a[i][1] / a[i][0]) /
					a[i][2];
				if (h || k)
					assert_true(hypot(x, y) > 1 / 0.111);
			}
		assert_true((double)m[0] * a[i][0] * a[i][2] / d > 29.99);
		assert_true((double)m[1] * a[i][2] > 29.99);
	}
	open_gan(&t);
	assert_int_equal(ip_period_slices(t.period), 4);
	/* that of the box's grid */
	assert_true(fabs(ip_period_cutoff(t.period) - 0.6666666 / 2 /
		fmax(3.1893 / 32, 2 * 3.1893 * sqrt(0.75) / 56)) < 1e-9);
	ip_test_repeat_close(&t);
}

static void refuse(struct ip_test_repeat *t, size_t n, double slice,
	int status, const char *part)
{
	size_t grid[] = { n, n };
	struct ip_period *p;

	ip_test_log_capture();
	assert_int_equal(ip_period_new(&p, &t->cell, grid, slice,
		IP_KIRKLAND, 0), status);
	ip_test_assert_logged(part);
}

static void test_refused(void **state)
{
	const double steep[2] = { 300, 0 }, none[2] = { 0, 0 };
	const size_t planes[] = { 4 };
	struct ip_repeat_series s;
	struct ip_test_repeat t;
	double z;

	(void)state;
	open_gan(&t);
	refuse(&t, 22, 1, IP_EINVAL, "prime factors");
	refuse(&t, 32, 0, IP_EINVAL, "slice thickness");
	refuse(&t, 32, 1e-9, IP_ELIMIT, "slices");
	z = t.cell.atoms[1].r[2];
	t.cell.atoms[1].r[2] = 5.2;
	refuse(&t, 32, 1, IP_EPHYSICS, "atom 2");
	t.cell.atoms[1].r[2] = z;
	for (int i = 0; i < 3; i++) {
		t.cell.atoms[3].occupancy = (double[]){ 0, 1.01, NAN }[i];
		refuse(&t, 32, 1, IP_EINVAL, "atom 4: occupancy");
	}
	t.cell.atoms[3].occupancy = 1;
	t.cell.a[0][1] = 1;
	refuse(&t, 32, 1, IP_EINVAL, "along +x");
	ip_test_log_capture();
	assert_int_equal(ip_repeat_beam(t.period, steep, planes, 1, 0, &s),
		IP_EINVAL);
	ip_test_assert_logged("tilt");
	ip_test_log_capture();
	assert_int_equal(ip_repeat_beam(t.period, none, planes, 0, 0, &s),
		IP_EINVAL);
	ip_test_assert_logged("plane");
	ip_test_repeat_close(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_slices),
		cmocka_unit_test(test_occupancy),
		cmocka_unit_test(test_skew),
		cmocka_unit_test(test_sums),
		cmocka_unit_test(test_turned),
		cmocka_unit_test(test_hexagonal),
		cmocka_unit_test(test_grids),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
