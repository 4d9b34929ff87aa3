/*
 * Where the heavy work runs: one const table of typed functions a backend.
 * A NULL op is 'not implemented': callers report it by name (ip_dev_has) and
 * never fall back to another backend by themselves.
 */
#ifndef IPHASE_BACKEND_H
#define IPHASE_BACKEND_H

#include <stddef.h>
#include <stdint.h>
#include <iphase/real.h>

#ifdef __cplusplus
extern "C" {
#endif

#define IP_BACKEND_ABI 1

struct ip_dev;			/* an open device; private to its backend */

/* Device memory. On cpu-openmp, handle is plain host memory. */
struct ip_buf {
	void *handle;
	size_t size;		/* bytes */
};

/*
 * A wave is kept in Fourier space, inside its band limit only: the kept
 * indices are -hx..hx and -hy..hy of an nx x ny grid, in that order, so an
 * array [2hx+1][2hy+1] of complex ip_real, 'band layout', with k = 0 in the
 * middle. 2hx+1 <= nx, 2hy+1 <= ny.
 */
struct ip_band {
	size_t nx, ny, hx, hy;
};

/*
 * What a detector plane sums, sparse: row r is the band index pixel[r]; the
 * entries first[r] <= e < first[r+1] add weight[e] |psi|^2 to channel[e].
 * Host memory; rows in ascending pixel order.
 */
struct ip_pixels {
	size_t rows, channels;
	const uint32_t *pixel, *first, *channel;
	const ip_real *weight;
};

/*
 * Conventions of every op: outputs, then inputs, then scalars; status
 * returned; the caller owns all buffers; inputs are not changed; complex
 * numbers are (real, imaginary) pairs of ip_real; results do not depend on
 * the number of threads.
 */
struct ip_ops {
	/*
	 * In place, x [batch][nx][ny] complex, times exp(sign 2 pi i k r / n),
	 * sign -1 (forward) or +1, unnormalised. Sizes with factors 2, 3, 5, 7.
	 */
	int (*fft2)(struct ip_dev *, struct ip_buf *x, size_t nx, size_t ny,
		size_t batch, int sign);
	/*
	 * t [n][nx][ny] complex = band limit of exp(i sigma v): its Fourier
	 * transform times aperture (band layout, real, zero outside the band).
	 * v [n][nx][ny] real, V Angstrom.
	 */
	int (*transmission)(struct ip_dev *, struct ip_buf *t,
		const struct ip_buf *v, const struct ip_buf *aperture,
		const struct ip_band *band, double sigma, size_t n);
	/*
	 * waves [n] band layout, in place, through slices first .. first+count
	 * of t: each slice psi(k) <- prop(k) FFT[t IFFT psi]. prop in band
	 * layout, one for all waves, or one a wave if per_wave.
	 */
	int (*multislice)(struct ip_dev *, struct ip_buf *waves,
		const struct ip_buf *t, const struct ip_buf *prop, int per_wave,
		const struct ip_band *band, size_t n, size_t first, size_t count);
	/* out [n][channels] real: the sums of ip_pixels for each of n waves. */
	int (*detect)(struct ip_dev *, struct ip_buf *out,
		const struct ip_buf *waves, const struct ip_pixels *pixels,
		const struct ip_band *band, size_t n);
	/* s [rows][columns] complex: s[r][column + w] = waves[w][pixel[r]]. */
	int (*gather)(struct ip_dev *, struct ip_buf *s,
		const struct ip_buf *waves, const struct ip_pixels *pixels,
		const struct ip_band *band, size_t n, size_t column,
		size_t columns);
	/*
	 * The Fourier-domain scan. For each row r the amplitude at scan point
	 * (ix, iy) of an sx x sy grid is the forward transform of the array
	 * that holds coef[c] s[r][c] at place[c] (= jx sy + jy), summed
	 * where places repeat; out
	 * [channels][sx][sy] real gets the sums of weight |amplitude|^2.
	 * place is host memory.
	 */
	int (*scan)(struct ip_dev *, struct ip_buf *out, const struct ip_buf *s,
		const struct ip_buf *coef, const uint32_t *place,
		const struct ip_pixels *pixels, size_t columns, size_t sx,
		size_t sy);
};

/* Every op by name, for tests, coverage and iphase-info. */
#define IP_OPS(X) X(fft2) X(transmission) X(multislice) X(detect) X(gather) \
	X(scan)

struct ip_backend {
	int abi;			/* IP_BACKEND_ABI */
	const char *name;		/* "cpu-openmp" */
	int (*probe)(void);		/* number of devices */
	int (*describe)(int index, char *text, size_t size);
	int (*open)(struct ip_dev **, int index);
	void (*close)(struct ip_dev *);
	int (*alloc)(struct ip_dev *, struct ip_buf *, size_t size);
	void (*free)(struct ip_dev *, struct ip_buf *);
	int (*put)(struct ip_dev *, struct ip_buf *, size_t offset,
		const void *, size_t size);
	int (*get)(struct ip_dev *, const struct ip_buf *, size_t offset,
		void *, size_t size);
	int (*sync)(struct ip_dev *);
	const struct ip_ops *ops;
};

/* The first member of every backend's struct ip_dev. */
struct ip_dev_head {
	const struct ip_backend *backend;
};

/* All that were built, NULL-ended. */
const struct ip_backend *const *ip_backends(void);

/*
 * Open "name" or "name:index" ("cpu-openmp"); NULL or "" takes the
 * environment variable IPHASE_BACKEND, or else cpu-openmp. IP_ENOTFOUND lists
 * what there is.
 */
int ip_dev_open(struct ip_dev **dev, const char *spec);
void ip_dev_close(struct ip_dev *dev);
const struct ip_backend *ip_dev_backend(const struct ip_dev *dev);

/* ---- planning of the CPU's FFTs ---- */

/*
 * Of fft2 and the host's transforms: the other ops of cpu-openmp have nothing
 * to plan.
 * ESTIMATE (the default) gives the same bytes in every run. MEASURE is
 * faster and may round differently from run to run unless wisdom is loaded.
 */
enum ip_plan_mode { IP_PLAN_ESTIMATE, IP_PLAN_MEASURE };
int ip_plan_mode_set(enum ip_plan_mode mode);
/* FFTW's wisdom of both precisions, one file; a missing file is IP_EIO. */
int ip_wisdom_load(const char *path);
int ip_wisdom_save(const char *path);
/* The smallest size >= n whose factors are 2, 3, 5, 7; 0 if none fits. */
size_t ip_fft_size(size_t n);
int ip_fft_size_ok(size_t n);

#ifdef __cplusplus
}
#endif
#endif
