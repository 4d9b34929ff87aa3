/* What maps a picture onto itself. */
#ifndef IP_EM_TRANSLATIONS_H
#define IP_EM_TRANSLATIONS_H

#include <stddef.h>

/* The picture's correlation with itself has a maximum there. */
struct ip_translation {
	double t[2];		/* pixels */
	double peak;		/* of the correlation */
	double alike;		/* the correlation at the next whole pixels */
};

struct ip_translations {
	size_t count;		/* 0: a picture of no crystal */
	struct ip_translation *at;	/* to be freed by ip_free */
};

/*
 * Of v (n[0], n[1]): translations no further than three quarters of a side,
 * alike by 0.7 or more; a thousand at most, the most alike first. IP_ENOMEM.
 */
int ip_translations(const double *v, const size_t n[2],
	struct ip_translations *found);

/*
 * The lattice that all of them are of, to a tenth of a vector, whose peaks are
 * at least `nearly` times the highest: its two shortest vectors a[i], pixels,
 * (x, y), a[1] counter-clockwise of a[0]. 0, or 1 if there is none.
 */
int ip_translations_lattice(const struct ip_translations *found,
	double nearly, double a[2][2]);

#endif
