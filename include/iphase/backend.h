/*
 * Where the heavy work runs: one const table of typed functions a backend.
 * A NULL op is 'not implemented': callers report it by name (ip_dev_need) and
 * never fall back to another backend by themselves.
 */
#ifndef IPHASE_BACKEND_H
#define IPHASE_BACKEND_H

#include <iphase/ops.h>

#ifdef __cplusplus
extern "C" {
#endif

#define IP_BACKEND_ABI 5

struct ip_backend {
	int abi;			/* IP_BACKEND_ABI */
	const char *name;		/* "cpu-openmp" */
	int (*probe)(void);		/* number of devices */
	/* "WHICH: what it is"; as WHICH it is opened */
	int (*describe)(int index, char *text, size_t size);
	int (*open)(struct ip_dev **, const char *which);	/* or NULL */
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
	uint64_t moved[2];		/* bytes put and got so far */
};

/* All that were built, NULL-ended. */
const struct ip_backend *const *ip_backends(void);

/*
 * Open "name" or "name:which" ("cpu-openmp", "opencl:0.1", a platform and its
 * device); NULL or "" takes the environment variable IPHASE_BACKEND, or else
 * cpu-openmp. IP_ENOTFOUND lists what there is.
 */
int ip_dev_open(struct ip_dev **dev, const char *spec);
/* The log's debug level tells what was moved. NULL is fine. */
void ip_dev_close(struct ip_dev *dev);
/* Bytes that went to the device so far, and that came back. */
void ip_dev_moved(const struct ip_dev *dev, uint64_t moved[2]);
const struct ip_backend *ip_dev_backend(const struct ip_dev *dev);
/* IP_ENOTSUP, naming the op and the backend, unless it has the op so named. */
int ip_dev_need(const struct ip_dev *dev, const char *op);

/* ---- planning of the CPU's FFTs ---- */

/*
 * Of fft2 and the host's transforms. Of the other ops of cpu-openmp only
 * loss_fourier plans, always by ESTIMATE.
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
