/*
 * The slices of a period, made when they are asked for: exact structure
 * factors of each element as a product of two tables of phases, over the
 * fractional coordinates of a lattice of any shape.
 */
#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>
#include <iphase/threads.h>
#include "core/blas.h"
#include "core/core.h"
#include "core/fft.h"
#include "em/repeat.h"

#define PI 3.14159265358979323846
#define MOST_KINDS 1000

/* ---- which g a point of the grid means ---- */

/* The shortest of the g = h b[0] + k b[1] that are one point of the grid. */
struct shortest {
	int count;
	int h[9][2];
	double length;
};

static void shortest(const struct ip_period *p, size_t i, size_t j,
	struct shortest *c)
{
	double x = (double)i / (double)p->n[0], y = (double)j /
		(double)p->n[1], g[2], l;
	const int *a = p->alias[0], *b = p->alias[1];
	/* in the reduced basis, whose determinant is 1 or -1 */
	double det = a[0] * b[1] - a[1] * b[0];
	double s = nearbyint((x * b[1] - y * b[0]) / det);
	double t = nearbyint((y * a[0] - x * a[1]) / det);

	c->count = 0;
	c->length = INFINITY;
	for (int n = 0; n < 9; n++) {
		double u = s + n / 3 - 1, v = t + n % 3 - 1;
		double h = (double)i - (u * a[0] + v * b[0]) * (double)p->n[0];
		double k = (double)j - (u * a[1] + v * b[1]) * (double)p->n[1];
		ip_reciprocal_vector(p->b, h, k, g);
		l = hypot(g[0], g[1]);
		if (l > c->length * (1 + 1e-9))
			continue;
		if (l < c->length * (1 - 1e-9)) {
			c->count = 0;
			c->length = l;
		}
		c->h[c->count][0] = (int)h;
		c->h[c->count++][1] = (int)k;
	}
}

static int larger(int a, int b)
{
	return a > b ? a : b;
}

/*
 * For each point the g that it means, as places in a table of
 * -reach[0] <= h <= reach[0], 0 <= k <= reach[1]: atoms are real, so that -g
 * is g's conjugate.
 */
static int find_meant(struct ip_period *p)
{
	size_t points = p->n[0] * p->n[1], count = 0;
	struct shortest s;

	for (size_t at = 0; at < points; at++) {
		shortest(p, at / p->n[1], at % p->n[1], &s);
		count += (size_t)s.count;
		for (int j = 0; j < s.count; j++)
			for (int a = 0; a < 2; a++)
				p->reach[a] = larger(p->reach[a],
					abs(s.h[j][a]));
	}
	p->meant = ip_alloc_array(count, sizeof *p->meant);
	p->meant_first = ip_alloc_array(points + 1, sizeof *p->meant_first);
	p->g = ip_alloc_array(points, sizeof *p->g);
	if (!p->meant || !p->meant_first || !p->g)
		return IP_ENOMEM;
	count = 0;
	for (size_t at = 0; at < points; at++) {
		shortest(p, at / p->n[1], at % p->n[1], &s);
		p->g[at] = s.length;
		for (int j = 0; j < s.count; j++) {
			int sign = s.h[j][1] < 0 ? -1 : 1;
			p->meant[count++] = sign * (1 + s.h[j][1] * sign +
				(p->reach[0] + s.h[j][0] * sign) *
				(p->reach[1] + 1));
		}
		p->meant_first[at + 1] = (uint32_t)count;
	}
	return 0;
}

/* ---- atoms by slice and kind ---- */

/* The slice of depth z; an atom on an edge belongs below it. */
static size_t slice_of(const struct ip_period *p, double z)
{
	double n = floor((z / p->period) * (double)p->slices + 1e-9);

	if (!(n > 0))
		return 0;
	return n < (double)p->slices ? (size_t)n : p->slices - 1;
}

/* Fractional place of atom a in its slice, whose part of the shift is off. */
static struct ip_place place(const struct ip_period *p,
	const struct ip_atom *a)
{
	double part = (double)slice_of(p, a->r[2]) / (double)p->slices;
	double x = a->r[0] - part * p->shift[0];
	double y = a->r[1] - part * p->shift[1];

	return (struct ip_place){ { x * p->b[0][0] + y * p->b[0][1],
		x * p->b[1][0] + y * p->b[1][1] }, a->occupancy };
}

static size_t kind_of(const struct ip_period *p, int z, double u)
{
	size_t k = 0;

	while (k < p->kinds && (p->kind[k].z != z || p->kind[k].u != u))
		k++;
	return k;
}

/* f_e(g)/kappa over the cell's area, damped by displacements. */
static int add_kind(struct ip_period *p, size_t *room, enum ip_factors set,
	int z, double u)
{
	size_t points = p->n[0] * p->n[1];
	double area = p->a[0][0] * p->a[1][1];
	struct ip_kind *k;
	int rc;

	if (p->kinds == MOST_KINDS)
		return ip_fail(IP_ELIMIT, "repeat cell: more than %d different "
			"elements and displacements", MOST_KINDS);
	if ((rc = ip_grow(&p->kind, room, p->kinds + 1, sizeof *k)) < 0)
		return rc;
	k = &p->kind[p->kinds++];
	*k = (struct ip_kind){ z, u, ip_alloc_array(points, sizeof(double)) };
	if (!k->table)
		return IP_ENOMEM;
	for (size_t i = 0; i < points; i++)
		k->table[i] = ip_factor(set, z, p->g[i]) / IP_KAPPA / area *
			exp(-2 * PI * PI * u * u * p->g[i] * p->g[i]) /
			(double)(p->meant_first[i + 1] - p->meant_first[i]);
	return 0;
}

static int sort_atoms(struct ip_period *p, const struct ip_repeat_cell *c,
	int still)
{
	size_t bins = p->slices * p->kinds;
	size_t *bin = ip_alloc_array(c->count, sizeof *bin);
	int rc = 0;

	p->places = ip_alloc_array(c->count, sizeof *p->places);
	p->first = ip_alloc_array(bins + 2, sizeof *p->first);
	if (!bin || !p->places || !p->first)
		rc = IP_ENOMEM;
	for (size_t i = 0; rc == 0 && i < c->count; i++) {
		const struct ip_atom *a = &c->atoms[i];
		bin[i] = slice_of(p, a->r[2]) * p->kinds +
			kind_of(p, a->z, still ? 0 : a->u);
		p->first[bin[i] + 2]++;
	}
	for (size_t b = 2; rc == 0 && b < bins + 2; b++)
		p->first[b] += p->first[b - 1];
	/* filling moves first[b + 1] from bin b's beginning to its end */
	for (size_t i = 0; rc == 0 && i < c->count; i++)
		p->places[p->first[bin[i] + 1]++] = place(p, &c->atoms[i]);
	ip_free(bin);
	return rc;
}

int ip_period_atoms(struct ip_period *p, const struct ip_repeat_cell *c,
	enum ip_factors set, int still)
{
	size_t room = 0;
	int rc = find_meant(p);

	for (size_t i = 0; rc == 0 && i < c->count; i++) {
		double u = still ? 0 : c->atoms[i].u;
		if (kind_of(p, c->atoms[i].z, u) == p->kinds)
			rc = add_kind(p, &room, set, c->atoms[i].z, u);
	}
	return rc < 0 ? rc : sort_atoms(p, c, still);
}

void ip_period_free(struct ip_period *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->kinds; i++)
		ip_free(p->kind[i].table);
	ip_free(p->kind);
	ip_free(p->places);
	ip_free(p->first);
	ip_free(p->meant);
	ip_free(p->meant_first);
	ip_free(p->g);
	ip_free(p->given);
	ip_free(p->wave);
	ip_free(p);
}

/* ---- slices ---- */

/* Room for the factors of a thread's slice, in double. */
struct work {
	size_t rows, columns, most;
	double *e0, *e1, *f, *vg;
};

static size_t work_size(const struct ip_period *p, struct work *w,
	size_t first, size_t count)
{
	size_t n;

	w->rows = 2 * (size_t)p->reach[0] + 1;
	w->columns = (size_t)p->reach[1] + 1;
	w->most = 0;
	for (size_t b = first * p->kinds; b < (first + count) * p->kinds; b++)
		if (p->first[b + 1] - p->first[b] > w->most)
			w->most = p->first[b + 1] - p->first[b];
	n = 2 * (w->most * (w->rows + w->columns) + w->rows * w->columns +
		p->n[0] * p->n[1]);
	return (n + 7) / 8 * 8;		/* every thread's aligned alike */
}

static void work_at(struct work *w, double *memory)
{
	w->e0 = memory;
	w->e1 = w->e0 + 2 * w->most * w->rows;
	w->f = w->e1 + 2 * w->most * w->columns;
	w->vg = w->f + 2 * w->rows * w->columns;
}

/*
 * e [n][count] complex: exp(-2 pi i h f), h from `from` on; times the
 * occupancy along axis 0.
 */
static void phases(double *e, const struct ip_place *at, size_t count,
	int axis, int from, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < count; j++) {
			double share = axis == 0 ? at[j].occupancy : 1;
			double t = -2 * PI * fmod((from + (double)i) *
				at[j].f[axis], 1);
			e[2 * (i * count + j)] = share * cos(t);
			e[2 * (i * count + j) + 1] = share * sin(t);
		}
}

/* One kind's atoms of a slice: F(h, k), then its table times it onto vg. */
static void add_atoms(const struct ip_period *p, const struct ip_kind *kind,
	const struct ip_place *at, size_t count, struct work *w)
{
	static const double one[2] = { 1, 0 }, zero[2] = { 0, 0 };
	size_t points = p->n[0] * p->n[1];

	phases(w->e0, at, count, 0, -p->reach[0], w->rows);
	phases(w->e1, at, count, 1, 0, w->columns);
	cblas_zgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)w->rows,
		(int)w->columns, (int)count, one, w->e0, (int)count, w->e1,
		(int)count, zero, w->f, (int)w->columns);
	for (size_t i = 0; i < points; i++)
		for (size_t j = p->meant_first[i]; j < p->meant_first[i + 1];
				j++) {
			int m = p->meant[j], sign = m < 0 ? -1 : 1;
			const double *f = w->f + 2 * (m * sign - 1);
			w->vg[2 * i] += kind->table[i] * f[0];
			w->vg[2 * i + 1] += kind->table[i] * sign * f[1];
		}
}

static int one_slice(const struct ip_period *p, size_t slice, struct work *w,
	double *v)
{
	size_t points = p->n[0] * p->n[1], b = slice * p->kinds;
	int rc;

	memset(w->vg, 0, 2 * points * sizeof *w->vg);
	for (size_t k = 0; k < p->kinds; k++, b++)
		if (p->first[b + 1] > p->first[b])
			add_atoms(p, &p->kind[k], p->places + p->first[b],
				p->first[b + 1] - p->first[b], w);
	ip_period_add_bonding(p, slice, w->vg);
	rc = ip_fft2_double(w->vg, p->n[0], p->n[1], 1);
	for (size_t i = 0; rc == 0 && i < points; i++)
		v[i] = w->vg[2 * i];
	return rc;
}

double ip_period_scratch(const struct ip_period *p)
{
	struct work w;

	return p->given ? 0 : (double)ip_fft2_double_scratch(p->n[0], p->n[1])
		+ sizeof(double) * (double)work_size(p, &w, 0, p->slices);
}

/* Slices first .. first + count <= slices, from atoms. */
static int make(const struct ip_period *p, size_t first, size_t count,
	double *v)
{
	struct work w;
	size_t points = p->n[0] * p->n[1], size;
	int threads = ip_threads(), rc = 0;
	double *memory;

	if ((size_t)threads > count)
		threads = (int)count;
	size = work_size(p, &w, first, count);
	memory = ip_alloc_array((size_t)threads * size, sizeof *memory);
	if (!memory)
		return IP_ENOMEM;
	ip_blas_single();
#pragma omp parallel for num_threads(threads) schedule(dynamic, 1)
	for (long s = 0; s < (long)count; s++) {
		struct work mine = w;
		int status;

		work_at(&mine, memory + (size_t)omp_get_thread_num() * size);
		status = one_slice(p, first + (size_t)s, &mine,
			v + (size_t)s * points);
		if (status < 0)
#pragma omp atomic write
			rc = status;
	}
	ip_free(memory);
	return rc;
}

int ip_period_get(const struct ip_period *p, size_t first, size_t count,
	double *v)
{
	size_t points = p->n[0] * p->n[1];
	int rc = 0;

	for (size_t done = 0, n; rc == 0 && done < count; done += n) {
		size_t at = (first + done) % p->slices;
		double *out = v + done * points;
		n = p->slices - at < count - done ? p->slices - at :
			count - done;
		if (done >= p->slices)	/* it repeats */
			memcpy(out, out - p->slices * points,
				n * points * sizeof *v);
		else if (p->given)
			memcpy(out, p->given + at * points,
				n * points * sizeof *v);
		else
			rc = make(p, at, n, out);
	}
	return rc;
}
