/* iphase-idpc: every way in gives the same, and what it refuses. */
#include "support/support.h"
#include "support/idpc.h"
#include <math.h>
#include <sys/wait.h>
#include <iphase/formats.h>
#include <iphase/ipt.h>

#define PI 3.14159265358979323846
#define BEAM "--energy=200 --semiangle=20 --inner=10 --outer=50 "

/* The cells that the edges cut have a plane of their own in the shift. */
#define KEEP "--background=keep "

static double dx[IP_TEST_N], dy[IP_TEST_N], phase[IP_TEST_N];

/* Run iphase-idpc in the scratch folder; its exit status. stderr to "err". */
static int tool(const char *arguments)
{
	char command[4096];
	const char *build = getenv("IP_BUILDDIR");
	int status;

	snprintf(command, sizeof command, "cd '%s' && '%s/iphase-idpc' %s "
		">out 2>err </dev/null", ip_test_tmpdir(), build ? build : ".",
		arguments);
	status = system(command);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void assert_said(const char *part)
{
	size_t n;
	char *err = (char *)ip_test_read(ip_test_tmp("err"), &n);

	if (!strstr(err, part))
		print_message("# no '%s' in: %s\n", part, err);
	assert_non_null(strstr(err, part));
	free(err);
}

/* Segments of the test object with the detector at rotation, float64. */
static struct ip_tensor object_segments(double rotation)
{
	struct ip_idpc how = ip_test_idpc();
	struct ip_tensor s = ip_test_images(4, IP_TEST_NX, IP_TEST_NY);
	double c;
	size_t i, j;

	how.inner = 10;
	assert_int_equal(ip_idpc_calibration(&how, 4, &c), 0);
	for (j = 0; j < 4; j++)
		for (i = 0; i < IP_TEST_N; i++) {
			double a = rotation + PI * (0.25 + 0.5 * (double)j);

			ip_test_values(&s)[j * IP_TEST_N + i] = 0.2 + 0.4 / c
				* (cos(a) * dx[i] + sin(a) * dy[i]);
		}
	return s;
}

/* The phase in a result, against that of the test object. */
static void assert_phase(const char *file)
{
	struct ip_bundle b = {0};
	struct ip_item *item;
	double e = 0, s = 0, mean = 0;
	size_t i;

	if (strstr(file, ".ipt"))
		assert_int_equal(ip_ipt_load(ip_test_tmp("%s", file), &b), 0);
	else
		assert_int_equal(ip_npz_read(ip_test_tmp("%s", file), &b), 0);
	item = ip_bundle_find(&b, "idpc_phase");
	assert_non_null(item);
	assert_int_equal(item->tensor.ndim, 2);
	assert_int_equal(item->tensor.shape[0], IP_TEST_NX);
	assert_int_equal(item->tensor.shape[1], IP_TEST_NY);
	for (i = 0; i < IP_TEST_N; i++)
		mean += phase[i] / IP_TEST_N;
	for (i = 0; i < IP_TEST_N; i++) {
		double d = ((float *)item->tensor.data)[i] - phase[i] + mean;

		e += d * d;
		s += (phase[i] - mean) * (phase[i] - mean);
	}
	/* What a mirrored edge costs where cells are cut. */
	print_message("# %s: %.4f\n", file, sqrt(e / s));
	assert_true(sqrt(e / s) < 0.03);
	assert_string_equal(ip_attrs_get_text(&b.attrs, "calibration"),
		"rigid");
	assert_string_equal(ip_attrs_get_text(&b.attrs, "boundary"),
		"mirrored");
	assert_string_equal(ip_attrs_get_text(&b.attrs, "tool"),
		"iphase-idpc");
	ip_bundle_free(&b);
}

static void write_bundle(const char *file, const struct ip_tensor *s,
	int attributes)
{
	struct ip_bundle b = {0};
	struct ip_tensor t = {0};
	double pixel[2] = {0.2, 0.2};

	assert_int_equal(ip_tensor_convert(&t, IP_F64, s), 0);
	assert_int_equal(ip_bundle_add(&b, "segments", &t, NULL), 0);
	if (attributes) {
		assert_int_equal(ip_attrs_number(&b.attrs, "energy", 200e3), 0);
		assert_int_equal(ip_attrs_number(&b.attrs, "semiangle", 20), 0);
		assert_int_equal(ip_attrs_number(&b.attrs, "inner", 10), 0);
		assert_int_equal(ip_attrs_number(&b.attrs, "outer", 50), 0);
		assert_int_equal(ip_attrs_number(&b.attrs, "rotation", 30), 0);
		assert_int_equal(ip_attrs_f64(&b.attrs, "pixel_size", pixel, 2),
			0);
	}
	if (strstr(file, ".ipt"))
		assert_int_equal(ip_ipt_save(ip_test_tmp("%s", file), &b, 0),
			0);
	else
		assert_int_equal(ip_npz_write(ip_test_tmp("%s", file), &b, 1),
			0);
	ip_bundle_free(&b);
}

static void bundles(void **state)
{
	struct ip_tensor s = object_segments(PI / 6), v, last = {0};
	static const int to_last[] = {1, 2, 0};

	(void)state;
	write_bundle("a.ipt", &s, 1);
	write_bundle("a.npz", &s, 1);
	assert_int_equal(tool("a.ipt " KEEP "-o a_out.npz"), 0);
	assert_phase("a_out.npz");
	assert_int_equal(tool("a.npz " KEEP "-o a_out.ipt"), 0);
	assert_phase("a_out.ipt");
	/* By search, mirrored or not, instead of what the file says. */
	assert_int_equal(tool("a.npz --rotation=auto " KEEP "-o b_out.ipt"), 0);
	assert_phase("b_out.ipt");
	/* The peer's order of axes; options in place of attributes. */
	assert_int_equal(ip_tensor_permute(&v, &s, to_last), 0);
	assert_int_equal(ip_tensor_convert(&last, IP_F32, &v), 0);
	assert_int_equal(ip_npy_write(ip_test_tmp("last.npy"), &last), 0);
	assert_int_equal(tool("last.npy --axes=xys --rotation=30 "
		"--pixel-size=0.2 " BEAM KEEP "-o c_out.ipt"), 0);
	assert_phase("c_out.ipt");
	ip_tensor_free(&last);
	ip_tensor_free(&s);
}

static void separate_images(void **state)
{
	struct ip_tensor s = object_segments(PI / 6), v, turned, one = {0};
	static const int rows[] = {1, 0};
	size_t j;

	(void)state;
	for (j = 0; j < 4; j++) {
		assert_int_equal(ip_tensor_at(&v, &s, 0, j), 0);
		assert_int_equal(ip_npy_write(ip_test_tmp("%zu.npy", j), &v),
			0);
		/* Raw files hold the rows of a picture. */
		assert_int_equal(ip_tensor_permute(&turned, &v, rows), 0);
		assert_int_equal(ip_tensor_convert(&one, IP_F32, &turned), 0);
		assert_int_equal(ip_raw_write(ip_test_tmp("%zu.f32", j), &one),
			0);
		ip_tensor_free(&one);
	}
	assert_int_equal(tool("3.npy 0.npy 1.npy 2.npy --rotation=30 "
		"--segment-order=1,2,3,0 --pixel-size=0.2 " BEAM KEEP "-o d_out.npz"), 0);
	assert_phase("d_out.npz");
	assert_int_equal(tool("2.f32 0.f32 3.f32 1.f32 --shape=60,70 "
		"--segment-order=1,3,0,2 --rotation=auto --pixel-size=0.2 "
		BEAM KEEP "-o e_out.npz"), 0);
	assert_phase("e_out.npz");
	/* Counted clockwise: the search says mirrored. */
	assert_int_equal(tool("3.f32 2.f32 1.f32 0.f32 --shape=60,70 "
		"--rotation=auto --pixel-size=0.2 " BEAM KEEP "-o f_out.npz"), 0);
	assert_said("mirrored");
	assert_phase("f_out.npz");
	ip_tensor_free(&s);
}

/* A series, periodic, against a truth that is what it should find. */
static void series_with_truth(void **state)
{
	enum { N = 32 };
	struct ip_tensor s = {0}, truth, t = {0};
	struct ip_bundle b = {0}, out = {0};
	size_t shape[4] = {2, 4, N, N}, i, j, m;
	struct ip_idpc how = ip_test_idpc();
	double c, pixel[2] = {0.1, 0.1}, box[2] = {3.2, 3.2};
	char *said;

	(void)state;
	how.calibration = IP_CENTROID;
	how.inner = 10;
	assert_int_equal(ip_idpc_calibration(&how, 4, &c), 0);
	assert_int_equal(ip_tensor_new(&s, IP_F64, 4, shape), 0);
	truth = ip_test_image(N, N);
	for (i = 0; i < N * N; i++) {
		double x = 2 * PI * (double)(i / N) / N;

		/* A wave of 1/3.2 A, which the blur leaves 0.7522 of. */
		ip_test_values(&truth)[i] = 7 + 100 * cos(x);
		for (m = 0; m < 2; m++)
			for (j = 0; j < 4; j++)
				ip_test_values(&s)[(m * 4 + j) * N * N + i] =
					1 - (m + 1.0) * 2 / c * cos(PI
					* (0.25 + 0.5 * (double)j))
					* 7.2884e-4 * 100 / 3.2 * sin(x);
	}
	assert_int_equal(ip_bundle_add(&b, "segments", &s, NULL), 0);
	assert_int_equal(ip_bundle_add(&b, "truth", &truth, NULL), 0);
	assert_int_equal(ip_attrs_f64(&b.attrs, "pixel_size", pixel, 2), 0);
	assert_int_equal(ip_attrs_f64(&b.attrs, "box", box, 2), 0);
	i = 2;
	assert_int_equal(ip_tensor_new(&t, IP_F64, 1, &i), 0);
	ip_test_values(&t)[0] = 20;
	ip_test_values(&t)[1] = 40;
	assert_int_equal(ip_bundle_add(&b, "thickness", &t, NULL), 0);
	assert_int_equal(ip_npz_write(ip_test_tmp("s.npz"), &b, 0), 0);
	assert_int_equal(tool("s.npz --rotation=0 " BEAM "--truth=truth "
		"--calibration=centroid -o s_out.npz --png=s"), 0);
	said = (char *)ip_test_read(ip_test_tmp("out"), &i);
	print_message("# %s", said);
	/* 0.7522 is the overlap of discs 0.1959 diameters apart. */
	assert_non_null(strstr(said, "20 nm: Pearson 1.0000 slope 1.3295"));
	assert_non_null(strstr(said, "40 nm: Pearson 1.0000 slope 2.6591"));
	free(said);
	assert_int_equal(ip_npz_read(ip_test_tmp("s_out.npz"), &out), 0);
	assert_int_equal(ip_bundle_find(&out, "idpc_potential")->tensor.ndim,
		3);
	assert_non_null(ip_bundle_find(&out, "truth_blurred"));
	assert_non_null(ip_bundle_find(&out, "thickness"));
	assert_string_equal(ip_attrs_get_text(&out.attrs, "boundary"),
		"periodic");
	assert_string_equal(ip_attrs_get_text(&out.attrs, "background"),
		"mean");
	assert_string_equal(ip_attrs_get_text(&out.attrs, "calibration"),
		"centroid");
	assert_true(ip_test_exists(ip_test_tmp("s-000-idpc.png")));
	assert_true(ip_test_exists(ip_test_tmp("s-001-panels.png")));
	assert_true(ip_test_exists(ip_test_tmp("s-series.png")));
	ip_bundle_free(&b);
	ip_bundle_free(&out);
}

static void refused(const char *arguments, int status, const char *part)
{
	assert_int_equal(tool(arguments), status);
	assert_said(part);
	assert_false(ip_test_exists(ip_test_tmp("no.npz")));
}

static void bad_input(void **state)
{
	struct ip_tensor s = object_segments(0), v;

	(void)state;
	write_bundle("n.npz", &s, 0);
	refused("-o no.npz", 2, "give a file");
	refused("n.npz", 2, "-o");
	refused("n.npz -o no.npz", 2, "--energy");
	refused("n.npz --energy=200 -o no.npz", 2, "--semiangle");
	refused("n.npz --energy=200 --semiangle=20 -o no.npz", 2, "--inner");
	refused("n.npz " BEAM "-o no.npz", 2, "--rotation");
	refused("n.npz " BEAM "--rotation=x -o no.npz", 2, "--rotation");
	refused("n.npz " BEAM "--rotation=0 -o no.npz", 2, "--pixel-size");
	refused("n.npz " BEAM "--rotation=0 --pixel-size=0.1 --outer=15 "
		"-o no.npz", 1, "centroid");
	refused("n.npz " BEAM "--rotation=0 --pixel-size=0.1 --tensor=x "
		"-o no.npz", 1, "--tensor");
	refused("n.npz " BEAM "--rotation=0 --pixel-size=0.1 "
		"--segment-order=0,1,1,3 -o no.npz", 2, "--segment-order");
	refused("n.npz n.npz n.npz --truth=x -o no.npz", 2, "--truth");
	refused("n.npz " BEAM "--rotation=0 --pixel-size=0.1 --truth=x "
		"-o no.npz", 1, "--truth");
	refused("absent.npz -o no.npz", 1, "absent.npz");
	refused("n.txt -o no.npz", 1, "n.txt");
	assert_int_equal(ip_tensor_at(&v, &s, 0, 0), 0);
	assert_int_equal(ip_raw_write(ip_test_tmp("x.f64"), &v), 0);
	refused("x.f64 x.f64 x.f64 -o no.npz", 1, "--shape");
	refused("x.f64 x.f64 x.f64 --dtype=float64 --shape=60,71 -o no.npz", 1,
		"x.f64");
	ip_test_values(&s)[17] = NAN;
	write_bundle("nan.npz", &s, 1);
	refused("nan.npz -o no.npz --png=no", 1, "segments");
	assert_false(ip_test_exists(ip_test_tmp("no-idpc.png")));
	ip_tensor_free(&s);
}

static void transfer_table(void **state)
{
	size_t n;
	char *said;

	(void)state;
	assert_int_equal(tool("--transfer " BEAM "--png=t"), 0);
	said = (char *)ip_test_read(ip_test_tmp("out"), &n);
	/* k0 = 0.7975 1/A; at the limit nothing is left. */
	assert_non_null(strstr(said, "1.5949   1.00     0.0000"));
	free(said);
	assert_true(ip_test_exists(ip_test_tmp("t-transfer.png")));
}

/*
 * Four pictures of unknown origin: they must be found consistent, mirrored as
 * rows of a picture (or not, read the other way), with bright atoms.
 */
static void sample_quadrants(void **state)
{
	char q[4][1024], command[8192];
	struct ip_bundle b = {0};
	const float *v;
	double m2 = 0, m3 = 0;
	int i;

	(void)state;
	for (i = 0; i < 4; i++) {
		char name[64];
		const char *path;

		snprintf(name, sizeof name, "samples/quadrant_%d.f32", i + 1);
		path = ip_test_shared(name);
		if (!path)
			skip();
		snprintf(q[i], sizeof q[i], "%s", path);
	}
	snprintf(command, sizeof command, "'%s' '%s' '%s' '%s' --shape=64,64 "
		BEAM "--pixel-size=0.1 --rotation=auto -o q.npz --png=q",
		q[0], q[1], q[2], q[3]);
	assert_int_equal(tool(command), 0);
	assert_int_equal(ip_npz_read(ip_test_tmp("q.npz"), &b), 0);
	assert_true(ip_attrs_get(&b.attrs, "rotation_certainty", 0) > 0.95);
	v = ip_bundle_find(&b, "idpc_phase")->tensor.data;
	for (i = 0; i < 64 * 64; i++) {
		m2 += v[i] * v[i] / 4096;
		m3 += v[i] * v[i] * v[i] / 4096;
	}
	/* Atoms bright on an even ground. */
	assert_true(m3 / pow(m2, 1.5) > 0.5);
	ip_bundle_free(&b);
}

static int prepare(void **state)
{
	(void)state;
	ip_test_object(dx, dy, phase);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bundles),
		cmocka_unit_test(separate_images),
		cmocka_unit_test(series_with_truth),
		cmocka_unit_test(bad_input),
		cmocka_unit_test(transfer_table),
		cmocka_unit_test(sample_quadrants),
	};

	return cmocka_run_group_tests(tests, prepare, NULL);
}
