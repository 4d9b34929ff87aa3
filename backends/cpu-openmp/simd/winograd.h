/*
 * The points of Winograd's convolution F(4x4, 3x3) (A. Lavin, S. Gray,
 * CVPR 2016): a polynomial product by its values in six points. These are 0,
 * +-5/8, +-3/2 and infinity instead of the usual 0, +-1, +-2: exact in binary,
 * and with float32 the error is less than half as large (B. Barabasz et al.,
 * ACM Trans. Math. Softw. 46, 37, 2020, look for such points). With a and b
 * the two numbers, one axis of a tile of inputs becomes the coefficients of
 * x (x^2 - a^2) (x^2 - b^2) without one factor each, of weights their values
 * over the products of differences between the points.
 *
 * The gradients of outputs and weights go through the transposes of these
 * transforms, those of inputs through a convolution of their own.
 */
#ifndef IP_WINOGRAD_H
#define IP_WINOGRAD_H

#include "vector.h"

#define A ((ip_real)0.625)
#define B ((ip_real)1.5)
#define A2 (A * A)
#define B2 (B * B)
/* 1 over what the points 0, +-a and +-b differ by from all others */
#define AT_0 ((ip_real)1 / (A2 * B2))
#define AT_A ((ip_real)1 / (2 * A2 * (A2 - B2)))
#define AT_B ((ip_real)1 / (2 * B2 * (B2 - A2)))

#endif
