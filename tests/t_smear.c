/*
 * The potential along the beam from that along the zone axis: of waves, where
 * the integral is known, and of what iphase-simulate writes.
 */
#include "support/support.h"
#include <math.h>
#include <sys/wait.h>
#include <iphase/em.h>
#include <iphase/ipt.h>
#include <iphase/status.h>
#include "core/core.h"
#include "em/smear.h"

#define PI 3.14159265358979323846
#define DEGREE (PI / 180)

enum { H = 60, W = 50 };
static const size_t shape[2] = { H, W };
static const double pixel[2] = { 0.1, 0.12 };

static struct ip_tensor number(double nm)
{
	struct ip_tensor t;

	assert_int_equal(ip_tensor_new(&t, IP_F64, 0, NULL), 0);
	*(double *)t.data = nm;
	return t;
}

/* 1 + cos(2 pi k . r), k in 1/Angstrom. */
static struct ip_tensor wave(const double k[2])
{
	struct ip_tensor t;

	assert_int_equal(ip_tensor_new(&t, IP_F64, 2, shape), 0);
	for (int i = 0; i < H * W; i++)
		((double *)t.data)[i] = 1 + cos(2 * PI * (k[0] * pixel[0] *
			(i / W) + k[1] * pixel[1] * (i % W)));
	return t;
}

/* Its integral down to nm at pixel i. */
static double along(const double k[2], const double euler[3], double nm, int i)
{
	double phase = 2 * PI * (k[0] * pixel[0] * (i / W) + k[1] * pixel[1] *
		(i % W));
	double q = 2 * PI * 10 * (-k[0] * tan(euler[2] * DEGREE) + k[1] *
		tan(euler[1] * DEGREE) / cos(euler[2] * DEGREE));

	return nm + (fabs(q) < 1e-12 ? nm * cos(phase) :
		(sin(phase + q * nm) - sin(phase)) / q);
}

/*
 * The largest error over the thickness, where the line and the neighbours it
 * needs, 6 pixels, stay in the picture.
 */
static double wave_error(double kx, double ky, double rx, double ry, double nm)
{
	const double k[2] = { kx, ky }, euler[3] = { 20, rx, ry };
	double dx = -10 * nm * tan(ry * DEGREE) / pixel[0], most = 0;
	double dy = 10 * nm * tan(rx * DEGREE) / cos(ry * DEGREE) / pixel[1];
	struct ip_tensor v = wave(k), t = number(nm), b;
	int seen = 0;

	assert_int_equal(ip_beam_of_zone(&v, &t, euler, pixel, &b), 0);
	assert_int_equal(b.dtype, IP_F32);
	for (int i = 0; i < H * W; i++) {
		double x = i / W, y = i % W;
		if (fmin(x, x + dx) < 6 || fmax(x, x + dx) > H - 7 ||
				fmin(y, y + dy) < 6 || fmax(y, y + dy) > W - 7)
			continue;
		most = fmax(most, fabs(((float *)b.data)[i] - along(k, euler,
			nm, i)) / nm);
		seen++;
	}
	assert_true(seen > 100);
	ip_tensor_free(&v);
	ip_tensor_free(&t);
	ip_tensor_free(&b);
	return most;
}

static void test_waves(void **state)
{
	(void)state;
	/* a constant to float32; the rest to what em.h promises */
	assert_true(wave_error(0, 0, 0.4, -0.7, 30) < 1e-6);
	assert_true(wave_error(0.5, 0.3, 0.4, -0.7, 12) < 1e-3);
	assert_true(wave_error(0.5, 0.3, -0.3, 0.2, 45) < 1e-3);
	assert_true(wave_error(1.5, -1, 0.3, 0.2, 20) < 1e-3);
	assert_true(wave_error(1 / 0.3, 0, 0.001, 0.3, 2) < 1e-3);
	assert_true(wave_error(0, 1 / 0.36, 0.2, -0.0005, 3) < 1e-3);
	assert_true(wave_error(0.3, 2, 5, 10, 1) < 1e-3);
	assert_true(wave_error(1 / 0.3, 1 / 0.36, 0.1, 0.1, 1.1) < 1e-3);
}

/* Without tilt it is a product, to the last bit. */
static void test_straight(void **state)
{
	const double euler[3] = { 77, 0, 0 }, k[2] = { 2, 1 };
	struct ip_tensor v = wave(k), t = number(37.25), b, map;

	(void)state;
	assert_int_equal(ip_beam_of_zone(&v, &t, euler, pixel, &b), 0);
	for (int i = 0; i < H * W; i++)
		assert_true(((float *)b.data)[i] == (float)(37.25 *
			((double *)v.data)[i]));
	ip_tensor_free(&b);
	assert_int_equal(ip_tensor_new(&map, IP_F32, 2, shape), 0);
	for (int i = 0; i < H * W; i++)
		((float *)map.data)[i] = (float)(i % 7);
	assert_int_equal(ip_beam_of_zone(&v, &map, euler, pixel, &b), 0);
	for (int i = 0; i < H * W; i++)
		assert_true(((float *)b.data)[i] == (float)(i % 7 *
			((double *)v.data)[i]));
	ip_tensor_free(&b);
	ip_tensor_free(&map);
	ip_tensor_free(&v);
	ip_tensor_free(&t);
}

/* A map: each pixel as if all had its thickness. */
static void test_map(void **state)
{
	const double euler[3] = { 0, 0.5, 0.3 }, k[2] = { 0.4, 0.7 };
	static const double nm[3] = { 0, 8.5, 20 };
	struct ip_tensor v = wave(k), map, mixed, one, t;

	(void)state;
	assert_int_equal(ip_tensor_new(&map, IP_F64, 2, shape), 0);
	for (int i = 0; i < H * W; i++)
		((double *)map.data)[i] = nm[i / 4 % 3];
	assert_int_equal(ip_beam_of_zone(&v, &map, euler, pixel, &mixed), 0);
	for (int m = 0; m < 3; m++) {
		t = number(nm[m]);
		assert_int_equal(ip_beam_of_zone(&v, &t, euler, pixel, &one),
			0);
		for (int i = 0; i < H * W; i++)
			if (i / 4 % 3 == m)
				assert_true(((float *)mixed.data)[i] ==
					((float *)one.data)[i]);
		ip_tensor_free(&one);
		ip_tensor_free(&t);
	}
	ip_tensor_free(&mixed);
	ip_tensor_free(&map);
	ip_tensor_free(&v);
}

/* Whether beyond v's edges is its mirror image, as often as it takes; frees v:
 * what it makes is what a picture five times as large makes of mirror images. */
static int is_mirrored(struct ip_tensor *v)
{
	const double euler[3] = { 0, 0.5, -0.9 };
	const size_t big[2] = { 5 * H, 5 * W };
	struct ip_tensor w, t = number(50), b, c;
	int same = 1;

	assert_int_equal(ip_tensor_new(&w, IP_F64, 2, big), 0);
	for (int x = 0; x < 5 * H; x++)
		for (int y = 0; y < 5 * W; y++) {
			int p = x / H % 2 ? H - 1 - x % H : x % H;
			int q = y / W % 2 ? W - 1 - y % W : y % W;
			((double *)w.data)[x * 5 * W + y] =
				((double *)v->data)[p * W + q];
		}
	assert_int_equal(ip_beam_of_zone(v, &t, euler, pixel, &b), 0);
	assert_int_equal(ip_beam_of_zone(&w, &t, euler, pixel, &c), 0);
	/* 78 and 36 pixels on; the middle, mirrored twice, is the picture */
	for (int i = 0; i < H * W; i++)
		same &= ((float *)b.data)[i] == ((float *)c.data)[(2 * H +
			i / W) * 5 * W + 2 * W + i % W];
	ip_tensor_free(v);
	ip_tensor_free(&w);
	ip_tensor_free(&t);
	ip_tensor_free(&b);
	ip_tensor_free(&c);
	return same;
}

/* Noise of 0 and 1 in a rim, and beside it waves of 10 pixels. */
static struct ip_tensor noise(double rim, double wave)
{
	struct ip_tensor v;
	uint64_t seed = 3;

	assert_int_equal(ip_tensor_new(&v, IP_F64, 2, shape), 0);
	for (int i = 0; i < H * W; i++) {
		int x = i / W, y = i % W;
		int in = x > 4 && x < H - 5 && y > 4 && y < W - 5;
		double u = ip_test_uniform(&seed) < 0.5;
		((double *)v.data)[i] = wave * cos(PI / 5 * x) *
			cos(PI / 5 * y) + (in || rim < 0 ? u : rim);
	}
	return v;
}

/* em.h's bounds: a rim of 0.05, a correlation of 0.7. */
static void test_edges(void **state)
{
	struct ip_tensor v;

	(void)state;
	v = noise(-1, 0);
	assert_true(is_mirrored(&v));
	v = noise(0.051, 0);
	assert_true(is_mirrored(&v));
	v = noise(0.049, 0);
	assert_false(is_mirrored(&v));
	/* waves have a variance of a quarter of their square, noise of a
	 * quarter; some places see 0.1 more or less of a correlation */
	v = noise(-1, sqrt(0.55 / 0.45));
	assert_true(is_mirrored(&v));
	v = noise(-1, sqrt(0.8 / 0.2));
	assert_false(is_mirrored(&v));
}

/* Bumps on an oblique lattice; lower ones on every second of its rows; or on
 * 3 x 2 of its places only. */
enum kind { CRYSTAL, DOUBLED, ISLAND };

static double bumps(double x, double y, enum kind kind)
{
	int row = (int)floor((y - 0.9) / 1.71);
	double sum = 0;

	/* the next but one has faded away */
	for (int k = row - 1; k <= row + 2; k++) {
		double q = y - 0.9 - 1.71 * k, at = x - 1.13 - 0.31 * k;
		int near = (int)floor(at / 1.07);
		for (int i = near - 1; i <= near + 2; i++) {
			double p = at - 1.07 * i;
			if (kind != ISLAND || (i >= 0 && i < 3 && k >= 0 &&
					k < 2))
				sum += (kind == DOUBLED && i % 2 ? 0.6 : 1) *
					exp(-(p * p + q * q) / 0.08);
		}
	}
	return sum;
}

/*
 * The largest error of a picture of them that goes on by 200 pixels a side, 20
 * of a crystal's translations.
 */
static double far_error(enum kind kind)
{
	const long lo[2] = { -200, -200 }, hi[2] = { H + 200, W + 200 };
	double v[H * W], *to, most = 0;
	size_t n = 0;

	for (int i = 0; i < H * W; i++)
		v[i] = bumps(i / W * pixel[0], i % W * pixel[1], kind);
	assert_int_equal(ip_continue(v, shape, lo, hi, &to), 0);
	for (long x = lo[0]; x < hi[0]; x++)
		for (long y = lo[1]; y < hi[1]; y++)
			most = fmax(most, fabs(to[n++] - bumps((double)x *
				pixel[0], (double)y * pixel[1], kind)));
	ip_free(to);
	return most;
}

/* To the nearest pixel, half a pixel or 0.08 A off, where bumps are as steep as
 * 3.03 an A; the half of a period that is only alike is not one. */
static void test_far(void **state)
{
	(void)state;
	assert_true(far_error(CRYSTAL) < 0.24);
	assert_true(far_error(DOUBLED) < 0.24);
}

/*
 * The largest difference, over the largest potential, of what a picture of them
 * makes to what one makes that is five times as large.
 */
static double bump_error(enum kind kind, double rx, double ry)
{
	const double euler[3] = { 0, rx, ry };
	const size_t big[2] = { 5 * H, 5 * W };
	struct ip_tensor v, w, t = number(40), b, c;
	double most = 0, high = 0;

	assert_int_equal(ip_tensor_new(&v, IP_F64, 2, shape), 0);
	assert_int_equal(ip_tensor_new(&w, IP_F64, 2, big), 0);
	for (int x = 0; x < 5 * H; x++)
		for (int y = 0; y < 5 * W; y++) {
			double u = bumps((x - 2 * H) * pixel[0], (y - 2 * W) *
				pixel[1], kind);
			((double *)w.data)[x * 5 * W + y] = u;
			if (x / H == 2 && y / W == 2)
				((double *)v.data)[x % H * W + y % W] = u;
		}
	assert_int_equal(ip_beam_of_zone(&v, &t, euler, pixel, &b), 0);
	assert_int_equal(ip_beam_of_zone(&w, &t, euler, pixel, &c), 0);
	for (int i = 0; i < H * W; i++) {
		double want = ((float *)c.data)[(2 * H + i / W) * 5 * W + 2 * W
			+ i % W];
		high = fmax(high, want);
		most = fmax(most, fabs(((float *)b.data)[i] - want));
	}
	ip_tensor_free(&v);
	ip_tensor_free(&w);
	ip_tensor_free(&t);
	ip_tensor_free(&b);
	ip_tensor_free(&c);
	return most / high;
}

/*
 * A crystal goes on as it is, up to half a pixel to the side, which is 0.06 A
 * of bumps of 0.2 A; of an island nothing is beyond, but what its bumps leave
 * at the rim.
 */
static void test_crystal(void **state)
{
	(void)state;
	assert_true(bump_error(CRYSTAL, 0.3, -0.2) < 0.1);
	assert_true(bump_error(CRYSTAL, -0.6, -0.5) < 0.1);
	assert_true(bump_error(CRYSTAL, 0.2, 0.8) < 0.1);
	assert_true(bump_error(ISLAND, 0.3, -0.2) < 0.02);
	assert_true(bump_error(ISLAND, -0.5, 0.4) < 0.02);
}

/* ---- against the simulation ---- */

static void simulate(const char *crystal, const char *arguments,
	struct ip_bundle *b)
{
	const char *build = getenv("IP_BUILDDIR");
	char command[4096];
	int status;

	snprintf(command, sizeof command, "'%s/iphase-simulate' -q "
		"--crystal='%s' %s -o '%s'", build ? build : ".",
		ip_test_src(crystal), arguments, ip_test_tmp("s.ipt"));
	status = system(command);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	assert_int_equal(ip_ipt_load(ip_test_tmp("s.ipt"), b), 0);
}

/*
 * Picture i: the largest difference to potential_beam where the line stays in
 * the picture, over half a period of the highest potential_zone.
 */
static double beam_error(const struct ip_bundle *b, size_t i, double period)
{
	struct ip_tensor zone, want, t, beam;
	const double *px = ip_attrs_find(&b->attrs, "pixel_size")->v.f64;
	const double *nm = ip_bundle_find(b, "thickness")->tensor.data;
	const double *e = ip_bundle_find(b, "euler")->tensor.data;
	double dx = -10 * nm[i] * tan(e[2] * DEGREE) / px[0], most = 0;
	double dy = 10 * nm[i] * tan(e[1] * DEGREE) / px[1], high = 0;
	size_t w;

	assert_int_equal(ip_tensor_at(&zone, &ip_bundle_find(b,
		"potential_zone")->tensor, 0, i), 0);
	assert_int_equal(ip_tensor_at(&want, &ip_bundle_find(b,
		"potential_beam")->tensor, 0, i), 0);
	t = number(nm[i]);
	assert_int_equal(ip_beam_of_zone(&zone, &t, e, px, &beam), 0);
	w = zone.shape[1];
	for (size_t k = 0; k < ip_tensor_count(&zone); k++) {
		double x = (double)(k / w), y = (double)(k % w);
		high = fmax(high, ((float *)zone.data)[k]);
		if (fmin(x, x + dx) < 6 || fmax(x, x + dx) > (double)
				zone.shape[0] - 7 || fmin(y, y + dy) < 6 ||
				fmax(y, y + dy) > (double)w - 7)
			continue;
		most = fmax(most, fabs((double)((float *)beam.data)[k] -
			((float *)want.data)[k]));
	}
	ip_tensor_free(&t);
	ip_tensor_free(&beam);
	return most / (high * period / 20);
}

/*
 * Atoms lie in planes, and a sum over planes is an integral but for its ends,
 * where it has up to half a period too much or too little (Euler, Maclaurin);
 * pixels and their neighbours add little to that.
 */
static void test_simulation(void **state)
{
	struct ip_bundle b = { 0 };

	(void)state;
	/* 30 and 60 periods of 5.186 A, 16 and 31 pixels of drift */
	simulate("data/crystals/GaN.cif", "--thickness=15.558,31.116 "
		"--euler=25,0.4,-0.3 --fov=6.4 --pixels=64 --sampling=0.15 "
		"--outer=40 --width=8", &b);
	assert_true(beam_error(&b, 0, 5.186) < 1.02);
	assert_true(beam_error(&b, 1, 5.186) < 1.02);
	ip_bundle_free(&b);
}

static void refuse(const struct ip_tensor *v, double nm, double rx, double px,
	int status, const char *part)
{
	const double euler[3] = { 0, rx, 0 }, size[2] = { px, 0.1 };
	struct ip_tensor t = number(nm), b = { 0 };

	ip_test_log_capture();
	assert_int_equal(ip_beam_of_zone(v, &t, euler, size, &b), status);
	ip_test_assert_logged(part);
	assert_null(b.data);
	ip_tensor_free(&t);
}

static void test_refused(void **state)
{
	const double k[2] = { 1, 1 }, euler[3] = { 0 };
	const size_t other[2] = { H, W + 1 }, line[1] = { H * W };
	struct ip_tensor v = wave(k), t, b = { 0 };

	(void)state;
	refuse(&v, -1, 0.1, 0.1, IP_EINVAL, "thickness");
	refuse(&v, NAN, 0.1, 0.1, IP_EINVAL, "thickness");
	refuse(&v, 1, NAN, 0.1, IP_EINVAL, "tilt");
	refuse(&v, 1, -31, 0.1, IP_EINVAL, "tilt");
	refuse(&v, 1, 1, 0, IP_EINVAL, "pixels");
	refuse(&v, 1e5, 5, 0.1, IP_ELIMIT, "moves by");
	((double *)v.data)[5] = NAN;
	refuse(&v, 1, 1, 0.1, IP_EINVAL, "potential_zone");
	assert_int_equal(ip_tensor_new(&t, IP_F64, 2, other), 0);
	ip_test_log_capture();
	assert_int_equal(ip_beam_of_zone(&v, &t, euler, pixel, &b), IP_EINVAL);
	ip_test_assert_logged("map of 60 x 50");
	ip_tensor_free(&t);
	t = v;
	t.data = NULL;
	refuse(&t, 1, 1, 0.1, IP_EINVAL, "expected a picture");
	ip_tensor_free(&v);
	assert_int_equal(ip_tensor_new(&v, IP_F64, 1, line), 0);
	refuse(&v, 1, 1, 0.1, IP_EINVAL, "1 axes");
	ip_tensor_free(&v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_waves),
		cmocka_unit_test(test_straight),
		cmocka_unit_test(test_map),
		cmocka_unit_test(test_edges),
		cmocka_unit_test(test_far),
		cmocka_unit_test(test_crystal),
		cmocka_unit_test(test_simulation),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
