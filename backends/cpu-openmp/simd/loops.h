/* The hot loops, built once an instruction set. */
#ifndef IP_LOOPS_H
#define IP_LOOPS_H

#include <stddef.h>
#include <iphase/real.h>

/* Complex numbers are (real, imaginary) pairs; n counts complex elements. */
struct ip_loops {
	/* x <- x y */
	void (*multiply)(ip_real *x, const ip_real *y, size_t n);
	/* out[j dist + i] <- in[i pitch + j], i < n, j < m; and back */
	void (*panel_in)(ip_real *out, size_t dist, const ip_real *in,
		size_t pitch, size_t n, size_t m);
	void (*panel_out)(ip_real *out, size_t pitch, const ip_real *in,
		size_t dist, size_t n, size_t m);
	/* sum <- sum + weight |x|^2, sum in double */
	void (*add_norm)(double *sum, const ip_real *x, double weight,
		size_t n);
};

const struct ip_loops *ip_loops(void);	/* of ip_isa() */

#endif
