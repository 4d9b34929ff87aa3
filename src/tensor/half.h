/* float16 as its 16 bits, to and from float32. */
#ifndef IP_HALF_H
#define IP_HALF_H

#include <stdint.h>

float ip_half_to_float(uint16_t h);	/* exact */
/* Round to nearest, ties to even; too large gives infinity; NaN stays NaN. */
uint16_t ip_half_from_float(float f);
uint16_t ip_half_from_double(double d);	/* rounded once */

#endif
