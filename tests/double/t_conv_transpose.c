/* conv_transpose in double precision: the same tests, tighter. */
#include "../t_conv_transpose.c"
