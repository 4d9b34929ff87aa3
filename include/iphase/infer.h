/* From four segment images to the projected potential. */
#ifndef IPHASE_INFER_H
#define IPHASE_INFER_H

#include <iphase/model.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * One measurement. segments: (4, H, W) = [segment, x, y], any real dtype. As
 * the model's metadata say (enum ip_metadata), either they may be in any unit,
 * and their joint smallest and largest values become 0 and 1, always of the
 * whole picture; or they are fractions of incident, which is what all of the
 * incident beam is in their unit, 0 the same as 1. thickness: one number or
 * (H, W), nm. euler: rz, rx, ry, degree.
 */
struct ip_measurement {
	struct ip_tensor segments, thickness;
	double euler[3], incident;
};

/*
 * What the network sees: (4 + metadata, H, W) float32, new. Segments are scaled
 * to 0 .. 1 in the reference's arithmetic: (x - smallest) / (largest - smallest
 * + 1e-8), with a warning where that 1e-8 counts; or, with IP_METADATA_TILT3,
 * to 20 (x / incident - 0.2). IP_EINVAL: a shape that does not fit, an empty
 * picture, a value that is not finite, a thickness below 0; an incident beam
 * below 0 or, with IP_METADATA_TILT3, smaller than the mean of all four segments
 * together.
 */
int ip_infer_features(const struct ip_measurement *in, enum ip_metadata mode,
	struct ip_tensor *x);

/*
 * How a picture goes through. Sides that are no multiples of IP_NET_STEP are
 * continued by reflection at their end, and cut again. Tiles are of one size,
 * overlap and are blended smoothly; instance norms see one tile at a time, so
 * a tiled picture is not equal to a whole one.
 */
struct ip_tiling {
	size_t tile;	/* pixels a side, a multiple of IP_NET_STEP from twice
			 * that on; 0: the largest that memory allows */
	size_t overlap;	/* at least so many pixels; 0: a quarter of the tile */
	size_t memory;	/* device bytes, weights included; 0: no bound */
};

/* What was done, or (ip_infer_plan) would be. */
struct ip_tiling_plan {
	size_t h, w;		/* of a tile, padding included */
	size_t rows, columns;	/* of tiles */
	size_t overlap;		/* where neighbours have least; 0: one tile */
	struct ip_net_memory memory;
};
/*
 * how may be NULL. IP_ELIMIT: no tile, or not the one asked for, fits the
 * memory; says what the smallest takes. IP_EINVAL: a tile or overlap that
 * cannot be, an empty picture.
 */
int ip_infer_plan(const struct ip_net *net, size_t h, size_t w,
	const struct ip_tiling *how, struct ip_tiling_plan *plan);

/*
 * potential: (H, W) float32, V Angstrom, new ((out, H, W) if the network has
 * several outputs). net was opened with m's weights. how may be NULL, plan
 * too. Progress is reported by tiles.
 */
int ip_infer(struct ip_net *net, const struct ip_model *m,
	const struct ip_measurement *in, const struct ip_tiling *how,
	struct ip_tensor *potential, struct ip_tiling_plan *plan);

/*
 * The same of the picture in its four quarter turns, and in the mirror images
 * of these where the model's metadata can tell of them exactly: tilt3, which
 * does not know of rz, and a detector whose rotation (degree, first edge of
 * segment 0 against +x) is a multiple of 45. Segments and Euler angles are
 * turned along, as in training; answers are turned back. potential is their
 * mean, spread their standard deviation, both of the shape that ip_infer gives,
 * new. A network that does not care how it is turned answers as ip_infer, and
 * has no spread. Pixels are taken to be square. plan is the unturned picture's.
 */
int ip_infer_ensemble(struct ip_net *net, const struct ip_model *m,
	const struct ip_measurement *in, double rotation,
	const struct ip_tiling *how, struct ip_tensor *potential,
	struct ip_tensor *spread, struct ip_tiling_plan *plan);
/* How many pictures that are: 4 or 8. */
size_t ip_infer_members(const struct ip_model *m, double rotation);

#ifdef __cplusplus
}
#endif
#endif
