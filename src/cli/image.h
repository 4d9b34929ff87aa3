/* One picture of a file of any format that has pictures. */
#ifndef IP_CLI_IMAGE_H
#define IP_CLI_IMAGE_H

#include <iphase/bundle.h>
#include "cli.h"

/*
 * The only tensor of a file, which must have two axes, as *t, and its
 * pixel_size and energy, as far as it says them, in *a. Both must be {0} and
 * stay so on failure.
 */
int ip_cli_image(const char *path, struct ip_tensor *t, struct ip_attrs *a);
/* Leave in all, of the images before, what one, of path, says as well. */
int ip_cli_image_agree(const char *path, struct ip_attrs *all,
	const struct ip_attrs *one);

#endif
