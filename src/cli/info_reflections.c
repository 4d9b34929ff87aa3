/* iphase-info --reflections: what bonding changes. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "bonding.h"
#include "cli.h"
#include "info.h"

#define SAME_LENGTH 1e-5	/* 1/Angstrom */
#define NONE 1e-3		/* V: less is no coefficient */
#define STRONG 1.0		/* V */

/* A term's |g|, 1/Angstrom, and magnitudes, V. */
struct row {
	double q, iam, all, bonds;
};

static struct row row_of(const struct ip_bonding *b, size_t i)
{
	const struct ip_bonding_term *t = &b->term[i];
	double v[2], g[3];
	struct row r;

	ip_crystal_coefficient(&b->crystal, IP_KIRKLAND, t->hkl, v);
	r.q = ip_reflection((const double (*)[3])b->crystal.cell, t->hkl, g);
	r.iam = hypot(v[0], v[1]);
	r.all = hypot(v[0] + t->v[0], v[1] + t->v[1]);
	r.bonds = hypot(t->v[0], t->v[1]);
	return r;
}

static int alike(const struct row *a, const struct row *b)
{
	return fabs(a->q - b->q) < SAME_LENGTH && fabs(a->iam - b->iam) < NONE &&
		fabs(a->all - b->all) < 2 * NONE;
}

static void put_row(const int h[3], const struct row *r, int count)
{
	char name[40];

	snprintf(name, sizeof name, "%d %d %d", h[0], h[1], h[2]);
	printf("  %-10s %4d %9.4f %10.4f %10.4f", name, count, r->q, r->iam,
		r->all);
	if (r->iam > NONE)
		printf(" %9.4f", r->all / r->iam);
	putchar('\n');
}

/* How many of the rows are like row i, or 0 if one before it is. */
static int family(const struct row *rows, size_t count, size_t i)
{
	int n = 0;

	for (size_t j = 0; j < count; j++) {
		if (!alike(&rows[j], &rows[i]))
			continue;
		if (j < i)
			return 0;
		n++;
	}
	return n;
}

/* One row a family, with the number of its members, opposites included. */
static int show(const struct ip_bonding *b, double reach)
{
	struct row *rows = malloc((b->count + 1) * sizeof *rows);
	size_t count = 0;

	if (!rows)
		return ip_cli_error(IP_ENOMEM, "out of memory");
	while (count < b->count && (rows[count] = row_of(b, count)).q <= reach)
		count++;
	printf("  %-10s %4s %9s %10s %10s %9s\n  %-10s %4s %9s %10s %10s\n",
		"h k l", "n", "|g|", "|V| atoms", "|V| bonds", "ratio", "", "",
		"1/A", "V", "V");
	for (size_t i = 0; i < count; i++) {
		int n = rows[i].iam < NONE && rows[i].bonds < NONE ? 0 :
			family(rows, count, i);
		if (n > 0)
			put_row(b->term[i].hkl, &rows[i], 2 * n);
	}
	free(rows);
	return 0;
}

/*
 * How far the coefficients of b up to reach, atoms and bonds, are from
 * another's: the largest difference over a coefficient that is not weak, and
 * the root of the mean squares.
 */
static int compare(const struct ip_bonding *b, const struct ip_bonding *other,
	double reach, const char *path)
{
	double worst = 0, squares = 0, all = 0;
	size_t at = 0;
	int rc = ip_bonding_fits(other, &b->crystal, NULL);

	if (rc == 0 && b->count != other->count)
		rc = ip_cli_error(IP_EINVAL, "%s: %zu terms, expected %zu of "
			"the same cell", path, other->count, b->count);
	for (size_t i = 0; rc == 0 && i < b->count; i++) {
		const struct ip_bonding_term *t = &b->term[i];
		const struct ip_bonding_term *u = &other->term[i];
		struct row r = row_of(b, i);
		double d = hypot(t->v[0] - u->v[0], t->v[1] - u->v[1]);
		if (memcmp(t->hkl, u->hkl, sizeof t->hkl))
			rc = ip_cli_error(IP_EINVAL, "%s: term %zu is of "
				"another g; expected those of one cell", path,
				i + 1);
		if (r.q > reach)
			break;
		squares += d * d;
		all += r.all * r.all;
		if (r.all > STRONG && d / r.all > worst) {
			worst = d / r.all;
			at = i;
		}
	}
	if (rc == 0)
		printf("against %s: a coefficient above %g V changes by %.4f "
			"at most (%d %d %d), all by %.5f (rms)\n", path,
			STRONG, worst, b->term[at].hkl[0], b->term[at].hkl[1],
			b->term[at].hkl[2], sqrt(squares / all));
	return rc;
}

int ip_info_reflections(const char *path, double reach, const char *other)
{
	static const int none[3] = { 0, 0, 0 };
	struct ip_bonding b = { 0 }, c = { 0 };
	double mean[2];
	int rc = ip_cli_bonding_read(path, &b);

	if (rc == 0 && other)
		rc = ip_cli_bonding_read(other, &c);
	if (rc == 0) {
		ip_crystal_coefficient(&b.crystal, IP_KIRKLAND, none, mean);
		printf("%s: bonding term, %zu atoms, Kirkland's factors at "
			"rest;\n  mean inner potential, of independent atoms: "
			"%.4g V\n", path, b.crystal.count, mean[0]);
		rc = show(&b, reach);
	}
	if (rc == 0 && other)
		rc = compare(&b, &c, reach, other);
	ip_bonding_free(&b);
	ip_bonding_free(&c);
	return rc;
}
