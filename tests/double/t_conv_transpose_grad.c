/* conv_transpose_grad in double precision: the same tests, tighter. */
#include "../t_conv_transpose_grad.c"
