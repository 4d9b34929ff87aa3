/* The parts of iphase-infer. */
#ifndef IP_CLI_INFER_TOOL_H
#define IP_CLI_INFER_TOOL_H

#include <iphase/infer.h>
#include "trust.h"

/* What the options say; a number that was not given is NAN. */
struct ip_infer_options {
	const char *model, *thickness, *png;
	struct ip_reals euler;
	int metadata;		/* 0: the model's, else enum ip_metadata + 1 */
	int truth;		/* 0: the model's, 1: beam, 2: zone */
	double beam, scale, memory;	/* .., V Angstrom, MiB */
	double displacement;	/* square Angstrom */
	long tile, overlap, regions;
	int images, check_tiles, check, ensemble;
	struct ip_idpc_source source;	/* of images */
};

/* What serves for all inputs. */
struct ip_infer_job {
	const struct ip_cli *cli;
	const struct ip_infer_options *o;
	struct ip_model model;
	struct ip_dev *dev;
	struct ip_net *net;
	struct ip_tensor thickness, euler;	/* of options, or {0} */
	struct ip_tiling how;
	int zone;		/* what is written is potential_zone */
	int smear;		/* of potential_zone potential_beam is made */
	unsigned told;		/* warnings that were given */
};

/* ---- infer_run.c ---- */

/* job: cli and o are set, the rest is {0}. Nonzero: a status, reported. */
int ip_infer_begin(struct ip_infer_job *job);
void ip_infer_end(struct ip_infer_job *job);
/*
 * Input i, or all of them, one image each; into path and PREFIX-...png, if
 * these are not NULL.
 */
int ip_infer_input(struct ip_infer_job *job, int i, const char *path,
	const char *prefix);

/* ---- infer_check.c ---- */

/* Room in out for what --ensemble and --check tell. */
int ip_infer_trust(const struct ip_infer_job *job,
	const struct ip_measured *m, struct ip_bundle *out);
/* Of picture i, into out and on standard output. */
int ip_infer_put_spread(const struct ip_measured *m, struct ip_bundle *out,
	size_t i, const struct ip_tensor *potential,
	const struct ip_tensor *spread);
/* Likewise; potential is the network's answer, not smeared. */
int ip_infer_check(const struct ip_infer_job *job,
	const struct ip_measured *m, size_t i, const struct ip_measurement *in,
	const struct ip_tensor *potential, struct ip_bundle *out);

/* ---- infer_trained.c ---- */

/* Warn, once of each, if m is not of what the model was trained on. */
int ip_infer_warn(struct ip_infer_job *job, const struct ip_measured *m);

/* ---- infer_save.c ---- */

/* An empty potential in out, float32 ([T,] [outputs,] H, W), and what goes
 * with it. */
int ip_infer_result(const struct ip_infer_job *job,
	const struct ip_measured *m, struct ip_bundle *out);
/* Attributes, once it is known into which tiles a picture was cut; write. */
int ip_infer_save(const struct ip_infer_job *job, const struct ip_measured *m,
	const struct ip_tiling_plan *plan, const char *path,
	struct ip_bundle *out);

/* ---- infer_draw.c ---- */

/* PREFIX-007-potential.png of picture i: the segments' sum, its potential in
 * out and, where they are known, the true one, the spread and the residual; no
 * number without a series. */
int ip_infer_draw(const struct ip_measured *m, size_t i,
	const struct ip_bundle *out, const char *prefix, const char *unit);

#endif
