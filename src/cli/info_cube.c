/* iphase-info: what a cube of CP2K's holds. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <iphase/bonding.h>
#include "cli.h"
#include "info.h"

struct sums {
	double lo, hi, mean;
};

static struct sums sums_of(const struct ip_tensor *t)
{
	size_t n = ip_tensor_count(t);
	const float *v = t->data;
	struct sums s = { INFINITY, -INFINITY, 0 };

	for (size_t i = 0; i < n; i++) {
		s.lo = fmin(s.lo, v[i]);
		s.hi = fmax(s.hi, v[i]);
		s.mean += v[i] / (double)n;
	}
	return s;
}

void ip_info_cube(const struct ip_bundle *b)
{
	const struct ip_item *v = ip_bundle_find(b, "potential");
	const struct ip_item *cell = ip_bundle_find(b, "cell");
	const char *title = ip_attrs_get_text(&b->attrs, "title");
	struct sums s;

	if (!v || !cell || !title || v->tensor.dtype != IP_F32)
		return;
	s = sums_of(&v->tensor);
	if (strstr(title, "HARTREE POTENTIAL"))
		printf("  %-18s %.5g to %.5g V, mean %.2g V\n", "potential",
			IP_CUBE_VOLT * s.hi, IP_CUBE_VOLT * s.lo,
			IP_CUBE_VOLT * s.mean);
	else if (strstr(title, "DENSITY"))
		printf("  %-18s %.6g electrons\n", "integral", s.mean *
			fabs(ip_cell_volume((const double (*)[3])
			cell->tensor.data)) / (IP_BOHR * IP_BOHR * IP_BOHR));
}
