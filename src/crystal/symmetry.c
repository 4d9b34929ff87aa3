/*
 * Space groups as they stand in a file, by their operators. That they are a
 * group, and that of this cell, is checked: a crystal from which one is
 * missing would look like one. The images of a site then are the cosets of the
 * operators that leave it where it is, so that no two of them need be compared.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "../core/core.h"
#include "crystal.h"
#include "symmetry.h"

#define STRETCH 0.02	/* of squared lengths: cells are given rounded */
#define SAME 1e-3	/* Angstrom: a point, up to rounding */

struct key {
	uint64_t key;
	uint16_t index;
};

/* Different for different operators; UINT64_MAX for what no file can say. */
static uint64_t key_of(const struct ip_symop *op)
{
	uint64_t key = 0;
	int i;

	for (i = 0; i < 9; i++) {
		int r = op->r[i / 3][i % 3];

		if (r < -2 || r > 2)
			return UINT64_MAX;
		key = 5 * key + (uint64_t)(r + 2);
	}
	for (i = 0; i < 3; i++)
		key = IP_SYMOP_PARTS * key + (uint64_t)op->t[i];
	return key;
}

static int by_key(const void *va, const void *vb)
{
	const struct key *a = va, *b = vb;

	if (a->key != b->key)
		return a->key < b->key ? -1 : 1;
	return a->index < b->index ? -1 : a->index > b->index;
}

static int same_key(const void *va, const void *vb)
{
	const struct key *a = va, *b = vb;

	return a->key < b->key ? -1 : a->key > b->key;
}

static struct ip_symop multiply(const struct ip_symop *a,
	const struct ip_symop *b)
{
	struct ip_symop c;
	int i, j, k;

	for (i = 0; i < 3; i++) {
		for (j = 0; j < 3; j++)
			for (c.r[i][j] = 0, k = 0; k < 3; k++)
				c.r[i][j] += a->r[i][k] * b->r[k][j];
		c.t[i] = a->t[i];
		for (k = 0; k < 3; k++)
			c.t[i] += a->r[i][k] * b->t[k];
		c.t[i] = (c.t[i] % IP_SYMOP_PARTS + IP_SYMOP_PARTS) %
			IP_SYMOP_PARTS;
	}
	return c;
}

/* Of equal ones the first stays; the order stays. */
static size_t unique(struct ip_symop *op, size_t n, struct key *keys)
{
	size_t i, m = 0;

	for (i = 0; i < n; i++) {
		keys[i].key = key_of(&op[i]);
		keys[i].index = (uint16_t)i;
	}
	qsort(keys, n, sizeof *keys, by_key);
	for (i = 1; i < n; i++)
		if (keys[i].key == keys[i - 1].key)
			op[keys[i].index].t[0] = -1;
	for (i = 0; i < n; i++)
		if (op[i].t[0] >= 0)
			op[m++] = op[i];
	for (i = 0; i < m; i++) {
		keys[i].key = key_of(&op[i]);
		keys[i].index = (uint16_t)i;
	}
	qsort(keys, m, sizeof *keys, by_key);
	return m;
}

static int fill_products(struct ip_symmetry *s, const char *what,
	const struct key *keys)
{
	struct ip_symop product;
	struct key want, *found;
	size_t i, j;

	for (i = 0; i < s->count; i++)
		for (j = 0; j < s->count; j++) {
			product = multiply(&s->op[i], &s->op[j]);
			want.key = key_of(&product);
			found = bsearch(&want, keys, s->count, sizeof *keys,
				same_key);
			if (!found)
				return ip_fail(IP_EFORMAT, "%s: the %zu"
					" symmetry operators are no group:"
					" number %zu after number %zu is not"
					" among them (equal ones counted"
					" once); is one missing or mistyped?",
					what, s->count, i + 1, j + 1);
			s->product[i * s->count + j] = found->index;
		}
	return 0;
}

/* G' = r^T G r is the metric after the operator. */
static int check_metric(const struct ip_symop *op, const char *what, size_t k,
	const double cell[3][3])
{
	double g[3][3], sum, scale;
	int i, j, m, n;

	for (i = 0; i < 3; i++)
		for (j = 0; j < 3; j++)
			g[i][j] = ip_dot(cell[i], cell[j]);
	for (i = 0; i < 3; i++)
		for (j = 0; j < 3; j++) {
			for (sum = 0, m = 0; m < 3; m++)
				for (n = 0; n < 3; n++)
					sum += op->r[m][i] * g[m][n] *
						op->r[n][j];
			scale = sqrt(g[i][i] * g[j][j]);
			if (!(fabs(sum - g[i][j]) <= STRETCH * scale))
				return ip_fail(IP_EPHYSICS, "%s: symmetry"
					" operator %zu (equal ones counted"
					" once) does not keep the lengths and"
					" angles of the cell; do they belong"
					" together?", what, k + 1);
		}
	return 0;
}

int ip_symmetry_init(struct ip_symmetry *s, const char *what,
	struct ip_symop *op, size_t n, const double cell[3][3])
{
	struct key *keys;
	size_t i;
	int rc = 0;

	memset(s, 0, sizeof *s);
	if (n < 1 || n > IP_SYMOPS_MAX)
		return ip_fail(IP_ELIMIT, "%s: %zu symmetry operators,"
			" expected 1 to %d", what, n, IP_SYMOPS_MAX);
	keys = ip_alloc_array(n, sizeof *keys);
	if (!keys)
		return IP_ENOMEM;
	s->count = unique(op, n, keys);
	if (!(s->op = ip_alloc_array(s->count, sizeof *s->op)) ||
	    !(s->product = ip_alloc_array(s->count * s->count,
	    sizeof *s->product)))
		rc = IP_ENOMEM;
	else
		memcpy(s->op, op, s->count * sizeof *op);
	for (i = 0; i < s->count && rc == 0; i++)
		rc = check_metric(&s->op[i], what, i, cell);
	if (rc == 0)
		rc = fill_products(s, what, keys);
	ip_free(keys);
	if (rc < 0)
		ip_symmetry_free(s);
	return rc;
}

void ip_symmetry_free(struct ip_symmetry *s)
{
	ip_free(s->op);
	ip_free(s->product);
	memset(s, 0, sizeof *s);
}

static double length(const double cell[3][3], const double f[3])
{
	double r[3];
	int i;

	for (i = 0; i < 3; i++)
		r[i] = f[0] * cell[0][i] + f[1] * cell[1][i] + f[2] * cell[2][i];
	return sqrt(ip_dot(r, r));
}

static void apply(const struct ip_symop *op, const double f[3], double g[3])
{
	int i;

	for (i = 0; i < 3; i++)
		g[i] = op->r[i][0] * f[0] + op->r[i][1] * f[1] +
			op->r[i][2] * f[2] +
			(double)op->t[i] / IP_SYMOP_PARTS;
}

/* From f to the nearest place that op leads it to; the distance. */
static double step(const struct ip_symop *op, const double cell[3][3],
	const double f[3], double d[3])
{
	int i;

	apply(op, f, d);
	for (i = 0; i < 3; i++) {
		d[i] -= f[i];
		d[i] -= nearbyint(d[i]);
	}
	return length(cell, d);
}

/* Move f to the mean of its images within tolerance; how far. */
static double settle(const struct ip_symmetry *s, const double cell[3][3],
	double tolerance, double f[3])
{
	double d[3], sum[3] = { 0, 0, 0 };
	size_t i, n = 0;
	int k;

	for (i = 0; i < s->count; i++)
		if (step(&s->op[i], cell, f, d) < tolerance) {
			for (k = 0; k < 3; k++)
				sum[k] += d[k];
			n++;
		}
	for (k = 0; k < 3; k++) {
		sum[k] /= (double)(n ? n : 1);
		f[k] += sum[k];
	}
	return length(cell, sum);
}

static void wrap(double f[3])
{
	int k;

	for (k = 0; k < 3; k++) {
		f[k] -= floor(f[k]);
		if (f[k] > 1 - 1e-9)	/* rounding has led to the other face */
			f[k] = 0;
	}
}

int ip_symmetry_orbit(const struct ip_symmetry *s, const double cell[3][3],
	double tolerance, double f[3], double (*out)[3], size_t *n,
	double *moved)
{
	unsigned char done[IP_SYMOPS_MAX] = { 0 };
	uint16_t fix[IP_SYMOPS_MAX];
	size_t i, j, fixes = 0;
	double d[3], away;

	*moved = settle(s, cell, tolerance, f);
	wrap(f);
	for (i = 0; i < s->count; i++) {
		away = step(&s->op[i], cell, f, d);
		if (away < SAME)
			fix[fixes++] = (uint16_t)i;
		else if (away < tolerance)
			return 1;
	}
	memcpy(out[0], f, sizeof out[0]);
	for (j = 0; j < fixes; j++)
		done[fix[j]] = 1;
	*n = 1;
	for (i = 0; i < s->count; i++) {
		if (done[i])
			continue;
		for (j = 0; j < fixes; j++)
			done[s->product[i * s->count + fix[j]]] = 1;
		apply(&s->op[i], f, out[*n]);
		wrap(out[(*n)++]);
	}
	return 0;
}
