/*
 * What must hold of every simulation, whatever the specimen: both methods
 * agree, symmetries, bounds, and refusals. The peer's images are in
 * t_golden_images.
 */
#include <math.h>
#include <iphase/threads.h>
#include "core/core.h"
#include "support/golden.h"

#define PI 3.14159265358979323846
/*
 * Float32 waves through some ten slices: each slice rounds a wave to 6e-8,
 * and a segment sums hundreds of pixels; 5e-6 of the beam is the bound that
 * is promised, a tenth of it is seen.
 */
#define FLOAT_TOLERANCE 5e-6
/* What the same images differ by when the specimen is turned or moved. */
#define TURN_TOLERANCE 2e-6

enum { NX = 64, NY = 72 };

/* A small specimen with everything that a run needs. */
struct fixture {
	struct ip_structure atoms;
	struct ip_detector d[4];
	size_t planes[4];
	struct ip_simulation s;
};

static void fixture_atoms(struct ip_structure *s, double lx, double ly,
	uint64_t seed)
{
	static const int kinds[] = { 6, 14, 31, 41 };

	memset(s, 0, sizeof *s);
	s->count = 24;
	s->atoms = calloc(s->count, sizeof *s->atoms);
	s->cell[0][0] = lx;
	s->cell[1][1] = ly;
	s->cell[2][2] = 24;
	for (size_t i = 0; i < s->count; i++) {
		s->atoms[i].z = kinds[ip_test_random(&seed) % 4];
		for (int a = 0; a < 3; a++)
			s->atoms[i].r[a] = s->cell[a][a] *
				ip_test_uniform(&seed);
	}
}

static void fixture_potential(struct fixture *f, size_t nx, size_t ny,
	enum ip_deposit deposit)
{
	struct ip_grid g = ip_test_grid(&f->atoms, nx, ny);

	ip_potential_free(f->s.potential);
	f->s.potential = NULL;
	assert_int_equal(ip_potential_from_structure(&f->s.potential,
		&f->atoms, &g, 2, IP_KIRKLAND, deposit), 0);
}

static void fixture_open(struct fixture *f, size_t nx, size_t ny)
{
	memset(f, 0, sizeof *f);
	fixture_atoms(&f->atoms, (double)nx / 8, (double)ny / 8, 5);
	fixture_potential(f, nx, ny, IP_EXACT);
	f->s.probe = ip_test_probe(200e3, 20);
	f->d[0] = ip_test_quadrants(10, 50);
	f->s.detectors = f->d;
	f->s.detector_count = 1;
	f->planes[0] = 12;
	f->s.planes = f->planes;
	f->s.plane_count = 1;
	f->s.scan = ip_test_scan(f->s.potential, 10, 9);
}

static void fixture_close(struct fixture *f)
{
	ip_potential_free(f->s.potential);
	ip_structure_free(&f->atoms);
}

static double distance(const struct ip_tensor *a, const struct ip_tensor *b)
{
	assert_int_equal(ip_tensor_count(a), ip_tensor_count(b));
	return ip_test_max_abs(a->data, b->data, ip_tensor_count(a));
}

/* ---- the two methods ---- */

static void both(const struct fixture *f, double tolerance)
{
	struct ip_simulation s = f->s;
	struct ip_tensor a, b;

	s.method = IP_METHOD_MATRIX;
	ip_test_simulate(&s, &a);
	s.method = IP_METHOD_PROBES;
	ip_test_simulate(&s, &b);
	print_message("# matrix - probes: %.2g\n", distance(&a, &b));
	assert_true(distance(&a, &b) <= tolerance);
	ip_tensor_free(&a);
	ip_tensor_free(&b);
}

static void test_methods(void **state)
{
	struct ip_aberrations sets[2] = { { { 0 }, { 0 } }, { { 0 }, { 0 } } };
	static const size_t planes[] = { 0, 1, 9, 12 };
	struct fixture f;

	(void)state;
	fixture_open(&f, NX, NY);
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
	both(&f, FLOAT_TOLERANCE);
	fixture_close(&f);
}

/* Blurring the images of probes is damping the series of the matrix. */
static void test_source(void **state)
{
	struct fixture f;
	struct ip_tensor a, b;
	double mean[2] = { 0, 0 }, spread[2] = { 0, 0 };

	(void)state;
	fixture_open(&f, NX, NY);
	f.s.scan.n[0] = 32;
	f.s.scan.n[1] = 36;
	f.s.source_fwhm = 0.8;
	both(&f, FLOAT_TOLERANCE);
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
	fixture_close(&f);
}

/*
 * A source of FWHM w multiplies the wave of period p by
 * exp(-(pi w / p)^2 / (4 ln 2)). One slice with a weak cosine makes such an
 * image.
 */
static void test_source_width(void **state)
{
	enum { N = 64, M = 4 };
	struct fixture f;
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
	struct fixture f;
	struct ip_cost cost;

	(void)state;
	fixture_open(&f, NX, NY);
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
	fixture_close(&f);
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
	assert_int_equal(ip_dev_open(&dev, "cpu-openmp"), 0);
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
static void bounds(struct fixture *f, enum ip_method method, size_t *passes)
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
	struct fixture f;
	size_t passes;

	(void)state;
	fixture_open(&f, 48, 48);
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
	fixture_close(&f);
}

/* Where the waves are most of it, the cost is what the device gives. */
static void test_cost(void **state)
{
	struct fixture f;
	struct ip_tensor t;
	struct ip_cost cost;

	(void)state;
	fixture_open(&f, 128, 128);
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
	fixture_close(&f);
}

static void test_threads(void **state)
{
	struct fixture f;
	struct ip_tensor first, next;

	(void)state;
	fixture_open(&f, NX, NY);
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
	fixture_close(&f);
}

/* ---- invariants ---- */

/* Segments of all kinds that tile a ring add up to it; all stay below 1. */
static void test_sums(void **state)
{
	struct fixture f;
	struct ip_tensor t;

	(void)state;
	fixture_open(&f, NX, NY);
	f.d[1] = (struct ip_detector){ .kind = IP_SEGMENTED, .inner = 10,
		.outer = 50, .radial = 3, .azimuthal = 5, .rotation = 1 };
	f.d[2] = (struct ip_detector){ .kind = IP_ANNULAR, .inner = 10,
		.outer = 50 };
	f.d[3].kind = IP_TOTAL;
	f.s.detector_count = 4;
	ip_test_simulate(&f.s, &t);
	const double *v = t.data;
	for (size_t i = 0; i < 90; i++) {
		double a = 0, b = 0;
		for (size_t c = 0; c < 4; c++)
			a += v[c * 90 + i];
		for (size_t c = 4; c < 19; c++)
			b += v[c * 90 + i];
		/* the same float32 numbers in other orders */
		assert_true(fabs(a - v[19 * 90 + i]) < 1e-6);
		assert_true(fabs(b - v[19 * 90 + i]) < 1e-6);
		assert_true(v[20 * 90 + i] < 1.0005 && v[20 * 90 + i] > a);
	}
	ip_tensor_free(&t);
	fixture_close(&f);
}

/* In vacuum nothing is lost, and every scan point is like the other. */
static void test_vacuum(void **state)
{
	struct fixture f;
	struct ip_tensor t;

	(void)state;
	fixture_open(&f, NX, NY);
	f.d[0].kind = IP_TOTAL;
	f.planes[0] = 0;
	for (int m = IP_METHOD_PROBES; m <= IP_METHOD_MATRIX; m++) {
		f.s.method = (enum ip_method)m;
		ip_test_simulate(&f.s, &t);
		for (size_t i = 0; i < 90; i++)
			assert_true(fabs(((double *)t.data)[i] - 1) < 1e-6);
		ip_tensor_free(&t);
	}
	fixture_close(&f);
}

/* Atoms and probe moved together by whole pixels: nothing changes. */
static void test_shift(void **state)
{
	struct fixture f;
	struct ip_tensor a, b;

	(void)state;
	fixture_open(&f, NX, NY);
	for (int deposit = 0; deposit < 2; deposit++) {
		fixture_potential(&f, NX, NY, deposit ? IP_BILINEAR :
			IP_EXACT);
		ip_test_simulate(&f.s, &a);
		for (size_t i = 0; i < f.atoms.count; i++) {
			f.atoms.atoms[i].r[0] += 5.0 / 8;
			f.atoms.atoms[i].r[1] -= 3.0 / 8;
		}
		fixture_potential(&f, NX, NY, deposit ? IP_BILINEAR :
			IP_EXACT);
		f.s.scan.start[0] += 5.0 / 8;
		f.s.scan.end[0] += 5.0 / 8;
		f.s.scan.start[1] -= 3.0 / 8;
		f.s.scan.end[1] -= 3.0 / 8;
		ip_test_simulate(&f.s, &b);
		assert_true(distance(&a, &b) < FLOAT_TOLERANCE);
		ip_tensor_free(&a);
		ip_tensor_free(&b);
	}
	fixture_close(&f);
}

/*
 * Atoms turned by 90 degree counter-clockwise, (x, y) -> (-y, x): the image
 * turns, and segment k becomes segment k + 1.
 */
static void test_quarter_turn(void **state)
{
	enum { N = 12 };
	struct fixture f;
	struct ip_tensor a, b;
	double worst = 0;

	(void)state;
	fixture_open(&f, NX, NX);
	f.s.scan = ip_test_scan(f.s.potential, N, N);
	ip_test_simulate(&f.s, &a);
	for (size_t i = 0; i < f.atoms.count; i++) {
		double *r = f.atoms.atoms[i].r, x = r[0];
		r[0] = -r[1];
		r[1] = x;
	}
	fixture_potential(&f, NX, NX, IP_EXACT);
	ip_test_simulate(&f.s, &b);
	const double *u = a.data, *v = b.data;
	for (size_t s = 0; s < 4; s++)
		for (size_t i = 0; i < N; i++)
			for (size_t j = 0; j < N; j++)
				worst = fmax(worst, fabs(u[(s * N + i) * N + j]
					- v[((s + 1) % 4 * N + (N - j) % N) *
					N + i]));
	assert_true(worst < TURN_TOLERANCE);
	ip_tensor_free(&a);
	ip_tensor_free(&b);
	fixture_close(&f);
}

/* x and y of the atoms swapped: a ring's image is transposed. */
static void test_mirror(void **state)
{
	enum { N = 12 };
	struct fixture f;
	struct ip_tensor a, b;
	double worst = 0;

	(void)state;
	fixture_open(&f, NX, NX);
	f.d[0] = (struct ip_detector){ .kind = IP_ANNULAR, .inner = 10,
		.outer = 50 };
	f.s.scan = ip_test_scan(f.s.potential, N, N);
	ip_test_simulate(&f.s, &a);
	for (size_t i = 0; i < f.atoms.count; i++) {
		double *r = f.atoms.atoms[i].r, x = r[0];
		r[0] = r[1];
		r[1] = x;
	}
	fixture_potential(&f, NX, NX, IP_EXACT);
	ip_test_simulate(&f.s, &b);
	for (size_t i = 0; i < N; i++)
		for (size_t j = 0; j < N; j++)
			worst = fmax(worst, fabs(((double *)a.data)[i * N + j]
				- ((double *)b.data)[j * N + i]));
	assert_true(worst < TURN_TOLERANCE);
	ip_tensor_free(&a);
	ip_tensor_free(&b);
	fixture_close(&f);
}

/*
 * Friedel: a weak phase changes I(k) and I(-k) by opposite amounts, so
 * opposite segments together change only in second order. A tenth of the
 * phase leaves a hundredth of the change.
 */
static void test_friedel(void **state)
{
	enum { N = 64, POINTS = 12 * 12 };
	struct ip_grid g = { { N, N }, { 8, 8 } };
	size_t shape[] = { 1, N, N };
	struct ip_tensor v = { 0 }, out;
	double change[3][2], vacuum[4] = { 0 };
	struct fixture f;

	(void)state;
	memset(&f, 0, sizeof f);
	assert_int_equal(ip_tensor_new(&v, IP_F64, 3, shape), 0);
	f.s.probe = ip_test_probe(200e3, 20);
	f.d[0] = ip_test_quadrants(5, 30);
	f.s.detectors = f.d;
	f.s.detector_count = 1;
	f.planes[0] = 1;
	f.s.planes = f.planes;
	f.s.plane_count = 1;
	for (int e = 0; e < 3; e++) {
		double scale = e == 0 ? 0 : e == 1 ? 1 : 10;
		for (size_t i = 0; i < N * N; i++) {
			double x = 2 * PI * (double)(i / N) / N;
			double y = 2 * PI * (double)(i % N) / N;
			((double *)v.data)[i] = 10 * scale * (cos(3 * x + y +
				0.4) + sin(2 * y - 4 * x) + cos(5 * y));
		}
		assert_int_equal(ip_potential_from_slices(&f.s.potential, &v,
			&g, 1e-3), 0);
		f.s.scan = ip_test_scan(f.s.potential, 12, 12);
		ip_test_simulate(&f.s, &out);
		const double *p = out.data;
		change[e][0] = change[e][1] = 0;
		for (size_t s = 0; e == 0 && s < 4; s++)
			vacuum[s] = p[s * POINTS];
		for (size_t i = 0; i < POINTS; i++) {
			double a = p[i] - vacuum[0];
			double b = p[2 * POINTS + i] - vacuum[2];
			change[e][0] = fmax(change[e][0], fabs(a + b));
			change[e][1] = fmax(change[e][1], fabs(a - b));
		}
		ip_tensor_free(&out);
		ip_potential_free(f.s.potential);
		f.s.potential = NULL;
	}
	assert_true(change[1][1] > 1e-3);
	assert_true(change[1][0] < 0.02 * change[1][1]);
	assert_true(change[2][1] > 9 * change[1][1]);
	assert_true(change[2][0] > 50 * change[1][0]);
	ip_tensor_free(&v);
}

/* ---- the projected potential ---- */

/*
 * Waves inside the band come back at any point, those outside do not; the
 * edge between them is the aperture's.
 */
static void test_project(void **state)
{
	enum { N = 48, M = 60, SLICES = 3 };
	struct ip_grid g = { { N, M }, { 6, 9 } };
	size_t shape[] = { SLICES, N, M }, planes[] = { 1, 3 };
	struct ip_scan scan = { { 0.2, -0.7 }, { 5, 3.3 }, { 7, 5 } };
	struct ip_potential *p = NULL;
	struct ip_tensor v = { 0 }, out = { 0 };
	double worst = 0;

	(void)state;
	assert_int_equal(ip_tensor_new(&v, IP_F64, 3, shape), 0);
	for (size_t i = 0; i < SLICES * N * M; i++) {
		double x = 2 * PI * (double)(i / M % N) / N;
		double y = 2 * PI * (double)(i % M) / M;
		((double *)v.data)[i] = (double)(i / (N * M) + 1) * (3 +
			cos(7 * x - 5 * y + 0.3) + sin(4 * x) + 9 * cos(23 * x +
			y) + 2 * cos(13 * y));
	}
	assert_int_equal(ip_potential_from_slices(&p, &v, &g, 2), 0);
	assert_int_equal(ip_potential_project(p, planes, 2, &scan, &out), 0);
	for (size_t i = 0; i < 2 * 7 * 5; i++) {
		double x = 2 * PI * (0.2 + 4.8 * (double)(i / 5 % 7) / 7) / 6;
		double y = 2 * PI * (-0.7 + 4 * (double)(i % 5) / 5) / 9;
		double f = i / 35 ? 6 : 1;
		double want = f * (3 + cos(7 * x - 5 * y + 0.3) + sin(4 * x) +
			9 * cos(23 * x + y) * ip_grid_aperture(&g, hypot(
			23.0 / 6, 1.0 / 9)) + 2 * cos(13 * y) *
			ip_grid_aperture(&g, 13.0 / 9));
		worst = fmax(worst, fabs(((double *)out.data)[i] - want));
	}
	assert_true(ip_grid_aperture(&g, 23.0 / 6) == 0);
	/* slices may be held in single precision */
	assert_true(worst < 1e-4);
	ip_tensor_free(&v);
	ip_tensor_free(&out);
	ip_potential_free(p);
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
	struct fixture f;
	struct ip_simulation ok;
	struct ip_detector ring = { .kind = IP_ANNULAR, .inner = 0.2,
		.outer = 0.3 };
	size_t twice[] = { 3, 3 };
	const struct ip_aberrations bad = { .c = { NAN } };

	(void)state;
	fixture_open(&f, NX, NY);
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
	fixture_close(&f);
}

/* No memory at any moment: told, nothing left behind, nothing given out. */
static void test_no_memory(void **state)
{
	struct ip_dev *dev = NULL;
	struct fixture f;
	struct ip_tensor t = { 0 };
	long n;
	int rc = IP_ENOMEM;

	(void)state;
	fixture_open(&f, 40, 40);
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
	fixture_close(&f);
}

/* 2 t tan(alpha) against the box: told once, and the images stand. */
static void test_spread(void **state)
{
	struct fixture f;
	struct ip_tensor t;

	(void)state;
	fixture_open(&f, NX, NY);
	ip_test_log_capture();
	ip_test_simulate(&f.s, &t);
	assert_int_equal(ip_test_log_warnings(), 0);
	ip_tensor_free(&t);
	fixture_close(&f);
	fixture_open(&f, NX, NY);
	f.atoms.cell[2][2] = 240;
	fixture_potential(&f, NX, NY, IP_EXACT);
	f.planes[0] = 120;
	f.s.scan.n[0] = f.s.scan.n[1] = 1;
	ip_test_log_capture();
	ip_test_simulate(&f.s, &t);
	assert_int_equal(ip_test_log_warnings(), 1);
	assert_non_null(strstr(ip_test_log_warning(), "spread"));
	ip_tensor_free(&t);
	fixture_close(&f);
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
		cmocka_unit_test(test_sums),
		cmocka_unit_test(test_vacuum),
		cmocka_unit_test(test_shift),
		cmocka_unit_test(test_quarter_turn),
		cmocka_unit_test(test_mirror),
		cmocka_unit_test(test_friedel),
		cmocka_unit_test(test_project),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_spread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
