/* DPC, iDPC and dDPC from the images of a segmented detector. */
#ifndef IPHASE_IDPC_H
#define IPHASE_IDPC_H

#include <iphase/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * How a difference of segments becomes a shift of the diffraction disc.
 * RIGID: the disc of radius alpha shifts as a whole (fields slow against the
 * probe). CENTROID: each segment counts with the centroid of its lit area.
 * They differ by 1.85 for a full disc; the choice is named in the output.
 */
enum ip_calibration { IP_RIGID, IP_CENTROID };
enum ip_boundary { IP_PERIODIC, IP_MIRRORED };
enum ip_background { IP_KEEP, IP_MEAN, IP_PLANE };

struct ip_idpc {
	double energy;		/* eV */
	double semiangle, inner, outer;	/* mrad */
	double rotation;	/* of segment 0's first edge against the scan's +x, rad */
	int flip;		/* the detector is mirrored (y -> -y) before it is turned */
	double pixel_size[2];	/* Angstrom */
	enum ip_calibration calibration;
	enum ip_boundary boundary;
	enum ip_background background;	/* removed from the two shift images */
	double high_pass;	/* Gaussian high pass 1 - exp(-k^2/2s^2), s in 1/Angstrom; 0 none */
};

/* Outputs are (nx, ny) float64, owned by the caller (ip_tensor_free). */
struct ip_idpc_result {
	struct ip_tensor com_x, com_y;	/* disc shift, 1/Angstrom */
	struct ip_tensor phase;		/* rad, zero mean */
	struct ip_tensor potential;	/* V Angstrom = phase/sigma, zero mean */
	/* Divergence of the phase's gradient, rad/Angstrom^2, no high pass:
	 * the Laplacian if PERIODIC, differences of 8 points if MIRRORED. */
	struct ip_tensor ddpc;
};
void ip_idpc_result_free(struct ip_idpc_result *r);

/*
 * segments: (n, nx, ny), n >= 3 equal azimuthal segments counted
 * counter-clockwise as in ip_detector; any unit (divided by the captured
 * intensity, pixel by pixel). IP_EINVAL: shape, non-finite values, a pixel
 * that captured nothing.
 */
int ip_idpc(const struct ip_tensor *segments, const struct ip_idpc *how,
	struct ip_idpc_result *r);

/*
 * com_x, com_y (nx, ny) in 1/Angstrom, already divided by intensity, in the
 * detector's axes (flip and rotation take them to the scan's) -> r. Angles
 * and calibration are not looked at.
 */
int ip_idpc_from_com(const struct ip_tensor *com_x,
	const struct ip_tensor *com_y, const struct ip_idpc *how,
	struct ip_idpc_result *r);

/*
 * The constant c of the calibration, 1/Angstrom: the disc shift is
 * c sum_j u_j I_j / sum_j I_j, u_j the unit vector to segment j's middle.
 */
int ip_idpc_calibration(const struct ip_idpc *how, int segments, double *c);

/*
 * The rotation (rad, in (-pi, pi]) and flip (0 unless try_flip) that make the
 * disc shift least curled, to be put into struct ip_idpc with the images that
 * com came from (taken with rotation and flip 0); of the two directions that
 * differ by 180 degrees the one whose potential has its atoms bright (positive
 * skewness of the dDPC's negative) is taken. certainty in [0, 1]: 1 - RMS
 * curl / worst RMS curl. IP_EINVAL: fewer than 3 pixels an axis, no contrast.
 */
int ip_idpc_rotation(const struct ip_tensor *com_x,
	const struct ip_tensor *com_y, const double pixel_size[2], int try_flip,
	double *rotation, int *flip, double *certainty);

/*
 * Transfer of a weak phase object's phase at spatial frequency (kx, ky)
 * 1/Angstrom into the iDPC phase by n segments, high pass included: from
 * the overlaps of the shifted apertures (hard edge, in focus, no
 * aberrations), to 1e-9; 0 at k = 0. *im is 0: the aperture is symmetric.
 */
int ip_idpc_transfer(const struct ip_idpc *how, int segments, double kx,
	double ky, double *re, double *im);

/*
 * What a perfect measurement of a thin specimen would show: potential (nx, ny)
 * blurred by the intensity of the in-focus probe (hard edge), zero mean, as
 * how->boundary continues it. blurred gets a new (nx, ny) float64.
 */
int ip_idpc_blur(const struct ip_tensor *potential, const struct ip_idpc *how,
	struct ip_tensor *blurred);

#ifdef __cplusplus
}
#endif
#endif
