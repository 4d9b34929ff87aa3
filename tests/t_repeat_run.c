/* Runs on a repeat cell: memory, threads, and what is refused or warned of. */
#include <math.h>
#include <iphase/status.h>
#include <iphase/threads.h>
#include "core/core.h"
#include "support/repeat.h"

/* The same bytes for any number of threads and any memory that will do. */
static void test_bytes(void **state)
{
	const size_t planes[] = { 3, 9 };
	struct ip_test_repeat t;
	struct ip_repeat_cost cost, least;
	struct ip_repeat_series s[4];

	(void)state;
	ip_test_repeat_gan(&t, 5, 4, planes, 2);
	assert_int_equal(ip_repeat_cost(&t.r, &cost), 0);
	for (int k = 0; k < 4; k++) {
		assert_int_equal(ip_threads_set(k < 3 ? k + 1 : 2), 0);
		t.r.memory = k < 3 ? 0 : cost.memory * 7 / 8;
		ip_test_repeat_run(&t.r, &s[k]);
	}
	assert_int_equal(ip_repeat_cost(&t.r, &least), 0);
	assert_true(least.memory <= t.r.memory);
	for (int k = 1; k < 4; k++)
		assert_memory_equal(s[k].c, s[0].c, 2 * 5 *
			(2 * s[0].reach[0] + 1) * (2 * s[0].reach[1] + 1) *
			2 * sizeof(double));
	for (int k = 0; k < 4; k++)
		ip_repeat_series_free(&s[k]);
	ip_threads_set(0);
	ip_test_repeat_close(&t);
}

static void refuse(const struct ip_repeat *r, int status, const char *part)
{
	struct ip_repeat_series s;
	struct ip_dev *dev;

	assert_int_equal(ip_dev_open(&dev, "cpu-openmp"), 0);
	ip_test_log_capture();
	assert_int_equal(ip_repeat_run(dev, r, &s), status);
	ip_test_assert_logged(part);
	ip_dev_close(dev);
}

static void test_refused(void **state)
{
	const size_t planes[] = { 3, 9 }, back[] = { 9, 3 };
	struct ip_test_repeat t;
	struct ip_repeat r;

	(void)state;
	ip_test_repeat_gan(&t, 3, 3, planes, 2);
	r = t.r;
	r.memory = 100000;
	refuse(&r, IP_ELIMIT, "at least");
	r = t.r;
	r.planes = back;
	refuse(&r, IP_EINVAL, "ascend");
	r = t.r;
	r.probe.semiangle = 90;
	refuse(&r, IP_EPHYSICS, "band limit");
	r = t.r;
	r.waves[1] = 0;
	refuse(&r, IP_EINVAL, "k grid");
	r = t.r;
	r.detector_count = 0;
	refuse(&r, IP_EINVAL, "detector");
	t.d[0].outer = 200;
	refuse(&t.r, IP_EPHYSICS, "band limit");
	t.d[0] = ip_test_quadrants(10, 10.01);
	refuse(&t.r, IP_EPHYSICS, "channel 0");
	ip_test_repeat_close(&t);
}

/* A beam that outgrows the k grid's box is warned of. */
static void test_warned(void **state)
{
	const size_t planes[] = { 400 };
	struct ip_repeat_series s;
	struct ip_test_repeat t;

	(void)state;
	ip_test_repeat_gan(&t, 2, 2, planes, 1);
	ip_test_log_capture();
	ip_test_repeat_run(&t.r, &s);
	assert_int_equal(ip_test_log_warnings(), 1);
	assert_non_null(strstr(ip_test_log_warning(), "finer k grid"));
	ip_repeat_series_free(&s);
	ip_test_repeat_close(&t);
}

/* From the crystal to a picture. */
static int all(struct ip_dev *dev, const struct ip_structure *s)
{
	const size_t n[] = { 20, 20 }, planes[] = { 2 };
	const int z[] = { 0, 0, 1 };
	struct ip_detector d = { .kind = IP_TOTAL };
	struct ip_repeat r = { .waves = { 2, 2 }, .detectors = &d,
		.detector_count = 1, .planes = planes, .plane_count = 1 };
	struct ip_repeat_frame f = { { 0, 0 }, { 1, 1 }, { 2, 2 }, 0 };
	struct ip_repeat_series a = { 0 }, b = { 0 };
	struct ip_repeat_cell c = { .count = 0 };
	struct ip_tensor image = { 0 };
	struct ip_period *p = NULL;
	int rc = ip_repeat_zone(&c, s, z);

	r.probe = ip_test_probe(200e3, 20);
	if (rc == 0)
		rc = ip_period_new(&p, &c, n, 3, IP_KIRKLAND, 0);
	r.period = p;
	if (rc == 0)
		rc = ip_repeat_run(dev, &r, &a);
	if (rc == 0)
		rc = ip_repeat_picture(&a, 0, &f, &image);
	if (rc == 0)
		rc = ip_repeat_along_zone(p, 0, &b);
	ip_repeat_series_free(&b);
	if (rc == 0)
		rc = ip_repeat_beam(p, r.probe.tilt, planes, 1, 0, &b);
	ip_tensor_free(&image);
	ip_repeat_series_free(&a);
	ip_repeat_series_free(&b);
	ip_period_free(p);
	ip_repeat_cell_free(&c);
	return rc;
}

/*
 * Without a specimen, inside the disc of the probe, what detectors see are
 * their areas: of quadrants from 5 to 15 mrad and a disc of 18, as 200/4 to
 * 324. Shares of SUB x SUB places a point are several times nearer to that
 * than whole points.
 */
static double areas(int whole, size_t waves)
{
	struct ip_repeat_cell cell = { .a = { { 4.2, 0 }, { -1.6, 4.4 } },
		.period = 4 };
	struct ip_detector d[] = { ip_test_quadrants(5, 15),
		{ .kind = IP_ANNULAR, .outer = 18, .radial = 1,
		.azimuthal = 1 } };
	size_t shape[] = { 1, 32, 32 }, planes[] = { 0 };
	struct ip_repeat r = { .waves = { waves, waves }, .detectors = d,
		.detector_count = 2, .whole = whole, .planes = planes,
		.plane_count = 1 };
	struct ip_repeat_series s;
	struct ip_period *p;
	struct ip_tensor v;
	double mean[5], worst = 0;

	d[0].rotation = 0.4;
	assert_int_equal(ip_tensor_new(&v, IP_F64, 3, shape), 0);
	assert_int_equal(ip_period_from_slices(&p, &cell, &v), 0);
	ip_tensor_free(&v);
	r.period = p;
	r.probe = ip_test_probe(200e3, 20);
	ip_test_repeat_run(&r, &s);
	for (size_t c = 0; c < 5; c++) {
		size_t terms = (2 * s.reach[0] + 1) * (2 * s.reach[1] + 1);
		mean[c] = s.c[2 * (c * terms + terms / 2)];
	}
	for (size_t c = 0; c < 4; c++)
		worst = fmax(worst, fabs(mean[c] / mean[4] - 50. / 324));
	ip_repeat_series_free(&s);
	ip_period_free(p);
	return worst;
}

static void test_shares(void **state)
{
	double whole = 0, shares = 0;

	(void)state;
	for (size_t n = 6; n < 18; n += 2) {
		double w = areas(1, n), s = areas(0, n);
		print_message("# %zu x %zu points: whole %.2g, shares %.2g "
			"off\n", n, n, w, s);
		whole += w * w;
		shares += s * s;
	}
	assert_true(sqrt(shares) < sqrt(whole) / 4);
}

/* Every allocation fails once: IP_ENOMEM, told, and (ASan) no leak. */
static void test_no_memory(void **state)
{
	struct ip_structure s;
	struct ip_dev *dev;
	int n, rc;

	(void)state;
	ip_test_gan(&s);
	assert_int_equal(ip_dev_open(&dev, "cpu-openmp"), 0);
	assert_int_equal(all(dev, &s), 0);
	for (n = 0; ; n++) {
		ip_test_log_capture();
		ip_alloc_fail_after(n);
		rc = all(dev, &s);
		ip_alloc_fail_after(-1);
		if (rc == 0)
			break;
		assert_int_equal(rc, IP_ENOMEM);
		assert_true(ip_test_log_errors() >= 1);
	}
	assert_true(n > 40);
	ip_dev_close(dev);
	ip_structure_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_warned),
		cmocka_unit_test(test_shares),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
