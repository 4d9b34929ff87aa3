/* conv_grad in double precision: the same tests, tighter. */
#include "../t_conv_grad.c"
