/*
 * What must hold of every run of a simulation: both methods agree, bounds of
 * memory, threads, refusals. Symmetries are in t_invariants, the peer's images
 * in t_golden_images.
 */
#include <math.h>
#include <iphase/threads.h>
#include "core/core.h"
#include "support/fixture.h"

#define PI 3.14159265358979323846

enum { NX = 64, NY = 72 };

/* ---- the two methods ---- */

static void both(const struct ip_test_fixture *f, double tolerance)
{
	struct ip_simulation s = f->s;
	struct ip_tensor a, b;

	s.method = IP_METHOD_MATRIX;
	ip_test_simulate(&s, &a);
	s.method = IP_METHOD_PROBES;
	ip_test_simulate(&s, &b);
	print_message("# matrix - probes: %.2g\n", ip_test_distance(&a, &b));
	assert_true(ip_test_distance(&a, &b) <= tolerance);
	ip_tensor_free(&a);
	ip_tensor_free(&b);
}

static void test_methods(void **state)
{
	struct ip_aberrations sets[2] = { { { 0 }, { 0 } }, { { 0 }, { 0 } } };
	static const size_t planes[] = { 0, 1, 9, 12 };
	struct ip_test_fixture f;

	(void)state;
	ip_test_fixture_open(&f, NX, NY);
	f.d[1] = (struct ip_detector){ .kind = IP_SEGMENTED, .inner = 5,
		.outer = 45, .radial = 2, .azimuthal = 3, .rotation = 0.3,
		.offset = { 2, -3 } };
	f.d[2].kind = IP_TOTAL;
	f.d[3] = (struct ip_detector){ .kind = IP_ANNULAR, .inner = 30,
		.outer = 60 };
	f.s.detector_count = 4;
	memcpy(f.planes, planes, sizeof planes);
	f.s.plane_count = 4;
	f.s.probe.tilt[0] = 3;
	f.s.probe.tilt[1] = -2;
	ip_aberrations_set(&sets[0], "defocus", 120);
	ip_aberrations_set(&sets[1], "Cs", 5e5);
	ip_aberrations_set(&sets[1], "C21", 800);
	ip_aberrations_set(&sets[1], "phi21", 0.7);
	f.s.sets = sets;
	f.s.set_count = 2;
	/* A corner of the box, off the grid, and over its edge. */
	f.s.scan.start[0] = -0.31;
	f.s.scan.end[0] = 2.2;
	both(&f, IP_TEST_FLOAT_TOLERANCE);
	ip_test_fixture_close(&f);
}

/* Blurring the images of probes is damping the series of the matrix. */
static void test_source(void **state)
{
	struct ip_test_fixture f;
	struct ip_tensor a, b;
	double mean[2] = { 0, 0 }, spread[2] = { 0, 0 };

	(void)state;
	ip_test_fixture_open(&f, NX, NY);
	f.s.scan.n[0] = 32;
	f.s.scan.n[1] = 36;
	f.s.source_fwhm = 0.8;
	both(&f, IP_TEST_FLOAT_TOLERANCE);
	ip_test_simulate(&f.s, &b);
	f.s.source_fwhm = 0;
	ip_test_simulate(&f.s, &a);
	for (size_t i = 0; i < 32 * 36; i++) {
		mean[0] += ((double *)a.data)[i];
		mean[1] += ((double *)b.data)[i];
		spread[0] += pow(((double *)a.data)[i], 2);
		spread[1] += pow(((double *)b.data)[i], 2);
	}
	assert_true(fabs(mean[0] - mean[1]) < 1e-9 * mean[0]);
	assert_true(spread[1] < spread[0]);
	ip_tensor_free(&a);
	ip_tensor_free(&b);
	ip_test_fixture_close(&f);
}

/*
 * A source of FWHM w multiplies the wave of period p by
 * exp(-(pi w / p)^2 / (4 ln 2)). One slice with a weak cosine makes such an
 * image.
 */
static void test_source_width(void **state)
{
	enum { N = 64, M = 4 };
	struct ip_test_fixture f;
	size_t shape[] = { 1, N, N };
	struct ip_grid g = { { N, N }, { 8, 8 } };
	struct ip_tensor v = { 0 }, out;
	double amplitude[2], want;

	(void)state;
	memset(&f, 0, sizeof f);
	assert_int_equal(ip_tensor_new(&v, IP_F64, 3, shape), 0);
	for (size_t i = 0; i < N * N; i++)
		((double *)v.data)[i] = cos(2 * PI * M * (double)(i / N) / N);
	assert_int_equal(ip_potential_from_slices(&f.s.potential, &v, &g, 1),
		0);
	f.s.probe = ip_test_probe(200e3, 20);
	f.d[0] = ip_test_quadrants(5, 40);
	f.s.detectors = f.d;
	f.s.detector_count = 1;
	f.planes[0] = 1;
	f.s.planes = f.planes;
	f.s.plane_count = 1;
	f.s.scan = ip_test_scan(f.s.potential, 32, 1);
	f.s.method = IP_METHOD_MATRIX;
	for (int i = 0; i < 2; i++) {
		double re = 0, im = 0;
		f.s.source_fwhm = i ? 0.7 : 0;
		ip_test_simulate(&f.s, &out);
		for (size_t x = 0; x < 32; x++) {
			double t = 2 * PI * M * (double)x / 32;
			re += ((double *)out.data)[x] * cos(t);
			im += ((double *)out.data)[x] * sin(t);
		}
		amplitude[i] = sqrt(re * re + im * im);
		ip_tensor_free(&out);
	}
	want = exp(-pow(PI * 0.7 / 2, 2) / (4 * log(2)));
	assert_true(amplitude[0] > 1e-3);
	/* amplitudes of 1e-3 with 1e-7 of noise */
	assert_true(fabs(amplitude[1] / amplitude[0] - want) < 1e-4);
	ip_tensor_free(&v);
	ip_potential_free(f.s.potential);
}

static void test_auto(void **state)
{
	struct ip_test_fixture f;
	struct ip_cost cost;

	(void)state;
	ip_test_fixture_open(&f, NX, NY);
	assert_int_equal(ip_simulate_cost(&f.s, &cost), 0);
	/* 90 points; the aperture has about pi 6.4 7.2 = 145 waves */
	assert_int_equal(cost.method, IP_METHOD_PROBES);
	assert_int_equal(cost.waves, 90);
	assert_true(cost.steps == 90 * 12);
	f.s.scan.n[0] = 40;
	assert_int_equal(ip_simulate_cost(&f.s, &cost), 0);
	assert_int_equal(cost.method, IP_METHOD_MATRIX);
	assert_true(cost.waves > 100 && cost.waves < 220);
	assert_int_equal(cost.passes, 1);
	f.s.scan.n[0] = 1;
	f.s.source_fwhm = 1;
	f.s.scan.end[0] = 3;
	assert_int_equal(ip_simulate_cost(&f.s, &cost), 0);
	assert_int_equal(cost.method, IP_METHOD_MATRIX);
	ip_test_fixture_close(&f);
}

/* ---- memory ---- */

static struct ip_backend counting;
static const struct ip_backend *counted;
static size_t now, peak;

static int count_alloc(struct ip_dev *dev, struct ip_buf *b, size_t size)
{
	int rc = counted->alloc(dev, b, size);

	if (rc == 0)
		now += size;
	peak = now > peak ? now : peak;
	return rc;
}

static void count_free(struct ip_dev *dev, struct ip_buf *b)
{
	now -= b->size;
	counted->free(dev, b);
}

/* Run s with its device's memory counted; returns the status. */
static int count_run(const struct ip_simulation *s, struct ip_tensor *images)
{
	struct ip_dev *dev = NULL;
	struct ip_dev_head *head;
	int rc;

	memset(images, 0, sizeof *images);
	assert_int_equal(ip_dev_open(&dev, NULL), 0);
	head = (struct ip_dev_head *)(void *)dev;
	counted = head->backend;
	counting = *counted;
	counting.alloc = count_alloc;
	counting.free = count_free;
	head->backend = &counting;
	now = peak = 0;
	rc = ip_simulate(dev, s, images);
	assert_int_equal(now, 0);
	head->backend = counted;
	ip_dev_close(dev);
	return rc;
}

/* Smaller and smaller bounds: kept, and the same bytes. */
static void bounds(struct ip_test_fixture *f, enum ip_method method,
	size_t *passes)
{
	struct ip_tensor free_run, run;
	struct ip_cost cost;
	size_t n;

	f->s.method = method;
	f->s.memory = 0;
	assert_int_equal(count_run(&f->s, &free_run), 0);
	assert_int_equal(ip_simulate_cost(&f->s, &cost), 0);
	assert_true(peak <= cost.memory);
	n = ip_tensor_count(&free_run) * sizeof(double);
	*passes = 0;
	for (f->s.memory = cost.memory; ; f->s.memory -= f->s.memory / 16) {
		ip_test_log_capture();
		int rc = ip_simulate_cost(&f->s, &cost);
		if (rc == IP_ELIMIT) {
			ip_test_assert_logged("at least");
			assert_int_equal(count_run(&f->s, &run), IP_ELIMIT);
			assert_null(run.data);
			break;
		}
		assert_int_equal(rc, 0);
		assert_true(cost.memory <= f->s.memory);
		assert_int_equal(count_run(&f->s, &run), 0);
		assert_true(peak <= cost.memory);
		assert_memory_equal(run.data, free_run.data, n);
		ip_tensor_free(&run);
		if (cost.passes > *passes)
			*passes = cost.passes;
	}
	ip_tensor_free(&free_run);
}

static void test_memory(void **state)
{
	struct ip_test_fixture f;
	size_t passes;

	(void)state;
	ip_test_fixture_open(&f, 48, 48);
	f.d[1].kind = IP_TOTAL;
	f.s.detector_count = 2;
	f.planes[0] = 3;
	f.planes[1] = 4;
	f.planes[2] = 12;
	f.s.plane_count = 3;
	bounds(&f, IP_METHOD_MATRIX, &passes);
	assert_true(passes > 10);
	bounds(&f, IP_METHOD_PROBES, &passes);
	assert_true(passes > 1);
	ip_test_fixture_close(&f);
}

/* Where the waves are most of it, the cost is what the device gives. */
static void test_cost(void **state)
{
	struct ip_test_fixture f;
	struct ip_tensor t;
	struct ip_cost cost;

	(void)state;
	ip_test_fixture_open(&f, 128, 128);
	f.planes[0] = 1;
	for (int m = IP_METHOD_PROBES; m <= IP_METHOD_MATRIX; m++) {
		f.s.method = (enum ip_method)m;
		assert_int_equal(ip_simulate_cost(&f.s, &cost), 0);
		assert_int_equal(count_run(&f.s, &t), 0);
		/* the rest is on the host, and the backend's scratch */
		assert_true(peak <= cost.memory);
		assert_true(peak + (8 << 20) > cost.memory);
		ip_tensor_free(&t);
	}
	assert_true(peak > 30 << 20);
	ip_test_fixture_close(&f);
}

static void test_threads(void **state)
{
	struct ip_test_fixture f;
	struct ip_tensor first, next;

	(void)state;
	ip_test_fixture_open(&f, NX, NY);
	for (int m = IP_METHOD_PROBES; m <= IP_METHOD_MATRIX; m++) {
		f.s.method = (enum ip_method)m;
		assert_int_equal(ip_threads_set(1), 0);
		ip_test_simulate(&f.s, &first);
		for (int n = 2; n <= 3; n++) {
			assert_int_equal(ip_threads_set(n), 0);
			ip_test_simulate(&f.s, &next);
			assert_memory_equal(first.data, next.data,
				ip_tensor_count(&first) * sizeof(double));
			ip_tensor_free(&next);
		}
		ip_tensor_free(&first);
	}
	ip_threads_set(0);
	ip_test_fixture_close(&f);
}

/* ---- refusals ---- */

static void refuse(const struct ip_simulation *s, int status, const char *part)
{
	struct ip_tensor t = { 0 };
	struct ip_dev *dev = NULL;

	assert_int_equal(ip_dev_open(&dev, NULL), 0);
	ip_test_log_capture();
	assert_int_equal(ip_simulate(dev, s, &t), status);
	assert_null(t.data);
	ip_test_assert_logged(part);
	ip_dev_close(dev);
}

static void test_refusals(void **state)
{
	struct ip_test_fixture f;
	struct ip_simulation ok;
	struct ip_detector ring = { .kind = IP_ANNULAR, .inner = 0.2,
		.outer = 0.3 };
	size_t twice[] = { 3, 3 };
	const struct ip_aberrations bad = { .c = { NAN } };

	(void)state;
	ip_test_fixture_open(&f, NX, NY);
	ok = f.s;
	f.s.potential = NULL;
	refuse(&f.s, IP_EINVAL, "no potential");
	f.s = ok, f.s.detector_count = 0;
	refuse(&f.s, IP_EINVAL, "no detector");
	f.s = ok, f.s.probe.energy = 10;
	refuse(&f.s, IP_EPHYSICS, "energy");
	f.s = ok, f.s.probe.energy = NAN;
	refuse(&f.s, IP_EPHYSICS, "energy");
	f.s = ok, f.s.probe.tilt[1] = NAN;
	refuse(&f.s, IP_EPHYSICS, "tilt");
	f.s = ok, f.s.probe.semiangle = 80;
	refuse(&f.s, IP_EPHYSICS, "band");
	f.s = ok, f.d[0].outer = 80;
	refuse(&f.s, IP_EPHYSICS, "");
	f.s = ok, f.d[0].outer = NAN;
	refuse(&f.s, IP_EINVAL, "finite");
	f.d[0] = ring;
	refuse(&f.s, IP_EPHYSICS, "larger field");
	f.d[0] = ip_test_quadrants(10, 50);
	f.s = ok, f.s.scan.n[1] = 0;
	refuse(&f.s, IP_EINVAL, "none");
	f.s = ok, f.s.scan.end[1] = INFINITY;
	refuse(&f.s, IP_EINVAL, "finite");
	f.s = ok, f.planes[0] = 13;
	refuse(&f.s, IP_EINVAL, "12 slices");
	f.planes[0] = 12;
	f.s = ok, f.s.plane_count = 0;
	refuse(&f.s, IP_EINVAL, "no exit plane");
	f.s = ok, f.s.planes = twice, f.s.plane_count = 2;
	refuse(&f.s, IP_EINVAL, "ascend");
	f.s = ok, f.s.sets = &bad, f.s.set_count = 1;
	refuse(&f.s, IP_EINVAL, "C10");
	f.s = ok, f.s.source_fwhm = -1;
	refuse(&f.s, IP_EINVAL, "source");
	f.s = ok, f.s.source_fwhm = 1, f.s.method = IP_METHOD_PROBES;
	f.s.scan.end[0] = 3;
	refuse(&f.s, IP_EINVAL, "matrix");
	f.s = ok, f.s.memory = 1000;
	refuse(&f.s, IP_ELIMIT, "at least");
	ip_test_fixture_close(&f);
}

/* No memory at any moment: told, nothing left behind, nothing given out. */
static void test_no_memory(void **state)
{
	struct ip_dev *dev = NULL;
	struct ip_test_fixture f;
	struct ip_tensor t = { 0 };
	long n;
	int rc = IP_ENOMEM;

	(void)state;
	ip_test_fixture_open(&f, 40, 40);
	f.planes[0] = 3;
	f.s.source_fwhm = 0.5;
	f.s.scan = ip_test_scan(f.s.potential, 6, 6);
	assert_int_equal(ip_dev_open(&dev, NULL), 0);
	for (int m = IP_METHOD_PROBES; m <= IP_METHOD_MATRIX; m++) {
		f.s.method = (enum ip_method)m;
		for (n = 0; n < 10000; n++) {
			ip_test_log_capture();
			ip_alloc_fail_after(n);
			rc = ip_simulate(dev, &f.s, &t);
			ip_alloc_fail_after(-1);
			if (rc == 0)
				break;
			assert_int_equal(rc, IP_ENOMEM);
			assert_true(ip_test_log_errors() >= 1);
			assert_null(t.data);
		}
		assert_int_equal(rc, 0);
		assert_true(n > 20);
		ip_tensor_free(&t);
	}
	ip_dev_close(dev);
	ip_test_fixture_close(&f);
}

/* 2 t tan(alpha) against the box: told once, and the images stand. */
static void test_spread(void **state)
{
	struct ip_test_fixture f;
	struct ip_tensor t;

	(void)state;
	ip_test_fixture_open(&f, NX, NY);
	ip_test_log_capture();
	ip_test_simulate(&f.s, &t);
	assert_int_equal(ip_test_log_warnings(), 0);
	ip_tensor_free(&t);
	ip_test_fixture_close(&f);
	ip_test_fixture_open(&f, NX, NY);
	f.atoms.cell[2][2] = 240;
	ip_test_fixture_potential(&f, NX, NY, IP_EXACT);
	f.planes[0] = 120;
	f.s.scan.n[0] = f.s.scan.n[1] = 1;
	ip_test_log_capture();
	ip_test_simulate(&f.s, &t);
	assert_int_equal(ip_test_log_warnings(), 1);
	assert_non_null(strstr(ip_test_log_warning(), "spread"));
	ip_tensor_free(&t);
	ip_test_fixture_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_methods),
		cmocka_unit_test(test_source),
		cmocka_unit_test(test_source_width),
		cmocka_unit_test(test_auto),
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_cost),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_spread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
