/* DPC, iDPC, dDPC and OBF from the images of a segmented detector. */
#ifndef IPHASE_IDPC_H
#define IPHASE_IDPC_H

#include <iphase/em.h>
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
	/* of segment 0's first edge against the scan's +x, rad */
	double rotation;
	/* the detector is mirrored (y -> -y) before it is turned */
	int flip;
	double pixel_size[2];	/* Angstrom */
	enum ip_calibration calibration;
	enum ip_boundary boundary;
	enum ip_background background;	/* removed from the two shift images */
	/* Gaussian high pass 1 - exp(-k^2/2s^2), s in 1/Angstrom; 0 none */
	double high_pass;
};

/* Outputs are (nx, ny) float64, owned by the caller (ip_tensor_free). */
struct ip_idpc_result {
	struct ip_tensor com_x, com_y;	/* disc shift, 1/Angstrom */
	struct ip_tensor phase;		/* rad, zero mean */
	struct ip_tensor potential;	/* V Angstrom: phase/sigma, zero mean */
	/* Divergence of the phase's gradient, rad/Angstrom^2, no high pass:
	 * the Laplacian if PERIODIC, differences of 8 points if MIRRORED. */
	struct ip_tensor ddpc;
};
void ip_idpc_result_free(struct ip_idpc_result *r);

/*
 * segments: (n, nx, ny), n >= 3 equal azimuthal segments counted
 * counter-clockwise as in ip_detector; any unit (divided by the captured
 * intensity, pixel by pixel; one where all are 0, which no electron met, counts
 * as one without a shift). IP_EINVAL: shape, non-finite values, a sum of 0 or
 * less otherwise, nothing but zeros.
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

/*
 * OBF, the linear filter of best signal to noise: K. Ooe, T. Seki, Y. Ikuhara,
 * N. Shibata, Ultramicroscopy 220 (2021) 113133. For a weak phase object and a
 * probe whose aberrations are known.
 */
struct ip_obf {
	struct ip_idpc how;	/* all but the calibration counts */
	int azimuthal, rings;	/* segments of a ring; rings, of one width */
	double offset[2];	/* of the detector's centre, mrad */
	struct ip_aberrations aberrations;
	double floor;		/* >= 0, see ip_obf */
};

/* Outputs are (nx, ny) float64, their mean of no meaning, the caller's. */
struct ip_obf_result {
	struct ip_tensor obf;		/* as published, noise white */
	struct ip_tensor potential;	/* V Angstrom */
};
void ip_obf_result_free(struct ip_obf_result *r);

/*
 * segments: (azimuthal * rings, nx, ny), two or more, ring after ring, in any
 * unit: what all captured on average is that part of the beam which the
 * detector sees of the empty disc. With b_j the transfer of segment j
 * (ip_obf_transfer), N_j its mean share of the beam, and at each frequency
 *	S = sum_j |b_j|^2/N_j,  B = sum_j conj(b_j) I_j/N_j,
 * obf is B/sqrt(S), so that n electrons a scan point give it white noise of
 * variance 1/n at each frequency below 2 semiangle/lambda (nothing beyond),
 * and the potential is B/(S + floor) over sigma, times the high pass. That
 * is the Wiener filter for a phase whose variance at each frequency is
 * p = 1/(n floor) rad^2 (unitary transform); it shows S/(S + floor) of a
 * weak phase, and 1/(2 sqrt(n floor)) rad bounds its noise at each
 * frequency. The mirrored boundary continues each segment by the one that
 * mirrors it, or by interpolation between two.
 * IP_EINVAL: shape, non-finite values, a segment without intensity; and as
 * ip_obf_transfer.
 */
int ip_obf(const struct ip_tensor *segments, const struct ip_obf *how,
	struct ip_obf_result *r);

/*
 * What ip_obf would show of a weak object whose projected potential, V
 * Angstrom, is potential (nx, ny): that times S/(S + floor) of the empty
 * beam's S, of zero mean, as how->how.boundary continues it. blurred gets a
 * new (nx, ny) float64.
 */
int ip_obf_blur(const struct ip_tensor *potential, const struct ip_obf *how,
	struct ip_tensor *blurred);

/*
 * The complex transfer of a weak phase object's phase into each segment's
 * share of the beam, at 1, 2, .. count times the frequency step (1/Angstrom):
 * transfer [count][azimuthal * rings][2]; share [azimuthal * rings] is what
 * each has of the empty beam. From a grid of 128 or more points a radius of
 * the disc, edges soft by a point: in focus to 1e-4 of the beam. IP_EPHYSICS:
 * no segment sees the disc; IP_ELIMIT: a step too small or aberrations too
 * large for 8192 points an axis.
 */
int ip_obf_transfer(const struct ip_obf *how, const double step[2],
	size_t count, double *transfer, double *share);

#ifdef __cplusplus
}
#endif
#endif
