/* What ImageJ says in the description of a TIFF file. */
#ifndef IP_FORMATS_TIFF_H
#define IP_FORMATS_TIFF_H

#include <stdint.h>

struct ip_imagej {
	uint64_t images;	/* of the stack, 1 or more */
	double unit;		/* Angstrom, or 0 */
	int straight;		/* values are c[0] + c[1] times the numbers */
	int curved;		/* they are some other function of them */
	double c[2];
};

/* Whether text is ImageJ's; *j is what it says. */
int ip_imagej_parse(const char *text, struct ip_imagej *j);

#endif
