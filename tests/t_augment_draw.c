/* Changes of pictures: what is drawn, noise, and examples made of them. */
#include <math.h>
#include <iphase/infer.h>
#include <iphase/random.h>
#include "support/pictures.h"
#include "train/augment.h"
#include "train/example.h"

/* ---- what is drawn ---- */

enum { DRAWS = 4000 };

static struct ip_data_file file(size_t h, size_t w)
{
	struct ip_data_file f = { .h = h, .w = w, .pixel = { 0.1, 0.2 },
		.periodic = 1, .mirror = { 30, 90, 150 }, .mirrors = 3 };

	return f;
}

/* Binomial: half of n draws, within 5 deviations. */
static void assert_share(size_t got, double share)
{
	double sigma = sqrt(DRAWS * share * (1 - share));

	assert_true(fabs((double)got - DRAWS * share) < 5 * sigma);
}

static void test_draws(void **state)
{
	const struct ip_augmentation all = { .turns = 1, .mirrors = 1,
		.shifts = 1, .dose = { 1e2, 1e4 }, .crop = 64 };
	struct ip_data_file f = file(96, 64);
	size_t flips = 0, turns[4] = { 0 }, lines[3] = { 0 }, low = 0;
	size_t third[2][3] = { { 0 } };

	(void)state;
	for (uint64_t k = 0; k < DRAWS; k++) {
		struct ip_change c = ip_change_draw(&f, &all, k);
		size_t h = c.quarters % 2 ? 64 : 96, w = 160 - h;
		flips += (size_t)c.flip;
		turns[c.quarters]++;
		lines[(int)(c.line - 30) / 60]++;
		assert_true(c.size[0] == 64 && c.size[1] == 64);
		assert_true(c.at[0] < h && c.at[1] < w);
		third[0][3 * c.at[0] / h]++;
		third[1][3 * c.at[1] / w]++;
		/* of 0.02 square Angstrom */
		assert_true(c.electrons >= 2 && c.electrons <= 200);
		low += c.electrons < 20;
	}
	assert_share(flips, 0.5);
	assert_share(low, 0.5);
	for (int i = 0; i < 4; i++)
		assert_share(turns[i], 0.25);
	for (int i = 0; i < 3; i++) {
		assert_share(lines[i], 1. / 3);
		/* pixels are not quite divided into three */
		assert_true(third[0][i] > DRAWS / 4 &&
			third[1][i] > DRAWS / 4);
	}
}

/* What a file says of its pictures, by the attributes of iphase-simulate. */
static void test_said(void **state)
{
	const int64_t one = 1, rings[] = { 4, 1 };
	const double lines[] = { 30, 90, 150 }, pixel[] = { 0.1, 0.2 };
	const double many[] = { 0, 30, 60, 90, 120, 150, 170 };
	const struct ip_data_file *f;
	struct ip_dataset *d;
	struct ip_bundle b;
	char *paths[2];

	(void)state;
	ip_test_data(&b, 2, 8, 8, 1);
	ip_attrs_number(&b.attrs, "dose", 0);
	ip_attrs_f64(&b.attrs, "mirrors", many, 7);	/* no plane has */
	paths[0] = ip_test_bundle_file("silent.ipt", &b);
	ip_test_data(&b, 2, 8, 8, 1);
	ip_attrs_i64(&b.attrs, "periodic", &one, 1);
	ip_attrs_i64(&b.attrs, "segments", rings, 2);
	ip_attrs_f64(&b.attrs, "mirrors", lines, 3);
	ip_attrs_f64(&b.attrs, "pixel_size", pixel, 2);
	ip_attrs_number(&b.attrs, "rotation", 45);
	ip_attrs_number(&b.attrs, "dose", 1e4);
	paths[1] = ip_test_bundle_file("says.ipt", &b);
	d = ip_test_dataset((const char *const *)paths, 2);
	f = ip_dataset_file(d, 0);
	assert_true(!f->periodic && !f->mirrors && !f->counts &&
		isnan(f->rotation));
	f = ip_dataset_file(d, 2);
	assert_true(f->periodic && f->counts && f->rotation == 45);
	assert_int_equal(f->mirrors, 3);
	assert_memory_equal(f->mirror, lines, sizeof lines);
	assert_memory_equal(f->pixel, pixel, sizeof pixel);
	ip_dataset_close(d);
	free(paths[0]);
	free(paths[1]);
}

/* What physics, the file or the shape of a batch do not allow. */
static void test_not_drawn(void **state)
{
	const struct ip_augmentation all = { .turns = 1, .mirrors = 1,
		.shifts = 1 }, cut = { .crop = 64 };
	struct ip_data_file oblong = file(96, 64), plain = file(96, 80);
	struct ip_data_file oblique = file(96, 96);
	size_t most[2] = { 0, 0 };

	(void)state;
	plain.periodic = 0;
	plain.mirrors = 0;
	oblique.rotation = 30;
	for (uint64_t k = 0; k < 200; k++) {
		struct ip_change c = ip_change_draw(&oblong, &all, k), d;
		assert_int_equal(c.quarters % 2, 0);
		assert_true(c.size[0] == 96 && c.size[1] == 64);
		c = ip_change_draw(&plain, &all, k);
		assert_true(!c.flip && c.at[0] == 0 && c.at[1] == 0);
		assert_true(c.electrons == 0);
		c = ip_change_draw(&oblique, &all, k);
		assert_false(c.flip);
		/* a part is inside; what else is asked for changes nothing */
		c = ip_change_draw(&plain, &cut, k);
		assert_true(!c.quarters && c.at[0] <= 32 && c.at[1] <= 16);
		for (int a = 0; a < 2; a++)
			most[a] = c.at[a] > most[a] ? c.at[a] : most[a];
		struct ip_augmentation more = cut;
		more.mirrors = 1;
		more.dose[0] = more.dose[1] = 10;
		d = ip_change_draw(&plain, &more, k);
		assert_memory_equal(d.at, c.at, sizeof c.at);
		assert_true(fabs(d.electrons - 0.2) < 1e-12);
	}
	assert_true(most[0] == 32 && most[1] == 16);
}

/* ---- noise ---- */

/* Segments of one value each, as long a picture as n. */
static struct ip_sample flat(size_t n, const double v[4])
{
	struct ip_sample s = { .euler = { 1, 2, 3 } };
	size_t shape[] = { 4, 1, n };

	assert_int_equal(ip_tensor_new(&s.segments, IP_F32, 3, shape), 0);
	assert_int_equal(ip_tensor_new(&s.truth, IP_F32, 2, shape + 1), 0);
	assert_int_equal(ip_tensor_new(&s.thickness, IP_F64, 0, NULL), 0);
	for (size_t i = 0; i < 4 * n; i++)
		((float *)s.segments.data)[i] = (float)v[i / n];
	return s;
}

static void moments(const float *v, size_t n, double *mean, double *var)
{
	*mean = *var = 0;
	for (size_t i = 0; i < n; i++)
		*mean += (double)v[i] / (double)n;
	for (size_t i = 0; i < n; i++)
		*var += ((double)v[i] - *mean) * ((double)v[i] - *mean) /
			(double)n;
}

/* Poisson: fractions keep their mean; their variance is it per electron. */
static void test_dose(void **state)
{
	enum { N = 20000 };
	static const double v[4] = { 0.01, 0.2, -1e-9, 0.9 };
	struct ip_change c = { .size = { 1, N }, .electrons = 30, .key = 5 };
	struct ip_sample s[3];
	double mean, var;

	(void)state;
	for (int k = 0; k < 3; k++) {
		s[k] = flat(N, v);
		c.key = 5 + (uint64_t)(k / 2);
		assert_int_equal(ip_change_apply(&c, &s[k]), 0);
	}
	for (int k = 0; k < 4; k++) {
		const float *x = (float *)s[0].segments.data + k * N;
		double want = fmax(v[k], 0), each = want / 30;

		moments(x, N, &mean, &var);
		assert_true(fabs(mean - want) <= 5 * sqrt(each / N));
		/* of the variance: sqrt((2 + 1 / count) / N), at most 0.017 */
		assert_true(fabs(var - each) <= 0.1 * each);
		for (int i = 0; i < N; i++)
			assert_true(fabs((double)x[i] * 30 -
				nearbyint((double)x[i] * 30)) < 1e-5);
	}
	assert_memory_equal(s[0].segments.data, s[1].segments.data, 16 * N);
	assert_memory_not_equal(s[0].segments.data, s[2].segments.data,
		16 * N);
	assert_true(s[0].euler[0] == 1 && s[0].euler[2] == 3);
	for (int k = 0; k < 3; k++)
		ip_sample_free(&s[k]);
	s[0] = flat(1, v);
	c.size[1] = 1;
	c.electrons = 1e17;
	ip_test_log_capture();
	assert_int_equal(ip_change_apply(&c, &s[0]), IP_ELIMIT);
	ip_test_assert_logged("cannot be counted");
	assert_true(((float *)s[0].segments.data)[1] == 0.2f);
	ip_sample_free(&s[0]);
}

/* x of one value, but for one pixel in the middle of each segment. */
static struct ip_tensor features(size_t n, double value, double middle)
{
	size_t shape[] = { 11, n, n };
	struct ip_tensor x = { 0 };
	float *v;

	assert_int_equal(ip_tensor_new(&x, IP_F32, 3, shape), 0);
	for (v = x.data; v < (float *)x.data + 11 * n * n; v++)
		*v = (float)value;
	for (v = x.data; v < (float *)x.data + 4 * n * n; v += n * n)
		v[n / 2 * n + n / 2] = (float)middle;
	return x;
}

/*
 * What a key does to a point, less what it does to nothing: factor and
 * smoothing. And the noise is what is said of it.
 */
static void reference(uint64_t key, double *factor, double *spread)
{
	enum { N = 64, M = N * N };
	struct ip_tensor none = features(N, 0, 0), dot = features(N, 0, 1);
	float *v = none.data, *w = dot.data;
	double mean, var, sum = 0;

	assert_int_equal(ip_change_reference(&none, key), 0);
	assert_int_equal(ip_change_reference(&dot, key), 0);
	moments(v, 4 * M, &mean, &var);
	/* 16384 numbers: 0.8 % of a deviation, 1.1 % of a variance */
	assert_true(fabs(mean) < 0.05 * 0.035);
	assert_true(fabs(sqrt(var) / 0.035 - 1) < 0.03);
	for (int i = 4 * M; i < 11 * M; i++)
		assert_true(v[i] == 0 && w[i] == 0);
	*spread = 0;
	for (int i = 0; i < M; i++) {
		double d = (double)(w[i] - v[i]), x = i / N - N / 2;
		sum += d;
		*spread += d * x * x;
		assert_true(fabs(d - (double)(w[3 * M + i] - v[3 * M + i])) <
			1e-6);
	}
	*factor = sum;
	*spread = sqrt(*spread / sum);
	ip_tensor_free(&none);
	ip_tensor_free(&dot);
}

static void test_reference(void **state)
{
	double factor, spread, least[2] = { 9, 9 }, most[2] = { 0, 0 };
	struct ip_tensor x = features(8, 0.5, 0.5), y = features(8, 0.5, 0.5);

	(void)state;
	for (uint64_t key = 0; key < 60; key++) {
		reference(key, &factor, &spread);
		least[0] = fmin(least[0], factor);
		most[0] = fmax(most[0], factor);
		least[1] = fmin(least[1], spread);
		most[1] = fmax(most[1], spread);
	}
	/* 0.9 .. 1.1, 0 .. 1 pixel, nearly all of it */
	assert_true(least[0] >= 0.9 - 1e-5 && least[0] < 0.92);
	assert_true(most[0] <= 1.1 + 1e-5 && most[0] > 1.08);
	assert_true(least[1] < 0.2 && most[1] <= 1 && most[1] > 0.85);
	/* at the borders, too, smoothing keeps what is flat */
	assert_int_equal(ip_change_reference(&x, 3), 0);
	assert_int_equal(ip_change_reference(&y, 3), 0);
	assert_memory_equal(x.data, y.data, 11 * 64 * sizeof(float));
	reference(3, &factor, &spread);
	for (int i = 0; i < 4 * 64; i++) {
		double noise = 0.035 * ip_normal(3, IP_STREAM_NOISE,
			(uint64_t)i);
		assert_true(fabs((double)((float *)x.data)[i] - noise -
			0.5 * factor) < 1e-5);
	}
	ip_tensor_free(&x);
	ip_tensor_free(&y);
}

/* ---- examples ---- */

/* The parts put together: what is drawn by (seed, i, draw) is done. */
static void test_example(void **state)
{
	struct ip_feeding how = { .metadata = IP_METADATA_SINCOS7,
		.scale = 1000, .seed = 21, .change = { .turns = 1,
		.dose = { 1e4, 1e6 }, .crop = 64 } };
	char *path = ip_test_data_file("a.ipt", 2, 96, 70, 5);
	struct ip_dataset *d = ip_test_dataset((const char *const *)&path, 1);
	struct ip_tensor x[3], target[3], t, want;
	struct ip_measurement in = { 0 };
	struct ip_sample s;

	(void)state;
	for (uint64_t k = 0; k < 12; k++) {
		uint64_t key = ip_data_key(ip_data_key(21, IP_STREAM_CHANGE,
			1), IP_STREAM_CHANGE, k);
		struct ip_change c = ip_change_draw(ip_dataset_file(d, 1),
			&how.change, key);
		assert_int_equal(ip_dataset_get(d, 1, &s), 0);
		assert_int_equal(ip_change_apply(&c, &s), 0);
		in.segments = s.segments;
		in.thickness = s.thickness;
		memcpy(in.euler, s.euler, sizeof in.euler);
		assert_int_equal(ip_infer_features(&in, how.metadata, &t), 0);
		how.change.reference = k % 2 == 1;
		if (how.change.reference)
			assert_int_equal(ip_change_reference(&t, key), 0);
		assert_int_equal(ip_change_cut(&c, &t), 0);
		assert_int_equal(ip_tensor_convert(&want, IP_REAL_DTYPE, &t),
			0);
		assert_int_equal(ip_dataset_example(d, 1, k, &how, &x[0],
			&target[0]), 0);
		assert_int_equal(ip_tensor_count(&x[0]), 11 * 64 * 64);
		assert_memory_equal(x[0].data, want.data, 11 * 64 * 64 *
			sizeof(ip_real));
		for (size_t i = 0; i < 64 * 64; i++) {
			size_t row = c.at[0] + i / 64;
			size_t column = c.at[1] + i % 64;
			float v = ((float *)s.truth.data)[row *
				s.truth.shape[1] + column];

			assert_true(((ip_real *)target[0].data)[i] ==
				(ip_real)((double)v / 1000));
		}
		ip_tensor_free(&t);
		ip_tensor_free(&want);
		ip_tensor_free(&x[0]);
		ip_tensor_free(&target[0]);
		ip_sample_free(&s);
	}
	/* another seed, picture or draw is another example */
	for (int k = 0; k < 3; k++) {
		how.seed += k == 1;
		assert_int_equal(ip_dataset_example(d, 1, k == 2, &how, &x[k],
			&target[k]), 0);
	}
	assert_memory_not_equal(x[0].data, x[1].data, 1000);
	assert_memory_not_equal(x[1].data, x[2].data, 1000);
	for (int k = 0; k < 3; k++) {
		ip_tensor_free(&x[k]);
		ip_tensor_free(&target[k]);
	}
	ip_dataset_close(d);
	free(path);
}

static void refuse(struct ip_bundle *b, double lo, double hi,
	const char *message)
{
	struct ip_feeding how = { .scale = 1, .change = { .dose = { lo,
		hi } } };
	char *path = ip_test_bundle_file("no.ipt", b);
	struct ip_dataset *d = ip_test_dataset((const char *const *)&path, 1);
	struct ip_tensor x, target;

	ip_test_log_capture();
	assert_int_equal(ip_dataset_example(d, 0, 0, &how, &x, &target),
		IP_EINVAL);
	ip_test_assert_logged(message);
	ip_dataset_close(d);
	free(path);
}

/* Doses that are none, and files that cannot have one. */
static void test_no_dose(void **state)
{
	static const double no[][2] = { { 0, 10 }, { 10, 5 }, { -1, 5 },
		{ 5, INFINITY }, { NAN, 5 }, { 5, 0 } };
	struct ip_bundle b;

	(void)state;
	for (size_t i = 0; i < sizeof no / sizeof *no; i++) {
		ip_test_data(&b, 1, 64, 64, 1);
		refuse(&b, no[i][0], no[i][1], "doses from");
	}
	ip_test_data(&b, 1, 64, 64, 1);
	ip_attrs_number(&b.attrs, "dose", 1e4);
	refuse(&b, 1, 2, "have the noise of their dose already");
	ip_test_data(&b, 1, 64, 64, 1);
	ip_attrs_text(&b.attrs, "pixel_size", "small");
	refuse(&b, 1, 2, "has no pixel_size");
}

/* Counts are over those of the incident beam, 0.5 here, in changed pictures. */
static void test_incident(void **state)
{
	struct ip_feeding how = { .metadata = IP_METADATA_TILT3, .scale = 1,
		.seed = 21, .change = { .turns = 1 } };
	struct ip_dataset *d;
	struct ip_tensor x, target;
	struct ip_change c;
	struct ip_bundle b;
	struct ip_sample s;
	char *path;

	(void)state;
	ip_test_data(&b, 2, 64, 32, 5);
	ip_attrs_number(&b.attrs, "dose", 50);
	path = ip_test_bundle_file("counts.ipt", &b);
	d = ip_test_dataset((const char *const *)&path, 1);
	for (uint64_t k = 0; k < 6; k++) {
		c = ip_change_draw(ip_dataset_file(d, 1), &how.change,
			ip_data_key(ip_data_key(21, IP_STREAM_CHANGE, 1),
			IP_STREAM_CHANGE, k));
		assert_int_equal(ip_dataset_get(d, 1, &s), 0);
		assert_int_equal(ip_change_apply(&c, &s), 0);
		assert_true(fabs(s.incident - 0.5) < 1e-12);
		assert_int_equal(ip_dataset_example(d, 1, k, &how, &x,
			&target), 0);
		for (size_t i = 0; i < ip_tensor_count(&s.segments); i++)
			assert_true(fabs((double)((ip_real *)x.data)[i] - 20 *
				((double)((float *)s.segments.data)[i] / 0.5 -
				0.2)) < 1e-5);
		ip_tensor_free(&x);
		ip_tensor_free(&target);
		ip_sample_free(&s);
	}
	ip_dataset_close(d);
	free(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_said),
		cmocka_unit_test(test_draws),
		cmocka_unit_test(test_not_drawn),
		cmocka_unit_test(test_dose),
		cmocka_unit_test(test_reference),
		cmocka_unit_test(test_example),
		cmocka_unit_test(test_incident),
		cmocka_unit_test(test_no_dose),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
