/* The Fourier series of the potential in a cube. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "core/core.h"
#include "core/fft.h"
#include "em/bonding.h"

/* Hartree: of the mean, which CP2K makes 0; five digits are in the file. */
#define MEAN 1e-4

void ip_spectrum_free(struct ip_spectrum *s)
{
	ip_free(s->term);
	ip_free(s->q);
	*s = (struct ip_spectrum){ 0 };
}

static int check(const struct ip_cube *c, double reach, const char *name,
	int most[3])
{
	int rc = ip_tensor_check_finite(&c->grid, name);

	if (rc == 0 && !strstr(c->title[1], "HARTREE POTENTIAL"))
		rc = ip_fail(IP_EFORMAT, "%s: its second line is '%s', "
			"expected HARTREE POTENTIAL, as CP2K writes it with "
			"V_HARTREE_CUBE", name, c->title[1]);
	for (int i = 0; rc == 0 && i < 3; i++) {
		const double *a = c->structure.cell[i];
		/* g . a is h: as large as |g| |a| */
		most[i] = (int)floor(reach * sqrt(a[0] * a[0] + a[1] * a[1] +
			a[2] * a[2]));
		if (2 * (size_t)most[i] + 1 > c->grid.shape[i])
			rc = ip_fail(IP_ELIMIT, "%s: %zu points along vector "
				"%d; %d are needed for %g 1/Angstrom: take "
				"STRIDE 1 1 1, or a higher CUTOFF", name,
				c->grid.shape[i], i + 1, 2 * most[i] + 1,
				reach);
	}
	return rc;
}

/* Everything in V, complex, normalised. */
static int transform(const struct ip_cube *c, const char *name, double **out)
{
	size_t n = ip_tensor_count(&c->grid);
	const float *v = c->grid.data;
	double *x = ip_alloc_array(n, 2 * sizeof *x), mean = 0;
	int rc = x ? 0 : IP_ENOMEM;

	for (size_t i = 0; rc == 0 && i < n; i++) {
		mean += v[i] / (double)n;
		x[2 * i] = v[i] * (IP_CUBE_VOLT / (double)n);
	}
	if (rc == 0 && !(fabs(mean) < MEAN))
		rc = ip_fail(IP_EFORMAT, "%s: the mean of the potential is %g "
			"Hartree, expected 0, as CP2K leaves it", name, mean);
	if (rc == 0)
		rc = ip_fft_any(x, 3, c->grid.shape, -1);
	if (rc < 0)
		ip_free(x);
	else
		*out = x;
	return rc;
}

struct sorted {
	double q;
	struct ip_bonding_term term;
};

/* By |g|, to 7 digits, so that equals stay together; then by index. */
static int by_length(const void *a, const void *b)
{
	const struct sorted *s = a, *t = b;
	double p = nearbyint(s->q * 1e7), q = nearbyint(t->q * 1e7);

	if (p != q)
		return p < q ? -1 : 1;
	for (int i = 0; i < 3; i++)
		if (s->term.hkl[i] != t->term.hkl[i])
			return s->term.hkl[i] > t->term.hkl[i] ? -1 : 1;
	return 0;
}

/* Of g and -g the one whose first index that is not 0 is positive. */
static int is_chosen(const int h[3])
{
	return h[0] > 0 || (h[0] == 0 && (h[1] > 0 || (h[1] == 0 && h[2] > 0)));
}

int ip_bonding_sort(struct ip_bonding_term *t, size_t count,
	const double cell[3][3])
{
	struct sorted *list = ip_alloc_array(count, sizeof *list);
	double g[3];

	if (!list)
		return IP_ENOMEM;
	for (size_t i = 0; i < count; i++)
		list[i] = (struct sorted){ ip_reflection(cell, t[i].hkl, g),
			t[i] };
	qsort(list, count, sizeof *list, by_length);
	for (size_t i = 0; i < count; i++)
		t[i] = list[i].term;
	ip_free(list);
	return 0;
}

/* Those in reach, from the transform x; or, list NULL, how many. */
static size_t collect(struct ip_bonding_term *list, const struct ip_cube *c,
	const double *x, double reach, const int most[3])
{
	const double (*cell)[3] = (const double (*)[3])c->structure.cell;
	const size_t *n = c->grid.shape;
	size_t count = 0;
	double g[3];
	int h[3];

	for (h[0] = 0; h[0] <= most[0]; h[0]++)
		for (h[1] = -most[1]; h[1] <= most[1]; h[1]++)
			for (h[2] = -most[2]; h[2] <= most[2]; h[2]++) {
				size_t at = 0;
				if (!is_chosen(h) ||
						ip_reflection(cell, h, g) > reach)
					continue;
				for (int i = 0; i < 3; i++)
					at = at * n[i] + (size_t)(h[i] +
						(int)n[i]) % n[i];
				if (list)
					list[count] = (struct ip_bonding_term){
						{ h[0], h[1], h[2] },
						{ x[2 * at], x[2 * at + 1] } };
				count++;
			}
	return count;
}

int ip_spectrum_new(struct ip_spectrum *s, const struct ip_cube *c,
	double reach, const char *name)
{
	const double (*cell)[3] = (const double (*)[3])c->structure.cell;
	double *x = NULL, g[3];
	int most[3], rc = check(c, reach, name, most);

	*s = (struct ip_spectrum){ 0 };
	if (rc < 0 || (rc = transform(c, name, &x)) < 0)
		return rc;
	s->count = collect(NULL, c, x, reach, most);
	s->term = ip_alloc_array(s->count, sizeof *s->term);
	s->q = ip_alloc_array(s->count, sizeof *s->q);
	rc = s->term && s->q ? 0 : IP_ENOMEM;
	if (rc == 0) {
		collect(s->term, c, x, reach, most);
		rc = ip_bonding_sort(s->term, s->count, cell);
	}
	for (size_t i = 0; rc == 0 && i < s->count; i++)
		s->q[i] = ip_reflection(cell, s->term[i].hkl, g);
	ip_free(x);
	if (rc < 0)
		ip_spectrum_free(s);
	return rc;
}
