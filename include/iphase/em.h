/*
 * Electron microscopy: constants, scattering factors, the potential in
 * slices, the probe and the detector. Angstrom, eV, volt; angles in mrad
 * where a name says semiangle, inner, outer or tilt, in rad elsewhere.
 * Arrays are [x][y]; k = (i/Lx, j/Ly) in 1/Angstrom; see iphase(7).
 */
#ifndef IPHASE_EM_H
#define IPHASE_EM_H

#include <stddef.h>
#include <stdint.h>
#include <iphase/bundle.h>
#include <iphase/structure.h>
#include <iphase/backend.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- constants: CODATA 2014, as the peer has them ---- */

/* 1/kappa = h^2/(2 pi m e), V Angstrom^2: V(k) = f_e(k)/kappa. */
#define IP_KAPPA 0.0208865737082965
/* Relativistic de Broglie wavelength, Angstrom; energy in eV, > 0. */
double ip_wavelength(double energy);
/* Interaction constant sigma = 2 pi m e lambda/h^2, rad/(V Angstrom). */
double ip_sigma(double energy);

/* ---- electron scattering factors ---- */

enum ip_factors { IP_KIRKLAND, IP_LOBATO };

/* f_e(k), Angstrom, k in 1/Angstrom; NaN for an element without parameters. */
double ip_factor(enum ip_factors set, int z, double k);
/* Projected potential of one atom at distance r > 0, V Angstrom. */
double ip_atom_projected(enum ip_factors set, int z, double r);
/* Potential of one atom at distance r > 0, V. */
double ip_atom_potential(enum ip_factors set, int z, double r);

/* ---- the grid ---- */

/* n points over length (Angstrom) an axis; periodic. */
struct ip_grid {
	size_t n[2];
	double length[2];
};
/*
 * Largest |k| that survives: 2/3 of the smaller axis' Nyquist frequency,
 * with a raised-cosine edge as in the peer (physics: iphase(7)).
 */
double ip_grid_cutoff(const struct ip_grid *g);
double ip_grid_aperture(const struct ip_grid *g, double k);
/* The band that holds every index inside the cutoff. IP_EINVAL: bad grid. */
int ip_grid_band(const struct ip_grid *g, struct ip_band *band);

/* ---- the potential in slices ---- */

struct ip_potential;

enum ip_deposit {
	IP_EXACT,	/* exact structure factors */
	IP_BILINEAR	/* atoms spread over four pixels, as the peer does */
};

/*
 * Cut box (orthogonal cell Lx, Ly, Lz; atoms periodic in x, y; an atom
 * outside [0, Lz) is IP_EPHYSICS) into ceil(Lz/slice_thickness) equal slices;
 * each whole atom goes to the slice its centre lies in. box is copied.
 */
int ip_potential_from_structure(struct ip_potential **p,
	const struct ip_structure *box, const struct ip_grid *grid,
	double slice_thickness, enum ip_factors set, enum ip_deposit deposit);
/* From slices (n, nx, ny), any real dtype, V Angstrom; copied. */
int ip_potential_from_slices(struct ip_potential **p,
	const struct ip_tensor *slices, const struct ip_grid *grid,
	double slice_thickness);
void ip_potential_free(struct ip_potential *p);

/* What it was made with; its slices, and the thickness of one, Angstrom. */
const struct ip_grid *ip_potential_grid(const struct ip_potential *p);
size_t ip_potential_slices(const struct ip_potential *p);
double ip_potential_thickness(const struct ip_potential *p);
/*
 * Slices first .. first+count as v [count][nx][ny], V Angstrom; any order,
 * repeatable.
 */
int ip_potential_get(struct ip_potential *p, size_t first, size_t count,
	double *v);

/* ---- aberrations ---- */

/*
 * chi = 2 pi/lambda sum alpha^(n+1)/(n+1) Cnm cos(m (phi - phi_nm)), n = 1..5.
 * Cnm in Angstrom, phi_nm in rad. {0} is none.
 */
enum { IP_C10, IP_C12, IP_C21, IP_C23, IP_C30, IP_C32, IP_C34, IP_C41,
	IP_C43, IP_C45, IP_C50, IP_C52, IP_C54, IP_C56, IP_ABERRATIONS };
struct ip_aberrations {
	double c[IP_ABERRATIONS], phi[IP_ABERRATIONS];
};
/*
 * By name: "C30", "phi12", "defocus" (= -C10), "Cs" (= C30); or
 * IP_ENOTFOUND.
 */
int ip_aberrations_set(struct ip_aberrations *a, const char *name, double v);
/* "C10" .. "C56" of index i. */
const char *ip_aberration_name(int i);
/* chi, rad, at polar angle alpha and azimuth phi, rad. */
double ip_chi(const struct ip_aberrations *a, double wavelength, double alpha,
	double phi);
/* Scherzer defocus sign(Cs) sqrt(1.5 |Cs| lambda), Angstrom. */
double ip_scherzer(double cs, double wavelength);

/* ---- the probe ---- */

struct ip_probe {
	double energy;		/* eV */
	double semiangle;	/* mrad, > 0 */
	int hard;		/* hard aperture edge; else one pixel soft */
	double tilt[2];		/* beam tilt, mrad: goes into the propagator */
	struct ip_aberrations aberrations;
};

/*
 * A Gaussian spread of foci of deviation rms, Angstrom, about the probe's, as
 * count <= IP_FOCI sets of its aberrations, ascending in C10: images are the
 * mean of theirs with these weights, which add up to 1. Foci are so close
 * that beams that differ by the whole aperture, whose phase turns with the
 * focus by pi alpha^2/lambda, are damped by exp(-(pi alpha^2 rms/lambda)^2/2)
 * to 1e-4. IP_EPHYSICS where that takes more than IP_FOCI; rms 0 takes one.
 */
#define IP_FOCI 64
int ip_focal_spread(const struct ip_probe *probe, double rms,
	struct ip_aberrations sets[IP_FOCI], double weights[IP_FOCI],
	size_t *count);

/*
 * The plane waves of a probe on a grid: wave w has grid index
 * (index[w][0], index[w][1]) (signed, k = index/length) and amplitude
 * weight[w] >= 0, with sum weight^2 = 1; the aberrations multiply it by
 * exp(-i chi). IP_EPHYSICS if the aperture reaches beyond the band limit.
 */
struct ip_waves {
	size_t count;
	int (*index)[2];
	double *weight;
};
int ip_probe_waves(const struct ip_probe *probe, const struct ip_grid *g,
	struct ip_waves *w);
void ip_waves_free(struct ip_waves *w);
/* coef [count] complex = weight exp(-i chi) for the waves of w. */
int ip_probe_coefficients(const struct ip_probe *probe,
	const struct ip_aberrations *a, const struct ip_grid *g,
	const struct ip_waves *w, double *coef);
/*
 * psi [nx][ny] complex double, real space, centred on position (Angstrom);
 * sum |psi|^2 = 1/(nx ny).
 */
int ip_probe_build(const struct ip_probe *probe, const struct ip_grid *g,
	const double position[2], double *psi);

/* ---- detectors ---- */

enum ip_detector_kind {
	IP_SEGMENTED,	/* radial * azimuthal channels */
	IP_ANNULAR,	/* 1 channel: inner .. outer */
	IP_TOTAL,	/* 1 channel: all that the band limit keeps */
	IP_COM		/* 2 channels: sum I kx, sum I ky, 1/Angstrom */
};

/*
 * Channel azimuthal + n_azimuthal radial; azimuth counted counter-clockwise
 * from +x, turned by rotation (rad); edges as in the peer (iphase(7)).
 * offset shifts the detector's centre, mrad.
 */
struct ip_detector {
	enum ip_detector_kind kind;
	double inner, outer;	/* mrad */
	int radial, azimuthal;
	double rotation;
	double offset[2];
};
size_t ip_detector_channels(const struct ip_detector *d);
/*
 * labels [nx][ny] (FFT order): the channel of each pixel of a SEGMENTED or
 * ANNULAR detector, or -1. IP_EPHYSICS if outer (with its offset) reaches
 * beyond the grid's cutoff, IP_EINVAL for angles that make no ring.
 */
int ip_detector_labels(const struct ip_detector *d, const struct ip_grid *g,
	double wavelength, int16_t *labels);
/*
 * count detectors as one sparse list over the band, channels numbered one
 * detector after another; free with ip_pixels_free.
 */
int ip_detector_pixels(const struct ip_detector *d, size_t count,
	const struct ip_grid *g, double wavelength, struct ip_pixels *pixels);
void ip_pixels_free(struct ip_pixels *p);

/* ---- after the scan ---- */

/*
 * images (.., nx, ny) float64: each scan point's counts as a Poisson draw of
 * value * dose (electrons a scan point), keyed by (seed, IP_STREAM_DOSE,
 * flat index), in place. Small negative values count as zero.
 */
int ip_dose_apply(struct ip_tensor *images, double dose, uint64_t seed);

/* ---- a tilted crystal's truth ---- */

/*
 * potential_beam from potential_zone: of a perfect crystal, which is the same
 * at every depth, V_beam(r) = integral over z from 0 to t(r) of
 * v(r + z tan(tilt)), tan(tilt) = (-tan ry, tan rx / cos ry) as
 * iphase-simulate has it; r is at the entrance surface. Exact but for pixels:
 * to 1e-3 of what varies slower than 3 pixels, and without tilt t times v.
 * Beyond the edges an island, whose rim is empty (below 0.05 of its highest),
 * has what is at the rim; a crystal goes on by the translations that map the
 * picture onto itself with a correlation of 0.7 or more, to the nearest pixel;
 * of all else its mirror image stands there.
 *
 * zone: (H, W), any real dtype, V Angstrom per nm. thickness: one number or
 * (H, W), nm. euler: rz, rx, ry, degree; rz does not count. pixel_size:
 * Angstrom. beam: (H, W) float32, V Angstrom, new. IP_EINVAL: a shape that
 * does not fit, values that are not finite, a thickness below 0, more than 30
 * degree; IP_ELIMIT: the lattice moves by more than 4096 pixels.
 */
int ip_beam_of_zone(const struct ip_tensor *zone,
	const struct ip_tensor *thickness, const double euler[3],
	const double pixel_size[2], struct ip_tensor *beam);

#ifdef __cplusplus
}
#endif
#endif
