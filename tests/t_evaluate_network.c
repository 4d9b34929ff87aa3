/* iphase-evaluate --model: the network's figures, and where it is from. */
#include "support/support.h"
#include "support/evaluate.h"
#include <math.h>

static void zeros_like(struct ip_tensor *t)
{
	struct ip_tensor z;

	assert_int_equal(ip_tensor_new(&z, IP_F32, t->ndim, t->shape), 0);
	*t = z;
}

static void run(const struct ip_model *m, const struct ip_bundle *b,
	size_t i, int blind, struct ip_tensor *potential)
{
	struct ip_measurement in;

	ip_test_measurement_of(&in, b, i);
	if (blind)
		zeros_like(&in.segments);
	ip_test_infer(m, &in, potential);
	if (blind)
		ip_tensor_free(&in.segments);
}

static void network(void **state)
{
	struct ip_metrics_reference r;
	struct ip_tensor p, truth, blind;
	struct ip_model model = { 0 };
	struct ip_metrics m;
	struct ip_bundle b;
	struct ip_test_csv t;
	size_t n, i;
	char *err;

	(void)state;
	ip_test_evaluate_model(&model, NULL);
	ip_test_measured(&b, "spt");
	ip_test_save(&b, "n.ipt");
	assert_int_equal(ip_test_evaluate("--model=m.ipt n.ipt --csv=n.csv "
		"--json=n.json"), 0);
	ip_test_table(&t, "n.csv");
	assert_int_equal(t.rows, 1 + 6 * IP_TEST_T);
	run(&model, &b, 1, 0, &p);
	ip_test_view(&truth, &b, "potential_beam", 1);
	assert_int_equal(ip_metrics(&p, &truth, &m), 0);
	ip_test_assert_metrics(&t, 7, &m);
	ip_test_reference_of(&p, &truth, 5000, 0, &r);
	ip_test_assert_reference(&t, 7, &r);
	assert_int_equal(ip_metrics_fitted(&p, &truth, &m), 0);
	ip_test_assert_metrics(&t, 8, &m);
	run(&model, &b, 1, 1, &blind);
	assert_int_equal(ip_metrics(&blind, &truth, &m), 0);
	ip_test_assert_metrics(&t, 9, &m);
	ip_tensor_free(&blind);
	assert_string_equal(ip_test_cell(&t, 9, "method"), "network_blind");
	assert_string_equal(ip_test_cell(&t, 9, "model"), "m.ipt");
	assert_string_equal(ip_test_cell(&t, 10, "model"), "");
	ip_test_said("out", "model m.ipt: trained on Si, GaN (wurtzite)\n"
		"  random numbers\n");
	ip_test_said("n.json", "{\"name\": \"m.ipt\", \"materials\": "
		"\"Si, GaN (wurtzite)\", \"provenance\": \"random numbers\", "
		"\"scale\": 5000}");
	/* Another scale is another prediction. */
	free(t.text);
	assert_int_equal(ip_test_evaluate("--model=m.ipt --scale=7 n.ipt "
		"--csv=n.csv"), 0);
	ip_test_table(&t, "n.csv");
	for (i = 0; i < IP_TEST_HW; i++)
		((float *)p.data)[i] *= 7.0f / 5000;
	assert_int_equal(ip_metrics(&p, &truth, &m), 0);
	/* (two roundings of float32 instead of one) */
	assert_true(fabs(strtod(ip_test_cell(&t, 7, "mae"), NULL) / m.mae - 1)
		< 1e-6);
	/* One warning for three pictures of a material. */
	err = (char *)ip_test_read(ip_test_tmp("err"), &n);
	assert_non_null(strstr(err, "was trained on GaN"));
	assert_null(strstr(strstr(err, "trained") + 1, "trained"));
	free(err);
	free(t.text);
	ip_tensor_free(&p);
	ip_bundle_free(&b);
	ip_model_free(&model);
}

/* Warnings on a file of this material by a model trained on those. */
static int warnings(const char *file, const char *material,
	const char *materials, const char *more)
{
	struct ip_bundle b;
	char *err, *p, line[128];
	int count = 0;
	size_t n;

	ip_test_measured(&b, "pt");
	ip_attrs_text(&b.attrs, "material", material);
	ip_attrs_text(&b.attrs, "model", "m.pt");
	if (materials)
		ip_attrs_text(&b.attrs, "model_materials", materials);
	ip_test_save(&b, file);
	ip_bundle_free(&b);
	snprintf(line, sizeof line, "%s %s %s", file, file, more);
	assert_int_equal(ip_test_evaluate(line), 0);
	ip_test_said("out", "model m.pt: trained on ");
	p = err = (char *)ip_test_read(ip_test_tmp("err"), &n);
	while ((p = strstr(p, "was trained on")) != NULL) {
		count++;
		p++;
	}
	free(err);
	return count;
}

static void trained_on(void **state)
{
	(void)state;
	assert_int_equal(warnings("w.ipt", "GaN", "Si, GaN", ""), 1);
	assert_int_equal(warnings("w.ipt", "GaN", "gan;Si", ""), 1);
	assert_int_equal(warnings("w.ipt", "GaN", "Si, GaNAs", ""), 0);
	assert_int_equal(warnings("w.ipt", "GaN", "XGaN Ga N Aga", ""), 0);
	assert_int_equal(warnings("w.ipt", "GaN", "SiC", ""), 0);
	assert_int_equal(warnings("w.ipt", "GaN", NULL, ""), 0);
	assert_int_equal(warnings("v.ipt", "Si", "Si,GaN", ""), 1);
	/* Of two materials each once. */
	assert_int_equal(warnings("w.ipt", "GaN", "Si,GaN", "v.ipt"), 2);
}

/* What the network cannot do without, and none of these leaves files. */
static void network_refused(void **state)
{
	struct ip_model model = { 0 };
	struct ip_bundle b;

	(void)state;
	ip_test_evaluate_model(&model, NULL);
	ip_test_measured(&b, "pt");
	ip_test_refused(&b, "--model=m.ipt", "no segments in it");
	ip_bundle_free(&b);
	ip_test_measured(&b, "st-");
	ip_test_refused(&b, "--model=m.ipt", "no thickness in it");
	ip_test_refused(&b, "--model=bad.ipt", "not the weights of");
	ip_test_refused(&b, "--model=absent.ipt", "absent.ipt");
	ip_bundle_free(&b);
	assert_int_equal(ip_test_evaluate("--model=m.ipt --prediction=p "
		"bad.ipt"), 2);
	assert_int_equal(ip_test_evaluate("--model=m.ipt --backend=none "
		"bad.ipt"), 1);
	ip_test_said("err", "there is no backend 'none'");
	ip_model_free(&model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(network),
		cmocka_unit_test(network_refused),
		cmocka_unit_test(trained_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
