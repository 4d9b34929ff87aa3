/* Decimal numbers in text, in every locale with a point. */
#ifndef IP_FORMATS_NUMBER_H
#define IP_FORMATS_NUMBER_H

#include <stddef.h>

#define IP_NUMBER_MAX 32	/* bytes that ip_number_put may write */

/*
 * The number at *p, correctly rounded; *p moves behind it. Exponents may be
 * marked by e or d, or by their sign alone as Fortran does when there is no
 * room. Nonzero, and *p unchanged, if there is none. A number too large for
 * a double gives infinity.
 */
int ip_number_get(const char **p, const char *end, double *v);
/* The shortest text that gives v back; NaN and Infinity as in JSON5. */
void ip_number_put(char out[IP_NUMBER_MAX], double v);
/* Turn the decimal separator that printf has put into s into a point. */
void ip_number_point(char *s);

#endif
