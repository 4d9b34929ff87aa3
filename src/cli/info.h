/* Inside iphase-info. */
#ifndef IP_CLI_INFO_H
#define IP_CLI_INFO_H

#include <iphase/bundle.h>

/*
 * To stdout, how far the numbers of path are from those of other: the largest
 * and the root-mean-square difference of each tensor that both have in one
 * shape, and of each of its entries along a first axis of thicknesses.
 */
int ip_info_against(const char *path, const char *other);
/*
 * To stdout, by ascending |g| <= reach, what the bonding term in a file
 * changes in the Fourier coefficients of its independent atoms; coefficients
 * of one |g| and size once, with their number. Then, unless other is NULL, how
 * far they are from that file's of the same cell.
 */
int ip_info_reflections(const char *path, double reach, const char *other);
/* To stdout, how far each operation of each device is from cpu-openmp's. */
int ip_info_check(void);
/* The potential in V, or the number of electrons, by the title of a cube. */
void ip_info_cube(const struct ip_bundle *b);

#endif
