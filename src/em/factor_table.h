/* Made from data/scattering by the Makefile; row Z - 1, zeros if unknown. */
#ifndef IP_FACTOR_TABLE_H
#define IP_FACTOR_TABLE_H

extern const double ip_kirkland_table[103][12];	/* a1 b1 a2 b2 a3 b3 c1 d1 .. */
extern const double ip_lobato_table[103][10];	/* a1 b1 .. a5 b5 */

#endif
