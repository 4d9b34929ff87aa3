/* The parts of iphase-idpc. */
#ifndef IP_CLI_IDPC_TOOL_H
#define IP_CLI_IDPC_TOOL_H

#include <iphase/bundle.h>
#include <iphase/idpc.h>
#include "cli.h"

/* ---- input ---- */

/* The order of the axes in memory: s the segments. */
enum ip_axes { IP_AXES_AUTO, IP_AXES_SXY, IP_AXES_SYX, IP_AXES_XYS,
	IP_AXES_YXS };

/* How files are to be read. */
struct ip_idpc_source {
	const char *name;	/* of the tensor in a bundle */
	const char *truth;	/* of the potential to compare with, or NULL */
	struct ip_reals shape;	/* of raw files: width, height */
	const char *dtype;	/* of raw files */
	int axes;		/* enum ip_axes */
	struct ip_reals order;	/* segment order, counter-clockwise */
};

/* What was read. */
struct ip_idpc_input {
	struct ip_tensor segments;	/* (T, n, nx, ny), rings added up */
	struct ip_tensor all;		/* (T, n rings, nx, ny), ring by ring */
	size_t rings;
	struct ip_tensor truth;		/* (T or 1, nx, ny), or {0} */
	struct ip_tensor thickness;	/* (T) or (), nm, or {0} */
	struct ip_attrs attrs;		/* of the file */
	struct ip_attrs item;		/* of the segments */
	int series;			/* the file had a T axis */
};
int ip_idpc_read(const struct ip_cli *c, const struct ip_idpc_source *s,
	struct ip_idpc_input *in);
void ip_idpc_input_free(struct ip_idpc_input *in);
/*
 * Whether a scan of t's last two axes covers the whole periodic box of the
 * simulation that wrote these attributes.
 */
int ip_idpc_is_periodic(const struct ip_attrs *a, const struct ip_tensor *t,
	const double pixel[2]);

/* ---- OBF ---- */

#define IP_OBF_FLOOR 1e-3	/* where nobody says otherwise */

/*
 * o for a file with these attributes: how, and its offset and aberrations;
 * none where it does not say. segments: in all rings.
 */
int ip_idpc_obf(const struct ip_attrs *a, const struct ip_idpc *how,
	size_t segments, size_t rings, struct ip_obf *o);
/*
 * Files say the focus at the entrance surface; a specimen of this thickness
 * (nm; NAN: not known, and left) acts like a thin one at its middle.
 */
void ip_idpc_obf_depth(struct ip_obf *o, double thickness);
/* On standard output: phase contrast over noise, of iDPC and of OBF. */
int ip_idpc_show_contrast(const struct ip_obf *o);

/* ---- pictures ---- */

/* All there is of one picture of a series. */
struct ip_idpc_picture {
	struct ip_tensor segments;	/* view of (n, nx, ny) */
	struct ip_idpc_result r;
	struct ip_obf_result obf;	/* or {0} */
	struct ip_tensor truth;		/* blurred, or {0} */
	double thickness;		/* nm, or NAN */
};

/*
 * PREFIX-idpc.png and PREFIX-panels.png. A series has a number in between,
 * and PREFIX-series.png with a row for each.
 */
int ip_idpc_draw(const char *prefix, const struct ip_idpc_picture *p,
	size_t count, int series, const struct ip_idpc *how);

/*
 * The transfer function as a table on stdout, and PREFIX-transfer.png
 * unless prefix is NULL.
 */
int ip_idpc_show_transfer(const struct ip_idpc *how, int segments,
	const char *prefix);

/* ---- comparison ---- */

/* How well got (nx, ny) follows want, both of any mean. */
struct ip_idpc_match {
	double pearson;
	double slope;		/* of the best fit got = slope want + offset */
	double error;		/* RMS difference over RMS of want */
};
void ip_idpc_compare(const struct ip_tensor *got, const struct ip_tensor *want,
	struct ip_idpc_match *m);

#endif
