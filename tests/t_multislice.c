/*
 * Waves through slices: exit waves against the peer's, and what must hold of
 * any specimen.
 */
#include <math.h>
#include <iphase/threads.h>
#include "support/golden.h"

#define PI 3.14159265358979323846

static void exit_wave(const struct ip_simulation *s, const double *position,
	size_t plane, struct ip_tensor *wave)
{
	struct ip_dev *dev = NULL;

	memset(wave, 0, sizeof *wave);
	assert_int_equal(ip_dev_open(&dev, NULL), 0);
	assert_int_equal(ip_exit_wave(dev, s, position, plane, wave), 0);
	ip_dev_close(dev);
}

/* 1e-5 of the largest value is asked for; float32 itself makes 1e-6. */
static void assert_wave(const char *what, const struct ip_tensor *wave,
	const struct ip_bundle *b, const char *key)
{
	size_t n = 2 * ip_tensor_count(wave);
	double *want = ip_test_numbers(b, key, n);
	double *got = malloc(n * sizeof *got);

	for (size_t i = 0; i < n; i++)
		got[i] = ((const float *)wave->data)[i];
	ip_test_assert_close(what, got, want, n, 1e-5);
	free(want);
	free(got);
}

static void test_golden_waves(void **state)
{
	struct ip_bundle b;
	struct ip_structure atoms;
	struct ip_simulation s = { .probe = ip_test_probe(200e3, 20) };
	struct ip_tensor wave;
	double *at;

	(void)state;
	ip_test_golden("c_gan_thin_kirkland.npz", &b);
	ip_test_atoms(&b, &atoms);
	at = ip_test_numbers(&b, "scan_pos_d", 2);
	struct ip_grid g = ip_test_grid(&atoms, 128, 128);
	assert_int_equal(ip_potential_from_structure(&s.potential, &atoms, &g,
		3, IP_KIRKLAND, IP_BILINEAR), 0);
	exit_wave(&s, NULL, 5, &wave);
	assert_wave("plane wave", &wave, &b, "exit_plane");
	ip_tensor_free(&wave);
	exit_wave(&s, at, 0, &wave);
	assert_wave("probe", &wave, &b, "probe");
	ip_tensor_free(&wave);
	exit_wave(&s, at, 5, &wave);
	assert_wave("exit probe", &wave, &b, "exit_probe");
	ip_tensor_free(&wave);
	free(at);
	ip_potential_free(s.potential);
	ip_structure_free(&atoms);
	ip_bundle_free(&b);
}

/*
 * One line (all x, one y) of the image of wave through a lens: the sum over
 * its aperture's plane waves, each with its chi.
 */
static void image_line(const struct ip_tensor *wave, const struct ip_grid *g,
	const struct ip_probe *lens, size_t y, double *line)
{
	struct ip_waves w = { 0 };
	const float *psi = wave->data;
	size_t nx = g->n[0], ny = g->n[1];
	double *coef, *row = malloc(2 * nx * sizeof *row), top = 0;

	assert_int_equal(ip_probe_waves(lens, g, &w), 0);
	coef = malloc(2 * w.count * sizeof *coef);
	assert_int_equal(ip_probe_coefficients(lens, &lens->aberrations, g, &w,
		coef), 0);
	/* An image lens lets the middle of its aperture through wholly. */
	for (size_t i = 0; i < w.count; i++)
		top = fmax(top, w.weight[i]);
	memset(line, 0, 2 * nx * sizeof *line);
	int last = -100000;
	double *ky = malloc(2 * nx * sizeof *ky);
	for (size_t i = 0; i < w.count; i++) {
		double re = 0, im = 0;
		/* Sums over y of psi exp(-2 pi i ky y) for this ky. */
		if (w.index[i][1] != last) {
			last = w.index[i][1];
			for (size_t x = 0; x < nx; x++) {
				ky[2 * x] = ky[2 * x + 1] = 0;
				for (size_t k = 0; k < ny; k++) {
					double t = -2 * PI * fmod((double)last *
						((double)k - (double)y) /
						(double)ny, 1);
					const float *p = psi + 2 * (x * ny + k);
					ky[2 * x] += p[0] * cos(t) -
						p[1] * sin(t);
					ky[2 * x + 1] += p[0] * sin(t) +
						p[1] * cos(t);
				}
			}
		}
		for (size_t x = 0; x < nx; x++) {
			double t = -2 * PI * fmod((double)w.index[i][0] *
				(double)x / (double)nx, 1);
			re += ky[2 * x] * cos(t) - ky[2 * x + 1] * sin(t);
			im += ky[2 * x] * sin(t) + ky[2 * x + 1] * cos(t);
		}
		double n = (double)nx * (double)ny * top;
		double a = (coef[2 * i] * re - coef[2 * i + 1] * im) / n;
		double c = (coef[2 * i] * im + coef[2 * i + 1] * re) / n;
		for (size_t x = 0; x < nx; x++) {
			double t = 2 * PI * fmod((double)w.index[i][0] *
				(double)x / (double)nx, 1);
			line[2 * x] += a * cos(t) - c * sin(t);
			line[2 * x + 1] += a * sin(t) + c * cos(t);
		}
	}
	for (size_t x = 0; x < nx; x++)
		line[x] = line[2 * x] * line[2 * x] +
			line[2 * x + 1] * line[2 * x + 1];
	ip_waves_free(&w);
	free(coef);
	free(row);
	free(ky);
}

/*
 * Kirkland, Advanced Computing in Electron Microscopy, fig. 5.12: five atoms
 * seen at 200 kV with Cs 1.3 mm; the book has 0.72 .. 1.03.
 */
static void test_kirkland(void **state)
{
	struct ip_bundle b;
	struct ip_structure atoms;
	struct ip_simulation s = { .probe = ip_test_probe(200e3, 10.37) };
	struct ip_tensor wave;
	double line[2 * 512], *want, lo = INFINITY, hi = 0;

	(void)state;
	ip_test_golden("kirkland_fig512.npz", &b);
	memset(&atoms, 0, sizeof atoms);
	/* The file has no cell_d: 50 x 50 x 8, slices of 1 A. */
	atoms.count = 5;
	atoms.atoms = calloc(5, sizeof *atoms.atoms);
	double *z = ip_test_numbers(&b, "Z", 5);
	double *r = ip_test_numbers(&b, "xyz_d", 15);
	for (int i = 0; i < 5; i++) {
		atoms.atoms[i].z = (int)z[i];
		atoms.atoms[i].occupancy = 1;
		memcpy(atoms.atoms[i].r, r + 3 * i, 3 * sizeof *r);
	}
	atoms.cell[0][0] = atoms.cell[1][1] = 50;
	atoms.cell[2][2] = 8;
	struct ip_grid g = ip_test_grid(&atoms, 512, 512);
	assert_int_equal(ip_potential_from_structure(&s.potential, &atoms, &g,
		1, IP_KIRKLAND, IP_BILINEAR), 0);
	exit_wave(&s, NULL, 8, &wave);
	ip_aberrations_set(&s.probe.aberrations, "defocus", 700);
	ip_aberrations_set(&s.probe.aberrations, "Cs", 1.3e7);
	image_line(&wave, &g, &s.probe, 256, line);
	want = ip_test_numbers(&b, "line", 512);
	ip_test_assert_close("fig. 5.12", line, want, 512, 1e-5);
	for (int i = 0; i < 512; i++) {
		lo = fmin(lo, line[i]);
		hi = fmax(hi, line[i]);
	}
	assert_true(fabs(lo - 0.72) < 0.005 && fabs(hi - 1.03) < 0.005);
	free(want);
	free(z);
	free(r);
	ip_tensor_free(&wave);
	ip_potential_free(s.potential);
	ip_structure_free(&atoms);
	ip_bundle_free(&b);
}

static double intensity(const struct ip_tensor *wave)
{
	const float *p = wave->data;
	size_t n = ip_tensor_count(wave);
	double sum = 0;

	for (size_t i = 0; i < 2 * n; i++)
		sum += (double)p[i] * p[i];
	return sum * (double)n;
}

static void random_atoms(struct ip_structure *s, size_t n, uint64_t seed)
{
	static const int kinds[] = { 1, 8, 31, 79 };

	memset(s, 0, sizeof *s);
	s->count = n;
	s->atoms = calloc(n, sizeof *s->atoms);
	s->cell[0][0] = 8;
	s->cell[1][1] = 9;
	s->cell[2][2] = 40;
	for (size_t i = 0; i < n; i++) {
		s->atoms[i].z = kinds[ip_test_random(&seed) % 4];
		s->atoms[i].occupancy = 1;
		for (int a = 0; a < 3; a++)
			s->atoms[i].r[a] = s->cell[a][a] *
				ip_test_uniform(&seed);
	}
}

/* A probe in vacuum keeps its intensity; matter can only take some away. */
static void test_intensity(void **state)
{
	struct ip_simulation s = { .probe = ip_test_probe(200e3, 20) };
	double at[2] = { 3.1, 4.7 };
	struct ip_structure atoms;
	struct ip_tensor wave;

	(void)state;
	for (uint64_t seed = 0; seed < 4; seed++) {
		random_atoms(&atoms, seed ? 40 : 1, seed);
		struct ip_grid g = ip_test_grid(&atoms, 96, 108);
		if (seed == 0) {
			/* vacuum in front of one hydrogen atom */
			atoms.atoms[0].z = 1;
			atoms.atoms[0].r[2] = 39;
		}
		s.potential = NULL;
		assert_int_equal(ip_potential_from_structure(&s.potential,
			&atoms, &g, 2, IP_LOBATO, IP_EXACT), 0);
		exit_wave(&s, at, seed ? 20 : 19, &wave);
		/* 19 slices of float32: 1e-6 */
		if (seed == 0)
			assert_true(fabs(intensity(&wave) - 1) < 5e-6);
		else
			assert_true(intensity(&wave) < 1.0005 &&
				intensity(&wave) > 0.3);
		ip_tensor_free(&wave);
		ip_potential_free(s.potential);
		ip_structure_free(&atoms);
	}
}

/*
 * A tilted beam in vacuum moves by t tan(tilt), and by nothing else (10 nm,
 * 8 mrad: 0.8 A).
 */
static void test_tilt(void **state)
{
	struct ip_simulation s = { .probe = ip_test_probe(200e3, 20) };
	struct ip_structure atoms;
	struct ip_tensor a, b;
	double at[2] = { 3, 4 }, n = 96 * 108;

	(void)state;
	random_atoms(&atoms, 1, 1);
	atoms.atoms[0].r[2] = 39;
	struct ip_grid g = ip_test_grid(&atoms, 96, 108);
	assert_int_equal(ip_potential_from_structure(&s.potential, &atoms, &g,
		2, IP_KIRKLAND, IP_EXACT), 0);
	s.probe.tilt[0] = 8;
	s.probe.tilt[1] = -5;
	exit_wave(&s, at, 19, &a);
	s.probe.tilt[0] = s.probe.tilt[1] = 0;
	at[0] += 38 * tan(8e-3);
	at[1] += 38 * tan(-5e-3);
	exit_wave(&s, at, 19, &b);
	const float *x = a.data, *y = b.data;
	double d = 0, top = 0;
	for (size_t i = 0; i < 2 * (size_t)n; i++) {
		d = fmax(d, fabs((double)x[i] - y[i]));
		top = fmax(top, fabs((double)y[i]));
	}
	assert_true(d < 5e-6 * top);
	ip_tensor_free(&a);
	ip_tensor_free(&b);
	ip_potential_free(s.potential);
	ip_structure_free(&atoms);
}

static void test_errors(void **state)
{
	struct ip_simulation s = { .probe = ip_test_probe(200e3, 20) };
	struct ip_structure atoms;
	struct ip_tensor wave = { 0 };
	struct ip_dev *dev = NULL;
	double at[2] = { NAN, 0 };

	(void)state;
	random_atoms(&atoms, 3, 7);
	struct ip_grid g = ip_test_grid(&atoms, 32, 36);
	assert_int_equal(ip_dev_open(&dev, NULL), 0);
	ip_test_log_capture();
	assert_int_equal(ip_exit_wave(dev, &s, NULL, 0, &wave), IP_EINVAL);
	assert_int_equal(ip_potential_from_structure(&s.potential, &atoms, &g,
		2, IP_KIRKLAND, IP_EXACT), 0);
	ip_test_log_capture();
	assert_int_equal(ip_exit_wave(dev, &s, NULL, 21, &wave), IP_EINVAL);
	ip_test_assert_logged("20 slices");
	ip_test_log_capture();
	assert_int_equal(ip_exit_wave(dev, &s, at, 1, &wave), IP_EINVAL);
	ip_test_assert_logged("finite");
	s.probe.energy = -5;
	ip_test_log_capture();
	assert_int_equal(ip_exit_wave(dev, &s, NULL, 1, &wave), IP_EPHYSICS);
	assert_null(wave.data);
	ip_dev_close(dev);
	ip_potential_free(s.potential);
	ip_structure_free(&atoms);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden_waves),
		cmocka_unit_test(test_kirkland),
		cmocka_unit_test(test_intensity),
		cmocka_unit_test(test_tilt),
		cmocka_unit_test(test_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
