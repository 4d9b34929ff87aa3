/* Inside iphase-info. */
#ifndef IP_CLI_INFO_H
#define IP_CLI_INFO_H

/*
 * To stdout, how far the numbers of path are from those of other: the largest
 * and the root-mean-square difference of each tensor that both have in one
 * shape, and of each of its entries along a first axis of thicknesses.
 */
int ip_info_against(const char *path, const char *other);

#endif
