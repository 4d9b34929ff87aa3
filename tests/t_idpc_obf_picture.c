/*
 * OBF of pictures: the same detector said in other ways, edges, what the
 * simulator makes of a weak slice, and what is refused.
 */
#include "support/support.h"
#include "support/golden.h"
#include "support/idpc.h"
#include <math.h>
#include <string.h>
#include <iphase/em.h>
#include <iphase/random.h>
#include "core/core.h"

#define PI 3.14159265358979323846

static const double energy = 200e3;

/* ---- symmetries, edges ---- */

/* n pictures of noise, of mean 1: any segments will do. */
static struct ip_tensor any_segments(size_t n, size_t nx, size_t ny)
{
	struct ip_tensor t = ip_test_images(n, nx, ny);
	size_t i, j;

	for (j = 0; j < n; j++) {
		double *v = ip_test_values(&t) + j * nx * ny, mean = 0;

		for (i = 0; i < nx * ny; i++) {
			v[i] = 0.1 * ip_normal(7, IP_STREAM_TEST,
				j * nx * ny + i);
			mean += v[i] / (double)(nx * ny);
		}
		for (i = 0; i < nx * ny; i++)
			v[i] += 1 - mean;
	}
	return t;
}

/* Picture order[j] of s becomes picture j. */
static struct ip_tensor reordered(const struct ip_tensor *s, const int *order)
{
	size_t count = s->shape[1] * s->shape[2], j;
	struct ip_tensor t = ip_test_images(s->shape[0], s->shape[1],
		s->shape[2]);

	for (j = 0; j < s->shape[0]; j++)
		memcpy(ip_test_values(&t) + j * count, ip_test_values(s)
			+ (size_t)order[j] * count, count * sizeof(double));
	return t;
}

/*
 * Largest difference of the potentials of two ways, over the largest value;
 * b may be larger: its first corner counts.
 */
static double difference(const struct ip_tensor *s, const struct ip_obf *a,
	const struct ip_tensor *t, const struct ip_obf *b)
{
	struct ip_obf_result p, q;
	double most = 0, worst = 0;
	size_t x, y;

	assert_int_equal(ip_obf(s, a, &p), 0);
	assert_int_equal(ip_obf(t, b, &q), 0);
	for (x = 0; x < s->shape[1]; x++)
		for (y = 0; y < s->shape[2]; y++) {
			double v = ip_test_values(&p.potential)[x * s->shape[2]
				+ y];

			most = fmax(most, fabs(v));
			worst = fmax(worst, fabs(v - ip_test_values(
				&q.potential)[x * t->shape[2] + y]));
		}
	ip_obf_result_free(&p);
	ip_obf_result_free(&q);
	return worst / most;
}

/* The same detector, said in other ways; 1e-9: rounding. */
static void same_detector(void **state)
{
	static const int turned[] = { 1, 2, 3, 0 }, back[] = { 3, 2, 1, 0 };
	struct ip_tensor s = any_segments(4, 20, 24), t;
	struct ip_obf a = ip_test_obf(), b;

	(void)state;
	a.how.inner = 5;
	a.how.rotation = 0.3;
	a.aberrations.c[IP_C12] = 50;
	b = a;
	b.how.rotation += PI / 2;
	t = reordered(&s, turned);
	assert_true(difference(&s, &a, &t, &b) < 1e-9);
	assert_true(difference(&s, &a, &s, &b) > 0.1);
	ip_tensor_free(&t);
	b = a;
	b.how.flip = 1;
	t = reordered(&s, back);
	assert_true(difference(&s, &a, &t, &b) < 1e-9);
	ip_tensor_free(&t);
	/* A full turn, and another unit: what is captured is the scale. */
	b = a;
	b.how.rotation -= 2 * PI;
	t = reordered(&s, (const int[]){ 0, 1, 2, 3 });
	for (size_t i = 0; i < ip_tensor_count(&t); i++)
		ip_test_values(&t)[i] *= 123;
	assert_true(difference(&s, &a, &t, &b) < 1e-9);
	ip_tensor_free(&t);
	ip_tensor_free(&s);
}

/*
 * Quadrants have mirror images among themselves: the mirrored boundary is the
 * periodic picture of all four mirror images.
 */
static void mirrored(void **state)
{
	/* Edges, then middles, on the axes: in x, in y, in both. */
	static const int image[2][4][4] = {
		{ { 0, 1, 2, 3 }, { 1, 0, 3, 2 }, { 3, 2, 1, 0 },
			{ 2, 3, 0, 1 } },
		{ { 0, 1, 2, 3 }, { 0, 3, 2, 1 }, { 2, 1, 0, 3 },
			{ 2, 3, 0, 1 } } };
	enum { X = 15, Y = 18 };
	struct ip_tensor s = any_segments(4, X, Y);
	struct ip_tensor t = ip_test_images(4, 2 * X, 2 * Y);
	struct ip_obf a = ip_test_obf(), b;
	int way, j, x, y;

	(void)state;
	for (way = 0; way < 2; way++) {
		for (j = 0; j < 4; j++)
		for (x = 0; x < 2 * X; x++)
		for (y = 0; y < 2 * Y; y++) {
			int k = image[way][(x >= X) + 2 * (y >= Y)][j];

			ip_test_values(&t)[(j * 2 * X + x) * 2 * Y + y] =
				ip_test_values(&s)[(k * X + (x < X ? x : 2 * X
				- 1 - x)) * Y + (y < Y ? y : 2 * Y - 1 - y)];
		}
		a.how.rotation = way * PI / 4;
		a.aberrations.c[IP_C10] = 40;
		a.how.boundary = IP_MIRRORED;
		b = a;
		b.how.boundary = IP_PERIODIC;
		assert_true(difference(&s, &a, &t, &b) < 1e-9);
	}
	ip_tensor_free(&s);
	ip_tensor_free(&t);
}

/* A descan, a plane in each picture, leaves no trace where that is asked. */
static void background(void **state)
{
	struct ip_tensor s = any_segments(4, 20, 24), t;
	struct ip_obf o = ip_test_obf();
	int i, j;

	(void)state;
	o.how.boundary = IP_MIRRORED;
	o.how.background = IP_PLANE;
	t = reordered(&s, (const int[]){ 0, 1, 2, 3 });
	/* (of zero mean, since the means say the noise) */
	for (j = 0; j < 4; j++)
		for (i = 0; i < 20 * 24; i++)
			ip_test_values(&t)[j * 20 * 24 + i] += 0.01 * (j - 1.2)
				* (i / 24 - 9.5) + 0.02 * (i % 24 - 11.5);
	assert_true(difference(&s, &o, &t, &o) < 1e-9);
	o.how.background = IP_MEAN;
	assert_true(difference(&s, &o, &t, &o) > 0.1);
	ip_tensor_free(&s);
	ip_tensor_free(&t);
}

/* ---- the simulator ---- */

enum { G = 192, SCAN = 96 };
static const double side = 25.6;

/* A weak slice: gratings up to 1.2/A, of unequal heights, V Angstrom. */
static struct ip_tensor weak_slice(void)
{
	static const double wave[][4] = { { 2, 3, 3, 0.4 }, { 8, -3, 2, 1 },
		{ 0, 12, 2, 2 }, { 19, 6, 3, 3 }, { -14, 16, 2, 4 },
		{ 28, 5, 2, 5 }, { 6, -30, 2, 6 } };
	struct ip_tensor v = ip_test_images(1, G, G);
	size_t i, k;

	for (i = 0; i < G * G; i++)
		for (k = 0; k < sizeof wave / sizeof *wave; k++)
			ip_test_values(&v)[i] += wave[k][2] * cos(2 * PI
				* (wave[k][0] * (double)(i / G)
				+ wave[k][1] * (double)(i % G)) / G
				+ wave[k][3]);
	return v;
}

/* slice seen by the detector of o, as (segments, SCAN, SCAN). */
static void simulate(const struct ip_tensor *slice, const struct ip_obf *o,
	struct ip_tensor *images)
{
	const struct ip_grid grid = { { G, G }, { side, side } };
	const struct ip_detector d = { .kind = IP_SEGMENTED,
		.inner = o->how.inner, .outer = o->how.outer,
		.radial = o->rings, .azimuthal = o->azimuthal,
		.rotation = o->how.rotation,
		.offset = { o->offset[0], o->offset[1] } };
	const size_t plane = 1;
	struct ip_simulation s = { .probe = { .energy = energy,
		.semiangle = 20, .aberrations = o->aberrations },
		.detectors = &d, .detector_count = 1,
		.scan = { { 0, 0 }, { side, side }, { SCAN, SCAN } },
		.planes = &plane, .plane_count = 1,
		.method = IP_METHOD_MATRIX };
	struct ip_tensor all, one;

	assert_int_equal(ip_potential_from_slices(&s.potential, slice, &grid,
		1), 0);
	ip_test_simulate(&s, &all);
	assert_int_equal(ip_tensor_at(&one, &all, 0, 0), 0);
	assert_int_equal(ip_tensor_at(&one, &one, 0, 0), 0);
	assert_int_equal(ip_tensor_convert(images, IP_F64, &one), 0);
	ip_tensor_free(&all);
	ip_potential_free(s.potential);
}

/* RMS of a - b over that of b. */
static double relative(const struct ip_tensor *a, const struct ip_tensor *b)
{
	double d = 0, v = 0;
	size_t i;

	for (i = 0; i < ip_tensor_count(b); i++) {
		double x = ip_test_values(a)[i], y = ip_test_values(b)[i];

		d += (x - y) * (x - y);
		v += y * y;
	}
	return sqrt(d / v);
}

/*
 * Rings, offset, rotation and aberrations mean the same to the simulator. Its
 * aperture has 20 pixels a radius: a segment has 200, and of the 66 that its
 * edges cut half are wrong one way or the other, at random: 2 % of its area,
 * and twice that of the overlaps, which have half of it.
 */
static void simulator(void **state)
{
	struct ip_tensor slice = weak_slice(), truth = ip_test_image(SCAN,
		SCAN), images, want;
	struct ip_obf o = ip_test_obf_awkward();
	struct ip_obf_result r;
	double error, wrong;
	size_t i;

	(void)state;
	o.how.flip = 0;
	o.how.outer = 40;
	o.floor = 0.02;
	o.how.pixel_size[0] = o.how.pixel_size[1] = side / SCAN;
	for (i = 0; i < SCAN * SCAN; i++)
		ip_test_values(&truth)[i] = ip_test_values(&slice)[
			2 * (i / SCAN) * G + 2 * (i % SCAN)];
	simulate(&slice, &o, &images);
	assert_int_equal(ip_obf(&images, &o, &r), 0);
	assert_int_equal(ip_obf_blur(&truth, &o, &want), 0);
	error = relative(&r.potential, &want);
	ip_obf_result_free(&r);
	o.aberrations.c[IP_C10] = 60;
	assert_int_equal(ip_obf(&images, &o, &r), 0);
	wrong = relative(&r.potential, &want);
	print_message("# %.4f of the potential; the other focus: %.2f\n",
		error, wrong);
	assert_true(error < 0.04);
	assert_true(wrong > 0.4);
	ip_obf_result_free(&r);
	ip_tensor_free(&want);
	ip_tensor_free(&truth);
	ip_tensor_free(&images);
	ip_tensor_free(&slice);
}

/* A cosine comes out of ip_obf_blur as S/(S + floor) and the high pass say. */
static void blur(void **state)
{
	enum { M = 16 };
	struct ip_tensor v = ip_test_image(M, M), got;
	struct ip_obf o = ip_test_obf();
	const double step[2] = { 3 / (M * 0.3), 2 / (M * 0.3) };
	double b[8], share[4], s, want;
	int i;

	(void)state;
	o.how.pixel_size[0] = o.how.pixel_size[1] = 0.3;
	o.how.high_pass = 0.7;
	o.floor = 0.1;
	for (i = 0; i < M * M; i++)
		ip_test_values(&v)[i] = 5 + cos(2 * PI * (3 * (i / M)
			+ 2 * (i % M)) / M);
	assert_int_equal(ip_obf_transfer(&o, step, 1, b, share), 0);
	s = ip_test_obf_contrast(b, share, 4);
	want = s / (s + 0.1) * (1 - exp(-(step[0] * step[0]
		+ step[1] * step[1]) / (2 * 0.7 * 0.7)));
	assert_int_equal(ip_obf_blur(&v, &o, &got), 0);
	/* Two grids of k are never quite the same: 1e-4 of the beam each. */
	for (i = 0; i < M * M; i++)
		assert_true(fabs(ip_test_values(&got)[i] - want
			* (ip_test_values(&v)[i] - 5)) < 1e-3);
	ip_tensor_free(&got);
	ip_tensor_free(&v);
}

/* ---- refusals ---- */

static void refuse(const struct ip_tensor *s, const struct ip_obf *o,
	int status, const char *part)
{
	struct ip_obf_result r;

	ip_test_log_capture();
	assert_int_equal(ip_obf(s, o, &r), status);
	ip_test_assert_logged(part);
}

static void refused(void **state)
{
	struct ip_tensor s = any_segments(4, 6, 6), none = { 0 }, got;
	const double step[2] = { 0.1, 0 }, small[2] = { 1e-5, 0 };
	double b[8], share[4];
	struct ip_obf o = ip_test_obf(), ok = o;

	(void)state;
	o.how.energy = 0;
	refuse(&s, &o, IP_EINVAL, "OBF: energy 0 eV");
	assert_int_equal(ip_obf_blur(&s, &o, &got), IP_EINVAL);
	assert_int_equal(ip_obf_transfer(&o, step, 1, b, share), IP_EINVAL);
	o = ok, o.how.semiangle = NAN;
	refuse(&s, &o, IP_EINVAL, "semiangle nan mrad");
	o = ok, o.how.outer = 0;
	refuse(&s, &o, IP_EINVAL, "0 <= inner < outer");
	o = ok, o.offset[1] = INFINITY;
	refuse(&s, &o, IP_EINVAL, "a finite offset");
	o = ok, o.how.inner = 21;
	refuse(&s, &o, IP_EPHYSICS, "sees nothing of the disc");
	assert_int_equal(ip_obf_transfer(&o, step, 1, b, share), IP_EPHYSICS);
	o = ok, o.azimuthal = 1;
	refuse(&s, &o, IP_EINVAL, "1 segments in 1 rings, expected 2");
	o = ok, o.azimuthal = 1 << 20, o.rings = 1 << 20;
	refuse(&s, &o, IP_EINVAL, "expected 2 to 1024");
	o = ok, o.azimuthal = 3;
	refuse(&s, &o, IP_EINVAL, "4 images, expected (3, nx, ny)");
	refuse(&none, &ok, IP_EINVAL, "expected (4, nx, ny)");
	o = ok, o.floor = -1;
	refuse(&s, &o, IP_EINVAL, "floor -1");
	o = ok, o.aberrations.c[IP_C10] = 1e6;
	refuse(&s, &o, IP_ELIMIT, "smaller aberrations");
	o.aberrations.c[IP_C56] = 1e300;
	refuse(&s, &o, IP_ELIMIT, "smaller aberrations");
	o.aberrations.phi[IP_C23] = NAN;
	refuse(&s, &o, IP_EINVAL, "aberration C23 is not");
	assert_int_equal(ip_obf_transfer(&ok, small, 1, b, share), IP_ELIMIT);
	ip_test_values(&s)[40] = NAN;
	refuse(&s, &ok, IP_EINVAL, "OBF: segments");
	memset(ip_test_values(&s) + 36, 0, 36 * sizeof(double));
	refuse(&s, &ok, IP_EINVAL, "segment 1 has a mean of 0");
	ip_tensor_free(&s);
}

/* No memory at any moment: told once, and nothing left behind. */
static void no_memory(void **state)
{
	struct ip_tensor s = any_segments(4, 6, 6);
	struct ip_obf o = ip_test_obf();
	struct ip_obf_result r;
	int rc = IP_ENOMEM;
	long n;

	(void)state;
	for (n = 0; rc != 0; n++) {
		ip_test_log_capture();
		ip_alloc_fail_after(n);
		rc = ip_obf(&s, &o, &r);
		ip_alloc_fail_after(-1);
		if (rc != 0) {
			assert_int_equal(rc, IP_ENOMEM);
			assert_int_equal(ip_test_log_errors(), 1);
		}
	}
	assert_true(n > 8);
	ip_obf_result_free(&r);
	ip_tensor_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_detector),
		cmocka_unit_test(mirrored),
		cmocka_unit_test(background),
		cmocka_unit_test(simulator),
		cmocka_unit_test(blur),
		cmocka_unit_test(refused),
		cmocka_unit_test(no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
