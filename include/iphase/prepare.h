/*
 * From what a microscope wrote to what a model was trained on: frames into one
 * picture, counts into fractions of the beam, other pixels.
 *
 * Pictures are the last two axes [.., x, y] of tensors of any real dtype; what
 * is new is contiguous float64 with the same axes before them, the caller's to
 * free. Arithmetic is in double. IP_EINVAL: a shape that does not fit, an empty
 * picture, numbers that are not finite.
 */
#ifndef IPHASE_PREPARE_H
#define IPHASE_PREPARE_H

#include <iphase/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- pictures as they are ---- */

enum ip_flip { IP_FLIP_X, IP_FLIP_Y, IP_FLIP_TRANSPOSE };
/* A view of t: x or y counted from the other end, or x and y exchanged. */
int ip_prepare_flip(const struct ip_tensor *t, enum ip_flip how,
	struct ip_tensor *view);
/* A view of size[0] x size[1] pixels from pixel at on. */
int ip_prepare_crop(const struct ip_tensor *t, const size_t at[2],
	const size_t size[2], struct ip_tensor *view);
/*
 * The means of n x n pixels each; what is left over at the ends is dropped.
 * New pixel i lies at pixel n i + (n - 1)/2 of the old.
 */
int ip_prepare_rebin(const struct ip_tensor *t, size_t n,
	struct ip_tensor *out);

/* ---- between pixels ---- */

/*
 * BAND_LIMITED: a sinc under a Kaiser window of 20 pixels to either side. What
 * varies more slowly than 2.8 pixels a period is met to 1e-6 where the edges are
 * further away than that, and what new pixels that are larger could not show is
 * taken out, not folded back. LINEAR: between two pixels; larger new
 * pixels are means under a triangle; never below the least nor above the
 * largest. Beyond the edges the picture is continued by its mirror image, as it
 * has no period; a sum of weights is 1.
 */
enum ip_kernel { IP_BAND_LIMITED, IP_LINEAR };
#define IP_KERNEL_REACH 20

/* New pixel i of an axis lies at pixel start + i step of the old; step > 0. */
struct ip_sampling {
	double start[2], step[2];
	size_t size[2];		/* new pixels */
	enum ip_kernel kernel;
};
int ip_prepare_sample(const struct ip_tensor *t, const struct ip_sampling *how,
	struct ip_tensor *out);
/* Pixels that are step old ones wide, from the first to the last there is. */
void ip_prepare_resampling(const size_t size[2], const double step[2],
	struct ip_sampling *how);
/* The same field in size[0] x size[1] pixels: their outer edges are the same. */
int ip_prepare_fit(const struct ip_tensor *t, const size_t size[2],
	enum ip_kernel kernel, struct ip_tensor *out);

/*
 * The picture turned about its middle by degree, +x towards +y, and of it the
 * size[0] x size[1] pixels in the middle.
 */
int ip_prepare_turn(const struct ip_tensor *t, double degree,
	const size_t size[2], enum ip_kernel kernel, struct ip_tensor *out);
/* The largest size of which the turned picture fills every pixel. */
void ip_prepare_turned_size(const size_t n[2], double degree, size_t size[2]);
/*
 * A detector of four segments whose first edge lies at degree from is to be at
 * to: its segment k becomes segment 0, which takes nothing, and the picture is
 * turned by what is left, -45 to 45 degree.
 */
void ip_prepare_detector(double from, double to, int *k, double *degree);

/* ---- frames ---- */

enum ip_drift_reference { IP_DRIFT_FIRST, IP_DRIFT_MEAN };
/*
 * How far each of the frames (T, segments, W, H) has moved: what is at r in the
 * first is at r + drift[t] in frame t. By the phase correlation of the sums of
 * segments under a window, frequencies weighted down where noise is, its
 * maximum found between pixels; against the first frame, or the mean of
 * those before, moved back. drift: (T, 2) float64, pixels, new, {0, 0} first.
 * A crystal looks the same after a lattice vector: a frame must not move by
 * half of one from frame to frame. IP_EPHYSICS: no contrast, or a frame that
 * overlaps the first by less than a quarter.
 */
int ip_prepare_drift(const struct ip_tensor *frames,
	enum ip_drift_reference reference, struct ip_tensor *drift);
/*
 * The mean of frames, moved back by drift (or NULL), band limited, over the
 * pixels that all frames cover: (segments, W', H'), whose first pixel is pixel
 * at of the first frame.
 */
int ip_prepare_average(const struct ip_tensor *frames,
	const struct ip_tensor *drift, size_t at[2], struct ip_tensor *out);

/* ---- calibration ---- */

/*
 * What a detector from inner to outer sees of the empty beam of semiangle (all
 * mrad): area over area, 1 if it covers the whole disc. IP_EPHYSICS: nothing.
 */
int ip_prepare_share(double semiangle, double inner, double outer,
	double *share);
/* In place: (x - offset[j]) gain[j] of segment j of float64 ([T,] n, W, H). */
int ip_prepare_linear(struct ip_tensor *segments, const double *gain,
	const double *offset);

/* What the sum of the segments ([T,] n, W, H) is over some pixels. */
struct ip_prepare_sum {
	double mean, smallest, largest;
	size_t pixels;		/* of all pictures */
	size_t above;		/* of them with a sum above 1 */
	size_t negative;	/* single values below 0 */
};
int ip_prepare_sum(const struct ip_tensor *segments, struct ip_prepare_sum *s);

/* ---- thickness ---- */

/*
 * A wedge over size[0] x size[1] pixels: linear along the direction degree
 * (from +x towards +y), first at the pixel that is first on this way and last
 * at the last.
 */
int ip_prepare_wedge(const size_t size[2], double first, double last,
	double degree, struct ip_tensor *out);

#ifdef __cplusplus
}
#endif
#endif
