/* Golden files and simulations for tests: see golden.h. */
#include <math.h>
#include <iphase/formats.h>
#include "golden.h"

void ip_test_golden(const char *name, struct ip_bundle *b)
{
	char rel[256];

	snprintf(rel, sizeof rel, "tests/golden/%s", name);
	memset(b, 0, sizeof *b);
	assert_int_equal(ip_npz_read(ip_test_src(rel), b), 0);
}

double *ip_test_numbers(const struct ip_bundle *b, const char *key,
	size_t count)
{
	const struct ip_item *item = ip_bundle_find(b, key);
	struct ip_tensor t = { 0 };
	size_t n;
	double *v;

	if (!item)
		fail_msg("golden file without '%s'", key);
	n = ip_tensor_count(&item->tensor);
	if (item->tensor.dtype == IP_C64) {
		const float *f = item->tensor.data;
		assert_int_equal(2 * n, count);
		v = malloc(count * sizeof *v);
		for (size_t i = 0; i < count; i++)
			v[i] = f[i];
		return v;
	}
	assert_int_equal(n, count);
	assert_int_equal(ip_tensor_convert(&t, IP_F64, &item->tensor), 0);
	v = malloc(count * sizeof *v + 1);
	memcpy(v, t.data, count * sizeof *v);
	ip_tensor_free(&t);
	return v;
}

void ip_test_atoms(const struct ip_bundle *b, struct ip_structure *s)
{
	size_t n = ip_tensor_count(&ip_bundle_find(b, "Z")->tensor);
	double *z = ip_test_numbers(b, "Z", n);
	double *r = ip_test_numbers(b, "xyz_d", 3 * n);
	double *cell = ip_test_numbers(b, "cell_d", 3);

	memset(s, 0, sizeof *s);
	s->count = n;
	s->atoms = calloc(n, sizeof *s->atoms);
	for (size_t i = 0; i < n; i++) {
		s->atoms[i].z = (int)z[i];
		s->atoms[i].occupancy = 1;
		memcpy(s->atoms[i].r, r + 3 * i, sizeof s->atoms[i].r);
	}
	for (int i = 0; i < 3; i++)
		s->cell[i][i] = cell[i];
	free(z);
	free(r);
	free(cell);
}

struct ip_grid ip_test_grid(const struct ip_structure *s, size_t n0, size_t n1)
{
	struct ip_grid g = { { n0, n1 }, { s->cell[0][0], s->cell[1][1] } };

	return g;
}

struct ip_detector ip_test_quadrants(double inner, double outer)
{
	struct ip_detector d = { .kind = IP_SEGMENTED, .inner = inner,
		.outer = outer, .radial = 1, .azimuthal = 4 };

	return d;
}

struct ip_probe ip_test_probe(double energy, double semiangle)
{
	struct ip_probe p = { .energy = energy, .semiangle = semiangle };

	return p;
}

struct ip_scan ip_test_scan(const struct ip_potential *p, size_t n0, size_t n1)
{
	const struct ip_grid *g = ip_potential_grid(p);
	struct ip_scan q = { { 0, 0 }, { g->length[0], g->length[1] },
		{ n0, n1 } };

	return q;
}

void ip_test_simulate(const struct ip_simulation *s, struct ip_tensor *images)
{
	struct ip_dev *dev = NULL;

	memset(images, 0, sizeof *images);
	assert_int_equal(ip_dev_open(&dev, NULL), 0);
	assert_int_equal(ip_simulate(dev, s, images), 0);
	ip_dev_close(dev);
}

double ip_test_max_abs(const double *a, const double *b, size_t n)
{
	double worst = 0;

	for (size_t i = 0; i < n; i++) {
		double d = fabs(a[i] - b[i]);
		worst = d > worst || isnan(d) ? isnan(d) ? INFINITY : d : worst;
	}
	return worst;
}
