/* What a model was trained on, beside what a picture is. */
#ifndef IP_CLI_TRAINED_H
#define IP_CLI_TRAINED_H

#include <iphase/bundle.h>

enum ip_quantity { IP_ENERGY, IP_SEMIANGLE, IP_INNER, IP_OUTER, IP_PIXEL_SIZE,
	IP_THICKNESS, IP_QUANTITIES };

/* Smallest and largest; NAN where it is not known. */
struct ip_range {
	double lo, hi;
};

const char *ip_quantity_name(enum ip_quantity q);
void ip_range_widen(struct ip_range *r, double v);
/* What the attributes say of q, by one number or several. */
struct ip_range ip_range_of(const struct ip_attrs *a, enum ip_quantity q);
/* Up to rounding, for which nobody is to be warned. */
int ip_range_covers(const struct ip_range *trained, const struct ip_range *is);
/* One warning of path: that q is not what was trained on, or is not known. */
void ip_range_warn(const char *path, enum ip_quantity q,
	const struct ip_range *is, const struct ip_range *trained);

#endif
