/* The parts of iphase-evaluate. */
#ifndef IP_CLI_EVALUATE_H
#define IP_CLI_EVALUATE_H

#include <iphase/metrics.h>
#include "trust.h"

struct ip_eval_options {
	const char *csv, *json, *model, *truth, *prediction, *perfect;
	double rotation, scale;		/* NAN: not given */
	struct ip_reals bins, tilt_bins;
	int reference, clip01, controls, trust;
};

/* One picture of a file; views, {0} for what the file does not have. */
struct ip_eval_picture {
	struct ip_measurement in;
	struct ip_tensor truth, prediction;
};

/* ---- iDPC and OBF ---- */

/*
 * The iDPC and the OBF potential of picture p. What the file does not say of
 * the microscope is taken as the reference has it; rotation (degree) is NAN
 * for the file's, and so is thickness (nm) if it is not known.
 */
int ip_eval_idpc(const struct ip_measured *f,
	const struct ip_eval_picture *p, double rotation,
	struct ip_idpc_result *r);
int ip_eval_obf(const struct ip_measured *f, const struct ip_eval_picture *p,
	double rotation, double thickness, struct ip_obf_result *r);

/* ---- the network ---- */

struct ip_eval_network;	/* of --model, on a device */
/* scale: V Angstrom, NAN for the model's own. */
int ip_eval_network_open(struct ip_eval_network **n, const char *path,
	const char *backend, double scale);
void ip_eval_network_close(struct ip_eval_network *n);	/* NULL is fine */
const struct ip_model *ip_eval_network_model(const struct ip_eval_network *n);
/* Whether it answers with potential_zone, which is smeared to be judged by
 * truth, of that name. */
int ip_eval_network_smears(const struct ip_eval_network *n, const char *truth);
/* What was measured, of each picture. */
enum ip_eval_method {
	IP_EVAL_NETWORK, IP_EVAL_NETWORK_FITTED,
	IP_EVAL_NETWORK_BLIND,		/* shown zeros for the segments */
	IP_EVAL_IDPC_FITTED, IP_EVAL_OBF_FITTED,
	IP_EVAL_MATERIAL_MEAN,		/* a constant per nm */
	/* the network, told or shown what is not so: */
	IP_EVAL_NO_METADATA,		/* thickness 0, no Euler angles */
	IP_EVAL_THIN, IP_EVAL_THICK,	/* by 20 % */
	IP_EVAL_TILT,			/* reversed */
	IP_EVAL_PERMUTED,		/* segments turned by one */
	IP_EVAL_EMPTY,			/* each segment its mean everywhere */
	IP_EVAL_METHODS
};
#define IP_EVAL_CONTROLS IP_EVAL_NO_METADATA	/* from there on */
/*
 * What it makes of picture in of f: V Angstrom, or V Angstrom per nm, as the
 * truth of that name is. method: of the network's; what it must know is in the
 * file.
 */
int ip_eval_network_run(struct ip_eval_network *n,
	const struct ip_measured *f, const struct ip_measurement *in,
	const char *truth, enum ip_eval_method method,
	struct ip_tensor *potential);
/* The answer put back through the scattering, at the thickness it was told. */
int ip_eval_network_check(struct ip_eval_network *n,
	const struct ip_measured *f, const struct ip_measurement *in,
	const struct ip_microscope *q, enum ip_eval_method method,
	struct ip_consistency *c);
/* As ip_infer_ensemble, of what ip_eval_network_run gives. */
int ip_eval_network_ensemble(struct ip_eval_network *n,
	const struct ip_measured *f, const struct ip_measurement *in,
	const char *truth, struct ip_tensor *mean, struct ip_tensor *spread);

/* ---- what was measured ---- */

/* Of struct ip_metrics. */
enum { IP_EVAL_PSNR, IP_EVAL_MAE, IP_EVAL_PEARSON, IP_EVAL_PEAK, IP_EVAL_SSIM,
	IP_EVAL_MEAN, IP_EVAL_MEAN_TRUTH, IP_EVAL_MAX, IP_EVAL_MAX_TRUTH,
	IP_EVAL_SLOPE, IP_EVAL_OFFSET, IP_EVAL_FIGURES };
#define IP_EVAL_REFERENCE 12
/* A truth of less std/mean is flat: its Pearson tells of noise only. */
#define IP_EVAL_FLAT 0.02
/* Of --trust: signs that need no truth; the last one does. */
enum ip_eval_sign { IP_EVAL_CONSISTENCY, IP_EVAL_CONSISTENCY_THIN,
	IP_EVAL_CONSISTENCY_THICK, IP_EVAL_DISPLACEMENT, IP_EVAL_SPREAD,
	IP_EVAL_ENSEMBLE_MAE, IP_EVAL_SIGNS };
extern const char *const ip_eval_sign_name[IP_EVAL_SIGNS];
/* Names in tables: of methods, of struct ip_metrics, of the reference. */
extern const char *const ip_eval_method_name[IP_EVAL_METHODS];
extern const char *const ip_eval_method_title[IP_EVAL_METHODS];
extern const char *const ip_eval_figure_name[IP_EVAL_FIGURES];
extern const char *const ip_eval_reference_name[IP_EVAL_REFERENCE];

/* What predicted. */
struct ip_eval_model {
	char *name;			/* as the user or the file calls it */
	char *materials, *provenance;	/* what it was trained on, or NULL */
	double scale;			/* V Angstrom of one unit */
	int shown;
	struct ip_eval_model *next;
};
/* Whether materials, a list in words, names this one. */
int ip_eval_trained_on(const struct ip_eval_model *m, const char *material);

/* Of one picture, or the means over several. */
struct ip_eval_row {
	/* borrowed; NULL: of several */
	const char *file, *material, *truth;
	const struct ip_eval_model *model;	/* or NULL: none, or several */
	size_t picture, pictures;	/* this one of as many in its file */
	size_t count, flat;		/* pictures that were averaged */
	double thickness;		/* nm, mean of a map; NAN: not known */
	double dose;			/* electrons/Angstrom^2; 0: none */
	double euler[3];
	double tilt;			/* degree, off the zone axis */
	double from, to;		/* of a group: what it is of */
	double mean_truth, std_over_mean;
	int has[IP_EVAL_METHODS];
	double figure[IP_EVAL_METHODS][IP_EVAL_FIGURES];
	double reference[IP_EVAL_REFERENCE];	/* has[IP_EVAL_NETWORK] */
	double r2[IP_EVAL_METHODS];	/* of max/thickness; of groups */
	/* of what differs from --perfect; NAN: nothing, or not asked for */
	double contrast, correlation;
	double sign[IP_EVAL_SIGNS];	/* of --trust; NAN: not asked for */
};
/* Whether the row's model has seen its material; -1: it does not say. */
int ip_eval_is_trained(const struct ip_eval_row *row);
/*
 * R2 of maxima; NAN of fewer than three, or where the true ones differ by 1 %
 * of the largest or less.
 */
double ip_eval_r2(const double *prediction, const double *truth, size_t n);
void ip_eval_take(struct ip_eval_row *r, enum ip_eval_method method,
	const struct ip_metrics *m);
void ip_eval_take_reference(struct ip_eval_row *r,
	const struct ip_metrics_reference *m);

/*
 * Means over groups of pictures, NAN left out, and Pearson of flat ones: by
 * material in the order of their coming, by thickness and by tilt (not known
 * comes last), and of all. Bins hold their lower edge, the last one its upper
 * too; what lies outside has an infinite edge. Without edges up to
 * IP_EVAL_FEW different values, rounded to whole nm and 0.01 degree, are a
 * group each, of equal edges; more are put into bins of 5, 20, 50, 100, 200 nm
 * and 0, 0.2 .. 1, 2, 5 degree.
 */
#define IP_EVAL_FEW 8
#define IP_EVAL_NM_EDGES 5
#define IP_EVAL_DEGREE_EDGES 8
extern const double ip_eval_nm_edge[IP_EVAL_NM_EDGES];
extern const double ip_eval_degree_edge[IP_EVAL_DEGREE_EDGES];
/* The bin of v, not NAN: 0 is below the first edge, count above the last. */
size_t ip_eval_bin(double v, const double *edge, size_t count);
enum ip_eval_by { IP_EVAL_BY_MATERIAL, IP_EVAL_BY_THICKNESS,
	IP_EVAL_BY_TILT, IP_EVAL_BYS };
/* Pictures by whether the model was trained on their material. */
enum ip_eval_seen { IP_EVAL_ALL, IP_EVAL_TRAINED, IP_EVAL_NOT_TRAINED,
	IP_EVAL_SEENS };
extern const char *const ip_eval_seen_name[IP_EVAL_SEENS];
/* What the signs tell of pictures; of --trust. */
struct ip_eval_trust {
	size_t count;
	double mae, sign[IP_EVAL_SIGNS];	/* means */
	/* how consistency and spread go with MAE/mean, and with 1 - Pearson,
	 * which does not know scale and mean */
	struct ip_spearman consistency[2], spread[2];
	/* share of a consistency below that told too thin, too thick, and
	 * both; of as many pictures as have all three */
	double below[3];
	size_t compared;
};
struct ip_eval_summary {
	struct ip_eval_groups {
		struct ip_eval_row *row;
		struct ip_eval_trust *trust;	/* of thickness, or NULL */
		size_t count;
		int binned;
	} by[IP_EVAL_BYS];
	struct ip_eval_row all;
	struct ip_eval_trust trust[IP_EVAL_SEENS];
};
struct ip_eval_report;
int ip_eval_summarise(struct ip_eval_report *r);	/* its summary */
/* Whether row is one of group, of the summary's groups of that kind. */
int ip_eval_in_group(const struct ip_eval_report *r, enum ip_eval_by by,
	const struct ip_eval_row *group, const struct ip_eval_row *row);
/* "5 to 20 nm", "GaN". */
void ip_eval_group_name(char *text, size_t size,
	const struct ip_eval_row *group, enum ip_eval_by by);
void ip_eval_summary_free(struct ip_eval_summary *s);

/* A word that rows share, and of a material the truths' mean. */
struct ip_eval_name {
	struct ip_eval_name *next;
	double sum;			/* of the truth per nm of thickness */
	size_t count;
	char text[];
};

/* Everything there is to tell, and the memory of what it points to. */
struct ip_eval_report {
	const struct ip_cli *cli;
	const struct ip_eval_options *o;
	struct ip_eval_row *rows;
	size_t count, room;
	struct ip_eval_model *models;	/* in the order of their coming */
	struct ip_eval_name *materials, *truths;
	struct ip_eval_summary summary;
};
/* The one that says the same, made if there is none; NULL: no memory. */
struct ip_eval_model *ip_eval_model(struct ip_eval_report *r,
	const char *name, const char *materials, const char *provenance,
	double scale);
/* The one of f's stored prediction, by the attributes of iphase-infer. */
struct ip_eval_model *ip_eval_stored_model(struct ip_eval_report *r,
	const struct ip_measured *f);
/* Potentials of the truth of this name are V Angstrom per nm. */
int ip_eval_is_zone(const char *truth);
/* Of the crystal's zone axis to the beam, degree, by rz, rx, ry. */
double ip_eval_tilt(const double euler[3]);
/*
 * A row for each picture of f, with what is known without its prediction: up
 * to std_over_mean, and that goes into its material's mean.
 */
int ip_eval_enter(struct ip_eval_report *r, const struct ip_measured *f);
/* nm, the mean of a map; NAN: not known. */
int ip_eval_thickness(const struct ip_measurement *in, double *nm);
/* The material's mean truth, V Angstrom per nm; NAN: no thickness is known. */
double ip_eval_material_mean(const struct ip_eval_report *r,
	const struct ip_eval_row *row);
void ip_eval_report_free(struct ip_eval_report *r);

/* ---- one picture ---- */

/* The name in it of f's truth. */
const char *ip_eval_truth_name(const struct ip_measured *f);
/* f, to be judged as the options say; n may be NULL. */
int ip_eval_open(struct ip_measured *f, const struct ip_eval_options *o,
	const struct ip_eval_network *n, const char *path);
/* Picture i of f. */
int ip_eval_load(const struct ip_measured *f, size_t i,
	struct ip_eval_picture *p);
/*
 * The network's answer to picture p of f, run now or, n being NULL, stored: as
 * ip_eval_network_run. {0}: there is none.
 */
int ip_eval_predict(struct ip_eval_network *n, const struct ip_measured *f,
	const struct ip_eval_picture *p, const char *truth,
	struct ip_tensor *potential);
/*
 * All figures of row, picture row->picture of f. n may be NULL; perfect is the
 * file of the crystal without a defect, or NULL.
 */
int ip_eval_picture(struct ip_eval_report *r, struct ip_eval_row *row,
	struct ip_eval_network *n, const struct ip_measured *f,
	const struct ip_measured *perfect);

/* ---- evaluate_trust.c ---- */

/* What --trust needs of f, before the long work begins. */
int ip_eval_trust_open(const struct ip_measured *f);
/* The signs of row, picture p of f. */
int ip_eval_trust(struct ip_eval_row *row, struct ip_eval_network *n,
	const struct ip_measured *f, const struct ip_eval_picture *p);
int ip_eval_trust_summarise(struct ip_eval_report *r);
void ip_eval_show_trust(const struct ip_eval_row *row);
void ip_eval_show_trusts(const struct ip_eval_report *r);

/* ---- output ---- */

/* On standard output; reference: the reference project's table instead. */
void ip_eval_show_head(int reference);
/* What it was trained on, the first time. */
void ip_eval_show_model(struct ip_eval_model *m);
void ip_eval_show_row(const struct ip_eval_row *row, int reference);
void ip_eval_show_summary(const struct ip_eval_report *r);
/* One line a picture and method, and one object; numbers come back exactly. */
int ip_eval_save_csv(const char *path, const struct ip_eval_report *r);
int ip_eval_save_json(const char *path, const struct ip_eval_report *r);

#endif
