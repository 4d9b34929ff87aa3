/* Files with segment images, and what else the network must know. */
#ifndef IP_CLI_MEASUREMENT_H
#define IP_CLI_MEASUREMENT_H

#include <iphase/bundle.h>
#include <iphase/infer.h>
#include "idpc_tool.h"

/*
 * One file, or one image a segment; the tensors are borrowed from b, and may
 * be replaced by the caller's own. T pictures, one for a file without a series.
 */
struct ip_measured {
	const char *path;
	struct ip_bundle b;
	const struct ip_item *segments;		/* ([T,] 4, H, W) */
	const struct ip_tensor *truth;		/* ([T,] H, W), or NULL */
	const struct ip_tensor *prediction;	/* likewise; of judged ones */
	const struct ip_tensor *thickness;	/* (), (T), ([T,] H, W), NULL */
	const struct ip_tensor *euler;		/* ([T,] 3), or NULL */
	size_t count, h, w;
	int series;
};

/*
 * Of an .ipt or .npz: segments or (as the reference names them) input;
 * potential_beam or potential, the truth; thickness or thickness_nm; euler or
 * rotation. Of an .npy: the segments. m is {0} after a failure.
 */
int ip_measured_open(struct ip_measured *m, const char *path);
/*
 * The same of a file to be judged: there must be a truth, and segments or a
 * prediction, potential beside potential_beam. truth and prediction, if not
 * NULL, name others (as options --truth and --prediction).
 */
int ip_measured_judge(struct ip_measured *m, const char *path,
	const char *truth, const char *prediction);
/* Of all of c's operands, one image a segment, read as s says. */
int ip_measured_images(struct ip_measured *m, const struct ip_cli *c,
	const struct ip_idpc_source *s);
void ip_measured_close(struct ip_measured *m);

/*
 * Views of picture i; thickness {0} and euler NAN if they are not known,
 * truth {0} if there is none. IP_EINVAL: a thickness or euler whose shape
 * does not fit the pictures.
 */
int ip_measured_picture(const struct ip_measured *m, size_t i,
	struct ip_measurement *in, struct ip_tensor *truth);
/* Its prediction, {0} if there is none. */
int ip_measured_prediction(const struct ip_measured *m, size_t i,
	struct ip_tensor *prediction);

#endif
