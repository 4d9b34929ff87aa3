/* Metrics: the reference's numbers, plain loops, invariants, bad input. */
#include <float.h>
#include <math.h>
#include <iphase/metrics.h>
#include "core/core.h"
#include "support/golden.h"

/* ---- the reference's table ---- */

#define FIGURES 12

static void as_list(const struct ip_metrics_reference *m, double *v)
{
	const double list[FIGURES] = { m->mae_norm, m->rmse_norm,
		m->psnr_norm, m->pearson_norm, m->peak_pcterr_norm,
		m->mae_abs, m->rmse_abs, m->peak_pcterr_abs, m->max_gt_abs,
		m->max_pred_abs, m->mean_gt_abs, m->mean_pred_abs };

	memcpy(v, list, sizeof list);
}

/* float32 pixels, whose errors average out; numpy's own sums lose as much. */
static void assert_figures(const double *got, const double *want)
{
	int i;

	for (i = 0; i < FIGURES; i++) {
		if (isnan(want[i])) {
			assert_true(isnan(got[i]));
			continue;
		}
		if (!(fabs(got[i] - want[i]) <= 1e-6 * fabs(want[i])))
			print_message("# figure %d: %.9g, expected %.9g\n", i,
				got[i], want[i]);
		assert_true(fabs(got[i] - want[i]) <= 1e-6 * fabs(want[i]));
	}
}

static void golden(void **state)
{
	static const char *const name[] = { "main", "small_nan_peak",
		"identical", "clip01" };
	struct ip_bundle b = { 0 };
	double *scale;
	int i;

	(void)state;
	ip_test_golden("model_metrics.npz", &b);
	scale = ip_test_numbers(&b, "scaling_factor", 1);
	for (i = 0; i < 4; i++) {
		struct ip_metrics_reference m;
		struct ip_item *p, *t;
		char key[64];
		double v[FIGURES], *want;

		snprintf(key, sizeof key, "%s/pred_norm", name[i]);
		p = ip_bundle_find(&b, key);
		snprintf(key, sizeof key, "%s/potential", name[i]);
		t = ip_bundle_find(&b, key);
		snprintf(key, sizeof key, "%s/values", name[i]);
		want = ip_test_numbers(&b, key, FIGURES);
		assert_non_null(p);
		assert_non_null(t);
		assert_int_equal(ip_metrics_reference(&p->tensor, &t->tensor,
			*scale, i == 3, &m), 0);
		as_list(&m, v);
		assert_figures(v, want);
		free(want);
	}
	free(scale);
	ip_bundle_free(&b);
}

/* ---- pictures for the others ---- */

static struct ip_tensor picture(size_t h, size_t w)
{
	size_t shape[2];
	struct ip_tensor t;

	shape[0] = h;
	shape[1] = w;
	assert_int_equal(ip_tensor_new(&t, IP_F64, 2, shape), 0);
	return t;
}

static double *values(const struct ip_tensor *t)
{
	return t->data;
}

/* Atoms on a lattice; a prediction of it that is weak, noisy and blurred. */
static void make_pair(struct ip_tensor *p, struct ip_tensor *t, size_t h,
	size_t w, uint64_t seed)
{
	size_t x, y;

	*p = picture(h, w);
	*t = picture(h, w);
	for (y = 0; y < h; y++)
		for (x = 0; x < w; x++) {
			double a = cos(0.9 * (double)y), b = cos(0.7
				* (double)x + 0.2 * (double)y);

			values(t)[y * w + x] = 2000 * exp(2 * (a + b));
			values(p)[y * w + x] = 300 + 4000 * exp(a + b)
				+ 900 * ip_test_uniform(&seed);
		}
}

static void free_pair(struct ip_tensor *p, struct ip_tensor *t)
{
	ip_tensor_free(p);
	ip_tensor_free(t);
}

/* ---- plain loops ---- */

static double plain_psnr(const double *p, const double *t, size_t n)
{
	double lo = t[0], hi = t[0], mse = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		lo = t[i] < lo ? t[i] : lo;
		hi = t[i] > hi ? t[i] : hi;
		mse += (p[i] - t[i]) * (p[i] - t[i]) / (double)n;
	}
	return 10 * log10((hi - lo) * (hi - lo) / mse);
}

/* Sums of squares about zero: n sum xy - sum x sum y, and so on. */
static double plain_pearson(const double *p, const double *t, size_t n,
	double *slope, double *offset)
{
	long double a = 0, b = 0, aa = 0, bb = 0, ab = 0, k = n;
	size_t i;

	for (i = 0; i < n; i++) {
		a += p[i];
		b += t[i];
		aa += (long double)p[i] * p[i];
		bb += (long double)t[i] * t[i];
		ab += (long double)p[i] * t[i];
	}
	*slope = (double)((k * ab - a * b) / (k * aa - a * a));
	*offset = (double)((b - *slope * a) / k);
	return (double)((k * ab - a * b)
		/ (sqrtl(k * aa - a * a) * sqrtl(k * bb - b * b)));
}

/*
 * The pixels that at least 99.5 % of all are not above: those whose rank from
 * the top is within the last half per cent of n - 1.
 */
static double plain_peak(const double *p, const double *t, size_t n)
{
	double sum = 0;
	size_t i, j, count = 0;

	for (i = 0; i < n; i++) {
		size_t above = 0;

		for (j = 0; j < n; j++)
			above += t[j] > t[i];
		if ((double)above <= 0.005 * (double)(n - 1)) {
			sum += fabs(p[i] - t[i]) / t[i];
			count++;
		}
	}
	return sum / (double)count;
}

/* SSIM of the window whose middle is y, x, by the paper's definitions. */
static double plain_window(const double *p, const double *t, size_t w,
	size_t y, size_t x, double range)
{
	double c1 = pow(0.01 * range, 2), c2 = pow(0.03 * range, 2);
	double sum = 0, mp = 0, mt = 0, pp = 0, tt = 0, pt = 0;
	int pass, i, j;

	for (pass = 0; pass < 3; pass++)
		for (i = -5; i <= 5; i++)
			for (j = -5; j <= 5; j++) {
				size_t at = (y + (size_t)(i + 5) - 5) * w
					+ x + (size_t)(j + 5) - 5;
				double g = exp(-(i * i + j * j)
					/ (2 * 1.5 * 1.5));

				if (pass == 0) {
					sum += g;
				} else if (pass == 1) {
					mp += g / sum * p[at];
					mt += g / sum * t[at];
				} else {
					g /= sum;
					pp += g * pow(p[at] - mp, 2);
					tt += g * pow(t[at] - mt, 2);
					pt += g * (p[at] - mp) * (t[at] - mt);
				}
			}
	return (2 * mp * mt + c1) * (2 * pt + c2)
		/ ((mp * mp + mt * mt + c1) * (pp + tt + c2));
}

static double plain_ssim(const double *p, const double *t, size_t h, size_t w)
{
	double lo = t[0], hi = t[0], sum = 0;
	size_t x, y, i, count = 0;

	for (i = 0; i < h * w; i++) {
		lo = t[i] < lo ? t[i] : lo;
		hi = t[i] > hi ? t[i] : hi;
	}
	for (y = 5; y + 5 < h; y++)
		for (x = 5; x + 5 < w; x++, count++)
			sum += plain_window(p, t, w, y, x, hi - lo);
	return sum / (double)count;
}

static double plain_mae(const double *p, const double *t, size_t n)
{
	double sum = 0, size = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		sum += fabs(p[i] - t[i]);
		size += fabs(t[i]);
	}
	return sum / size;
}

/*
 * n sums of rounded products lose at most n DBL_EPSILON of the sums, 3e-13
 * here, and no figure is a difference that is 1e4 times smaller.
 */
#define SAME 1e-9

static void assert_same(double got, double want, const char *what)
{
	if (!(fabs(got - want) <= SAME * fabs(want)))
		print_message("# %s: %.17g, expected %.17g\n", what, got, want);
	assert_true(fabs(got - want) <= SAME * fabs(want));
}

static void assert_plain(const struct ip_metrics *m, const double *p,
	const double *t, size_t h, size_t w)
{
	size_t n = h * w;

	assert_same(m->psnr, plain_psnr(p, t, n), "psnr");
	assert_same(m->mae, plain_mae(p, t, n), "mae");
	assert_same(m->peak, plain_peak(p, t, n), "peak");
	if (h >= 11 && w >= 11)
		assert_same(m->ssim, plain_ssim(p, t, h, w), "ssim");
	else
		assert_true(isnan(m->ssim));
}

static void against_loops(void **state)
{
	static const size_t side[][2] = { { 11, 11 }, { 12, 40 }, { 37, 23 },
		{ 10, 31 }, { 31, 10 }, { 1, 17 }, { 2, 1 } };
	size_t c, i;

	(void)state;
	for (c = 0; c < sizeof side / sizeof *side; c++) {
		size_t h = side[c][0], w = side[c][1];
		double slope, offset, pearson, top = -1e9, sum = 0;
		struct ip_tensor p, t;
		struct ip_metrics m, f;

		make_pair(&p, &t, h, w, c);
		assert_int_equal(ip_metrics(&p, &t, &m), 0);
		assert_int_equal(ip_metrics_fitted(&p, &t, &f), 0);
		pearson = plain_pearson(values(&p), values(&t), h * w, &slope,
			&offset);
		assert_plain(&m, values(&p), values(&t), h, w);
		for (i = 0; i < h * w; i++) {
			top = fmax(top, values(&p)[i]);
			sum += values(&p)[i];
		}
		assert_same(m.pearson, pearson, "pearson");
		assert_same(f.pearson, pearson, "pearson, fitted");
		assert_same(m.slope, slope, "slope");
		assert_same(f.slope, slope, "slope, fitted");
		assert_same(f.offset, offset, "offset");
		assert_same(m.max, top, "max");
		assert_same(m.mean, sum / (double)(h * w), "mean");
		if (h * w > 2) {
			for (i = 0; i < h * w; i++)
				values(&p)[i] = slope * values(&p)[i] + offset;
			assert_plain(&f, values(&p), values(&t), h, w);
			assert_same(f.max, slope * top + offset, "max, fitted");
			assert_same(f.mean, f.mean_truth, "mean, fitted");
		}
		free_pair(&p, &t);
	}
}

static void r2(void **state)
{
	static const double same[3] = { 0.1, 0.1, 0.1 };
	double p[17], t[17], error, spread;
	uint64_t seed = 8;
	size_t n, i, j;

	(void)state;
	for (n = 2; n <= 17; n++) {
		for (error = 0, i = 0; i < n; i++) {
			t[i] = 200 + 90 * ip_test_uniform(&seed);
			p[i] = t[i] + 30 * ip_test_uniform(&seed);
			error += (p[i] - t[i]) * (p[i] - t[i]);
		}
		/* sum (t - mean)^2 = sum over pairs of (t - t')^2 / n */
		for (spread = 0, i = 0; i < n; i++)
			for (j = 0; j < i; j++)
				spread += pow(t[i] - t[j], 2) / (double)n;
		error /= spread;
		assert_true(fabs(ip_metrics_r2(p, t, n) - (1 - error))
			<= SAME * (1 + error));
		assert_true(ip_metrics_r2(t, t, n) == 1);
	}
	assert_true(isnan(ip_metrics_r2(p, same, 3)));
	assert_true(isnan(ip_metrics_r2(p, t, 1)));
	assert_true(isnan(ip_metrics_r2(p, t, 0)));
	p[1] = NAN;
	assert_true(isnan(ip_metrics_r2(p, t, 3)));
}

/* ---- what must hold of any picture ---- */

static void identical(void **state)
{
	struct ip_tensor p, t;
	struct ip_metrics m;

	(void)state;
	make_pair(&p, &t, 20, 30, 1);
	assert_int_equal(ip_metrics(&t, &t, &m), 0);
	assert_true(m.mae == 0 && m.peak == 0);
	assert_true(fabs(m.ssim - 1) < 1e-14 && fabs(m.pearson - 1) < 1e-14);
	assert_true(fabs(m.psnr + 20 * log10(DBL_EPSILON)) < 1e-9);
	assert_true(m.max == m.max_truth && m.mean == m.mean_truth);
	assert_true(fabs(m.slope - 1) < 1e-12);
	free_pair(&p, &t);
}

/* Of an affine image of the truth nothing is left over by the fit. */
static void affine(void **state)
{
	static const double slope[] = { 3e-4, -20 };
	struct ip_tensor p, t;
	struct ip_metrics m, f, g;
	size_t i, k;

	(void)state;
	make_pair(&p, &t, 20, 30, 1);
	assert_int_equal(ip_metrics_fitted(&p, &t, &g), 0);
	for (k = 0; k < 2; k++) {
		for (i = 0; i < 600; i++)
			values(&p)[i] = slope[k] * values(&t)[i] - 7;
		assert_int_equal(ip_metrics_fitted(&p, &t, &f), 0);
		/* Rounding of p, enlarged by 7 over the spread of p. */
		assert_true(f.mae < 1e-11 && f.peak < 1e-11 && f.psnr > 220);
		assert_true(fabs(f.ssim - 1) < 1e-11);
		assert_true(fabs(f.slope * slope[k] - 1) < 1e-11);
		assert_true(fabs(f.pearson - (k ? -1 : 1)) < 1e-11);
		assert_true(fabs(f.max / f.max_truth - 1) < 1e-11);
		assert_int_equal(ip_metrics(&p, &t, &m), 0);
		assert_true(m.mae > 0.5);
	}
	/* A fit does not see what affine map its input went through. */
	ip_tensor_free(&p);
	ip_tensor_free(&t);
	make_pair(&p, &t, 20, 30, 1);
	for (i = 0; i < 600; i++)
		values(&p)[i] = 5 - 0.25 * values(&p)[i];
	assert_int_equal(ip_metrics_fitted(&p, &t, &f), 0);
	assert_same(f.mae, g.mae, "mae");
	assert_same(f.psnr, g.psnr, "psnr");
	assert_same(f.ssim, g.ssim, "ssim");
	assert_same(f.peak, g.peak, "peak");
	assert_same(f.max, g.max, "max");
	assert_same(f.pearson, -g.pearson, "pearson");
	free_pair(&p, &t);
}

/* The unit does not matter; other dtypes and strides are the same picture. */
static void same_picture(void **state)
{
	static const int turn[2] = { 1, 0 };
	struct ip_tensor p, t, p32, t32, pt, tt;
	struct ip_metrics m, k;
	struct ip_metrics_reference a, b;
	double u[FIGURES], v[FIGURES];
	size_t i;

	(void)state;
	make_pair(&p, &t, 25, 14, 3);
	assert_int_equal(ip_tensor_convert(&p32, IP_F32, &p), 0);
	assert_int_equal(ip_tensor_convert(&t32, IP_F32, &t), 0);
	assert_int_equal(ip_metrics(&p32, &t32, &m), 0);
	assert_int_equal(ip_metrics_reference(&p32, &t32, 600, 0, &a), 0);
	assert_int_equal(ip_tensor_permute(&pt, &p32, turn), 0);
	assert_int_equal(ip_tensor_permute(&tt, &t32, turn), 0);
	assert_int_equal(ip_metrics(&pt, &tt, &k), 0);
	assert_same(k.psnr, m.psnr, "psnr");
	assert_same(k.ssim, m.ssim, "ssim");
	assert_same(k.slope, m.slope, "slope");
	assert_int_equal(ip_metrics_reference(&p, &t, 600, 0, &b), 0);
	as_list(&a, u);
	as_list(&b, v);
	assert_memory_equal(u, v, sizeof u);
	for (i = 0; i < 350; i++) {
		values(&p)[i] = 1e-9 * ((float *)p32.data)[i];
		values(&t)[i] = 1e-9 * ((float *)t32.data)[i];
	}
	assert_int_equal(ip_metrics(&p, &t, &k), 0);
	assert_same(k.psnr, m.psnr, "psnr");
	assert_same(k.mae, m.mae, "mae");
	assert_same(k.ssim, m.ssim, "ssim");
	assert_same(k.peak, m.peak, "peak");
	free_pair(&p, &t);
	free_pair(&p32, &t32);
}

/* ---- pictures that do not define everything ---- */

static void fill(struct ip_tensor *t, double v)
{
	size_t i;

	for (i = 0; i < ip_tensor_count(t); i++)
		values(t)[i] = v;
}

static void degenerate(void **state)
{
	struct ip_metrics_reference r;
	struct ip_tensor p, t;
	struct ip_metrics m;

	(void)state;
	make_pair(&p, &t, 15, 15, 4);
	fill(&p, 0.1);
	assert_int_equal(ip_metrics_fitted(&p, &t, &m), 0);
	assert_true(isnan(m.pearson) && m.slope == 0);
	assert_true(m.offset == m.mean_truth && m.max == m.mean_truth);
	assert_true(isfinite(m.psnr) && isfinite(m.ssim));
	assert_int_equal(ip_metrics_reference(&p, &t, 600, 0, &r), 0);
	/* Rounding of the mean's 225 terms against 1e-12. */
	assert_true(fabs(r.pearson_norm) < 1e-3);

	free_pair(&p, &t);
	make_pair(&p, &t, 15, 15, 4);
	fill(&t, 0.1);
	assert_int_equal(ip_metrics_fitted(&p, &t, &m), 0);
	assert_true(isnan(m.pearson) && isnan(m.psnr) && isnan(m.ssim));
	assert_true(m.slope == 0 && fabs(m.mae) < 1e-13 && m.peak < 1e-13);
	fill(&t, 0);
	assert_int_equal(ip_metrics(&p, &t, &m), 0);
	assert_true(isnan(m.mae) && isnan(m.peak) && isnan(m.psnr));
	/* Next to nothing: no overflow. */
	values(&t)[7] = 4e-320;
	assert_int_equal(ip_metrics(&p, &t, &m), 0);
	assert_true(isnan(m.mae) && isnan(m.peak) && isnan(m.psnr));
	assert_true(!isinf(m.ssim));
	free_pair(&p, &t);
}

/* ---- refused ---- */

#define REFUSED(call, text) do { \
	ip_test_log_capture(); \
	assert_int_equal(call, IP_EINVAL); \
	ip_test_assert_logged(text); \
} while (0)

static void refused(void **state)
{
	size_t shape[3] = { 2, 5, 4 };
	struct ip_tensor p, t, q, three, empty, complex;
	struct ip_metrics_reference r = { 0 };
	struct ip_metrics m = { 0 };

	(void)state;
	make_pair(&p, &t, 5, 4, 6);
	q = picture(4, 5);
	empty = picture(0, 4);
	assert_int_equal(ip_tensor_new(&three, IP_F32, 3, shape), 0);
	assert_int_equal(ip_tensor_new(&complex, IP_C64, 2, shape + 1), 0);
	REFUSED(ip_metrics(&p, &q, &m), "5 x 4 pixels, but a truth of 4 x 5");
	REFUSED(ip_metrics(&three, &three, &m), "two axes");
	REFUSED(ip_metrics(&empty, &empty, &m), "prediction is no picture");
	REFUSED(ip_metrics(&p, &complex, &m), "truth is complex64");
	REFUSED(ip_metrics_reference(&q, &t, 1, 0, &r), "4 x 5 pixels");
	REFUSED(ip_metrics_reference(&p, &t, 0, 0, &r), "scale of 0");
	REFUSED(ip_metrics_reference(&p, &t, NAN, 0, &r), "scale of nan");
	values(&p)[3] = 1e25;
	REFUSED(ip_metrics_reference(&p, &t, 1, 0, &r), "largest float32");
	values(&p)[3] = 1e10;
	REFUSED(ip_metrics_reference(&p, &t, 1e15, 0, &r), "largest float32");
	values(&p)[3] = 1e101;
	REFUSED(ip_metrics(&p, &t, &m), "beyond 1e+100");
	values(&p)[3] = NAN;
	REFUSED(ip_metrics(&p, &t, &m), "prediction");
	REFUSED(ip_metrics_fitted(&t, &p, &m), "truth");
	values(&p)[3] = INFINITY;
	REFUSED(ip_metrics_reference(&p, &t, 1, 0, &r), "prediction");
	assert_true(m.psnr == 0 && m.slope == 0 && r.mae_norm == 0);
	free_pair(&p, &t);
	free_pair(&q, &three);
	free_pair(&empty, &complex);
}

/* Wherever memory ends: one message, nothing leaks. */
static void no_memory(void **state)
{
	struct ip_metrics_reference r;
	struct ip_tensor p, t;
	struct ip_metrics m;
	int n, rc = IP_ENOMEM;

	(void)state;
	make_pair(&p, &t, 12, 12, 5);
	for (n = 0; rc != 0; n++) {
		ip_test_log_capture();
		ip_alloc_fail_after(n);
		rc = ip_metrics_fitted(&p, &t, &m);
		if (rc == 0)
			rc = ip_metrics_reference(&p, &t, 1, 0, &r);
		ip_alloc_fail_after(-1);
		assert_int_equal(rc, rc ? IP_ENOMEM : 0);
		assert_int_equal(ip_test_log_errors(), rc != 0);
	}
	assert_int_equal(n, 8);
	free_pair(&p, &t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(golden),
		cmocka_unit_test(against_loops),
		cmocka_unit_test(r2),
		cmocka_unit_test(identical),
		cmocka_unit_test(affine),
		cmocka_unit_test(same_picture),
		cmocka_unit_test(degenerate),
		cmocka_unit_test(refused),
		cmocka_unit_test(no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
