/*
 * Images on one repeat cell against the same crystal as a supercell, whose
 * waves are those of the k grid: the same sums in another order, so single
 * precision is all that parts them (1e-5 of the beam).
 */
#include <math.h>
#include <iphase/repeat.h>
#include "support/golden.h"

#define TOLERANCE 1e-5

/* A crystal, its cell along the beam, and a run on it. */
struct test {
	struct ip_structure crystal;
	struct ip_repeat_cell cell;
	struct ip_period *period;
	struct ip_detector d[2];
	struct ip_repeat r;
};

static void crystal_open(struct ip_structure *s, const double cell[3][3],
	const struct ip_atom *atoms, size_t count)
{
	memset(s, 0, sizeof *s);
	memcpy(s->cell, cell, sizeof s->cell);
	s->count = count;
	s->atoms = calloc(count, sizeof *atoms);
	for (size_t i = 0; i < count; i++) {
		s->atoms[i] = atoms[i];
		for (int k = 0; k < 3; k++) {
			s->atoms[i].r[k] = 0;
			for (int j = 0; j < 3; j++)
				s->atoms[i].r[k] += atoms[i].r[j] * cell[j][k];
		}
	}
}

/* GaN, P6_3mc; places in cell vectors. */
static void gan(struct ip_structure *s)
{
	static const double cell[3][3] = { { 3.1893, 0, 0 },
		{ -1.59465, 2.762014979, 0 }, { 0, 0, 5.1851 } };
	static const struct ip_atom atoms[] = {
		{ { 1. / 3, 2. / 3, 0 }, 0.058, 31 },
		{ { 2. / 3, 1. / 3, 0.5 }, 0.058, 31 },
		{ { 1. / 3, 2. / 3, 0.377 }, 0.065, 7 },
		{ { 2. / 3, 1. / 3, 0.877 }, 0.065, 7 },
	};

	crystal_open(s, cell, atoms, 4);
}

/* GaN's orthogonal cell, twice as large. */
static void gan_double(struct ip_structure *s)
{
	static const double cell[3][3] = { { 3.1893, 0, 0 },
		{ 0, 2 * 2.762014979, 0 }, { 0, 0, 5.1851 } };
	static const struct ip_atom atoms[] = {
		{ { 0, 1. / 3, 0 }, 0.058, 31 },
		{ { 0.5, 5. / 6, 0 }, 0.058, 31 },
		{ { 0.5, 1. / 6, 0.5 }, 0.058, 31 },
		{ { 0, 2. / 3, 0.5 }, 0.058, 31 },
		{ { 0, 1. / 3, 0.377 }, 0.065, 7 },
		{ { 0.5, 5. / 6, 0.377 }, 0.065, 7 },
		{ { 0.5, 1. / 6, 0.877 }, 0.065, 7 },
		{ { 0, 2. / 3, 0.877 }, 0.065, 7 },
	};

	crystal_open(s, cell, atoms, 8);
}

static void test_open(struct test *t, void (*make)(struct ip_structure *),
	const int zone[3], size_t n0, size_t n1, double slice)
{
	size_t n[] = { n0, n1 };

	memset(t, 0, sizeof *t);
	make(&t->crystal);
	assert_int_equal(ip_repeat_zone(&t->cell, &t->crystal, zone), 0);
	assert_int_equal(ip_period_new(&t->period, &t->cell, n, slice,
		IP_KIRKLAND, 0), 0);
	t->d[0] = ip_test_quadrants(10, 50);
	t->d[1].kind = IP_TOTAL;
	t->r.period = t->period;
	t->r.probe = ip_test_probe(200e3, 20);
	t->r.detectors = t->d;
	t->r.detector_count = 2;
}

static void test_close(struct test *t)
{
	ip_period_free(t->period);
	ip_repeat_cell_free(&t->cell);
	ip_structure_free(&t->crystal);
}

static void run(const struct ip_repeat *r, struct ip_repeat_series *s)
{
	struct ip_dev *dev;

	assert_int_equal(ip_dev_open(&dev, "cpu-openmp"), 0);
	assert_int_equal(ip_repeat_run(dev, r, s), 0);
	ip_dev_close(dev);
}

/* The waves[0] x waves[1] cells of an orthogonal repeat cell, periods deep. */
static void supercell(const struct test *t, size_t periods,
	struct ip_potential **p)
{
	const struct ip_repeat_cell *c = &t->cell;
	const size_t *m = t->r.waves, *n = ip_period_points(t->period);
	struct ip_structure box = { .count = 0 };

	assert_true(c->a[1][0] == 0);
	box.cell[0][0] = (double)m[0] * c->a[0][0];
	box.cell[1][1] = (double)m[1] * c->a[1][1];
	box.cell[2][2] = (double)periods * c->period;
	box.atoms = calloc(m[0] * m[1] * periods * c->count,
		sizeof *box.atoms);
	for (size_t i = 0; i < m[0]; i++)
		for (size_t j = 0; j < m[1]; j++)
			for (size_t k = 0; k < periods; k++)
				for (size_t a = 0; a < c->count; a++) {
					struct ip_atom q = c->atoms[a];
					q.r[0] += (double)i * c->a[0][0] +
						(double)k * c->shift[0];
					q.r[1] += (double)j * c->a[1][1] +
						(double)k * c->shift[1];
					q.r[2] += (double)k * c->period;
					box.atoms[box.count++] = q;
				}
	struct ip_grid g = ip_test_grid(&box, m[0] * n[0], m[1] * n[1]);
	assert_int_equal(ip_potential_from_structure(p, &box, &g,
		ip_period_thickness(t->period), IP_KIRKLAND, IP_EXACT), 0);
	ip_structure_free(&box);
}

/* The run of t as a supercell's, at 7 x 6 points of one cell, by ip_simulate. */
static double against_supercell(struct test *t)
{
	struct ip_simulation s = { .probe = t->r.probe, .detectors = t->d,
		.detector_count = 2, .planes = t->r.planes,
		.plane_count = t->r.plane_count, .method = IP_METHOD_MATRIX };
	size_t slices = ip_period_slices(t->period);
	size_t last = t->r.planes[t->r.plane_count - 1];
	struct ip_repeat_frame f = { { 0.3, -0.2 }, { t->cell.a[0][0] / 7,
		t->cell.a[1][1] / 6 }, { 7, 6 }, 0 };
	struct ip_repeat_series series;
	struct ip_tensor want, got;

	supercell(t, (last + slices - 1) / slices, &s.potential);
	s.scan = (struct ip_scan){ { 0.3, -0.2 }, { 0.3 + t->cell.a[0][0],
		-0.2 + t->cell.a[1][1] }, { 7, 6 } };
	ip_test_simulate(&s, &want);
	run(&t->r, &series);
	assert_int_equal(ip_repeat_picture(&series, 0, &f, &got), 0);
	double d = ip_test_max_abs(got.data, want.data,
		ip_tensor_count(&got));
	ip_repeat_series_free(&series);
	ip_tensor_free(&want);
	ip_tensor_free(&got);
	ip_potential_free(s.potential);
	return d;
}

static void test_walk(void **state)
{
	static const int z[3] = { 0, 0, 1 };
	size_t planes[] = { 16 };
	struct test t;

	(void)state;
	test_open(&t, gan_double, z, 32, 56, 1.3);
	t.r.waves[0] = 4;
	t.r.waves[1] = 2;
	t.r.planes = planes;
	t.r.plane_count = 1;
	double d = against_supercell(&t);
	print_message("# GaN, untilted: %.2g of the beam\n", d);
	assert_true(d <= TOLERANCE);
	test_close(&t);
}

/* Tilted, three thicknesses, an odd k grid, aberrations. */
static void test_tilted(void **state)
{
	static const int z[3] = { 0, 0, 1 };
	size_t planes[] = { 0, 7, 30 };
	struct test t;

	(void)state;
	test_open(&t, gan_double, z, 32, 56, 1.3);
	t.r.waves[0] = 5;
	t.r.waves[1] = 3;
	t.r.planes = planes;
	t.r.plane_count = 3;
	t.r.probe.tilt[0] = 5;
	t.r.probe.tilt[1] = -3;
	ip_aberrations_set(&t.r.probe.aberrations, "C10", -100);
	ip_aberrations_set(&t.r.probe.aberrations, "C12", 40);
	ip_aberrations_set(&t.r.probe.aberrations, "phi12", 0.3);
	double d = against_supercell(&t);
	print_message("# GaN, tilted: %.2g of the beam\n", d);
	assert_true(d <= TOLERANCE);
	test_close(&t);
}

/* The oblique cell against the orthogonal one of the same points. */
static void test_oblique(void **state)
{
	static const int z[3] = { 0, 0, 1 };
	size_t planes[] = { 4, 20 };
	struct ip_repeat_series s[2];
	struct ip_tensor image[2];
	struct test t[2];

	(void)state;
	test_open(&t[0], gan, z, 64, 32, 1.3);
	test_open(&t[1], gan_double, z, 64, 64, 1.3);
	for (int i = 0; i < 2; i++) {
		struct ip_repeat_frame f = { { 0, 0 }, { 0.4, 0.3 },
			{ 9, 11 }, 0 };
		t[i].r.waves[0] = 3;
		t[i].r.waves[1] = i ? 3 : 6;
		t[i].r.probe.hard = 1;
		t[i].r.planes = planes;
		t[i].r.plane_count = 2;
		t[i].r.probe.tilt[0] = 5;
		t[i].r.probe.tilt[1] = -3;
		run(&t[i].r, &s[i]);
		assert_int_equal(ip_repeat_picture(&s[i], 0, &f, &image[i]),
			0);
	}
	double d = ip_test_max_abs(image[0].data, image[1].data,
		ip_tensor_count(&image[0]));
	print_message("# oblique - orthogonal: %.2g of the beam\n", d);
	assert_true(d <= TOLERANCE);
	for (int i = 0; i < 2; i++) {
		ip_repeat_series_free(&s[i]);
		ip_tensor_free(&image[i]);
		test_close(&t[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_walk),
		cmocka_unit_test(test_tilted),
		cmocka_unit_test(test_oblique),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
