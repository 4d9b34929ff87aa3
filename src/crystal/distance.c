/*
 * Atoms too close to be there at once. Space is cut into boxes no thinner than the least
 * distance, and boxes are found by hashing: an atom is compared with those of
 * its own box and of those around it, so that the work grows with the number of
 * atoms only. Box b + n along a periodic axis of n boxes is box b of the next
 * cell.
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include "../core/core.h"
#include "crystal.h"

#define REACH_MAX 16	/* boxes to look at on each side */
#define BOXES_MAX 1048576.0

struct boxes {
	const struct ip_structure *s;
	double least;
	int periodic;
	double cell[3][3];	/* the same lattice by shorter vectors */
	double to[3][3];	/* box coordinate d is dot(to[d], r - base) */
	double base[3];
	int64_t n[3];		/* boxes along a periodic axis */
	int reach[3];
	int64_t (*at)[3];	/* box of each atom */
	double (*r)[3];		/* atoms, moved into the cell */
	double *sum;		/* occupancies found around each atom */
	uint32_t *next;		/* of the same hash; UINT32_MAX ends */
	uint32_t *head;
	size_t mask;
	struct ip_pair pair;	/* too close */
};

static size_t hash(const struct boxes *b, const int64_t at[3])
{
	uint64_t h = (uint64_t)at[0] * 0x9e3779b97f4a7c15u +
		(uint64_t)at[1] * 0xc2b2ae3d27d4eb4fu +
		(uint64_t)at[2] * 0x165667b19e3779f9u;

	return (size_t)(h ^ h >> 29) & b->mask;
}

/*
 * Take from each vector the nearest multiple of each other one, until none is
 * left: a skew cell becomes a compact one of the same lattice.
 */
static void reduce(double c[3][3])
{
	int i, j, k, round, changed = 1;
	double m;

	for (round = 0; changed && round < 1000; round++)
		for (changed = 0, i = 0; i < 3; i++)
			for (j = 0; j < 3; j++) {
				m = i == j ? 0 : nearbyint(ip_dot(c[i], c[j]) /
					ip_dot(c[j], c[j]) * (1 - 1e-9));
				for (k = 0; k < 3; k++)
					c[i][k] -= m * c[j][k];
				changed |= m != 0;
			}
}

/* Box coordinates run from 0 to n along a periodic axis. */
static int set_cell(struct boxes *b)
{
	double (*c)[3] = b->cell, v, across[3], height, n;
	int d, k;

	memcpy(c, b->s->cell, sizeof b->cell);
	reduce(c);
	v = ip_cell_volume((const double (*)[3])c);
	for (d = 0; d < 3; d++) {
		ip_cross(c[(d + 1) % 3], c[(d + 2) % 3], across);
		height = fabs(v) / sqrt(ip_dot(across, across));
		n = floor(height / b->least);
		n = n < 1 ? 1 : n > BOXES_MAX ? BOXES_MAX : n;
		b->n[d] = (int64_t)n;
		for (k = 0; k < 3; k++)
			b->to[d][k] = across[k] / v * n;
		n = ceil(b->least * n / height * (1 - 1e-12));
		if (!(n <= REACH_MAX))
			return ip_fail(IP_EPHYSICS, "cell: only %g A thick,"
				" but atoms must be %g A apart", height,
				b->least);
		b->reach[d] = (int)n;
	}
	return 0;
}

static int set_free(struct boxes *b)
{
	double lo, hi;
	size_t i;
	int d;

	for (d = 0; d < 3; d++) {
		lo = hi = b->s->atoms[0].r[d];
		for (i = 1; i < b->s->count; i++) {
			lo = fmin(lo, b->s->atoms[i].r[d]);
			hi = fmax(hi, b->s->atoms[i].r[d]);
		}
		if (!(hi - lo < 1e6))
			return ip_fail(IP_EPHYSICS, "structure: atoms %g A"
				" apart along axis %d", hi - lo, d);
		b->base[d] = lo;
		b->to[d][d] = 1 / fmax(b->least, (hi - lo) / BOXES_MAX);
		b->reach[d] = 1;
	}
	return 0;
}

/* The box of atom i, which is moved into the cell. */
static void place(struct boxes *b, size_t i)
{
	const double *r = b->s->atoms[i].r;
	double f[3], x[3], n, cells;
	int d, k;

	for (d = 0; d < 3; d++)
		x[d] = r[d] - b->base[d];
	for (d = 0; d < 3; d++)
		f[d] = ip_dot(b->to[d], x);
	for (d = 0; d < 3 && b->periodic; d++) {
		n = (double)b->n[d];
		cells = floor(f[d] / n);
		f[d] -= cells * n;
		for (k = 0; k < 3; k++)
			x[k] -= cells * b->cell[d][k];
	}
	for (d = 0; d < 3; d++) {
		b->r[i][d] = x[d];
		b->at[i][d] = (int64_t)floor(f[d]);
		if (!b->periodic)
			continue;
		if (b->at[i][d] < 0)	/* by rounding, as below */
			b->at[i][d] = 0;
		if (b->at[i][d] >= b->n[d])
			b->at[i][d] = b->n[d] - 1;
	}
}

static int fill(struct boxes *b)
{
	size_t count = b->s->count, i, h, size = 64;

	if (count >= UINT32_MAX)
		return ip_fail(IP_ELIMIT, "structure: %zu atoms", count);
	while (size < 2 * count)
		size *= 2;
	b->mask = size - 1;
	/* one message if there is no memory */
	if (!(b->at = ip_alloc_array(count, sizeof *b->at)) ||
	    !(b->r = ip_alloc_array(count, sizeof *b->r)) ||
	    !(b->sum = ip_alloc_array(count, sizeof *b->sum)) ||
	    !(b->next = ip_alloc_array(count, sizeof *b->next)) ||
	    !(b->head = ip_alloc_array(size, sizeof *b->head)))
		return IP_ENOMEM;
	memset(b->head, 0xff, size * sizeof *b->head);
	for (i = 0; i < count; i++) {
		place(b, i);
		b->sum[i] = b->s->atoms[i].occupancy;
		h = hash(b, b->at[i]);
		b->next[i] = b->head[h];
		b->head[h] = (uint32_t)i;
	}
	return 0;
}

/* 1 if atoms i and j cannot be alternatives. */
static int too_close(struct boxes *b, size_t i, size_t j, double d2,
	int image)
{
	double sum;

	b->sum[i] += b->s->atoms[j].occupancy;
	if (i != j)
		b->sum[j] += b->s->atoms[i].occupancy;
	sum = fmax(b->sum[i], b->sum[j]);
	if (i != j && sum <= 1 + IP_OCCUPANCY_SLACK)
		return 0;
	b->pair.occupancy = sum;
	b->pair.i = i < j ? i : j;
	b->pair.j = i < j ? j : i;
	b->pair.distance = sqrt(d2);
	b->pair.image = image;
	return 1;
}

/* Atom i against all in the box at `at`, which lies `cells` cells away. */
static int compare(struct boxes *b, size_t i, const int64_t at[3],
	const int cells[3])
{
	int image = cells[0] || cells[1] || cells[2], d, k;
	double off[3], diff, d2;
	uint32_t j;

	for (k = 0; k < 3; k++)
		for (off[k] = 0, d = 0; d < 3; d++)
			off[k] += cells[d] * b->cell[d][k];
	for (j = b->head[hash(b, at)]; j != UINT32_MAX; j = b->next[j]) {
		if (memcmp(b->at[j], at, sizeof b->at[j]) != 0)
			continue;
		/* within a box each pair once, too */
		if (!image && j >= i &&
		    memcmp(b->at[i], at, sizeof b->at[i]) == 0)
			continue;
		for (d2 = 0, k = 0; k < 3; k++) {
			diff = b->r[j][k] + off[k] - b->r[i][k];
			d2 += diff * diff;
		}
		if (d2 < b->least * b->least && too_close(b, i, j, d2, image))
			return 1;
	}
	return 0;
}

/* Cells that a step of `by` boxes from at leads across. */
static int across(const struct boxes *b, int64_t *at, int64_t by, int d)
{
	int64_t to = *at + by, n = b->n[d], cells = 0;

	if (b->periodic) {
		cells = to >= 0 ? to / n : -((-to + n - 1) / n);
		to -= cells * n;
	}
	*at = to;
	return (int)cells;
}

/* Of two opposite steps one is enough: the other atom takes it. */
static int search(struct boxes *b, size_t i)
{
	int64_t at[3];
	int cells[3], s[3], rc;

	for (s[0] = 0; s[0] <= b->reach[0]; s[0]++)
	for (s[1] = s[0] ? -b->reach[1] : 0; s[1] <= b->reach[1]; s[1]++)
	for (s[2] = s[0] || s[1] ? -b->reach[2] : 0; s[2] <= b->reach[2];
	    s[2]++) {
		memcpy(at, b->at[i], sizeof at);
		cells[0] = across(b, &at[0], s[0], 0);
		cells[1] = across(b, &at[1], s[1], 1);
		cells[2] = across(b, &at[2], s[2], 2);
		rc = compare(b, i, at, cells);
		if (rc)
			return rc;
	}
	return 0;
}

int ip_structure_close_pair(const struct ip_structure *s, double least,
	struct ip_pair *pair)
{
	struct boxes b = { 0 };
	size_t i;
	int rc;

	b.s = s;
	b.least = least;
	b.periodic = ip_cell_present(s->cell);
	rc = b.periodic ? set_cell(&b) : set_free(&b);
	if (rc == 0)
		rc = fill(&b);
	for (i = 0; i < s->count && rc == 0; i++)
		rc = search(&b, i);
	*pair = b.pair;
	ip_free(b.at);
	ip_free(b.r);
	ip_free(b.sum);
	ip_free(b.next);
	ip_free(b.head);
	return rc;
}

int ip_structure_distances(const struct ip_structure *s, double least)
{
	struct ip_pair p;
	const char *a, *b;
	char sum[64] = "";
	int rc;

	rc = ip_structure_close_pair(s, least, &p);
	if (rc <= 0)
		return rc;
	a = ip_element_symbol(s->atoms[p.i].z);
	b = ip_element_symbol(s->atoms[p.j].z);
	if (p.i == p.j)
		return ip_fail(IP_EPHYSICS, "atom %zu (%s): %.4g A from its"
			" own periodic image, expected %g A at least", p.i, a,
			p.distance, least);
	if (s->atoms[p.i].occupancy < 1 && s->atoms[p.j].occupancy < 1)
		snprintf(sum, sizeof sum, " or occupancies of 1 in all, not"
			" %g", p.occupancy);
	return ip_fail(IP_EPHYSICS, "atoms %zu (%s) and %zu (%s): %.4g A"
		" apart%s, expected %g A at least%s", p.i, a, p.j, b,
		p.distance, p.image ? " through the cell's boundary" : "",
		least, sum);
}
