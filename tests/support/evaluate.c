/* What the tests of iphase-evaluate share. */
#include "support.h"
#include "evaluate.h"
#include <math.h>
#include <sys/wait.h>
#include <iphase/formats.h>
#include <iphase/ipt.h>

int ip_test_evaluate(const char *arguments)
{
	const char *build = getenv("IP_BUILDDIR");
	char command[4096];
	int status;

	snprintf(command, sizeof command, "cd '%s' && '%s/iphase-evaluate' %s"
		" >out 2>err </dev/null", ip_test_tmpdir(), build ? build : ".",
		arguments);
	status = system(command);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

void ip_test_said(const char *file, const char *part)
{
	size_t n;
	char *text = (char *)ip_test_read(ip_test_tmp("%s", file), &n);

	if (!strstr(text, part))
		print_message("# no '%s' in: %s\n", part, text);
	assert_non_null(strstr(text, part));
	free(text);
}

/* ---- pictures ---- */

struct ip_tensor ip_test_pictures(int ndim, const size_t *shape,
	int kind)
{
	struct ip_tensor t;
	uint64_t seed = (uint64_t)kind + 1;
	size_t n, i;
	float *v;

	assert_int_equal(ip_tensor_new(&t, IP_F32, ndim, shape), 0);
	n = ip_tensor_count(&t);
	v = t.data;
	for (i = 0; i < n; i++) {
		double x = (double)(i / IP_TEST_W % IP_TEST_H);
		double y = (double)(i % IP_TEST_W);
		double k = (double)(i / IP_TEST_HW);

		v[i] = (float)(900 * (1 + k) * exp(sin(0.8 * x)
			+ cos(0.9 * y + 0.2 * kind * k)) + 200.0 * (1 + kind)
			* ip_test_uniform(&seed));
	}
	return t;
}

void ip_test_add(struct ip_bundle *b, const char *name,
	struct ip_tensor t)
{
	assert_int_equal(ip_bundle_add(b, name, &t, NULL), 0);
}

void ip_test_add_numbers(struct ip_bundle *b, const char *name, int ndim,
	size_t n, const double *v)
{
	struct ip_tensor t;

	assert_int_equal(ip_tensor_new(&t, IP_F64, ndim, &n), 0);
	memcpy(t.data, v, n * sizeof *v);
	ip_test_add(b, name, t);
}

const double ip_test_depth[IP_TEST_T] = { 19.96, 20.04, 41.3 };
const double ip_test_angles[3] = { 10, -0.25, 0.5 };

void ip_test_measured(struct ip_bundle *b, const char *parts)
{
	const size_t shape[3] = { IP_TEST_T, IP_TEST_H, IP_TEST_W };
	const size_t four[4] = { IP_TEST_T, 4, IP_TEST_H, IP_TEST_W };

	memset(b, 0, sizeof *b);
	if (strchr(parts, 's'))
		ip_test_add(b, "segments", ip_test_pictures(4, four, 2));
	if (strchr(parts, 'p'))
		ip_test_add(b, "potential", ip_test_pictures(3, shape, 1));
	if (strchr(parts, 't'))
		ip_test_add(b, "potential_beam", ip_test_pictures(3, shape, 0));
	if (!strchr(parts, '-'))
		ip_test_add_numbers(b, "thickness", 1, IP_TEST_T,
			ip_test_depth);
	ip_test_add_numbers(b, "euler", 1, 3, ip_test_angles);
	assert_int_equal(ip_attrs_text(&b->attrs, "material", "GaN"), 0);
}

void ip_test_save(struct ip_bundle *b, const char *name)
{
	if (strstr(name, ".npz"))
		assert_int_equal(ip_npz_write(ip_test_tmp("%s", name), b, 0),
			0);
	else
		assert_int_equal(ip_ipt_save(ip_test_tmp("%s", name), b, 0),
			0);
}

/* ---- a network ---- */

void ip_test_evaluate_model(struct ip_model *m, const char *truth)
{
	assert_int_equal(ip_model_load(ip_test_src(
		"tests/golden/model_weights.npz"), m), 0);
	m->scale = 5000;
	ip_attrs_text(&m->attrs, "materials", "Si, GaN (wurtzite)");
	ip_attrs_text(&m->attrs, "provenance", "random numbers");
	if (truth)
		ip_attrs_text(&m->attrs, "truth", truth);
	assert_int_equal(ip_model_save(ip_test_tmp("m.ipt"), m, IP_F32), 0);
}

void ip_test_measurement_of(struct ip_measurement *in, const struct ip_bundle *b,
	size_t i)
{
	memset(in, 0, sizeof *in);
	ip_test_view(&in->segments, b, "segments", i);
	ip_test_view(&in->thickness, b, "thickness", i);
	memcpy(in->euler, ip_test_angles, sizeof in->euler);
}

void ip_test_infer(const struct ip_model *m, const struct ip_measurement *in,
	struct ip_tensor *potential)
{
	struct ip_model own = { 0 };	/* a network takes the weights away */
	struct ip_dev *dev;
	struct ip_net *net;

	assert_int_equal(ip_dev_open(&dev, NULL), 0);
	assert_int_equal(ip_model_load(ip_test_tmp("m.ipt"), &own), 0);
	assert_int_equal(ip_net_open(&net, dev, &m->shape, &own.weights), 0);
	assert_int_equal(ip_infer(net, m, in, NULL, potential, NULL), 0);
	ip_net_close(net);
	ip_dev_close(dev);
	ip_model_free(&own);
}

/* ---- the CSV file ---- */

void ip_test_table(struct ip_test_csv *t, const char *name)
{
	size_t n, k;
	char *p;

	memset(t, 0, sizeof *t);
	p = t->text = (char *)ip_test_read(ip_test_tmp("%s", name), &n);
	while (*p) {
		assert_true(t->rows < 64);
		for (k = 0; *p && *p != '\n'; k++) {
			assert_true(k < 40);
			t->cell[t->rows][k] = p;
			p += strcspn(p, ",\n");
			if (*p == ',')
				*p++ = '\0';
		}
		*p++ = '\0';
		t->rows++;
	}
	for (k = 0; k < 40 && t->cell[0][k]; k++)
		t->columns++;
}

const char *ip_test_cell(const struct ip_test_csv *t, size_t row,
	const char *name)
{
	size_t k;

	for (k = 0; k < t->columns; k++)
		if (strcmp(t->cell[0][k], name) == 0)
			return t->cell[row][k];
	fail_msg("no column %s", name);
	return NULL;
}

void ip_test_assert_cell(const struct ip_test_csv *t, size_t row,
	const char *name, double want)
{
	const char *s = ip_test_cell(t, row, name);
	double got = strtod(s, NULL);

	if (!(got == want || (isnan(got) && isnan(want))))
		print_message("# row %zu, %s: %s, expected %.17g\n", row, name,
			s, want);
	assert_true(*s != '\0');
	assert_true(got == want || (isnan(got) && isnan(want)));
}

void ip_test_assert_metrics(const struct ip_test_csv *t, size_t row,
	const struct ip_metrics *m)
{
	ip_test_assert_cell(t, row, "psnr", m->psnr);
	ip_test_assert_cell(t, row, "mae", m->mae);
	ip_test_assert_cell(t, row, "pearson", m->pearson);
	ip_test_assert_cell(t, row, "peak", m->peak);
	ip_test_assert_cell(t, row, "ssim", m->ssim);
	ip_test_assert_cell(t, row, "mean", m->mean);
	ip_test_assert_cell(t, row, "mean_truth", m->mean_truth);
	ip_test_assert_cell(t, row, "max", m->max);
	ip_test_assert_cell(t, row, "max_truth", m->max_truth);
	ip_test_assert_cell(t, row, "slope", m->slope);
	ip_test_assert_cell(t, row, "offset", m->offset);
}

void ip_test_assert_reference(const struct ip_test_csv *t, size_t row,
	const struct ip_metrics_reference *m)
{
	ip_test_assert_cell(t, row, "mae_norm", m->mae_norm);
	ip_test_assert_cell(t, row, "rmse_norm", m->rmse_norm);
	ip_test_assert_cell(t, row, "psnr_norm", m->psnr_norm);
	ip_test_assert_cell(t, row, "pearson_norm", m->pearson_norm);
	ip_test_assert_cell(t, row, "peak_pcterr_norm", m->peak_pcterr_norm);
	ip_test_assert_cell(t, row, "mae_abs", m->mae_abs);
	ip_test_assert_cell(t, row, "rmse_abs", m->rmse_abs);
	ip_test_assert_cell(t, row, "peak_pcterr_abs", m->peak_pcterr_abs);
	ip_test_assert_cell(t, row, "max_gt_abs", m->max_gt_abs);
	ip_test_assert_cell(t, row, "max_pred_abs", m->max_pred_abs);
	ip_test_assert_cell(t, row, "mean_gt_abs", m->mean_gt_abs);
	ip_test_assert_cell(t, row, "mean_pred_abs", m->mean_pred_abs);
}

/* ---- in the tests ---- */

void ip_test_view(struct ip_tensor *v, const struct ip_bundle *b,
	const char *name, size_t i)
{
	struct ip_item *item = ip_bundle_find(b, name);

	assert_non_null(item);
	assert_int_equal(ip_tensor_at(v, &item->tensor, 0, i), 0);
}

void ip_test_reference_of(const struct ip_tensor *p,
	const struct ip_tensor *t, double scale, int clip01,
	struct ip_metrics_reference *m)
{
	struct ip_tensor unit;
	size_t i;

	assert_int_equal(ip_tensor_convert(&unit, IP_F64, p), 0);
	for (i = 0; i < IP_TEST_HW; i++)
		((double *)unit.data)[i] /= scale;
	assert_int_equal(ip_metrics_reference(&unit, t, scale, clip01, m), 0);
	ip_tensor_free(&unit);
}

void ip_test_refused(struct ip_bundle *b, const char *arguments,
	const char *said)
{
	char line[256];

	ip_test_save(b, "bad.ipt");
	snprintf(line, sizeof line, "bad.ipt --csv=no.csv --json=no.json %s",
		arguments);
	assert_int_equal(ip_test_evaluate(line), 1);
	ip_test_said("err", said);
	assert_false(ip_test_exists(ip_test_tmp("no.csv")));
	assert_false(ip_test_exists(ip_test_tmp("no.json")));
}
