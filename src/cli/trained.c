/* What a model was trained on, beside what a picture is. */
#include <math.h>
#include <stdio.h>
#include "cli.h"
#include "trained.h"

#define SLACK 0.01

static const struct { const char *key, *name, *unit; double by; }
quantity[IP_QUANTITIES] = {
	[IP_ENERGY] = { "energy", "beam energy", "kV", 1e-3 },
	[IP_SEMIANGLE] = { "semiangle", "semiangle", "mrad", 1 },
	[IP_INNER] = { "inner", "inner angle", "mrad", 1 },
	[IP_OUTER] = { "outer", "outer angle", "mrad", 1 },
	[IP_PIXEL_SIZE] = { "pixel_size", "pixel size", "Angstrom", 1 },
	[IP_THICKNESS] = { "thickness", "thickness", "nm", 1 },
};

const char *ip_quantity_name(enum ip_quantity q)
{
	return quantity[q].name;
}

void ip_range_widen(struct ip_range *r, double v)
{
	r->lo = fmin(r->lo, v);	/* of NAN and a number, the number */
	r->hi = fmax(r->hi, v);
}

struct ip_range ip_range_of(const struct ip_attrs *a, enum ip_quantity q)
{
	const struct ip_attr *at = ip_attrs_find(a, quantity[q].key);
	struct ip_range r = { NAN, NAN };
	size_t i;

	for (i = 0; at && i < at->count; i++)
		ip_range_widen(&r, ip_attrs_get_one(a, quantity[q].key, i,
			NAN));
	return r;
}

int ip_range_covers(const struct ip_range *trained, const struct ip_range *is)
{
	return is->lo >= trained->lo - SLACK * fabs(trained->lo) &&
		is->hi <= trained->hi + SLACK * fabs(trained->hi);
}

static void text_of(char *text, size_t size, const struct ip_range *r,
	enum ip_quantity q)
{
	double by = quantity[q].by;

	if (r->lo == r->hi)
		snprintf(text, size, "%g %s", r->lo * by, quantity[q].unit);
	else
		snprintf(text, size, "%g to %g %s", r->lo * by, r->hi * by,
			quantity[q].unit);
}

void ip_range_warn(const char *path, enum ip_quantity q,
	const struct ip_range *is, const struct ip_range *trained)
{
	char a[96], b[96];

	text_of(a, sizeof a, is, q);
	text_of(b, sizeof b, trained, q);
	if (isnan(is->lo))
		ip_cli_warn("%s: its %s is not known; the model was trained on"
			" %s", path, quantity[q].name, b);
	else
		ip_cli_warn("%s: %s %s, but the model was trained on %s", path,
			quantity[q].name, a, b);
}
