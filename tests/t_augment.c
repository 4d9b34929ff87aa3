/*
 * Changes of pictures. Those that physics allows are held against a simulation
 * of the orientation that they say.
 */
#include <math.h>
#include <iphase/infer.h>
#include <iphase/random.h>
#include <iphase/specimen.h>
#include "support/pictures.h"
#include "support/repeat.h"
#include "train/augment.h"
#include "train/example.h"

#define DEGREE (3.14159265358979323846 / 180)

/* ---- pictures by simulation ---- */

/* A series of (1, channels, n, m) as float32, without its first axes. */
static struct ip_tensor picture(struct ip_repeat_series *s, int channels,
	const struct ip_repeat_frame *f)
{
	struct ip_tensor image, part, all, out = { 0 };

	assert_int_equal(ip_repeat_picture(s, 0, f, &image), 0);
	assert_int_equal(ip_tensor_at(&all, &image, 0, 0), 0);
	if (channels == 1)
		assert_int_equal(ip_tensor_at(&part, &all, 0, 0), 0);
	else
		assert_int_equal(ip_tensor_slice(&part, &all, 0, 0,
			(size_t)channels), 0);
	assert_int_equal(ip_tensor_convert(&out, IP_F32, &part), 0);
	ip_tensor_free(&image);
	ip_repeat_series_free(s);
	return out;
}

/* The four segments, what lies along the beam, and a map of thickness. */
static struct ip_sample simulate(const struct ip_repeat *r, double rotation,
	const struct ip_repeat_frame *f, const double euler[3])
{
	struct ip_repeat_view view = { .rotation = rotation,
		.aberrations = r->probe.aberrations };
	struct ip_repeat run = *r;
	struct ip_repeat_series s;
	struct ip_sample out;

	run.views = &view;
	run.view_count = 1;
	ip_test_repeat_run(&run, &s);
	out.segments = picture(&s, 4, f);
	assert_int_equal(ip_repeat_beam(run.period, run.probe.tilt, run.planes,
		1, rotation, &s), 0);
	out.truth = picture(&s, 1, f);
	assert_int_equal(ip_tensor_convert(&out.thickness, IP_F64,
		&out.truth), 0);
	memcpy(out.euler, euler, sizeof out.euler);
	return out;
}

/* The largest difference of images, and of truths, over the contrast. */
static double difference(const struct ip_sample *got,
	const struct ip_sample *want)
{
	const struct ip_tensor *a[] = { &got->segments, &got->truth },
		*b[] = { &want->segments, &want->truth };
	double worst = 0;

	for (int k = 0; k < 2; k++) {
		const float *v = a[k]->data, *w = b[k]->data;
		double lo = INFINITY, hi = -INFINITY, d = 0;
		size_t n = ip_tensor_count(b[k]);

		assert_int_equal(ip_tensor_count(a[k]), n);
		assert_int_equal(a[k]->shape[0], b[k]->shape[0]);
		assert_int_equal(a[k]->shape[1], b[k]->shape[1]);
		for (size_t i = 0; i < n; i++) {
			lo = fmin(lo, (double)w[i]);
			hi = fmax(hi, (double)w[i]);
			d = fmax(d, fabs((double)(v[i] - w[i])));
		}
		worst = fmax(worst, d / (hi - lo));
	}
	return worst;
}

/* Its thickness, where it is a map, stays in register with its truth. */
static void assert_register(const struct ip_sample *s)
{
	assert_int_equal(s->thickness.ndim, 2);
	for (size_t i = 0; i < ip_tensor_count(&s->truth); i++)
		assert_true(((double *)s->thickness.data)[i] ==
			(double)((float *)s->truth.data)[i]);
}

/*
 * Pixel (i, j) of a changed picture of n is where it would lie if the scan had
 * been changed about the origin: the frame that a simulation needs for it.
 */
static struct ip_repeat_frame changed_frame(const struct ip_change *c,
	struct ip_repeat_frame f)
{
	if (c->flip)
		f.start[0] = -f.start[0] - (double)(f.n[0] - 1) * f.step[0];
	for (int q = 0; q < c->quarters; q++) {
		struct ip_repeat_frame g = f;

		f.start[0] = -g.start[1] - (double)(g.n[1] - 1) * g.step[1];
		f.start[1] = g.start[0];
		for (int k = 0; k < 2; k++) {
			f.step[k] = g.step[1 - k];
			f.n[k] = g.n[1 - k];
		}
	}
	return f;
}

static struct ip_change turned(int flip, double line, double rotation,
	int quarters, const struct ip_repeat_frame *f)
{
	struct ip_change c = { .flip = flip, .line = line,
		.rotation = rotation, .quarters = quarters };

	c.size[0] = f->n[quarters % 2];
	c.size[1] = f->n[1 - quarters % 2];
	return c;
}

/* ---- a molecule at any angle ---- */

enum { ATOMS = 12 };
#define SIDE 9.6	/* Angstrom, of the box it is in */
#define LINE 20.0	/* degree: its mirror */

/*
 * Six atoms anywhere and their mirror images, turned by euler about the middle
 * of a box, as one repeat cell.
 */
static void molecule(const double euler[3], struct ip_repeat_cell *cell)
{
	uint64_t seed = 3;
	double m[3][3], r[3];

	memset(cell, 0, sizeof *cell);
	cell->a[0][0] = cell->a[1][1] = cell->period = SIDE;
	for (int k = 0; k < 3; k++)
		cell->vectors[k][k] = 1;
	cell->count = ATOMS;
	cell->atoms = calloc(ATOMS, sizeof *cell->atoms);
	ip_euler_matrix(euler, m);
	for (int i = 0; i < ATOMS; i++) {
		struct ip_atom *a = &cell->atoms[i];
		double two = 2 * LINE * DEGREE, x;

		for (int k = 0; i % 2 == 0 && k < 3; k++)
			r[k] = 5 * ip_test_uniform(&seed) - 2.5;
		if (i % 2) {
			x = r[0];
			r[0] = cos(two) * x + sin(two) * r[1];
			r[1] = sin(two) * x - cos(two) * r[1];
		}
		a->z = 8 + 9 * (i / 2);
		a->u = 0.08;
		a->occupancy = 1;
		for (int k = 0; k < 3; k++)
			a->r[k] = SIDE / 2 + m[k][0] * r[0] + m[k][1] * r[1] +
				m[k][2] * r[2];
	}
}

/* The frame is about the middle of the box. */
static struct ip_sample molecule_picture(const double euler[3],
	double rotation, struct ip_repeat_frame f)
{
	static const size_t points[2] = { 48, 48 }, last = 8;
	struct ip_detector d = ip_test_quadrants(8, 38);
	struct ip_repeat r = { .probe = ip_test_probe(200e3, 15),
		.detectors = &d, .detector_count = 1, .planes = &last,
		.plane_count = 1, .waves = { 1, 1 } };
	struct ip_repeat_cell cell;
	struct ip_period *p;
	struct ip_sample s;

	molecule(euler, &cell);
	d.rotation = rotation * DEGREE;
	assert_int_equal(ip_period_new(&p, &cell, points, SIDE / 8,
		IP_KIRKLAND, 0), 0);
	assert_int_equal(ip_period_slices(p), last);
	r.period = p;
	f.start[0] += SIDE / 2;
	f.start[1] += SIDE / 2;
	s = simulate(&r, 0, &f, euler);
	ip_period_free(p);
	ip_repeat_cell_free(&cell);
	return s;
}

/*
 * The changed picture is that of the molecule as the changed angles turn it.
 * Returns how far it is; and, in *before, how far the unchanged angles are.
 */
static double against_simulation(int flip, int quarters, double rotation,
	double *before)
{
	static const double euler[3] = { 25, 38, -52 };
	const struct ip_repeat_frame f = { { -3.1, -2.2 }, { 0.4, 0.5 },
		{ 14, 11 }, 0 };
	struct ip_change c = turned(flip, LINE, rotation, quarters, &f);
	struct ip_sample s = molecule_picture(euler, rotation, f), want;
	double d;

	assert_int_equal(ip_change_apply(&c, &s), 0);
	assert_register(&s);
	want = molecule_picture(euler, rotation, changed_frame(&c, f));
	*before = difference(&s, &want);
	ip_sample_free(&want);
	want = molecule_picture(s.euler, rotation, changed_frame(&c, f));
	d = difference(&s, &want);
	ip_sample_free(&want);
	ip_sample_free(&s);
	return d;
}

/*
 * All is the same but for rounding: of float32 waves, 8 slices deep, at most
 * 1e-5 of the contrast.
 */
static void test_molecule(void **state)
{
	double before, d;

	(void)state;
	for (int flip = 0; flip < 2; flip++)
		for (int q = 0; q < 4; q++) {
			d = against_simulation(flip, q, 0, &before);
			assert_true(d < 1e-5);
			assert_true(before > 0.1 || (!flip && !q));
		}
}

/*
 * Detectors turned by anything can be turned further, and mirrored at eighths
 * of a circle. There points of the k grid lie on the edges of segments, by
 * rounding on either side: a hundredth of them, each counted in 64 parts.
 */
static void test_rotated_detector(void **state)
{
	static const double eighth[] = { 45, 90, 135, -45, 180, 225 };
	double before;

	(void)state;
	assert_true(against_simulation(0, 1, 17, &before) < 1e-5);
	assert_true(against_simulation(0, 3, -250, &before) < 1e-5);
	for (int i = 0; i < 6; i++) {
		assert_true(against_simulation(1, i % 4, eighth[i], &before) <
			0.02);
		assert_true(before > 0.1);
	}
}

/* ---- crystals ---- */

/* As iphase-simulate does it: a mis-tilt is the beam's. */
static struct ip_sample crystal_picture(struct ip_test_repeat *t,
	size_t waves, const double euler[3], const struct ip_repeat_frame *f)
{
	static const size_t plane = 12;
	double rz = euler[0] * DEGREE, rx = euler[1] * DEGREE;
	double ry = euler[2] * DEGREE;
	double x = -tan(ry), y = tan(rx) / cos(ry);
	double tilt[2] = { 1e3 * atan(cos(rz) * x + sin(rz) * y),
		1e3 * atan(cos(rz) * y - sin(rz) * x) };

	ip_test_repeat_set(t, (size_t[]){ waves, waves }, tilt, &plane, 1);
	t->r.whole = 0;
	t->r.probe.hard = 1;	/* a soft edge follows the axes of the k grid */
	t->r.detector_count = 1;
	return simulate(&t->r, rz, f, euler);
}

/*
 * By every mirror that the crystal says it has. 1.6e-3 of the contrast comes
 * from the tilt of 1 degree, which is the beam's in the simulation: that is the
 * same to first order; 2e-3 from the k grid, which is not as symmetrical as a
 * hexagonal crystal (4e-3 with 4 x 4 points).
 */
static void mirror_crystal(void (*make)(struct ip_structure *), size_t points,
	size_t waves, int mirrors)
{
	static const double euler[3] = { 17, 0.8, -0.6 };
	const struct ip_repeat_frame f = { { 0.3, -0.2 }, { 0.3, 0.3 },
		{ 16, 16 }, 0 };
	struct ip_test_repeat t;
	struct ip_structure s;
	struct ip_sample is, want;
	double phi[6];

	make(&s);
	ip_test_repeat_open(&t, &s, NULL, points, points, 1.3);
	assert_int_equal(ip_repeat_mirrors(&t.cell, phi), mirrors);
	for (int i = 0; i < mirrors; i++) {
		struct ip_change c = turned(1, phi[i] / DEGREE, 0, i % 4, &f);
		struct ip_repeat_frame g = changed_frame(&c, f);

		is = crystal_picture(&t, waves, euler, &f);
		assert_int_equal(ip_change_apply(&c, &is), 0);
		want = crystal_picture(&t, waves, is.euler, &g);
		assert_true(difference(&is, &want) < 3e-3);
		/* a line of the mirror half a degree off would show */
		is.euler[0] += 1;
		ip_sample_free(&want);
		want = crystal_picture(&t, waves, is.euler, &g);
		assert_true(difference(&is, &want) > 0.02);
		ip_sample_free(&want);
		ip_sample_free(&is);
	}
	ip_test_repeat_close(&t);
}

static void test_crystals(void **state)
{
	(void)state;
	mirror_crystal(ip_test_gan, 28, 6, 3);
	mirror_crystal(ip_test_knbo3, 32, 3, 4);
}

/* A picture of whole periods, cut anywhere: the scan had begun there. */
static void test_shift(void **state)
{
	const double euler[3] = { 0, 0.8, -0.6 };
	struct ip_repeat_frame f = { { 0.3, -0.2 }, { 4.01 / 12, 4.01 / 10 },
		{ 24, 10 }, 0 };
	struct ip_change c = turned(0, 0, 0, 0, &f);
	struct ip_test_repeat t;
	struct ip_structure s;
	struct ip_sample is, want;

	(void)state;
	ip_test_knbo3(&s);
	ip_test_repeat_open(&t, &s, NULL, 32, 32, 1.3);
	is = crystal_picture(&t, 3, euler, &f);
	c.at[0] = 17;
	c.at[1] = 3;
	assert_int_equal(ip_change_apply(&c, &is), 0);
	assert_register(&is);
	f.start[0] += 17 * f.step[0];
	f.start[1] += 3 * f.step[1];
	want = crystal_picture(&t, 3, euler, &f);
	/* float32 of the file */
	assert_true(difference(&is, &want) < 1e-6);
	assert_memory_equal(is.euler, euler, sizeof is.euler);
	ip_sample_free(&is);
	ip_sample_free(&want);
	ip_test_repeat_close(&t);
}

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
		assert_int_equal(ip_tensor_convert(&want, IP_TEST_REAL, &t),
			0);
		assert_int_equal(ip_dataset_example(d, 1, k, &how, &x[0],
			&target[0]), 0);
		assert_int_equal(ip_tensor_count(&x[0]), 11 * 64 * 64);
		assert_memory_equal(x[0].data, want.data, 11 * 64 * 64 *
			sizeof(ip_real));
		for (int i = 0; i < 64 * 64; i++)
			assert_true(((ip_real *)target[0].data)[i] ==
				(ip_real)((double)((float *)s.truth.data)[i] /
				1000));
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_molecule),
		cmocka_unit_test(test_rotated_detector),
		cmocka_unit_test(test_crystals),
		cmocka_unit_test(test_shift),
		cmocka_unit_test(test_draws),
		cmocka_unit_test(test_not_drawn),
		cmocka_unit_test(test_dose),
		cmocka_unit_test(test_reference),
		cmocka_unit_test(test_example),
		cmocka_unit_test(test_no_dose),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
