#include <math.h>
#include <iphase/ipt.h>
#include "support/cube.h"

#define PI 3.14159265358979323846

void ip_test_cube(const char *name, struct ip_cube *c)
{
	struct ip_bundle b = { 0 };
	char rel[256];
	struct ip_item *grid;
	double *r, *cell;
	size_t n;

	snprintf(rel, sizeof rel, "tests/golden/%s", name);
	assert_int_equal(ip_ipt_load(ip_test_src(rel), &b), 0);
	memset(c, 0, sizeof *c);
	snprintf(c->title[1], sizeof c->title[1], "%s",
		strchr(ip_attrs_get_text(&b.attrs, "title"), '\n') + 1);
	assert_non_null(grid = ip_bundle_find(&b, "potential"));
	n = ip_bundle_find(&b, "numbers")->tensor.shape[0];
	r = ip_test_numbers(&b, "positions", 3 * n);
	cell = ip_test_numbers(&b, "cell", 9);
	memcpy(c->structure.cell, cell, sizeof c->structure.cell);
	c->structure.count = n;
	assert_non_null(c->structure.atoms = calloc(n,
		sizeof *c->structure.atoms));
	for (size_t i = 0; i < n; i++) {
		struct ip_atom *a = &c->structure.atoms[i];
		a->z = ((int *)ip_bundle_find(&b, "numbers")->tensor.data)[i];
		a->occupancy = 1;
		memcpy(a->r, r + 3 * i, sizeof a->r);
	}
	c->grid = grid->tensor;
	memset(&grid->tensor, 0, sizeof grid->tensor);
	free(r);
	free(cell);
	ip_bundle_free(&b);
}

double ip_test_pseudo(int z, double q)
{
	return 0.6 * ip_factor(IP_KIRKLAND, z, q) / IP_KAPPA *
		exp(-q * q);
}

/* Indices of term i of those with |h_k| <= most[k]. */
static void decode(size_t i, const int most[3], int h[3])
{
	for (int k = 2; k >= 0; k--) {
		size_t n = 2 * (size_t)most[k] + 1;
		h[k] = (int)(i % n) - most[k];
		i /= n;
	}
}

/* v += the pseudo-atoms of s at h. */
static void add_atoms(double v[2], const struct ip_structure *s,
	const int h[3])
{
	const double (*cell)[3] = (const double (*)[3])s->cell;
	double g[3], q = ip_reflection(cell, h, g);

	for (size_t i = 0; q > 0 && i < s->count; i++) {
		const double *r = s->atoms[i].r;
		double t = -2 * PI * (g[0] * r[0] + g[1] * r[1] + g[2] * r[2]);
		double f = ip_test_pseudo(s->atoms[i].z, q) /
			fabs(ip_cell_volume(cell));
		v[0] += f * cos(t);
		v[1] += f * sin(t);
	}
}

/* v += the waves, and their opposites, at h. */
static void add_waves(double v[2], const struct ip_test_wave *waves,
	size_t count, const int h[3])
{
	for (size_t i = 0; i < count; i++)
		for (int sign = -1; sign < 2; sign += 2) {
			const int *w = waves[i].hkl;
			if (h[0] != sign * w[0] || h[1] != sign * w[1] ||
					h[2] != sign * w[2])
				continue;
			v[0] += waves[i].v[0];
			v[1] += sign * waves[i].v[1];
		}
}

/*
 * Along one axis of v [before][terms][after] complex, terms of -most .. most
 * become n points: a new array for the old.
 */
static double *transform(double *v, size_t before, int most, size_t n,
	size_t after)
{
	size_t terms = 2 * (size_t)most + 1;
	double *out = calloc(before * n * after, 2 * sizeof *out);

	assert_non_null(out);
	for (size_t i = 0; i < before * n * terms; i++) {
		size_t b = i / (n * terms), j = i / terms % n, h = i % terms;
		double t = 2 * PI * ((double)h - most) * (double)j / (double)n;
		double c = cos(t), s = sin(t);
		const double *from = v + 2 * (b * terms + h) * after;
		double *to = out + 2 * (b * n + j) * after;
		for (size_t k = 0; k < after; k++) {
			to[2 * k] += from[2 * k] * c - from[2 * k + 1] * s;
			to[2 * k + 1] += from[2 * k] * s + from[2 * k + 1] * c;
		}
	}
	free(v);
	return out;
}

void ip_test_cube_make(struct ip_cube *c, const struct ip_structure *s,
	const size_t n[3], const struct ip_test_wave *waves, size_t count)
{
	int most[3], h[3];
	size_t terms[3];
	double *v;

	memset(c, 0, sizeof *c);
	snprintf(c->title[1], sizeof c->title[1], " HARTREE POTENTIAL");
	assert_int_equal(ip_structure_copy(&c->structure, s), 0);
	assert_int_equal(ip_tensor_new(&c->grid, IP_F32, 3, n), 0);
	for (int i = 0; i < 3; i++) {
		most[i] = (int)(n[i] - 1) / 2;
		terms[i] = 2 * (size_t)most[i] + 1;
		for (int k = 0; k < 3; k++)
			c->voxel[i][k] = s->cell[i][k] / (double)n[i];
	}
	v = calloc(terms[0] * terms[1] * terms[2], 2 * sizeof *v);
	assert_non_null(v);
	for (size_t i = 0; i < terms[0] * terms[1] * terms[2]; i++) {
		decode(i, most, h);
		add_atoms(v + 2 * i, s, h);
		add_waves(v + 2 * i, waves, count, h);
	}
	v = transform(v, terms[0] * terms[1], most[2], n[2], 1);
	v = transform(v, terms[0], most[1], n[1], n[2]);
	v = transform(v, 1, most[0], n[0], n[1] * n[2]);
	for (size_t i = 0; i < n[0] * n[1] * n[2]; i++)
		((float *)c->grid.data)[i] = (float)(v[2 * i] /
			IP_CUBE_VOLT);
	free(v);
}
