/*
 * OBF: the transfer of each segment against closed form and against waves put
 * through a grating, what comes out of weak gratings, and noise.
 */
#include "support/support.h"
#include "support/idpc.h"
#include "support/waves.h"
#include <math.h>
#include <string.h>
#include <iphase/em.h>
#include <iphase/random.h>

#define PI 3.14159265358979323846

static const double energy = 200e3;

static double disc(void)
{
	return 20e-3 / ip_wavelength(energy);
}

/* ---- the transfer of a segment ---- */

/* In focus, edges on the axes, g along x: lenses less caps, a quarter each. */
static void closed_form(void **state)
{
	struct ip_obf o = ip_test_obf();
	double k0 = disc(), b[19][4][2], share[4], worst = 0;
	int turned, i, j;

	(void)state;
	for (turned = 0; turned < 2; turned++) {
		double step[2] = { 0.1 * k0 * cos(0.4 * turned),
			0.1 * k0 * sin(0.4 * turned) };

		o.how.rotation = 0.4 * turned;
		assert_int_equal(ip_obf_transfer(&o, step, 19, **b, share), 0);
		for (i = 0; i < 19; i++) {
			double g = 0.1 * (i + 1) * k0, h = g / (2 * k0), cap, d;

			cap = g < k0 ? k0 * k0 * acos(g / k0)
				- g * sqrt(k0 * k0 - g * g) : 0;
			d = 2 * k0 * k0 * (acos(h) - h * sqrt(1 - h * h))
				- 2 * cap;
			d /= 2 * PI * k0 * k0;
			for (j = 0; j < 4; j++)
				worst = fmax(worst, cabs(b[i][j][0] + I
					* (b[i][j][1] - (j == 0 || j == 3 ? d
					: -d))));
		}
		for (j = 0; j < 4; j++)
			worst = fmax(worst, fabs(share[j] - 0.25));
	}
	print_message("# worst %.2g of the beam\n", worst);
	assert_true(worst < 1e-4);	/* what the header promises */
}

/* iDPC's own transfer, from exact areas, is a sum of these. */
static void sums_to_idpc(void **state)
{
	struct ip_obf o = ip_test_obf();
	double b[8][6][2], share[6], c, re, im, seen = 0;
	const double step[2] = { 0.17, 0.06 };
	int n = 6, i, j;

	(void)state;
	o.azimuthal = n;
	o.how.inner = 8;
	o.how.rotation = 0.2;
	assert_int_equal(ip_obf_transfer(&o, step, 8, **b, share), 0);
	assert_int_equal(ip_idpc_calibration(&o.how, n, &c), 0);
	for (j = 0; j < n; j++)
		seen += share[j];
	for (i = 0; i < 8; i++) {
		double kx = (i + 1) * step[0], ky = (i + 1) * step[1], t = 0;

		for (j = 0; j < n; j++) {
			double a = o.how.rotation + PI * (2 * j + 1) / n;

			t += b[i][j][1] * (kx * cos(a) + ky * sin(a));
		}
		t *= c / seen / (kx * kx + ky * ky);
		assert_int_equal(ip_idpc_transfer(&o.how, n, kx, ky, &re, &im),
			0);
		/* n segments, each right to 1e-4 of the beam. */
		assert_true(fabs(t - re) < n * 1e-4 * c / seen
			/ hypot(kx, ky));
	}
}

/* ---- waves ---- */

enum { N = IP_TEST_WAVES };
static const double box = IP_TEST_WAVES_BOX;

struct bench {
	const struct ip_obf *o;
	struct ip_test_waves w;
	int16_t label[N * N];		/* the segment, or -1 */
};

/* Mirrored segments count the other way round from rotation on. */
static void bench_label(struct bench *b)
{
	const struct ip_obf *o = b->o;
	struct ip_detector d = { .kind = IP_SEGMENTED, .inner = o->how.inner,
		.outer = o->how.outer, .radial = o->rings,
		.azimuthal = o->azimuthal, .rotation = o->how.rotation,
		.offset = { o->offset[0], o->offset[1] } };
	struct ip_grid g = { { N, N }, { box, box } };
	size_t i;

	assert_int_equal(ip_detector_labels(&d, &g, ip_wavelength(energy),
		b->label), 0);
	for (i = 0; i < N * N; i++)
		if (b->label[i] >= 0 && o->how.flip)
			b->label[i] = (int16_t)(b->label[i] + o->azimuthal - 1
				- 2 * (b->label[i] % o->azimuthal));
}

static void bench_open(struct bench *b, const struct ip_obf *o)
{
	double lambda = ip_wavelength(energy), norm = 0;
	size_t i;

	b->o = o;
	bench_label(b);
	ip_test_waves_open(&b->w);
	for (i = 0; i < N * N; i++) {
		double x = ip_test_waves_k(i / N), y = ip_test_waves_k(i % N);
		double k = hypot(x, y);
		double soft = ip_test_waves_aperture(k, disc());

		b->w.probe[i] = soft * cexp(-I * ip_chi(&o->aberrations, lambda,
			lambda * k, atan2(y, x)));
		norm += soft * soft;
	}
	for (i = 0; i < N * N; i++)
		b->w.probe[i] /= sqrt(norm);
	fftw_execute(b->w.to_r);	/* at the origin */
}

/* What each of the segments catches behind e cos(2 pi g r + at). */
static void bench_run(struct bench *b, int gx, int gy, double at, double e,
	double *s)
{
	const double complex *psi = b->w.psi;
	size_t i;

	ip_test_waves_grating(&b->w, gx, gy, at, e);
	memset(s, 0, sizeof *s * (size_t)(b->o->azimuthal * b->o->rings));
	for (i = 0; i < N * N; i++)
		if (b->label[i] >= 0)
			s[b->label[i]] += creal(psi[i] * conj(psi[i]))
				/ ((double)N * N * N * N);
}

/* First order in the phase: differences of four quarters of a period. */
static void bench_transfer(struct bench *b, int gx, int gy, int n, double *t,
	double *share)
{
	const double e = 1e-3;
	double s[4][8];
	int q, j;

	for (q = 0; q < 4; q++)
		bench_run(b, gx, gy, q * PI / 2, e, s[q]);
	for (j = 0; j < n; j++) {
		/* Re b cos(at) - Im b sin(at) */
		t[2 * j] = (s[0][j] - s[2][j]) / (2 * e);
		t[2 * j + 1] = (s[3][j] - s[1][j]) / (2 * e);
		share[j] = (s[0][j] + s[1][j] + s[2][j] + s[3][j]) / 4;
	}
}

/*
 * One period of the grating as pictures of n segments, in a unit that nobody
 * knows, to the contrast of OBF and the complex potential that it makes of a
 * phase of 1 rad.
 */
static void reconstruct(const struct ip_obf *o, int gx, int gy,
	const double *b, const double *share, int n, double complex *obf,
	double complex *phase)
{
	enum { M = 8 };
	const double e = 1e-3;
	struct ip_tensor t = ip_test_images((size_t)n, M, M);
	struct ip_obf_result r;
	struct ip_obf one = *o;
	double sigma = ip_sigma(energy);
	int i, j;

	one.how.pixel_size[0] = gx ? box / abs(gx) / M : 0.1;
	one.how.pixel_size[1] = gy ? box / abs(gy) / M : 0.1;
	for (j = 0; j < n; j++)
		for (i = 0; i < M * M; i++) {
			double at = 2 * PI * ((gx > 0) * (i / M)
				+ ((gy > 0) - (gy < 0)) * (i % M)) / M;

			ip_test_values(&t)[j * M * M + i] = 700 * (share[j]
				+ e * (b[2 * j] * cos(at)
				- b[2 * j + 1] * sin(at)));
		}
	assert_int_equal(ip_obf(&t, &one, &r), 0);
	*obf = *phase = 0;
	for (i = 0; i < M * M; i++) {
		double at = 2 * PI * ((gx > 0) * (i / M)
			+ ((gy > 0) - (gy < 0)) * (i % M)) / M;
		double complex w = cexp(-I * at) * 2 / (M * M * e);

		*obf += w * ip_test_values(&r.obf)[i];
		*phase += w * ip_test_values(&r.potential)[i] * sigma;
	}
	ip_obf_result_free(&r);
	ip_tensor_free(&t);
}

static void one_grating(struct bench *b, int gx, int gy, double *worst)
{
	const struct ip_obf *o = b->o;
	const double step[2] = { gx / box, gy / box };
	double want[16], got[16], share[8], seen[8], error = 0, s;
	double complex obf, phase;
	int n = o->azimuthal * o->rings, j;

	assert_int_equal(ip_obf_transfer(o, step, 1, want, share), 0);
	bench_transfer(b, gx, gy, n, got, seen);
	for (j = 0; j < n; j++) {
		error = fmax(error, cabs(want[2 * j] - got[2 * j]
			+ I * (want[2 * j + 1] - got[2 * j + 1])));
		error = fmax(error, fabs(share[j] - seen[j]));
	}
	worst[0] = fmax(worst[0], error);
	s = ip_test_obf_contrast(want, share, n);
	reconstruct(o, gx, gy, got, seen, n, &obf, &phase);
	worst[1] = fmax(worst[1], cabs(obf - sqrt(s)));
	worst[2] = fmax(worst[2], cabs(phase - s / (s + o->floor)));
}

/* Up to 0.87 of the limit, all sorts of directions. */
static void gratings(void **state)
{
	static const int g[5][2] = { { 26, 0 }, { 60, 25 }, { 81, -81 },
		{ 0, 169 }, { 204, 85 } };
	static struct bench b;
	struct ip_obf o;
	int c, i;

	(void)state;
	for (c = 0; c < 3; c++) {
		double worst[3] = { 0 };

		o = c == 2 ? ip_test_obf_awkward() : ip_test_obf();
		if (c < 2)
			o.how.rotation = 0.3;
		if (c == 1)
			o.aberrations.c[IP_C10] = -100;
		o.floor = 0.05;
		bench_open(&b, &o);
		for (i = 0; i < 5; i++)
			one_grating(&b, g[i][0], g[i][1], worst);
		ip_test_waves_close(&b.w);
		print_message("# case %d: transfer %.2g, OBF %.2g, phase %.2g"
			"\n", c, worst[0], worst[1], worst[2]);
		/*
		 * The bench has whole pixels at the segments' edges and a soft
		 * rim: a line of 127 pixels, half of each wrong one way or the
		 * other, of 51,000: 0.0012, where the largest transfer is 0.2.
		 */
		assert_true(worst[0] < 0.0012);
		assert_true(worst[1] < 0.006 && worst[2] < 0.006);
	}
}

/* ---- noise ---- */

/* Pictures of 8 A: 2 k0 is 12.8 steps in k. */
enum { P = 32, SEEDS = 48, TESTED = 8, IN_BAND = 12 };
static const int tested[TESTED][2] = { { 1, 0 }, { 2, 1 }, { 4, 0 }, { 3, 3 },
	{ 5, -4 }, { 0, 7 }, { 7, 6 }, { 9, 5 } };
static const double electrons = 2000;	/* a scan point */

/* Defocused, with a hole: the even part of the pictures tells something too. */
static struct ip_obf noisy(void)
{
	struct ip_obf o = ip_test_obf();

	o.how.inner = 6;
	o.how.rotation = 0.3;
	o.how.background = IP_MEAN;
	o.how.pixel_size[0] = o.how.pixel_size[1] = 8.0 / P;
	o.aberrations.c[IP_C10] = 100;
	return o;
}

/* Of each tested frequency; the phase is a cosine of 0.05 rad at each. */
struct theory {
	double b[TESTED][4][2], share[4], obf[TESTED], idpc[TESTED];
};

static void predict(const struct ip_obf *o, struct theory *t)
{
	int f, j;

	for (f = 0; f < TESTED; f++) {
		double step[2] = { tested[f][0] / 8.0, tested[f][1] / 8.0 };
		double noise = 0;
		double complex sum = 0;

		assert_int_equal(ip_obf_transfer(o, step, 1, *t->b[f],
			t->share), 0);
		t->obf[f] = sqrt(ip_test_obf_contrast(*t->b[f], t->share, 4));
		for (j = 0; j < 4; j++) {
			double w = cos(o->how.rotation + PI * (2 * j + 1) / 4
				- atan2(step[1], step[0]));

			sum += w * (t->b[f][j][0] + I * t->b[f][j][1]);
			noise += w * w * t->share[j];
		}
		t->idpc[f] = cabs(sum) / sqrt(noise);
	}
}

/* Expected counts of segment j at a scan point. */
static double expected(const struct theory *t, int j, int i, double depth)
{
	double v = t->share[j];
	int f;

	for (f = 0; f < TESTED; f++) {
		double at = 2 * PI * (tested[f][0] * (i / P)
			+ tested[f][1] * (i % P)) / P;

		v += depth * (t->b[f][j][0] * cos(at)
			- t->b[f][j][1] * sin(at));
	}
	return electrons * v;
}

/* Unitary transform of v [P][P] at (x, y). */
static double complex at_frequency(const double *v, int x, int y)
{
	double complex sum = 0;
	int i;

	for (i = 0; i < P * P; i++)
		sum += v[i] * cexp(-2 * PI * I * (x * (i / P) + y * (i % P))
			/ P);
	return sum / P;
}

static void draw(const struct theory *t, double depth, uint64_t seed,
	const struct ip_tensor *s)
{
	int i, j;

	for (j = 0; j < 4; j++)
		for (i = 0; i < P * P; i++)
			ip_test_values(s)[j * P * P + i] = (double)ip_poisson(
				seed, IP_STREAM_TEST, (uint64_t)(j * P * P + i),
				expected(t, j, i, depth));
}

/* The mean over its standard deviation, of n draws. */
static double ratio(const double complex *v, int n)
{
	double complex mean = 0;
	double var = 0;
	int i;

	for (i = 0; i < n; i++)
		mean += v[i] / n;
	for (i = 0; i < n; i++)
		var += creal((v[i] - mean) * conj(v[i] - mean)) / (n - 1);
	return cabs(mean) / sqrt(var);
}

/*
 * A cosine of depth e is e P/2 in a unitary transform, so theory is
 * sqrt(n S) e P/2. The variance of SEEDS complex draws is known to
 * 1/sqrt(SEEDS), its root to half of that: 7 %, and the mean of TESTED,
 * independent, to 2.6 %: four times that at most.
 */
static void signal_to_noise(void **state)
{
	static double complex obf[TESTED][SEEDS], idpc[TESTED][SEEDS];
	const double depth = 0.05, sure = 0.5 / sqrt(SEEDS);
	struct ip_tensor s = ip_test_images(4, P, P);
	struct ip_obf o = noisy();
	struct theory t;
	double mean[2] = { 0 }, want, got[2];
	int f, i;

	(void)state;
	predict(&o, &t);
	for (i = 0; i < SEEDS; i++) {
		struct ip_idpc_result d;
		struct ip_obf_result r;

		draw(&t, depth, (uint64_t)i + 1, &s);
		assert_int_equal(ip_obf(&s, &o, &r), 0);
		assert_int_equal(ip_idpc(&s, &o.how, &d), 0);
		for (f = 0; f < TESTED; f++) {
			obf[f][i] = at_frequency(r.obf.data, tested[f][0],
				tested[f][1]);
			idpc[f][i] = at_frequency(d.phase.data, tested[f][0],
				tested[f][1]);
		}
		ip_obf_result_free(&r);
		ip_idpc_result_free(&d);
	}
	for (f = 0; f < TESTED; f++) {
		want = sqrt(electrons) * depth * P / 2;
		got[0] = ratio(obf[f], SEEDS) / want;
		got[1] = ratio(idpc[f], SEEDS) / want;
		print_message("# (%d, %d): OBF %.4f of %.4f, iDPC %.4f of "
			"%.4f\n", tested[f][0], tested[f][1], got[0],
			t.obf[f], got[1], t.idpc[f]);
		assert_true(t.idpc[f] <= t.obf[f]);
		assert_true(got[1] < got[0]);
		assert_true(fabs(got[0] / t.obf[f] - 1) < 4 * sure);
		mean[0] += got[0] / t.obf[f] / TESTED;
		mean[1] += got[1] / t.idpc[f] / TESTED;
	}
	print_message("# mean %.4f %.4f\n", mean[0], mean[1]);
	assert_true(fabs(mean[0] - 1) < 4 * sure / sqrt(TESTED));
	ip_tensor_free(&s);
}

/* Half of all frequencies inside IN_BAND steps; the others are their mirror. */
static int in_band(int x, int y)
{
	return x * x + y * y <= IN_BAND * IN_BAND && (x > 0
		|| (x == 0 && y > 0));
}

/*
 * The empty beam: obf has a variance of 1/electrons at each frequency. That
 * of one frequency, over n seeds, is a gamma variable of n degrees: 5
 * standard deviations; and of all of them.
 */
static void white(void **state)
{
	enum { RUNS = 24 };
	static double power[IN_BAND + 1][2 * IN_BAND + 1];
	struct ip_tensor s = ip_test_images(4, P, P);
	struct ip_obf o = noisy();
	struct theory t;
	double all = 0, beyond = 0, most = 0;
	int i, x, y, count = 0;

	(void)state;
	predict(&o, &t);
	for (i = 0; i < RUNS; i++) {
		struct ip_obf_result r;

		draw(&t, 0, (uint64_t)i + 1000, &s);
		assert_int_equal(ip_obf(&s, &o, &r), 0);
		for (x = 0; x <= IN_BAND; x++)
			for (y = -IN_BAND; y <= IN_BAND; y++) {
				double complex f = at_frequency(r.obf.data, x,
					y);

				power[x][y + IN_BAND] += electrons / RUNS
					* creal(f * conj(f));
			}
		beyond = fmax(beyond, cabs(at_frequency(r.obf.data, 9, 10)));
		ip_obf_result_free(&r);
	}
	for (x = 0; x <= IN_BAND; x++)
		for (y = -IN_BAND; y <= IN_BAND; y++) {
			if (!in_band(x, y))
				continue;
			most = fmax(most, fabs(power[x][y + IN_BAND] - 1));
			all += power[x][y + IN_BAND];
			count++;
		}
	print_message("# %d frequencies: mean %.4f, worst %.2f off, beyond "
		"%.1g\n", count, all / count, most, beyond);
	assert_true(most < 5 / sqrt(RUNS));
	assert_true(fabs(all / count - 1) < 4 / sqrt((double)RUNS * count));
	assert_true(beyond < 1e-12);
	ip_tensor_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(closed_form),
		cmocka_unit_test(sums_to_idpc),
		cmocka_unit_test(gratings),
		cmocka_unit_test(signal_to_noise),
		cmocka_unit_test(white),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
