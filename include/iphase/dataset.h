/*
 * What a network is trained on: pictures with their truth, from files, cut and
 * changed by augmentation, batch by batch.
 */
#ifndef IPHASE_DATASET_H
#define IPHASE_DATASET_H

#include <iphase/model.h>

#ifdef __cplusplus
extern "C" {
#endif

enum ip_truth { IP_TRUTH_BEAM, IP_TRUTH_ZONE };	/* potential_beam, _zone */

/*
 * One picture: segments (4, H, W), truth (H, W), float32; thickness, one number
 * or (H, W), nm, float64; euler in degree; incident as in struct
 * ip_measurement. The truth is in V Angstrom, zone in V Angstrom per nm of
 * thickness.
 */
struct ip_sample {
	struct ip_tensor segments, truth, thickness;
	double euler[3], incident;
};

struct ip_dataset;

/*
 * Files in .ipt (as iphase-simulate writes them: every thickness and tilt in
 * it is a picture), or folders of such or of the reference's .npz files, one
 * picture each, taken in the order of their names; of an .npz the tensors of
 * iphase/measured.h are all that is looked at. Types, shapes, thickness and
 * angles are checked at once; pictures are read, and checked, when they are
 * asked for, and no file stays open. IP_EFORMAT, naming the file: what is
 * missing, of a shape that does not fit, or not finite.
 */
int ip_dataset_open(struct ip_dataset **d, const char *const *paths, size_t n,
	enum ip_truth truth);
void ip_dataset_close(struct ip_dataset *d);	/* NULL is fine */
size_t ip_dataset_count(const struct ip_dataset *d);
/* Pictures of one specimen (one file of ours) share a number; these are
 * 0, 1, 2, ... in the order of the files. */
size_t ip_dataset_specimen(const struct ip_dataset *d, size_t i);
const char *ip_dataset_path(const struct ip_dataset *d, size_t i);
void ip_dataset_size(const struct ip_dataset *d, size_t i, size_t *h,
	size_t *w);
/* Picture i, its tensors new; safe from several threads at once. */
int ip_dataset_get(const struct ip_dataset *d, size_t i, struct ip_sample *s);
void ip_sample_free(struct ip_sample *s);
/*
 * What it was made of, as a model's attributes: "energy" (eV), "semiangle",
 * "inner", "outer" (mrad), "pixel_size" (Angstrom), "thickness" (nm), each one
 * number or the smallest and the largest, and "materials"; what is not known
 * of all is left out.
 */
int ip_dataset_describe(const struct ip_dataset *d, struct ip_attrs *a);

/*
 * Changes of a picture that physics allows, each drawn anew:
 * turns     quarter turns: segments change places, angles change by way of
 *           their rotation matrix. By half a turn only what is not square,
 *           since the pictures of a batch keep their shape
 * mirrors   where the file says that the crystal has them ("mirrors", as
 *           iphase-simulate(1) has it), and the detector's rotation is a
 *           multiple of 45 degrees, so that its mirror image is itself
 * shifts    by whole pixels, going round, where the file says that the picture
 *           is periodic
 * ramps     with this probability a picture becomes a ramp of thickness across
 *           it, from its own to that of another of the same file, where these
 *           have the same orientation and are 5 nm apart at most
 * empty     with this probability it becomes one of no specimen: each segment
 *           has its share of the undisturbed beam, and the truth is 0. For
 *           files that say "semiangle", "inner" and "outer", of a detector
 *           around the beam, and not of counts: IP_EINVAL
 * dose      electrons per square Angstrom, drawn between two numbers evenly in
 *           its logarithm: Poisson noise; 0, 0: none. Not for counts, nor
 *           without "pixel_size": IP_EINVAL
 * crop      pixels a side of a part that is cut out anywhere, a multiple of
 *           IP_NET_STEP; 0: the whole picture. Cut out last: its segments
 *           are scaled to 0 .. 1 by all of the picture, as in inference
 * The first two turn the microscope with the specimen: a beam tilt, a shifted
 * detector and aberrations that are not round go along.
 * And the reference's, behind the scaling of segments to 0 .. 1, which physics
 * does not allow: Gaussian smoothing of up to 1 pixel, a factor of 0.9 to 1.1,
 * noise with a deviation of 0.035.
 */
struct ip_augmentation {
	int turns, mirrors, shifts;
	double ramps, empty, dose[2];
	size_t crop;
	int reference;
};

/*
 * What the network sees of picture i and is to answer: x (inputs, h, w) as
 * ip_infer_features makes it, target (1, h, w) = truth / scale, float32 (double
 * in the test build), new. draw is a number that decides what is drawn: the
 * same seed, i and draw give the same bytes. IP_EINVAL, naming the file: sides
 * of the picture, or part, that are no multiples of IP_NET_STEP or both equal
 * to it. Safe from several threads at once.
 */
struct ip_feeding {
	enum ip_metadata metadata;
	double scale;
	struct ip_augmentation change;
	uint64_t seed;
};
int ip_dataset_example(const struct ip_dataset *d, size_t i, uint64_t draw,
	const struct ip_feeding *how, struct ip_tensor *x,
	struct ip_tensor *target);

/*
 * Batches of pictures of one size, made by a thread of its own while the
 * caller computes. Each epoch has every picture of list once, drawn by its
 * number, in an order that seed and epoch decide; the last batch may be
 * smaller. list is copied, and checked at once as for ip_dataset_example; d
 * must outlive the loader.
 */
struct ip_loader;
int ip_loader_open(struct ip_loader **l, const struct ip_dataset *d,
	const size_t *list, size_t count, size_t batch,
	const struct ip_feeding *how);
void ip_loader_close(struct ip_loader *l);	/* NULL is fine */
/* Begin an epoch (from 0 on) with its batch 'first'; what was left of another
 * is dropped. */
int ip_loader_begin(struct ip_loader *l, uint64_t epoch, size_t first);
size_t ip_loader_batches(const struct ip_loader *l);	/* an epoch has */
/*
 * The next batch: x (n, inputs, h, w), target (n, 1, h, w), the loader's until
 * the next call. IP_ENOTFOUND, without a message, after the last. A picture's
 * error comes with the batch that has it; the next call goes on behind it.
 */
int ip_loader_next(struct ip_loader *l, const struct ip_tensor **x,
	const struct ip_tensor **target);
/* Which pictures that batch is of, in its order; as long as it. */
const size_t *ip_loader_pictures(const struct ip_loader *l);

#ifdef __cplusplus
}
#endif
#endif
