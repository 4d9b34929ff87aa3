/* What the ops of cpu-openmp share. */
#ifndef IP_CPU_H
#define IP_CPU_H

#include <iphase/backend.h>
#include "core/core.h"
#include "core/fft.h"

struct ip_dev {
	struct ip_dev_head head;
};

/* The ops, one a file of the same name. */
int ip_cpu_fft2(struct ip_dev *, struct ip_buf *, size_t, size_t, size_t, int);
int ip_cpu_transmission(struct ip_dev *, struct ip_buf *,
	const struct ip_buf *, const struct ip_buf *, const struct ip_band *,
	double, size_t);
int ip_cpu_multislice(struct ip_dev *, struct ip_buf *, const struct ip_buf *,
	const struct ip_buf *, int, const struct ip_band *, size_t, size_t,
	size_t);
int ip_cpu_detect(struct ip_dev *, struct ip_buf *, const struct ip_buf *,
	const struct ip_pixels *, const struct ip_band *, size_t);
int ip_cpu_gather(struct ip_dev *, struct ip_buf *, const struct ip_buf *,
	const struct ip_pixels *, const struct ip_band *, size_t, size_t,
	size_t);
int ip_cpu_scan(struct ip_dev *, struct ip_buf *, const struct ip_buf *,
	const struct ip_buf *, const uint32_t *, const struct ip_pixels *,
	size_t, size_t, size_t);

/* IP_EINVAL unless buf holds a * b * c elements of size bytes. */
int ip_cpu_check(const char *op, const char *what, const struct ip_buf *buf,
	size_t a, size_t b, size_t c, size_t size);
int ip_cpu_check_band(const char *op, const struct ip_band *band);
/* Every pixel inside the band, every channel in range, first ascending. */
int ip_cpu_check_pixels(const char *op, const struct ip_pixels *p,
	const struct ip_band *band);

/*
 * 2-D transforms of arrays that vanish outside a band, in two passes that
 * each stay in the first-level cache: rows one by one, columns a panel at a
 * time. Between the passes the array is w [nx][pitch], columns in band
 * order. One a thread; 'rows' counts 1-D rows kept in scratch.
 */
enum { IP_PANEL = 8 };
struct ip_pruned {
	struct ip_band band;
	size_t bx, by, pitch, dist;
	const struct ip_fft *x[2], *y[2];	/* forward, backward */
	ip_real *w, *panel, *row;		/* this thread's */
};
/* bytes of scratch a thread needs; plans are made. */
int ip_pruned_init(struct ip_pruned *p, const struct ip_band *band,
	size_t *scratch);
/* Point p's scratch into memory of the size that init told. */
void ip_pruned_scratch(struct ip_pruned *p, void *memory);
/* w <- inverse transform along x of psi (band layout). */
void ip_pruned_enter(struct ip_pruned *p, const ip_real *psi);
/* w <- inverse along x of prop times forward along x of w; prop [by][bx]. */
void ip_pruned_middle(struct ip_pruned *p, const ip_real *prop);
/* psi (band layout) <- prop times forward along x of w. */
void ip_pruned_leave(struct ip_pruned *p, const ip_real *prop, ip_real *psi);
/* rows of w: inverse along y, times t [nx][ny], forward along y. */
void ip_pruned_multiply(struct ip_pruned *p, const ip_real *t);
/* w <- forward along y of t [nx][ny], and the way back. */
void ip_pruned_rows_in(struct ip_pruned *p, const ip_real *t);
void ip_pruned_rows_out(struct ip_pruned *p, ip_real *t);
/* out [by][bx] = scale * in [bx][by], complex. */
void ip_pruned_transpose(const struct ip_pruned *p, const ip_real *in,
	ip_real scale, ip_real *out);

#endif
