/* Potentials beside what they were found from, in one picture. */
#ifndef IP_CLI_PANELS_H
#define IP_CLI_PANELS_H

#include <iphase/formats.h>

/*
 * A PNG of the segments' sum (of (4, H, W)), a potential and, unless it is
 * {0}, the true one, these two in one scale, with colour bars and, unless
 * pixel_size (Angstrom) is 0, scale bars. unit: of potentials, "V A". more:
 * NULL, or the potential's spread and the residual of the segments, {0} for
 * what there is not.
 */
int ip_cli_panels(const char *path, const struct ip_tensor *segments,
	const struct ip_tensor *potential, const struct ip_tensor *truth,
	const struct ip_tensor *more, double pixel_size, const char *unit);

/* ---- its parts, for pictures of more ---- */

/* The sum of segments (n, H, W), float64, new. */
int ip_cli_sum_segments(const struct ip_tensor *segments,
	struct ip_tensor *sum);
/* Lower *lo and raise *hi until all of t is between them. */
int ip_cli_widen(const struct ip_tensor *t, double *lo, double *hi);
/*
 * How t is drawn: in colours from range[0] to range[1], or, without a range,
 * in gray from its least to its largest. title is borrowed.
 */
void ip_cli_panel(struct ip_picture_style *s, const struct ip_tensor *t,
	const double *range, double pixel_size, const char *title);

#endif
