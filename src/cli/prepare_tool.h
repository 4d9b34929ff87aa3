/* The parts of iphase-prepare. */
#ifndef IP_CLI_PREPARE_TOOL_H
#define IP_CLI_PREPARE_TOOL_H

#include <iphase/bundle.h>
#include <iphase/prepare.h>
#include "cli.h"

/* What the options say; a number that was not given is NAN. */
struct ip_prepare_options {
	/* which images, and where their detector is */
	const char *segments;
	struct ip_reals order;
	struct ip_texts flip;
	double rotation, scan_rotation, detector;
	/* frames */
	int series, align;	/* align: 0 no, else ip_drift_reference + 1 */
	/* fractions of the beam */
	struct ip_reals gain, offset, vacuum;
	double reference, total;
	/* pixels */
	struct ip_reals crop;
	long rebin;
	double resample;
	const char *model;
	/* what is known */
	double energy, semiangle, inner, outer, defocus;
	struct ip_reals pixel_size, euler;
	const char *thickness, *t_over_lambda;
	double mean_free_path;
	struct ip_reals wedge;
};

enum { IP_PREPARE_BEAM, IP_PREPARE_ZONE, IP_PREPARE_TRUTHS };

/* One measurement on its way. Tensors are {0} where there are none. */
struct ip_prepare_job {
	const struct ip_cli *cli;
	const struct ip_prepare_options *o;
	struct ip_bundle *files;	/* one an operand */
	/* the four images, as they are: (T, 4, W, H) of any type; size: W, H,
	 * flipped already, as views */
	struct ip_tensor frames, store;
	size_t size[2];
	const struct ip_bundle *about;	/* the file whose attributes count */
	/* what becomes of them: ([T,] 4, W, H) float64 */
	struct ip_tensor segments, drift;
	size_t at[2];		/* their first pixel in the first frame */
	struct ip_tensor truth[IP_PREPARE_TRUTHS];	/* ([T,] W, H) */
	struct ip_tensor thickness;	/* (), (T) or ([T,] W, H), nm */
	struct ip_tensor euler;		/* (3) or (T, 3) */
	struct ip_attrs attrs;
	int whole;	/* the picture is still of the whole periodic field */
	char *history;
};

/* ---- prepare_load.c: operands to frames, attrs, truth, euler ---- */

int ip_prepare_load(struct ip_prepare_job *job);
void ip_prepare_free(struct ip_prepare_job *job);
/* View of t ([T,] ... W, H), flipped as --flip says. */
int ip_prepare_flipped(const struct ip_prepare_job *job,
	const struct ip_tensor *t, struct ip_tensor *view);

/* ---- prepare_about.c: attributes ---- */

/* Options take the place of what files say. */
int ip_prepare_about(struct ip_prepare_job *job);
/* The pixel's sides, Angstrom; NAN and nothing happens. */
int ip_prepare_set_pixel(struct ip_prepare_job *job, const double pixel[2]);
/* One warning that names what iphase-infer and iphase-idpc will miss. */
void ip_prepare_missing(const struct ip_prepare_job *job);
/* What was done, one sentence more. */
int ip_prepare_note(struct ip_prepare_job *job, const char *fmt, ...)
	IP_CLI_PRINTF(2, 3);

/* ---- prepare_thickness.c ---- */

/* From the options or the file, at the size of the frames. */
int ip_prepare_thickness(struct ip_prepare_job *job);

/* ---- prepare_frames.c: frames to segments, and all else cropped so ---- */

int ip_prepare_frames(struct ip_prepare_job *job);
/* Exchange t, which is freed, for what r holds. */
void ip_prepare_replace(struct ip_tensor *t, struct ip_tensor *r);

/* ---- prepare_beam.c: segments to fractions of the beam ---- */

int ip_prepare_calibrate(struct ip_prepare_job *job);
/*
 * X,Y,W,H of an option, in pixels of the first frame: from pixel at of the
 * segments on.
 */
int ip_prepare_region(const struct ip_prepare_job *job, const char *option,
	const struct ip_reals *r, size_t at[2], size_t size[2]);

/* ---- prepare_pixels.c: other pixels for all pictures ---- */

int ip_prepare_pixels(struct ip_prepare_job *job);

/* ---- prepare_model.c ---- */

/*
 * Of --model: pixels and detector, where they are NAN and should be others;
 * warns of what else differs.
 */
int ip_prepare_model(struct ip_prepare_job *job, double pixel[2],
	double *rotation);

/* ---- prepare_save.c ---- */

int ip_prepare_save(struct ip_prepare_job *job, const char *path);

#endif
