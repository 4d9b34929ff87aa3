/*
 * Inside one simulation: what is prepared before the first slice, how much
 * memory goes where, and the specimen as transmission functions on a device.
 */
#ifndef IP_SCATTER_H
#define IP_SCATTER_H

#include <iphase/simulate.h>

/* Slices whose transmission functions are made together. */
#define IP_SLAB_BLOCK 8
/*
 * Rows of the scattering matrix that are scanned together. Fixed, so that
 * the sums over rows have one order whatever the memory bound is.
 */
#define IP_SCAN_ROWS 1024

/* Full width at half maximum of a Gaussian of deviation 1: 2 sqrt(2 ln 2). */
#define IP_FWHM 2.3548200450309493

/* How a run shares out its memory. */
struct ip_plan {
	enum ip_method method;
	size_t group;		/* waves held at once */
	size_t hold;		/* MATRIX: units (plane, chunk of rows) held */
	size_t block;		/* slices in a block of transmission functions */
	size_t blocks;		/* blocks kept: one, or all of them */
	size_t passes;		/* through the specimen, or a part of it */
	double steps;
	double memory;		/* bytes */
};

/* What a run knows before it touches a device. */
struct ip_scatter {
	const struct ip_simulation *s;
	struct ip_grid grid;
	struct ip_band band;
	double wavelength;
	size_t slices, last;	/* in the potential; up to the last plane */
	size_t points, sets;
	struct ip_waves waves;
	struct ip_pixels pixels;
	size_t reach[2];	/* n_max: largest |index| in the aperture */
	size_t size[2];		/* scan grid over the periodic box */
	size_t chunks;		/* of IP_SCAN_ROWS rows */
	int covers;		/* the scan is the periodic box, once */
	int probes_can;		/* PROBES can do what is asked */
	struct ip_plan plan;
};

int ip_scatter_open(struct ip_scatter *c, const struct ip_simulation *s);
void ip_scatter_close(struct ip_scatter *c);
/* Fill c->plan. IP_ELIMIT: nothing fits the bound. */
int ip_scatter_plan(struct ip_scatter *c);
/* IP_EINVAL: energy, semiangle or tilt. */
int ip_probe_check(const struct ip_probe *p);
int ip_scan_check(const struct ip_scan *q);
int ip_planes_check(const size_t *planes, size_t count, size_t slices);
/* Complex numbers in a wave, and bytes of one. */
size_t ip_band_count(const struct ip_band *band);
#define IP_COMPLEX (2 * sizeof(ip_real))

/* ---- device memory with its device; close is fine on {0} ---- */

int ip_mem_new(struct ip_dev *dev, struct ip_buf *b, size_t size);
void ip_mem_free(struct ip_dev *dev, struct ip_buf *b);
int ip_mem_put(struct ip_dev *dev, struct ip_buf *b, size_t offset,
	const void *p, size_t size);
int ip_mem_get(struct ip_dev *dev, const struct ip_buf *b, size_t offset,
	void *p, size_t size);

/* ---- the specimen on the device ---- */

struct ip_slab {
	struct ip_dev *dev;
	struct ip_potential *potential;
	struct ip_band band;
	double sigma;
	size_t slices, block, blocks;
	struct ip_buf aperture, prop, v;
	struct ip_buf *t;	/* [blocks] */
	size_t *holds;		/* [blocks]: block number + 1, 0: none yet */
	double *host;		/* [block][nx][ny] */
	ip_real *host_real;
	double done;		/* waves * slices so far, for the progress */
};

/* Only the first `slices` slices will be asked for. */
int ip_slab_open(struct ip_slab *b, struct ip_dev *dev,
	const struct ip_simulation *s, size_t slices, size_t block,
	size_t blocks);
void ip_slab_close(struct ip_slab *b);
/* n waves (band layout) through slices from .. to. */
int ip_slab_run(struct ip_slab *b, struct ip_buf *waves, size_t n,
	size_t from, size_t to);
/* Bytes it takes. */
double ip_slab_memory(const struct ip_band *band, size_t block, size_t blocks);

/* ---- the two methods; images: float64 (sets, planes, channels, nx, ny) ---- */

int ip_run_matrix(struct ip_dev *dev, const struct ip_scatter *c,
	double *images);
int ip_run_probes(struct ip_dev *dev, const struct ip_scatter *c,
	double *images);
/* coef [waves] complex of aberration set i. */
int ip_scatter_coefficients(const struct ip_scatter *c, size_t set,
	double *coef);

/* ---- periodic band-limited series on an axis ---- */

/*
 * d [samples][points] takes samples equally spaced over length (from 0 on)
 * to the values at start + i step, i < points, of their Fourier series up
 * to index reach (<= samples / 2), times a Gaussian blur of deviation sigma.
 */
void ip_series_axis(double *d, size_t points, double start, double step,
	double length, size_t samples, size_t reach, double sigma);
/*
 * out [m0][m1] += image [n0][n1] through d0 [n0][m0] and d1 [n1][m1]; work
 * has room for [m0][n1].
 */
void ip_series_add(double *out, const double *d0, const double *image,
	const double *d1, double *work, const size_t m[2], const size_t n[2]);

#endif
