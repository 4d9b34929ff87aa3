/* layer_norm in double precision: the same tests, tighter. */
#include "../t_layer_norm.c"
