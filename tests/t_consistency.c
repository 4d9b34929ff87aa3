/*
 * A potential put back through the scattering, against a simulation of a
 * supercell that is the same at every depth: of the true one little is left but
 * splitting into slices. The simulation is that of a repeat cell, and is itself
 * held against exit waves of the multislice by probes.
 */
#include "support/columns.h"

/*
 * The box of a region, 16 A, is the picture's own period, and so is the k grid
 * of a cell: what is left of the true potential are 4 A slices against 2 A and
 * edges shared by pixels of 1.6 mrad.
 */
static void test_true(void **state)
{
	(void)state;
	for (int k = 0; k < 4; k++) {
		const struct ip_consistency_fine *f = k & 2 ? &boxes :
			&ip_consistency_fine;
		int plane = k & 1;
		double right = ratio(f, plane, 1, 1, none);
		assert_true(right < 0.1);
		assert_true(ratio(f, plane, 0.7, 1, none) > 2.5 * right);
		assert_true(ratio(f, plane, 1.3, 1, none) > 2.5 * right);
		assert_true(ratio(f, plane, 1, 0.8, none) > 1.5 * right);
		assert_true(ratio(f, plane, 1, 1.2, none) > 1.5 * right);
	}
}

/* A crystal's tilt counts as the beam's does: they take each other back. */
static void test_tilt(void **state)
{
	double degree = 180 / 3.14159265358979323846;
	double euler[3] = { 30, atan(tan(2e-3) * 2 * cos(6e-3)) * degree,
		6e-3 * degree }, right, back;

	(void)state;
	for (int k = 0; k < 2; k++) {
		const struct ip_consistency_fine *f = k ? &boxes :
			&ip_consistency_fine;
		right = ratio(f, THICK, 1, 1, none);
		scope.probe.tilt[0] = 1e3 * atan(tan(3e-3) + tan(6e-3));
		scope.probe.tilt[1] = 1e3 * atan(tan(-2e-3) - 2 * tan(2e-3));
		back = ratio(f, THICK, 1, 1, euler);
		assert_true(fabs(back - right) < 1e-5);
		assert_true(ratio(f, THICK, 1, 1, none) > 1.5 * right);
		scope.probe.tilt[0] = 3;
		scope.probe.tilt[1] = -2;
	}
}

/* The share of pixel k (mrad from its middle to the next: step) that segment
 * seg has, by 8 x 8 places. */
static double share(const double k[2], double step, int seg)
{
	double two_pi = 2 * 3.14159265358979323846, n = 0;

	for (int i = 0; i < 64; i++) {
		double x = k[0] + step * ((i / 8 + 0.5) / 8 - 0.5);
		double y = k[1] + step * ((i % 8 + 0.5) / 8 - 0.5);
		double r = hypot(x, y), phi = atan2(y, x) - scope.rotation;
		phi -= two_pi * floor(phi / two_pi);
		n += r >= scope.inner && r < scope.outer &&
			(int)(4 * phi / two_pi) == seg;
	}
	return n / 64;
}

/* sum over i of w[i] exp(-2 pi i h i / FINE), i stride apart, complex. */
static void term(const double *w, size_t stride, long h, double out[2])
{
	double turn = -2 * 3.14159265358979323846 / FINE;

	out[0] = out[1] = 0;
	for (long i = 0; i < FINE; i++) {
		double c = cos(turn * (double)(h * i % FINE));
		double s = sin(turn * (double)(h * i % FINE));
		const double *v = w + 2 * (size_t)i * stride;
		out[0] += c * v[0] - s * v[1];
		out[1] += s * v[0] + c * v[1];
	}
}

/* What the segments have of wave (FINE, FINE), by plain sums. */
static void detect(const struct ip_tensor *wave, double seen[4])
{
	double step = 1e3 * ip_wavelength(scope.probe.energy) / SIDE;
	long most = (long)(scope.outer / step) + 1;
	static double w[2 * FINE * FINE], row[2 * FINE];
	double f[2];

	memset(seen, 0, 4 * sizeof *seen);
	for (size_t i = 0; i < 2 * FINE * FINE; i++)
		w[i] = (double)((float *)wave->data)[i];
	for (long h = -most; h <= most; h++) {
		for (size_t j = 0; j < FINE; j++)
			term(w + 2 * j, FINE, h, row + 2 * j);
		for (long k = -most; k <= most; k++) {
			double at[2] = { step * (double)h, step * (double)k };
			term(row, 1, k, f);
			for (int seg = 0; seg < 4; seg++)
				seen[seg] += share(at, step, seg) * (f[0] *
					f[0] + f[1] * f[1]);
		}
	}
}

/*
 * Multislice by probes, another engine, and detectors of this file, to 0.3 % of
 * the beam (4 A slices against 2 A); the pictures' contrast is some 4 %.
 */
static void test_probes(void **state)
{
	static const size_t at[3][2] = { { 5, 3 }, { 41, 37 }, { 22, 60 } };
	struct ip_grid grid = { { FINE, FINE }, { SIDE, SIDE } };
	struct ip_simulation s = { .probe = scope.probe };
	struct ip_tensor slices = { 0 }, wave = { 0 };
	struct ip_measurement in;
	struct ip_consistency c;
	double nm;

	(void)state;
	fill(&slices, FINE, planes[THIN], SLICE / 10);
	assert_int_equal(ip_potential_from_slices(&s.potential, &slices, &grid,
		SLICE), 0);
	measured(&in, THIN, &nm);
	assert_int_equal(ip_consistency(dev, &zone, &in, &scope, 0, &c), 0);
	for (size_t i = 0; i < 3; i++) {
		double r[2] = { 0.2 * (double)at[i][0], 0.2 *
			(double)at[i][1] }, seen[4];
		const float *said = (float *)c.predicted.data + at[i][0] * N +
			at[i][1];
		assert_int_equal(ip_exit_wave(dev, &s, r, planes[THIN], &wave),
			0);
		detect(&wave, seen);
		for (int k = 0; k < 4; k++)
			assert_true(fabs(seen[k] - (double)said[k * N * N]) <
				0.003);
		ip_tensor_free(&wave);
	}
	ip_potential_free(s.potential);
	ip_tensor_free(&slices);
	ip_consistency_free(&c);
}

/* As if the atoms were at rest that the pictures have displaced by u. */
static void at_rest(struct ip_tensor *t, double u)
{
	size_t side[] = { N, N };

	assert_int_equal(ip_tensor_new(t, IP_F64, 2, side), 0);
	for (size_t i = 0; i < N * N; i++)
		((double *)t->data)[i] = columns(0.2 * (double)(i / N), 0.2 *
			(double)(i % N), WIDTH - u);
}

/*
 * Displaced atoms are found out, up and down the ladder, to the rung or its
 * neighbour: columns of less width, which is then added again.
 */
static void test_displacement(void **state)
{
	static const double ladder[] = IP_CONSISTENCY_LADDER;
	static const size_t rungs[] = { 0, 4, 8, 11 };
	struct ip_measurement in;
	struct ip_consistency c;
	struct ip_tensor rest = { 0 };
	double nm, contrast;

	(void)state;
	measured(&in, THIN, &nm);
	for (size_t i = 0; i < 4; i++) {
		at_rest(&rest, ladder[rungs[i]]);
		scope.displacement = NAN;
		assert_int_equal(ip_consistency(dev, &rest, &in, &scope, 1,
			&c), 0);
		assert_true(fabs(log(c.displacement / ladder[rungs[i]])) <
			0.35);
		assert_true(c.ratio < 0.1);
		contrast = c.contrast;
		ip_consistency_free(&c);
		scope.displacement = ladder[rungs[i]];	/* and if it is told */
		assert_int_equal(ip_consistency_with(dev, &rest, &in, &scope, 1,
			&boxes, &c), 0);
		assert_true(c.ratio < 0.1);
		/* cells have no part of it beyond the cutoff */
		assert_true(fabs(contrast / c.contrast - 1) < 0.1);
		ip_consistency_free(&c);
		ip_tensor_free(&rest);
	}
	scope.displacement = 0;
}

/*
 * Where it stands in the picture, in whose unit, and what was not looked at; of
 * a map of thickness each region has its own.
 */
static void test_arrays(void **state)
{
	struct ip_tensor seen = { 0 }, map = { 0 };
	size_t side[] = { N, N }, looked = 0;
	double sum = 0, spread = 0, mean = 0, nm, *s, *t;
	struct ip_measurement in;
	struct ip_consistency c;
	const float *p, *r;

	(void)state;
	measured(&in, THIN, &nm);
	assert_int_equal(ip_tensor_convert(&seen, IP_F64, &in.segments), 0);
	assert_int_equal(ip_tensor_new(&map, IP_F64, 2, side), 0);
	s = seen.data;
	t = map.data;
	for (size_t i = 0; i < 4 * N * N; i++)
		s[i] *= 50;
	for (size_t i = 0; i < N * N; i++)	/* the others do not count */
		t[i] = i / N >= N / 2 || i % N < N / 2 ? nm : 1000;
	in.segments = seen;
	in.thickness = map;
	in.incident = 50;
	assert_int_equal(ip_consistency_with(dev, &zone, &in, &scope, 3, &boxes,
		&c), 0);
	p = c.predicted.data;
	r = c.residual.data;
	for (size_t i = 0; i < N * N; i++) {
		double left = 0, d;
		if (t[i] > nm) {
			assert_true(r[i] == 0 && p[i] == 0);
			continue;
		}
		for (size_t k = 0; k < 4; k++) {
			d = (double)p[k * N * N + i] - s[k * N * N + i] / 50;
			left += d * d;
		}
		assert_true(fabs(sqrt(left / 4) - (double)r[i]) < 1e-6);
		sum += left;
		looked++;
	}
	for (size_t k = 0; k < 16; k++, mean = 0) {	/* of each region */
		const double *from = s + k / 4 * N * N + k % 4 / 2 * N * N / 2
			+ k % 2 * N / 2;
		if (k % 4 == 1)
			continue;
		for (size_t i = 0; i < N * N / 4; i++)
			mean += from[i / (N / 2) * N + i % (N / 2)] / 50 /
				(N * N / 4);
		for (size_t i = 0; i < N * N / 4; i++)
			spread += pow(from[i / (N / 2) * N + i % (N / 2)] / 50
				- mean, 2);
	}
	assert_true(fabs(c.rms - sqrt(sum / 4 / (double)looked)) < 1e-7);
	assert_true(fabs(c.contrast - sqrt(spread / 4 / (double)looked)) <
		1e-9);
	assert_true(c.ratio == c.rms / c.contrast && c.ratio < 0.1);
	ip_consistency_free(&c);
	ip_tensor_free(&seen);
	ip_tensor_free(&map);
}

/* As much noise as contrast: of the mean cell a sixth, where some 80 numbers
 * are compared instead of 6,400 pixels. */
static void test_noise(void **state)
{
	struct ip_tensor seen = { 0 };
	struct ip_measurement in;
	struct ip_consistency c[3];
	uint64_t seed = 3;
	double nm;

	(void)state;
	measured(&in, THIN, &nm);
	assert_int_equal(ip_consistency(dev, &zone, &in, &scope, 0, &c[0]), 0);
	assert_int_equal(ip_tensor_convert(&seen, IP_F64, &in.segments), 0);
	for (size_t i = 0; i < 4 * N * N; i++)
		((double *)seen.data)[i] += c[0].contrast * sqrt(12) *
			(ip_test_uniform(&seed) - 0.5);
	in.segments = seen;
	assert_int_equal(ip_consistency(dev, &zone, &in, &scope, 0, &c[1]), 0);
	assert_int_equal(ip_consistency_with(dev, &zone, &in, &scope, 0, &boxes,
		&c[2]), 0);
	assert_true(c[1].ratio < 0.2);
	assert_true(fabs(c[2].ratio - sqrt(0.5)) < 0.05);
	for (int i = 0; i < 3; i++)
		ip_consistency_free(&c[i]);
	ip_tensor_free(&seen);
}

/* Too much or too little of the beam shows, in cells and boxes. */
static void test_offset(void **state)
{
	struct ip_tensor seen = { 0 };
	struct ip_measurement in;
	struct ip_consistency c[2];
	double nm, off;

	(void)state;
	for (int k = 0; k < 2; k++) {
		measured(&in, THIN, &nm);
		assert_int_equal(ip_tensor_convert(&seen, IP_F64,
			&in.segments), 0);
		for (int i = 0; i < 2; i++) {
			assert_int_equal(ip_consistency_with(dev, &zone, &in,
				&scope, 0, k ? &boxes : &ip_consistency_fine,
				&c[i]), 0);
			off = c[0].contrast;
			for (size_t p = 0; p < 4 * N * N; p++)
				((double *)seen.data)[p] += off;
			in.segments = seen;
		}
		assert_true(fabs(c[1].contrast - off) < 1e-4 * off);
		assert_true(fabs(c[1].ratio - 1) < 0.1);
		ip_consistency_free(&c[0]);
		ip_consistency_free(&c[1]);
		ip_tensor_free(&seen);
	}
}

/* An edge of a crystal, with nothing on the left. */
static void test_no_crystal(void **state)
{
	struct ip_measurement in;
	struct ip_tensor v = { 0 };
	struct ip_consistency c;
	double nm, *p;

	(void)state;
	measured(&in, THIN, &nm);
	assert_int_equal(ip_tensor_convert(&v, IP_F64, &zone), 0);
	p = v.data;
	for (size_t i = 0; i < N * N / 2; i++)
		p[i] = 0;
	assert_int_equal(ip_consistency(dev, &v, &in, &scope, 1, &c), 0);
	assert_int_equal(c.regions, 4);
	assert_int_equal(c.crystal, 0);
	ip_consistency_free(&c);
	ip_tensor_free(&v);
}

static void test_threads(void **state)
{
	struct ip_consistency c[2];
	struct ip_measurement in;
	double nm;

	(void)state;
	measured(&in, THIN, &nm);
	for (int k = 0; k < 2; k++) {
		for (int i = 0; i < 2; i++) {
			assert_int_equal(ip_threads_set(1 + 2 * i), 0);
			assert_int_equal(ip_consistency_with(dev, &zone, &in,
				&scope, 1, k ? &boxes : &ip_consistency_fine,
				&c[i]), 0);
		}
		assert_memory_equal(c[0].predicted.data, c[1].predicted.data,
			4 * N * N * sizeof(float));
		assert_memory_equal(c[0].residual.data, c[1].residual.data,
			N * N * sizeof(float));
		assert_true(c[0].ratio == c[1].ratio);
		for (int i = 0; i < 2; i++)
			ip_consistency_free(&c[i]);
	}
}

static void refused(const struct ip_measurement *in,
	const struct ip_microscope *m, const char *message)
{
	struct ip_consistency c;

	ip_test_log_capture();
	assert_int_equal(ip_consistency(dev, &zone, in, m, 1, &c), IP_EINVAL);
	ip_test_assert_logged(message);
	assert_null(c.predicted.data);
}

static void test_refused(void **state)
{
	struct ip_microscope m = scope;
	struct ip_measurement in;
	double nm;

	(void)state;
	measured(&in, THIN, &nm);
	m.outer = 5;
	refused(&in, &m, "inner < outer");
	m = scope;
	m.pixel_size[1] = 0;
	refused(&in, &m, "pixels of 0");
	m = scope;
	m.displacement = -1;
	refused(&in, &m, "displaced");
	in.incident = 0.1;
	refused(&in, &scope, "--beam");
	in.incident = 1;
	in.euler[1] = 40;
	refused(&in, &scope, "tilt of 40");
	in.euler[1] = 0;
	nm = 0;
	refused(&in, &scope, "thickness of 0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_true),
		cmocka_unit_test(test_probes),
		cmocka_unit_test(test_tilt),
		cmocka_unit_test(test_displacement),
		cmocka_unit_test(test_arrays),
		cmocka_unit_test(test_noise),
		cmocka_unit_test(test_offset),
		cmocka_unit_test(test_no_crystal),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_refused),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
