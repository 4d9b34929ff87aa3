/* A trained model: its weights, and what must be known to use them. */
#ifndef IPHASE_MODEL_H
#define IPHASE_MODEL_H

#include <stdint.h>
#include <iphase/network.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * What the network is told beside the four segments, as constant maps (or
 * maps of thickness), in this order:
 * SINCOS7  thickness / 100 nm, sin of rz, rx, ry, cos of rz, rx, ry
 * RAW4     thickness / 100 nm, rz / 360, rx / 360, ry / 360 (degree)
 * TILT3    thickness / 100 nm, and where in the picture's plane the zone axis
 *          leans to, x and y, degree: (ry, -rx) for small angles
 * With the first two, segments are scaled to 0 .. 1, picture by picture; with
 * TILT3 they are fractions of the incident beam, and stay that.
 */
enum ip_metadata { IP_METADATA_SINCOS7, IP_METADATA_RAW4, IP_METADATA_TILT3 };
size_t ip_metadata_channels(enum ip_metadata m);	/* 7, 4, 3 */
const char *ip_metadata_name(enum ip_metadata m);	/* "sincos7" */
int ip_metadata_parse(const char *name, enum ip_metadata *m);

/* The reference divides potentials by this (V Angstrom) before training. */
#define IP_MODEL_SCALE 600000.0

/*
 * attrs: where it comes from and what it was trained on: "energy" (eV),
 * "semiangle", "inner" and "outer" (mrad), "pixel_size" (Angstrom) and
 * "thickness" (nm), each one number or a smallest and a largest; "materials",
 * "provenance" (text); any others are kept.
 */
struct ip_model {
	struct ip_net_shape shape;
	enum ip_metadata metadata;
	double scale;		/* V Angstrom of one unit of output */
	uint32_t crc32;		/* of the file it was read from, or 0 */
	struct ip_attrs attrs;
	struct ip_bundle weights;	/* float32, as of ip_net_weight */
};

/*
 * Read a model of any of its forms, told apart by content: .ipt; PyTorch
 * .pt or .pth (a state_dict, or {"state_dict": ...}); .safetensors; .npz. What
 * ip_model_from says holds. m must be empty and stays so on failure.
 */
int ip_model_load(const char *path, struct ip_model *m);
/*
 * The model whose weights are the tensors of b, copied. A "module." in names
 * is dropped, relative_position_index tables are checked and left out, float16
 * and float64 become float32. Attributes "metadata" and "scale" (as in
 * iphase-infer(1), MODEL FILES) say how to use it; without them the metadata
 * mode follows from the number of inputs (11 or 8), and scale is
 * IP_MODEL_SCALE. IP_EFORMAT, naming the tensor: one that is missing, not a
 * SwinUNETR's, of another shape, or not finite.
 */
int ip_model_from(const struct ip_bundle *b, struct ip_model *m);
/* Whether b looks like a model's file: it has the first weight of a SwinUNETR
 * in two dimensions. */
int ip_model_is(const struct ip_bundle *b);
/*
 * By the end of path: .ipt; .safetensors or .npz, under PyTorch's names and
 * with the relative_position_index tables, so that PyTorch loads them
 * strictly. dtype: of the weights, IP_F32 or IP_F16; IP_EINVAL, naming the
 * tensor, if a value does not fit. An .npz has the weights only: a warning
 * says so if there is more to tell.
 */
int ip_model_save(const char *path, const struct ip_model *m,
	enum ip_dtype dtype);
void ip_model_free(struct ip_model *m);			/* {0} is fine */

#ifdef __cplusplus
}
#endif
#endif
