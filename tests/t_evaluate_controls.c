/*
 * iphase-evaluate: the network told and shown what is not so, judged by the
 * other potential, and on a defect.
 */
#include "support/support.h"
#include "support/evaluate.h"
#include <math.h>
#include <iphase/em.h>
#include <iphase/threads.h>

enum { PICTURE = 1, METHODS = 12 };	/* which is looked at; rows of each */
static const double pixels[2] = { 0.1, 0.12 };

/* Segments and truths, a float32 copy of segments and one of thickness. */
struct setting {
	struct ip_model model;
	struct ip_bundle b;
	struct ip_measurement in;
	struct ip_tensor segments, nm;
	double t;
};

static void open_setting(struct setting *s, const char *truth)
{
	const size_t shape[3] = { IP_TEST_T, IP_TEST_H, IP_TEST_W };

	memset(s, 0, sizeof *s);
	ip_test_evaluate_model(&s->model, truth);
	ip_test_measured(&s->b, "st");
	ip_test_add(&s->b, "potential_zone", ip_test_pictures(3, shape, 3));
	ip_attrs_f64(&s->b.attrs, "pixel_size", pixels, 2);
	ip_test_save(&s->b, "c.ipt");
	ip_test_measurement_of(&s->in, &s->b, PICTURE);
	assert_int_equal(ip_tensor_convert(&s->segments, IP_F32,
		&s->in.segments), 0);
	assert_int_equal(ip_tensor_convert(&s->nm, IP_F64,
		&s->in.thickness), 0);
	s->in.segments = s->segments;
	s->in.thickness = s->nm;
	s->t = *(double *)s->nm.data;
}

static void close_setting(struct setting *s)
{
	ip_tensor_free(&s->segments);
	ip_tensor_free(&s->nm);
	ip_bundle_free(&s->b);
	ip_model_free(&s->model);
}

/* What each control shows the network. */
static void change(struct setting *s, int method)
{
	const float *from;
	float *v = s->segments.data;
	double sum;

	ip_test_view(&s->in.segments, &s->b, "segments", PICTURE);
	from = s->in.segments.data;
	s->in.segments = s->segments;
	memcpy(s->in.euler, ip_test_angles, sizeof s->in.euler);
	*(double *)s->nm.data = s->t * (method == 7 ? 0.8 : method == 8 ? 1.2 :
		method == 6 ? 0 : 1);
	for (int k = 1; k < 3; k++)
		s->in.euler[k] *= method == 9 ? -1 : 1;
	if (method == 6)
		memset(s->in.euler, 0, sizeof s->in.euler);
	for (int k = 0; k < 4; k++) {
		sum = 0;
		for (int i = 0; i < IP_TEST_HW; i++)
			sum += from[k * IP_TEST_HW + i];
		for (int i = 0; i < IP_TEST_HW; i++)
			v[k * IP_TEST_HW + i] = method == 2 ? 0 :
				method == 11 ? (float)(sum / IP_TEST_HW) :
				from[(k + (method == 10)) % 4 * IP_TEST_HW + i];
	}
}

static const char *const names[METHODS] = { "network", "network_fitted",
	"network_blind", "idpc_fitted", "obf_fitted", "material_mean",
	"control_no_metadata", "control_thin", "control_thick",
	"control_tilt", "control_permuted", "control_empty" };

/* Of the file's row of that method, to the float32 of a mean that may be one
 * of float64. */
static void check(struct setting *s, const struct ip_test_csv *t, int method,
	int smear, const char *name)
{
	struct ip_tensor p, beam, truth;
	struct ip_metrics m;
	size_t row = 1 + METHODS * PICTURE + (size_t)method;
	double mae;

	change(s, method);
	ip_test_infer(&s->model, &s->in, &p);
	/* who knows nothing of it still knows what the beam went through */
	if (method == 6)
		change(s, 0);
	if (smear) {
		assert_int_equal(ip_beam_of_zone(&p, &s->in.thickness,
			s->in.euler, pixels, &beam), 0);
		ip_tensor_free(&p);
		p = beam;
	}
	ip_test_view(&truth, &s->b, name, PICTURE);
	assert_int_equal(ip_metrics(&p, &truth, &m), 0);
	assert_string_equal(ip_test_cell(t, row, "method"), names[method]);
	assert_string_equal(ip_test_cell(t, row, "truth"), name);
	assert_string_equal(ip_test_cell(t, row, "model"), "m.ipt");
	mae = strtod(ip_test_cell(t, row, "mae"), NULL);
	assert_true(fabs(mae / m.mae - 1) < 1e-6);
	mae = strtod(ip_test_cell(t, row, "mean"), NULL);
	assert_true(fabs(mae / m.mean - 1) < 1e-6);
	ip_tensor_free(&p);
}

static void controls_of(const char *model, const char *option, int smear,
	const char *truth)
{
	static const int methods[] = { 0, 2, 6, 7, 8, 9, 10, 11 };
	struct ip_test_csv t;
	struct setting s;
	char line[256];

	open_setting(&s, model);
	snprintf(line, sizeof line, "--model=m.ipt --threads=1 --controls "
		"c.ipt %s "
		"--csv=c.csv --json=c.json", option);
	assert_int_equal(ip_test_evaluate(line), 0);
	ip_test_table(&t, "c.csv");
	assert_int_equal(t.rows, 1 + METHODS * IP_TEST_T);
	for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
		check(&s, &t, methods[i], smear, truth);
	ip_test_said("out", "\ncontrols             MAE/mean  Pearson mean/t");
	ip_test_said("out", "\nempty specimen ");
	ip_test_said("c.json", "\"control_permuted\": {\"psnr\": ");
	free(t.text);
	close_setting(&s);
}

static void test_controls(void **state)
{
	(void)state;
	controls_of(NULL, "", 0, "potential_beam");
	controls_of("potential_zone", "--truth=potential_beam", 1,
		"potential_beam");
}

/*
 * As it answers, if no truth is named. The reference's table of what is smeared
 * is in its own unit.
 */
static void test_smeared(void **state)
{
	struct ip_metrics_reference r;
	struct ip_tensor p, beam, truth;
	struct ip_metrics m;
	struct ip_test_csv t, z;
	struct setting s;
	double reference;

	(void)state;
	open_setting(&s, "potential_zone");
	/* a beam that is tilted as the crystal is moves over it by nothing */
	ip_attrs_f64(&s.b.attrs, "beam_tilt", (double[]){ 1e3 *
		tan(ip_test_angles[2] * 3.14159265358979323846 / 180), 1e3 *
		-tan(ip_test_angles[1] * 3.14159265358979323846 / 180) }, 2);
	ip_test_save(&s.b, "c.ipt");
	assert_int_equal(ip_test_evaluate("--model=m.ipt --threads=1 c.ipt "
		"--csv=c.csv --truth=potential_beam"), 0);
	ip_test_table(&t, "c.csv");
	reference = strtod(ip_test_cell(&t, 7, "mae_norm"), NULL);
	free(t.text);
	change(&s, 0);
	ip_test_infer(&s.model, &s.in, &p);
	assert_int_equal(ip_test_evaluate("--model=m.ipt --threads=1 c.ipt "
		"--csv=z.csv"), 0);
	ip_test_table(&z, "z.csv");
	ip_test_view(&truth, &s.b, "potential_zone", PICTURE);
	assert_int_equal(ip_metrics(&p, &truth, &m), 0);
	assert_string_equal(ip_test_cell(&z, 7, "truth"), "potential_zone");
	assert_true(fabs(strtod(ip_test_cell(&z, 7, "mae"), NULL) / m.mae - 1)
		< 1e-6);
	free(z.text);
	memset(s.in.euler, 0, sizeof s.in.euler);
	assert_int_equal(ip_beam_of_zone(&p, &s.in.thickness, s.in.euler,
		pixels, &beam), 0);
	ip_test_view(&truth, &s.b, "potential_beam", PICTURE);
	ip_test_reference_of(&beam, &truth, IP_MODEL_SCALE, 0, &r);
	/* (the beam's tilt is the crystal's to 1e-6 only) */
	assert_true(fabs(reference / r.mae_norm - 1) < 1e-4);
	ip_tensor_free(&p);
	ip_tensor_free(&beam);
	close_setting(&s);
}

/* ---- a defect ---- */

/* Half of what a truth has more in some pixels, and something elsewhere. */
static void make_defect(struct ip_bundle *perfect, struct ip_bundle *b,
	double part, double beside)
{
	ip_test_measured(perfect, "pt");
	ip_test_measured(b, "pt");
	for (int k = 0; k < IP_TEST_T; k++)
		for (int i = 0; i < 60; i++) {
			size_t at = (size_t)(k * IP_TEST_HW + 100 + i);
			double more = 1000 * (1 + k) + 10 * i;
			float *t = ip_bundle_find(b, "potential_beam")
				->tensor.data;
			float *p = ip_bundle_find(b, "potential")
				->tensor.data;
			t[at] += (float)more;
			p[at] += (float)(part * more);
			p[at + 100] += (float)beside;
		}
	ip_test_save(perfect, "perfect.ipt");
	ip_test_save(b, "defect.ipt");
}

static void test_defect(void **state)
{
	struct ip_bundle perfect, b;
	struct ip_test_csv t;
	double v;

	(void)state;
	make_defect(&perfect, &b, 0.5, 0);
	assert_int_equal(ip_test_evaluate("--perfect=perfect.ipt defect.ipt "
		"--csv=d.csv --json=d.json"), 0);
	ip_test_table(&t, "d.csv");
	/* to the rounding of float32 pixels */
	for (size_t i = 0; i < IP_TEST_T; i++) {
		v = strtod(ip_test_cell(&t, 1 + 3 * i, "contrast"), NULL);
		assert_true(fabs(v - 0.5) < 1e-5);
		v = strtod(ip_test_cell(&t, 1 + 3 * i,
			"contrast_correlation"), NULL);
		assert_true(fabs(v - 1) < 1e-5);
		assert_string_equal(ip_test_cell(&t, 2 + 3 * i, "contrast"),
			"");
	}
	ip_test_said("out", "contrast of the defect 0.500 of the true one, "
		"correlation 1.000\n");
	ip_test_said("out", "\n  defect: contrast 0.500 of the true one");
	ip_test_said("d.json", "\"contrast\": 0.5");
	free(t.text);
	ip_bundle_free(&perfect);
	ip_bundle_free(&b);
	/* reversed, and a halo beside it, which tells in the correlation */
	make_defect(&perfect, &b, -1, 700);
	assert_int_equal(ip_test_evaluate("--perfect=perfect.ipt defect.ipt "
		"--csv=d.csv"), 0);
	ip_test_table(&t, "d.csv");
	assert_true(fabs(strtod(ip_test_cell(&t, 1, "contrast"), NULL) + 1)
		< 1e-5);
	v = strtod(ip_test_cell(&t, 1, "contrast_correlation"), NULL);
	assert_true(v > -0.9 && v < -0.7);
	free(t.text);
	/* no defect is no contrast; and without --perfect nothing is said */
	assert_int_equal(ip_test_evaluate("--perfect=perfect.ipt perfect.ipt "
		"--csv=d.csv"), 0);
	ip_test_table(&t, "d.csv");
	ip_test_assert_cell(&t, 1, "contrast", NAN);
	free(t.text);
	ip_bundle_free(&perfect);
	ip_bundle_free(&b);
}

/* The same of what a network makes of both now. */
static void test_defect_network(void **state)
{
	struct ip_tensor p, q, truth, other;
	struct ip_bundle b, c;
	struct ip_measurement in;
	struct ip_model model = { 0 };
	struct ip_test_csv t;
	double both = 0, square = 0;

	(void)state;
	ip_test_evaluate_model(&model, NULL);
	ip_test_measured(&b, "st");
	ip_test_measured(&c, "st");
	for (int i = 0; i < 4 * IP_TEST_HW; i++) {
		((float *)ip_bundle_find(&c, "segments")->tensor.data)[i] *=
			1 + (float)(i % 7) / 10;
		if (i < IP_TEST_HW)
			((float *)ip_bundle_find(&c, "potential_beam")->tensor
				.data)[i] *= 1 + (float)(i % 5) / 10;
	}
	ip_test_save(&b, "b.ipt");
	ip_test_save(&c, "c.ipt");
	assert_int_equal(ip_test_evaluate("--model=m.ipt --threads=1 "
		"--perfect=b.ipt c.ipt --csv=d.csv"), 0);
	ip_test_table(&t, "d.csv");
	ip_test_measurement_of(&in, &b, 0);
	ip_test_infer(&model, &in, &q);
	ip_test_measurement_of(&in, &c, 0);
	ip_test_infer(&model, &in, &p);
	ip_test_view(&truth, &c, "potential_beam", 0);
	ip_test_view(&other, &b, "potential_beam", 0);
	for (int i = 0; i < IP_TEST_HW; i++) {
		double d = (double)((float *)truth.data)[i] -
			((float *)other.data)[i];
		both += d * ((double)((float *)p.data)[i] -
			((float *)q.data)[i]);
		square += d * d;
	}
	assert_true(fabs(strtod(ip_test_cell(&t, 1, "contrast"), NULL) /
		(both / square) - 1) < 1e-9);
	free(t.text);
	ip_tensor_free(&p);
	ip_tensor_free(&q);
	ip_bundle_free(&b);
	ip_bundle_free(&c);
	ip_model_free(&model);
}

static void test_refused(void **state)
{
	struct ip_bundle b;
	struct setting s;

	(void)state;
	open_setting(&s, NULL);
	ip_test_refused(&s.b, "--model=m.ipt --truth=potential_zone",
		"potential_zone does not judge");
	close_setting(&s);
	open_setting(&s, "potential_zone");
	ip_test_measured(&b, "st");
	ip_test_refused(&b, "--model=m.ipt --truth=potential_beam",
		"no pixel_size in it");
	ip_bundle_free(&b);
	close_setting(&s);
	ip_test_measured(&b, "pt");
	ip_test_save(&b, "p.ipt");
	*(double *)ip_bundle_find(&b, "thickness")->tensor.data += 1;
	ip_test_refused(&b, "--perfect=p.ipt", "another size, thickness or "
		"orientation");
	ip_bundle_free(&b);
	ip_test_measured(&b, "pt");
	((double *)ip_bundle_find(&b, "euler")->tensor.data)[1] += 0.01;
	ip_test_refused(&b, "--perfect=p.ipt", "another size, thickness or "
		"orientation");
	ip_bundle_free(&b);
	ip_test_measured(&b, "st");
	ip_test_save(&b, "s.ipt");
	ip_bundle_free(&b);
	ip_test_measured(&b, "pt");
	ip_test_refused(&b, "--perfect=s.ipt", "no prediction in it");
	ip_bundle_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_controls),
		cmocka_unit_test(test_smeared),
		cmocka_unit_test(test_defect),
		cmocka_unit_test(test_defect_network),
		cmocka_unit_test(test_refused),
	};

	ip_threads_set(1);	/* the pictures are small */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
