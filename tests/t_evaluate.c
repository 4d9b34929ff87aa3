/* iphase-evaluate: its figures are the library's, of the right things. */
#include "support/support.h"
#include "support/evaluate.h"
#include <math.h>
#include <iphase/idpc.h>

/* ---- a stored prediction ---- */

static void stored_prediction(void **state)
{
	struct ip_metrics_reference r;
	struct ip_metrics m;
	struct ip_bundle b;
	struct ip_test_csv t;
	size_t i;
	int clip;

	(void)state;
	ip_test_measured(&b, "pt");
	ip_test_save(&b, "p.ipt");
	for (clip = 0; clip < 2; clip++) {
		assert_int_equal(ip_test_evaluate(clip ?
			"p.ipt --csv=p.csv --scale=9000 --clip01" :
			"p.ipt --csv=p.csv"), 0);
		ip_test_table(&t, "p.csv");
		assert_int_equal(t.rows, 1 + 3 * IP_TEST_T);
		for (i = 0; i < IP_TEST_T; i++) {
			struct ip_tensor p, truth;
			size_t row = 1 + 3 * i;

			ip_test_view(&p, &b, "potential", i);
			ip_test_view(&truth, &b, "potential_beam", i);
			assert_string_equal(ip_test_cell(&t, row, "method"),
				"network");
			assert_int_equal(ip_metrics(&p, &truth, &m), 0);
			ip_test_assert_metrics(&t, row, &m);
			ip_test_reference_of(&p, &truth, clip ? 9000 : 600000,
				clip, &r);
			ip_test_assert_reference(&t, row, &r);
			assert_string_equal(ip_test_cell(&t, row + 1, "method"),
				"network_fitted");
			assert_int_equal(ip_metrics_fitted(&p, &truth, &m), 0);
			ip_test_assert_metrics(&t, row + 1, &m);
			assert_string_equal(ip_test_cell(&t, row + 1,
				"mae_norm"), "");
			ip_test_assert_cell(&t, row, "picture", (double)i);
			ip_test_assert_cell(&t, row, "thickness_nm",
				ip_test_depth[i]);
			ip_test_assert_cell(&t, row, "rx_deg",
				ip_test_angles[1]);
			assert_string_equal(ip_test_cell(&t, row, "material"),
				"GaN");
		}
		free(t.text);
	}
	ip_test_said("out", "\nby thickness         pictures  flat std/mean ");
	ip_test_said("out", "\n20 nm                       2     0   ");
	ip_test_said("out", "\n41 nm                       1     0   ");
	/* The same the other way round. */
	assert_int_equal(ip_test_evaluate("p.ipt --truth=potential "
		"--prediction=potential_beam --csv=q.csv"), 0);
	ip_test_table(&t, "q.csv");
	{
		struct ip_tensor p, truth;

		ip_test_view(&p, &b, "potential", 2);
		ip_test_view(&truth, &b, "potential_beam", 2);
		assert_int_equal(ip_metrics(&truth, &p, &m), 0);
		ip_test_assert_metrics(&t, 7, &m);
	}
	free(t.text);
	ip_bundle_free(&b);
}

/* ---- iDPC and OBF of the segments ---- */

enum { MIRRORED, PERIODIC, TURNED, FLIPPED, WAYS };

static struct ip_idpc how_of(int way)
{
	int periodic = way != MIRRORED;
	struct ip_idpc how = { .energy = 200e3, .semiangle = 20, .inner = 10,
		.outer = 50, .pixel_size = { 0.1, 0.1 },
		.boundary = periodic ? IP_PERIODIC : IP_MIRRORED,
		.background = periodic ? IP_MEAN : IP_PLANE };

	if (way >= TURNED)
		how.rotation = 3.14159265358979323846 / 6;
	if (way == FLIPPED) {
		how.flip = 1;
		how.pixel_size[1] = 0.2;
	}
	return how;
}

static void idpc_of(const struct ip_tensor *segments, int way,
	const struct ip_tensor *truth, struct ip_metrics *m)
{
	struct ip_idpc how = how_of(way);
	struct ip_idpc_result r = { 0 };

	assert_int_equal(ip_idpc(segments, &how, &r), 0);
	assert_int_equal(ip_metrics_fitted(&r.potential, truth, m), 0);
	ip_idpc_result_free(&r);
}

/* Focus, astigmatism and the detector's offset, and half of nm above that. */
static void obf_of(const struct ip_tensor *segments, int way, double nm,
	const struct ip_tensor *truth, struct ip_metrics *m)
{
	struct ip_obf o = { .how = how_of(way), .azimuthal = 4, .rings = 1,
		.floor = 1e-3 };
	struct ip_obf_result r = { 0 };

	o.aberrations.c[IP_C10] = 5 * nm;
	if (way == FLIPPED) {
		o.aberrations.c[IP_C10] -= 80;
		o.aberrations.c[IP_C12] = 30;
		o.aberrations.phi[IP_C12] = 0.4;
		o.offset[0] = 1.5;
		o.offset[1] = -0.5;
	}
	assert_int_equal(ip_obf(segments, &o, &r), 0);
	assert_int_equal(ip_metrics_fitted(&r.potential, truth, m), 0);
	ip_obf_result_free(&r);
}

/* Attributes say how. */
static void set_attributes(struct ip_attrs *a, int way)
{
	static const double pixels[2] = { 0.1, 0.2 }, off[2] = { 1.5, -0.5 };

	if (way >= PERIODIC)
		ip_attrs_number(a, "periodic", 1);
	if (way >= TURNED)
		ip_attrs_number(a, "rotation", 30);
	if (way != FLIPPED)
		return;
	ip_attrs_number(a, "flip", 1);
	ip_attrs_f64(a, "pixel_size", pixels, 2);
	ip_attrs_f64(a, "detector_offset", off, 2);
	ip_attrs_text(a, "aberrations", "C10=-80 C12=30 phi12=0.4");
}

static void idpc_and_obf(void **state)
{
	struct ip_tensor s, truth;
	struct ip_metrics m;
	struct ip_bundle b;
	struct ip_test_csv t;
	size_t i;
	int way;

	(void)state;
	for (way = MIRRORED; way < WAYS; way++) {
		ip_test_measured(&b, "spt");
		set_attributes(&b.attrs, way);
		ip_test_save(&b, way == TURNED ? "turned.ipt" : "s.ipt");
		assert_int_equal(ip_test_evaluate(way == TURNED ?
			"turned.ipt --csv=s.csv" : "s.ipt --csv=s.csv"), 0);
		ip_test_table(&t, "s.csv");
		assert_int_equal(t.rows, 1 + 5 * IP_TEST_T);
		for (i = 0; i < IP_TEST_T; i++) {
			ip_test_view(&s, &b, "segments", i);
			ip_test_view(&truth, &b, "potential_beam", i);
			idpc_of(&s, way, &truth, &m);
			assert_string_equal(ip_test_cell(&t, 3 + 5 * i,
				"method"), "idpc_fitted");
			ip_test_assert_metrics(&t, 3 + 5 * i, &m);
			obf_of(&s, way, ip_test_depth[i], &truth, &m);
			assert_string_equal(ip_test_cell(&t, 4 + 5 * i,
				"method"), "obf_fitted");
			assert_string_equal(ip_test_cell(&t, 4 + 5 * i,
				"model"), "");
			ip_test_assert_metrics(&t, 4 + 5 * i, &m);
		}
		free(t.text);
		ip_bundle_free(&b);
	}
	assert_int_equal(ip_test_evaluate("turned.ipt --csv=r.csv "
		"--rotation=0"), 0);
	ip_test_table(&t, "r.csv");
	ip_test_measured(&b, "st");
	ip_test_view(&s, &b, "segments", 1);
	ip_test_view(&truth, &b, "potential_beam", 1);
	idpc_of(&s, PERIODIC, &truth, &m);
	ip_test_assert_metrics(&t, 8, &m);
	obf_of(&s, PERIODIC, ip_test_depth[1], &truth, &m);
	ip_test_assert_metrics(&t, 9, &m);
	free(t.text);
	ip_bundle_free(&b);
}

/* The reference's .npz: float16 input, potential with or without an axis. */
static void reference_npz(void **state)
{
	static const double nm[1] = { 60 };
	const size_t four[3] = { 4, IP_TEST_H, IP_TEST_W };
	const size_t one[3] = { 1, IP_TEST_H, IP_TEST_W };
	struct ip_tensor half, s, truth;
	struct ip_metrics m;
	struct ip_bundle b = { 0 };
	struct ip_test_csv t;

	(void)state;
	s = ip_test_pictures(3, four, 2);
	assert_int_equal(ip_tensor_convert(&half, IP_F16, &s), 0);
	ip_test_add(&b, "input", half);
	ip_test_add(&b, "potential", ip_test_pictures(3, one, 0));
	ip_test_add_numbers(&b, "thickness_nm", 0, 1, nm);
	ip_test_add_numbers(&b, "rotation", 1, 3, ip_test_angles);
	ip_test_save(&b, "r.npz");
	assert_int_equal(ip_test_evaluate("r.npz --csv=r.csv "
		"--json=r.json"), 0);
	ip_test_said("out", "r.npz: unknown, 60 nm");
	ip_test_table(&t, "r.csv");
	assert_int_equal(t.rows, 4);
	ip_test_view(&truth, &b, "potential", 0);
	idpc_of(&ip_bundle_find(&b, "input")->tensor, MIRRORED,
		&truth, &m);
	ip_test_assert_metrics(&t, 1, &m);
	obf_of(&ip_bundle_find(&b, "input")->tensor, MIRRORED, 60, &truth, &m);
	ip_test_assert_metrics(&t, 2, &m);
	ip_test_assert_cell(&t, 1, "rz_deg", 10);
	assert_string_equal(ip_test_cell(&t, 1, "model"), "");
	ip_test_said("r.json", "\"model\": null");
	free(t.text);
	ip_tensor_free(&s);
	ip_bundle_free(&b);
}

/* ---- other shapes ---- */

/* One truth for a series, a map of thickness, and a picture of no range. */
static void odd_shapes(void **state)
{
	const size_t shape[2] = { IP_TEST_H, IP_TEST_W };
	const size_t one[3] = { 1, IP_TEST_H, IP_TEST_W };
	struct ip_bundle b;
	struct ip_test_csv t;
	struct ip_item *item;
	size_t i;

	(void)state;
	ip_test_measured(&b, "p");
	ip_test_add(&b, "flat", ip_test_pictures(3, one, 0));
	item = ip_bundle_find(&b, "flat");
	for (i = 0; i < IP_TEST_HW; i++)
		((float *)item->tensor.data)[i] = 7;
	ip_tensor_free(&ip_bundle_find(&b, "thickness")->tensor);
	ip_bundle_find(&b, "thickness")->tensor = ip_test_pictures(2, shape, 0);
	for (i = 0; i < IP_TEST_HW; i++)
		((float *)ip_bundle_find(&b, "thickness")->tensor.data)[i] =
			i % 2 ? 10.25f : 10.75f;
	ip_test_save(&b, "f.ipt");
	assert_int_equal(ip_test_evaluate("f.ipt --truth=flat --csv=f.csv "
		"--json=f.json"), 0);
	ip_test_table(&t, "f.csv");
	assert_int_equal(t.rows, 1 + 3 * IP_TEST_T);
	ip_test_assert_cell(&t, 1, "thickness_nm", 10.5);
	ip_test_assert_cell(&t, 1, "psnr", NAN);
	ip_test_assert_cell(&t, 1, "max_truth", 7);
	ip_test_assert_cell(&t, 2, "max", 7);
	ip_test_said("f.json", "{\"psnr\": null, \"mae\": ");
	free(t.text);
	ip_bundle_free(&b);
}

/* Means leave out what is not a number, and pictures may say nothing. */
static void means(void **state)
{
	struct ip_bundle b;
	struct ip_test_csv t;
	char text[128];
	size_t i;

	(void)state;
	ip_test_measured(&b, "pt");
	ip_test_save(&b, "v.ipt");
	ip_bundle_free(&b);
	ip_test_measured(&b, "pt-");
	for (i = 0; i < 2 * IP_TEST_HW; i++)
		((float *)ip_bundle_find(&b, "potential_beam")->tensor.data)[i]
			= 7;
	assert_int_equal(ip_attrs_text(&b.attrs, "material", "a\"\037\\b"),
		0);
	ip_test_save(&b, "u.ipt");
	assert_int_equal(ip_test_evaluate("u.ipt v.ipt --csv=u.csv "
		"--json=u.json"), 0);
	ip_test_table(&t, "u.csv");
	snprintf(text, sizeof text, "\n\t\"network\": {\"psnr\": %s, ",
		ip_test_cell(&t, 5, "psnr"));
	ip_test_said("u.json", "\"mean\": {\"pictures\": 3, \"flat\": 2, "
		"\"std_over_mean\": ");
	ip_test_said("u.json", text);
	ip_test_said("u.json", "{\"material\": \"a\\\"\\u001f\\\\b\"");
	ip_test_said("u.json", "{\"thickness_nm\": null, \"mean\": ");
	ip_test_said("out", "\nthickness not known         3     2   ");
	ip_test_said("out", "\nflat: a truth of std/mean below 0.02");
	ip_test_said("out", "all, mean of 6 pictures");
	free(t.text);
	ip_bundle_free(&b);
}

static void refused(void **state)
{
	const size_t two[3] = { 2, IP_TEST_H, IP_TEST_W };
	const size_t small[3] = { IP_TEST_T, IP_TEST_H, IP_TEST_W - 1 };
	const size_t none[3] = { 0, IP_TEST_H, IP_TEST_W };
	const size_t six[3] = { 6, IP_TEST_H, IP_TEST_W };
	struct ip_bundle b;
	float *v;

	(void)state;
	ip_test_measured(&b, "t");
	ip_test_refused(&b, "", "neither segments nor a prediction");
	ip_test_add(&b, "p", ip_test_pictures(3, two, 0));
	ip_test_refused(&b, "--prediction=p", "another "
		"shape than the prediction: 2 pictures of 24 x 20");
	ip_test_add(&b, "q", ip_test_pictures(3, small, 0));
	ip_test_refused(&b, "--prediction=q", "3 pictures of 24 x 19");
	ip_test_add(&b, "none", ip_test_pictures(3, none, 0));
	ip_test_refused(&b, "--prediction=none", "the prediction is empty");
	ip_test_add(&b, "segments", ip_test_pictures(3, six, 0));
	ip_test_refused(&b, "", "has 6 segments, expected 4");
	ip_bundle_free(&b);
	ip_test_measured(&b, "pt");
	v = ip_bundle_find(&b, "potential")->tensor.data;
	v[IP_TEST_HW + 5] = NAN;
	ip_test_refused(&b, "", "prediction");
	ip_bundle_free(&b);
	ip_test_measured(&b, "pt");
	ip_tensor_free(&ip_bundle_find(&b, "thickness")->tensor);
	ip_bundle_find(&b, "thickness")->tensor = ip_test_pictures(1, two, 0);
	ip_test_refused(&b, "", "one for each of 3 pictures");
	ip_bundle_free(&b);
	ip_test_measured(&b, "pt");
	ip_tensor_free(&ip_bundle_find(&b, "euler")->tensor);
	ip_bundle_find(&b, "euler")->tensor = ip_test_pictures(1, two, 0);
	ip_test_refused(&b, "", "expected rz, rx, ry");
	ip_bundle_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stored_prediction),
		cmocka_unit_test(idpc_and_obf),
		cmocka_unit_test(reference_npz),
		cmocka_unit_test(odd_shapes),
		cmocka_unit_test(means),
		cmocka_unit_test(refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
