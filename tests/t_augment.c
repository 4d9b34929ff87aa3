/*
 * Changes of pictures that physics allows, against a simulation of the
 * orientation that they say.
 */
#include <math.h>
#include <iphase/specimen.h>
#include "support/repeat.h"
#include "train/augment.h"

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
 * By every mirror that the crystal says it has. Two things differ by some
 * thousandths of the contrast: the tilt of 1 degree, which is the beam's in the
 * simulation, the same to first order; and the k grid, which is not as
 * symmetrical as a hexagonal crystal.
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

/* The map t (h, w) from c.at on. */
static void cut_map(const struct ip_change *c, struct ip_tensor *t)
{
	size_t shape[3] = { 1, t->shape[0], t->shape[1] };
	struct ip_tensor planes;

	assert_int_equal(ip_tensor_wrap(&planes, t->dtype, 3, shape, t->data),
		0);
	planes.owner = t->owner;
	assert_int_equal(ip_change_cut(c, &planes), 0);
	assert_int_equal(ip_tensor_at(t, &planes, 0, 0), 0);
	t->owner = planes.owner;
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
	assert_int_equal(ip_change_cut(&c, &is.segments), 0);
	cut_map(&c, &is.truth);
	cut_map(&c, &is.thickness);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_molecule),
		cmocka_unit_test(test_rotated_detector),
		cmocka_unit_test(test_crystals),
		cmocka_unit_test(test_shift),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
