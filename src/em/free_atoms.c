/* The table of free atoms: one Hartree potential an element. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/core.h"
#include "crystal/crystal.h"
#include "em/bonding.h"

#define PI 3.14159265358979323846
#define STEP 0.02	/* 1/Angstrom: of the table */
/* How far values of g of one length may lie apart, of the first. */
#define SPHERE 0.01

void ip_free_atoms_free(struct ip_free_atoms *a)
{
	for (size_t i = 0; i < a->count; i++)
		ip_free(a->atom[i].v);
	ip_free(a->atom);
	*a = (struct ip_free_atoms){ 0 };
}

static const struct ip_free_atom *find(const struct ip_free_atoms *a, int z)
{
	for (size_t i = 0; i < a->count; i++)
		if (a->atom[i].z == z)
			return &a->atom[i];
	return NULL;
}

/* Through four points around q; v is even in q. */
double ip_free_atoms_at(const struct ip_free_atoms *a, int z, double q)
{
	const struct ip_free_atom *f = find(a, z);
	double x, t, w[4], sum = 0;
	long i;

	if (!f || !(q >= 0) || q > f->step * ((double)f->count - 3))
		return NAN;
	x = q / f->step;
	i = (long)floor(x);
	t = x - (double)i;
	w[0] = -t * (t - 1) * (t - 2) / 6;
	w[1] = (t + 1) * (t - 1) * (t - 2) / 2;
	w[2] = -(t + 1) * t * (t - 2) / 2;
	w[3] = (t + 1) * t * (t - 1) / 6;
	for (int k = 0; k < 4; k++)
		sum += w[k] * f->v[labs(i + k - 1)];
	return sum;
}

/* ---- from a cube ---- */

/*
 * Values v at x = q^2, in which they are smooth and the shells of a cube lie
 * evenly, for a natural spline; m are its curvatures.
 */
struct knots {
	size_t count;
	double *x, *v, *m, *work;
};

/* At x = 0, on the polynomial through the four knots after the first. */
static double limit(const struct knots *k)
{
	double sum = 0;

	for (int i = 1; i <= 4; i++) {
		double w = k->v[i];
		for (int j = 1; j <= 4; j++)
			if (j != i)
				w *= k->x[j] / (k->x[j] - k->x[i]);
		sum += w;
	}
	return sum;
}

/* Knots from the shells of the series, the first the limit at 0. */
static int gather(struct knots *k, const struct ip_spectrum *s,
	const struct ip_cube *c, const char *name)
{
	const double (*cell)[3] = (const double (*)[3])c->structure.cell;
	const double *r = c->structure.atoms[0].r;
	double volume = fabs(ip_cell_volume(cell)), apart = 0, g[3];
	size_t in = 0;

	k->count = 1;
	for (size_t i = 0; i < s->count; i++) {
		const struct ip_bonding_term *t = &s->term[i];
		ip_reflection(cell, t->hkl, g);
		double p = 2 * PI * ip_dot(g, r);
		double v = volume * (t->v[0] * cos(p) - t->v[1] * sin(p));
		if (i == 0 || s->q[i] > s->q[i - 1] + 1e-6) {
			k->x[k->count++] = s->q[i] * s->q[i];
			in = 0;
		}
		double *mean = &k->v[k->count - 1];
		if (in > 0 && fabs(v - *mean) > apart)
			apart = fabs(v - *mean);
		*mean += (v - *mean) / (double)++in;
	}
	if (k->count < 6 || !(apart < SPHERE * fabs(k->v[1])))
		return ip_fail(IP_EPHYSICS, "%s: not a free atom: at one |g| "
			"its potential differs by %g V Angstrom^3; expected a "
			"sphere in a cubic box that is wide enough", name,
			apart);
	k->v[0] = limit(k);
	return 0;
}

/* The curvatures: a tridiagonal system. */
static void bend(struct knots *k)
{
	size_t n = k->count;

	k->m[0] = k->work[0] = 0;
	for (size_t i = 1; i + 1 < n; i++) {
		double l = k->x[i] - k->x[i - 1], r = k->x[i + 1] - k->x[i];
		double d = 2 * (l + r) - l * k->work[i - 1];
		double y = 6 * ((k->v[i + 1] - k->v[i]) / r -
			(k->v[i] - k->v[i - 1]) / l);
		k->work[i] = r / d;
		k->m[i] = (y - l * k->m[i - 1]) / d;
	}
	k->m[n - 1] = 0;
	for (size_t i = n - 1; i-- > 1; )
		k->m[i] -= k->work[i] * k->m[i + 1];
}

static double at(const struct knots *k, double x, size_t *near)
{
	size_t i = *near;

	while (i + 2 < k->count && k->x[i + 1] < x)
		i++;
	*near = i;
	double h = k->x[i + 1] - k->x[i], t = (x - k->x[i]) / h, s = 1 - t;
	return s * k->v[i] + t * k->v[i + 1] + h * h / 6 *
		((s * s * s - s) * k->m[i] + (t * t * t - t) * k->m[i + 1]);
}

static int tabulate(struct ip_free_atom *f, const struct ip_spectrum *s,
	const struct ip_cube *c, double reach, const char *name)
{
	struct knots k = { 0 };
	double *room = ip_alloc_array(4 * (s->count + 1), sizeof *room);
	size_t near = 0;
	int rc = room ? 0 : IP_ENOMEM;

	k.x = room;
	k.v = room + s->count + 1;
	k.m = k.v + s->count + 1;
	k.work = k.m + s->count + 1;
	f->step = STEP;
	f->count = (size_t)floor(reach / STEP);
	f->v = ip_alloc_array(f->count, sizeof *f->v);
	if (rc == 0 && !f->v)
		rc = IP_ENOMEM;
	if (rc == 0)
		rc = gather(&k, s, c, name);
	if (rc == 0)
		bend(&k);
	for (size_t i = 0; rc == 0 && i < f->count; i++)
		f->v[i] = at(&k, (double)(i * i) * STEP * STEP, &near);
	ip_free(room);
	return rc;
}

static int append(struct ip_free_atoms *a, const struct ip_free_atom *f)
{
	size_t room = a->count;
	int rc = ip_grow(&a->atom, &room, a->count + 1, sizeof *f);

	if (rc == 0)
		a->atom[a->count++] = *f;
	return rc;
}

int ip_free_atoms_add(struct ip_free_atoms *a, const struct ip_cube *cube,
	int valence, double reach)
{
	struct ip_spectrum s = { 0 };
	struct ip_free_atom f = { 0 };
	char name[64];
	int rc;

	if (cube->structure.count != 1)
		return ip_fail(IP_EFORMAT, "free atom: a cube with %zu atoms, "
			"expected one", cube->structure.count);
	f.z = cube->structure.atoms[0].z;
	f.valence = valence;
	snprintf(name, sizeof name, "free atom %s-q%d",
		ip_element_symbol(f.z), valence);
	if (valence < 1 || valence > f.z)
		return ip_fail(IP_EINVAL, "%s: expected 1 to %d valence "
			"electrons", name, f.z);
	if (find(a, f.z))
		return ip_fail(IP_EINVAL, "%s: the element is there already",
			name);
	rc = ip_spectrum_new(&s, cube, reach, name);
	if (rc == 0)
		rc = tabulate(&f, &s, cube, reach, name);
	if (rc == 0)
		rc = append(a, &f);
	if (rc < 0)
		ip_free(f.v);
	ip_spectrum_free(&s);
	return rc;
}

/* ---- as tensors ---- */

int ip_free_atoms_save(const struct ip_free_atoms *a, struct ip_bundle *b)
{
	int rc = ip_attrs_text(&b->attrs, "kind", "free atoms");

	for (size_t i = 0; rc == 0 && i < a->count; i++) {
		const struct ip_free_atom *f = &a->atom[i];
		struct ip_tensor view, t = { 0 };
		struct ip_item *item;
		char name[32];
		snprintf(name, sizeof name, "%s-q%d", ip_element_symbol(f->z),
			f->valence);
		rc = ip_tensor_wrap(&view, IP_F64, 1, &f->count, f->v);
		if (rc == 0)
			rc = ip_tensor_convert(&t, IP_F32, &view);
		if (rc == 0)
			rc = ip_bundle_add(b, name, &t, &item);
		ip_tensor_free(&t);
		if (rc == 0)
			rc = ip_attrs_text(&item->attrs, "unit",
				"V Angstrom^3");
		if (rc == 0)
			rc = ip_attrs_number(&item->attrs, "step", f->step);
	}
	return rc;
}

static int load_one(struct ip_free_atoms *a, const char *path,
	const struct ip_item *item)
{
	struct ip_free_atom f = { 0 };
	struct ip_tensor t = { 0 };
	char symbol[4], more;
	int rc;

	if (sscanf(item->name, "%3[A-Za-z]-q%d%c", symbol, &f.valence,
			&more) != 2)
		return ip_fail(IP_EFORMAT, "%s: tensor '%s'; expected a name "
			"such as Ga-q13", path, item->name);
	if ((f.z = ip_element_number(symbol)) < 0)
		return f.z;
	f.step = ip_attrs_get(&item->attrs, "step", 0);
	if (item->tensor.ndim != 1 || item->tensor.shape[0] < 4 ||
			!(f.step > 1e-6 && f.step < 1) || find(a, f.z))
		return ip_fail(IP_EFORMAT, "%s: tensor '%s'; expected one list "
			"an element, with its step in 1/Angstrom", path,
			item->name);
	if ((rc = ip_tensor_check_finite(&item->tensor, item->name)) < 0 ||
			(rc = ip_tensor_convert(&t, IP_F64, &item->tensor)) < 0)
		return rc;
	f.count = t.shape[0];
	f.v = ip_alloc_array(f.count, sizeof *f.v);
	if (!f.v)
		rc = IP_ENOMEM;
	else
		memcpy(f.v, t.data, f.count * sizeof *f.v);
	ip_tensor_free(&t);
	if (rc == 0)
		rc = append(a, &f);
	if (rc < 0)
		ip_free(f.v);
	return rc;
}

int ip_free_atoms_load(struct ip_free_atoms *a, const char *path,
	const struct ip_bundle *b)
{
	const char *kind = ip_attrs_get_text(&b->attrs, "kind");
	int rc = 0;

	*a = (struct ip_free_atoms){ 0 };
	if (!kind || strcmp(kind, "free atoms"))
		return ip_fail(IP_EFORMAT, "%s: not a table of free atoms",
			path);
	for (size_t i = 0; rc == 0 && i < b->count; i++)
		rc = load_one(a, path, &b->items[i]);
	if (rc < 0)
		ip_free_atoms_free(a);
	return rc;
}
