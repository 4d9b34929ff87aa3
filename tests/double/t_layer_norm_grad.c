/* layer_norm_grad in double precision: the same tests, tighter. */
#include "../t_layer_norm_grad.c"
