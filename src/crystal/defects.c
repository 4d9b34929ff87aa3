/* Defects of a supercell: vacancies, foreign atoms and columns, edges, steps. */
#include <math.h>
#include <iphase/disorder.h>
#include <iphase/random.h>
#include "core/core.h"
#include "supercell.h"

/* ---- vacancies and substitution ---- */

static int known(const char *what, int z)
{
	if (!ip_element_symbol(z))
		return ip_fail(IP_ENOTFOUND, "%s: atomic number %d; expected "
			"1 to 103", what, z);
	return 0;
}

static int check(const char *what, const struct ip_repeat_cell *c, int z,
	double fraction)
{
	int rc = ip_supercell_check(what, c);

	if (rc < 0 || (rc = known(what, z)) < 0)
		return rc;
	if (!(fraction >= 0 && fraction <= 1))
		return ip_fail(IP_EINVAL, "%s: a fraction of %g of the %s "
			"atoms; expected 0 to 1", what, fraction,
			ip_element_symbol(z));
	for (size_t i = 0; i < c->count; i++)
		if (c->atoms[i].z == z)
			return 0;
	return ip_fail(IP_ENOTFOUND, "%s: there is no %s", what,
		ip_element_symbol(z));
}

/* What an atom's fate is drawn for: the elements keep uses apart. */
struct fate {
	enum ip_stream stream;
	uint64_t seed;
	int from, to;
	double fraction;
};

static int drawn(const struct ip_repeat_cell *c, size_t i, const void *how)
{
	const struct fate *f = how;

	return c->atoms[i].z == f->from && ip_uniform(f->seed, f->stream,
		(uint64_t)f->from << 48 | (uint64_t)f->to << 40 | i) <
		f->fraction;
}

int ip_vacancies_make(struct ip_repeat_cell *c, int z, double fraction,
	uint64_t seed, size_t *removed)
{
	struct fate f = { IP_STREAM_VACANCIES, seed, z, 0, fraction };
	int rc = check("vacancies", c, z, fraction);

	return rc < 0 ? rc : ip_supercell_remove("vacancies", c, drawn, &f,
		removed);
}

/* The atoms that which picks become z, which is known. */
static void exchange(struct ip_repeat_cell *c,
	int (*which)(const struct ip_repeat_cell *, size_t, const void *),
	const void *how, int z, size_t *changed)
{
	size_t n = 0;

	for (size_t i = 0; i < c->count; i++)
		if (which(c, i, how)) {
			c->atoms[i].z = z;
			n++;
		}
	if (changed)
		*changed = n;
}

int ip_element_substitute(struct ip_repeat_cell *c, int from, int to,
	double fraction, uint64_t seed, size_t *changed)
{
	struct fate f = { IP_STREAM_SUBSTITUTION, seed, from, to, fraction };
	int rc = check("substitution", c, from, fraction);

	if (rc < 0 || (rc = known("substitution", to)) < 0)
		return rc;
	exchange(c, drawn, &f, to, changed);
	return 0;
}

/* ---- columns ---- */

/* The squared distance of places p and q in projection, Angstrom^2, of their
 * nearest images. */
static double apart2(const struct ip_repeat_cell *c, const double p[2],
	const double q[2])
{
	double d[2] = { q[0] - p[0], q[1] - p[1] }, best = INFINITY;

	ip_repeat_wrap(c, d);
	for (int k = 0; k < 16; k++) {
		int m = k % 4 - 2, n = k / 4 - 2;
		double x = d[0] + m * c->a[0][0] + n * c->a[1][0];
		double y = d[1] + n * c->a[1][1];
		best = fmin(best, x * x + y * y);
	}
	return best;
}

static int in_column(const struct ip_repeat_cell *c, size_t i, const void *how)
{
	const struct ip_column *q = how;

	return (!q->from || c->atoms[i].z == q->from) &&
		apart2(c, q->at, c->atoms[i].r) < q->reach * q->reach;
}

static int check_column(const struct ip_repeat_cell *c,
	const struct ip_column *q)
{
	int rc = ip_supercell_check("column", c);

	if (rc == 0 && q->from)
		rc = known("column", q->from);
	if (rc == 0 && q->to)
		rc = known("column", q->to);
	if (rc < 0)
		return rc;
	if (!isfinite(q->at[0]) || !isfinite(q->at[1]))
		return ip_fail(IP_EINVAL, "column: at (%g, %g) Angstrom; "
			"expected finite numbers", q->at[0], q->at[1]);
	if (!(q->reach > 0 && q->reach < ip_repeat_width(c)))
		return ip_fail(IP_EINVAL, "column: a reach of %g Angstrom; "
			"expected above 0 and below %g, the supercell's width",
			q->reach, ip_repeat_width(c));
	return 0;
}

int ip_column_change(struct ip_repeat_cell *c, const struct ip_column *column,
	size_t *changed)
{
	struct ip_column q = *column;
	double least = INFINITY, d;
	int rc = check_column(c, column);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < c->count; i++) {
		const struct ip_atom *a = &c->atoms[i];
		if (q.from && a->z != q.from)
			continue;
		d = apart2(c, column->at, a->r);
		if (d < least) {
			least = d;
			q.at[0] = a->r[0];
			q.at[1] = a->r[1];
		}
	}
	if (!isfinite(least))
		return ip_fail(IP_ENOTFOUND, "column: there is no %s",
			ip_element_symbol(q.from));
	if (!q.to)
		return ip_supercell_remove("column", c, in_column, &q,
			changed);
	exchange(c, in_column, &q, q.to, changed);
	return 0;
}

/* ---- edges and steps ---- */

static int beyond(const struct ip_repeat_cell *c, size_t i, const void *how)
{
	const struct ip_cut *cut = how;
	const double *r = c->atoms[i].r;

	return r[2] >= cut->from - IP_SAME_PLACE &&
		r[2] < cut->to - IP_SAME_PLACE &&
		r[0] * cos(cut->angle) + r[1] * sin(cut->angle) >
		cut->offset + IP_SAME_PLACE;
}

int ip_supercell_cut(struct ip_repeat_cell *c, const struct ip_cut *cut,
	size_t *removed)
{
	int rc = ip_supercell_check("cut", c);

	if (rc < 0)
		return rc;
	if (!isfinite(cut->angle) || !isfinite(cut->offset) ||
			!isfinite(cut->from) || !isfinite(cut->to))
		return ip_fail(IP_EINVAL, "cut: angle %g rad, offset %g, "
			"depths %g to %g Angstrom; expected finite numbers",
			cut->angle, cut->offset, cut->from, cut->to);
	if (!(cut->from < cut->to))
		return ip_fail(IP_EINVAL, "cut: from depth %g to depth %g; "
			"expected the second below the first", cut->from,
			cut->to);
	return ip_supercell_remove("cut", c, beyond, cut, removed);
}
