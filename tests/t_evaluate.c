/* iphase-evaluate: its figures are those of the library, of the right things. */
#include "support/support.h"
#include <math.h>
#include <sys/wait.h>
#include <iphase/formats.h>
#include <iphase/idpc.h>
#include <iphase/ipt.h>
#include <iphase/metrics.h>

enum { T = 3, H = 24, W = 20, POINTS = H * W };

/* Run iphase-evaluate in the scratch folder; its exit status. */
static int tool(const char *arguments)
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

static void assert_said(const char *file, const char *part)
{
	size_t n;
	char *text = (char *)ip_test_read(ip_test_tmp("%s", file), &n);

	if (!strstr(text, part))
		print_message("# no '%s' in: %s\n", part, text);
	assert_non_null(strstr(text, part));
	free(text);
}

/* ---- pictures ---- */

/* Smooth bumps and noise, positive; kind and i choose which. */
static struct ip_tensor pictures(int ndim, const size_t *shape, int kind)
{
	struct ip_tensor t;
	uint64_t seed = (uint64_t)kind + 1;
	size_t n, i;
	float *v;

	assert_int_equal(ip_tensor_new(&t, IP_F32, ndim, shape), 0);
	n = ip_tensor_count(&t);
	v = t.data;
	for (i = 0; i < n; i++) {
		double x = (double)(i / W % H), y = (double)(i % W);
		double k = (double)(i / POINTS);

		v[i] = (float)(900 * (1 + k) * exp(sin(0.8 * x)
			+ cos(0.9 * y + 0.2 * kind * k)) + 200.0 * (1 + kind)
			* ip_test_uniform(&seed));
	}
	return t;
}

static void add(struct ip_bundle *b, const char *name, struct ip_tensor t)
{
	assert_int_equal(ip_bundle_add(b, name, &t, NULL), 0);
}

static void add_numbers(struct ip_bundle *b, const char *name, int ndim,
	size_t n, const double *v)
{
	struct ip_tensor t;

	assert_int_equal(ip_tensor_new(&t, IP_F64, ndim, &n), 0);
	memcpy(t.data, v, n * sizeof *v);
	add(b, name, t);
}

static const double depth[T] = { 19.96, 20.04, 41.3 };
static const double angles[3] = { 10, -0.25, 0.5 };

/*
 * As iphase-simulate and iphase-infer write them: segments, prediction,
 * truth, and - for no thickness.
 */
static void make(struct ip_bundle *b, const char *parts)
{
	const size_t shape[3] = { T, H, W }, four[4] = { T, 4, H, W };

	memset(b, 0, sizeof *b);
	if (strchr(parts, 's'))
		add(b, "segments", pictures(4, four, 2));
	if (strchr(parts, 'p'))
		add(b, "potential", pictures(3, shape, 1));
	if (strchr(parts, 't'))
		add(b, "potential_beam", pictures(3, shape, 0));
	if (!strchr(parts, '-'))
		add_numbers(b, "thickness", 1, T, depth);
	add_numbers(b, "euler", 1, 3, angles);
	assert_int_equal(ip_attrs_text(&b->attrs, "material", "GaN"), 0);
}

static void save(struct ip_bundle *b, const char *name)
{
	if (strstr(name, ".npz"))
		assert_int_equal(ip_npz_write(ip_test_tmp("%s", name), b, 0),
			0);
	else
		assert_int_equal(ip_ipt_save(ip_test_tmp("%s", name), b, 0),
			0);
}

/* ---- the CSV file ---- */

struct table {
	char *text, *cell[64][40];
	size_t rows, columns;
};

static void read_table(struct table *t, const char *name)
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

static const char *cell(const struct table *t, size_t row, const char *name)
{
	size_t k;

	for (k = 0; k < t->columns; k++)
		if (strcmp(t->cell[0][k], name) == 0)
			return t->cell[row][k];
	fail_msg("no column %s", name);
	return NULL;
}

/* Bit for bit, which is what 17 digits promise. */
static void assert_cell(const struct table *t, size_t row, const char *name,
	double want)
{
	const char *s = cell(t, row, name);
	double got = strtod(s, NULL);

	if (!(got == want || (isnan(got) && isnan(want))))
		print_message("# row %zu, %s: %s, expected %.17g\n", row, name,
			s, want);
	assert_true(*s != '\0');
	assert_true(got == want || (isnan(got) && isnan(want)));
}

static void assert_metrics(const struct table *t, size_t row,
	const struct ip_metrics *m)
{
	assert_cell(t, row, "psnr", m->psnr);
	assert_cell(t, row, "mae", m->mae);
	assert_cell(t, row, "pearson", m->pearson);
	assert_cell(t, row, "peak", m->peak);
	assert_cell(t, row, "ssim", m->ssim);
	assert_cell(t, row, "mean", m->mean);
	assert_cell(t, row, "mean_truth", m->mean_truth);
	assert_cell(t, row, "max", m->max);
	assert_cell(t, row, "max_truth", m->max_truth);
	assert_cell(t, row, "slope", m->slope);
	assert_cell(t, row, "offset", m->offset);
}

static void assert_reference(const struct table *t, size_t row,
	const struct ip_metrics_reference *m)
{
	assert_cell(t, row, "mae_norm", m->mae_norm);
	assert_cell(t, row, "rmse_norm", m->rmse_norm);
	assert_cell(t, row, "psnr_norm", m->psnr_norm);
	assert_cell(t, row, "pearson_norm", m->pearson_norm);
	assert_cell(t, row, "peak_pcterr_norm", m->peak_pcterr_norm);
	assert_cell(t, row, "mae_abs", m->mae_abs);
	assert_cell(t, row, "rmse_abs", m->rmse_abs);
	assert_cell(t, row, "peak_pcterr_abs", m->peak_pcterr_abs);
	assert_cell(t, row, "max_gt_abs", m->max_gt_abs);
	assert_cell(t, row, "max_pred_abs", m->max_pred_abs);
	assert_cell(t, row, "mean_gt_abs", m->mean_gt_abs);
	assert_cell(t, row, "mean_pred_abs", m->mean_pred_abs);
}

/* ---- a stored prediction ---- */

static void view(struct ip_tensor *v, const struct ip_bundle *b,
	const char *name, size_t i)
{
	struct ip_item *item = ip_bundle_find(b, name);

	assert_non_null(item);
	assert_int_equal(ip_tensor_at(v, &item->tensor, 0, i), 0);
}

/* The reference's table of a prediction in V Angstrom. */
static void reference_of(const struct ip_tensor *p, const struct ip_tensor *t,
	double scale, int clip01, struct ip_metrics_reference *m)
{
	struct ip_tensor unit;
	size_t i;

	assert_int_equal(ip_tensor_convert(&unit, IP_F64, p), 0);
	for (i = 0; i < POINTS; i++)
		((double *)unit.data)[i] /= scale;
	assert_int_equal(ip_metrics_reference(&unit, t, scale, clip01, m), 0);
	ip_tensor_free(&unit);
}

static void stored_prediction(void **state)
{
	struct ip_metrics_reference r;
	struct ip_metrics m;
	struct ip_bundle b;
	struct table t;
	size_t i;
	int clip;

	(void)state;
	make(&b, "pt");
	save(&b, "p.ipt");
	for (clip = 0; clip < 2; clip++) {
		assert_int_equal(tool(clip ?
			"p.ipt --csv=p.csv --scale=9000 --clip01" :
			"p.ipt --csv=p.csv"), 0);
		read_table(&t, "p.csv");
		assert_int_equal(t.rows, 1 + 2 * T);
		for (i = 0; i < T; i++) {
			struct ip_tensor p, truth;
			size_t row = 1 + 2 * i;

			view(&p, &b, "potential", i);
			view(&truth, &b, "potential_beam", i);
			assert_string_equal(cell(&t, row, "method"), "network");
			assert_int_equal(ip_metrics(&p, &truth, &m), 0);
			assert_metrics(&t, row, &m);
			reference_of(&p, &truth, clip ? 9000 : 600000, clip,
				&r);
			assert_reference(&t, row, &r);
			assert_string_equal(cell(&t, row + 1, "method"),
				"network_fitted");
			assert_int_equal(ip_metrics_fitted(&p, &truth, &m), 0);
			assert_metrics(&t, row + 1, &m);
			assert_string_equal(cell(&t, row + 1, "mae_norm"), "");
			assert_cell(&t, row, "picture", (double)i);
			assert_cell(&t, row, "thickness_nm", depth[i]);
			assert_cell(&t, row, "rx_deg", angles[1]);
			assert_string_equal(cell(&t, row, "material"), "GaN");
		}
		free(t.text);
	}
	assert_said("out", "20 nm, mean of 2 pictures");
	assert_said("out", "41 nm, mean of 1 picture\n");
	/* The same the other way round. */
	assert_int_equal(tool("p.ipt --truth=potential "
		"--prediction=potential_beam --csv=q.csv"), 0);
	read_table(&t, "q.csv");
	{
		struct ip_tensor p, truth;

		view(&p, &b, "potential", 2);
		view(&truth, &b, "potential_beam", 2);
		assert_int_equal(ip_metrics(&truth, &p, &m), 0);
		assert_metrics(&t, 5, &m);
	}
	free(t.text);
	ip_bundle_free(&b);
}

/* ---- iDPC of the segments ---- */

enum { MIRRORED, PERIODIC, TURNED, FLIPPED, WAYS };

static void idpc_of(const struct ip_tensor *segments, int way,
	const struct ip_tensor *truth, struct ip_metrics *m)
{
	int periodic = way != MIRRORED;
	struct ip_idpc how = { .energy = 200e3, .semiangle = 20, .inner = 10,
		.outer = 50, .pixel_size = { 0.1, 0.1 },
		.boundary = periodic ? IP_PERIODIC : IP_MIRRORED,
		.background = periodic ? IP_MEAN : IP_PLANE };
	struct ip_idpc_result r = { 0 };

	if (way >= TURNED)
		how.rotation = 3.14159265358979323846 / 6;
	if (way == FLIPPED) {
		how.flip = 1;
		how.pixel_size[1] = 0.2;
	}
	assert_int_equal(ip_idpc(segments, &how, &r), 0);
	assert_int_equal(ip_metrics_fitted(&r.potential, truth, m), 0);
	ip_idpc_result_free(&r);
}

/* Attributes say how. */
static void idpc(void **state)
{
	static const double pixels[2] = { 0.1, 0.2 };
	struct ip_tensor s, truth;
	struct ip_metrics m;
	struct ip_bundle b;
	struct table t;
	size_t i;
	int way;

	(void)state;
	for (way = MIRRORED; way < WAYS; way++) {
		make(&b, "spt");
		if (way >= PERIODIC)
			ip_attrs_number(&b.attrs, "periodic", 1);
		if (way >= TURNED)
			ip_attrs_number(&b.attrs, "rotation", 30);
		if (way == FLIPPED) {
			ip_attrs_number(&b.attrs, "flip", 1);
			ip_attrs_f64(&b.attrs, "pixel_size", pixels, 2);
		}
		save(&b, way == TURNED ? "turned.ipt" : "s.ipt");
		assert_int_equal(tool(way == TURNED ? "turned.ipt --csv=s.csv"
			: "s.ipt --csv=s.csv"), 0);
		read_table(&t, "s.csv");
		assert_int_equal(t.rows, 1 + 3 * T);
		for (i = 0; i < T; i++) {
			view(&s, &b, "segments", i);
			view(&truth, &b, "potential_beam", i);
			idpc_of(&s, way, &truth, &m);
			assert_string_equal(cell(&t, 3 + 3 * i, "method"),
				"idpc_fitted");
			assert_metrics(&t, 3 + 3 * i, &m);
		}
		free(t.text);
		ip_bundle_free(&b);
	}
	assert_int_equal(tool("turned.ipt --csv=r.csv --rotation=0"), 0);
	read_table(&t, "r.csv");
	make(&b, "st");
	view(&s, &b, "segments", 1);
	view(&truth, &b, "potential_beam", 1);
	idpc_of(&s, PERIODIC, &truth, &m);
	assert_metrics(&t, 6, &m);
	free(t.text);
	ip_bundle_free(&b);
}

/* The reference's .npz: float16 input, potential with or without an axis. */
static void reference_npz(void **state)
{
	static const double nm[1] = { 60 };
	const size_t four[3] = { 4, H, W }, one[3] = { 1, H, W };
	struct ip_tensor half, s, truth;
	struct ip_metrics m;
	struct ip_bundle b = { 0 };
	struct table t;

	(void)state;
	s = pictures(3, four, 2);
	assert_int_equal(ip_tensor_convert(&half, IP_F16, &s), 0);
	add(&b, "input", half);
	add(&b, "potential", pictures(3, one, 0));
	add_numbers(&b, "thickness_nm", 0, 1, nm);
	add_numbers(&b, "rotation", 1, 3, angles);
	save(&b, "r.npz");
	assert_int_equal(tool("r.npz --csv=r.csv --json=r.json"), 0);
	assert_said("out", "r.npz: unknown, 60 nm");
	read_table(&t, "r.csv");
	assert_int_equal(t.rows, 2);
	view(&truth, &b, "potential", 0);
	idpc_of(&ip_bundle_find(&b, "input")->tensor, MIRRORED,
		&truth, &m);
	assert_metrics(&t, 1, &m);
	assert_cell(&t, 1, "rz_deg", 10);
	assert_string_equal(cell(&t, 1, "model"), "");
	assert_said("r.json", "\"model\": null");
	free(t.text);
	ip_tensor_free(&s);
	ip_bundle_free(&b);
}

/* ---- other shapes ---- */

/* One truth for a series, a map of thickness, and a picture of no range. */
static void odd_shapes(void **state)
{
	const size_t shape[2] = { H, W }, one[3] = { 1, H, W };
	struct ip_bundle b;
	struct table t;
	struct ip_item *item;
	size_t i;

	(void)state;
	make(&b, "p");
	add(&b, "flat", pictures(3, one, 0));
	item = ip_bundle_find(&b, "flat");
	for (i = 0; i < POINTS; i++)
		((float *)item->tensor.data)[i] = 7;
	ip_tensor_free(&ip_bundle_find(&b, "thickness")->tensor);
	ip_bundle_find(&b, "thickness")->tensor = pictures(2, shape, 0);
	for (i = 0; i < POINTS; i++)
		((float *)ip_bundle_find(&b, "thickness")->tensor.data)[i] =
			i % 2 ? 10.25f : 10.75f;
	save(&b, "f.ipt");
	assert_int_equal(tool("f.ipt --truth=flat --csv=f.csv --json=f.json"),
		0);
	read_table(&t, "f.csv");
	assert_int_equal(t.rows, 1 + 2 * T);
	assert_cell(&t, 1, "thickness_nm", 10.5);
	assert_cell(&t, 1, "psnr", NAN);
	assert_cell(&t, 1, "max_truth", 7);
	assert_cell(&t, 2, "max", 7);
	assert_said("f.json", "{\"psnr\": null, \"mae\": ");
	free(t.text);
	ip_bundle_free(&b);
}

/* Means leave out what is not a number, and pictures may say nothing. */
static void means(void **state)
{
	struct ip_bundle b;
	struct table t;
	char text[128];
	size_t i;

	(void)state;
	make(&b, "pt-");
	for (i = 0; i < 2 * POINTS; i++)
		((float *)ip_bundle_find(&b, "potential_beam")->tensor.data)[i]
			= 7;
	assert_int_equal(ip_attrs_text(&b.attrs, "material", "a\"\037\\b"),
		0);
	save(&b, "u.ipt");
	assert_int_equal(tool("u.ipt p.ipt --csv=u.csv --json=u.json"), 0);
	read_table(&t, "u.csv");
	snprintf(text, sizeof text, "\"mean\": {\"pictures\": 3,\n\t"
		"\"network\": {\"psnr\": %s, ", cell(&t, 5, "psnr"));
	assert_said("u.json", text);
	assert_said("u.json", "{\"material\": \"a\\\"\\u001f\\\\b\"");
	assert_said("u.json", "{\"thickness_nm\": null, \"mean\": ");
	assert_said("out", "thickness not known, mean of 3 pictures");
	assert_said("out", "all, mean of 6 pictures");
	free(t.text);
	ip_bundle_free(&b);
}

/* What the tool refuses leaves no files. */
static void refused_one(struct ip_bundle *b, const char *arguments,
	const char *said)
{
	char line[256];

	save(b, "bad.ipt");
	snprintf(line, sizeof line, "bad.ipt --csv=no.csv --json=no.json %s",
		arguments);
	assert_int_equal(tool(line), 1);
	assert_said("err", said);
	assert_false(ip_test_exists(ip_test_tmp("no.csv")));
	assert_false(ip_test_exists(ip_test_tmp("no.json")));
}

static void refused(void **state)
{
	const size_t two[3] = { 2, H, W }, small[3] = { T, H, W - 1 };
	const size_t six[3] = { 6, H, W };
	struct ip_bundle b;
	float *v;

	(void)state;
	make(&b, "t");
	refused_one(&b, "", "neither segments nor a prediction");
	add(&b, "p", pictures(3, two, 0));
	refused_one(&b, "--prediction=p", "2 pictures of the prediction");
	add(&b, "q", pictures(3, small, 0));
	refused_one(&b, "--prediction=q", "24 x 19 pixels, but a truth of");
	add(&b, "segments", pictures(3, six, 0));
	refused_one(&b, "", "6 segments, expected 4");
	refused_one(&b, "--truth=thickness", "1 axes");
	ip_bundle_free(&b);
	make(&b, "pt");
	v = ip_bundle_find(&b, "potential")->tensor.data;
	v[POINTS + 5] = NAN;
	refused_one(&b, "", "prediction");
	ip_bundle_free(&b);
	make(&b, "pt");
	ip_tensor_free(&ip_bundle_find(&b, "thickness")->tensor);
	ip_bundle_find(&b, "thickness")->tensor = pictures(1, two, 0);
	refused_one(&b, "", "2 thicknesses of 3 pictures");
	ip_bundle_free(&b);
	make(&b, "pt");
	ip_tensor_free(&ip_bundle_find(&b, "euler")->tensor);
	ip_bundle_find(&b, "euler")->tensor = pictures(1, two, 0);
	refused_one(&b, "", "three numbers");
	ip_bundle_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stored_prediction),
		cmocka_unit_test(idpc),
		cmocka_unit_test(reference_npz),
		cmocka_unit_test(odd_shapes),
		cmocka_unit_test(means),
		cmocka_unit_test(refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
