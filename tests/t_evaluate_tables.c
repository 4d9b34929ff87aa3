/* iphase-evaluate: groups of pictures, their means, the material's mean. */
#include "support/support.h"
#include "support/evaluate.h"
#include <math.h>

enum { FILES = 4, PICTURES = FILES * IP_TEST_T };

/* Pictures of as many thicknesses and tilts, of two materials. */
static const double depth[PICTURES] = { 5, 6, 19.5, 20, 35, 49.999, 50, 120,
	200, 201, 4.5, 60 };
static const double tilts[FILES] = { 0, 0.25, 0.3, 0.7 };

static void make_files(void)
{
	char name[] = "0.ipt";

	for (int k = 0; k < FILES; k++, name[0]++) {
		const double euler[3] = { 30, 0, tilts[k] };
		struct ip_bundle b;
		float *t, *p;

		ip_test_measured(&b, "pt");
		ip_attrs_text(&b.attrs, "material", k == 1 ? "KNbO3" : "GaN");
		memcpy(ip_bundle_find(&b, "thickness")->tensor.data,
			depth + k * IP_TEST_T, IP_TEST_T * sizeof *depth);
		memcpy(ip_bundle_find(&b, "euler")->tensor.data, euler,
			sizeof euler);
		t = ip_bundle_find(&b, "potential_beam")->tensor.data;
		p = ip_bundle_find(&b, "potential")->tensor.data;
		for (int i = 0; i < IP_TEST_T * IP_TEST_HW; i++) {
			t[i] *= (float)(1 + 0.3 * k);
			p[i] = t[i] + (float)(100 * sin(i * (1 + k)));
			/* the last but one is flat */
			if (k == 3 && i / IP_TEST_HW == 1)
				t[i] = 4000 + (float)(i % 3);
		}
		ip_test_save(&b, name);
		ip_bundle_free(&b);
	}
}

/* The mean of column over the network's rows that are in, and how many. */
static double mean_of(const struct ip_test_csv *t, const char *column,
	const char *in, int *count)
{
	double sum = 0;

	*count = 0;
	for (int i = 0; i < PICTURES; i++) {
		double v = strtod(ip_test_cell(t, 1 + 3 * (size_t)i, column),
			NULL);
		if (!strchr(in, 'a' + i))
			continue;
		if (strcmp(column, "pearson") == 0 && i == 10)
			continue;
		sum += v;
		++*count;
	}
	return sum / *count;
}

/* Row "name" of the text says so of pictures in, a letter each. */
static void check_group(const struct ip_test_csv *t, const char *name,
	const char *in)
{
	char line[256];
	int n, flat = strchr(in, 'a' + 10) != NULL, k;
	double std = mean_of(t, "std_over_mean", in, &n);
	double mae = mean_of(t, "mae", in, &k);
	double pearson = mean_of(t, "pearson", in, &k);
	char r[16];

	snprintf(r, sizeof r, k ? "%.4f" : "-", pearson);
	snprintf(line, sizeof line, "\n%-20s %8d %5d %8.4f\n  %-33s %8s "
		"%8.4f ", name, n, flat, std, "network", r, mae);
	ip_test_said("out", line);
}

static void test_bins(void **state)
{
	struct ip_test_csv t;

	(void)state;
	make_files();
	assert_int_equal(ip_test_evaluate("0.ipt 1.ipt 2.ipt 3.ipt "
		"--csv=t.csv --json=t.json"), 0);
	ip_test_table(&t, "t.csv");
	assert_int_equal(t.rows, 1 + 3 * PICTURES);
	check_group(&t, "GaN", "abcghijkl");
	check_group(&t, "KNbO3", "def");
	/* more than eight thicknesses; an edge is the lower bin's end */
	check_group(&t, "below 5 nm", "k");
	check_group(&t, "5 to 20 nm", "abc");
	check_group(&t, "20 to 50 nm", "def");
	check_group(&t, "50 to 100 nm", "gl");
	check_group(&t, "100 to 200 nm", "hi");
	check_group(&t, "above 200 nm", "j");
	/* but few tilts */
	check_group(&t, "0 degree", "abc");
	check_group(&t, "0.25 degree", "def");
	check_group(&t, "0.3 degree", "ghi");
	check_group(&t, "0.7 degree", "jkl");
	check_group(&t, "all", "abcdefghijkl");
	ip_test_said("out", "\nflat: a truth of std/mean below 0.02");
	ip_test_said("t.json", "{\"thickness_nm\": [20, 50], \"mean\": "
		"{\"pictures\": 3, \"flat\": 0, ");
	ip_test_said("t.json", "{\"thickness_nm\": [null, 5], \"mean\": ");
	ip_test_said("t.json", "{\"tilt_deg\": 0.25");
	free(t.text);
	assert_int_equal(ip_test_evaluate("0.ipt 1.ipt 2.ipt 3.ipt "
		"--csv=t.csv --bins=20:220:100 --tilt-bins=0,0.3,0.6"), 0);
	ip_test_table(&t, "t.csv");
	check_group(&t, "below 20 nm", "abck");
	check_group(&t, "20 to 120 nm", "defgl");
	check_group(&t, "120 to 220 nm", "hij");
	check_group(&t, "0 to 0.3 degree", "abcdef");
	check_group(&t, "0.3 to 0.6 degree", "ghi");
	check_group(&t, "above 0.6 degree", "jkl");
	free(t.text);
	assert_int_equal(ip_test_evaluate("0.ipt --bins=5"), 2);
	assert_int_equal(ip_test_evaluate("0.ipt --tilt-bins=1,0.5"), 2);
	ip_test_said("err", "ascend");
}

/* Twenty pictures are shown each, more are not. */
static void test_many(void **state)
{
	char *out;
	size_t n;

	(void)state;
	make_files();
	assert_int_equal(ip_test_evaluate("0.ipt 1.ipt 2.ipt 3.ipt 0.ipt "
		"1.ipt"), 0);
	ip_test_said("out", "\n0.ipt, picture 1: GaN, 6 nm\n");
	assert_int_equal(ip_test_evaluate("0.ipt 1.ipt 2.ipt 3.ipt 0.ipt "
		"1.ipt 2.ipt"), 0);
	out = (char *)ip_test_read(ip_test_tmp("out"), &n);
	assert_null(strstr(out, "picture 1"));
	free(out);
	ip_test_said("out", "\nall, mean of 21 pictures\n");
	assert_int_equal(ip_test_evaluate("-v 0.ipt 1.ipt 2.ipt 3.ipt 0.ipt "
		"1.ipt 2.ipt"), 0);
	ip_test_said("out", "\n0.ipt, picture 1: GaN, 6 nm\n");
}

/* ---- the material's mean ---- */

static void flat_of(const struct ip_tensor *truth, double per_nm,
	const double *nm, struct ip_metrics *m)
{
	struct ip_tensor p;

	assert_int_equal(ip_tensor_new(&p, IP_F64, 2, truth->shape), 0);
	for (int i = 0; i < IP_TEST_HW; i++)
		((double *)p.data)[i] = per_nm * (nm ? nm[i] : 1);
	assert_int_equal(ip_metrics(&p, truth, m), 0);
	ip_tensor_free(&p);
}

/* The mean of a truth over that of nm; nm NULL: that itself. */
static double per_nm(const struct ip_tensor *truth, const double *nm)
{
	double sum = 0, t = 0;

	for (int i = 0; i < IP_TEST_HW; i++) {
		sum += ((float *)truth->data)[i];
		t += nm ? nm[i] : 1;
	}
	return sum / t;
}

/* b's pictures: a map of thickness each, of the truth or along the zone. */
static void check_mean(struct ip_bundle *b, const double *nm, const char *name,
	const char *option)
{
	int zone = strcmp(name, "potential_zone") == 0;
	struct ip_tensor truth;
	struct ip_metrics m;
	struct ip_test_csv t;
	char line[128];
	double mean = 0;

	ip_test_save(b, "m.ipt");
	snprintf(line, sizeof line, "m.ipt --csv=m.csv %s", option);
	assert_int_equal(ip_test_evaluate(line), 0);
	ip_test_table(&t, "m.csv");
	for (size_t i = 0; i < IP_TEST_T; i++) {
		ip_test_view(&truth, b, name, i);
		mean += per_nm(&truth, zone ? NULL : nm) / IP_TEST_T;
	}
	for (size_t i = 0; i < IP_TEST_T; i++) {
		size_t row = 3 + 3 * i;

		ip_test_view(&truth, b, name, i);
		flat_of(&truth, mean, zone ? NULL : nm, &m);
		assert_string_equal(ip_test_cell(&t, row, "method"),
			"material_mean");
		/* sums in another order */
		assert_true(fabs(strtod(ip_test_cell(&t, row, "mae"), NULL) /
			m.mae - 1) < 1e-12);
		assert_true(fabs(strtod(ip_test_cell(&t, row, "peak"), NULL) /
			m.peak - 1) < 1e-12);
		ip_test_assert_cell(&t, row, "std_over_mean", m.std_truth /
			m.mean_truth);
	}
	free(t.text);
}

static void test_mean(void **state)
{
	const size_t shape[2] = { IP_TEST_H, IP_TEST_W };
	const size_t all[3] = { IP_TEST_T, IP_TEST_H, IP_TEST_W };
	double nm[IP_TEST_HW];
	struct ip_tensor map;
	struct ip_bundle b;

	(void)state;
	ip_test_measured(&b, "pt");
	ip_test_add(&b, "potential_zone", ip_test_pictures(3, all, 3));
	assert_int_equal(ip_tensor_new(&map, IP_F64, 2, shape), 0);
	for (int i = 0; i < IP_TEST_HW; i++)
		((double *)map.data)[i] = nm[i] = 20 + 0.02 * i;
	ip_tensor_free(&ip_bundle_find(&b, "thickness")->tensor);
	ip_bundle_find(&b, "thickness")->tensor = map;
	check_mean(&b, nm, "potential_beam", "");
	check_mean(&b, nm, "potential_zone", "--truth=potential_zone");
	ip_bundle_free(&b);
}

/* ---- R2 ---- */

/* Along the zone axis the maximum is one per nm already. */
static void test_r2(void **state)
{
	const size_t all[3] = { IP_TEST_T, IP_TEST_H, IP_TEST_W };
	double p[2][IP_TEST_T], q[2][IP_TEST_T], v;
	struct ip_bundle b;
	struct ip_test_csv t;
	char line[128];

	(void)state;
	ip_test_measured(&b, "pt");
	ip_test_add(&b, "potential_zone", ip_test_pictures(3, all, 3));
	ip_test_save(&b, "r.ipt");
	ip_bundle_free(&b);
	for (int zone = 0; zone < 2; zone++) {
		assert_int_equal(ip_test_evaluate(zone ? "r.ipt --csv=r.csv "
			"--json=r.json --truth=potential_zone" : "r.ipt "
			"--csv=r.csv --json=r.json"), 0);
		ip_test_table(&t, "r.csv");
		for (size_t i = 0; i < IP_TEST_T; i++) {
			v = zone ? 1 : ip_test_depth[i];
			p[zone][i] = strtod(ip_test_cell(&t, 1 + 3 * i, "max"),
				NULL) / v;
			q[zone][i] = strtod(ip_test_cell(&t, 1 + 3 * i,
				"max_truth"), NULL) / v;
		}
		snprintf(line, sizeof line, "\"r2_max_thickness\": "
			"{\"network\": %.17g, ", ip_metrics_r2(p[zone],
			q[zone], IP_TEST_T));
		ip_test_said("r.json", line);
		free(t.text);
	}
}

/* Maxima that are equal to 1 % of the largest have no R2, others have. */
static void test_equal_maxima(void **state)
{
	static const double by[2][IP_TEST_T] = { { 1, 0.9905, 0.995 },
		{ 1, 0.9895, 0.995 } };
	const size_t all[3] = { IP_TEST_T, IP_TEST_H, IP_TEST_W };
	struct ip_bundle b;
	float *t;
	char *json, *at;
	size_t n;

	(void)state;
	for (int k = 0; k < 2; k++) {
		ip_test_measured(&b, "p");
		ip_test_add(&b, "potential_zone", ip_test_pictures(3, all, 3));
		t = ip_bundle_find(&b, "potential_zone")->tensor.data;
		for (size_t i = IP_TEST_T * IP_TEST_HW; i-- > 0; )
			t[i] = (float)(by[k][i / IP_TEST_HW] *
				t[i % IP_TEST_HW]);
		ip_test_save(&b, "e.ipt");
		ip_bundle_free(&b);
		assert_int_equal(ip_test_evaluate("e.ipt --json=e.json "
			"--truth=potential_zone"), 0);
		json = (char *)ip_test_read(ip_test_tmp("e.json"), &n);
		/* of the material; groups of fewer come after it */
		at = strstr(json, "\"r2_max_thickness\": {\"network\": ");
		assert_non_null(at);
		at = strstr(at, "k\": ") + 4;
		assert_int_equal(strncmp(at, "null", 4) == 0, k == 0);
		free(json);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bins),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_mean),
		cmocka_unit_test(test_r2),
		cmocka_unit_test(test_equal_maxima),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
