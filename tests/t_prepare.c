/* Preparing measurements: pixels, turns, calibration, wedges. */
#include "support/support.h"
#include <math.h>
#include <iphase/prepare.h>
#include <iphase/status.h>
#include "core/core.h"

#define PI 3.14159265358979323846

static struct ip_tensor picture(size_t s, size_t w, size_t h)
{
	struct ip_tensor t = { 0 };
	size_t shape[3] = { s, w, h };

	assert_int_equal(ip_tensor_new(&t, IP_F64, 3, shape), 0);
	return t;
}

static double *values(const struct ip_tensor *t)
{
	return t->data;
}

/* Seven waves of period pixels or more, none with a whole number of periods
 * over the picture. */
static double waves(double x, double y, double period)
{
	double sum = 0.3, k, a;
	int i;

	for (i = 0; i < 7; i++) {
		k = 2 * PI / period * (1 - i / 9.0);
		a = 0.4 + 0.9 * i;
		sum += cos(k * (x * cos(a) + y * sin(a)) + i) / (1 + i);
	}
	return sum;
}

static void fill(struct ip_tensor *t, double period)
{
	size_t w = t->shape[1], h = t->shape[2], i, n = ip_tensor_count(t);

	for (i = 0; i < n; i++)
		values(t)[i] = waves((double)(i / h % w), (double)(i % h),
			period) * (1 + (double)(i / h / w));
}

/* ---- between pixels ---- */

/* In pixels sx x sy old ones wide; how says where they lie. */
static struct ip_tensor resample(const struct ip_tensor *t, double sx,
	double sy, struct ip_sampling *how)
{
	const double step[2] = { sx, sy };
	struct ip_tensor r = { 0 };

	ip_prepare_resampling(t->shape + 1, step, how);
	assert_int_equal(ip_prepare_sample(t, how, &r), 0);
	return r;
}

/* As far inside as the kernel reaches, new pixels are those of the waves. */
static void resample_once(size_t w, size_t h, double sx, double sy,
	double period)
{
	struct ip_tensor t = picture(2, w, h), r;
	double edge[2] = { 21 * fmax(sx, 1), 21 * fmax(sy, 1) }, most = 0;
	struct ip_sampling how;
	size_t i, n = 0;

	fill(&t, period);
	r = resample(&t, sx, sy, &how);
	assert_true((double)(how.size[0] - 1) * sx <= (double)(w - 1) + 1e-6);
	assert_true((double)how.size[0] * sx > (double)(w - 1));
	assert_int_equal(r.ndim, 3);
	for (i = 0; i < ip_tensor_count(&r); i++) {
		double x = sx * (double)(i / how.size[1] % how.size[0]);
		double y = sy * (double)(i % how.size[1]);
		double p = 1 + (double)(i / how.size[1] / how.size[0]);

		if (x < edge[0] || x > (double)(w - 1) - edge[0] ||
		    y < edge[1] || y > (double)(h - 1) - edge[1])
			continue;
		most = fmax(most, fabs(values(&r)[i] - p * waves(x, y,
			period)));
		n++;
	}
	if (most > 1e-6)
		print_error("%zu x %zu by %g, %g: off by %g\n", w, h, sx, sy,
			most);
	assert_true(n > 50);
	assert_true(most <= 1e-6);
	ip_tensor_free(&t);
	ip_tensor_free(&r);
}

static void resampled(void **state)
{
	const size_t size[2] = { 34, 34 };
	const double step[2] = { 1.1, 1 };
	struct ip_sampling how;

	(void)state;
	resample_once(97, 81, 0.5, 0.5, 3);
	resample_once(97, 81, 0.77, 0.6131, 2.8);
	resample_once(96, 64, 1, 1, 2.8);
	/* larger pixels: what they can show is kept */
	resample_once(151, 128, 1.37, 1.2, 4.2);
	resample_once(201, 160, 2, 1.618, 6);
	/* up to the last pixel, though 33 / 1.1 is less than 30 in doubles */
	ip_prepare_resampling(size, step, &how);
	assert_int_equal(how.size[0], 31);
	assert_int_equal(how.size[1], 34);
}

/* What larger pixels cannot show is gone, not folded back. */
static void no_aliases(void **state)
{
	struct ip_tensor t = picture(1, 240, 240), r;
	struct ip_sampling how;
	size_t i;

	(void)state;
	for (i = 0; i < 240 * 240; i++)
		values(&t)[i] = cos(2 * PI / 3.1 * (double)(i / 240));
	r = resample(&t, 2, 2, &how);
	assert_int_equal(ip_tensor_count(&r), 120 * 120);
	for (i = 0; i < ip_tensor_count(&r); i++)
		if (i / 120 > 21 && i / 120 < 99)
			assert_true(fabs(values(&r)[i]) < 1e-5);
	ip_tensor_free(&t);
	ip_tensor_free(&r);
}

/* No wrap-around: of a step from one edge to the other nothing is seen at the
 * first edge, and a constant stays one everywhere. */
static void mirrored_edges(void **state)
{
	struct ip_tensor t = picture(1, 75, 40), r;
	struct ip_sampling how;
	size_t i;

	(void)state;
	for (i = 0; i < 75 * 40; i++)
		values(&t)[i] = i / 40 < 37 ? 1 : 5;
	r = resample(&t, 0.8, 1.25, &how);
	for (i = 0; i < how.size[0]; i++)
		if (fabs(0.8 * (double)i - 36.5) > 21)
			assert_true(fabs(values(&r)[i * how.size[1]] -
				(0.8 * (double)i < 36.5 ? 1 : 5)) < 1e-12);
	ip_tensor_free(&r);
	/* linear: never beyond what there is */
	how.kernel = IP_LINEAR;
	assert_int_equal(ip_prepare_sample(&t, &how, &r), 0);
	for (i = 0; i < ip_tensor_count(&r); i++)
		assert_true(values(&r)[i] >= 1 - 1e-12 &&
			values(&r)[i] <= 5 + 1e-12);
	ip_tensor_free(&t);
	ip_tensor_free(&r);
}

/* As far beyond an edge as within it there is the same. */
static void mirror_images(void **state)
{
	static const double edge[2][2] = { { -0.5, -0.5 }, { 8.5, 6.5 } };
	struct ip_tensor t = picture(1, 9, 7), a = { 0 }, b = { 0 };
	struct ip_sampling how = { .step = { 1, 1 }, .size = { 1, 1 } };
	int e, d;

	(void)state;
	fill(&t, 4);
	for (e = 0; e < 2; e++)
		for (d = 0; d < 2; d++) {
			how.start[!d] = 3.2;
			how.start[d] = edge[e][d] - 2.3;
			assert_int_equal(ip_prepare_sample(&t, &how, &a), 0);
			how.start[d] = edge[e][d] + 2.3;
			assert_int_equal(ip_prepare_sample(&t, &how, &b), 0);
			assert_true(fabs(values(&a)[0] - values(&b)[0]) <
				1e-12);
			ip_tensor_free(&a);
			ip_tensor_free(&b);
		}
	ip_tensor_free(&t);
}

/* The same field in more or fewer pixels: a plane stays that plane. */
static void fitted(void **state)
{
	struct ip_tensor t = picture(1, 20, 30), r = { 0 };
	size_t size[2] = { 50, 10 }, i;

	(void)state;
	for (i = 0; i < 600; i++)
		values(&t)[i] = 2 * ((double)(i / 30) + 0.5) / 20 +
			((double)(i % 30) + 0.5) / 30;
	assert_int_equal(ip_prepare_fit(&t, size, IP_LINEAR, &r), 0);
	assert_int_equal(r.shape[1], 50);
	assert_int_equal(r.shape[2], 10);
	for (i = 0; i < 500; i++)
		if (i / 10 >= 2 && i / 10 < 48 && i % 10 >= 1 && i % 10 < 9)
			assert_true(fabs(values(&r)[i] -
				2 * ((double)(i / 10) + 0.5) / 50 -
				((double)(i % 10) + 0.5) / 10) < 1e-12);
	ip_tensor_free(&t);
	ip_tensor_free(&r);
}

/* ---- whole pixels ---- */

static void rebinned(void **state)
{
	struct ip_tensor t = picture(2, 23, 17), r = { 0 };
	size_t i, j, a, b, p;

	(void)state;
	fill(&t, 5);
	assert_int_equal(ip_prepare_rebin(&t, 3, &r), 0);
	assert_int_equal(r.shape[1], 7);
	assert_int_equal(r.shape[2], 5);
	for (p = 0; p < 2; p++)
	for (i = 0; i < 7; i++)
	for (j = 0; j < 5; j++) {
		double sum = 0;

		for (a = 0; a < 3; a++)
			for (b = 0; b < 3; b++)
				sum += values(&t)[(p * 23 + 3 * i + a) * 17 +
					3 * j + b];
		assert_true(fabs(values(&r)[(p * 7 + i) * 5 + j] - sum / 9) <
			1e-14);
	}
	ip_tensor_free(&r);
	ip_test_log_capture();
	assert_int_equal(ip_prepare_rebin(&t, 0, &r), IP_EINVAL);
	assert_int_equal(ip_prepare_rebin(&t, 18, &r), IP_EINVAL);
	assert_null(r.data);
	ip_tensor_free(&t);
}

static double at(const struct ip_tensor *t, size_t p, size_t i, size_t j)
{
	return values(t)[(ptrdiff_t)p * t->stride[0] + (ptrdiff_t)i *
		t->stride[1] + (ptrdiff_t)j * t->stride[2]];
}

static void flipped_and_cropped(void **state)
{
	struct ip_tensor t = picture(2, 6, 4), v, w, own = { 0 };
	size_t p, i, j, from[2] = { 1, 2 }, size[2] = { 5, 2 };

	(void)state;
	fill(&t, 5);
	for (p = 0; p < 2; p++)
	for (i = 0; i < 6; i++)
	for (j = 0; j < 4; j++) {
		assert_int_equal(ip_prepare_flip(&t, IP_FLIP_X, &v), 0);
		assert_true(at(&v, p, i, j) == at(&t, p, 5 - i, j));
		assert_int_equal(ip_prepare_flip(&t, IP_FLIP_Y, &v), 0);
		assert_true(at(&v, p, i, j) == at(&t, p, i, 3 - j));
		assert_int_equal(ip_prepare_flip(&v, IP_FLIP_TRANSPOSE, &w),
			0);
		assert_true(at(&w, p, j, i) == at(&t, p, i, 3 - j));
	}
	/* a view that is copied, and one of a view */
	assert_int_equal(ip_tensor_convert(&own, IP_F64, &w), 0);
	assert_true(at(&own, 1, 3, 5) == at(&t, 1, 5, 0));
	assert_int_equal(ip_prepare_crop(&v, from, size, &w), 0);
	assert_true(at(&w, 1, 4, 1) == at(&t, 1, 5, 0));
	ip_test_log_capture();
	size[0] = 6;
	assert_int_equal(ip_prepare_crop(&t, from, size, &w), IP_EINVAL);
	size[0] = (size_t)-1;
	assert_int_equal(ip_prepare_crop(&t, from, size, &w), IP_EINVAL);
	size[0] = 0;
	assert_int_equal(ip_prepare_crop(&t, from, size, &w), IP_EINVAL);
	ip_tensor_free(&own);
	ip_tensor_free(&t);
}

/* ---- turns ---- */

static void turned(void **state)
{
	struct ip_tensor t = picture(2, 120, 101), r = { 0 };
	size_t size[2], i;
	double most = 0, c = cos(0.3), s = sin(0.3), x, y;

	(void)state;
	fill(&t, 4);
	ip_prepare_turned_size(t.shape + 1, 0.3 * 180 / PI, size);
	assert_int_equal(ip_prepare_turn(&t, 0.3 * 180 / PI, size,
		IP_BAND_LIMITED, &r), 0);
	for (i = 0; i < size[0] * size[1]; i++) {
		/* what was at (x, y) from the middle has turned +x to +y */
		double u = (double)(i / size[1]) - 0.5 * (double)(size[0] - 1);
		double v = (double)(i % size[1]) - 0.5 * (double)(size[1] - 1);

		x = c * u + s * v + 59.5;
		y = c * v - s * u + 50;
		assert_true(x > -1e-6 && x < 119 + 1e-6);
		assert_true(y > -1e-6 && y < 100 + 1e-6);
		if (x > 21 && x < 98 && y > 21 && y < 79)
			most = fmax(most, fabs(values(&r)[i] - waves(x, y, 4)));
	}
	assert_true(most > 0 && most < 1e-6);
	ip_tensor_free(&r);
	/* a quarter, exactly */
	size[0] = 101;
	size[1] = 120;
	assert_int_equal(ip_prepare_turn(&t, 90, size, IP_LINEAR, &r), 0);
	for (i = 0; i < size[0] * size[1]; i++)
		assert_true(fabs(values(&r)[i] - waves((double)(i % 120),
			100 - (double)(i / 120), 4)) < 1e-9);
	ip_tensor_free(&t);
	ip_tensor_free(&r);
}

static void turned_sizes(void **state)
{
	static const size_t n[4][2] = { { 1024, 1024 }, { 300, 40 },
		{ 40, 300 }, { 1, 7 } };
	size_t size[2], i;
	double a;

	(void)state;
	for (i = 0; i < 4; i++)
		for (a = -180; a <= 180; a += 7.5) {
			double c = fabs(cos(a * PI / 180));
			double s = fabs(sin(a * PI / 180)), w, h;

			ip_prepare_turned_size(n[i], a, size);
			w = (double)size[0] - 1;
			h = (double)size[1] - 1;
			/* its corners lie within; those of a larger one do not */
			assert_true(w * c + h * s <= (double)n[i][0] - 1 + 1e-6);
			assert_true(w * s + h * c <= (double)n[i][1] - 1 + 1e-6);
			w += 2;
			h += 2;
			assert_true(w * c + h * s > (double)n[i][0] - 1 ||
				w * s + h * c > (double)n[i][1] - 1);
		}
	ip_prepare_turned_size(n[0], 0, size);
	assert_int_equal(size[0], 1024);
	ip_prepare_turned_size(n[1], 90, size);
	assert_int_equal(size[0], 40);
	assert_int_equal(size[1], 300);
}

static void detectors(void **state)
{
	double rest;
	int k;

	(void)state;
	ip_prepare_detector(45, 0, &k, &rest);
	assert_true(fabs(fabs(rest) - 45) < 1e-12);
	ip_prepare_detector(100, 0, &k, &rest);
	assert_int_equal(k, 3);		/* whose edge is at 370 */
	assert_true(fabs(rest + 10) < 1e-12);
	ip_prepare_detector(-80, 0, &k, &rest);
	assert_int_equal(k, 1);
	assert_true(fabs(rest + 10) < 1e-12);
	ip_prepare_detector(720 + 30, 45, &k, &rest);
	assert_int_equal(k, 0);
	assert_true(fabs(rest - 15) < 1e-12);
}

/* ---- calibration ---- */

static void shares(void **state)
{
	double s = 0;

	(void)state;
	assert_int_equal(ip_prepare_share(20, 0, 20, &s), 0);
	assert_true(s == 1);
	assert_int_equal(ip_prepare_share(20, 0, 50, &s), 0);
	assert_true(s == 1);
	assert_int_equal(ip_prepare_share(20, 10, 50, &s), 0);
	assert_true(s == 0.75);
	assert_int_equal(ip_prepare_share(20, 5, 10, &s), 0);
	assert_true(s == 0.1875);
	ip_test_log_capture();
	assert_int_equal(ip_prepare_share(20, 20, 50, &s), IP_EPHYSICS);
	assert_int_equal(ip_prepare_share(20, 30, 25, &s), IP_EINVAL);
	assert_int_equal(ip_prepare_share(0, 0, 25, &s), IP_EINVAL);
	assert_int_equal(ip_prepare_share(NAN, 0, 25, &s), IP_EINVAL);
	assert_true(s == 0.1875);
}

/* Of two pictures of four segments each. */
static void gains(void **state)
{
	struct ip_tensor t = { 0 };
	const double gain[4] = { 1, 2, 0.5, 4 }, offset[4] = { 0, 1, 2, 3 };
	size_t shape[4] = { 2, 4, 3, 5 }, i;
	struct ip_prepare_sum s;

	(void)state;
	assert_int_equal(ip_tensor_new(&t, IP_F64, 4, shape), 0);
	for (i = 0; i < 120; i++)
		values(&t)[i] = 0.1 + (double)(i / 15 % 4);
	assert_int_equal(ip_prepare_linear(&t, gain, offset), 0);
	for (i = 0; i < 120; i++)
		assert_true(fabs(values(&t)[i] - 0.1 * gain[i / 15 % 4]) <
			1e-12);
	values(&t)[7] = -0.2;
	values(&t)[60 + 50] = 1;
	for (i = 0; i < 4; i++)		/* all of the beam is not above it */
		values(&t)[60 + 15 * i] = 0.25;
	assert_int_equal(ip_prepare_sum(&t, &s), 0);
	assert_int_equal(s.pixels, 30);
	assert_int_equal(s.negative, 1);
	assert_int_equal(s.above, 1);
	assert_true(fabs(s.largest - 1.35) < 1e-12);
	assert_true(fabs(s.smallest - 0.45) < 1e-12);
	assert_true(fabs(s.mean - 0.75 - (0.6 - 0.3 + 0.25) / 30) < 1e-12);
	ip_tensor_free(&t);
}

static void wedges(void **state)
{
	struct ip_tensor t = { 0 };
	const size_t size[2] = { 11, 6 }, one[2] = { 1, 1 };
	size_t i;

	(void)state;
	assert_int_equal(ip_prepare_wedge(size, 60, 200, 0, &t), 0);
	for (i = 0; i < 66; i++)
		assert_true(fabs(values(&t)[i] - 60 - 14 * (double)(i / 6)) <
			1e-9);
	ip_tensor_free(&t);
	assert_int_equal(ip_prepare_wedge(size, 10, 20, -90, &t), 0);
	for (i = 0; i < 66; i++)
		assert_true(fabs(values(&t)[i] - 20 + 2 * (double)(i % 6)) <
			1e-9);
	ip_tensor_free(&t);
	assert_int_equal(ip_prepare_wedge(size, 10, 20, 45, &t), 0);
	assert_true(fabs(values(&t)[0] - 10) < 1e-9);
	assert_true(fabs(values(&t)[65] - 20) < 1e-9);
	assert_true(fabs(values(&t)[6] - 10 - 10 / 15.) < 1e-9);
	ip_tensor_free(&t);
	assert_int_equal(ip_prepare_wedge(one, 10, 20, 45, &t), 0);
	assert_true(values(&t)[0] == 10);
	ip_tensor_free(&t);
}

/* ---- what is refused ---- */

static void refused(void **state)
{
	struct ip_tensor t = picture(1, 8, 8), r = { 0 }, flat = { 0 };
	struct ip_sampling how = { .step = { 1, 1 }, .size = { 8, 8 } };
	const size_t none[2] = { 0, 8 }, n = 8;
	struct ip_prepare_sum s;

	(void)state;
	ip_test_log_capture();
	how.step[0] = 0;
	assert_int_equal(ip_prepare_sample(&t, &how, &r), IP_EINVAL);
	how.step[0] = 9;	/* wider than the picture */
	assert_int_equal(ip_prepare_sample(&t, &how, &r), IP_EINVAL);
	how.step[0] = 1;
	how.size[1] = 0;
	assert_int_equal(ip_prepare_sample(&t, &how, &r), IP_EINVAL);
	assert_int_equal(ip_prepare_fit(&t, none, IP_LINEAR, &r), IP_EINVAL);
	assert_int_equal(ip_prepare_turn(&t, 1, none, IP_LINEAR, &r),
		IP_EINVAL);
	assert_int_equal(ip_prepare_wedge(none, 1, 2, 0, &r), IP_EINVAL);
	how.size[1] = 8;
	values(&t)[9] = NAN;
	assert_int_equal(ip_prepare_sample(&t, &how, &r), IP_EINVAL);
	assert_int_equal(ip_prepare_rebin(&t, 2, &r), IP_EINVAL);
	assert_int_equal(ip_prepare_sum(&t, &s), IP_EINVAL);
	assert_int_equal(ip_tensor_new(&flat, IP_F64, 1, &n), 0);
	assert_int_equal(ip_prepare_flip(&flat, IP_FLIP_X, &r), IP_EINVAL);
	assert_int_equal(ip_prepare_rebin(&flat, 2, &r), IP_EINVAL);
	assert_null(r.data);
	ip_tensor_free(&flat);
	ip_tensor_free(&t);
}

/* No memory at any moment: told once, nothing made, nothing freed twice. */
static void no_memory(void **state)
{
	struct ip_tensor t = picture(1, 8, 8), r = { 0 };
	struct ip_sampling how = { .step = { 1, 1 }, .size = { 8, 8 } };
	int rc = IP_ENOMEM;
	long n;

	(void)state;
	for (n = 0; rc != 0; n++) {
		ip_test_log_capture();
		ip_alloc_fail_after(n);
		rc = ip_prepare_sample(&t, &how, &r);
		ip_alloc_fail_after(-1);
		if (rc != 0) {
			assert_int_equal(rc, IP_ENOMEM);
			assert_int_equal(ip_test_log_errors(), 1);
			assert_null(r.data);
		}
	}
	assert_true(n > 8);
	ip_tensor_free(&r);
	ip_tensor_free(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(resampled),
		cmocka_unit_test(no_aliases),
		cmocka_unit_test(mirrored_edges),
		cmocka_unit_test(mirror_images),
		cmocka_unit_test(fitted),
		cmocka_unit_test(rebinned),
		cmocka_unit_test(flipped_and_cropped),
		cmocka_unit_test(turned),
		cmocka_unit_test(turned_sizes),
		cmocka_unit_test(detectors),
		cmocka_unit_test(shares),
		cmocka_unit_test(gains),
		cmocka_unit_test(wedges),
		cmocka_unit_test(refused),
		cmocka_unit_test(no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
