/* Transforms of any size: kernels/chirp.cl. */
#ifndef IP_OPENCL_CHIRP_H
#define IP_OPENCL_CHIRP_H

#include "fft.h"

/* n points by transforms of fft.n: of n, or more where n has other factors
 * than 2, 3, 5, 7. A device keeps what they take. */
struct ip_cl_any {
	size_t n;
	struct ip_cl_fft fft;
	struct ip_buf chirp;
};
int ip_cl_any(struct ip_dev *dev, struct ip_cl_any *a, size_t n);
void ip_cl_any_arg(struct ip_cl_call *c, const struct ip_cl_any *a);

#endif
