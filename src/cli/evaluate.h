/* The parts of iphase-evaluate. */
#ifndef IP_CLI_EVALUATE_H
#define IP_CLI_EVALUATE_H

#include <iphase/metrics.h>
#include "measurement.h"

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
/*
 * potential: V Angstrom, new; what the network must know is in the file.
 * blind: it is shown zeros for the segments.
 */
int ip_eval_network_run(struct ip_eval_network *n,
	const struct ip_measured *f, const struct ip_eval_picture *p,
	int blind, struct ip_tensor *potential);

/* ---- what was measured ---- */

/* Blind: with all segments zero, so that only metadata tell it anything. */
enum ip_eval_method { IP_EVAL_NETWORK, IP_EVAL_NETWORK_FITTED,
	IP_EVAL_NETWORK_BLIND, IP_EVAL_IDPC_FITTED, IP_EVAL_OBF_FITTED,
	IP_EVAL_METHODS };
#define IP_EVAL_FIGURES 11
enum { IP_EVAL_MAX = 7, IP_EVAL_MAX_TRUTH = 8 };	/* of the figures */
#define IP_EVAL_REFERENCE 12
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
	const char *file, *material;	/* borrowed; NULL: of several */
	const struct ip_eval_model *model;	/* or NULL: none, or several */
	size_t picture, pictures;	/* this one of as many in its file */
	size_t count;			/* pictures that were averaged */
	double thickness;		/* nm, mean of a map; NAN: not known */
	double euler[3];
	int has[IP_EVAL_METHODS];
	double figure[IP_EVAL_METHODS][IP_EVAL_FIGURES];
	double reference[IP_EVAL_REFERENCE];	/* has[IP_EVAL_NETWORK] */
	double r2[IP_EVAL_METHODS];	/* of max/thickness; of a material's
					 * pictures, and of all */
};
void ip_eval_take(struct ip_eval_row *r, enum ip_eval_method method,
	const struct ip_metrics *m);
void ip_eval_take_reference(struct ip_eval_row *r,
	const struct ip_metrics_reference *m);

/*
 * Means over groups of pictures, NAN left out: by material in the order of
 * their coming, by thickness rounded to whole nm (not known comes last), and
 * of all.
 */
struct ip_eval_summary {
	struct ip_eval_row *material, *thickness, all;
	size_t materials, thicknesses;
};
int ip_eval_summarise(const struct ip_eval_row *rows, size_t n,
	struct ip_eval_summary *s);
void ip_eval_summary_free(struct ip_eval_summary *s);

/* Everything there is to tell, and the memory of what it points to. */
struct ip_eval_report {
	const struct ip_cli *cli;
	struct ip_eval_row *rows;
	size_t count, room;
	struct ip_eval_model *models;	/* in the order of their coming */
	struct ip_eval_material {
		struct ip_eval_material *next;
		char name[];
	} *materials;
	struct ip_eval_summary summary;
};
/* The one that says the same, made if there is none; NULL: no memory. */
struct ip_eval_model *ip_eval_model(struct ip_eval_report *r,
	const char *name, const char *materials, const char *provenance,
	double scale);
/* The one of f's stored prediction, by the attributes of iphase-infer. */
struct ip_eval_model *ip_eval_stored_model(struct ip_eval_report *r,
	const struct ip_measured *f);
/* A new last row, zero but for these three; NULL: no memory. */
struct ip_eval_row *ip_eval_row(struct ip_eval_report *r,
	const struct ip_measured *f, size_t picture);
void ip_eval_report_free(struct ip_eval_report *r);

/* ---- output ---- */

/* On standard output; reference: the reference project's table instead. */
void ip_eval_show_head(int reference);
/* What it was trained on, the first time. */
void ip_eval_show_model(struct ip_eval_model *m);
void ip_eval_show_row(const struct ip_eval_row *row, int reference);
void ip_eval_show_summary(const struct ip_eval_summary *s, int reference);
/* One line a picture and method, and one object; numbers come back exactly. */
int ip_eval_save_csv(const char *path, const struct ip_eval_report *r);
int ip_eval_save_json(const char *path, const struct ip_eval_report *r);

#endif
