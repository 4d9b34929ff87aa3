#include <math.h>
#include "support/repeat.h"

/* Places of atoms in cell vectors to Angstrom. */
static void crystal(struct ip_structure *s, const double cell[3][3],
	const struct ip_atom *atoms, size_t count)
{
	memset(s, 0, sizeof *s);
	memcpy(s->cell, cell, sizeof s->cell);
	s->count = count;
	s->atoms = calloc(count, sizeof *atoms);
	for (size_t i = 0; i < count; i++) {
		s->atoms[i] = atoms[i];
		for (int k = 0; k < 3; k++) {
			s->atoms[i].r[k] = 0;
			for (int j = 0; j < 3; j++)
				s->atoms[i].r[k] += atoms[i].r[j] * cell[j][k];
		}
	}
}

static void hexagonal(double a, double c, double cell[3][3])
{
	memset(cell, 0, 9 * sizeof(double));
	cell[0][0] = a;
	cell[1][0] = -a / 2;
	cell[1][1] = a * sqrt(0.75);
	cell[2][2] = c;
}

void ip_test_gan(struct ip_structure *s)
{
	static const struct ip_atom atoms[] = {
		{ { 1. / 3, 2. / 3, 0 }, 0.058, 31, 1 },
		{ { 2. / 3, 1. / 3, 0.5 }, 0.058, 31, 1 },
		{ { 1. / 3, 2. / 3, 0.377 }, 0.065, 7, 1 },
		{ { 2. / 3, 1. / 3, 0.877 }, 0.065, 7, 1 },
	};
	double cell[3][3];

	hexagonal(3.1893, 5.1851, cell);
	crystal(s, (const double (*)[3])cell, atoms, 4);
}

void ip_test_knbo3(struct ip_structure *s)
{
	static const double cell[3][3] = { { 4.01, 0, 0 }, { 0, 4.01, 0 },
		{ 0, 0, 4.01 } };
	static const struct ip_atom atoms[] = {
		{ { 0, 0, 0 }, 0, 19, 1 }, { { 0.5, 0.5, 0.5 }, 0, 41, 1 },
		{ { 0.5, 0.5, 0 }, 0, 8, 1 }, { { 0.5, 0, 0.5 }, 0, 8, 1 },
		{ { 0, 0.5, 0.5 }, 0, 8, 1 },
	};

	crystal(s, cell, atoms, 5);
}

void ip_test_licoo2(struct ip_structure *s)
{
	static const struct { int z; double height; } kinds[] = {
		{ 27, 0 }, { 3, 0.5 }, { 8, 0.24 }, { 8, -0.24 } };
	struct ip_atom atoms[12];
	double cell[3][3];

	for (int i = 0; i < 12; i++) {
		/* the centring (2/3, 1/3, 1/3), and twice that */
		double step = i / 4 / 3.0;
		atoms[i] = (struct ip_atom){ { 2 * step, step,
			kinds[i % 4].height + step }, 0.07, kinds[i % 4].z, 1 };
	}
	hexagonal(2.816, 14.05, cell);
	crystal(s, (const double (*)[3])cell, atoms, 12);
}

void ip_test_leaning(struct ip_structure *s)
{
	static const double cell[3][3] = { { 4.2, 0, 0 }, { 0, 3.6, 0 },
		{ 1.4, 0, 5.5 } };
	static const struct ip_atom atoms[] = {
		{ { 0.1, 0, 0.02 }, 0.05, 31, 1 },
		{ { 0.4, 0.55, 0.3 }, 0, 14, 1 },
		{ { 0.7, 0.2, 0.55 }, 0.1, 7, 1 },
		{ { 0.3, 0.8, 0.8 }, 0, 22, 0.9 },
	};

	crystal(s, cell, atoms, 4);
}

void ip_test_double(struct ip_structure *s)
{
	struct ip_structure d = *s;

	d.count = 2 * s->count;
	d.atoms = calloc(d.count, sizeof *d.atoms);
	for (size_t i = 0; i < d.count; i++) {
		d.atoms[i] = s->atoms[i / 2];
		for (int k = 0; i % 2 && k < 3; k++)
			d.atoms[i].r[k] += s->cell[1][k];
	}
	for (int k = 0; k < 3; k++)
		d.cell[1][k] = s->cell[0][k] + 2 * s->cell[1][k];
	free(s->atoms);
	*s = d;
}

void ip_test_gan_supercell(struct ip_repeat_cell *c, size_t m0, size_t m1,
	double depth)
{
	static const int z001[3] = { 0, 0, 1 };
	struct ip_repeat_cell cell;
	struct ip_structure s;

	ip_test_gan(&s);
	assert_int_equal(ip_repeat_zone(&cell, &s, z001), 0);
	assert_int_equal(ip_supercell_build(c, &cell, (size_t[]){ m0, m1 },
		depth), 0);
	ip_repeat_cell_free(&cell);
	ip_structure_free(&s);
}

void ip_test_repeat_open(struct ip_test_repeat *t, struct ip_structure *s,
	const int zone[3], size_t n0, size_t n1, double slice)
{
	static const int z001[3] = { 0, 0, 1 };
	size_t n[] = { n0, n1 };

	memset(t, 0, sizeof *t);
	t->crystal = *s;
	assert_int_equal(zone ? ip_repeat_zone(&t->cell, &t->crystal, zone) :
		ip_repeat_plane(&t->cell, &t->crystal, z001), 0);
	assert_int_equal(ip_period_new(&t->period, &t->cell, n, slice,
		IP_KIRKLAND, 0), 0);
	t->d[0] = ip_test_quadrants(10, 50);
	t->d[1].kind = IP_TOTAL;
	t->r.period = t->period;
	t->r.probe = ip_test_probe(200e3, 20);
	t->r.detectors = t->d;
	t->r.detector_count = 2;
	t->r.whole = 1;		/* as boxes do */
}

void ip_test_repeat_set(struct ip_test_repeat *t, const size_t m[2],
	const double tilt[2], const size_t *planes, size_t count)
{
	memcpy(t->r.waves, m, sizeof t->r.waves);
	memcpy(t->r.probe.tilt, tilt, sizeof t->r.probe.tilt);
	t->r.planes = planes;
	t->r.plane_count = count;
}

void ip_test_repeat_gan(struct ip_test_repeat *t, size_t m0, size_t m1,
	const size_t *planes, size_t count)
{
	static const int z001[3] = { 0, 0, 1 };
	struct ip_structure s;

	ip_test_gan(&s);
	ip_test_repeat_open(t, &s, z001, 28, 28, 1.3);
	ip_test_repeat_set(t, (size_t[]){ m0, m1 }, (double[]){ 4, 7 }, planes,
		count);
}

void ip_test_repeat_close(struct ip_test_repeat *t)
{
	ip_period_free(t->period);
	ip_repeat_cell_free(&t->cell);
	ip_structure_free(&t->crystal);
}

void ip_test_repeat_run(const struct ip_repeat *r,
	struct ip_repeat_series *s)
{
	struct ip_dev *dev;

	assert_int_equal(ip_dev_open(&dev, NULL), 0);
	assert_int_equal(ip_repeat_run(dev, r, s), 0);
	ip_dev_close(dev);
}

void ip_test_supercell(const struct ip_test_repeat *t, size_t periods,
	struct ip_potential **p)
{
	const struct ip_repeat_cell *c = &t->cell;
	const size_t *m = t->r.waves, *n = ip_period_points(t->period);
	size_t cells = m[0] * m[1] * periods;
	struct ip_structure box = { .count = 0 };

	assert_true(c->a[1][0] == 0);
	box.cell[0][0] = (double)m[0] * c->a[0][0];
	box.cell[1][1] = (double)m[1] * c->a[1][1];
	box.cell[2][2] = (double)periods * c->period;
	box.atoms = calloc(cells * c->count, sizeof *box.atoms);
	for (size_t i = 0; i < cells; i++)
		for (size_t a = 0; a < c->count; a++) {
			struct ip_atom q = c->atoms[a];
			double depth = (double)(i / (m[0] * m[1]));
			q.r[0] += (double)(i % m[0]) * c->a[0][0] +
				depth * c->shift[0];
			q.r[1] += (double)(i / m[0] % m[1]) * c->a[1][1] +
				depth * c->shift[1];
			q.r[2] += depth * c->period;
			box.atoms[box.count++] = q;
		}
	struct ip_grid g = ip_test_grid(&box, m[0] * n[0], m[1] * n[1]);
	assert_int_equal(ip_potential_from_structure(p, &box, &g,
		ip_period_thickness(t->period), IP_KIRKLAND, IP_EXACT), 0);
	ip_structure_free(&box);
}

double ip_test_against_supercell(const struct ip_test_repeat *t)
{
	struct ip_simulation s = { .probe = t->r.probe, .detectors = t->d,
		.detector_count = 2, .planes = t->r.planes,
		.plane_count = t->r.plane_count, .method = IP_METHOD_MATRIX };
	size_t slices = ip_period_slices(t->period);
	size_t last = t->r.planes[t->r.plane_count - 1];
	struct ip_repeat_frame f = { { 0.3, -0.2 }, { t->cell.a[0][0] / 7,
		t->cell.a[1][1] / 6 }, { 7, 6 }, 0.5 };
	struct ip_repeat_series series;
	struct ip_tensor want, got;

	ip_test_supercell(t, (last + slices - 1) / slices, &s.potential);
	s.scan = (struct ip_scan){ { 0.3, -0.2 }, { 0.3 + t->cell.a[0][0],
		-0.2 + t->cell.a[1][1] }, { 7, 6 } };
	s.source_fwhm = 0.5;
	ip_test_simulate(&s, &want);
	ip_test_repeat_run(&t->r, &series);
	assert_int_equal(ip_repeat_picture(&series, 0, &f, &got), 0);
	double d = ip_test_max_abs(got.data, want.data,
		ip_tensor_count(&got));
	ip_repeat_series_free(&series);
	ip_tensor_free(&want);
	ip_tensor_free(&got);
	ip_potential_free(s.potential);
	return d;
}

double ip_test_as_supercell(const struct ip_test_repeat *t)
{
	double dz = ip_period_thickness(t->period);
	double depth = dz * (double)t->r.planes[t->r.plane_count - 1];
	const size_t *m = t->r.waves, *n = ip_period_points(t->period);
	size_t all[] = { m[0] * n[0], m[1] * n[1] };
	struct ip_repeat_frame f = { { 0.3, -0.2 }, { 0.9, 0.7 }, { 7, 6 },
		0.5 };
	struct ip_repeat r = t->r;
	struct ip_repeat_series series;
	struct ip_repeat_cell cell;
	struct ip_tensor image[2];
	struct ip_period *p;
	double d;

	assert_int_equal(ip_supercell_build(&cell, &t->cell, m, depth), 0);
	assert_int_equal(ip_period_new(&p, &cell, all, dz, IP_KIRKLAND, 0), 0);
	for (int i = 0; i < 2; i++) {
		ip_test_repeat_run(&r, &series);
		assert_int_equal(ip_repeat_picture(&series, 0, &f, &image[i]),
			0);
		ip_repeat_series_free(&series);
		r.period = p;
		r.waves[0] = r.waves[1] = 1;
	}
	d = ip_test_max_abs(image[1].data, image[0].data,
		ip_tensor_count(&image[0]));
	ip_tensor_free(&image[0]);
	ip_tensor_free(&image[1]);
	ip_period_free(p);
	ip_repeat_cell_free(&cell);
	return d;
}

double ip_test_oblique(void (*make)(struct ip_structure *), size_t points,
	double slice, const size_t *planes, size_t plane_count)
{
	static const int z[3] = { 0, 0, 1 };
	struct ip_tensor image[2];
	double d;

	for (int i = 0; i < 2; i++) {
		/* the points of both are a rectangular lattice, the same */
		struct ip_repeat_frame f = { { 0, 0 }, { 0.4, 0.3 },
			{ 9, 11 }, 0 };
		struct ip_repeat_series series;
		struct ip_test_repeat t;
		struct ip_structure s;
		make(&s);
		if (i)
			ip_test_double(&s);
		ip_test_repeat_open(&t, &s, z, points, i ? points :
			points / 2, slice);
		assert_true((t.cell.a[1][0] == 0) == i);
		t.r.waves[0] = 3;
		t.r.waves[1] = i ? 3 : 6;
		/* the width of a soft edge follows the axes of the k grid */
		t.r.probe.hard = 1;
		t.r.probe.tilt[0] = 5;
		t.r.probe.tilt[1] = -3;
		t.r.planes = planes;
		t.r.plane_count = plane_count;
		ip_test_repeat_run(&t.r, &series);
		assert_int_equal(ip_repeat_picture(&series, 0, &f, &image[i]),
			0);
		ip_repeat_series_free(&series);
		ip_test_repeat_close(&t);
	}
	d = ip_test_max_abs(image[0].data, image[1].data,
		ip_tensor_count(&image[0]));
	ip_tensor_free(&image[0]);
	ip_tensor_free(&image[1]);
	return d;
}
