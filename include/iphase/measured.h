/* Segment images and what else a network must know, in the tensors of a file. */
#ifndef IPHASE_MEASURED_H
#define IPHASE_MEASURED_H

#include <iphase/infer.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * One file; the tensors are b's, or others that the caller keeps. T pictures,
 * one for a file without a series.
 */
struct ip_measured {
	const char *path;			/* for messages */
	struct ip_bundle b;
	const struct ip_item *segments;		/* ([T,] 4, H, W) */
	const struct ip_tensor *truth;		/* ([T,] H, W), or NULL */
	const struct ip_tensor *prediction;	/* likewise */
	const struct ip_tensor *thickness;	/* (), (T), ([T,] H, W), NULL */
	const struct ip_tensor *euler;		/* ([T,] 3), or NULL */
	double incident;			/* of struct ip_measurement */
	size_t count, h, w;
	int series;
};

/* What there is in such a file, by the names that its makers give. */
enum ip_measured_part { IP_MEASURED_SEGMENTS, IP_MEASURED_TRUTH,
	IP_MEASURED_THICKNESS, IP_MEASURED_EULER, IP_MEASURED_PARTS };
/*
 * segments, potential_beam, thickness, euler; or, as the reference names them,
 * input, potential, thickness_nm, rotation.
 */
const char *ip_measured_name(enum ip_measured_part part, int reference);

/* Take those that are in m->b, under either name, and incident from there. */
void ip_measured_find(struct ip_measured *m);
/*
 * What all of the incident beam is in the segments of a file with these
 * attributes: with a dose (electrons a square Angstrom) and a pixel size its
 * electrons a pixel, else 1.
 */
double ip_measured_incident(const struct ip_attrs *a);
/*
 * count, h, w and series, by the segments or, without them, the prediction.
 * IP_EFORMAT: neither is there, or a picture is of another shape. Shapes and
 * types are all that is looked at, here and by ip_measured_check_known.
 */
int ip_measured_check(struct ip_measured *m);
/* IP_EFORMAT: a thickness or euler whose shape does not fit the pictures. */
int ip_measured_check_known(const struct ip_measured *m);

/*
 * Views of picture i; thickness {0} and euler NAN if they are not known,
 * truth {0} if there is none. Fails as ip_measured_check_known.
 */
int ip_measured_picture(const struct ip_measured *m, size_t i,
	struct ip_measurement *in, struct ip_tensor *truth);
/* Its prediction, {0} if there is none. */
int ip_measured_prediction(const struct ip_measured *m, size_t i,
	struct ip_tensor *prediction);

void ip_measured_close(struct ip_measured *m);	/* frees b; {0} then */

#ifdef __cplusplus
}
#endif
#endif
