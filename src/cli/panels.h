/* Potentials beside what they were found from, in one picture. */
#ifndef IP_CLI_PANELS_H
#define IP_CLI_PANELS_H

#include <iphase/tensor.h>

/*
 * A PNG of the segments' sum (of (4, H, W)), a potential and, unless it is
 * {0}, the true one, these two in one scale, with colour bars and, unless
 * pixel_size (Angstrom) is 0, scale bars. unit: of potentials, "V A".
 */
int ip_cli_panels(const char *path, const struct ip_tensor *segments,
	const struct ip_tensor *potential, const struct ip_tensor *truth,
	double pixel_size, const char *unit);

#endif
