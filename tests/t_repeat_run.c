/* Runs on a repeat cell: memory, threads, and what is refused or warned of. */
#include <math.h>
#include <iphase/status.h>
#include <iphase/threads.h>
#include "core/core.h"
#include "support/repeat.h"

/* All bytes of a series: views, planes, 5 channels. */
static void same_bytes(const struct ip_repeat_series *a,
	const struct ip_repeat_series *b)
{
	assert_true(a->views == b->views && a->planes == b->planes);
	assert_memory_equal(a->reach, b->reach, sizeof a->reach);
	assert_memory_equal(a->c, b->c, a->views * a->planes * a->channels *
		(2 * a->reach[0] + 1) * (2 * a->reach[1] + 1) *
		2 * sizeof *a->c);
}

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
		same_bytes(&s[k], &s[0]);
	for (int k = 0; k < 4; k++)
		ip_repeat_series_free(&s[k]);
	ip_threads_set(0);
	ip_test_repeat_close(&t);
}

/* The least memory that will do, bytes. */
static size_t least(struct ip_repeat r)
{
	struct ip_repeat_cost cost;
	size_t lo = 0, hi;

	assert_int_equal(ip_repeat_cost(&r, &cost), 0);
	ip_test_log_capture();
	for (hi = cost.memory; hi - lo > 256; ) {
		r.memory = lo + (hi - lo) / 2;
		if (ip_repeat_cost(&r, &cost) == 0)
			hi = r.memory;
		else
			lo = r.memory;
	}
	return hi;
}

/* A device's backend, its memory counted. */
static struct ip_backend counting;
static const struct ip_backend *counted;
static size_t held, peak;

static int count_alloc(struct ip_dev *dev, struct ip_buf *b, size_t size)
{
	held += size;
	peak = held > peak ? held : peak;
	return counted->alloc(dev, b, size);
}

static void count_free(struct ip_dev *dev, struct ip_buf *b)
{
	held -= b->size;
	counted->free(dev, b);
}

/* A run within the memory that it says. */
static void run_within(const struct ip_repeat *r, struct ip_repeat_series *s)
{
	struct ip_repeat_cost cost;
	struct ip_dev *dev;

	assert_int_equal(ip_repeat_cost(r, &cost), 0);
	assert_true(cost.memory <= r->memory);
	assert_int_equal(ip_dev_open(&dev, NULL), 0);
	counted = ip_dev_backend(dev);
	counting = *counted;
	counting.alloc = count_alloc;
	counting.free = count_free;
	((struct ip_dev_head *)dev)->backend = &counting;
	held = peak = 0;
	assert_int_equal(ip_repeat_run(dev, r, s), 0);
	assert_true(held == 0 && peak > 0 && peak <= cost.memory);
	ip_dev_close(dev);
}

/* r, in as many steps of memory from the least to the most, and threads. */
static void same_in_any_memory(struct ip_repeat *r, int steps)
{
	struct ip_repeat_cost cost;
	struct ip_repeat_series want, s;
	size_t low = least(*r), high;

	assert_int_equal(ip_repeat_cost(r, &cost), 0);
	high = cost.memory;
	assert_true(low < high);
	ip_test_repeat_run(r, &want);
	for (int i = 0; i <= steps; i++) {
		r->memory = low + (high - low) * (size_t)i / (size_t)steps;
		assert_int_equal(ip_threads_set(1 + i % 3), 0);
		run_within(r, &s);
		same_bytes(&s, &want);
		ip_repeat_series_free(&s);
	}
	ip_threads_set(0);
	r->memory = 0;
	ip_repeat_series_free(&want);
}

/*
 * Where the waves of a k point do not all fit, they pass in groups, again
 * for every window of rotations, planes and chunks of 1024 detector pixels.
 */
static void test_split(void **state)
{
	const size_t planes[] = { 0, 3, 9 };
	struct ip_repeat_view views[3] = { { .rotation = 0 },
		{ .rotation = 0.4 }, { .rotation = 0 } };
	struct ip_repeat_cell cell;
	struct ip_repeat_cost cost, least_cost;
	struct ip_period *p;
	struct ip_test_repeat t;

	(void)state;
	ip_aberrations_set(&views[1].aberrations, "C10", 90);
	ip_aberrations_set(&views[2].aberrations, "C10", 150);
	ip_test_repeat_gan(&t, 3, 2, planes, 3);
	t.r.views = views;
	t.r.view_count = 3;
	/* some points have fewer waves than others */
	same_in_any_memory(&t.r, 5);
	/* 2 x 2 cells in one: a point of about 70 waves and 1200 pixels */
	ip_test_gan_supercell(&cell, 2, 2, 3.9 * 5.1851);
	assert_int_equal(ip_period_new(&p, &cell, (size_t[]){ 56, 56 }, 1.3,
		IP_KIRKLAND, 0), 0);
	t.r.period = p;
	t.r.waves[0] = t.r.waves[1] = 1;
	same_in_any_memory(&t.r, 5);
	assert_int_equal(ip_repeat_cost(&t.r, &cost), 0);
	t.r.memory = least(t.r);
	assert_int_equal(ip_repeat_cost(&t.r, &least_cost), 0);
	/* 2 rotations * 2 chunks * (0 + 3 + 9) slices, not 9 once */
	assert_true(least_cost.steps == (double)cost.waves * 48);
	assert_true(cost.steps == (double)cost.waves * 9);
	t.r.memory = 0;
	ip_period_free(p);
	ip_repeat_cell_free(&cell);
	/* a few pixels of one: groups of 256 and several units at once */
	ip_test_gan_supercell(&cell, 3, 3, 0.9 * 5.1851);
	assert_int_equal(ip_period_new(&p, &cell, (size_t[]){ 60, 60 }, 1.3,
		IP_KIRKLAND, 0), 0);
	t.r.period = p;
	t.r.planes = (size_t[]){ 0, 1, 3 };
	t.r.probe.semiangle = 30;
	t.r.detector_count = 1;
	t.d[0].outer = 20;
	same_in_any_memory(&t.r, 5);
	ip_period_free(p);
	ip_repeat_cell_free(&cell);
	ip_test_repeat_close(&t);
}

/*
 * A period of 100 slices, of which 64 or fewer are held at once, is the same
 * to the byte as the 20 it repeats, held in parts too where memory is short,
 * down to the same bound.
 */
static void test_long_period(void **state)
{
	enum { N = 32, SHORT = 20, LONG = 100 };
	const size_t planes[] = { 63, 65, 130 };
	struct ip_repeat_cell cell = { .a = { { 4, 0 }, { -1.5, 4 } },
		.period = LONG, .shift = { 20, -10 } };
	struct ip_detector d = ip_test_quadrants(10, 50);
	struct ip_repeat r = { .waves = { 2, 2 }, .detectors = &d,
		.detector_count = 1, .planes = planes, .plane_count = 3 };
	struct ip_repeat_series want, s;
	size_t shape[] = { LONG, N, N };
	struct ip_tensor v;
	struct ip_period *p;
	size_t low;
	double *x;

	(void)state;
	r.probe = ip_test_probe(200e3, 20);
	r.probe.tilt[0] = 3;
	assert_int_equal(ip_tensor_new(&v, IP_F64, 3, shape), 0);
	x = v.data;
	for (size_t i = 0; i < LONG * N * N; i++)
		x[i] = 40 * cos(6.283185307179586 * ((double)(i % N) / N +
			(double)(i / N % N) / N + 0.05 *
			(double)(i / N / N % SHORT)));
	assert_int_equal(ip_period_from_slices(&p, &cell, &v), 0);
	r.period = p;
	ip_test_repeat_run(&r, &want);
	same_in_any_memory(&r, 3);
	low = least(r);
	ip_period_free(p);
	cell.period = SHORT;
	cell.shift[0] = 4;
	cell.shift[1] = -2;
	v.shape[0] = SHORT;
	assert_int_equal(ip_period_from_slices(&p, &cell, &v), 0);
	r.period = p;
	ip_test_repeat_run(&r, &s);
	same_bytes(&s, &want);
	same_in_any_memory(&r, 7);
	/* as exact as least() finds it */
	assert_true(least(r) <= low + 256);
	ip_repeat_series_free(&s);
	ip_repeat_series_free(&want);
	ip_period_free(p);
	v.shape[0] = LONG;
	ip_tensor_free(&v);
}

/*
 * Told are also the series, 16 bytes a term beside the sums it is made of,
 * and what the threads need that make slices from atoms: 2 n0 n1 numbers
 * each, and more.
 */
static void test_told(void **state)
{
	const size_t planes[] = { 4, 5, 6, 7, 8, 9, 10, 11, 12 };
	struct ip_repeat_cost one, all, given;
	struct ip_repeat_series s;
	struct ip_test_repeat t;
	struct ip_period *p;
	struct ip_tensor v;
	size_t terms;

	(void)state;
	ip_test_repeat_gan(&t, 3, 2, planes + 8, 1);
	ip_test_repeat_run(&t.r, &s);
	terms = (2 * s.reach[0] + 1) * (2 * s.reach[1] + 1);
	assert_int_equal(ip_repeat_cost(&t.r, &one), 0);
	t.r.planes = planes;
	t.r.plane_count = 9;
	assert_int_equal(ip_repeat_cost(&t.r, &all), 0);
	assert_true(all.memory - one.memory >= 8 * s.channels * terms * 24);
	assert_int_equal(ip_tensor_new(&v, IP_F64, 3, (size_t[]){ 4, 28, 28 }),
		0);
	assert_int_equal(ip_period_get(t.period, 0, 4, v.data), 0);
	assert_int_equal(ip_period_from_slices(&p, &t.cell, &v), 0);
	t.r.period = p;
	assert_int_equal(ip_repeat_cost(&t.r, &given), 0);
	assert_true(all.memory - given.memory >= 4 * 2 * 28 * 28 *
		sizeof(double));
	ip_repeat_series_free(&s);
	ip_tensor_free(&v);
	ip_period_free(p);
	ip_test_repeat_close(&t);
}

/*
 * Views of one rotation share its pixels: each is what it is alone, and takes
 * only its pictures, sums and series of 5 channels, and a number.
 */
static void test_foci(void **state)
{
	enum { VIEWS = 5 };
	const size_t planes[] = { 3, 9 };
	struct ip_repeat_view views[VIEWS] = { { .rotation = 0 } };
	struct ip_repeat_series s, one;
	struct ip_repeat_cost cost, less;
	struct ip_test_repeat t;
	size_t area = 1, terms = 1, n;

	(void)state;
	for (int v = 0; v < VIEWS; v++) {
		views[v].rotation = v % 3 == 1 ? 0.4 : 0;
		views[v].aberrations.c[IP_C10] = 50 * v;
	}
	ip_test_repeat_gan(&t, 3, 2, planes, 2);
	t.r.views = views;
	t.r.view_count = VIEWS;
	ip_test_repeat_run(&t.r, &s);
	for (int i = 0; i < 2; i++) {
		terms *= 2 * s.reach[i] + 1;
		area *= ip_fft_size(2 * s.reach[i] + 1);
	}
	n = 2 * 5 * terms * 2;
	assert_int_equal(ip_repeat_cost(&t.r, &cost), 0);
	for (size_t v = 0; v < VIEWS; v++) {
		t.r.views = views + v;
		t.r.view_count = 1;
		ip_test_repeat_run(&t.r, &one);
		assert_memory_equal(one.c, s.c + v * n, n * sizeof *s.c);
		ip_repeat_series_free(&one);
	}
	t.r.views = views;
	t.r.view_count = 2;
	assert_int_equal(ip_repeat_cost(&t.r, &less), 0);
	assert_int_equal(cost.memory - less.memory, (VIEWS - 2) * (2 * 5 *
		(area + 2 * terms) * sizeof(double) + sizeof(size_t)));
	ip_repeat_series_free(&s);
	ip_test_repeat_close(&t);
}

/* What the refusal says is needed will do, and a tenth less will not. */
static void says_enough(struct ip_repeat *r)
{
	struct ip_repeat_cost cost;
	const char *text = "at least ";
	double need;

	r->memory = 1;
	ip_test_log_capture();
	assert_int_equal(ip_repeat_cost(r, &cost), IP_ELIMIT);
	ip_test_assert_logged(text);
	need = atof(strstr(ip_test_log_error(), text) + strlen(text));
	r->memory = (size_t)(need * 1048576);
	assert_int_equal(ip_repeat_cost(r, &cost), 0);
	r->memory = (size_t)((need - 0.11) * 1048576);
	assert_int_equal(ip_repeat_cost(r, &cost), IP_ELIMIT);
	r->memory = 0;
}

static void test_least(void **state)
{
	const size_t planes[] = { 9 };
	struct ip_repeat_cell cell;
	struct ip_test_repeat t;
	struct ip_period *p;

	(void)state;
	ip_test_repeat_gan(&t, 3, 2, planes, 1);
	says_enough(&t.r);
	/* and where not all slices are held */
	ip_test_gan_supercell(&cell, 2, 2, 20 * 5.1851);
	assert_int_equal(ip_period_new(&p, &cell, (size_t[]){ 64, 64 }, 1.3,
		IP_KIRKLAND, 0), 0);
	t.r.period = p;
	t.r.waves[0] = t.r.waves[1] = 1;
	says_enough(&t.r);
	ip_period_free(p);
	ip_repeat_cell_free(&cell);
	ip_test_repeat_close(&t);
}

static void refuse(const struct ip_repeat *r, int status, const char *part)
{
	struct ip_repeat_series s;
	struct ip_dev *dev;

	assert_int_equal(ip_dev_open(&dev, NULL), 0);
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
 * Without a specimen, what detectors see of the probe's disc: quadrants from
 * inner to outer, mrad, and a disc of 18.
 */
static void seen(int whole, size_t waves, double inner, double outer,
	double mean[5])
{
	struct ip_repeat_cell cell = { .a = { { 4.2, 0 }, { -1.6, 4.4 } },
		.period = 4 };
	struct ip_detector d[] = { ip_test_quadrants(inner, outer),
		{ .kind = IP_ANNULAR, .outer = 18, .radial = 1,
		.azimuthal = 1 } };
	size_t shape[] = { 1, 32, 32 }, planes[] = { 0 };
	struct ip_repeat r = { .waves = { waves, waves }, .detectors = d,
		.detector_count = 2, .whole = whole, .planes = planes,
		.plane_count = 1 };
	struct ip_repeat_series s;
	struct ip_period *p;
	struct ip_tensor v;

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
	ip_repeat_series_free(&s);
	ip_period_free(p);
}

/*
 * Inside the disc they are areas. How far the worst quadrant is off, in areas
 * of the disc of 18.
 */
static double areas(int whole, size_t waves, double inner, double outer)
{
	double want = (outer * outer - inner * inner) / 4 / (18 * 18);
	double mean[5], worst = 0;

	seen(whole, waves, inner, outer, mean);
	for (size_t c = 0; c < 4; c++)
		worst = fmax(worst, fabs(mean[c] / mean[4] - want));
	return worst;
}

/* Shares at SUB x SUB places are several times nearer than whole points. */
static void test_shares(void **state)
{
	double whole = 0, shares = 0;

	(void)state;
	for (size_t n = 6; n < 18; n += 2) {
		double w = areas(1, n, 5, 15), s = areas(0, n, 5, 15);
		print_message("# %zu x %zu points: whole %.2g, shares %.2g "
			"off\n", n, n, w, s);
		whole += w * w;
		shares += s * s;
	}
	assert_true(sqrt(shares) < sqrt(whole) / 4);
}

/* A point stands for what is around it: opposite quadrants see the same. */
static void test_opposite(void **state)
{
	double mean[5];

	(void)state;
	for (size_t n = 6; n < 9; n++) {
		seen(0, n, 5, 30, mean);
		print_message("# %zu x %zu points: opposite quadrants %.2g, "
			"%.2g apart\n", n, n, mean[0] - mean[2],
			mean[1] - mean[3]);
		assert_true(fabs(mean[0] - mean[2]) < 1e-5);
		assert_true(fabs(mean[1] - mean[3]) < 1e-5);
	}
}

/*
 * Rings thinner than a step of the k grid, 1 mrad at 6 x 6 points: a piece
 * has the ring in its middle, or cut off at one side. As exact as the 8 x 8
 * places: one in ten.
 */
static void test_thin(void **state)
{
	(void)state;
	for (double at = 8; at < 12; at += 0.31) {
		double want = 2 * at * 0.3 / 4 / (18 * 18);
		double off = areas(0, 6, at - 0.15, at + 0.15);
		print_message("# a ring of 0.3 mrad at %.2f: %.2g of it off\n",
			at, off / want);
		assert_true(off < want / 10);
	}
}

/* Every allocation fails once: IP_ENOMEM, told, and (ASan) no leak. */
static void test_no_memory(void **state)
{
	struct ip_structure s;
	struct ip_dev *dev;
	int n, rc;

	(void)state;
	ip_test_gan(&s);
	assert_int_equal(ip_dev_open(&dev, NULL), 0);
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
		cmocka_unit_test(test_split),
		cmocka_unit_test(test_long_period),
		cmocka_unit_test(test_told),
		cmocka_unit_test(test_foci),
		cmocka_unit_test(test_least),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_warned),
		cmocka_unit_test(test_shares),
		cmocka_unit_test(test_opposite),
		cmocka_unit_test(test_thin),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
