/* Files with segment images, and what else the network must know. */
#ifndef IP_CLI_MEASUREMENT_H
#define IP_CLI_MEASUREMENT_H

#include <iphase/measured.h>
#include "idpc_tool.h"

/*
 * Whether a model answers with the potential along the zone axis, in V Angstrom
 * per nm, by its attribute "truth", or "model_truth" of what it made.
 */
int ip_cli_is_zone(const struct ip_attrs *a, const char *key);
/* As ip_model_load; "wide" is the shipped models/wide.ipt, unless there is
 * such a file. */
int ip_cli_model_load(const char *name, struct ip_model *m);
/*
 * What a model's weights have seen, also before --init; in text, or a's own.
 * NULL: it does not say. What does not fit is cut off: of models of many
 * crystals lists are long.
 */
#define IP_CLI_MATERIALS 8192	/* bytes for text */
const char *ip_cli_materials(const struct ip_attrs *a, char *text,
	size_t size);
/*
 * Of an .ipt or .npz: the tensors of those names (ip_measured_name). Of an
 * .npy: the segments. m is {0} after a failure.
 */
int ip_measured_open(struct ip_measured *m, const char *path);
/* The truth is potential_zone then, or not known. */
int ip_measured_zone(struct ip_measured *m);
/*
 * The same of a file to be judged: there must be a truth, and segments or a
 * prediction, potential beside potential_beam. truth and prediction, if not
 * NULL, name others (as options --truth and --prediction).
 */
int ip_measured_judge(struct ip_measured *m, const char *path,
	const char *truth, const char *prediction);
/*
 * Of picture in of m: its potential along the zone axis becomes that along the
 * beam (ip_beam_of_zone), with the pixels and the beam's tilt that m tells; {0}
 * after a failure.
 */
int ip_measured_beam(const struct ip_measured *m,
	const struct ip_measurement *in, struct ip_tensor *potential);
/* Of all of c's operands, one image a segment, read as s says. */
int ip_measured_images(struct ip_measured *m, const struct ip_cli *c,
	const struct ip_idpc_source *s);

#endif
