/* Whether the atoms of a cell are those of the formula beside them. */
#include <math.h>
#include <iphase/structure.h>
#include "../core/core.h"
#include "cif.h"
#include "number.h"

#define ELEMENTS 128

static int blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* "Ga N", "Li1 Co1 O2", "C2 H5.5"; nonzero if it is more than that. */
static int parse(const struct ip_cif_text *t, double *want)
{
	const char *p = t->p, *end = p + t->n, *symbol;
	double n;
	int z;

	for (;;) {
		while (p < end && blank(*p))
			p++;
		if (p == end)
			return 0;
		for (symbol = p; p < end && !blank(*p) && (*p < '0' ||
		    *p > '9') && *p != '.'; p++)
			;
		z = p - symbol <= 2 ? ip_cif_element(symbol,
			(size_t)(p - symbol), 1) : 0;
		n = 1;
		if (p < end && !blank(*p) && ip_number_get(&p, end, &n))
			return 1;
		if (z <= 0 || !(n > 0 && n < 1e9) || (p < end && !blank(*p)))
			return 1;
		want[z] += n;
	}
}

void ip_cif_compare_formula(const char *path, const struct ip_cif_block *b,
	const struct ip_structure *s)
{
	const struct ip_cif_text *t = ip_cif_get(b, IP_CIF_FORMULA, 0);
	double have[ELEMENTS] = { 0 }, want[ELEMENTS] = { 0 }, x;
	double lo = INFINITY, hi = 0;
	int z, few = 0, many = 0;
	size_t i;

	if (!t || parse(t, want))
		return;
	for (i = 0; i < s->count; i++)
		have[s->atoms[i].z] += s->atoms[i].occupancy;
	for (z = 1; z < ELEMENTS; z++) {
		if (have[z] == 0 && want[z] == 0)
			continue;
		x = want[z] > 0 ? have[z] / want[z] : INFINITY;
		few = x < lo ? z : few;
		lo = fmin(lo, x);
		many = x > hi ? z : many;
		hi = fmax(hi, x);
	}
	if (few && many && !(hi <= 1.01 * lo))
		ip_warn("%s: the cell has %g %s and %g %s, which is not the"
			" ratio of the formula '%.*s'", path, have[few],
			ip_element_symbol(few), have[many],
			ip_element_symbol(many), t->n < 80 ? (int)t->n : 80,
			t->p);
}
