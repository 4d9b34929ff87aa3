/* Velox files: between emd_velox.c, emd_names.c and emd_setup.c. */
#ifndef IP_FORMATS_EMD_VELOX_H
#define IP_FORMATS_EMD_VELOX_H

#include <jansson.h>
#include "emd.h"

/* Where images stand in the list. */
enum { IP_VELOX_DETECTOR, IP_VELOX_DIFFERENCE, IP_VELOX_DERIVED };

struct ip_velox_image {
	char *uuid, *name;	/* name is NULL until it is found */
	int rank;
	struct ip_tensor t;	/* [(frame,) x, y]; {0}: no image for us */
	struct ip_attrs own;	/* of this image alone */
	struct ip_attrs setup;	/* often the same for all */
};
struct ip_velox {
	struct ip_h5 *f;
	struct ip_velox_image *images;
	size_t count, cap;
};

/* Names from /Operations (before version 11) and from titles (since). */
int ip_velox_names(struct ip_velox *v);
/* Attributes from an image's metadata; a name from them if it has none. */
int ip_velox_setup(struct ip_velox_image *image, const json_t *meta);

/* Keys with '/' between: "Optics/CameraLength". NULL if it is not there. */
const char *ip_velox_text(const json_t *j, const char *keys);
/* A number, which may stand as text; 0 if it is not there or not finite. */
int ip_velox_number(const json_t *j, const char *keys, double *v);

#endif
