/*
 * Images on one repeat cell against the same crystal as a supercell, whose
 * waves are those of the k grid: the same sums in another order, so single
 * precision is all that parts them (1e-5 of the beam; tests/double holds
 * them to 1e-9). Then what a series promises: turned, moved, finer.
 */
#include <float.h>
#include <math.h>
#include "support/repeat.h"

#define PI 3.14159265358979323846
#define TOLERANCE 1e-5

static const int z001[3] = { 0, 0, 1 }, z110[3] = { 1, 1, 0 };

/* Tilted, several thicknesses, an odd k grid, aberrations. */
static void against_supercell(const char *what, struct ip_structure *s,
	const int zone[3], size_t n0, size_t n1, const size_t m[2])
{
	size_t planes[] = { 0, 7, 24 };
	struct ip_test_repeat t;

	ip_test_repeat_open(&t, s, zone, n0, n1, 1.4);
	ip_test_repeat_set(&t, m, (double[]){ 5, -3 }, planes, 3);
	ip_aberrations_set(&t.r.probe.aberrations, "C10", -100);
	ip_aberrations_set(&t.r.probe.aberrations, "C12", 40);
	ip_aberrations_set(&t.r.probe.aberrations, "phi12", 0.3);
	double d = ip_test_against_supercell(&t);
	print_message("# %s: %.2g of the beam\n", what, d);
	assert_true(d <= TOLERANCE);
	ip_test_repeat_close(&t);
}

static void test_supercell(void **state)
{
	struct ip_structure s;

	(void)state;
	ip_test_gan(&s);
	ip_test_double(&s);
	against_supercell("GaN", &s, z001, 32, 56, (size_t[]){ 5, 2 });
	ip_test_knbo3(&s);
	against_supercell("KNbO3", &s, z001, 40, 42, (size_t[]){ 3, 4 });
	ip_test_knbo3(&s);
	against_supercell("KNbO3 [110], which shifts", &s, z110, 42, 60,
		(size_t[]){ 4, 2 });
	ip_test_leaning(&s);
	against_supercell("a leaning cell", &s, NULL, 36, 48,
		(size_t[]){ 3, 3 });
	ip_test_licoo2(&s);
	ip_test_double(&s);
	against_supercell("LiCoO2", &s, z001, 32, 50, (size_t[]){ 4, 3 });
}

static void test_oblique(void **state)
{
	size_t planes[] = { 4, 30 };

	(void)state;
	double d = ip_test_oblique(ip_test_gan, 64, 1.3, planes, 2);
	print_message("# GaN, oblique - orthogonal: %.2g of the beam\n", d);
	assert_true(d <= TOLERANCE);
	d = ip_test_oblique(ip_test_licoo2, 60, 1.4, planes, 2);
	print_message("# LiCoO2, oblique - orthogonal: %.2g of the beam\n", d);
	assert_true(d <= TOLERANCE);
}

/*
 * As many cells in one as the k grid has points: ip_supercell_build's atoms,
 * with one k point instead. Over 1024 detector pixels, and a lattice that
 * moves to the side from one period to the next.
 */
static void as_supercell(const char *what, struct ip_structure *s,
	const int zone[3], size_t n0, size_t n1, const size_t m[2])
{
	size_t planes[] = { 0, 3, 10, 14 };
	struct ip_test_repeat t;

	ip_test_repeat_open(&t, s, zone, n0, n1, 1.4);
	ip_test_repeat_set(&t, m, (double[]){ -6, 2 }, planes, 4);
	/* no k point on an edge, where rounding says to which side */
	t.d[0].rotation = 0.1;
	ip_aberrations_set(&t.r.probe.aberrations, "C12", 60);
	double d = ip_test_as_supercell(&t);
	print_message("# %s, supercell: %.2g of the beam\n", what, d);
	assert_true(d <= TOLERANCE);
	ip_test_repeat_close(&t);
}

static void test_built(void **state)
{
	struct ip_structure s;

	(void)state;
	ip_test_gan(&s);
	as_supercell("GaN, oblique", &s, z001, 28, 28, (size_t[]){ 3, 4 });
	ip_test_knbo3(&s);
	as_supercell("KNbO3 [110], which shifts", &s, z110, 42, 60,
		(size_t[]){ 3, 2 });
	ip_test_licoo2(&s);
	as_supercell("LiCoO2, oblique", &s, z001, 28, 28,
		(size_t[]){ 3, 4 });
}

/* The peer's images of its own slices: the tolerance of t_golden_images. */
static void golden(const char *file, double tx, double ty)
{
	enum { CX = 32, CY = 56 };
	struct ip_repeat_cell cell = { .a = { { 3.188938289844031, 0 },
		{ 0, 5.523371803613782 } }, .period = 4 * 1.2980928646015248 };
	struct ip_repeat_frame f = { { 0, 0 }, { cell.a[0][0] / 8,
		cell.a[1][1] / 8 }, { 8, 8 }, 0 };
	struct ip_detector d = ip_test_quadrants(10, 50);
	size_t shape[] = { 4, CX, CY }, planes[] = { 20, 80 };
	struct ip_repeat r = { .waves = { 4, 2 }, .detectors = &d,
		.detector_count = 1, .whole = 1, .planes = planes,
		.plane_count = 2 };
	struct ip_repeat_series series;
	struct ip_tensor v, image;
	struct ip_period *p;
	struct ip_bundle b;
	double *slices, *want;

	ip_test_golden(file, &b);
	slices = ip_test_numbers(&b, "cell_slices", 4 * CX * CY);
	assert_int_equal(ip_tensor_wrap(&v, IP_F64, 3, shape, slices), 0);
	assert_int_equal(ip_period_from_slices(&p, &cell, &v), 0);
	r.period = p;
	r.probe = ip_test_probe(200e3, 20);
	r.probe.hard = 1;
	r.probe.tilt[0] = tx;
	r.probe.tilt[1] = ty;
	ip_test_repeat_run(&r, &series);
	assert_int_equal(ip_repeat_picture(&series, 0, &f, &image), 0);
	want = ip_test_numbers(&b, "segments", 2 * 4 * 64);
	double e = ip_test_max_abs(image.data, want, 2 * 4 * 64);
	print_message("# %s: %.2g of the beam\n", file, e);
	assert_true(e <= 2e-5);
	ip_repeat_series_free(&series);
	ip_tensor_free(&image);
	ip_period_free(p);
	ip_bundle_free(&b);
	free(slices);
	free(want);
}

static void test_golden(void **state)
{
	(void)state;
	golden("h_gan_repeat_cell.npz", 0, 0);
	golden("h_gan_repeat_cell_tilt.npz", 5, -3);
}

static double at(const struct ip_tensor *t, size_t plane, size_t channel,
	size_t i, size_t j)
{
	return ((const double *)t->data)[((plane * t->shape[1] + channel) *
		t->shape[2] + i) * t->shape[3] + j];
}

/*
 * Turned by 90 degrees with its aberrations, channel s + 1 shows at (x, y)
 * what channel s showed at (y, -x). Edges of segments lie on the axes: of an
 * orthogonal k grid too, whose points lie there.
 */
static void turned(struct ip_test_repeat *t)
{
	struct ip_repeat_view views[2] = { { 0, { { 0 }, { 0 } } } };
	struct ip_repeat_frame a = { { 0.2, 0.1 }, { 0.25, 0.3 }, { 6, 5 }, 0 };
	struct ip_repeat_frame b = { { 0.1, -0.2 }, { 0.3, -0.25 },
		{ 5, 6 }, 0 };
	struct ip_repeat_series s;
	struct ip_tensor x, y;
	double worst = 0;

	ip_aberrations_set(&views[0].aberrations, "C12", 60);
	ip_aberrations_set(&views[0].aberrations, "phi12", 0.2);
	views[1] = views[0];
	views[1].rotation = PI / 2;
	views[1].aberrations.phi[IP_C12] += PI / 2;
	t->r.views = views;
	t->r.view_count = 2;
	ip_test_repeat_run(&t->r, &s);
	assert_int_equal(ip_repeat_picture(&s, 1, &a, &x), 0);
	assert_int_equal(ip_repeat_picture(&s, 0, &b, &y), 0);
	for (size_t c = 0; c < 4; c++)
		for (size_t i = 0; i < 6; i++)
			for (size_t j = 0; j < 5; j++)
				worst = fmax(worst, fabs(at(&x, 0, (c + 1) % 4,
					i, j) - at(&y, 0, c, j, i)));
	print_message("# turned: %.2g of the beam\n", worst);
	assert_true(worst <= 1e-6);
	ip_repeat_series_free(&s);
	ip_tensor_free(&x);
	ip_tensor_free(&y);
}

static void test_turned(void **state)
{
	const size_t planes[] = { 20 };
	struct ip_test_repeat t;
	struct ip_structure s;

	(void)state;
	ip_test_repeat_gan(&t, 4, 4, planes, 1);
	turned(&t);
	ip_test_repeat_close(&t);
	ip_test_gan(&s);
	ip_test_double(&s);
	ip_test_repeat_open(&t, &s, z001, 32, 56, 1.3);
	t.r.waves[0] = t.r.waves[1] = 2;
	t.r.planes = planes;
	t.r.plane_count = 1;
	turned(&t);
	ip_test_repeat_close(&t);
}

/* A crystal turned by an angle, or all else turned by less: one point each. */
static void test_angle(void **state)
{
	enum { POINTS = 5 };
	const double angle = 0.7, c = cos(angle), d = sin(angle);
	const size_t planes[] = { 20 };
	struct ip_repeat_view view = { 0, { { 0 }, { 0 } } };
	struct ip_test_repeat t;
	struct ip_tensor x[2];
	double worst = 0;

	(void)state;
	ip_test_repeat_gan(&t, 4, 4, planes, 1);
	t.r.views = &view;
	t.r.view_count = 1;
	ip_aberrations_set(&view.aberrations, "C23", 4000);
	for (int p = 0; p < POINTS; p++) {
		double r[2] = { 0.4 * p, 1 - 0.7 * p };
		for (int k = 0; k < 2; k++) {
			struct ip_repeat_frame f = { { r[0], r[1] }, { 0, 0 },
				{ 1, 1 }, 0.3 };
			struct ip_repeat_series s;
			if (k) {
				f.start[0] = c * r[0] + d * r[1];
				f.start[1] = -d * r[0] + c * r[1];
			}
			view.rotation = k ? 0 : angle;
			view.aberrations.phi[IP_C23] = k ? 0.1 - angle : 0.1;
			t.d[0].rotation = k ? -angle : 0;
			ip_test_repeat_run(&t.r, &s);
			assert_int_equal(ip_repeat_picture(&s, 0, &f, &x[k]),
				0);
			ip_repeat_series_free(&s);
		}
		worst = fmax(worst, ip_test_max_abs(x[0].data, x[1].data, 5));
		ip_tensor_free(&x[0]);
		ip_tensor_free(&x[1]);
	}
	print_message("# by an angle: %.2g of the beam\n", worst);
	assert_true(worst <= 1e-6);
	ip_test_repeat_close(&t);
}

/*
 * A turned picture moved by a pixel, of half the pixel size, and moved by a
 * lattice vector, is the same picture at the pixels they share.
 */
static void test_pixels(void **state)
{
	const size_t planes[] = { 6, 20 };
	struct ip_repeat_view view = { 0.7, { { 0 }, { 0 } } };
	struct ip_repeat_frame f[4] = { { { 0.3, -1 }, { 0.4, 0.5 },
		{ 8, 7 }, 0.6 } };
	struct ip_test_repeat t;
	struct ip_repeat_series s;
	struct ip_tensor x[4];
	double worst = 0;

	(void)state;
	ip_test_repeat_gan(&t, 4, 4, planes, 2);
	t.r.views = &view;
	t.r.view_count = 1;
	ip_test_repeat_run(&t.r, &s);
	for (int k = 1; k < 4; k++)
		f[k] = f[0];
	f[1].start[0] += f[0].step[0];
	f[2].step[0] /= 2;
	f[2].step[1] /= 2;
	f[3].start[0] += cos(0.7) * t.cell.a[1][0] - sin(0.7) * t.cell.a[1][1];
	f[3].start[1] += sin(0.7) * t.cell.a[1][0] + cos(0.7) * t.cell.a[1][1];
	for (int k = 0; k < 4; k++)
		assert_int_equal(ip_repeat_picture(&s, 0, &f[k], &x[k]), 0);
	for (size_t c = 0; c < 10; c++)
		for (size_t i = 0; i < 4; i++)
			for (size_t j = 0; j < 4; j++) {
				size_t p = c / 5, q = c % 5;
				double v = at(&x[0], p, q, i, j);
				worst = fmax(worst, fabs(at(&x[2], p, q, 2 * i,
					2 * j) - v));
				worst = fmax(worst, fabs(at(&x[3], p, q, i,
					j) - v));
				worst = fmax(worst, fabs(at(&x[1], p, q, i,
					j) - at(&x[0], p, q, i + 1, j)));
			}
	print_message("# moved, finer: %.2g of the beam\n", worst);
	assert_true(worst <= 1e-6);
	for (int k = 0; k < 4; k++)
		ip_tensor_free(&x[k]);
	ip_repeat_series_free(&s);
	ip_test_repeat_close(&t);
}

/*
 * A potential so smooth that its transmission function and the waves it
 * makes stay inside the band conserves the beam at every pixel. Each of 40
 * slices may scale it by what rounding does to |t|^2: 4 epsilon.
 */
static void test_total(void **state)
{
	enum { N = 32 };
	struct ip_repeat_cell cell = { .a = { { 4, 0 }, { -1.5, 4 } },
		.period = 4 };
	struct ip_detector d = { .kind = IP_TOTAL };
	size_t shape[] = { 2, N, N }, planes[] = { 0, 40 };
	struct ip_repeat r = { .waves = { 3, 4 }, .detectors = &d,
		.detector_count = 1, .planes = planes, .plane_count = 2 };
	struct ip_repeat_frame f = { { 0, 0 }, { 0.4, 0.4 }, { 9, 9 }, 0 };
	struct ip_repeat_series s;
	struct ip_tensor v, image;
	struct ip_period *p;
	double *x, worst = 0;

	(void)state;
	assert_int_equal(ip_tensor_new(&v, IP_F64, 3, shape), 0);
	x = v.data;
	for (size_t i = 0; i < 2 * N * N; i++)
		x[i] = 20 * cos(2 * PI * (double)(i / N % N) / N + 0.3) *
			sin(2 * PI * (double)(i % N) / N);
	assert_int_equal(ip_period_from_slices(&p, &cell, &v), 0);
	r.period = p;
	r.probe = ip_test_probe(200e3, 15);
	r.probe.tilt[0] = 3;
	ip_test_repeat_run(&r, &s);
	assert_int_equal(ip_repeat_picture(&s, 0, &f, &image), 0);
	for (size_t i = 0; i < 2 * 81; i++)
		worst = fmax(worst, fabs(((double *)image.data)[i] - 1));
	print_message("# total - 1: %.2g\n", worst);
	assert_true(worst <= 40 * 4 * FLT_EPSILON);
	ip_repeat_series_free(&s);
	ip_tensor_free(&image);
	ip_tensor_free(&v);
	ip_period_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_supercell),
		cmocka_unit_test(test_oblique),
		cmocka_unit_test(test_built),
		cmocka_unit_test(test_golden),
		cmocka_unit_test(test_turned),
		cmocka_unit_test(test_angle),
		cmocka_unit_test(test_pixels),
		cmocka_unit_test(test_total),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
